//! The one text of an experiment, and its digest, which names the run directory.
//!
//! The text is written by hand, not by a serializer, because its bytes are a promise: run directories are found by
//! their digest, and a newer TOML crate may well write `1e-5` another way.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::section::full;
use super::settings::Experiment;
use super::task::Kind;
use super::value::Value;
use crate::bad_input;

/// Hexadecimal digits of a digest: 64 bits, so that a billion experiments have no two of one digest, or nearly.
const DIGITS: usize = 16;

/// Settings above all sections that no digest depends on.
const OUTSIDE: [&str; 2] = ["seeds", "first_seed"];

/// Lines that are left out, so that digests from before these settings stay as they are: the whole key of each and its
/// default, such as `training.warmup = 0`.
const LATER: &[&str] = &[];

impl Experiment {
    /// TOML text with every setting in a fixed order. Parsing it gives an equal experiment.
    pub fn canonical(&self) -> String {
        let mut page = Page::default();
        self.lines(&mut page);
        page.text
    }

    /// Names what a run computes for a seed: the SHA-256 of the canonical text without `seeds` and `first_seed`, in
    /// which the content of a CSV file stands for its path; its first 16 hexadecimal digits.
    ///
    /// # Errors
    /// Bad input if a task's CSV file cannot be read.
    pub fn digest(&self) -> anyhow::Result<String> {
        let mut contents = BTreeMap::new();
        for task in &self.data.task {
            if let Kind::Csv(csv) = &task.kind {
                contents.insert(csv.path.clone(), content(&csv.path)?);
            }
        }
        let mut page = Page {
            contents: Some(contents),
            ..Page::default()
        };
        self.lines(&mut page);
        let mut digest = hex(&Sha256::digest(&page.text));
        digest.truncate(DIGITS);
        Ok(digest)
    }
}

/// The text as it grows.
#[derive(Default)]
pub(super) struct Page {
    text: String,
    section: &'static str,
    /// Of a digest: what the files hold.
    contents: Option<BTreeMap<PathBuf, String>>,
}

impl Page {
    /// Adds a setting; `value` is TOML.
    pub(super) fn line(&mut self, key: &str, value: &str) {
        let line = format!("{key} = {value}");
        let outside = self.section.is_empty() && OUTSIDE.contains(&key);
        if (outside && self.contents.is_some()) || LATER.contains(&&*full(self.section, &line)) {
            return;
        }
        self.text.extend([&line, "\n"]);
    }

    /// Begins a section.
    pub(super) fn section(&mut self, path: &'static str) {
        self.section = path;
        self.text.extend(["\n[", path, "]\n"]);
    }

    /// Begins the next section of a list.
    pub(super) fn list_entry(&mut self, path: &'static str) {
        self.section = path;
        self.text.extend(["\n[[", path, "]]\n"]);
    }

    /// Adds a file by its path, or to a digest by its content.
    pub(super) fn file(&mut self, key: &str, path: &Path) {
        let content = self.contents.as_ref().and_then(|contents| contents.get(path));
        let (key, value) = match content {
            Some(content) => ("content", content.text()),
            None => (key, path.to_string_lossy().into_owned().text()),
        };
        self.line(key, &value.unwrap_or_default());
    }
}

