use super::{Array, Element, Number, idx, npy};
use crate::error::refused;

/// What NumPy's `save` writes: `descr` and the rest of the dictionary, padded to 64 bytes.
fn npy_file(version: u8, dictionary: &str, elements: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY".to_vec();
    bytes.extend([version, 0]);
    let prefix = if version == 1 { 10 } else { 12 };
    let length = (prefix + dictionary.len() + 1).next_multiple_of(64) - prefix;
    match version {
        1 => bytes.extend((length as u16).to_le_bytes()),
        _ => bytes.extend((length as u32).to_le_bytes()),
    }
    bytes.extend(format!("{dictionary:<width$}\n", width = length - 1).bytes());
    bytes.extend(elements);
    bytes
}

fn dictionary(descr: &str, is_fortran: bool, shape: &str) -> String {
    let order = if is_fortran { "True" } else { "False" };
    format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}")
}

fn all(array: &Array<'_>) -> Vec<Vec<Number>> {
    let offsets = array.offsets();
    let row = |row| offsets.iter().map(|&offset| array.at(row, offset)).collect();
    (0..array.row_count()).map(row).collect()
}

#[track_caller]
fn holds(descr: &str, elements: &[u8], expected: &[Number]) {
    for version in 1..=3 {
        let shape = format!("({},)", expected.len());
        let file = npy_file(version, &dictionary(descr, false, &shape), elements);
        let array = npy::read(&file, "a.npy").unwrap();
        assert_eq!(all(&array).concat(), expected, "{descr}");
    }
}

#[test]
fn every_element_type_is_read_in_both_byte_orders() {
    use Number::{Float, Whole};
    holds("|b1", &[0, 1, 2], &[Whole(0), Whole(1), Whole(1)]);
    holds("|i1", &[0x80, 0x7f], &[Whole(-128), Whole(127)]);
    holds("|u1", &[0x80, 0xff], &[Whole(128), Whole(255)]);
    holds("<i2", &[0xfe, 0xff], &[Whole(-2)]);
    holds(">i2", &[0xff, 0xfe], &[Whole(-2)]);
    holds("<u2", &[0xfe, 0xff], &[Whole(65534)]);
    holds(">u2", &[0xff, 0xfe], &[Whole(65534)]);
    holds("<i4", &(-70_000_i32).to_le_bytes(), &[Whole(-70_000)]);
    holds(">i4", &(-70_000_i32).to_be_bytes(), &[Whole(-70_000)]);
    holds("<u4", &u32::MAX.to_le_bytes(), &[Whole(u32::MAX.into())]);
    holds(">u4", &u32::MAX.to_be_bytes(), &[Whole(u32::MAX.into())]);
    holds("<i8", &i64::MIN.to_le_bytes(), &[Whole(i64::MIN.into())]);
    holds(">i8", &i64::MIN.to_be_bytes(), &[Whole(i64::MIN.into())]);
    holds("<u8", &u64::MAX.to_le_bytes(), &[Whole(u64::MAX.into())]);
    holds(">u8", &u64::MAX.to_be_bytes(), &[Whole(u64::MAX.into())]);
    holds("<f4", &0.1_f32.to_le_bytes(), &[Float(0.1_f32.into())]);
    holds(">f4", &0.1_f32.to_be_bytes(), &[Float(0.1_f32.into())]);
    holds("<f8", &0.1_f64.to_le_bytes(), &[Float(0.1)]);
    holds(">f8", &0.1_f64.to_be_bytes(), &[Float(0.1)]);
}

#[test]
fn both_orders_give_the_same_rows() {
    let c = npy_file(
        1,
        &dictionary("|u1", false, "(2, 3, 2)"),
        &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
    );
    // numpy.asfortranarray(numpy.arange(12).reshape(2, 3, 2)).tobytes(order="A")
    let fortran = npy_file(
        1,
        &dictionary("|u1", true, "(2, 3, 2)"),
        &[0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11],
    );
    let expected: Vec<Vec<Number>> = [0..6, 6..12].map(|row| row.map(Number::Whole).collect()).into();
    for file in [c, fortran] {
        let array = npy::read(&file, "a.npy").unwrap();
        assert_eq!((array.shape(), array.column_count()), (&[2, 3, 2][..], 6));
        assert_eq!(all(&array), expected);
    }
}

#[test]
fn an_array_that_is_not_of_numbers_is_refused_by_name() {
    for (descr, fragments) in [
        ("|O", ["Python objects", "astype"]),
        ("<U5", ["text", "numpy.unique"]),
        ("|S5", ["text", "numpy.unique"]),
        ("<c16", ["complex", "a.real"]),
        ("<f2", ["another width", "float32"]),
        ("<f16", ["another width", "float32"]),
        ("<M8[ns]", ["dates", "seconds"]),
        ("|V8", ["raw bytes", "view"]),
    ] {
        let file = npy_file(1, &dictionary(descr, false, "(2,)"), &[0; 64]);
        let message = refused(npy::read(&file, "a.npy"), &fragments);
        assert!(
            message.starts_with("a.npy: ") && message.contains(descr),
            "{message}"
        );
    }
    let structured = "{'descr': [('a', '<f4'), ('b', '<i4')], 'fortran_order': False, 'shape': (2,), }";
    let file = npy_file(1, structured, &[0; 16]);
    refused(
        npy::read(&file, "a.npy"),
        &["a.npy: ", "structured", "plain array"],
    );
}

