//! Reads files whole, and writes files that appear whole or not at all.
//!
//! A file's bytes are written under a name of their own in the same directory, which then becomes the final name in
//! one step of the file system: a run that is killed leaves no half of a file under its final name. This guards
//! against the death of the process, not of the machine: nothing waits for the disk, since a run writes thousands of
//! small files. What a crash of the machine leaves is found by [`crate::ticket::is_cut_short`].

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read, Write};
use std::path::Path;

use anyhow::Context;

use crate::bad_input;
use crate::predict::Table;
use crate::ticket::Ticket;

/// Four gibibytes: a thousand times any ticket this project can train, and little enough to read at once.
const LARGEST_FILE: u64 = 4 << 30;

/// How the name of a file starts that is not finished.
const HALF_WRITTEN: &str = ".half-";

/// The content of a regular file, or what comes out of a pipe until it is closed.
///
/// # Errors
///
/// [`BadInput`](crate::error::BadInput) if there is no such file, or it may not be read, or it is something else or too
/// large; another error if reading fails.
pub fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    if is_pipe(path) {
        let mut bytes = Vec::new();
        fs::File::open(path)
            .and_then(|pipe| pipe.take(LARGEST_FILE).read_to_end(&mut bytes))
            .with_context(|| format!("cannot read {}", path.display()))?;
        return Ok(bytes);
    }
    read_if_there(path)?
        .ok_or_else(|| bad_input!("{}: there is no such file; check the path", path.display()))
}

/// The content of a regular file; `None` if nothing has that name.
///
/// # Errors
///
/// As [`read`].
pub fn read_if_there(path: &Path) -> anyhow::Result<Option<Vec<u8>>> {
    let place = path.display();
    let problem = match content(path) {
        Ok(Ok(bytes)) => return Ok(Some(bytes)),
        Ok(Err(problem)) => problem,
        Err(error) => match error.kind() {
            io::ErrorKind::NotFound if path.is_symlink() => {
                "this is a link to a file that is not there; restore the file or remove the link".to_owned()
            }
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => return Ok(None),
            io::ErrorKind::PermissionDenied => {
                "you may not read this file; change its permissions".to_owned()
            }
            _ => return Err(error).with_context(|| format!("cannot read {place}")),
        },
    };
    Err(bad_input!("{place}: {problem}"))
}

#[cfg(unix)]
fn is_pipe(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    fs::metadata(path).is_ok_and(|found| found.file_type().is_fifo())
}

#[cfg(not(unix))]
fn is_pipe(_path: &Path) -> bool {
    false
}

/// The bytes, or why a file that is there is not to be read.
fn content(path: &Path) -> io::Result<Result<Vec<u8>, String>> {
    let found = fs::metadata(path)?;
    Ok(if found.is_dir() {
        Err("this is a directory; name a file in it".to_owned())
    } else if !found.is_file() {
        Err("this is not a regular file; save its content to one".to_owned())
    } else if LARGEST_FILE < found.len() {
        Err(format!(
            "the file has {} bytes, and at most {LARGEST_FILE} are read; check the path",
            found.len()
        ))
    } else {
        Ok(fs::read(path)?)
    })
}

impl Ticket {
    /// Reads a ticket from a file, ours or another program's.
    ///
    /// # Errors
    ///
    /// As [`read`] and [`Ticket::from_bytes`]; messages name the file, the place in it and the remedy.
    pub fn read(path: &Path) -> anyhow::Result<Ticket> {
        Ticket::from_bytes(&read(path)?, &path.display().to_string())
    }

    /// Writes the ticket to a file, whole or not at all.
    ///
    /// # Errors
    ///
    /// If the file cannot be written, or the fields make no ticket (see [`Ticket::to_bytes`]).
    pub fn write(&self, path: &Path) -> anyhow::Result<()> {
        let bytes = self
            .to_bytes()
            .with_context(|| format!("cannot write {}", path.display()))?;
        write_atomically(path, &bytes)
    }
}

impl Table {
    /// Reads a CSV file for `ticket`.
    ///
    /// # Errors
    ///
    /// As [`read`] and [`Table::from_bytes`].
    pub fn read(path: &Path, ticket: &Ticket) -> anyhow::Result<Table> {
        Table::from_bytes(&read(path)?, &path.display().to_string(), ticket)
    }
}

/// Writes `bytes` to `path`, which holds its old content or all of the new, never a part.
///
/// A device or a pipe cannot be replaced by renaming, and is written to directly.
///
/// # Errors
///
/// If the directory is not there or not writable, or the disk is full; then `path` is as it was.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let is_stream = fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir());
    let written = if is_stream {
        fs::write(path, bytes)
    } else {
        write_beside_and_rename(path, bytes)
    };
    written.map_err(|error| {
        let remedy = remedy(&error, directory_of(path));
        anyhow::Error::new(error).context(format!("cannot write {}; {remedy}", path.display()))
    })
}

