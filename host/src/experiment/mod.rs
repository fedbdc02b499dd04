//! Experiment files: every setting of an experiment, its default, its range, and the one answer to what a file means.
//!
//! A file is refused as soon as one key is unknown, one value out of its range, or two settings contradict each other;
//! what passes is an [`Experiment`] in which every setting has a value. Its [canonical text](Experiment::canonical) is
//! what a run directory keeps, and the [digest](Experiment::digest) of that text is what names the directory.
//!
//! `settings` declares everything that can be said, and `task` the kinds of tasks: a new setting is a new declaration
//! there. The way of a file: [`read`] finds the text, `tree` parses it and remembers where each value stands,
//! `overrides` puts the `--set` values over it, `choice` settles which of the settings that exclude each other hold,
//! `section` finds each value by its key and `value` reads it by its type, and `check` compares settings with each
//! other. Sections are declared by a macro, and not read by serde: one declaration also gives the keys, the defaults and
//! the docs that messages, README and the canonical text want, and the kinds of tasks, which the core describes without
//! serde, are read the same way.

mod builtin;
mod canonical;
mod check;
mod choice;
mod file;
mod overrides;
#[cfg(test)]
mod readme;
mod section;
mod settings;
mod task;
mod tree;
mod value;

use tombola::Mlp;

pub use builtin::{BUILTIN, Builtin};
pub use file::{parse, read};
pub use section::{Setting, keys};
pub use settings::{Data, Experiment, Network, Normalize, Optimizer, Pruning, Shape, Training};
pub(crate) use task::output_count;
pub use task::{Csv, Kind, Task, parameter_text};

/// The widths of the network that comes back to the weights of `base` when it is pruned `level` times at `rate`.
///
/// `None` if `base` is not a network with a hidden layer, or the extended network cannot be counted.
pub fn extended_widths(base: &[usize], rate: f64, level: u32) -> Option<Vec<usize>> {
    if !Mlp::is_valid(base) || base.len() < 3 {
        return None;
    }
    let width = tombola::extended_width(Mlp::new(base), rate, level)?;
    let mut widths = base.to_vec();
    widths[1..base.len() - 1].fill(width);
    Mlp::is_valid(&widths).then_some(widths)
}

#[cfg(test)]
mod testing {
    //! What the tests of all files of this module share.

    use super::{Experiment, parse};
    use crate::error::refused;

    /// The experiment in `text`, which is fine.
    pub(super) fn good(text: &str, overrides: &[&str]) -> Experiment {
        let overrides: Vec<String> = overrides.iter().map(|&o| o.to_owned()).collect();
        parse(text, "my.toml", &overrides).unwrap_or_else(|e| panic!("{text}\n{overrides:?}: {e:#}"))
    }

    /// Checks that `text` is refused as bad input, in one line that holds every one of `fragments`.
    #[track_caller]
    pub(super) fn check(text: &str, overrides: &[&str], fragments: &[&str]) {
        let overrides: Vec<String> = overrides.iter().map(|&o| o.to_owned()).collect();
        refused(parse(text, "my.toml", &overrides), fragments);
    }

    /// The same of a file alone; ` | ` stands between the fragments.
    #[track_caller]
    pub(super) fn wrong(text: &str, fragments: &str) {
        check(text, &[], &fragments.split(" | ").collect::<Vec<_>>());
    }

    /// The same of an override of the default.
    #[track_caller]
    pub(super) fn wrong_set(set: &str, fragments: &str) {
        check("", &[set], &fragments.split(" | ").collect::<Vec<_>>());
    }
}

#[cfg(test)]
mod tests {
    use super::testing::good;
    use super::{BUILTIN, Experiment, parse};
    use crate::error::refused;

    #[test]
    fn an_empty_file_is_the_default_and_the_default_is_moons_circles() {
        assert_eq!(good("", &[]), Experiment::default());
        assert_eq!(good(BUILTIN[0].text, &[]), Experiment::default());
        assert_eq!(BUILTIN[0].name, "moons-circles");
    }

    #[test]
    fn a_mangled_file_is_an_experiment_or_bad_input_and_never_a_panic() {
        let pieces = [
            "=", "[", "]", "\"", "-", "9", "0", ".", "e", "{", "}", ",", "nan", "\n", "\u{0}", "\u{e9}", "#",
        ];
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
                text.replace_range(
                    from..(from + below(4)).min(text.len()),
                    pieces[below(pieces.len())],
                );
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
                match parse(&text, "my.toml", &overrides) {
                    Ok(experiment) => assert_eq!(good(&experiment.canonical(), &[]), experiment, "{text}"),
                    error => _ = refused(error, &[]),
                }
            }
        }
    }
}
