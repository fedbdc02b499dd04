//! Lists the arms, each with its name, its number and what it does.

use super::schedule::{Change, Of, Own, Schedule, Scope, Score, Start, Survivors};

/// What is known of an arm without an experiment.
#[derive(Debug)]
pub struct Kind {
    /// How it is called, without its parameter.
    pub name: &'static str,
    /// What it is, in one line.
    pub about: &'static str,
    /// What is to be said wherever its result is told, as a sentence without its end.
    pub note: Option<&'static str>,
    /// Names the streams that it draws from. Never another one: rows on disk were made with it.
    pub number: u32,
    /// What stands behind a colon in its name.
    pub(super) parameter: Parameter,
    /// What it does.
    pub(super) schedule: Schedule,
}

/// What stands behind a colon in an arm's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parameter {
    None,
    /// The name of a task.
    Task,
    /// An epoch; this one if none is named.
    Epoch(u32),
}

/// What `imp` does.
pub(super) const IMP: Schedule = Schedule {
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

/// How the main arm is called.
pub const IMP_NAME: &str = "imp";

/// The number of the arm `fresh-weights`, in whose streams a ticket's fresh weights are drawn.
pub const FRESH_WEIGHTS: u32 = 8;

/// The number of the arm `rewired`, in whose streams all rewirings are drawn.
pub const REWIRED: u32 = 7;

/// Every kind of arm, `imp` first.
pub const KINDS: &[Kind] = &[
    arm(
        0,
        IMP_NAME,
        "iterative magnitude pruning with the experiment's rewinding",
        IMP,
    ),
    Kind {
        note: Some("The rate being constant, no-rewind is learning-rate rewinding"),
        ..arm(
            1,
            "no-rewind",
            "weights go on from where they are: at a constant rate this is learning-rate rewinding",
            Schedule {
                start: Start::Continued,
                ..IMP
            },
        )
    },
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
        FRESH_WEIGHTS,
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
        note: None,
        number,
        parameter: Parameter::None,
        schedule,
    }
}

#[cfg(test)]
mod tests {
    use super::{KINDS, Parameter};

    #[test]
    fn the_table_in_the_documentation_is_made_of_the_arms() {
        let rows = KINDS.iter().map(|kind| {
            let parameter = match kind.parameter {
                Parameter::None => "",
                Parameter::Task => ":TASK",
                Parameter::Epoch(_) => ":EPOCH",
            };
            format!("| `{}{parameter}` | {} |\n", kind.name, kind.about)
        });
        let table = "| arm | what it is |\n|---|---|\n".to_owned() + &rows.collect::<String>();
        assert!(
            include_str!("../../../docs/results.md").contains(&table),
            "docs/results.md should have:\n{table}"
        );
    }
}