#[test]
fn a_size_that_is_not_that_of_the_header_is_refused_before_anything_is_allocated() {
    let of = |shape: &str, bytes: &[u8]| npy_file(1, &dictionary("<f8", false, shape), bytes);
    for (file, fragments) in [
        (
            of("(3, 2)", &[0; 47]),
            ["cut off", "takes 48 bytes, and 47 are there"],
        ),
        (of("(3, 2)", &[0; 49]), ["1 byte too many", "takes 48 bytes"]),
        (
            of("(1000000000000, 2)", &[0; 16]),
            ["cut off", "takes 16000000000000 bytes"],
        ),
        (
            of("(18446744073709551615, 18446744073709551615)", &[]),
            ["cut off", "more bytes than can be counted"],
        ),
        (of("()", &[0; 8]), ["single number", "row for each sample"]),
        (of("(0, 2)", &[]), ["(0, 2) is empty", "row for each sample"]),
        (of("(99999999999999999999, 2)", &[]), ["header", "damaged"]),
        (of("(-1, 2)", &[]), ["header", "damaged"]),
        (of("5", &[]), ["header", "damaged"]),
    ] {
        refused(npy::read(&file, "a.npy"), &fragments);
    }
}

#[test]
fn an_idx_file_is_read_as_its_header_says() {
    let file = [
        &[0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2][..],
        &[1, 2, 3, 255],
    ]
    .concat();
    let array = idx::read(&file, "a").unwrap();
    assert_eq!((array.shape(), array.element()), (&[2, 1, 2][..], Element::U8));
    assert_eq!(
        all(&array),
        [[1, 2], [3, 255]].map(|row| row.map(Number::Whole).to_vec())
    );
    for (kind, bytes, value) in [
        (9, &[0xff][..], Number::Whole(-1)),
        (0x0b, &[0xff, 0xfe], Number::Whole(-2)),
        (0x0c, &[0, 1, 0, 0], Number::Whole(65536)),
        (0x0d, &[0x3f, 0x80, 0, 0], Number::Float(1.0)),
        (0x0e, &[0x3f, 0xf0, 0, 0, 0, 0, 0, 0], Number::Float(1.0)),
    ] {
        let file = [&[0, 0, kind, 1, 0, 0, 0, 1][..], bytes].concat();
        assert_eq!(all(&idx::read(&file, "a").unwrap()), [[value]]);
    }
}

#[test]
fn what_is_no_idx_file_is_named() {
    let idx = |bytes: &[u8]| refused(idx::read(bytes, "a"), &[]);
    for (bytes, fragment) in [
        (&b""[..], "empty"),
        (b"x,label\n1,0\n", "kind = \"csv\""),
        (b"\x93NUMPY\x01\0", "kind = \"npy\""),
        (b"PAR1\x15\x04", "read_parquet"),
        (b"ARROW1\0\0", "read_feather"),
        (b"\x80\x04\x95", "pickle"),
        (&[0, 0, 8], "not an IDX file"),
        (&[0, 0, 7, 1, 0, 0, 0, 1, 0], "not an IDX file"),
        (&[0, 0, 8, 3, 0, 0, 0, 2], "cut off in its header"),
        (
            &[
                0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
            ],
            "cut off",
        ),
        (&[0, 0, 8, 1, 0, 0, 0, 1, 0, 0], "1 byte too many"),
        (&[0, 0, 8, 1, 0, 0, 0, 0], "empty"),
    ] {
        let message = idx(bytes);
        assert!(
            message.starts_with("a: ") && message.contains(fragment),
            "{message}"
        );
    }
}

#[test]
fn mangled_files_are_arrays_or_bad_input_and_never_a_panic() {
    use rand_core::Rng;
    use tombola::random::{Purpose, below, stream};

    let npy_bytes = npy_file(1, &dictionary("<f8", true, "(3, 2)"), &[0; 48]);
    let idx_bytes = [
        &[0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2][..],
        &[1, 2, 3, 4],
    ]
    .concat();
    let mut rng = stream(1, Purpose::Weights);
    for round in 0..20_000 {
        let mut bytes = if round % 2 == 0 {
            npy_bytes.clone()
        } else {
            idx_bytes.clone()
        };
        for _ in 0..=below(3, &mut rng) {
            let at = below(bytes.len() as u32, &mut rng) as usize;
            match below(3, &mut rng) {
                0 => bytes[at] = rng.next_u32() as u8,
                1 => bytes.truncate(at + 1),
                _ => bytes.insert(at, b"0(,'{9"[below(6, &mut rng) as usize]),
            }
        }
        let array = if round % 2 == 0 {
            npy::read(&bytes, "a")
        } else {
            idx::read(&bytes, "a")
        };
        match array {
            Ok(array) => _ = all(&array),
            error => _ = refused(error, &[]),
        }
    }
}
