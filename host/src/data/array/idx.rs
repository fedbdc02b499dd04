//! Reads IDX files, the format of MNIST and of the data sets made after it.
//!
//! Two zero bytes, a byte for the element type, one for how many dimensions there are; the length of each as a big-endian
//! u32; the elements, big-endian, in C order (LeCun, Cortes, Burges: "The MNIST database of handwritten digits").

use super::{Array, Element, Endian, Header, Order};
use crate::bad_input;
use crate::data::foreign;

/// Element types by their byte.
const ELEMENTS: [(u8, Element); 6] = [
    (0x08, Element::U8),
    (0x09, Element::I8),
    (0x0b, Element::I16),
    (0x0c, Element::I32),
    (0x0d, Element::F32),
    (0x0e, Element::F64),
];

/// Whether bytes begin as an IDX file does.
pub(crate) fn is_idx(bytes: &[u8]) -> bool {
    matches!(bytes, [0, 0, kind, dimensions, ..] if 0 < *dimensions && ELEMENTS.iter().any(|(byte, _)| byte == kind))
}

/// Reads the content of a file; `file` names it in messages.
///
/// # Errors
/// Bad input, with what it is and the remedy, if it is no IDX file, or its size is not what its header says.
pub(crate) fn read<'a>(bytes: &'a [u8], file: &str) -> anyhow::Result<Array<'a>> {
    if !is_idx(bytes) {
        return Err(foreign::refused(
            bytes,
            file,
            "idx",
            "an IDX file, which begins with 0, 0, a type and the number of dimensions",
        ));
    }
    let cut_off = || bad_input!("{file}: the file is cut off in its header; copy it again");
    let dimensions = usize::from(bytes[3]);
    let (lengths, elements) = bytes[4..].split_at_checked(4 * dimensions).ok_or_else(cut_off)?;
    let shape = lengths
        .chunks_exact(4)
        .map(|length| u32::from_be_bytes([length[0], length[1], length[2], length[3]]) as usize)
        .collect();
    let element = ELEMENTS.iter().find(|(byte, _)| *byte == bytes[2]);
    let header = Header {
        element: element.ok_or_else(cut_off)?.1,
        endian: Endian::Big,
        order: Order::C,
        shape,
    };
    Array::new(header, elements, file)
}
