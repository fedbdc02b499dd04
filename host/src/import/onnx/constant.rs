//! Reads constants of a model, wherever and however it keeps their numbers.

use std::borrow::Cow;

use super::super::tensor::{Kind, Tensor};
use super::external::{Files, Place};
use super::model::Node;
use crate::onnx::read::fields;
use crate::onnx::tensor;
use crate::text::quoted;

/// The name of a tensor.
pub(super) fn name(bytes: &[u8]) -> Result<&str, String> {
    for field in fields(bytes) {
        if let (tensor::NAME, value) = field? {
            return value.text();
        }
    }
    Ok("")
}

/// A tensor with its numbers.
///
/// # Errors
/// The message, if they are not in the file, of a type that is not read, or not as many as the shape says.
pub(super) fn read<'a>(bytes: &'a [u8], name: &str, files: &'a Files) -> Result<Tensor<'a>, String> {
    let (mut shape, mut data_type, mut location, mut place) = (vec![], 0, 0, Place::default());
    let mut raw: Option<&[u8]> = None;
    let mut numbers = Cow::Borrowed(&[][..]);
    for field in fields(bytes) {
        let (number, value) = field?;
        match number {
            tensor::DIMS => {
                let mut is_right = true;
                value.ints(&mut |axis| match usize::try_from(axis) {
                    // The product of more is checked against the bytes, but not their number.
                    Ok(axis) if shape.len() < 64 => shape.push(axis),
                    _ => is_right = false,
                })?;
                if !is_right {
                    return Err(format!(
                        "the constant {} has an impossible shape; export the model again",
                        quoted(name)
                    ));
                }
            }
            tensor::DATA_TYPE => data_type = value.int()?,
            tensor::RAW_DATA => raw = Some(value.bytes()?),
            tensor::FLOAT_DATA | tensor::DOUBLE_DATA => match value {
                // All at once as a rule: then nothing is copied.
                crate::onnx::read::Value::Bytes(packed) if numbers.is_empty() => {
                    numbers = Cow::Borrowed(packed);
                }
                value => numbers.to_mut().extend(value.floats()?),
            },
            tensor::SEGMENT => {
                return Err(format!(
                    "the constant {} is in segments, which are not read; export it whole",
                    quoted(name)
                ));
            }
            tensor::EXTERNAL_DATA => place.add(value.bytes()?)?,
            tensor::DATA_LOCATION => location = value.int()?,
            _ => {}
        }
    }
    let kind = kind(data_type, name)?;
    let bytes = match raw {
        _ if location == tensor::EXTERNAL => place.bytes(files, name)?,
        Some(raw) => Cow::Borrowed(raw),
        None if matches!(kind, Kind::F32 | Kind::F64) => numbers,
        // Halves are in a list of integers, too, as their bits.
        None => Cow::Owned(listed(bytes, &shape, kind)?),
    };
    Tensor::new(name.to_owned(), shape, kind, bytes)
}

/// The bytes of numbers that are in a list of integers, of which no more are kept than the shape has.
fn listed(bytes: &[u8], shape: &[usize], kind: Kind) -> Result<Vec<u8>, String> {
    let count = shape
        .iter()
        .try_fold(kind.size(), |count, &axis| count.checked_mul(axis));
    let mut listed = vec![];
    for field in fields(bytes) {
        if let (tensor::INT32_DATA | tensor::INT64_DATA | tensor::UINT64_DATA, value) = field? {
            value.ints(&mut |int| {
                // One too many is an error of the shape.
                if count.is_some_and(|count| listed.len() <= count) {
                    listed.extend(&int.to_le_bytes()[..kind.size()]);
                }
            })?;
        }
    }
    Ok(listed)
}

/// The texts of a tensor of them; `None` if it is of something else.
///
/// # Errors
/// The message, if the bytes are damaged.
pub(super) fn texts(bytes: &[u8]) -> Result<Option<Vec<String>>, String> {
    let (mut texts, mut is_text) = (vec![], false);
    for field in fields(bytes) {
        match field? {
            (tensor::DATA_TYPE, value) => is_text = value.int()? == 8,
            (tensor::STRING_DATA, value) => texts.push(value.text()?.to_owned()),
            _ => {}
        }
    }
    Ok(is_text.then_some(texts))
}

/// `TensorProto.DataType`.
pub(super) fn kind(data_type: i64, name: &str) -> Result<Kind, String> {
    Ok(match data_type {
        1 => Kind::F32,
        2 => Kind::Unsigned(1),
        3 => Kind::Signed(1),
        4 => Kind::Unsigned(2),
        5 => Kind::Signed(2),
        6 => Kind::Signed(4),
        7 => Kind::Signed(8),
        9 => Kind::Bool,
        10 => Kind::F16,
        11 => Kind::F64,
        12 => Kind::Unsigned(4),
        13 => Kind::Unsigned(8),
        16 => Kind::Bf16,
        other => {
            let what = match other {
                8 => "text".to_owned(),
                14 | 15 => "complex".to_owned(),
                17..=20 => "of 8-bit floats".to_owned(),
                21..=23 => "of 4 bits".to_owned(),
                other => format!("of type {other}"),
            };
            return Err(format!(
                "the constant {} is {what}, which is not read; export the model with 32-bit floats",
                quoted(name)
            ));
        }
    })
}

