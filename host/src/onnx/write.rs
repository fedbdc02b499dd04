//! Writes messages of protobuf: numbers, and what has a length. The format is one number before each value, which holds
//! the field and the kind of the value (<https://protobuf.dev/programming-guides/encoding>).

/// The bytes of a message, to which fields are added. A field that is 0 or empty is left out: that is what readers take
/// it for.
#[derive(Default)]
pub(crate) struct Message(pub(crate) Vec<u8>);

impl Message {
    /// A number, not negative.
    pub(crate) fn int(mut self, field: u32, value: usize) -> Self {
        if value != 0 {
            varint(&mut self.0, field << 3);
            varint(&mut self.0, value as u64);
        }
        self
    }

    /// Text, bytes, another message, or a list of packed numbers.
    pub(crate) fn bytes(mut self, field: u32, value: impl AsRef<[u8]>) -> Self {
        let value = value.as_ref();
        if !value.is_empty() {
            varint(&mut self.0, field << 3 | 2);
            varint(&mut self.0, value.len() as u64);
            self.0.extend(value);
        }
        self
    }

    /// A field that is there several times.
    pub(crate) fn all<T: AsRef<[u8]>>(self, field: u32, values: impl IntoIterator<Item = T>) -> Self {
        values
            .into_iter()
            .fold(self, |message, value| message.bytes(field, value))
    }

    /// A list of numbers.
    pub(crate) fn ints(self, field: u32, values: &[usize]) -> Self {
        let mut packed = vec![];
        for &value in values {
            varint(&mut packed, value as u64);
        }
        self.bytes(field, packed)
    }
}

impl AsRef<[u8]> for Message {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Seven bits a byte, the lowest first; the eighth says that more follow.
fn varint(bytes: &mut Vec<u8>, value: impl Into<u64>) {
    let mut value = value.into();
    while 0x80 <= value {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}
