//! Claims on units of work, by which processes that share a run directory keep out of each other's way.
//!
//! A claim is a file that its process holds a lock on, and deletes when the unit is finished. The lock dies with the process,
//! however that dies, so that a claim without a lock is nobody's. Where a file system has no locks, or locks that do not
//! reach other machines, a unit may be computed twice: every file is replaced as a whole, by one with the same bytes or more of
//! them (see `records`).

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;

/// The folder of all claims, within the run directory.
pub(super) const CLAIMS: &str = ".claims";

/// Who claims: what `status` tells of them.
pub(super) struct Claims {
    folder: PathBuf,
    holder: String,
}

/// What came of claiming a unit.
pub(super) enum Claimed {
    /// It is ours until this is dropped.
    Ours(Claim),
    /// Another process is at work on it.
    Theirs,
}

/// A unit of work that is this process's, until this is dropped.
pub struct Claim {
    path: PathBuf,
    _lock: File,
}

/// Claims a unit of work in a directory, until the claim is dropped; `None` if another process has it. `what` is what this one
/// does.
///
/// # Errors
/// If the claim cannot be written.
pub fn claim(directory: &Path, what: &str, unit: &str) -> anyhow::Result<Option<Claim>> {
    Ok(match Claims::open(directory, what)?.claim(unit)? {
        Claimed::Ours(claim) => Some(claim),
        Claimed::Theirs => None,
    })
}

impl Claims {
    /// Those of this process in a run directory; `what` is what it does.
    ///
    /// # Errors
    /// If their folder cannot be made.
    pub(super) fn open(directory: &Path, what: &str) -> anyhow::Result<Self> {
        let folder = directory.join(CLAIMS);
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(Self {
            folder,
            holder: format!("{what}, process {} on {}\n", std::process::id(), host()),
        })
    }

    /// Claims a unit.
    ///
    /// # Errors
    /// If the claim cannot be written.
    pub(super) fn claim(&self, unit: &str) -> anyhow::Result<Claimed> {
        let path = self.folder.join(unit);
        self.try_claim(&path)
            .with_context(|| format!("cannot write {}", path.display()))
    }

    fn try_claim(&self, path: &Path) -> io::Result<Claimed> {
        let open = || {
            OpenOptions::new()
                .create(true)
                .truncate(false)
                .read(true)
                .write(true)
                .open(path)
        };
        loop {
            let mut file = match open() {
                // Another program may have removed the folder, taking it for one that was left behind.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    fs::create_dir_all(&self.folder)?;
                    open()?
                }
                file => file?,
            };
            match file.try_lock() {
                Err(TryLockError::WouldBlock) => return Ok(Claimed::Theirs),
                // Whoever held the lock before may have finished and deleted the file that was just opened.
                Ok(()) if !is_at(&file, path) => continue,
                // Any other error is that of a file system without locks.
                Ok(()) | Err(TryLockError::Error(_)) => {}
            }
            if 0 < file.metadata()?.len() {
                file.set_len(0)?;
            }
            file.write_all(self.holder.as_bytes())?;
            return Ok(Claimed::Ours(Claim {
                path: path.to_owned(),
                _lock: file,
            }));
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        // Before the lock is free, or the next process's claim would be deleted.
        let _ = fs::remove_file(&self.path);
    }
}

/// What is known of a claim that is there.
pub(super) enum Held {
    /// A process is at work on the unit: as it says itself.
    By(String),
    /// Its process has died.
    ByNobody,
    /// The file system has no locks, so that this cannot be told; as the process said itself.
    Perhaps(String),
}