/// The SHA-256 of a file's content.
fn content(path: &Path) -> anyhow::Result<String> {
    let hash = || -> io::Result<String> {
        let mut hash = Sha256::new();
        let mut file = BufReader::new(fs::File::open(path)?);
        loop {
            let bytes = io::BufRead::fill_buf(&mut file)?;
            if bytes.is_empty() {
                return Ok(hex(&hash.finalize()));
            }
            hash.update(bytes);
            let length = bytes.len();
            io::BufRead::consume(&mut file, length);
        }
    };
    hash().map_err(|error| {
        let path = path.display();
        bad_input!("{path}: the CSV file of a task cannot be read: {error}; a relative path starts at the current directory")
    })
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .filter_map(|digit| char::from_digit(u32::from(digit), 16))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::testing::good;
    use super::super::{BUILTIN, Experiment};
    use crate::error::refused;

    #[test]
    fn the_canonical_text_of_the_default_is_its_file_without_comments() {
        let text: String = BUILTIN[0]
            .text
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(|line| line.split('#').next().unwrap().trim_end().to_owned() + "\n")
            .collect();
        let canonical = Experiment::default().canonical();
        let lines = |text: &str| {
            text.lines()
                .filter(|l| !l.is_empty())
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(lines(&canonical), lines(&text));
    }

    #[test]
    fn the_canonical_text_gives_the_experiment_back() {
        let all = "[[data.task]]\nkind = \"xor\"\n[[data.task]]\nkind = \"blobs\"\nnoise = 1e-7\n\
                   [[data.task]]\nkind = \"spirals\"\nturns = 2\n\
                   [[data.task]]\nkind = \"csv\"\npath = 'C:\\odd \"näme\".csv'\nlabel = \"a\\tb\\u007f\"\n\
                   [data]\nseed = 9223372036854775807\nnormalize = \"none\"\n\
                   [training]\nrate = 1e20\nweight_decay = 1e-30\npatience = 3\noptimizer = \"adam\"\n\
                   [pruning]\ntarget = 3\nlevels = 5\nrewind = \"none\"\n[network]\nhidden = []\n";
        let texts = BUILTIN.iter().map(|builtin| builtin.text).chain([all]);
        for text in texts {
            for set in [
                &[][..],
                &["pruning.rewind.epoch=3"],
                &["pruning.rate=0.1", "pruning.target=9"],
            ] {
                let experiment = good(text, set);
                let canonical = experiment.canonical();
                assert_eq!(good(&canonical, &[]), experiment, "{canonical}");
                assert_eq!(good(&canonical, &[]).canonical(), canonical);
            }
        }
    }

    #[test]
    fn every_float_is_written_so_that_it_comes_back() {
        for bits in (1..0x7f80_0000_u32).step_by(9_999_991) {
            let rate = f32::from_bits(bits);
            let mut experiment = Experiment::default();
            experiment.training.rate = rate;
            assert_eq!(
                good(&experiment.canonical(), &[]).training.rate.to_bits(),
                bits,
                "{rate:?}"
            );
        }
    }

    #[test]
    fn what_is_left_out_is_the_default() {
        for line in super::LATER {
            let empty = good("", &[]).canonical();
            let (key, value) = line.split_once(" = ").unwrap();
            assert_eq!(good("", &[&format!("{key}={value}")]).canonical(), empty);
        }
    }

    /// A run directory is found by its digest. If this test fails, a change has orphaned every run directory there
    /// is: give the new setting a default and leave it out of the text while it has it.
    #[test]
    fn the_digests_of_the_built_in_experiments_stay_as_they_are() {
        let digests = BUILTIN
            .iter()
            .map(|builtin| good(builtin.text, &[]).digest().unwrap());
        assert_eq!(
            digests.collect::<Vec<_>>(),
            ["46a942e578cba2ef", "3994f57e96be1fed", "7311fc2345d26dd3"]
        );
    }

    #[test]
    fn the_digest_ignores_the_seeds_and_nothing_else() {
        let digest = |set: &[&str]| good("", set).digest().unwrap();
        assert_eq!(digest(&["seeds=3", "first_seed=9"]), digest(&[]));
        assert_eq!(digest(&["training.rate=1e-1"]), digest(&[]));
        let mut digests: Vec<String> = [
            "name=a",
            "data.train=5",
            "data.validation=5",
            "data.test=5",
            "data.normalize=none",
            "data.seed=0",
            "data.task.moons.noise=0.3",
            "data.task.moons.name=a",
            "network.hidden=[32]",
            "training.optimizer=adam",
            "training.rate=0.2",
            "training.momentum=0",
            "training.weight_decay=1e-4",
            "training.batch=5",
            "training.epochs=5",
            "training.patience=5",
            "pruning.rate=0.3",
            "pruning.levels=5",
            "pruning.target=5",
            "pruning.rewind=none",
        ]
        .iter()
        .map(|set| digest(&[set]))
        .chain([digest(&[])])
        .collect();
        let count = digests.len();
        digests.sort();
        digests.dedup();
        assert_eq!(digests.len(), count);
    }

    #[test]
    fn a_csv_file_counts_by_its_content() {
        let directory = tempfile::tempdir().unwrap();
        let digest = |name: &str, content: &str| {
            let path = directory.path().join(name);
            fs::write(&path, content).unwrap();
            let text = format!("[[data.task]]\nkind = \"csv\"\npath = '{}'\n", path.display());
            good(&text, &[]).digest().unwrap()
        };
        assert_eq!(
            digest("a.csv", "x,label\n1,0\n"),
            digest("b.csv", "x,label\n1,0\n")
        );
        assert_ne!(
            digest("a.csv", "x,label\n1,0\n"),
            digest("a.csv", "x,label\n1,1\n")
        );
    }

    #[test]
    fn a_csv_file_that_is_not_there_has_no_digest() {
        let missing = good("[[data.task]]\nkind = \"csv\"\npath = \"no/such.csv\"\n", &[]);
        assert!(refused(missing.digest(), &[]).starts_with("no/such.csv: "));
    }
}
