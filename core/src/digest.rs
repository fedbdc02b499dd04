//! One number for all parameters of a network, so that a board can say in a line what it would take kilobytes to send.

/// FNV-1a with 64 bits (Fowler, Noll and Vo) of the bits of all values, as little-endian bytes.
///
/// ```
/// use tombola::digest::of_floats;
///
/// assert_eq!(of_floats(&[]), 0xcbf2_9ce4_8422_2325);
/// assert_ne!(of_floats(&[0.0]), of_floats(&[-0.0]));
/// ```
pub fn of_floats(values: &[f32]) -> u64 {
    values
        .iter()
        .fold(EMPTY, |digest, value| digest_of(digest, &value.to_le_bytes()))
}

/// The same of bytes.
pub fn of_bytes(bytes: &[u8]) -> u64 {
    digest_of(EMPTY, bytes)
}

const EMPTY: u64 = 0xcbf2_9ce4_8422_2325;

fn digest_of(digest: u64, bytes: &[u8]) -> u64 {
    let step = |digest: u64, &byte: &u8| (digest ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    bytes.iter().fold(digest, step)
}

#[cfg(test)]
mod tests {
    use super::{of_bytes, of_floats};

    #[test]
    fn the_published_values() {
        // From the authors' own test suite.
        assert_eq!(of_bytes(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(of_bytes(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn floats_are_their_bytes() {
        assert_eq!(
            of_floats(&[1.0, -2.5]),
            of_bytes(&[0, 0, 0x80, 0x3f, 0, 0, 0x20, 0xc0])
        );
    }
}