/// All claims in a run directory, by unit.
///
/// # Errors
/// If they cannot be read.
pub(super) fn claims(directory: &Path) -> anyhow::Result<Vec<(String, Held)>> {
    let folder = directory.join(CLAIMS);
    let entries = match fs::read_dir(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(vec![]),
        entries => entries.with_context(|| format!("cannot read the directory {}", folder.display()))?,
    };
    let mut claims = vec![];
    for entry in entries {
        let Ok(entry) = entry else { continue };
        // One that is gone was finished in this moment.
        let Ok(file) = File::open(entry.path()) else {
            continue;
        };
        let holder = || {
            fs::read_to_string(entry.path())
                .unwrap_or_default()
                .trim()
                .to_owned()
        };
        let held = match file.try_lock_shared() {
            Ok(()) => Held::ByNobody,
            Err(TryLockError::WouldBlock) => Held::By(holder()),
            Err(TryLockError::Error(_)) => Held::Perhaps(holder()),
        };
        claims.push((entry.file_name().to_string_lossy().into_owned(), held));
    }
    Ok(claims)
}

/// Whether the file at `path` is this one.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let [ours, there] = [file.metadata(), fs::metadata(path)]
        .map(|found| Some((found.as_ref().ok()?.dev(), found.ok()?.ino())));
    ours.is_some() && ours == there
}

/// A file that is open is not deleted here.
#[cfg(not(unix))]
fn is_at(_file: &File, _path: &Path) -> bool {
    true
}

/// The name of this machine: Slurm's, where it gives nodes names of their own.
fn host() -> String {
    let of_slurm = std::env::var("SLURMD_NODENAME").ok();
    let of_system = || fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let of_shell = || std::env::var("HOSTNAME").ok();
    let name = of_slurm.or_else(of_system).or_else(of_shell);
    name.map_or("this machine".to_owned(), |name| name.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(home: &Path) -> Vec<(String, bool)> {
        let claims = claims(home).unwrap().into_iter();
        claims
            .map(|(unit, held)| (unit, matches!(held, Held::By(_))))
            .collect()
    }

    #[test]
    fn a_claim_is_one_process_s_until_it_is_dropped_and_leaves_nothing() {
        let home = tempfile::tempdir().unwrap();
        assert!(held(home.path()).is_empty());
        let [one, other] = ["shard 1/2", "shard 2/2"].map(|shard| Claims::open(home.path(), shard).unwrap());
        let Claimed::Ours(claim) = one.claim("5").unwrap() else {
            panic!("taken")
        };
        assert!(matches!(other.claim("5").unwrap(), Claimed::Theirs));
        assert!(matches!(other.claim("6").unwrap(), Claimed::Ours(_)));
        let [(_, Held::By(holder))] = &claims(home.path()).unwrap()[..] else {
            panic!("one claim")
        };
        assert!(
            holder.starts_with(&format!("shard 1/2, process {} on ", std::process::id())),
            "{holder}"
        );
        drop(claim);
        assert!(held(home.path()).is_empty());
        assert!(matches!(other.claim("5").unwrap(), Claimed::Ours(_)));
    }

    #[test]
    fn a_claim_whose_process_died_is_free() {
        let home = tempfile::tempdir().unwrap();
        let claims = Claims::open(home.path(), "1/1").unwrap();
        fs::write(
            home.path().join(CLAIMS).join("7"),
            "shard 9/9, process 1 on a machine that is gone",
        )
        .unwrap();
        assert_eq!(held(home.path()), [("7".to_owned(), false)]);
        assert!(matches!(claims.claim("7").unwrap(), Claimed::Ours(_)));
    }

    #[test]
    fn of_many_threads_that_claim_one_at_a_time_has_it() {
        use std::sync::atomic::{AtomicUsize, Ordering};
        let home = tempfile::tempdir().unwrap();
        let claims = Claims::open(home.path(), "1/1").unwrap();
        let (inside, got) = (AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..300 {
                        if let Claimed::Ours(_claim) = claims.claim("0").unwrap() {
                            assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                            got.fetch_add(1, Ordering::SeqCst);
                            inside.fetch_sub(1, Ordering::SeqCst);
                        }
                    }
                });
            }
        });
        assert!(0 < got.into_inner());
    }
}
