//! Settings against each other: what each of them allows alone, but not together with the rest.

use tombola::{Rewind, StopOn};

use super::dials;
use super::settings::{Experiment, Shape, extended_widths};
use super::source::At;
use super::task::Task;
use super::value::MOST;
use crate::bad_input;
use crate::text::counted;
use crate::ticket::input_called;

/// Checks an experiment as it was read from `root`.
///
/// # Errors
/// Bad input, with place and remedy.
pub(super) fn check(root: &At<'_>, experiment: &Experiment) -> anyhow::Result<()> {
    seeds(root, experiment)?;
    tasks(root, experiment)?;
    dials::check(root, experiment)?;
    rewind(root, experiment)?;
    stop_on(root, experiment)?;
    network(root, experiment)
}

/// The message about a setting that does not go with others, if it was given at all.
fn refuse(root: &At<'_>, path: &str, rule: &str) -> anyhow::Result<()> {
    root.find(path).map_or(Ok(()), |at| Err(at.refused(rule)))
}

/// Seeds can be counted in 63 bits, as files store them.
fn seeds(root: &At<'_>, experiment: &Experiment) -> anyhow::Result<()> {
    let seeds = experiment.seeds;
    let most = i64::MAX as u64 - u64::from(seeds);
    if experiment.first_seed <= most {
        return Ok(());
    }
    refuse(
        root,
        "first_seed",
        &format!(
            "with {} it must be at most {most}",
            counted(seeds as usize, "seed")
        ),
    )
}

/// There is a task, and each name once, and no other thing has it.
fn tasks(root: &At<'_>, experiment: &Experiment) -> anyhow::Result<()> {
    let Some(at) = root.find("data.task") else {
        return Ok(());
    };
    let tasks = &experiment.data.task;
    if tasks.is_empty() {
        return Err(bad_input!(
            "{}: there is no task; write at least one [[data.task]] with its kind, or leave data.task out",
            at.place(),
        ));
    }
    let known = tasks.iter().map(|task| task.kind.inputs_and_outputs());
    // Nothing if some are known only once files are read.
    let inputs: Option<usize> = known.map(|known| Some(known?.0)).sum();
    for (index, (at, Task { name, .. })) in at.list()?.zip(tasks).enumerate() {
        if tasks[..index].iter().any(|other| other.name == *name) {
            return Err(bad_input!(
                "{}: two tasks are called '{name}'; give each [[data.task]] a name of its own, such as \
                 name = \"{name}-2\"",
                at.place(),
            ));
        }
        if let Some(input) = input_called(name).filter(|&input| inputs.is_none_or(|inputs| input < inputs)) {
            return Err(bad_input!(
                "{}: a task is called '{name}', as input {input} is in files and figures; give it another name, such as \
                 name = \"task-{input}\"",
                at.place(),
            ));
        }
    }
    Ok(())
}

/// Late rewinding leaves something to train.
fn rewind(root: &At<'_>, experiment: &Experiment) -> anyhow::Result<()> {
    let epochs = experiment.training.epochs;
    match experiment.pruning.rewind {
        Rewind::Epoch(epoch) if epochs <= epoch => refuse(
            root,
            "pruning.rewind.epoch",
            &format!("must be below training.epochs, which is {epochs}, so that something is left to train"),
        ),
        _ => Ok(()),
    }
}

/// A part to stop on is looked at.
fn stop_on(root: &At<'_>, experiment: &Experiment) -> anyhow::Result<()> {
    let training = &experiment.training;
    match (training.stop_on, training.patience) {
        (StopOn::Test, None) => refuse(
            root,
            "training.stop_on",
            "nothing stops early without training.patience: set it, too, such as to 30",
        ),
        _ => Ok(()),
    }
}

