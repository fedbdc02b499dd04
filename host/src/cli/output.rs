//! Writes what a command makes to the file that the user named, or to standard output.

use std::io::Write;
use std::path::Path;

use crate::bad_input;
use crate::files::write_atomically;

/// Whether `path` stands for standard output.
pub(super) fn is_stdout(path: &Path) -> bool {
    path == Path::new("-")
}

/// Writes `bytes` to `out` if `path` is `-`, else as [`write_file`].
pub(super) fn write(path: &Path, bytes: &[u8], out: &mut dyn Write) -> anyhow::Result<()> {
    if is_stdout(path) {
        out.write_all(bytes)?;
        return Ok(());
    }
    write_atomically(path, bytes)
}

/// Writes `bytes`, which are no text, to the file at `path`.
///
/// # Errors
///
/// Bad input if the path is `-` or cannot be written to, another error if the disk is full.
pub(super) fn write_file(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    if is_stdout(path) {
        return Err(bad_input!(
            "--out -: what is written is no text for standard output; name a file, or ./- for one that is called so"
        ));
    }
    write_atomically(path, bytes)
}
