//! Undoes the compression of a file, which its first bytes tell, whatever it is called.

use std::io::{self, Read};

use flate2::read::MultiGzDecoder;

use super::foreign;
use crate::bad_input;

/// The most bytes that are read of a file, before and after it is unpacked: a thousand times any ticket this project can
/// train, and little enough to hold at once.
pub const LARGEST: u64 = 4 << 30;

const GZIP: &[u8] = b"\x1f\x8b";

/// First bytes of what is not unpacked here, what it is, and the command that unpacks it.
const OTHERS: [(&[u8], &str, &str); 4] = [
    (b"\x28\xb5\x2f\xfd", "Zstandard", "zstd -d"),
    (b"\xfd7zXZ\0", "xz", "xz -d"),
    (b"BZh", "bzip2", "bzip2 -d"),
    (b"\x04\x22\x4d\x18", "LZ4", "lz4 -d"),
];

/// The bytes of a file as they were before it was compressed with gzip, if it was. `file` names it in messages.
///
/// # Errors
/// Bad input if the file is damaged, unpacks to more than 4 GiB, or is compressed in another way.
pub fn unpacked(bytes: Vec<u8>, file: &str) -> anyhow::Result<Vec<u8>> {
    if let Some((_, name, command)) = OTHERS.iter().find(|(magic, ..)| bytes.starts_with(magic)) {
        return Err(bad_input!(
            "{file}: the file is compressed with {name}, and only gzip is read; unpack it first ({command})"
        ));
    }
    if let Some((what, remedy)) = foreign::archive(&bytes) {
        return Err(bad_input!("{file}: this is {what}; {remedy}"));
    }
    if !bytes.starts_with(GZIP) {
        return Ok(bytes);
    }
    let mut unpacked = Vec::new();
    let decoder = MultiGzDecoder::new(&*bytes);
    decoder
        .take(LARGEST + 1)
        .read_to_end(&mut unpacked)
        .map_err(|error| match error.kind() {
            io::ErrorKind::OutOfMemory => {
                bad_input!("{file}: what the file unpacks to does not fit into memory; divide it")
            }
            _ => bad_input!(
                "{file}: the file is compressed with gzip and damaged: {error}; copy or compress it again"
            ),
        })?;
    if LARGEST < unpacked.len() as u64 {
        return Err(bad_input!(
            "{file}: the file unpacks to more than {LARGEST} bytes, the most that is read; divide it"
        ));
    }
    Ok(unpacked)
}

#[cfg(test)]
mod tests {
    use super::unpacked;
    use crate::error::refused;

    /// `printf abc | gzip -n`
    const ABC: [u8; 23] = [
        0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0x4b, 0x4c, 0x4a, 6, 0, 0xc2, 0x41, 0x24, 0x35, 3, 0, 0, 0,
    ];

    #[test]
    fn what_is_not_compressed_stays_as_it_is() {
        for bytes in [&b""[..], b"\x1f", b"a,b\n", b"\x93NUMPY"] {
            assert_eq!(unpacked(bytes.to_vec(), "file").unwrap(), bytes);
        }
    }

    #[test]
    fn gzip_is_undone_in_one_member_and_in_several() {
        assert_eq!(unpacked(ABC.to_vec(), "file").unwrap(), b"abc");
        assert_eq!(unpacked([ABC, ABC].concat(), "file").unwrap(), b"abcabc");
    }

    #[test]
    fn a_damaged_file_is_refused() {
        for end in 2..ABC.len() {
            let message = refused(unpacked(ABC[..end].to_vec(), "file"), &["gzip and damaged"]);
            assert!(message.starts_with("file: "), "{message}");
        }
        for index in 0..ABC.len() {
            let mut bytes = ABC.to_vec();
            bytes[index] ^= 0x10;
            // A flag, a time or a system in the header may be wrong without harm; content never is.
            if let Ok(unpacked) = unpacked(bytes, "file") {
                assert!(unpacked == b"abc" || index < 2, "byte {index}");
            }
        }
    }

    #[test]
    fn other_compressions_are_named() {
        refused(
            unpacked(b"PK\x03\x04rest".to_vec(), "a.zip"),
            &["a.zip", "ZIP", "unpack"],
        );
        refused(unpacked(b"\xfd7zXZ\0".to_vec(), "a.xz"), &["with xz", "xz -d"]);
    }
}
