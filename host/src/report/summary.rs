//! `summary.json`: what a run comes to, for other programs.

use serde::Serialize;

use super::answer::answer;
use super::findings::{Best, Findings, FirstSeparated, LevelFindings, SOLVED, Share};
use crate::run::{End, Replicate, Setup, ticket_name};

#[derive(Serialize)]
struct Summary<'a> {
    name: &'a str,
    digest: &'a str,
    seeds: u32,
    first_seed: u64,
    widths: &'a [usize],
    tasks: Vec<&'a str>,
    solved_from: f64,
    answer: String,
    ever_separated: Share,
    ever_separated_and_solved: Share,
    first_separated: Option<FirstSeparated>,
    sparsest: Option<Sparsest>,
    levels: &'a [LevelFindings],
    not_finite: Vec<NotFinite>,
}

#[derive(Serialize)]
struct Sparsest {
    ticket: String,
    #[serde(flatten)]
    best: Best,
}

#[derive(Serialize)]
struct NotFinite {
    seed: u64,
    level: u32,
    epoch: u32,
    reason: String,
}

/// The JSON text, with a line end.
///
/// # Errors
/// None that can happen in memory.
pub fn summary(setup: &Setup, replicates: &[Replicate], findings: &Findings) -> anyhow::Result<String> {
    let not_finite = replicates.iter().filter_map(|replicate| match replicate.end {
        End::NotFinite { level, epoch } => Some(NotFinite {
            seed: replicate.seed,
            level,
            epoch,
            reason: reason(replicate)?,
        }),
        End::Finished | End::Stopped => None,
    });
    let summary = Summary {
        name: &setup.experiment.name,
        digest: &setup.digest,
        seeds: setup.experiment.seeds,
        first_seed: setup.experiment.first_seed,
        widths: setup.net().widths(),
        tasks: setup.ports().iter().map(|task| task.name.as_str()).collect(),
        solved_from: SOLVED,
        answer: answer(setup.ports(), findings),
        ever_separated: findings.ever_separated,
        ever_separated_and_solved: findings.ever_both,
        first_separated: findings.first_separated,
        sparsest: findings.sparsest.map(|best| Sparsest {
            ticket: ticket_name(best.seed, best.level),
            best,
        }),
        levels: &findings.levels,
        not_finite: not_finite.collect(),
    };
    Ok(serde_json::to_string_pretty(&summary)? + "\n")
}

/// Why a seed has fewer levels than were asked for, if that is its own doing.
pub fn reason(replicate: &Replicate) -> Option<String> {
    match replicate.end {
        End::NotFinite { level, epoch } => Some(format!(
            "the loss or a parameter was not finite at level {level} in epoch {epoch}; try a lower training.rate"
        )),
        End::Finished | End::Stopped => None,
    }
}
