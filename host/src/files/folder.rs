//! A directory that many files are written into, each of which appears whole or not at all.
//!
//! Where the system can (Linux, by `O_TMPFILE`, see open(2)), a file gets its name only once it is written: a process that
//! is killed leaves nothing, there is nothing to rename, and no path is looked up from the root. Elsewhere, and where a file
//! of that name is there, it is [`write_atomically`] that writes.

use std::fs;
use std::path::{Path, PathBuf};

use super::write::{unusable, write_atomically};

/// A directory that is there.
pub struct Folder {
    path: PathBuf,
    #[cfg(target_os = "linux")]
    handle: fs::File,
}

impl Folder {
    /// Makes the directory, unless it is there.
    ///
    /// # Errors
    ///
    /// Bad input if it cannot be made or used.
    pub fn open(path: PathBuf) -> anyhow::Result<Self> {
        let opened = fs::create_dir_all(&path).and_then(|()| fs::File::open(&path));
        match opened {
            #[cfg(target_os = "linux")]
            Ok(handle) => Ok(Self { path, handle }),
            #[cfg(not(target_os = "linux"))]
            Ok(_) => Ok(Self { path }),
            Err(error) => {
                let folder = path.display();
                Err(unusable(
                    error,
                    &format!("cannot use the directory {folder}; choose another --out"),
                ))
            }
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file of this name, which holds its old content or all of the new, never a part.
    ///
    /// # Errors
    ///
    /// As [`write_atomically`].
    pub fn write(&self, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
        #[cfg(target_os = "linux")]
        if unnamed::write(&self.handle, name, bytes).is_ok() {
            return Ok(());
        }
        // A file of that name is replaced, and a file system that has no unnamed files is written to; whatever else failed
        // fails here, too, and is told.
        write_atomically(&self.path.join(name), bytes)
    }
}

#[cfg(target_os = "linux")]
mod unnamed {
    use std::fs::File;
    use std::io::{self, Write};
    use std::os::fd::AsRawFd;

    use rustix::fs::{AtFlags, CWD, Mode, OFlags, linkat, openat};

    /// Writes a file that is not there yet.
    pub(super) fn write(folder: &File, name: &str, bytes: &[u8]) -> io::Result<()> {
        let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
        let mut file = File::from(openat(folder, ".", flags, Mode::from_raw_mode(0o644))?);
        file.write_all(bytes)?;
        // The file has no other name that may be linked to without privileges.
        let of_process = format!("/proc/self/fd/{}", file.as_raw_fd());
        linkat(CWD, of_process, folder, name, AtFlags::SYMLINK_FOLLOW)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_written_replaced_and_alone() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::open(home.path().join("a/b")).unwrap();
        for content in [&b"old and longer"[..], b"new", b""] {
            folder.write("0-3.safetensors", content).unwrap();
            assert_eq!(fs::read(folder.path().join("0-3.safetensors")).unwrap(), content);
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        }
    }

    /// The way of a system that can; what it cannot do is told by its error, so that the other way is taken.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_new_file_is_linked_to_its_name_and_an_old_one_is_not_touched() {
        let home = tempfile::tempdir().unwrap();
        let folder = fs::File::open(home.path()).unwrap();
        unnamed::write(&folder, "new", b"whole").unwrap();
        let again = unnamed::write(&folder, "new", b"other").unwrap_err();
        assert_eq!(again.kind(), std::io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(home.path().join("new")).unwrap(), b"whole");
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
        // Devices, processes and the like are no place for unnamed files, as some file systems of disks are not.
        let proc = Folder::open("/proc/self".into()).unwrap();
        assert!(unnamed::write(&proc.handle, "new", b"x").is_err());
        let message = format!("{:#}", proc.write("new", b"x").unwrap_err());
        assert!(message.starts_with("cannot write /proc/self/new; "), "{message}");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_has_ordinary_permissions() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::open(home.path().to_owned()).unwrap();
        folder.write("ours", b"").unwrap();
        fs::write(home.path().join("ordinary"), b"").unwrap();
        let [ours, ordinary] = ["ours", "ordinary"].map(|name| {
            let found = fs::metadata(home.path().join(name)).unwrap();
            found.permissions().mode() & 0o777
        });
        assert_eq!(ours, ordinary & 0o644);
    }

    #[test]
    fn what_is_in_the_way_stays_and_is_named() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join("taken")).unwrap();
        let folder = Folder::open(home.path().to_owned()).unwrap();
        let message = format!("{:#}", folder.write("taken", b"x").unwrap_err());
        let place = home.path().join("taken").display().to_string();
        assert!(
            message.starts_with(&format!("cannot write {place}; ")),
            "{message}"
        );
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
        assert!(Folder::open(home.path().join("taken/0")).is_ok());
        fs::write(home.path().join("file"), b"").unwrap();
        assert!(Folder::open(home.path().join("file/below")).is_err());
    }
}
