//! Arms: variations of the procedure that share a seed's data, initial weights and dense training wherever their
//! definition lets them, so that every comparison with `imp` is paired.
//!
//! An arm is an entry of [`KINDS`]: its name, its pinned number, which names the streams of what it draws for itself, and
//! its [`Schedule`], which is data. One loop, in `lottery`, runs any of them, `imp` too; `survivors` chooses masks,
//! `alone` puts the networks of single tasks side by side.

mod alone;
mod lottery;
mod schedule;
mod survivors;

use std::cmp::Ordering;

pub use alone::weight_count as alone_weight_count;
pub use lottery::{CONVERGED, Common, Finish, Imp, Past, Resume, Scores, Stop, Trained, drawn, run};
pub use schedule::{Change, Of, Own, Schedule, Scope, Score, Start, Survivors};
use tombola::Rewind;
use tombola::random::Seed;

use crate::text::did_you_mean;

/// What is known of an arm without an experiment.
#[derive(Debug)]
pub struct Kind {
    /// How it is called, without its parameter.
    pub name: &'static str,
    /// What it is, in one line.
    pub about: &'static str,
    /// Names the streams that it draws from. Never another one: rows on disk were made with it.
    pub number: u32,
    /// What stands behind a colon in its name.
    parameter: Parameter,
    /// What it does.
    schedule: Schedule,
}

/// What stands behind a colon in an arm's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Parameter {
    None,
    /// The name of a task.
    Task,
    /// An epoch; this one if none is named.
    Epoch(u32),
}

/// What `imp` does.
const IMP: Schedule = Schedule {
    mask: Survivors::Greatest {
        score: Score::Magnitude,
        of: Of::LastLevel,
        scope: Scope::Network,
    },
    start: Start::Rewound,
    rate: 1.0,
    own: Own::Nothing,
};

/// What an arm does that takes masks of `imp`.
const MASKED: Schedule = Schedule {
    mask: Survivors::Imp(Change::None),
    start: Start::Imp,
    ..IMP
};

/// What an arm does that prunes by this score of these parameters.
const fn pruned(score: Score, of: Of, scope: Scope) -> Schedule {
    Schedule {
        mask: Survivors::Greatest { score, of, scope },
        ..IMP
    }
}

/// The number of the arm `rewired`, in whose streams all rewirings are drawn.
pub const REWIRED: u32 = 7;

/// Every kind of arm, `imp` first.
pub const KINDS: &[Kind] = &[
    arm(
        0,
        "imp",
        "iterative magnitude pruning with the experiment's rewinding",
        IMP,
    ),
    arm(
        1,
        "no-rewind",
        "weights go on from where they are: at a constant rate this is learning-rate rewinding",
        Schedule {
            start: Start::Continued,
            ..IMP
        },
    ),
    arm(
        2,
        "fine-tune",
        "weights go on from where they are, at a tenth of the rate",
        Schedule {
            start: Start::Continued,
            rate: 0.1,
            ..IMP
        },
    ),
    Kind {
        parameter: Parameter::Epoch(5),
        ..arm(
            3,
            "late",
            "rewound to an epoch of the dense training, `late:EPOCH`, 5 if none is named",
            Schedule {
                start: Start::Epoch,
                ..IMP
            },
        )
    },
    arm(
        4,
        "one-shot",
        "the trained dense network pruned at once to each level's size, rewound",
        pruned(Score::Magnitude, Of::Dense, Scope::Network),
    ),
    arm(
        5,
        "random",
        "as many weights at random, over all layers",
        pruned(Score::Chance, Of::Initial, Scope::Network),
    ),
    arm(
        6,
        "shuffled",
        "imp's mask shuffled within each layer, imp's start at the new positions",
        Schedule {
            mask: Survivors::Imp(Change::Shuffled),
            ..MASKED
        },
    ),
    arm(
        REWIRED,
        "rewired",
        "imp's mask with every neuron's in- and out-degree kept, by edge swaps",
        Schedule {
            mask: Survivors::Imp(Change::Rewired),
            ..MASKED
        },
    ),
    arm(
        8,
        "fresh-weights",
        "imp's mask with other initial weights",
        Schedule {
            start: Start::Fresh,
            ..MASKED
        },
    ),
    arm(
        9,
        "fresh-each-level",
        "iterative magnitude pruning with other initial weights at every level",
        Schedule {
            start: Start::FreshEachLevel,
            ..IMP
        },
    ),
    arm(
        10,
        "other-order",
        "imp's mask and start, trained in another order of samples",
        Schedule {
            own: Own::Order,
            ..MASKED
        },
    ),
    arm(
        11,
        "other-data",
        "imp's mask and start, trained on another draw of the same tasks",
        Schedule {
            own: Own::Data,
            ..MASKED
        },
    ),
    arm(
        12,
        "untrained",
        "pruned by magnitude at initialization",
        pruned(Score::Magnitude, Of::Initial, Scope::Network),
    ),
    arm(
        13,
        "largest",
        "inverted: the largest magnitudes are pruned",
        pruned(Score::InverseMagnitude, Of::LastLevel, Scope::Network),
    ),
    arm(
        14,
        "layerwise",
        "the least magnitudes of each layer are pruned, the same share in each",
        pruned(Score::Magnitude, Of::LastLevel, Scope::Layer),
    ),
    arm(
        15,
        "snip",
        "pruned at initialization by SNIP's sensitivity of the loss on the train part",
        pruned(Score::Snip, Of::Initial, Scope::Network),
    ),
    arm(
        16,
        "synflow",
        "pruned at initialization by SynFlow, afresh for each level over 100 rounds",
        Schedule {
            mask: Survivors::SynFlow,
            ..IMP
        },
    ),
    Kind {
        parameter: Parameter::Task,
        ..arm(
            17,
            "labels-shuffled",
            "a lottery with the labels of one task shuffled in train and validation part",
            Schedule {
                own: Own::Labels,
                ..IMP
            },
        )
    },
    Kind {
        parameter: Parameter::Task,
        ..arm(
            18,
            "inputs-noise",
            "a lottery with noise of the same mean and deviation in place of one task's inputs",
            Schedule {
                own: Own::Inputs,
                ..IMP
            },
        )
    },
    arm(
        19,
        "alone",
        "each task's own lottery, with as many weights as imp's ticket has on paths to its outputs",
        Schedule {
            own: Own::Networks,
            ..IMP
        },
    ),
];

const fn arm(number: u32, name: &'static str, about: &'static str, schedule: Schedule) -> Kind {
    Kind {
        name,
        about,
        number,
        parameter: Parameter::None,
        schedule,
    }
}

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
        let Some(kind) = KINDS.iter().find(|kind| kind.name == start) else {
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
        for (fits, left_out) in [(short, 1), (one, 1 + 2), (never, 1), (fifth, 1)] {
            assert_eq!(Arm::all(&fits).len(), KINDS.len() + 2 - left_out);
        }
    }
}