/// The network fits its tasks, as far as they are known before their files are read, and its parameters can be counted
/// in 31 bits.
fn network(root: &At<'_>, experiment: &Experiment) -> anyhow::Result<()> {
    let tasks = experiment.data.task.iter();
    let known: Vec<_> = tasks.map(|task| task.kind.inputs_and_outputs()).collect();
    let (inputs, outputs) = known.iter().fold((0, 0), |(inputs, outputs), known| {
        let (more_inputs, more_outputs) = known.unwrap_or((1, 1));
        (inputs + more_inputs, outputs + more_outputs)
    });
    // Inputs that belong to two tasks are counted once.
    let shared = experiment
        .data
        .task
        .iter()
        .map(|task| task.dials.share)
        .sum::<usize>();
    let inputs = inputs - shared;
    let (path, count) = match experiment.network.shape() {
        Shape::Hidden(hidden) => {
            let widths = [&[inputs], hidden, &[outputs]].concat();
            ("network.hidden", parameters(&widths))
        }
        Shape::Extended { base, level } => {
            let [first, _, .., last] = *base else {
                let rule =
                    "must have inputs, at least one hidden layer, and outputs, such as base = [4, 8, 8, 2]";
                return refuse(root, "network.base", rule);
            };
            if (first, last) != (inputs, outputs) && known.iter().all(Option::is_some) {
                let rule =
                    format!("must begin with {inputs} and end with {outputs}, the tasks' inputs and outputs");
                refuse(root, "network.base", &rule)?;
            }
            let Some(rate) = experiment.pruning.rate else {
                let rule =
                    "an extension needs pruning.rate: give it in place of pruning.levels or pruning.target";
                return refuse(root, "network.extend", rule);
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
        root,
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
    use super::super::testing::{good, wrong};

    #[test]
    fn seeds_beyond_63_bits_are_refused() {
        wrong("first_seed = 9223372036854775807 => my.toml:1:14 | first_seed | with 64 seeds | 5743");
    }

    #[test]
    fn tasks_are_at_least_one_and_have_a_kind_and_a_name_of_their_own() {
        wrong(
            r#"
            [data] / task = []          => my.toml:2:8 | at least one [[data.task]]
            [[data.task]] / noise = 0.1 => my.toml:1:1 | no kind | "moons", "circles"
            [[data.task]] / kind = "moons" / [[data.task]] / kind = "moons" => my.toml:3:1 | called 'moons' | "moons-2"
            [[data.task]] / kind = "csv" => my.toml:2:8 | no path | path =
            [[data.task]] / kind = "xor" / name = "x1" => my.toml:1:1 | is called 'x1', as input 1 is | name = "task-1"
            [[data.task]] / kind = "csv" / path = "a.csv" / name = "x70" => is called 'x70', as input 70 is
            "#,
        );
        for name in ["x2", "x", "x01", "x-1", "X0"] {
            let text = format!("[[data.task]]\nkind = \"xor\"\nname = \"{name}\"");
            assert_eq!(good(&text, &[]).task_names(), [name]);
        }
    }

    #[test]
    fn a_network_too_large_to_count_is_refused() {
        wrong(
            "
            [network] / hidden = [100000, 100000]                => my.toml:2:10 | parameters | 2147483647 | narrower
            [network] / base = [4, 8, 8, 2] / extend = 4000000   => my.toml:3:10 | parameters
            [network] / hidden = [0] => my.toml:2:11 | a width of network.hidden is 0 | from 1 to
            [network] / hidden = 32  => a list of widths | hidden = [32, 32]
            ",
        );
        assert_eq!(good("[network]\nhidden = [46000, 46000]", &[]).seeds, 64);
    }

    #[test]
    fn a_base_network_fits_the_tasks() {
        wrong(
            "
            [network] / base = [6, 8, 2] / extend = 1 => my.toml:2:8 | begin with 4 and end with 2
            [network] / base = [4, 2] / extend = 1    => my.toml:2:8 | at least one hidden layer
            ",
        );
        let blobs = "[network]\nbase = [2, 8, 3]\nextend = 1\n[[data.task]]\nkind = \"blobs\"\n";
        assert_eq!(good(blobs, &[]).data.task.len(), 1);
    }

    #[test]
    fn a_rewind_must_lie_within_the_training() {
        wrong(
            "
            [pruning] / rewind = { epoch = 30 } => my.toml:2:20 | below training.epochs, which is 30
            [pruning] / rewind = { epoch = 0 }  => from 1 to
            [pruning] / rewind = {}             => { epoch = 5 }
            ",
        );
        assert_eq!(
            good("[pruning]\nrewind = { epoch = 29 }", &[]).training.epochs,
            30
        );
    }

    #[test]
    fn what_stops_early_is_said_before_what_stops_it() {
        wrong("[training] / stop_on = \"test\" => my.toml:2:11 | training.stop_on | training.patience");
        wrong("[training] / stop_on = \"train\" => my.toml:2:11 | \"validation\"");
        good("[training]\nstop_on = \"validation\"", &[]);
        good("[training]\nstop_on = \"test\"\npatience = 3", &[]);
    }
}
