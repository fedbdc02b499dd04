//! Experiment files: every setting of an experiment, its default, its range, and the one answer to what a file means.
//!
//! A file is refused as soon as one key is unknown, one value out of its range, or two settings contradict each other;
//! what passes is an [`Experiment`] in which every setting has a value. Its [canonical text](Experiment::canonical) is
//! what a run directory keeps, and the [digest](Experiment::digest) of that text is what names the directory.
//!
//! `settings` declares everything that can be said, and `task` the kinds of tasks: a new setting is a new declaration
//! there. The way of a file: `source` parses its text, `overrides` puts the `--set` values over it, `unknown` refuses keys
//! that no setting has, `section` finds each value by its key and `value` reads it by its type, `choice` settles which of
//! the settings that exclude each other hold, `check` compares settings with each other, `dials` those by which tasks depend on each other, and `arms` chooses the arms that
//! fit them. `sweep` makes many experiments of one file. `canonical` and `page` write the canonical text, and `builtin` has the files that come with the program.
//!
//! Sections are declared by a macro, and not read by serde: one declaration also gives the keys, the defaults and the docs
//! that messages, `docs/experiments.md` and the canonical text want, and the kinds of tasks, which the core describes
//! without serde, are read the same way.

mod arms;
mod builtin;
mod canonical;
mod check;
mod choice;
mod dials;
#[cfg(test)]
mod documented;
mod overrides;
mod page;
mod section;
mod seed;
mod settings;
mod source;
mod sweep;
mod task;
mod unknown;
mod value;

pub use arms::Arms;
pub use builtin::{BUILTIN, Builtin, builtin};
pub use dials::Dials;
pub(crate) use dials::{Link, flipped_count, links};
pub use page::digested_lines;
pub use seed::SeedRule;
pub use settings::{
    Data, Experiment, Keep, MOST_SEEDS, Network, Normalize, Optimizer, Pruning, Shape, Training,
    extended_widths,
};
#[cfg(feature = "program")]
pub(crate) use settings::{dial_settings, setting};
pub use sweep::{MOST_CELLS, Sweep, SweepFile};
pub(crate) use task::output_count;
pub use task::{Csv, Idx, Kind, Npy, Task, parameter_text};
pub use value::Setting;

use self::source::{At, Source, Toml};
use self::value::Value;
use crate::arm::Fits;

impl Experiment {
    /// Whether tasks depend on each other or share inputs: then a ticket may reveal the truth and not be separated.
    pub fn is_dialed(&self) -> bool {
        links(&self.data.task).is_ok_and(|(links, _)| !links.iter().all(Link::is_none))
    }

    /// The names of the tasks.
    pub fn task_names(&self) -> Vec<&str> {
        self.data.task.iter().map(|task| &*task.name).collect()
    }

    /// What arms ask of the experiment; `tasks` are the names of its tasks.
    pub fn fits<'a>(&self, tasks: &'a [&'a str]) -> Fits<'a> {
        Fits {
            tasks,
            epochs: self.training.epochs,
            rewind: self.pruning.rewind,
            shares_inputs: self.data.task.iter().any(|task| 0 < task.dials.share),
        }
    }

    /// The experiment that `text` describes with `overrides` (`KEY=VALUE`) put over it. `place` is how messages call
    /// the text.
    ///
    /// # Errors
    /// Bad input if the text or an override is not TOML, has an unknown key, a value of the wrong type or out of its
    /// range, or if settings contradict each other. One message, with place and remedy.
    pub fn parse(text: &str, place: &str, overrides: &[String]) -> anyhow::Result<Self> {
        Self::of_source(&Source::new(text, place, overrides))
    }

    fn of_source(source: &Source) -> anyhow::Result<Self> {
        let file = source.file()?;
        sweep::refuse(source, &file)?;
        let mut merged = file.clone();
        for set in source.sets() {
            overrides::apply(source, &mut merged, set)?;
        }
        Self::of_trees(source, &file, &merged)
    }

    /// The experiment of a file over which other values were put: `merged`.
    fn of_trees(source: &Source, file: &Toml<'_>, merged: &Toml<'_>) -> anyhow::Result<Self> {
        let root = At::new(source, "", merged);
        unknown::refuse(&root)?;
        let mut experiment = Self::read(&root, &())?;
        choice::settle(&root, file, &mut experiment)?;
        check::check(&root, &experiment)?;
        arms::settle(&root, &mut experiment)?;
        Ok(experiment)
    }
}

#[cfg(test)]
mod testing {
    //! What the tests of all files of this module share.

