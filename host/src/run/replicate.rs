//! One seed of a run: what is on disk is read, what is missing is computed, level by level.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;
use tombola::{Imp, Level, Lottery, Mask, Outcome, Plan, Storage};

use super::{RunDirectory, Watch};
use crate::bad_input;
use crate::data::Drawn;
use crate::files::read_if_there;
use crate::memory::aligned;
use crate::results::{End, Replicate, Row};
use crate::setup::Setup;
use crate::text::shown;
use crate::ticket::{LevelResult, Origin, Ticket, is_cut_short};

/// The levels of a seed that are on disk, each as its row.
///
/// # Errors
/// If a ticket is there that cannot be used: it stays as it is.
pub(super) fn find(
    setup: &Setup,
    directory: &RunDirectory,
    seed: u64,
    watch: &dyn Watch,
) -> anyhow::Result<Vec<Option<Row>>> {
    let find = |level| {
        let path = directory.ticket(seed, level);
        let row = finished(setup, &path, seed, level).with_context(|| {
            format!(
                "level {level} cannot be taken up; move its ticket away to compute it again, or choose another --out"
            )
        })?;
        if row.is_some() {
            watch.level_finished();
        }
        Ok(row)
    };
    (0..=setup.trajectory().levels()).map(find).collect()
}

/// Computes the levels of a seed that were not found.
pub(super) fn finish(
    setup: &Setup,
    directory: &RunDirectory,
    seed: u64,
    found: Vec<Option<Row>>,
    stop: &AtomicBool,
    watch: &dyn Watch,
) -> anyhow::Result<Replicate> {
    let is_finished = found.iter().all(Option::is_some);
    if is_finished || stop.load(Ordering::Relaxed) {
        let end = if is_finished { End::Finished } else { End::Stopped };
        let rows = found.into_iter().flatten().collect();
        return Ok(Replicate { seed, rows, end });
    }
    let drawn = setup.source().draw(setup.data_seed(seed))?;
    let tasks = setup.tasks();
    let lottery = Lottery {
        net: setup.net(),
        tasks: &tasks,
        training: setup.training(),
        rewind: setup.rewind(),
        train_count: setup.experiment.data.train,
        storage: Storage::Compressed,
    };
    let plan = Plan {
        lottery,
        trajectory: setup.trajectory(),
        network_seed: setup.network_seed(seed).into(),
        training_seed: setup.training_seed(seed).into(),
    };
    let memory = || Some((aligned(lottery.float_count())?, aligned(lottery.word_count())?));
    let (mut floats, mut words) = memory().context(
        "not enough memory for this network and batch; use smaller hidden layers, a smaller batch or fewer --jobs",
    )?;
    let mut imp = Imp::new(plan, &mut floats, &mut words);
    let mut go_on = |_| {
        if stop.load(Ordering::Relaxed) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let mut rows: Vec<Row> = vec![];
    let mut end = End::Finished;
    // Whether the level before was found, so that the lottery has not got there.
    let mut is_behind = false;
    for (level, found) in (0..).zip(found) {
        if let Some(row) = found {
            rows.push(row);
            is_behind = true;
            continue;
        }
        if is_behind {
            let before = Ticket::read(&directory.ticket(seed, level - 1))?;
            let rewind = before.rewind.as_deref().unwrap_or_default();
            imp.resume(level - 1, &before.params, rewind, |weight| before.mask[weight]);
            is_behind = false;
        }
        match setup.machine().next_level(&mut imp, &drawn.parts(), &mut go_on) {
            Some(Outcome::Finished(finished)) => {
                let result = result(&finished, &imp, &drawn);
                let ticket = ticket(setup, &drawn, &imp, seed, level, result.clone());
                ticket.write(&directory.ticket(seed, level))?;
                rows.push(Row::new(seed, level, lottery.net, &tasks, imp.mask(), result));
                watch.level_finished();
            }
            Some(Outcome::NotFinite { level, epoch }) => {
                watch.levels_lost(setup.trajectory().levels() + 1 - level);
                end = End::NotFinite { level, epoch };
                break;
            }
            Some(Outcome::Stopped) => {
                end = End::Stopped;
                break;
            }
            None => break,
        }
    }
    Ok(Replicate { seed, rows, end })
}

/// The row of a level that was finished before; `None` if there is no ticket, or only the start of one.
fn finished(setup: &Setup, path: &Path, seed: u64, level: u32) -> anyhow::Result<Option<Row>> {
    let Some(bytes) = read_if_there(path)? else {
        return Ok(None);
    };
    let place = path.display();
    let ticket = match Ticket::from_bytes(&bytes, &place.to_string()) {
        Ok(ticket) => ticket,
        // What a crash of the machine left holds nothing that could be lost.
        Err(_) if is_cut_short(&bytes) => return Ok(None),
        Err(error) => return Err(error),
    };
    let origin = ticket.origin.as_ref();
    if let Some(origin) = origin
        && origin.digest != setup.digest
    {
        return Err(bad_input!(
            "{place}: this ticket is of another experiment (digest {}, this one is {})",
            shown(&origin.digest),
            setup.digest
        ));
    }
    let result = origin
        .filter(|origin| (origin.seed, origin.level) == (seed, level))
        .and_then(|origin| origin.result.clone());
    let left = ticket.mask.iter().filter(|&&survives| survives).count() as u64;
    let rewinds = matches!(setup.rewind(), tombola::Rewind::Epoch(_));
    let fits = ticket.widths == setup.net().widths()
        && ticket.tasks == setup.ports()
        && left == setup.trajectory().weights_left(level)
        && ticket.rewind.is_some() == rewinds;
    let Some(result) = result.filter(|_| fits) else {
        return Err(bad_input!(
            "{place}: this is not the ticket that seed {seed} has at level {level} of this experiment"
        ));
    };
    let mut bits = vec![0; setup.net().mask_len()];
    let mask = Mask::from_fn(setup.net(), &mut bits, |weight| ticket.mask[weight]);
    Ok(Some(Row::new(
        seed,
        level,
        setup.net(),
        &setup.tasks(),
        &mask,
        result,
    )))
}

/// What was measured at a level.
fn result(level: &Level, imp: &Imp<'_>, drawn: &Drawn) -> LevelResult {
    let test = drawn.parts().test;
    let accuracy = (0..test.task_count())
        .map(|task| f64::from(imp.test_score(task).correct()) / test.sample_count() as f64);
    LevelResult {
        epochs: level.epochs,
        train_loss: level.train_loss,
        validation_loss: level.validation_loss,
        test_loss: level.test_loss,
        accuracy: accuracy.collect(),
    }
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
