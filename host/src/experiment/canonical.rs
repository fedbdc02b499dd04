//! The one text of an experiment, and its digest, which names the run directory.
//!
//! The text is written by hand, not by a serializer, because its bytes are a promise: run directories are found by
//! their digest, and a newer TOML crate may well write `1e-5` another way.

use std::collections::BTreeMap;

use super::page::{Page, full};
use super::settings::Experiment;
use super::value::Value;
use crate::data::{Contents, sha256};

/// Hexadecimal digits of a digest: 64 bits, so that a billion experiments have no two of one digest, or nearly.
pub(super) const DIGITS: usize = 16;

impl Experiment {
    /// TOML text with every setting in a fixed order. Parsing it gives an equal experiment.
    pub fn canonical(&self) -> String {
        let mut page = Page::default();
        self.lines(&mut page);
        page.text
    }

    /// Names what a run computes for a seed: the SHA-256 of the canonical text without the settings that say how
    /// many seeds, what else is done with them and what is made of it (`page` lists them), in which the content of a
    /// file stands for its path; its first 16 hexadecimal digits.
    ///
    /// # Panics
    /// If `contents` lacks a file of the tasks.
    pub fn digest(&self, contents: &Contents) -> String {
        let mut page = Page {
            digested: Some(contents),
            ..Page::default()
        };
        self.lines(&mut page);
        let mut digest = sha256(page.text.as_bytes());
        digest.truncate(DIGITS);
        digest
    }
}

impl Experiment {
    /// The value of every setting, as TOML, by its key as `--set` writes it, with the names of tasks; those that are not set
    /// have none, and neither has the list of all tasks.
    pub fn values(&self) -> BTreeMap<String, String> {
        let mut page = Page {
            is_whole: true,
            ..Page::default()
        };
        self.lines(&mut page);
        let mut values = BTreeMap::new();
        let (mut section, mut task) = ("", "");
        for line in page.text.lines() {
            if let Some(header) = line.strip_prefix('[') {
                section = header.trim_matches(['[', ']']);
                continue;
            }
            let Some((key, value)) = line.split_once(" = ") else {
                continue;
            };
            if section == "data.task" {
                if key == "name" {
                    task = value.trim_matches('"');
                }
                values.insert(format!("data.task.{task}.{key}"), value.to_owned());
            } else {
                values.insert(full(section, key), value.to_owned());
            }
        }
        values
    }

    /// The list of all tasks as one value, without the settings of these names.
    pub fn tasks_text(&self, without: &[&str]) -> String {
        let mut page = Page::default();
        self.data.task.write("task", &mut page);
        let mut tasks = Vec::<String>::new();
        for line in page.text.lines() {
            match line.split_once(" = ") {
                Some(("name", _)) => tasks.push(line.to_owned()),
                Some((key, _)) if !without.contains(&key) => {
                    if let Some(all) = tasks.last_mut() {
                        all.extend([", ", line]);
                    }
                }
                _ => {}
            }
        }
        let tasks: Vec<String> = tasks.iter().map(|task| format!("{{ {task} }}")).collect();
        format!("[{}]", tasks.join(", "))
    }

    /// The value of one setting: also of the task with the number `task`, whatever the key calls it, and of a part of a value,
    /// such as `pruning.rewind.epoch`; nothing where the value has no such part. `values` are [`Experiment::values`].
    pub fn value<'a>(
        &self,
        values: &'a BTreeMap<String, String>,
        key: &str,
        task: Option<usize>,
    ) -> Option<&'a str> {
        let found = |key: &str| values.get(key).map(String::as_str);
        if let Some(task) = task {
            let setting = key.rsplit('.').next()?;
            return found(&format!("data.task.{}.{setting}", self.data.task.get(task)?.name));
        }
        let of_whole = || {
            let (whole, part) = key.rsplit_once('.')?;
            let whole = found(whole)?.strip_prefix("{ ")?.strip_suffix(" }")?;
            let mut parts = whole.split(", ").filter_map(|entry| entry.split_once(" = "));
            parts.find(|(key, _)| *key == part).map(|(_, value)| value)
        };
        found(key).or_else(of_whole)
    }
}

#[cfg(test)]
mod tests {
    use itertools::Itertools;

    use super::super::testing::good;
    use super::super::{BUILTIN, Builtin, Experiment};
    use crate::data::Contents;

    /// The digest of an experiment without files.
    fn digest(text: &str, set: &[&str]) -> String {
        good(text, set).digest(&Contents::default())
    }

    #[test]
    fn the_canonical_text_of_the_default_is_its_file_without_comments() {
        let file = BUILTIN[0]
            .text
            .lines()
            .map(|line| line.split('#').next().unwrap().trim_end());
        let canonical = Experiment::default().canonical();
        let canonical = canonical.lines().filter(|line| !line.is_empty());
        assert!(canonical.eq(file.filter(|line| !line.is_empty())));
    }

