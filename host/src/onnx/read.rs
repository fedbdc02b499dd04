//! Reads messages of protobuf field by field, without copying: what is not asked for costs nothing, and no size that a file
//! declares is allocated (<https://protobuf.dev/programming-guides/encoding>).

/// The value of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    /// A number of any length: integers, enums, truth values.
    Number(u64),
    /// Text, bytes, another message, or a list of packed numbers.
    Bytes(&'a [u8]),
    /// Four bytes, as of an f32.
    Four([u8; 4]),
    /// Eight bytes, as of an f64.
    Eight([u8; 8]),
}

const DAMAGED: &str = "the file is truncated or damaged; copy or export it again";

/// The fields of a message in the order of the file, each as its number and its value.
pub(crate) fn fields(bytes: &[u8]) -> impl Iterator<Item = Result<(u32, Value<'_>), String>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let field = field(&mut rest);
        if field.is_none() {
            rest = &[];
        }
        Some(field.ok_or_else(|| DAMAGED.to_owned()))
    })
}

fn field<'a>(rest: &mut &'a [u8]) -> Option<(u32, Value<'a>)> {
    let key = varint(rest)?;
    let number = u32::try_from(key >> 3).ok().filter(|&number| number != 0)?;
    let value = match key & 7 {
        0 => Value::Number(varint(rest)?),
        1 => Value::Eight(*rest.split_off(..8)?.first_chunk()?),
        2 => {
            let length = usize::try_from(varint(rest)?).ok()?;
            Value::Bytes(rest.split_off(..length)?)
        }
        5 => Value::Four(*rest.split_off(..4)?.first_chunk()?),
        // Groups, which ONNX never had.
        _ => return None,
    };
    Some((number, value))
}

/// Seven bits a byte, the lowest first; the eighth says that more follow.
fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = *rest.split_off_first()?;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

impl<'a> Value<'a> {
    /// The bytes of text, of a message or of a list.
    pub(crate) fn bytes(self) -> Result<&'a [u8], String> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            _ => Err(DAMAGED.to_owned()),
        }
    }

    /// Text.
    pub(crate) fn text(self) -> Result<&'a str, String> {
        std::str::from_utf8(self.bytes()?).map_err(|_| DAMAGED.to_owned())
    }

    /// A number, negative ones in two's complement.
    pub(crate) fn int(self) -> Result<i64, String> {
        match self {
            Self::Number(number) => Ok(number as i64),
            _ => Err(DAMAGED.to_owned()),
        }
    }

    /// A float of 32 bits.
    pub(crate) fn float(self) -> Result<f32, String> {
        match self {
            Self::Four(bytes) => Ok(f32::from_le_bytes(bytes)),
            _ => Err(DAMAGED.to_owned()),
        }
    }

    /// Hands numbers of a repeated field to `push`, packed or a single one.
    pub(crate) fn ints(self, push: &mut dyn FnMut(i64)) -> Result<(), String> {
        match self {
            Self::Bytes(mut packed) => {
                while !packed.is_empty() {
                    push(varint(&mut packed).ok_or(DAMAGED)? as i64);
                }
                Ok(())
            }
            value => value.int().map(push),
        }
    }

    /// The bytes of a repeated field of floats, packed or a single one: as they lie in memory, little-endian.
    pub(crate) fn floats(&self) -> Result<&[u8], String> {
        match self {
            Self::Bytes(packed) => Ok(packed),
            Self::Four(bytes) => Ok(bytes),
            Self::Eight(bytes) => Ok(bytes),
            Self::Number(_) => Err(DAMAGED.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Value, fields};
    use crate::onnx::write::Message;

    #[test]
    fn what_is_written_is_read() {
        let message = Message::default()
            .int(1, 300)
            .bytes(2, "text")
            .ints(3, &[1, 0, 1 << 40])
            .bytes(100_000, [7]);
        let read: Vec<_> = fields(message.as_ref()).collect::<Result<_, _>>().unwrap();
        assert_eq!(read[0], (1, Value::Number(300)));
        assert_eq!(read[1].1.text().unwrap(), "text");
        let mut ints = vec![];
        read[2].1.ints(&mut |int| ints.push(int)).unwrap();
        assert_eq!(ints, [1, 0, 1 << 40]);
        assert_eq!(read[3], (100_000, Value::Bytes(&[7])));
    }

    #[test]
    fn negative_numbers_and_floats_are_read() {
        let bytes = [&[8][..], &[255; 9], &[1], &[0x15, 0, 0, 0x80, 0x3f]].concat();
        let read: Vec<_> = fields(&bytes).collect::<Result<_, _>>().unwrap();
        assert_eq!(read[0].1.int(), Ok(-1));
        assert_eq!(read[1].1.float(), Ok(1.0));
    }

    #[test]
    fn damaged_messages_end_with_one_error() {
        for bytes in [
            &[8][..],                                                  // a number that is missing
            &[8, 255, 255],                                            // one that does not end
            &[8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1], // one that is too long
            &[0x12, 5, 1],                                             // fewer bytes than declared
            &[0x12, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1],   // 2⁶⁴ − 1 bytes
            &[0x0b],                                                   // a group
            &[0, 0],                                                   // field 0
            &[0x15, 1],                                                // three bytes too few
        ] {
            let read: Vec<_> = fields(bytes).collect();
            assert!(matches!(&*read, [Err(_)]), "{bytes:?}: {read:?}");
        }
    }
}
