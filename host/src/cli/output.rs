//! Writes what a command makes to the file that the user named, or to standard output.

use std::io::{self, Write};
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
    write_file(path, bytes)
}

/// Writes `bytes` to the file at `path`.
///
/// # Errors
///
/// Bad input if the path cannot be written to, another error if the disk is full.
pub(super) fn write_file(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    write_atomically(path, bytes).map_err(|error| {
        let is_path = error.downcast_ref::<io::Error>().is_some_and(|error| {
            matches!(
                error.kind(),
                io::ErrorKind::NotFound
                    | io::ErrorKind::NotADirectory
                    | io::ErrorKind::IsADirectory
                    | io::ErrorKind::PermissionDenied
                    | io::ErrorKind::ReadOnlyFilesystem
            )
        });
        if is_path { bad_input!("{error:#}") } else { error }
    })
}