/// The texts that a `Constant` node holds; `None` if it holds something else.
///
/// # Errors
/// As [`texts`].
pub(super) fn labels_of_node(node: &Node<'_>) -> Result<Option<Vec<String>>, String> {
    match node.tensor("value") {
        Some(tensor) => texts(tensor),
        None => Ok(node.strings("value_strings")),
    }
}

/// What a `Constant` node holds.
///
/// # Errors
/// As [`read`], or if it is something else than numbers.
pub(super) fn of_node<'a>(node: &Node<'a>, files: &'a Files) -> Result<Tensor<'a>, String> {
    let name = node.outputs.first().copied().unwrap_or_default();
    if let Some(tensor) = node.tensor("value") {
        return read(tensor, name, files);
    }
    let scalar = node.float("value_float").map(f64::from);
    let scalar = scalar.or_else(|| node.int("value_int").map(|int| int as f64));
    if let Some(number) = scalar {
        return Ok(Tensor::of_f64(name.to_owned(), vec![], &[number]));
    }
    let floats = node.floats("value_floats")?;
    let ints = node.ints("value_ints")?;
    let list = floats.or_else(|| Some(ints?.into_iter().map(|int| int as f64).collect()));
    match list {
        Some(list) => Ok(Tensor::of_f64(name.to_owned(), vec![list.len()], &list)),
        None => Err("it holds no numbers".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::tensor::Rounding;
    use super::{Files, read};
    use crate::onnx::tensor::{
        DATA_LOCATION, DATA_TYPE, DIMS, DOUBLE_DATA, FLOAT_DATA, INT32_DATA, INT64_DATA, RAW_DATA, SEGMENT,
    };
    use crate::onnx::write::Message;

    fn tensor(data_type: usize, shape: &[usize]) -> Message {
        Message::default().ints(DIMS, shape).int(DATA_TYPE, data_type)
    }

    #[track_caller]
    fn check(message: &Message, expected: &[f32]) {
        let bytes = message.as_ref();
        let files = Files::new();
        let tensor = read(bytes, "w", &files).unwrap();
        assert_eq!(tensor.floats(&mut Rounding::default()).unwrap(), expected);
    }

    #[test]
    fn numbers_are_read_wherever_they_are() {
        let floats = [1.5_f32, -2.0];
        let bytes = floats.map(f32::to_le_bytes).concat();
        check(&tensor(1, &[2]).bytes(RAW_DATA, &bytes), &floats);
        check(&tensor(1, &[1, 2]).bytes(FLOAT_DATA, &bytes), &floats);
        // Not packed: each number is a field, with four bytes.
        let mut apart = tensor(1, &[2]);
        for float in floats {
            apart.0.push((FLOAT_DATA as u8) << 3 | 5);
            apart.0.extend(float.to_le_bytes());
        }
        check(&apart, &floats);
        let doubles = floats.map(|x| f64::from(x).to_le_bytes()).concat();
        check(&tensor(11, &[2]).bytes(DOUBLE_DATA, &doubles), &floats);
        check(&tensor(10, &[2]).ints(INT32_DATA, &[0x3e00, 0xc000]), &floats);
        check(
            &tensor(16, &[2]).bytes(RAW_DATA, [0xc0, 0x3f, 0x00, 0xc0]),
            &floats,
        );
        check(&tensor(7, &[2]).ints(INT64_DATA, &[5, 0]), &[5.0, 0.0]);
        check(&tensor(1, &[]).bytes(RAW_DATA, 2.0_f32.to_le_bytes()), &[2.0]);
        check(&tensor(1, &[0]), &[]);
    }

    #[test]
    fn what_is_not_there_or_not_known_is_refused() {
        let refused = |message: Message, expected: &str| {
            let message = read(message.as_ref(), "fc1.weight", &Files::new()).unwrap_err();
            assert!(message.contains(expected), "{message}");
            assert!(message.contains("'fc1.weight'"), "{message}");
        };
        refused(tensor(1, &[2]).bytes(RAW_DATA, [0; 7]), "7 bytes");
        refused(tensor(1, &[usize::MAX / 2, 4]), "0 bytes");
        refused(tensor(1, &[usize::MAX]), "impossible shape");
        refused(tensor(1, &[0; 65]), "impossible shape");
        refused(tensor(1, &[2]).int(DATA_LOCATION, 1), "not beside the model");
        refused(tensor(1, &[2]).bytes(SEGMENT, [8, 0]), "segments");
        refused(tensor(8, &[2]), "is text");
        refused(tensor(17, &[2]), "8-bit floats");
        refused(tensor(0, &[2]), "of type 0");
    }
}