    #[test]
    fn the_canonical_text_gives_the_experiment_back() {
        let all = "[[data.task]]\nkind = \"xor\"\n[[data.task]]\nkind = \"blobs\"\nnoise = 1e-7\n\
                   [[data.task]]\nkind = \"spirals\"\nturns = 2\n\
                   [[data.task]]\nkind = \"csv\"\npath = 'C:\\odd \"näme\".csv'\nlabel = \"a\\tb\\u007f\"\n\
                   [[data.task]]\nkind = \"npy\"\ninputs = \"x\"\nlabels = \"y\"\nclasses = [-1, 3]\nsamples = 5\n\
                   [[data.task]]\nkind = \"idx\"\nimages = \"x\"\nlabels = \"y\"\ntest_images = \"z\"\n\
                   test_labels = \"t\"\nsize = 3\n\
                   [[data.task]]\nname = \"dialed\"\nkind = \"moons\"\nother = \"xor\"\nmix = 12.5\nflip_where = 1e-2\n\
                   scale = 3\nloss_weight = 0.25\n[[data.task]]\nname = \"shared\"\nkind = \"moons\"\n\
                   other = \"xor\"\nshare = 1\n\
                   [data]\nseed = 9223372036854775807\nnormalize = \"none\"\n\
                   [training]\nrate = 1e20\nweight_decay = 1e-30\npatience = 3\nstop_on = \"test\"\noptimizer = \"adam\"\n\
                   [pruning]\ntarget = 3\nlevels = 5\nrewind = \"none\"\n[network]\nhidden = []\n";
        let texts = Builtin::single().map(|builtin| builtin.text).chain([all]);
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
            let mut experiment = Experiment::default();
            experiment.training.rate = f32::from_bits(bits);
            let again = good(&experiment.canonical(), &[]);
            assert_eq!(again.training.rate.to_bits(), bits);
        }
    }

    #[test]
    fn what_is_left_out_is_the_default() {
        for line in super::super::page::LATER {
            let empty = good("", &[]).canonical();
            let (key, value) = line.split_once(" = ").unwrap();
            // A setting of tasks is one of each.
            let key = key.replace("data.task.", "data.task.0.");
            assert_eq!(good("", &[&format!("{key}={value}")]).canonical(), empty);
        }
    }

    /// A run directory is found by its digest. If this test fails, a change has orphaned every run directory there
    /// is: give the new setting a default and add its line to `page::LATER`.
    #[test]
    fn the_digests_of_the_built_in_experiments_stay_as_they_are() {
        // Those of image files depend on the files.
        let builtins = Builtin::single().map(|builtin| (builtin, good(builtin.text, &[])));
        let builtins = builtins.filter(|(_, experiment)| experiment.data.files().next().is_none());
        let digests: Vec<String> = builtins.map(|(builtin, _)| digest(builtin.text, &[])).collect();
        assert_eq!(
            digests,
            [
                "46a942e578cba2ef",
                "3994f57e96be1fed",
                "7311fc2345d26dd3",
                "83f1e96a4379a4c2",
                "18d5675e3a62b9cc"
            ]
        );
    }

    #[test]
    fn the_digest_ignores_seeds_arms_and_what_is_made_of_them_and_nothing_else() {
        let outside =
            "seeds=3 first_seed=9 arms=all arms=[\"random\"] keep=named keep=all measure=full solved=0.9";
        for set in outside.split(' ') {
            assert_eq!(digest("", &[set]), digest("", &[]), "{set}");
            assert_ne!(good("", &[set]).canonical(), good("", &[]).canonical(), "{set}");
        }
        assert_eq!(digest("", &["training.rate=1e-1"]), digest("", &[]));
        let sets = "name=a data.train=5 data.validation=5 data.test=5 data.normalize=none data.seed=0 \
                    data.seed={modulo=1} network.seed=0 training.seed=0 training.seed={divide=2} \
                    data.task.moons.noise=0.3 data.task.moons.name=a network.hidden=[32] training.optimizer=adam \
                    training.rate=0.2 training.momentum=0 training.weight_decay=1e-4 training.batch=5 \
                    training.l1=1e-4 network.weights=pytorch network.biases=pytorch data.task.moons.mix=45 data.task.moons.mix=46 \
                    data.task.circles.mix=45 data.task.moons.flip_where=0.3 data.task.moons.share=1 \
                    data.task.moons.loss_weight=2 data.task.moons.other=circles training.epochs=5 training.patience=5 pruning.rate=0.3 pruning.levels=5 pruning.target=5 \
                    pruning.rewind=none";
        let digests = sets.split(' ').map(|set| digest("", &[set]));
        let stop_on = digest("", &["training.patience=5", "training.stop_on=test"]);
        assert!(digests.chain([digest("", &[]), stop_on]).all_unique());
    }

    #[test]
    fn files_of_images_count_by_their_contents_and_options_count() {
        let digest = |text: &str, test: &str| {
            let text = format!("[[data.task]]\nkind = \"idx\"\nimages = \"a\"\nlabels = \"b\"\n{text}");
            let experiment = good(&text, &[]);
            let contents = Contents::read(&experiment.data, |path| {
                let path = path.display().to_string();
                Ok(if path == "a" || path == "b" {
                    path
                } else {
                    test.to_owned()
                }
                .into_bytes())
            });
            experiment.digest(&contents.unwrap())
        };
        let test = "test_images = \"c\"\ntest_labels = \"d\"\n";
        assert_eq!(digest(test, "c"), digest(&test.replace("\"c\"", "\"e\""), "c"));
        let others = ["classes = [0, 1]", "classes = [1, 0]", "samples = 5", "size = 4"];
        let digests = others.iter().map(|text| digest(text, ""));
        let mut digests = digests.chain([digest("", ""), digest(test, "c"), digest(test, "x")]);
        assert!(digests.all_unique());
    }

    #[test]
    fn a_csv_file_counts_by_its_content() {
        let digest = |path: &str, content: &str| {
            let text = format!("[[data.task]]\nkind = \"csv\"\npath = '{path}'\n");
            let experiment = good(&text, &[]);
            let contents = Contents::read(&experiment.data, |_| Ok(content.into()));
            experiment.digest(&contents.unwrap())
        };
        assert_eq!(digest("a.csv", "x,label\n1,0\n"), "75f9ca6448c1c8ec");
        assert_eq!(digest("b.csv", "x,label\n1,0\n"), "75f9ca6448c1c8ec");
        assert_ne!(digest("a.csv", "x,label\n1,1\n"), "75f9ca6448c1c8ec");
    }
}
