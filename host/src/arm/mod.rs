//! Arms: variations of the procedure that share a seed's data, initial weights and dense training wherever their
//! definition lets them, so that every comparison with `imp` is paired.
//!
//! An arm is an entry of [`KINDS`]: its name, its pinned number, which names the streams of what it draws for itself, and
//! its [`Schedule`], which is data. One loop, in `lottery`, runs any of them, `imp` too; `survivors` chooses masks,
//! `alone` puts the networks of single tasks side by side.

mod alone;
mod kind;
mod lottery;
mod schedule;
mod survivors;
mod taken;
mod trained;

use std::cmp::Ordering;

pub use alone::{all_widths as alone_widths, weight_count as alone_weight_count};
pub use kind::{FRESH_WEIGHTS, IMP_NAME, KINDS, Kind, REWIRED};
use kind::{IMP, Parameter};
pub use lottery::{Finish, Stop, drawn, run};
pub use schedule::{Change, Of, Own, Schedule, Scope, Score, Start, Survivors};
pub(crate) use taken::Taken;
use tombola::Rewind;
use tombola::random::Seed;
pub(crate) use trained::survives;
pub use trained::{CONVERGED, Common, ImpLevels, Past, Resume, Scores, Trained};

use crate::text::did_you_mean;

/// An arm of an experiment.
#[derive(Clone, Debug)]
pub struct Arm {
    name: String,
    kind: &'static Kind,
    /// The task or epoch that its name has behind a colon.
    value: u32,
}

/// What arms ask of an experiment.
#[derive(Clone, Copy, Debug)]
pub struct Fits<'a> {
    /// Names of the tasks.
    pub tasks: &'a [&'a str],
    /// Epochs at most.
    pub epochs: u32,
    /// What the experiment rewinds to.
    pub rewind: Rewind,
    /// Whether tasks share inputs.
    pub shares_inputs: bool,
}

impl Arm {
    /// The main one.
    pub fn imp() -> Self {
        Self {
            name: KINDS[0].name.to_owned(),
            kind: &KINDS[0],
            value: 0,
        }
    }

    /// Every arm that fits an experiment, `imp` first.
    pub fn all(fits: &Fits<'_>) -> Vec<Self> {
        let names = KINDS.iter().flat_map(|kind| match kind.parameter {
            Parameter::Task => {
                let names = fits.tasks.iter().map(|task| format!("{}:{task}", kind.name));
                names.collect()
            }
            Parameter::None | Parameter::Epoch(_) => vec![kind.name.to_owned()],
        });
        names.filter_map(|name| Self::parse(&name, fits).ok()).collect()
    }

