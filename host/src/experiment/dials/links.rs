//! How the tasks of an experiment depend on each other, settled from their dials: which task is the other one, and in which
//! order their inputs are made.

use tombola::data::{INPUT_COUNT, Kind as _};

use crate::bad_input;
use crate::experiment::task::{Kind, Task};
use crate::text::{did_you_mean, listed};

/// How a task depends on another one, settled.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Link {
    /// The other task, where a dial takes from it.
    pub(crate) other: Option<usize>,
    /// Degrees.
    pub(crate) mix: f64,
    /// A share.
    pub(crate) flip_where: f64,
    /// How many inputs are those of the other.
    pub(crate) share: usize,
}

impl Link {
    /// Whether the truth is that of a task by itself.
    pub(crate) fn is_none(&self) -> bool {
        self.other.is_none()
    }
}

/// How the tasks depend on each other, and an order in which each stands behind the one that its inputs are made of.
///
/// # Errors
/// The task, the key, and what is wrong with it.
pub(crate) fn links(tasks: &[Task]) -> Result<(Vec<Link>, Vec<usize>), Problem> {
    let links: Vec<Link> = (0..tasks.len())
        .map(|index| link(tasks, index))
        .collect::<Result<_, _>>()?;
    let order = order(tasks, &links)?;
    Ok((links, order))
}

/// How near an angle may come to 0 and to 90 degrees, where it is neither: nearer than that, the lesser part of a sum of
/// 32 bits keeps too few of its own to be had back. At 0.01 degrees it is 1 / 5730 of the whole, and keeps 11 bits of 24.
const LEAST_ANGLE: f64 = 0.01;

/// What is wrong with a dial of a task.
#[derive(Debug)]
pub(crate) struct Problem {
    /// The task.
    pub(super) task: usize,
    /// The key.
    pub(super) key: &'static str,
    /// A rule that its value breaks.
    pub(super) rule: String,
}

impl Problem {
    pub(super) fn new(task: usize, key: &'static str, rule: impl Into<String>) -> Self {
        let rule = rule.into();
        Self { task, key, rule }
    }

    /// The same for who has no file to point at.
    pub(crate) fn in_words(&self, tasks: &[Task]) -> anyhow::Error {
        let Self { task, key, rule } = self;
        bad_input!("data.task.{}.{key} {rule}", tasks[*task].name)
    }
}

fn link(tasks: &[Task], index: usize) -> Result<Link, Problem> {
    let Task { name, kind, dials } = &tasks[index];
    let named = match &dials.other {
        None => None,
        Some(other) => Some(named(tasks, index, other)?),
    };
    let used = [
        ("mix", 0.0 < dials.mix),
        ("flip_where", 0.0 < dials.flip_where),
        ("share", 0 < dials.share),
    ];
    let Some((key, _)) = used.into_iter().find(|(_, is_used)| *is_used) else {
        return Ok(Link::default());
    };
    let problem = |key, rule: &str| Err(Problem::new(index, key, rule));
    let other = match (named, tasks.len()) {
        (Some(other), _) => other,
        (None, 2) => 1 - index,
        (None, 1) => {
            return problem(
                key,
                "takes from another task, and there is none: add a [[data.task]], or leave it out",
            );
        }
        (None, _) => {
            let others = tasks.iter().filter(|task| task.name != *name);
            let others: Vec<String> = others.map(|task| format!("\"{}\"", task.name)).collect();
            let rule = format!(
                "takes from another task, and there are several: say which, by other = {}",
                listed(&others, "or")
            );
            return Err(Problem::new(index, key, rule));
        }
    };
    let Kind::Synthetic(kind) = kind else {
        return problem(
            key,
            "is for tasks that are drawn: inputs and classes of a file stay what they are there; leave it out",
        );
    };
    let is_drawn = matches!(tasks[other].kind, Kind::Synthetic(_));
    let most_angle = 90.0 - LEAST_ANGLE;
    if ![0.0, 90.0].contains(&dials.mix) && !(LEAST_ANGLE..=most_angle).contains(&dials.mix) {
        let rule = format!(
            "must be 0, from {LEAST_ANGLE} to {most_angle}, or 90: nearer to those, numbers of 32 bits lose one of the tasks"
        );
        return Err(Problem::new(index, "mix", rule));
    }
    if 0 < dials.share {
        if !is_drawn {
            return problem(
                "share",
                "takes inputs of a task that is drawn, and the other one is read from a file; leave it out",
            );
        }
        if 0.0 < dials.mix {
            return problem(
                "share",
                "does not go with mix, which would change inputs of the other task, too; leave one of them out",
            );
        }
        if kind.relevant_inputs() < INPUT_COUNT {
            return problem(
                "share",
                "does not go with blobs of two classes, which depend on one input alone; take three, or another kind",
            );
        }
    }
    if 90.0 <= dials.mix && 0.0 < dials.flip_where {
        return problem(
            "flip_where",
            "has nothing to flip: with mix = 90 the task cannot be learned; lower mix, or leave one of them out",
        );
    }
    Ok(Link {
        other: Some(other),
        mix: dials.mix,
        flip_where: dials.flip_where,
        share: dials.share,
    })
}

/// The task of this name, which is none of its own.
fn named(tasks: &[Task], index: usize, other: &str) -> Result<usize, Problem> {
    match tasks.iter().position(|task| task.name == *other) {
        Some(found) if found == index => {
            Err(Problem::new(index, "other", "must be another task than this one"))
        }
        Some(found) => Ok(found),
        None => {
            let names: Vec<&str> = tasks.iter().map(|task| &*task.name).collect();
            let near = did_you_mean(other, &names);
            let near = near.unwrap_or_else(|| format!("the tasks are {}", names.join(", ")));
            Err(Problem::new(
                index,
                "other",
                format!("must be the name of a task; {near}"),
            ))
        }
    }
}

/// Each task behind the one that it takes inputs from, else in their order.
fn order(tasks: &[Task], links: &[Link]) -> Result<Vec<usize>, Problem> {
    let source = |task: usize| {
        let Link {
            other, mix, share, ..
        } = links[task];
        other.filter(|_| 0.0 < mix || 0 < share)
    };
    let mut order = Vec::with_capacity(links.len());
    for first in 0..links.len() {
        // The way from a task to one that takes from none, or that stands already.
        let mut way = Vec::new();
        let mut next = Some(first).filter(|task| !order.contains(task));
        while let Some(task) = next {
            if way.contains(&task) {
                let key = if 0 < links[task].share { "share" } else { "mix" };
                let circle = way.iter().skip_while(|&&other| other != task);
                let names: Vec<&str> = circle.map(|&task| &*tasks[task].name).collect();
                let rule = format!(
                    "goes in a circle, in which {} take inputs from each other; leave it out of one of them",
                    listed(&names, "and")
                );
                return Err(Problem::new(task, key, rule));
            }
            way.push(task);
            next = source(task).filter(|task| !order.contains(task));
        }
        order.extend(way.into_iter().rev());
    }
    Ok(order)
}
