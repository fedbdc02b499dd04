//! Dials: settings of a task whose effect on the truth is known, and what of them goes together.
//!
//! The truth says which outputs depend on which inputs; [`Link`] has what is needed to tell it, and [`crate::truth`] tells
//! it.

use tombola::data::{Kind as _, Range, Synthetic};

use super::page::full;
use super::section::section;
use super::settings::{Experiment, Normalize};
use super::source::At;
use super::task::{Kind, Task};
use super::value::Text;
use crate::bad_input;
use crate::text::{did_you_mean, listed};

section! {
    /// How a task depends on another one, and how much it counts. By default it does not depend, and counts as it is.
    pub struct Dials {
        /// Which task `mix`, `flip_where` and `share` take from: the other one, if there are two
        pub other: Option<String> = None, (Text::Name, "\"circles\"");
        /// An angle in degrees: each input, as it is drawn, is replaced by cos(angle) times itself plus sin(angle) times the
        /// same input of `other`. Truth: above 0 the outputs depend on the task's inputs and on those of `other`; at 90, where
        /// the inputs are those of `other`, on none. `other` depends on no more than before, at 90 through either copy
        pub mix: f64 = 0.0, Range::Between(0, 90);
        /// The class is the next one (of two the other one) wherever the first input of `other` is in its upper share of so
        /// much in the train part. Truth: between 0 and 1 the outputs depend on the task's inputs and on that one; at 1, where
        /// classes change names, on the task's inputs
        pub flip_where: f64 = 0.0, Range::Between(0, 1);
        /// How many inputs, from the first on, are not drawn, but the first of `other`, which then belong to both tasks. The class
        /// is that of the nearest point of the task's kind without noise. Truth: the outputs depend on the task's inputs,
        /// shared and not; no ticket is independent
        pub share: usize = 0, Range::Whole(0, 2);
        /// What the inputs of the task are multiplied by, shared ones excluded, with `normalize = "none"`. Truth: as without
        pub scale: f32 = 1.0, Range::Positive;
        /// What the task's loss is multiplied by in the loss of the network, which is trained on, looked at for early stopping,
        /// and reported. Truth: as without
        pub loss_weight: f32 = 1.0, Range::Positive;
    }
}

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

/// What is wrong with a dial of a task.
#[derive(Debug)]
pub(crate) struct Problem {
    /// The task.
    task: usize,
    /// The key.
    key: &'static str,
    /// A rule that its value breaks.
    rule: String,
}