    use super::Experiment;
    use crate::error::refused;

    /// The experiment in `text`, which is fine.
    pub(super) fn good(text: &str, overrides: &[&str]) -> Experiment {
        let overrides: Vec<String> = overrides.iter().map(|&o| o.to_owned()).collect();
        Experiment::parse(text, "my.toml", &overrides)
            .unwrap_or_else(|e| panic!("{text}\n{overrides:?}: {e:#}"))
    }

    /// Checks that `text` is refused as bad input, in one line that holds every one of `fragments`.
    #[track_caller]
    pub(super) fn check(text: &str, overrides: &[&str], fragments: &[&str]) {
        let overrides: Vec<String> = overrides.iter().map(|&o| o.to_owned()).collect();
        refused(Experiment::parse(text, "my.toml", &overrides), fragments);
    }

    /// Checks that files are refused: each line has a file, in which ` / ` stands between lines, then `=>` and the
    /// fragments, with `|` between them.
    #[track_caller]
    pub(super) fn wrong(table: &str) {
        for (text, fragments) in cases(table) {
            check(&text.replace(" / ", "\n"), &[], &fragments);
        }
    }

    /// The same of values set over the default.
    #[track_caller]
    pub(super) fn wrong_set(table: &str) {
        for (set, fragments) in cases(table) {
            check("", &[set], &fragments);
        }
    }

    /// The lines of a table, split.
    pub(super) fn cases(table: &str) -> impl Iterator<Item = (&str, Vec<&str>)> {
        let lines = table.lines().filter(|line| !line.trim().is_empty());
        lines.map(|line| {
            let (input, fragments) = line.split_once("=>").expect("an arrow");
            (input.trim(), fragments.split('|').map(str::trim).collect())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::testing::good;
    use super::{BUILTIN, Experiment};
    use crate::error::refused;

    #[test]
    fn an_empty_file_is_the_default_and_the_default_is_moons_circles() {
        assert_eq!(good("", &[]), Experiment::default());
        assert_eq!(good(BUILTIN[0].text, &[]), Experiment::default());
        assert_eq!(BUILTIN[0].name, "moons-circles");
    }

    #[test]
    fn a_mangled_file_is_an_experiment_or_bad_input_and_never_a_panic() {
        let pieces = "= [ ] \" - 9 0 . e { } , nan # \n \0 \u{e9}"
            .split(' ')
            .collect::<Vec<_>>();
        let mut state = 1_u64;
        let mut below = |bound: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % bound
        };
        for _ in 0..2000 {
            let mut text = BUILTIN[below(BUILTIN.len())].text.to_owned();
            let mut set = "data.task.moons.noise=0.1".to_owned();
            for _ in 0..=below(3) {
                let from = below(text.len());
                let to = (from + below(4)).min(text.len());
                text.replace_range(from..to, pieces[below(pieces.len())]);
                let at = below(set.len());
                // What was inserted before may have more than one byte.
                if set.is_char_boundary(at) {
                    set.insert_str(at, pieces[below(pieces.len())]);
                }
                if !text.is_ascii() {
                    break;
                }
            }
            for overrides in [vec![], vec![set]] {
                match Experiment::parse(&text, "my.toml", &overrides) {
                    Ok(experiment) => assert_eq!(good(&experiment.canonical(), &[]), experiment, "{text}"),
                    error => _ = refused(error, &[]),
                }
            }
        }
    }
}