    /// The arm of this name.
    ///
    /// # Errors
    /// What is wrong, and what to do: there is no such arm, or it does not fit the experiment.
    pub fn parse(name: &str, fits: &Fits<'_>) -> Result<Self, String> {
        let (start, parameter) = match name.split_once(':') {
            Some((start, parameter)) => (start, Some(parameter)),
            None => (name, None),
        };
        let Some(kind) = kind_of(start) else {
            let names: Vec<_> = KINDS.iter().map(|kind| kind.name).collect();
            let near = did_you_mean(start, &names);
            let near = near.unwrap_or_else(|| format!("there are {}", names.join(", ")));
            return Err(format!("there is no such arm; {near}"));
        };
        let value = match (kind.parameter, parameter) {
            (Parameter::None, None) => 0,
            (Parameter::None, Some(_)) => {
                return Err(format!("this arm has nothing behind a colon; write {start}"));
            }
            (Parameter::Epoch(default), None) => default,
            (Parameter::Epoch(_), Some(epoch)) => {
                let epoch = epoch.parse().ok().filter(|&epoch| 0 < epoch);
                epoch.ok_or_else(|| {
                    format!("behind the colon there must be an epoch from 1 on, such as {start}:5")
                })?
            }
            (Parameter::Task, task) => task_number(start, task, fits.tasks)?,
        };
        match kind.schedule {
            Schedule {
                start: Start::Epoch, ..
            } if fits.epochs <= value => {
                return Err(format!(
                    "it rewinds to epoch {value}, which must be below training.epochs, {}; name an earlier one, such as \
                     {start}:1, or raise training.epochs",
                    fits.epochs
                ));
            }
            Schedule {
                own: Own::Networks, ..
            } if fits.tasks.len() < 2 => {
                return Err("with one task it is the experiment itself; leave it out".to_owned());
            }
            Schedule {
                own: Own::Networks, ..
            } if fits.shares_inputs => {
                return Err(
                    "networks side by side share no inputs, and the tasks do; leave it out".to_owned(),
                );
            }
            schedule if kind.number != 0 && is_imp(&schedule, value, fits.rewind) => {
                return Err(
                    "with this experiment's pruning.rewind it is imp itself; leave it out".to_owned(),
                );
            }
            _ => {}
        }
        let name = match kind.parameter {
            // One name for one arm.
            Parameter::Epoch(default) if value == default => start.to_owned(),
            Parameter::Epoch(_) => format!("{start}:{value}"),
            Parameter::None | Parameter::Task => name.to_owned(),
        };
        Ok(Self { name, kind, value })
    }

    /// Its name, as experiments and `levels.csv` have it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is, in one line.
    pub fn about(&self) -> &'static str {
        self.kind.about
    }

    /// The number of its streams.
    pub fn number(&self) -> u32 {
        self.kind.number
    }

    /// Whether it is the main one, which the others are compared with.
    pub fn is_imp(&self) -> bool {
        self.kind.number == 0
    }

    /// How a ticket names it: one of `imp` is as it was before there were others.
    pub(crate) fn origin(&self) -> Option<String> {
        (!self.is_imp()).then(|| self.name.clone())
    }

    /// The streams of this seed that are the arm's own.
    pub(crate) fn own(&self, seed: u64) -> Seed {
        Seed {
            seed,
            arm: self.kind.number,
        }
    }

    /// What its levels are rewound to, in an experiment that rewinds so.
    pub(crate) fn rewind(&self, experiment: Rewind) -> Rewind {
        match self.kind.schedule.start {
            Start::Rewound | Start::Imp => experiment,
            Start::Continued => Rewind::Never,
            Start::Epoch => Rewind::Epoch(self.epoch()),
            Start::Fresh | Start::FreshEachLevel => Rewind::Initial,
        }
    }

    /// What it does.
    pub fn schedule(&self) -> &Schedule {
        &self.kind.schedule
    }

    /// The task behind the colon.
    fn task(&self) -> usize {
        self.value as usize
    }

    /// The epoch behind the colon.
    fn epoch(&self) -> u32 {
        self.value
    }
}

/// Arms stand in the order of their numbers, those of tasks in that of the tasks.
impl Ord for Arm {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.kind.number, self.value).cmp(&(other.kind.number, other.value))
    }
}

