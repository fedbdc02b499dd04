//! Arrays of numbers as files hold them: their shape and their bytes, decoded element by element.
//!
//! `npy` and `idx` find shape and element type in a file's header and check both against the bytes that are there before
//! anything is allocated; `literal` reads the Python literal that an npy header is.

pub(crate) mod idx;
mod literal;
pub(crate) mod npy;

use crate::bad_input;
use crate::text::counted;

/// The type of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Element {
    Bool,
    I8,
    U8,
    I16,
    U16,
    I32,
    U32,
    I64,
    U64,
    F32,
    F64,
}

impl Element {
    /// Bytes that it takes.
    pub(crate) const fn size(self) -> usize {
        match self {
            Self::Bool | Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::I64 | Self::U64 | Self::F64 => 8,
        }
    }

    /// What NumPy calls it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::I8 => "int8",
            Self::U8 => "uint8",
            Self::I16 => "int16",
            Self::U16 => "uint16",
            Self::I32 => "int32",
            Self::U32 => "uint32",
            Self::I64 => "int64",
            Self::U64 => "uint64",
            Self::F32 => "float32",
            Self::F64 => "float64",
        }
    }
}

/// The order of a number's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endian {
    Little,
    Big,
}

/// The order of the elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// The last index runs fastest.
    C,
    /// The first index runs fastest.
    Fortran,
}

/// An element's value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    /// Of an integer type, or a truth value.
    Whole(i128),
    /// Of a float type; an f32 is exact in it.
    Float(f64),
}

/// What a header says of the bytes after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) element: Element,
    pub(crate) endian: Endian,
    pub(crate) order: Order,
    pub(crate) shape: Vec<usize>,
}

/// A header and as many bytes as it promises. The first dimension counts the rows, of which there is at least one; what
/// the others span is flattened in C order to the columns of a row.
#[derive(Debug)]
pub(crate) struct Array<'a> {
    header: Header,
    bytes: &'a [u8],
    columns: usize,
}

impl<'a> Array<'a> {
    /// Sets the bytes that follow a header beside it.
    ///
    /// # Errors
    /// Bad input if there are no elements, or fewer or more bytes than the elements take; `file` names it.
    pub(crate) fn new(header: Header, bytes: &'a [u8], file: &str) -> anyhow::Result<Self> {
        let shape = shown(&header.shape);
        let Some((&rows, rest)) = header.shape.split_first() else {
            return Err(bad_input!(
                "{file}: the array is a single number; save one with a row for each sample"
            ));
        };
        if header.shape.contains(&0) {
            return Err(bad_input!(
                "{file}: the array of shape {shape} is empty; save one with a row for each sample"
            ));
        }
        let columns = rest
            .iter()
            .try_fold(1_usize, |product, &length| product.checked_mul(length));
        let size = columns
            .and_then(|columns| columns.checked_mul(rows))
            .and_then(|count| count.checked_mul(header.element.size()));
        let (found, name) = (bytes.len(), header.element.name());
        match size {
            Some(size) if size == found => {}
            Some(size) if size < found => {
                return Err(bad_input!(
                    "{file}: {} too many: shape {shape} of {name} takes {}, and {found} are there; save the array alone \
                     in a new file",
                    counted(found - size, "byte"),
                    counted(size, "byte"),
                ));
            }
            _ => {
                let wanted = size.map_or("more bytes than can be counted".to_owned(), |size| {
                    counted(size, "byte")
                });
                return Err(bad_input!(
                    "{file}: the file is cut off: shape {shape} of {name} takes {wanted}, and {found} are there; copy or save it again"
                ));
            }
        }
        Ok(Self {
            header,
            bytes,
            columns: columns.unwrap_or_default(),
        })
    }

    /// The length along each dimension, at least one.
    pub(crate) fn shape(&self) -> &[usize] {
        &self.header.shape
    }

    pub(crate) fn element(&self) -> Element {
        self.header.element
    }

    pub(crate) fn row_count(&self) -> usize {
        self.header.shape[0]
    }

    /// Elements of a row.
    pub(crate) fn column_count(&self) -> usize {
        self.columns
    }

    /// Where each column of a row lies, for [`Array::at`].
    pub(crate) fn offsets(&self) -> Vec<usize> {
        let (rows, inner) = (self.header.shape[0], &self.header.shape[1..]);
        match self.header.order {
            Order::C => (0..self.columns).collect(),
            Order::Fortran => (0..self.columns)
                .map(|column| {
                    // The indices of a column, the last one first, and the stride of each: that of the first is `rows`.
                    let (mut rest, mut offset, mut stride) = (column, 0, rows * self.columns);
                    for &length in inner.iter().rev() {
                        stride /= length;
                        offset += rest % length * stride;
                        rest /= length;
                    }
                    offset
                })
                .collect(),
        }
    }

    /// The element of a row at one of its [offsets](Array::offsets).
    pub(crate) fn at(&self, row: usize, offset: usize) -> Number {
        let index = match self.header.order {
            Order::C => row * self.columns + offset,
            Order::Fortran => row + offset,
        };
        let size = self.header.element.size();
        decoded(
            self.header.element,
            self.header.endian,
            &self.bytes[index * size..][..size],
        )
    }
}

/// A shape as Python writes it, which shows whether there is one dimension.
pub(crate) fn shown(shape: &[usize]) -> String {
    let lengths: Vec<String> = shape.iter().map(usize::to_string).collect();
    let comma = if lengths.len() == 1 { "," } else { "" };
    format!("({}{comma})", lengths.join(", "))
}

fn decoded(element: Element, endian: Endian, bytes: &[u8]) -> Number {
    fn ordered<const N: usize>(bytes: &[u8], endian: Endian) -> [u8; N] {
        let mut ordered = [0; N];
        ordered.copy_from_slice(bytes);
        if endian == Endian::Big {
            ordered.reverse();
        }
        ordered
    }
    match element {
        // NumPy takes any other byte for true, too.
        Element::Bool => Number::Whole(i128::from(bytes[0] != 0)),
        Element::I8 => Number::Whole(i8::from_le_bytes(ordered(bytes, endian)).into()),
        Element::U8 => Number::Whole(u8::from_le_bytes(ordered(bytes, endian)).into()),
        Element::I16 => Number::Whole(i16::from_le_bytes(ordered(bytes, endian)).into()),
        Element::U16 => Number::Whole(u16::from_le_bytes(ordered(bytes, endian)).into()),
        Element::I32 => Number::Whole(i32::from_le_bytes(ordered(bytes, endian)).into()),
        Element::U32 => Number::Whole(u32::from_le_bytes(ordered(bytes, endian)).into()),
        Element::I64 => Number::Whole(i64::from_le_bytes(ordered(bytes, endian)).into()),
        Element::U64 => Number::Whole(u64::from_le_bytes(ordered(bytes, endian)).into()),
        Element::F32 => Number::Float(f32::from_le_bytes(ordered(bytes, endian)).into()),
        Element::F64 => Number::Float(f64::from_le_bytes(ordered(bytes, endian))),
    }
}

#[cfg(test)]
mod tests;
