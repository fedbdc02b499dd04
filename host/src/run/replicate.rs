//! One seed of a run: what is on disk is read, what is missing is computed, level by level.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;
use tombola::lanes::padded;
use tombola::{BatchMemory, Imp, Mask, Memory, Outcome, Packing, Plan, TaskScore};

use super::{Row, RunDirectory, Setup, Watch};
use crate::bad_input;
use crate::data::Drawn;
use crate::memory::{Aligned, zeroed};
use crate::ticket::{LevelResult, Origin, Ticket};

/// What one seed came to.
#[derive(Clone, Debug)]
pub struct Replicate {
    /// The seed.
    pub seed: u64,
    /// Its finished levels, in order.
    pub rows: Vec<Row>,
    /// Why there are no more.
    pub end: End,
}

/// How a seed ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// All levels are finished.
    Finished,
    /// A loss or a parameter was infinite or not a number.
    NotFinite {
        /// The level that was trained.
        level: u32,
        /// The epoch, from 0.
        epoch: u32,
    },
    /// The run was stopped.
    Stopped,
}

/// Finishes one seed.
pub(super) fn replicate(
    setup: &Setup,
    directory: &RunDirectory,
    seed: u64,
    stop: &AtomicBool,
    watch: &dyn Watch,
) -> anyhow::Result<Replicate> {
    let mut rows = Vec::new();
    let mut last = None;
    for level in 0..=setup.trajectory().levels() {
        let Some(ticket) = finished(setup, directory, seed, level)? else {
            break;
        };
        rows.push(row_of(setup, seed, level, &ticket));
        last = Some(ticket);
        watch.level_finished();
    }
    let end = match rows.len() as u32 {
        levels if levels == setup.trajectory().levels() + 1 => End::Finished,
        _ if stop.load(Ordering::Relaxed) => End::Stopped,
        _ => compute(setup, directory, seed, last, &mut rows, stop, watch)?,
    };
    Ok(Replicate { seed, rows, end })
}