/// Deletes what an earlier process left unfinished in `dir`.
///
/// Only for who holds the directory alone: another process may be about to rename such a file. What cannot be
/// deleted stays, since it is not read.
pub fn remove_half_written(dir: &Path) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    for entry in entries.flatten() {
        if is_half_written(&entry.file_name()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Whether a file of this name was left unfinished.
pub fn is_half_written(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(HALF_WRITTEN.as_bytes())
}

fn write_beside_and_rename(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(HALF_WRITTEN);
    // A temporary file is for its owner alone, but this one will be an ordinary file; the umask still
    // applies.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
    let mut half = builder.tempfile_in(directory_of(path)).map_err(|error| {
        // It adds the name of the half-written file, which says nothing to the user.
        let message = error.to_string();
        let message = message.split(" at path ").next().unwrap_or_default();
        io::Error::new(error.kind(), message)
    })?;
    half.write_all(bytes)?;
    half.persist(path)?;
    Ok(())
}

fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// What the user can do about `error`.
fn remedy(error: &io::Error, directory: &Path) -> String {
    let directory = directory.display();
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            format!("create the directory {directory} or choose another")
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            format!("make the directory {directory} writable or choose another")
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            format!("free space on the disk of {directory} and start again")
        }
        io::ErrorKind::IsADirectory => "it is a directory: choose another name".to_owned(),
        _ => format!("check the directory {directory} or choose another"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::is_bad_input;

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_written_replaced_and_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("levels.csv");
        write_atomically(&path, b"old and longer").unwrap();
        write_atomically(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(names(dir.path()), ["levels.csv"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_has_ordinary_permissions() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let [ours, ordinary] = ["ours", "ordinary"].map(|name| dir.path().join(name));
        write_atomically(&ours, b"").unwrap();
        fs::write(&ordinary, b"").unwrap();
        let [ours, ordinary] =
            [ours, ordinary].map(|path| fs::metadata(path).unwrap().permissions().mode() & 0o777);
        assert_eq!(ours, ordinary & 0o644);
    }

    #[test]
    fn a_missing_directory_is_named_with_what_to_do() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("nowhere").join("a.csv");
        let error = write_atomically(&path, b"x").unwrap_err();
        let message = format!("{error:#}");
        let start = format!("cannot write {}; create the directory ", path.display());
        assert!(
            message.starts_with(&start) && !message.contains(HALF_WRITTEN),
            "{message}"
        );
        assert!(!is_bad_input(&error));
    }

    #[test]
    fn a_directory_in_the_way_stays_and_no_half_file_is_left() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("taken");
        fs::create_dir(&path).unwrap();
        let message = format!("{:#}", write_atomically(&path, b"x").unwrap_err());
        assert!(message.contains("taken"), "{message}");
        assert_eq!(names(dir.path()), ["taken"]);
    }

    #[track_caller]
    fn refused(path: &Path, expected: &str) {
        for error in [read(path).unwrap_err(), Ticket::read(path).unwrap_err()] {
            assert!(is_bad_input(&error), "{error:#}");
            assert_eq!(format!("{error:#}"), format!("{}: {expected}", path.display()));
        }
    }

    #[test]
    fn what_is_no_file_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let named = |name| dir.path().join(name);
        refused(&named("nowhere"), "there is no such file; check the path");
        refused(dir.path(), "this is a directory; name a file in it");
        fs::write(named("file"), b"").unwrap();
        refused(&named("file/below"), "there is no such file; check the path");
        fs::File::create(named("huge"))
            .unwrap()
            .set_len((4 << 30) + 1)
            .unwrap();
        refused(
            &named("huge"),
            "the file has 4294967297 bytes, and at most 4294967296 are read; check the path",
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_read_to_its_end_but_not_in_place_of_a_file() {
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        let message = read_if_there(&pipe).unwrap_err().to_string();
        assert!(message.contains("not a regular file"), "{message}");
        let writer = std::thread::spawn({
            let pipe = pipe.clone();
            move || fs::write(pipe, b"a,b\n").unwrap()
        });
        assert_eq!(read(&pipe).unwrap(), b"a,b\n");
        writer.join().unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_nothing_is_refused_and_one_that_leads_to_itself_is_a_failure() {
        let dir = tempfile::tempdir().unwrap();
        let [dangling, ring] = ["dangling", "ring"].map(|name| dir.path().join(name));
        std::os::unix::fs::symlink(dir.path().join("nowhere"), &dangling).unwrap();
        std::os::unix::fs::symlink(&ring, &ring).unwrap();
        refused(
            &dangling,
            "this is a link to a file that is not there; restore the file or remove the link",
        );
        let error = read_if_there(&ring).unwrap_err();
        assert!(!is_bad_input(&error), "{error:#}");
        let start = format!("cannot read {}: ", ring.display());
        assert!(format!("{error:#}").starts_with(&start), "{error:#}");
        assert!(read_if_there(&dir.path().join("nowhere")).unwrap().is_none());
    }

    #[test]
    fn a_full_disk_and_a_forbidden_directory_have_their_remedies() {
        let remedy = |kind: io::ErrorKind| remedy(&kind.into(), Path::new("runs"));
        assert_eq!(
            remedy(io::ErrorKind::StorageFull),
            "free space on the disk of runs and start again"
        );
        assert_eq!(
            remedy(io::ErrorKind::PermissionDenied),
            "make the directory runs writable or choose another"
        );
    }

    #[test]
    fn only_half_written_files_are_removed() {
        let dir = tempfile::tempdir().unwrap();
        for name in [".half-abc", ".half-", "half-abc", "0-3.safetensors", ".hidden"] {
            fs::write(dir.path().join(name), b"x").unwrap();
        }
        remove_half_written(dir.path());
        assert_eq!(names(dir.path()), [".hidden", "0-3.safetensors", "half-abc"]);
        remove_half_written(&dir.path().join("nowhere"));
    }
}