impl PartialOrd for Arm {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Arm {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Arm {}

/// Whether the tickets of an arm of this name were trained on the data of `imp`. `false` of names of no arm.
#[cfg(feature = "program")]
pub(crate) fn has_data_of_imp(name: &str) -> bool {
    let kind = kind_of(name.split(':').next().unwrap_or_default());
    kind.is_some_and(|kind| match kind.schedule.own {
        Own::Nothing | Own::Order | Own::Networks => true,
        Own::Data | Own::Labels | Own::Inputs => false,
    })
}

/// The kind of arm of this name, without what stands behind a colon.
fn kind_of(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// Whether a schedule is that of `imp` in an experiment that rewinds so.
fn is_imp(schedule: &Schedule, epoch: u32, rewind: Rewind) -> bool {
    let start = match rewind {
        Rewind::Never => Start::Continued,
        Rewind::Epoch(at) if at == epoch => Start::Epoch,
        Rewind::Initial | Rewind::Epoch(_) => Start::Rewound,
    };
    *schedule == Schedule { start, ..IMP }
}

fn task_number(arm: &str, task: Option<&str>, tasks: &[&str]) -> Result<u32, String> {
    let example = || format!("{arm}:{}", tasks.first().copied().unwrap_or("moons"));
    let Some(task) = task else {
        return Err(format!(
            "this arm is one of a task; name it behind a colon, such as {}",
            example()
        ));
    };
    let number = tasks.iter().position(|name| *name == task);
    number.map(|number| number as u32).ok_or_else(|| {
        let near = did_you_mean(task, tasks);
        let near = near.unwrap_or_else(|| format!("the tasks are {}", tasks.join(", ")));
        format!("there is no task of that name; {near}")
    })
}

#[cfg(test)]
mod tests {
    use tombola::Rewind;

    use super::{Arm, Fits, KINDS};

    const FITS: Fits<'_> = Fits {
        tasks: &["moons", "circles"],
        epochs: 30,
        rewind: Rewind::Initial,
        shares_inputs: false,
    };

    #[test]
    fn numbers_and_names_are_pinned() {
        let pinned = "imp no-rewind fine-tune late one-shot random shuffled rewired fresh-weights fresh-each-level \
                      other-order other-data untrained largest layerwise snip synflow labels-shuffled inputs-noise alone";
        let names = KINDS.iter().map(|kind| kind.name);
        assert!(names.eq(pinned.split_whitespace()));
        assert!(KINDS.iter().zip(0..).all(|(kind, number)| kind.number == number));
    }

    #[test]
    fn all_arms_are_one_for_each_task_where_they_are_of_a_task() {
        let all = Arm::all(&FITS);
        assert_eq!(all.len(), KINDS.len() + 2);
        let of_tasks: Vec<_> = all
            .iter()
            .filter(|arm| arm.name().contains(':'))
            .map(Arm::name)
            .collect();
        assert_eq!(
            of_tasks,
            [
                "labels-shuffled:moons",
                "labels-shuffled:circles",
                "inputs-noise:moons",
                "inputs-noise:circles"
            ]
        );
    }

    #[track_caller]
    fn refused(name: &str, fits: Fits<'_>, fragment: &str) {
        let message = Arm::parse(name, &fits).expect_err("this is refused");
        assert!(message.contains(fragment), "{message}");
    }

    #[test]
    fn what_does_not_fit_is_refused_by_name_and_left_out_of_all() {
        refused("shufled", FITS, "did you mean 'shuffled'");
        refused("imp:3", FITS, "nothing behind a colon");
        refused("late:0", FITS, "from 1 on");
        refused("late:30", FITS, "below training.epochs, 30");
        refused("labels-shuffled", FITS, "labels-shuffled:moons");
        refused("labels-shuffled:mons", FITS, "did you mean 'moons'");
        let short = Fits { epochs: 5, ..FITS };
        refused("late", short, "epoch 5");
        let one = Fits {
            tasks: &["moons"],
            ..FITS
        };
        refused("alone", one, "the experiment itself");
        let [never, fifth] = [Rewind::Never, Rewind::Epoch(5)].map(|rewind| Fits { rewind, ..FITS });
        refused("no-rewind", never, "imp itself");
        refused("late", fifth, "imp itself");
        assert_eq!(Arm::parse("late:05", &FITS).unwrap().name(), "late");
        assert_eq!(Arm::parse("late:6", &fifth).unwrap().name(), "late:6");
        let shared = Fits {
            shares_inputs: true,
            ..FITS
        };
        refused("alone", shared, "share no inputs");
        for (fits, left_out) in [(shared, 1), (short, 1), (one, 1 + 2), (never, 1), (fifth, 1)] {
            assert_eq!(Arm::all(&fits).len(), KINDS.len() + 2 - left_out);
        }
    }
}