impl Problem {
    fn new(task: usize, key: &'static str, rule: impl Into<String>) -> Self {
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
    if !matches!(kind, Kind::Synthetic(_)) {
        return problem(
            key,
            "is for tasks that are drawn: inputs and classes of a file stay what they are there; leave it out",
        );
    }
    let is_drawn = matches!(tasks[other].kind, Kind::Synthetic(_));
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
        if matches!(kind, Kind::Synthetic(Synthetic::Blobs(blobs)) if blobs.class_count() == 2) {
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

/// So many of `train` samples are flipped.
pub(crate) fn flipped_count(flip_where: f64, train: usize) -> usize {
    (flip_where * train as f64).round_ties_even() as usize
}

/// Checks the dials of an experiment as it was read from `root`.
///
/// # Errors
/// Bad input, with place and remedy.
pub(super) fn check(root: &At<'_>, experiment: &Experiment) -> anyhow::Result<()> {
    let (Some(at), tasks) = (root.find("data.task"), &experiment.data.task) else {
        return Ok(());
    };
    let places: Vec<At<'_>> = at.list()?.collect();
    let refuse = |problem: &Problem| {
        let Problem { task, key, rule } = problem;
        let path = full(&format!("data.task.{}", tasks[*task].name), key);
        match places[*task].find(key) {
            Some(at) => At { path: &path, ..at }.refused(rule),
            None => bad_input!("{}: {path} {rule}", places[*task].place()),
        }
    };
    links(tasks).map_err(|problem| refuse(&problem))?;
    for (task, Task { dials, .. }) in tasks.iter().enumerate() {
        let problem = |key, rule: String| Err(refuse(&Problem::new(task, key, rule)));
        let train = experiment.data.train;
        match flipped_count(dials.flip_where, train) {
            0 if 0.0 < dials.flip_where => {
                return problem(
                    "flip_where",
                    format!(
                        "with data.train = {train} it flips no sample; raise one of them, or set it to 0"
                    ),
                );
            }
            all if all == train && dials.flip_where < 1.0 => {
                return problem(
                    "flip_where",
                    format!(
                        "with data.train = {train} it flips every sample; lower it, raise data.train, or set it to 1"
                    ),
                );
            }
            _ => {}
        }
        if dials.scale != 1.0 {
            if experiment.data.normalize != Normalize::None {
                let rule = "would be taken away by data.normalize, which must be \"none\"".to_owned();
                return problem("scale", rule);
            }
            if dials.share == tombola::data::INPUT_COUNT {
                let rule = "has nothing to scale: all inputs are those of the other task; scale them there"
                    .to_owned();
                return problem("scale", rule);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check as refused, good, wrong, wrong_set};
    use super::links;

    #[test]
    fn what_a_dial_takes_from_is_found_or_asked_for() {
        let other = |text: &str, set: &[&str]| links(&good(text, set).data.task).unwrap().0[0].other;
        assert_eq!(other("", &["data.task.moons.mix=45"]), Some(1));
        assert_eq!(
            other("", &["data.task.moons.mix=0", "data.task.moons.other=circles"]),
            None
        );
        let three = "[[data.task]]\nkind = \"moons\"\n[[data.task]]\nkind = \"circles\"\n[[data.task]]\nkind = \"xor\"\n";
        assert_eq!(
            other(three, &["data.task.moons.mix=45", "data.task.moons.other=xor"]),
            Some(2)
        );
        refused(
            three,
            &["data.task.moons.mix=45"],
            &[
                "--set data.task.moons.mix=45: data.task.moons.mix is 45",
                "say which, by other = \"circles\" or \"xor\"",
            ],
        );
        wrong(
            r#"
            [[data.task]] / kind = "moons" / mix = 45        => my.toml:3:7 | data.task.moons.mix is 45 | there is none: add a [[data.task]]
            [[data.task]] / kind = "moons" / flip_where = .5 => not valid TOML
            [[data.task]] / kind = "moons" / flip_where = 0.5 => my.toml:3:14 | data.task.moons.flip_where is 0.5 | there is none
            "#,
        );
        wrong_set(
            "
            data.task.moons.other=moons   => data.task.moons.other is moons | another task than this one
            data.task.moons.other=circle  => must be the name of a task | did you mean 'circles'?
            ",
        );
    }

    #[test]
    fn values_have_their_ranges() {
        wrong_set(
            "
            data.task.moons.mix=-1         => a number from 0 to 90
            data.task.moons.mix=90.1       => a number from 0 to 90
            data.task.moons.mix=nan        => a number from 0 to 90
            data.task.moons.flip_where=1.5 => a number from 0 to 1
            data.task.moons.flip_where=-0.1 => a number from 0 to 1
            data.task.moons.share=3        => a whole number from 0 to 2
            data.task.moons.scale=0        => a number above 0
            data.task.moons.loss_weight=-1 => a number above 0
            data.task.moons.loss_weight=inf => finite
            data.task.moons.mixed=1        => unknown key 'mixed' in task 'moons' | 'mix'?
            training.l1=-1                 => at least 0
            network.weights=kaiming        => one of | kaiming-normal | pytorch
            network.biases=ones            => one of | zero
            ",
        );
    }

    #[test]
    fn what_does_not_go_together_is_refused_with_the_reason() {
        wrong_set(
            "
            data.task.moons.scale=2 => would be taken away by data.normalize | must be \"none\"
            data.task.moons.flip_where=1e-9 => with data.train = 1000 it flips no sample | raise
            data.task.moons.flip_where=0.99999 => it flips every sample | lower
            ",
        );
        for (set, fragments) in [
            (
                &["moons.mix=45", "circles.mix=45"][..],
                &["goes in a circle", "moons and circles"][..],
            ),
            (&["moons.mix=45", "circles.share=1"], &["goes in a circle"]),
            (
                &["moons.mix=45", "moons.share=1"],
                &["share is 1", "does not go with mix"],
            ),
            (
                &["moons.mix=90", "moons.flip_where=0.5"],
                &["flip_where is 0.5", "nothing to flip"],
            ),
            (
                &["moons.kind=blobs", "moons.classes=2", "moons.share=1"],
                &["blobs of two classes"],
            ),
        ] {
            let set: Vec<String> = set.iter().map(|set| format!("data.task.{set}")).collect();
            let set: Vec<&str> = set.iter().map(String::as_str).collect();
            refused("", &set, fragments);
        }
        let scaled = [
            "data.normalize=none",
            "data.task.moons.scale=2",
            "data.task.moons.share=2",
        ];
        refused("", &scaled, &["scale is 2", "nothing to scale"]);
        let file = "[[data.task]]\nkind = \"csv\"\npath = \"a.csv\"\n[[data.task]]\nkind = \"moons\"\n";
        for dial in ["mix=45", "flip_where=0.5", "share=1"] {
            refused(
                file,
                &[&format!("data.task.csv.{dial}")],
                &["for tasks that are drawn", "leave it out"],
            );
        }
        refused(file, &["data.task.moons.share=1"], &["read from a file"]);
        assert_eq!(good(file, &["data.task.moons.flip_where=0.5"]).data.task.len(), 2);
    }

    #[test]
    fn inputs_that_are_shared_are_counted_once() {
        let text = "[network]\nbase = [3, 8, 8, 2]\nextend = 1\n";
        assert_eq!(
            good(text, &["data.task.circles.share=1"]).data.task[1]
                .dials
                .share,
            1
        );
        refused(text, &[], &["begin with 4"]);
    }

    #[test]
    fn each_task_stands_behind_the_one_that_it_takes_inputs_from() {
        let text = "[[data.task]]\nname = \"a\"\nkind = \"moons\"\nmix = 10\nother = \"c\"\n\
                    [[data.task]]\nname = \"b\"\nkind = \"moons\"\nflip_where = 0.5\nother = \"a\"\n\
                    [[data.task]]\nname = \"c\"\nkind = \"moons\"\nshare = 1\nother = \"b\"\n";
        assert_eq!(links(&good(text, &[]).data.task).unwrap().1, [1, 2, 0]);
    }
}
