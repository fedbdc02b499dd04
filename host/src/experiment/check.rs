//! Settings against each other: what each of them allows alone, but not together with the rest.

use tombola::Rewind;

use super::extended_widths;
use super::settings::{Experiment, Shape};
use super::task::list;
use super::tree::Node;
use super::value::{MOST, refused};
use crate::bad_input;

/// Checks an experiment as it was read from `tree`.
///
/// # Errors
/// Bad input, with place and remedy.
pub(super) fn check(tree: &Node, experiment: &Experiment) -> anyhow::Result<()> {
    seeds(tree, experiment)?;
    tasks(tree, experiment)?;
    rewind(tree, experiment)?;
    network(tree, experiment)
}

/// The message about a setting that does not go with others, if it was given at all.
fn refuse(tree: &Node, path: &str, rule: &str) -> anyhow::Result<()> {
    tree.find(path)
        .map_or(Ok(()), |node| Err(refused(path, node, rule)))
}

/// Seeds can be counted in 63 bits, as files store them.
fn seeds(tree: &Node, experiment: &Experiment) -> anyhow::Result<()> {
    let seeds = experiment.seeds;
    let most = i64::MAX as u64 - u64::from(seeds);
    if experiment.first_seed <= most {
        return Ok(());
    }
    refuse(
        tree,
        "first_seed",
        &format!("with {seeds} seeds it must be at most {most}"),
    )
}

/// There is a task, and each name once.
fn tasks(tree: &Node, experiment: &Experiment) -> anyhow::Result<()> {
    let Some(node) = tree.find("data.task") else {
        return Ok(());
    };
    let (nodes, tasks) = (list(node)?, &experiment.data.task);
    if tasks.is_empty() {
        return Err(bad_input!(
            "{}: there is no task; write at least one [[data.task]] with its kind, or leave data.task out",
            node.place,
        ));
    }
    for (index, task) in tasks.iter().enumerate() {
        if tasks[..index].iter().any(|other| other.name == task.name) {
            let (name, place) = (&task.name, &nodes[index].place);
            return Err(bad_input!(
                "{place}: two tasks are called '{name}'; give each [[data.task]] a name of its own, \
                 such as name = \"{name}-2\""
            ));
        }
    }
    Ok(())
}

/// Late rewinding leaves something to train.
fn rewind(tree: &Node, experiment: &Experiment) -> anyhow::Result<()> {
    let epochs = experiment.training.epochs;
    match experiment.pruning.rewind {
        Rewind::Epoch(epoch) if epochs <= epoch => refuse(
            tree,
            "pruning.rewind.epoch",
            &format!("must be below training.epochs, which is {epochs}, so that something is left to train"),
        ),
        _ => Ok(()),
    }
}

/// The network fits its tasks, as far as they are known before their files are read, and its parameters can be counted
/// in 31 bits.
fn network(tree: &Node, experiment: &Experiment) -> anyhow::Result<()> {
    let tasks = experiment.data.task.iter();
    let known: Vec<_> = tasks.map(|task| task.kind.inputs_and_outputs()).collect();
    let (inputs, outputs) = known.iter().fold((0, 0), |(inputs, outputs), known| {
        let (more_inputs, more_outputs) = known.unwrap_or((1, 1));
        (inputs + more_inputs, outputs + more_outputs)
    });
    let (path, count) = match experiment.network.shape() {
        Shape::Hidden(hidden) => {
            let widths = [&[inputs], hidden, &[outputs]].concat();
            ("network.hidden", parameters(&widths))
        }
        Shape::Extended { base, level } => {
            let [first, _, .., last] = *base else {
                let place = tree.find("network.base").map(|node| node.place.to_string());
                return Err(bad_input!(
                    "{}: network.base must have inputs, at least one hidden layer, and outputs, such as \
                     base = [4, 8, 8, 2]",
                    place.unwrap_or_default(),
                ));
            };
            if (first, last) != (inputs, outputs) && known.iter().all(Option::is_some) {
                let rule =
                    format!("must begin with {inputs} and end with {outputs}, the tasks' inputs and outputs");
                refuse(tree, "network.base", &rule)?;
            }
            let Some(rate) = experiment.pruning.rate else {
                let rule =
                    "an extension needs pruning.rate: give it in place of pruning.levels or pruning.target";
                return refuse(tree, "network.extend", rule);
            };
            let widths = extended_widths(base, rate, level);
            let count = widths.map_or(f64::INFINITY, |widths| parameters(&widths));
            ("network.extend", count)
        }
    };
    if count <= MOST as f64 {
        return Ok(());
    }
    refuse(
        tree,
        path,
        &format!(
            "that makes a network of more than {MOST} parameters, the most that can be counted: choose fewer or \
             narrower layers, or a lower extend"
        ),
    )
}

/// Weights and biases of a network of these widths, however many.
fn parameters(widths: &[usize]) -> f64 {
    let layers = widths.windows(2);
    layers.map(|pair| (pair[0] as f64 + 1.0) * pair[1] as f64).sum()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, good, wrong};

    #[test]
    fn seeds_beyond_63_bits_are_refused() {
        wrong(
            "first_seed = 9223372036854775807",
            "my.toml:1:14 | first_seed | with 64 seeds | 5743",
        );
    }

    #[test]
    fn tasks_are_at_least_one_and_have_a_kind_and_a_name_of_their_own() {
        wrong("[data]\ntask = []", "my.toml:2:8 | at least one [[data.task]]");
        wrong(
            "[[data.task]]\nnoise = 0.1",
            "my.toml:1:1 | no kind | \"moons\", \"circles\"",
        );
        let twice = "[[data.task]]\nkind = \"moons\"\n[[data.task]]\nkind = \"moons\"\n";
        check(
            twice,
            &[],
            &["my.toml:3:1", "two tasks are called 'moons'", "\"moons-2\""],
        );
        wrong("[[data.task]]\nkind = \"csv\"", "my.toml:2:8 | no path | path = ");
    }

    #[test]
    fn a_network_too_large_to_count_is_refused() {
        wrong(
            "[network]\nhidden = [100000, 100000]",
            "my.toml:2:10 | parameters | 2147483647 | narrower",
        );
        wrong(
            "[network]\nbase = [4, 8, 8, 2]\nextend = 4000000",
            "my.toml:3:10 | parameters",
        );
        wrong(
            "[network]\nhidden = [0]",
            "my.toml:2:11 | a width of network.hidden is 0 | from 1 to",
        );
        wrong("[network]\nhidden = 32", "a list of widths | hidden = [32, 32]");
        assert_eq!(good("[network]\nhidden = [46000, 46000]", &[]).seeds, 64);
    }

    #[test]
    fn a_base_network_fits_the_tasks() {
        wrong(
            "[network]\nbase = [6, 8, 2]\nextend = 1",
            "my.toml:2:8 | begin with 4 and end with 2",
        );
        let blobs = "[network]\nbase = [2, 8, 3]\nextend = 1\n[[data.task]]\nkind = \"blobs\"\n";
        assert_eq!(good(blobs, &[]).data.task.len(), 1);
        wrong(
            "[network]\nbase = [4, 2]\nextend = 1",
            "my.toml:2:8 | at least one hidden layer",
        );
    }
}
