//! Dials: settings of a task whose effect on the truth is known, and what of them goes together.
//!
//! The truth says which outputs depend on which inputs; [`Link`] has what is needed to tell it, and [`crate::truth`] tells
//! it.

mod links;
#[cfg(test)]
mod tests;

use links::Problem;
pub(crate) use links::{Link, links};
use tombola::data::{INPUT_COUNT, Range};

use super::page::full;
use super::section::section;
use super::settings::{Experiment, Normalize};
use super::source::At;
use super::task::Task;
use super::value::Text;
use crate::bad_input;

section! {
    /// How a task depends on another one, and how much it counts. By default it does not depend, and counts as it is.
    pub struct Dials {
        /// Which task `mix`, `flip_where` and `share` take from: the other one, if there are two
        pub other: Option<String> = None, (Text::Name, "\"circles\"");
        /// An angle in degrees: 0, from 0.01 to 89.99, or 90. Each input, as it is drawn, is replaced by cos(angle) times
        /// itself plus sin(angle) times the same input of `other`. Truth: above 0 the outputs depend on the task's inputs
        /// and on those of `other`; at 90, where the inputs are those of `other`, on none. `other` depends on no more than
        /// before, at 90 through either copy
        pub mix: f64 = 0.0, Range::Between(0, 90);
        /// The class is the next one (of two the other one) wherever the first input of `other` is in its upper share of
        /// so much in the train part. Truth: between 0 and 1 the outputs depend on the task's inputs and on that one; at
        /// 1, where classes change names, on the task's inputs
        pub flip_where: f64 = 0.0, Range::Between(0, 1);
        /// How many inputs, from the first on, are not drawn, but the first of `other`, which then belong to both tasks. The
        /// class is that of the nearest point of the task's kind without noise. Truth: the outputs depend on the task's inputs,
        /// shared and not; no ticket is independent
        pub share: usize = 0, Range::Whole(0, 2);
        /// What the inputs of the task are multiplied by, shared ones excluded, with `normalize = "none"`: from a millionth
        /// to a million. Truth: as without
        pub scale: f32 = 1.0, Range::Factor(1_000_000);
        /// What the task's loss is multiplied by in the loss of the network, which is trained on, looked at for early
        /// stopping, and reported: from a millionth to a million. Truth: as without
        pub loss_weight: f32 = 1.0, Range::Factor(tombola::Task::HEAVIEST as u32);
    }
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
            if dials.share == INPUT_COUNT {
                let rule = "has nothing to scale: all inputs are those of the other task; scale them there"
                    .to_owned();
                return problem("scale", rule);
            }
        }
    }
    Ok(())
}
