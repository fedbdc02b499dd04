//! Decides which tickets of a run stay on disk, makes them of finished levels, and checks and measures those that are there.

use std::path::Path;

use tombola::{Mask, Mlp, Rewind, digest};

use crate::arm::{Arm, Common, Own, Scores, Trained, alone_weight_count, alone_widths};
use crate::bad_input;
use crate::data::Drawn;
use crate::files::read_if_there;
use crate::results::Row;
use crate::setup::Setup;
use crate::text::shown;
use crate::ticket::{Ticket, is_cut_short};
use crate::train::scores;

/// Reads the ticket of a level that was finished before; `None` if there is none, or only the start of one. `row` is the
/// record of the level, where there is one.
///
/// # Errors
/// If it is not the ticket of this level.
pub(super) fn find(
    setup: &Setup,
    arm: &Arm,
    path: &Path,
    (seed, level): (u64, u32),
    row: Option<&Row>,
) -> anyhow::Result<Option<Ticket>> {
    let Some(bytes) = read_if_there(path)? else {
        return Ok(None);
    };
    let place = path.display();
    let ticket = match Ticket::from_bytes(&bytes, &place.to_string()) {
        Ok(ticket) => ticket,
        // What a crash of the machine left holds nothing that could be lost.
        Err(_) if is_cut_short(&bytes) => return Ok(None),
        // What is to be done with a network from elsewhere is no remedy here.
        Err(error) => {
            let told = error.to_string();
            let what = told.split("; ").next().unwrap_or_default();
            return Err(bad_input!("{what}; move the file away to train the level again"));
        }
    };
    let origin = ticket.origin.as_ref();
    if let Some(origin) = origin
        && origin.digest != setup.digest
    {
        return Err(bad_input!(
            "{place}: this ticket is of another experiment (digest {}, this one is {}); move the file away, or give --out \
             another directory",
            shown(&origin.digest),
            setup.digest
        ));
    }
    let is_of_level = origin.is_some_and(|origin| {
        (origin.seed, origin.level, &origin.arm) == (seed, level, &arm.origin()) && origin.result.is_some()
    });
    if !is_of_level || !fits(setup, arm, level, &ticket) {
        let of = if arm.is_imp() {
            String::new()
        } else {
            format!(" of arm {}", arm.name())
        };
        return Err(bad_input!(
            "{place}: this is not the ticket that seed {seed} has at level {level}{of} of this experiment; \
             move the file away to train the level again"
        ));
    }
    if row.is_some_and(|row| row.params_digest != digest::of_floats(&ticket.params)) {
        return Err(bad_input!(
            "{place}: these are not the parameters that were recorded when the level was finished: the file is \
             damaged; move it away to train the level again"
        ));
    }
    Ok(Some(ticket))
}

fn fits(setup: &Setup, arm: &Arm, level: u32, ticket: &Ticket) -> bool {
    let has_tasks = ticket.tasks.len() == setup.ports().len()
        && std::iter::zip(&ticket.tasks, setup.ports()).all(|(its, ours)| its.is_same(ours));
    if arm.schedule().own == Own::Networks {
        return ticket.widths == alone_widths(setup) && has_tasks;
    }
    let left = ticket.mask.iter().filter(|&&survives| survives).count() as u64;
    let rewinds = matches!(arm.rewind(setup.rewind()), Rewind::Epoch(_));
    ticket.widths == setup.net().widths()
        && has_tasks
        && left == setup.trajectory().weights_left(level)
        && ticket.rewind.is_some() == rewinds
}

/// Checks that a ticket was trained on `drawn`, as far as it tells: a version that fitted the normalization in another way
/// has other rows, which must not stand beside those of this one.
///
/// # Errors
/// Bad input if its normalization is another.
pub(super) fn check_data(path: &Path, ticket: &Ticket, drawn: &Drawn) -> anyhow::Result<()> {
    if ticket.normalization == drawn.normalization {
        return Ok(());
    }
    Err(bad_input!(
        "{}: this ticket normalizes its inputs by other numbers than this version of tombola, which finds those of a \
         file's columns in 64 bits; leave the run as it is, and start it anew with another --out",
        path.display()
    ))
}

/// Measures a ticket again, without training; what only training tells stays empty. `drawn` is the arm's data, `rewired`
/// is [`Trained::rewired`].
///
/// # Errors
/// If memory is short.
pub(super) fn measured_again(
    common: &Common<'_>,
    arm: &Arm,
    drawn: &Drawn,
    ticket: &Ticket,
    rewired: Option<&[u32]>,
) -> anyhow::Result<Row> {
    let setup = common.setup;
    let net = Mlp::new(&ticket.widths);
    let tasks = setup.tasks();
    let origin = ticket.origin.as_ref().expect("a ticket of this run");
    let validation = scores(
        setup.machine(),
        net,
        &tasks,
        &ticket.params,
        drawn.parts().validation,
    )?;
    let scores = Scores {
        result: origin.result.clone().expect("a ticket of this run"),
        validation_accuracy: validation.into_iter().map(|score| score.accuracy).collect(),
        epochs_to_loss: None,
    };
    let mut words = vec![0; net.mask_len()];
    let weight_count = match arm.schedule().own {
        Own::Networks => alone_weight_count(setup),
        _ => net.weight_count(),
    };
    let trained = Trained {
        level: origin.level,
        net,
        tasks: &tasks,
        weight_count,
        mask: &Mask::from_fn(net, &mut words, |weight| ticket.mask[weight]),
        params: &ticket.params,
        initial: ticket.initial.as_deref().unwrap_or_default(),
        initial_seed: ticket.initial_seed,
        rewind_point: ticket.rewind.as_deref(),
        drawn,
        scores: &scores,
        is_shared: false,
        rewired,
    };
    Ok(Row::new(common.seed, arm, &trained, setup, setup.extent()))
}
