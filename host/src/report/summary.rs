//! Writes `summary.json`: what a run comes to, for other programs.

use serde_json::{Value, json};

use super::answer::answer;
use super::arms::NotFinite;
use super::crossed::Variance;
use super::evidence::Evidence;
use super::findings::{Best, Findings};
use crate::arm::IMP_NAME;
use crate::results::{Replicate, ticket_name};
use crate::setup::Setup;
use crate::text::visible_json;

/// The JSON text, with a line end. Other programs rely on its keys: a new one is added, none is renamed.
pub fn summary(setup: &Setup, replicates: &[Replicate], findings: &Findings, evidence: &Evidence) -> String {
    let tasks = setup.ports().iter().map(|task| &task.name);
    let not_finite = replicates
        .iter()
        .filter_map(|seed| NotFinite::of(seed.seed, seed.imp()));
    let summary = json!({
        "name": setup.experiment.name,
        "digest": setup.digest,
        "seeds": setup.experiment.seeds,
        "first_seed": setup.experiment.first_seed,
        "widths": setup.net().widths(),
        "tasks": tasks.collect::<Vec<_>>(),
        "solved_from": findings.solves.solved_from,
        "answer": answer(setup.ports(), findings, evidence).join(" ").trim_end(),
        "ever_separated": findings.ever_separated,
        "ever_separated_and_solved": findings.ever_both,
        "first_separated": findings.first_separated,
        "sparsest": findings.sparsest.as_ref().map(|best| sparsest(best, "")),
        "levels": findings.levels,
        "not_finite": not_finite.collect::<Vec<_>>(),
        "singled_out": findings.singled_out().map(|level| level.level),
        "arms": evidence.arms,
        "competing_risks": evidence.risks,
        "equivalence": evidence.equivalence,
        "variance": evidence.variance.as_ref().map(Variance::json),
        "overlaps": evidence.overlaps,
        "majority": findings.majority,
        "truth": evidence.truth,
        "ever_reveals": findings.ever_reveals,
        "ever_reveals_and_solved": findings.ever_reveals_and_solved,
        "first_revealing": findings.first_revealing,
        "stops_on_test": findings.solves.stops_on_test,
    });
    format!("{}\n", visible_json(&format!("{summary:#}")))
}

/// A ticket, whose file lies below `folder`, which is empty or ends with a slash.
pub(crate) fn sparsest(best: &Best, folder: &str) -> Value {
    json!({
        "ticket": format!("{folder}{}", ticket_name(IMP_NAME, best.seed, best.level)),
        "seed": best.seed,
        "level": best.level,
        "weights_left": best.weights_left,
        "active_weights": best.active_weights,
    })
}
