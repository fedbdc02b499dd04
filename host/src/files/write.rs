//! Writes files that appear whole or not at all.
//!
//! A file's bytes are written under a name of their own in the same directory, which then becomes the final name in
//! one step of the file system: a run that is killed leaves no half of a file under its final name. This guards
//! against the death of the process, not of the machine: nothing waits for the disk, since a run writes thousands of
//! small files. What a crash of the machine leaves is found by [`crate::ticket::is_cut_short`].

use std::ffi::OsStr;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::bad_input;

/// How the name of a file starts that is not finished.
const HALF_WRITTEN: &str = ".half-";

/// Writes `bytes` to `path`, which holds its old content or all of the new, never a part.
///
/// A device or a pipe cannot be replaced by renaming, and is written to directly.
///
/// # Errors
///
/// Bad input if the directory is not there or not writable, another error if the disk is full; then `path` is as it was.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let written = place(path).and_then(|place| match place {
        Place::Device => fs::write(path, bytes),
        Place::File(path) => write_beside_and_rename(&path, bytes),
    });
    written.map_err(|error| unwritable(error, path))
}

/// As [`write_atomically`], with bytes that come one after the other.
///
/// # Errors
///
/// As [`write_atomically`], and those of `write` itself.
pub fn write_atomically_with(
    path: &Path,
    write: impl FnOnce(&mut (dyn Write + Send)) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    // What fails in `write` is told as it is, unless it is this file.
    let ours = |error: anyhow::Error| match error.downcast::<io::Error>() {
        Ok(error) => unwritable(error, path),
        Err(error) => error,
    };
    match place(path).map_err(|error| unwritable(error, path))? {
        Place::Device => {
            let file = fs::OpenOptions::new().write(true).open(path);
            let mut file = BufWriter::new(file.map_err(|error| unwritable(error, path))?);
            write(&mut file).map_err(ours)?;
            file.flush().map_err(|error| unwritable(error, path))
        }
        Place::File(target) => {
            let mut half = half_written(&target).map_err(|error| unwritable(error, path))?;
            let mut file = BufWriter::new(half.as_file_mut());
            write(&mut file).map_err(ours)?;
            file.flush().map_err(|error| unwritable(error, path))?;
            drop(file);
            half.persist(&target)
                .map_err(|error| unwritable(error.error, path))?;
            Ok(())
        }
    }
}

/// Checks that a file can be made at `path`, before hours of work on what is to be in it.
///
/// # Errors
///
/// As [`write_atomically`].
pub fn check_writable(path: &Path) -> anyhow::Result<()> {
    let checked = place(path).and_then(|place| match place {
        Place::Device => Ok(()),
        Place::File(path) => half_written(&path).map(drop),
    });
    checked.map_err(|error| unwritable(error, path))
}

/// A file that is written piece by piece, under a name of its own until it is finished.
pub struct Half {
    path: PathBuf,
    file: io::BufWriter<NamedTempFile>,
}

impl Half {
    /// Begins a file that is to be at `path`.
    ///
    /// # Errors
    ///
    /// As [`write_atomically`].
    pub fn new(path: &Path) -> anyhow::Result<Self> {
        let target = match place(path).map_err(|error| unwritable(error, path))? {
            Place::Device => path.to_owned(),
            Place::File(target) => target,
        };
        let file = half_written(&target).map_err(|error| unwritable(error, path))?;
        Ok(Self {
            path: target,
            file: io::BufWriter::with_capacity(1 << 16, file),
        })
    }

    /// Adds bytes.
    ///
    /// # Errors
    ///
    /// As [`write_atomically`].
    pub fn add(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        let added = self.file.write_all(bytes);
        added.map_err(|error| unwritable(error, &self.path))
    }

    /// A whole file that only lacks its name: what may fail for want of space has not.
    ///
    /// # Errors
    ///
    /// As [`write_atomically`].
    pub fn whole(path: &Path, bytes: &[u8]) -> anyhow::Result<Self> {
        let mut half = Self::new(path)?;
        half.add(bytes)?;
        half.flush()?;
        Ok(half)
    }

