//! Settings against each other: what each of them allows alone, but not together with the rest. Without this a run
//! would start and fail at its first network, or in a count that overflows.

use super::setting::{MOST, Section, list, refused};
use super::{Data, Network, Pruning, Shape, Task, extended_widths};
use crate::bad_input;

/// Checks that the seeds can be counted in 63 bits, as files store them.
pub(super) fn seeds(top: &Section<'_>, seeds: u32, first_seed: u64) -> anyhow::Result<()> {
    let last = first_seed.checked_add(u64::from(seeds));
    match (
        last.is_some_and(|last| i64::try_from(last).is_ok()),
        top.node("first_seed"),
    ) {
        (false, Some(node)) => {
            let most = i64::MAX as u64 - u64::from(seeds);
            Err(refused(
                "first_seed",
                node,
                &format!("with {seeds} seeds it must be at most {most}"),
            ))
        }
        _ => Ok(()),
    }
}

/// Checks the tasks against each other: at least one, and each name once.
pub(super) fn tasks(data: &Section<'_>, tasks: &[Task]) -> anyhow::Result<()> {
    let Some(node) = data.node("task") else {
        return Ok(());
    };
    let nodes = list(node)?;
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

/// Weights and biases of a network of these widths, however many.
fn parameters(widths: &[usize]) -> f64 {
    let layers = widths.windows(2);
    layers.map(|pair| (pair[0] as f64 + 1.0) * pair[1] as f64).sum()
}

/// Checks that the network fits its tasks, as far as they are known before their files are read, and that its
/// parameters can be counted in 31 bits.
pub(super) fn network(
    section: &Section<'_>,
    network: &Network,
    data: &Data,
    pruning: &Pruning,
) -> anyhow::Result<()> {
    let known: Vec<_> = data
        .task
        .iter()
        .map(|task| task.kind.inputs_and_outputs())
        .collect();
    let inputs: usize = known
        .iter()
        .map(|known| known.map_or(1, |(inputs, _)| inputs))
        .sum();
    let outputs: usize = known
        .iter()
        .map(|known| known.map_or(1, |(_, outputs)| outputs))
        .sum();
    let (key, count) = match &network.shape {
        Shape::Hidden(hidden) => {
            let widths = [&[inputs], hidden.as_slice(), &[outputs]].concat();
            ("hidden", parameters(&widths))
        }
        Shape::Extended { base, level } => {
            if let (Some(node), true) = (section.node("base"), known.iter().all(Option::is_some)) {
                let ends = (base.first().copied(), base.last().copied());
                if ends != (Some(inputs), Some(outputs)) {
                    let rule = format!(
                        "must begin with {inputs} and end with {outputs}, the tasks' inputs and outputs"
                    );
                    return Err(refused("network.base", node, &rule));
                }
            }
            let widths = extended_widths(base, pruning.rate.unwrap_or(0.5), *level);
            (
                "extend",
                widths.map_or(f64::INFINITY, |widths| parameters(&widths)),
            )
        }
    };
    match section.node(key) {
        Some(node) if count > MOST as f64 => Err(refused(
            &section.full(key),
            node,
            &format!(
                "that makes a network of more than {MOST} parameters, the most that can be counted: choose fewer or \
                 narrower layers, or a lower extend"
            ),
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, good};

    #[test]
    fn seeds_beyond_63_bits_are_refused() {
        check(
            "first_seed = 9223372036854775807",
            &[],
            &["my.toml:1:14", "first_seed", "with 64 seeds", "5743"],
        );
    }

    #[test]
    fn tasks_are_at_least_one_and_have_a_kind_and_a_name_of_their_own() {
        check(
            "[data]\ntask = []",
            &[],
            &["my.toml:2:8", "at least one [[data.task]]"],
        );
        check(
            "[[data.task]]\nnoise = 0.1",
            &[],
            &["my.toml:1:1", "no kind", "\"moons\", \"circles\""],
        );
        let twice = "[[data.task]]\nkind = \"moons\"\n[[data.task]]\nkind = \"moons\"\n";
        check(
            twice,
            &[],
            &["my.toml:3:1", "two tasks are called 'moons'", "\"moons-2\""],
        );
        check(
            "[[data.task]]\nkind = \"csv\"",
            &[],
            &["my.toml:2:8", "no path", "path = "],
        );
    }

    #[test]
    fn a_network_too_large_to_count_is_refused() {
        check(
            "[network]\nhidden = [100000, 100000]",
            &[],
            &["my.toml:2:10", "parameters", "2147483647", "narrower"],
        );
        check(
            "[network]\nbase = [4, 8, 8, 2]\nextend = 4000000",
            &[],
            &["my.toml:3:10", "parameters"],
        );
        check(
            "[network]\nhidden = [0]",
            &[],
            &["my.toml:2:11", "a width of network.hidden is 0", "from 1 to"],
        );
        check(
            "[network]\nhidden = 32",
            &[],
            &["a list of widths", "hidden = [32, 32]"],
        );
        assert_eq!(good("[network]\nhidden = [46000, 46000]", &[]).seeds, 64);
    }

    #[test]
    fn a_base_network_fits_the_tasks() {
        check(
            "[network]\nbase = [6, 8, 2]\nextend = 1",
            &[],
            &["my.toml:2:8", "begin with 4 and end with 2"],
        );
        let blobs = "[network]\nbase = [2, 8, 3]\nextend = 1\n[[data.task]]\nkind = \"blobs\"\n";
        assert_eq!(good(blobs, &[]).data.task.len(), 1);
        check(
            "[network]\nbase = [4, 2]\nextend = 1",
            &[],
            &["my.toml:2:8", "at least one hidden layer"],
        );
    }
}
