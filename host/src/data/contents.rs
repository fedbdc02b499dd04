//! The files that tasks are read from, each read once: its digest and its samples are those of the same bytes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context;
use itertools::Itertools;
use sha2::{Digest, Sha256};

use super::unpacked::unpacked;
use crate::experiment::Data;

/// The content of every file that an experiment's tasks name.
///
/// A path may be a pipe, which gives its bytes once, and a file may change at any time: who needs the content of a file
/// more than once asks here.
#[derive(Debug, Default)]
pub struct Contents(BTreeMap<PathBuf, Content>);

/// What is in a file.
#[derive(Debug)]
pub struct Content {
    /// The bytes, unpacked if the file is compressed.
    pub bytes: Vec<u8>,
    /// Their SHA-256, in hexadecimal.
    pub digest: String,
}

impl Contents {
    /// Gets the bytes of every file of the tasks from `read`, once for each path, and unpacks them.
    ///
    /// # Errors
    /// What `read` says, and bad input if a file is compressed in another way than by gzip or damaged; with the task.
    pub fn read(data: &Data, read: impl FnMut(&Path) -> anyhow::Result<Vec<u8>>) -> anyhow::Result<Self> {
        let mut contents = Self::default();
        contents.add(data, read)?;
        Ok(contents)
    }

    /// Adds the files of further tasks, those that are not there yet.
    ///
    /// # Errors
    /// As [`Contents::read`].
    pub fn add(
        &mut self,
        data: &Data,
        mut read: impl FnMut(&Path) -> anyhow::Result<Vec<u8>>,
    ) -> anyhow::Result<()> {
        let contents = &mut self.0;
        for task in &data.task {
            for path in task.kind.files() {
                if contents.contains_key(path) {
                    continue;
                }
                let bytes = read(path).and_then(|bytes| unpacked(bytes, &path.display().to_string()));
                let bytes = bytes.with_context(|| format!("data.task.{}", task.name))?;
                let digest = sha256(&bytes);
                contents.insert(path.to_owned(), Content { bytes, digest });
            }
        }
        Ok(())
    }

    /// The content of a file.
    ///
    /// # Panics
    /// If no task named it when the files were read.
    pub fn of(&self, path: &Path) -> &Content {
        let content = self.0.get(path);
        content.unwrap_or_else(|| panic!("{} is a file of a task that was read", path.display()))
    }
}

/// Its SHA-256 in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    format!("{:02x}", Sha256::digest(bytes).iter().format(""))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::path::Path;

    use super::Contents;
    use crate::bad_input;
    use crate::error::refused;
    use crate::experiment::{Csv, Data, Kind, Task};

    fn two_tasks_of_one_file() -> Data {
        let csv = Csv {
            path: "my.csv".into(),
            label: "label".to_owned(),
        };
        let task = |name: &str| Task::new(name, Kind::Csv(csv.clone()));
        Data {
            task: vec![task("one"), task("two")],
            ..Data::default()
        }
    }

    #[test]
    fn a_file_of_two_tasks_is_read_once() {
        let times = Cell::new(0);
        let contents = Contents::read(&two_tasks_of_one_file(), |path| {
            assert_eq!(path, Path::new("my.csv"));
            times.set(times.get() + 1);
            Ok(b"abc".to_vec())
        });
        let contents = contents.unwrap();
        assert_eq!(times.get(), 1);
        let content = contents.of(Path::new("my.csv"));
        assert_eq!(content.bytes, b"abc");
        // FIPS 180-2, appendix B.1.
        assert_eq!(
            content.digest,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named_with_its_task() {
        let contents = Contents::read(&two_tasks_of_one_file(), |_| Err(bad_input!("my.csv: why")));
        assert_eq!(refused(contents, &[]), "data.task.one: my.csv: why");
    }
}
