//! Writes how the numbers of a report came about: what was done, with what, how it is done again, how it is cited.

use itertools::Itertools;
use maud::{Markup, html};
use tombola::{Init, InitialBiases, InitialWeights};

use super::report::Run;
use crate::report::MAJORITY;
use crate::text::counted;

/// How initial parameters were drawn, and after whom.
fn initialized(init: Init) -> String {
    let weights = match init.weights {
        InitialWeights::KaimingNormal => "after He et al. (2015)",
        InitialWeights::KaimingUniform => "after He et al. (2015), uniformly,",
        InitialWeights::XavierNormal => "after Glorot and Bengio (2010), normally,",
        InitialWeights::XavierUniform => "after Glorot and Bengio (2010)",
        InitialWeights::PyTorch => "as PyTorch's linear layers are,",
    };
    let biases = match init.biases {
        InitialBiases::Zero => "with biases at zero",
        InitialBiases::PyTorch => "with biases as in PyTorch",
    };
    format!("{weights} {biases}")
}

/// The sections at the end of a report.
pub(super) fn methods(run: &Run<'_>) -> Markup {
    let setup = run.setup;
    let experiment = &setup.experiment;
    let canonical = experiment.canonical();
    // Where a file lay changes nothing, so it is not shown: equal runs are equal pages.
    let is_path = |line: &&str| {
        let key = line.split(" = ").next().unwrap_or_default();
        crate::experiment::Kind::file_keys().any(|of_a_file| of_a_file == key)
    };
    let settings = canonical.lines().filter(|line| !is_path(line)).join("\n");
    let version = env!("CARGO_PKG_VERSION");
    let last = experiment.first_seed + u64::from(experiment.seeds) - 1;
    let net = setup.net();
    let losable = if run.reads_files() {
        "input of a column, or output,"
    } else {
        "input or output"
    };
    let is_weighted = experiment
        .data
        .task
        .iter()
        .any(|task| task.dials.loss_weight != 1.0);
    let weighted = if is_weighted { " by their weights" } else { "" };
    html! {
        section aria-labelledby="methods-heading" {
            h2 #methods-heading { "Methods" }
            p {
                "A fully connected network of ReLU units (widths " (net.widths().iter().join("-")) "; "
                (counted(net.weight_count(), "weight")) "), initialized " (initialized(experiment.network.init())) ", learns all tasks \
                 at once; the loss is the mean over samples, summed over tasks" (weighted) ". Iterative magnitude pruning (Frankle and Carbin \
                 2019): a level is trained, of all layers together the weights of least magnitude are pruned, and the rest is rewound. \
                 Everything is computed in 32-bit floats in one fixed order, so that the same seed gives the same bits on every \
                 machine, this page included."
            }
            p {
                "Neurons are nodes, surviving weights edges. A weight is active if it lies on a path from an input to an output; a \
                 subnetwork is a connected component of the active part. A ticket is independent if no subnetwork touches two tasks, \
                 and separated if moreover no " (losable) " is lost. The minimum cut is the least number of active weights whose \
                 removal separates two tasks. A task is solved at an accuracy of " (experiment.solved) " or more, with at most half \
                 the error of always answering the most frequent class (" (MAJORITY) ")."
            }
            p {
                "Levels and tickets are singled out by the validation part; all that is reported is measured on the test part. \
                 Intervals of shares are Wilson's at 95 %; arms share each seed's data, initial weights and dense training, so that \
                 they are compared seed by seed (McNemar's exact test, p values after Holm); what comes first, separation or a loss, is a \
                 competing risk (Aalen and Johansen)."
            }
        }
        section aria-labelledby="again-heading" {
            h2 #again-heading { "Do it again, to the bit" }
            pre tabindex="0" role="region" aria-label="Commands" { "tombola run experiment.toml\ntombola reproduce runs/" (experiment.name) "-" (setup.digest) }
            p.soft {
                "experiment.toml is below; its digest names the run. "
                (counted(experiment.seeds as usize, "seed")) " from " (experiment.first_seed) " to " (last)
                ". Tombola " (version) "; the digest of every level's parameters is in levels.csv."
            }
            h3 { "experiment.toml" }
            pre #experiment tabindex="0" role="region" aria-label="experiment.toml" { (settings) }
            h3 { "How to cite" }
            pre tabindex="0" role="region" aria-label="BibTeX entry" {
                "@software{tombola,\n  title = {Tombola: lottery tickets that are the same bits everywhere},\n  version = {" (version)
                "},\n  note = {Experiment " (experiment.name) ", digest " (setup.digest) ", seeds " (experiment.first_seed) " to " (last) "}\n}"
            }
        }
    }
}
