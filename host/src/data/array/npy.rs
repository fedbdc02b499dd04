//! Reads npy files, in which NumPy saves one array.
//!
//! The byte 0x93, `NUMPY`, two bytes for the version; the length of the header, little-endian, in two bytes (version 1) or
//! four (2 and 3); the header, a dictionary as Python writes it; the elements (NEP 1; `numpy.lib.format`).

use super::literal::{Literal, dictionary};
use super::{Array, Element, Endian, Header, Order};
use crate::bad_input;
use crate::data::foreign;
use crate::text::quoted;

/// What an npy file begins with.
pub(crate) const MAGIC: &[u8] = b"\x93NUMPY";

/// Element types by what follows the byte order in `descr`.
const ELEMENTS: [(&str, Element); 11] = [
    ("b1", Element::Bool),
    ("i1", Element::I8),
    ("u1", Element::U8),
    ("i2", Element::I16),
    ("u2", Element::U16),
    ("i4", Element::I32),
    ("u4", Element::U32),
    ("i8", Element::I64),
    ("u8", Element::U64),
    ("f4", Element::F32),
    ("f8", Element::F64),
];

/// Reads the content of a file; `file` names it in messages.
///
/// # Errors
/// Bad input, with what it is and the remedy, if it is no npy file, its elements are no numbers, or its size is not what
/// its header says.
pub(crate) fn read<'a>(bytes: &'a [u8], file: &str) -> anyhow::Result<Array<'a>> {
    let Some(rest) = bytes.strip_prefix(MAGIC) else {
        return Err(foreign::refused(
            bytes,
            file,
            "npy",
            "an npy file, as numpy.save writes it",
        ));
    };
    let cut_off = || bad_input!("{file}: the file is cut off in its header; save it again");
    let (&[major, minor], rest) = rest.split_first_chunk().ok_or_else(cut_off)?;
    let (length, rest) = match major {
        1 => {
            let (length, rest) = rest.split_first_chunk().ok_or_else(cut_off)?;
            (usize::from(u16::from_le_bytes(*length)), rest)
        }
        2 | 3 => {
            let (length, rest) = rest.split_first_chunk().ok_or_else(cut_off)?;
            (u32::from_le_bytes(*length) as usize, rest)
        }
        _ => {
            return Err(bad_input!(
                "{file}: npy version {major}.{minor} is not known, only 1 to 3; save the array with another NumPy"
            ));
        }
    };
    let (text, elements) = rest.split_at_checked(length).ok_or_else(cut_off)?;
    Array::new(header(text, file)?, elements, file)
}

fn header(text: &[u8], file: &str) -> anyhow::Result<Header> {
    let damaged = || bad_input!("{file}: the header of the npy file is damaged; save the array again");
    let entries = std::str::from_utf8(text)
        .ok()
        .and_then(dictionary)
        .ok_or_else(damaged)?;
    let entry = |key| {
        entries
            .iter()
            .find(|(other, _)| other == key)
            .map(|(_, value)| value)
    };
    let (Some(descr), Some(Literal::Truth(is_fortran)), Some(Literal::Sequence(lengths))) =
        (entry("descr"), entry("fortran_order"), entry("shape"))
    else {
        return Err(damaged());
    };
    let length = |literal: &Literal| match literal {
        Literal::Whole(length) => Some(*length),
        _ => None,
    };
    let shape: Option<Vec<usize>> = lengths.iter().map(length).collect();
    let (endian, element) = element(descr, file)?.ok_or_else(damaged)?;
    Ok(Header {
        element,
        endian,
        order: if *is_fortran { Order::Fortran } else { Order::C },
        shape: shape.ok_or_else(damaged)?,
    })
}

/// The byte order and the type that `descr` names; `None` if it names none.
fn element(descr: &Literal, file: &str) -> anyhow::Result<Option<(Endian, Element)>> {
    let Literal::Text(descr) = descr else {
        return match descr {
            Literal::Sequence(_) => Err(bad_input!(
                "{file}: the array is structured, with named fields; save its numbers as one plain array, such as \
                 numpy.lib.recfunctions.structured_to_unstructured(a)"
            )),
            _ => Ok(None),
        };
    };
    let (endian, rest) = match descr.chars().next() {
        Some('>') => (Endian::Big, &descr[1..]),
        // `=` would be that of the machine that wrote it, and is not written by NumPy.
        Some('<' | '|') => (Endian::Little, &descr[1..]),
        _ => (Endian::Little, &**descr),
    };
    if let Some((_, element)) = ELEMENTS.iter().find(|(name, _)| *name == rest) {
        return Ok(Some((endian, *element)));
    }
    let (what, remedy) = match rest.chars().next() {
        Some('O') => (
            "Python objects",
            "convert it with a.astype(\"float32\"), labels to whole numbers,",
        ),
        Some('U' | 'S' | 'a') => (
            "text",
            "number it with numpy.unique(a, return_inverse=True)[1] if it is labels, or a.astype(\"float32\") if it is numbers,",
        ),
        Some('c') => ("complex numbers", "put a.real and a.imag side by side as columns"),
        Some('f') => ("floats of another width", "convert it with a.astype(\"float32\")"),
        Some('M' | 'm') => (
            "dates or durations",
            "convert it to a number of seconds since a recent date",
        ),
        Some('V') => ("raw bytes or structures", "convert it with a.view() to numbers"),
        _ => return Ok(None),
    };
    Err(bad_input!(
        "{file}: the array holds {what} (dtype {}), and only bool, integers, float32 and float64 are read; {remedy} and \
         save it again",
        quoted(descr)
    ))
}