/// Computes the levels after the last finished one.
fn compute(
    setup: &Setup,
    directory: &RunDirectory,
    seed: u64,
    last: Option<Ticket>,
    rows: &mut Vec<Row>,
    stop: &AtomicBool,
    watch: &dyn Watch,
) -> anyhow::Result<End> {
    let drawn = setup.source().draw(seed)?;
    let tasks = setup.tasks();
    let plan = Plan {
        net: setup.net(),
        tasks: &tasks,
        trajectory: setup.trajectory(),
        training: setup.training(),
        rewind: setup.rewind(),
        seed,
    };
    let mut buffers = Buffers::new(&plan, setup.experiment.data.train)?;
    let mut imp = Imp::new(plan, buffers.memory());
    if let Some(ticket) = last {
        imp.resume(
            rows.len() as u32 - 1,
            &ticket.params,
            ticket.rewind.as_deref().unwrap_or(&[]),
            |weight| ticket.mask[weight],
        );
    }
    let mut go_on = |_| {
        if stop.load(Ordering::Relaxed) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    while let Some(outcome) = setup.machine().next_level(&mut imp, &drawn.parts(), &mut go_on) {
        match outcome {
            Outcome::Finished(level) => {
                let tests = drawn.parts().test.sample_count() as f64;
                let accuracy = imp
                    .test_scores()
                    .iter()
                    .map(|score| f64::from(score.correct()) / tests);
                let result = LevelResult {
                    epochs: level.epochs,
                    train_loss: level.train_loss,
                    validation_loss: level.validation_loss,
                    test_loss: level.test_loss,
                    accuracy: accuracy.collect(),
                };
                let ticket = ticket(setup, &drawn, &imp, seed, level.level, result.clone());
                ticket.write(&directory.ticket(seed, level.level))?;
                rows.push(Row::new(seed, level.level, plan.net, &tasks, imp.mask(), result));
                watch.level_finished();
            }
            Outcome::NotFinite { level, epoch } => {
                watch.levels_lost(setup.trajectory().levels() + 1 - level);
                return Ok(End::NotFinite { level, epoch });
            }
            Outcome::Stopped => return Ok(End::Stopped),
        }
    }
    Ok(End::Finished)
}

/// The ticket of a level that was finished before; `None` if there is none that can be believed.
fn finished(
    setup: &Setup,
    directory: &RunDirectory,
    seed: u64,
    level: u32,
) -> anyhow::Result<Option<Ticket>> {
    let path = directory.ticket(seed, level);
    if !path.exists() {
        return Ok(None);
    }
    // A file that was cut short by a power failure is computed again.
    let Ok(ticket) = Ticket::read(&path) else {
        return Ok(None);
    };
    let Some(origin) = &ticket.origin else {
        return Ok(None);
    };
    if origin.digest != setup.digest {
        return Err(bad_input!(
            "{}: this ticket is of another experiment (digest {}, this one is {}); choose another --out",
            path.display(),
            origin.digest,
            setup.digest
        ));
    }
    let left = ticket.mask.iter().filter(|&&survives| survives).count() as u64;
    let rewinds = matches!(setup.rewind(), tombola::Rewind::Epoch(_));
    let fits = ticket.widths == setup.net().widths()
        && ticket.tasks == setup.ports()
        && (origin.seed, origin.level) == (seed, level)
        && left == setup.trajectory().weights_left(level)
        && origin.result.is_some()
        && ticket.rewind.is_some() == rewinds;
    Ok(fits.then_some(ticket))
}

/// The row of a ticket that holds its result.
fn row_of(setup: &Setup, seed: u64, level: u32, ticket: &Ticket) -> Row {
    let mut bits = vec![0; setup.net().mask_len()];
    let mask = Mask::from_fn(setup.net(), &mut bits, |weight| ticket.mask[weight]);
    let result = ticket.origin.as_ref().and_then(|origin| origin.result.clone());
    let result = result.expect("a finished ticket holds its result");
    Row::new(seed, level, setup.net(), &setup.tasks(), &mask, result)
}

fn ticket(setup: &Setup, drawn: &Drawn, imp: &Imp<'_>, seed: u64, level: u32, result: LevelResult) -> Ticket {
    let weight_count = setup.net().weight_count();
    let mask = (0..weight_count).map(|weight| imp.mask().survives(weight));
    Ticket {
        // A weight that survives may be 0.
        mask: mask.collect(),
        initial: Some(imp.initial()[..weight_count].to_vec()),
        rewind: imp.rewind_point().map(<[f32]>::to_vec),
        normalization: drawn.normalization.clone(),
        origin: Some(Origin {
            seed,
            data_seed: drawn.data_seed,
            level,
            digest: setup.digest.clone(),
            result: Some(result),
        }),
        ..Ticket::new(
            setup.net().widths(),
            setup.ports().to_vec(),
            imp.params().to_vec(),
        )
    }
}

/// The memory of one lottery.
struct Buffers {
    params: Vec<f32>,
    initial: Vec<f32>,
    rewind: Vec<f32>,
    grads: Vec<f32>,
    optimizer: Vec<f32>,
    inputs: Aligned,
    classes: Vec<u16>,
    workspace: Aligned,
    order: Vec<u32>,
    scores: Vec<TaskScore>,
    mask: Vec<u32>,
    index: Vec<u32>,
}

impl Buffers {
    fn new(plan: &Plan<'_>, train: usize) -> anyhow::Result<Self> {
        Self::within_memory(plan, train).context(
            "not enough memory for this network and batch; use smaller hidden layers, a smaller batch or fewer --jobs",
        )
    }

    fn within_memory(plan: &Plan<'_>, train: usize) -> Option<Self> {
        let Plan {
            net, tasks, training, ..
        } = *plan;
        let params = net.param_count();
        Some(Self {
            params: zeroed(params)?,
            initial: zeroed(params)?,
            rewind: zeroed(if matches!(plan.rewind, tombola::Rewind::Epoch(_)) {
                params
            } else {
                0
            })?,
            grads: zeroed(params)?,
            optimizer: zeroed(training.rule.state_len(params))?,
            inputs: Aligned::zeroed(net.batch_len(training.batch))?,
            classes: zeroed(tasks.len() * padded(training.batch))?,
            workspace: Aligned::zeroed(net.workspace_len(training.batch))?,
            order: zeroed(train)?,
            scores: zeroed(tasks.len())?,
            mask: zeroed(net.mask_len())?,
            index: zeroed(Packing::index_len(net))?,
        })
    }

    fn memory(&mut self) -> Memory<'_> {
        Memory {
            params: &mut self.params,
            initial: &mut self.initial,
            rewind: &mut self.rewind,
            grads: &mut self.grads,
            optimizer: &mut self.optimizer,
            batch: BatchMemory {
                inputs: &mut self.inputs,
                classes: &mut self.classes,
                workspace: &mut self.workspace,
            },
            order: &mut self.order,
            scores: &mut self.scores,
            mask: &mut self.mask,
            index: &mut self.index,
        }
    }
}