    /// Writes what is still in memory.
    ///
    /// # Errors
    ///
    /// As [`write_atomically`].
    pub fn flush(&mut self) -> anyhow::Result<()> {
        let flushed = self.file.flush();
        flushed.map_err(|error| unwritable(error, &self.path))
    }

    /// Gives the file its name, in place of what has it.
    ///
    /// # Errors
    ///
    /// As [`write_atomically`].
    pub fn finish(self) -> anyhow::Result<()> {
        let Self { path, file } = self;
        let whole = file.into_inner().map_err(io::IntoInnerError::into_error);
        let renamed = whole.and_then(|half| half.persist(&path).map_err(|error| error.error));
        renamed.map(drop).map_err(|error| unwritable(error, &path))
    }
}

/// Where bytes go.
enum Place {
    /// A device or a pipe.
    Device,
    /// Behind a link, the file that it leads to is replaced, not the link.
    File(PathBuf),
}

fn place(path: &Path) -> io::Result<Place> {
    let is_directory = path.as_os_str().as_encoded_bytes().ends_with(b"/");
    match fs::metadata(path) {
        _ if is_directory => Err(io::ErrorKind::IsADirectory.into()),
        Ok(found) if found.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        Ok(found) if !found.is_file() => Ok(Place::Device),
        Ok(_) => Ok(Place::File(fs::canonicalize(path)?)),
        Err(_) => Ok(Place::File(path.to_owned())),
    }
}

fn unwritable(error: io::Error, path: &Path) -> anyhow::Error {
    let remedy = remedy(&error, directory_of(path));
    unusable(error, &format!("cannot write {}; {remedy}", path.display()))
}

/// What to say of a path that cannot be made or written to: bad input where another path helps, and a failure where the
/// disk is full or broken. `what` could not be done, and the remedy.
pub fn unusable(error: io::Error, what: &str) -> anyhow::Error {
    let is_path = matches!(
        error.kind(),
        io::ErrorKind::NotFound
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::IsADirectory
            | io::ErrorKind::AlreadyExists
            | io::ErrorKind::PermissionDenied
            | io::ErrorKind::ReadOnlyFilesystem
            | io::ErrorKind::InvalidFilename
    );
    if is_path {
        bad_input!("{what}: {error}")
    } else {
        anyhow::Error::new(error).context(what.to_owned())
    }
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
    const AGAIN: u32 = 3;
    // Where locks do not hold, another process may take the half for one that was left behind, and remove it.
    for _ in 0..AGAIN {
        match write_beside_and_rename_once(path, bytes) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && directory_of(path).is_dir() => {}
            written => return written,
        }
    }
    write_beside_and_rename_once(path, bytes)
}

fn write_beside_and_rename_once(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut half = half_written(path)?;
    // The file itself, since the temporary one adds its name to errors, too.
    half.as_file_mut().write_all(bytes)?;
    half.persist(path)?;
    Ok(())
}

/// An empty file beside `path`, which is deleted if it does not become it.
fn half_written(path: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(HALF_WRITTEN);
    // A temporary file is for its owner alone, but this one will be an ordinary file; the umask still
    // applies.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
    builder.tempfile_in(directory_of(path)).map_err(|error| {
        // It adds the name of the half-written file, which says nothing to the user.
        let message = error.to_string();
        let message = message.split(" at path ").next().unwrap_or_default();
        io::Error::new(error.kind(), message)
    })
}

fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// What the user can do about `error`.
fn remedy(error: &io::Error, directory: &Path) -> String {
    let is_there = directory.is_dir();
    let directory = directory.display();
    match error.kind() {
        // Such as /proc.
        io::ErrorKind::NotFound if is_there => format!("choose another directory than {directory}"),
        io::ErrorKind::NotFound => format!("create the directory {directory} or choose another"),
        io::ErrorKind::NotADirectory => format!("{directory} is no directory; choose another"),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            format!("make the directory {directory} writable or choose another")
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            format!("free space on the disk of {directory} and start again")
        }
        io::ErrorKind::IsADirectory => "name a file in it or another place".to_owned(),
        _ => format!("check the directory {directory} or choose another"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::is_bad_input;

    fn names(dir: &Path) -> Vec<String> {
        let entries = fs::read_dir(dir).unwrap().flatten();
        let mut names: Vec<_> = entries
            .map(|entry| entry.file_name().into_string().unwrap())
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

    #[test]
    fn a_file_that_is_written_piece_by_piece_appears_whole_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("levels.csv");
        write_atomically(&path, b"old").unwrap();
        let mut half = Half::new(&path).unwrap();
        half.add(&vec![b'x'; 100_000]).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"old");
        drop(half);
        assert_eq!(names(dir.path()), ["levels.csv"]);
        let mut half = Half::new(&path).unwrap();
        half.add(b"new, ").unwrap();
        half.add(b"whole").unwrap();
        half.finish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new, whole");
        assert_eq!(names(dir.path()), ["levels.csv"]);
        assert!(Half::new(&dir.path().join("nowhere/x")).is_err_and(|error| is_bad_input(&error)));
    }

    #[cfg(unix)]
    #[test]
    fn behind_a_link_the_file_is_replaced_and_the_link_stays() {
        let dir = tempfile::tempdir().unwrap();
        let [link, path] = ["link", "path"].map(|name| dir.path().join(name));
        fs::write(&path, "old").unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        write_atomically(&link, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
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
        let is_named = message.starts_with(&start) && !message.contains(HALF_WRITTEN);
        assert!(is_named, "{message}");
        assert!(is_bad_input(&error));
    }

    #[test]
    fn what_is_written_bit_by_bit_is_there_whole_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("levels.csv");
        write_atomically_with(&path, |file| Ok(file.write_all(b"one")?)).unwrap();
        let stopped = write_atomically_with(&path, |file| {
            file.write_all(&vec![b'x'; 100_000])?;
            Err(crate::bad_input!("seed 3 is damaged"))
        });
        assert_eq!(format!("{:#}", stopped.unwrap_err()), "seed 3 is damaged");
        let full = write_atomically_with(&path, |_| Err(io::Error::from(io::ErrorKind::StorageFull).into()));
        let message = format!("{:#}", full.unwrap_err());
        assert!(
            message.starts_with(&format!("cannot write {}; free space", path.display())),
            "{message}"
        );
        assert_eq!(fs::read(&path).unwrap(), b"one");
        assert_eq!(names(dir.path()), ["levels.csv"]);
    }

    #[test]
    fn a_directory_in_the_way_stays_and_no_half_file_is_left() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("taken");
        fs::create_dir(&path).unwrap();
        let message = format!("{:#}", write_atomically(&path, b"x").unwrap_err());
        let place = path.display();
        let remedy = "name a file in it or another place";
        assert_eq!(message, format!("cannot write {place}; {remedy}: is a directory"));
        assert_eq!(names(dir.path()), ["taken"]);
    }

    #[test]
    fn a_full_disk_and_a_forbidden_directory_have_their_remedies() {
        for (kind, expected) in [
            (
                io::ErrorKind::StorageFull,
                "free space on the disk of runs and start again",
            ),
            (
                io::ErrorKind::PermissionDenied,
                "make the directory runs writable or choose another",
            ),
        ] {
            assert_eq!(remedy(&kind.into(), Path::new("runs")), expected);
        }
    }

    #[test]
    fn whether_a_file_can_be_written_is_known_before_and_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let [new, old] = ["new", "old"].map(|name| dir.path().join(name));
        fs::write(&old, b"old").unwrap();
        check_writable(&new).unwrap();
        check_writable(&old).unwrap();
        assert_eq!(names(dir.path()), ["old"]);
        assert_eq!(fs::read(&old).unwrap(), b"old");
        for path in [dir.path(), &dir.path().join("nowhere/new"), &old.join("new")] {
            let message = |refused: anyhow::Result<()>| format!("{:#}", refused.unwrap_err());
            assert_eq!(
                message(check_writable(path)),
                message(write_atomically(path, b"new"))
            );
        }
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
