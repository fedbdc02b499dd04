//! Gathers what the script of a report is given: the experiment to draw again, and what the run has of each level.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::report::Run;
use crate::arm::{Arm, IMP_NAME};

/// Bytes of tickets that a page carries at most, where it cannot draw them.
const MOST_CARRIED: usize = 1 << 20;

/// All of it.
///
/// # Errors
/// If a ticket cannot be written.
pub(super) fn payload(run: &Run<'_>) -> anyhow::Result<Value> {
    let setup = run.setup;
    let start = run.ticket.and_then(|ticket| ticket.origin.as_ref());
    let start = json!({
        "seed": start.map_or(setup.experiment.first_seed, |origin| origin.seed),
        "arm": IMP_NAME,
        "level": start.map_or(0, |origin| origin.level),
    });
    Ok(json!({
        // A page that carries tickets draws nothing, and where files lay changes nothing.
        "experiment": (!run.reads_files()).then(|| setup.experiment.canonical()),
        "arms": setup.arms().iter().map(Arm::name).collect::<Vec<_>>(),
        "first_seed": setup.experiment.first_seed,
        "start": start,
        "digests": digests(run),
        "figures": run.figures,
        "tickets": if run.reads_files() { Some(carried(run)?) } else { None },
    }))
}

/// Of each arm and seed, the digests of the parameters, level by level.
fn digests(run: &Run<'_>) -> BTreeMap<String, Vec<Vec<String>>> {
    let mut digests: BTreeMap<String, Vec<Vec<String>>> = BTreeMap::new();
    for replicate in run.replicates {
        for arm in &replicate.arms {
            let of_arm = digests.entry(arm.arm.name().to_owned()).or_default();
            let rows = arm.rows.iter();
            of_arm.push(rows.map(|row| format!("{:016x}", row.params_digest)).collect());
        }
    }
    digests
}

/// The tickets that a page carries: as many as there is room for, the sparsest first.
fn carried(run: &Run<'_>) -> anyhow::Result<Vec<String>> {
    let mut left = MOST_CARRIED;
    let mut carried = vec![];
    for ticket in run.tickets.iter().rev() {
        let file = STANDARD.encode(ticket.to_bytes()?);
        if file.len() <= left {
            left -= file.len();
            carried.push(file);
        }
    }
    Ok(carried)
}
