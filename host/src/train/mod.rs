//! Trains a given ticket on the data of an experiment: its mask stays as it is, and its weights begin as they are, as they
//! were once, or afresh.
//!
//! In reading order: `start` says what the weights are before, `fit` which of the data's inputs, tasks and classes are
//! which of the ticket's, `samples` lays the data out so, `scores` measures a network on a part of it.

mod fit;
mod samples;
mod scores;
mod start;
#[cfg(test)]
mod tests;

use std::ops::ControlFlow;

use anyhow::{Context, bail};
use tombola::{Lottery, Mlp, Outcome, Plan, Rewind, Storage, Trajectory};

pub use samples::PARTS;
pub use scores::Score;
pub(crate) use scores::scores;
pub use start::Start;

use self::fit::Fit;
use self::samples::Parts;
use crate::data::{Contents, Source};
use crate::experiment::Experiment;
use crate::machine::Machine;
use crate::memory::aligned;
use crate::ticket::Ticket;

/// How a ticket is trained.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// Its data and its training. Of the network only the seed counts, of pruning only the rewind epoch, see
    /// [`Settings::level`]: the rest is the ticket's.
    pub experiment: &'a Experiment,
    /// The files of the experiment's tasks.
    pub contents: &'a Contents,
    /// What the weights begin as.
    pub start: Start,
    /// The replicate whose data and sample orders are taken.
    pub seed: u64,
    /// The level whose sample orders are taken, in each epoch others. Where the experiment rewinds to an epoch, levels
    /// above 0 go on from it with rewound weights, as in a run.
    pub level: u32,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Trained {
    /// The ticket with its new weights, and the normalization that they were trained with.
    pub ticket: Ticket,
    /// Epochs trained.
    pub epochs: u32,
    /// What the network scored at its start: `[task][part]`, with the parts in the order of [`PARTS`].
    pub before: Vec<[Score; 3]>,
    /// And in the end.
    pub after: Vec<[Score; 3]>,
    /// The classes of the data and how many rows they have, in sentences.
    pub class_counts: Vec<String>,
    /// What the user should know of the data, in sentences.
    pub notes: Vec<String>,
}

/// Trains `ticket`; `None` if `stop`, which is asked after each epoch, said so.
///
/// # Errors
/// Bad input if the ticket has no such start, its tasks are not those of the experiment, or the data cannot be used;
/// another error if memory is short or training does not stay finite.
pub fn train(
    ticket: &Ticket,
    settings: &Settings<'_>,
    stop: &dyn Fn() -> bool,
) -> anyhow::Result<Option<Trained>> {
    let &Settings {
        experiment,
        contents,
        start,
        seed,
        level,
    } = settings;
    ticket.check()?;
    let machine = Machine::get()?;
    // Weights that were trained are given inputs of the scale that they were trained on: that of their ticket.
    let keeps_scale = start.is_trained(ticket);
    let data = if keeps_scale {
        experiment.data.raw()
    } else {
        experiment.data.clone()
    };
    let source = Source::open(&data, contents)?;
    let fit = Fit::of(ticket, source.ports(), keeps_scale)?;
    let params = start::params(ticket, start, &experiment.network, seed)?;
    let drawn = source.draw(experiment.data.seed.of(seed))?;
    let mut trained = Ticket {
        tasks: fit.tasks.clone(),
        normalization: if keeps_scale {
            ticket.normalization.clone()
        } else {
            fit.normalization(drawn.normalization.as_ref())
        },
        ..ticket.of_no_run()
    };
    let parts = Parts::new(
        (&drawn, source.input_count()),
        &fit,
        trained.normalization.as_ref().filter(|_| keeps_scale),
    )?;
    drop(drawn);

    let net = Mlp::new(&ticket.widths);
    let tasks = fit.tasks_of(&data);
    let all = net.weight_count() as u64;
    let plan = Plan {
        lottery: Lottery {
            net,
            tasks: &tasks,
            training: experiment.training.of(data.train),
            rewind: rewind(experiment.pruning.rewind, start, level, ticket),
            train_count: data.train,
            storage: Storage::Compressed,
        },
        trajectory: Trajectory::with_rate_solved(all, level, all)
            .context("a trajectory that prunes nothing")?,
        init: experiment.network.init(),
        network_seed: 0.into(),
        training_seed: experiment.training.seed.of(seed).into(),
    };
    let no_memory = "not enough memory for this network and batch; use a smaller batch";
    let mut floats = aligned(plan.lottery.float_count()).context(no_memory)?;
    let mut words = aligned(plan.lottery.word_count()).context(no_memory)?;
    let mut lottery = tombola::Imp::new(plan, &mut floats, &mut words);
    let (mask, weights) = lottery.start();
    mask.replace(|weight| ticket.mask[weight]);
    weights.copy_from_slice(&params);
    mask.apply(weights);

    let score = |params: &[f32]| -> anyhow::Result<Vec<[Score; 3]>> {
        let of_part = |part: usize| scores(machine, net, &tasks, params, parts.samples(part));
        let [train, validation, test] = [of_part(0)?, of_part(1)?, of_part(2)?];
        let of_task = |task: usize| [train[task], validation[task], test[task]];
        Ok((0..tasks.len()).map(of_task).collect())
    };
    let before = score(lottery.params())?;
    let mut watch = |_| {
        if stop() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let epochs = match machine.train_level(&mut lottery, level, &parts.data(), &mut watch) {
        Outcome::Finished(finished) => finished.epochs,
        Outcome::Stopped => return Ok(None),
        Outcome::NotFinite { epoch, .. } => {
            bail!("the loss or a parameter was not finite in epoch {epoch}; try a lower training.rate")
        }
    };
    let after = score(lottery.params())?;
    trained.params = lottery.params().to_vec();
    if start == Start::Fresh {
        trained.initial = Some(Ticket::initial_of(net, &params));
    }
    if start == Start::Fresh || !keeps_scale && is_other(&trained, ticket) {
        trained.rewind = None;
    }
    Ok(Some(Trained {
        ticket: trained,
        epochs,
        before,
        after,
        class_counts: source.class_counts().into_iter().map(str::to_owned).collect(),
        notes: fit.notes.clone(),
    }))
}

/// Whether rewound weights of the `old` ticket are none of the `new` one's: they were trained on inputs of the old scale, and
/// on the old columns and classes.
fn is_other(new: &Ticket, old: &Ticket) -> bool {
    new.normalization != old.normalization || new.tasks != old.tasks
}

/// From which epoch on a level is trained, as the core is told it: where a run with late rewinding would do so.
fn rewind(experiment: Rewind, start: Start, level: u32, ticket: &Ticket) -> Rewind {
    let is_as_in_run = match start {
        Start::Rewound => 0 < level && ticket.rewind.is_some(),
        // Level 0 does not stop early before the epoch.
        Start::Initial => level == 0,
        Start::Present | Start::Fresh => false,
    };
    match experiment {
        Rewind::Epoch(epoch) if is_as_in_run => Rewind::Epoch(epoch),
        _ => Rewind::Initial,
    }
}
