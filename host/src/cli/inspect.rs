//! `tombola inspect`: what a ticket's structure says about its tasks, in words, as JSON and as a picture.

use std::fmt::Write as _;
use std::io::Write;
use std::path::PathBuf;

use itertools::Itertools;
use tombola::{Mlp, StateCounts, Verdict};

use super::output::{Output, is_stdout};
use super::table;
use crate::bad_input;
use crate::picture;
use crate::structure::{Anatomy, Subnetwork, anatomy};
use crate::text::{counted, legible, listed, quoted, shown, visible, visible_json};
use crate::ticket::{LevelResult, Ticket, input_names};

/// Look inside a ticket: what is left, which parts are active, and whether it falls apart into its tasks
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tombola inspect runs/NAME/tickets/0-15.safetensors
  tombola inspect 0-15.safetensors --svg ticket.svg       draw it, colored by task
  tombola inspect 0-15.safetensors --json

A weight or neuron is active on a path from an input to an output, inactive where it reaches no output, and a \
zombie where it reaches an output but no input reaches it. A subnetwork is a connected part of what is active. A \
ticket is degraded if an input or output is not active (of images: an output), else separated if no subnetwork touches two tasks, else interconnected. \
Where tasks share an input, it is neither independent nor separated, and has no cut.")]
pub(super) struct Args {
    /// The ticket's file; one made elsewhere needs only weight, bias, mask and metadata
    ticket: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Also draw the ticket, layer by layer, colored by task; - draws it on standard output, and says nothing else
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<()> {
    if args.json && args.svg.as_deref().is_some_and(is_stdout) {
        return Err(bad_input!(
            "--svg - and --json would both go to standard output; name a file for the picture"
        ));
    }
    let output = args.svg.as_ref().map(|path| Output::new(path, [&*args.ticket]));
    let output = output.transpose()?;
    let ticket = Ticket::read(&args.ticket)?;
    let anatomy = anatomy(&ticket);
    if let Some(output) = output {
        output.write(picture::svg(&ticket, true).as_bytes(), out)?;
        if output.is_stdout() {
            return Ok(());
        }
    }
    if args.json {
        writeln!(out, "{}", visible_json(&serde_json::to_string(&anatomy)?))?;
    } else {
        let text = describe(&ticket, &anatomy);
        out.write_all(table::fitted(&visible(&text)).as_bytes())?;
        if let Some(path) = &args.svg {
            writeln!(out, "\nDrawn in {}", visible(&path.display().to_string()))?;
        }
    }
    Ok(())
}

/// The whole answer for a person.
fn describe(ticket: &Ticket, anatomy: &Anatomy) -> String {
    let mut text = format!(
        "{}-weight ticket of a {} network for {}: {}\n\n",
        anatomy.weights_left,
        anatomy.widths.iter().join("-"),
        listed(&anatomy.tasks, "and"),
        anatomy.verdict.name(),
    );
    let of = ticket.mask.len();
    let sparsity = 100.0 * anatomy.sparsity;
    let _ = writeln!(
        text,
        "Weights   {} of {of} left ({sparsity:.1} % pruned): {} active, {} inactive, {} zombie",
        anatomy.weights_left, anatomy.active_weights, anatomy.inactive_weights, anatomy.zombie_weights
    );
    let _ = writeln!(text, "Verdict   {}", verdict(ticket, anatomy));
    if let Some(cut) = cut(anatomy) {
        let _ = writeln!(text, "Cut       {cut}");
    }
    let names = input_names(&ticket.tasks, ticket.widths[0]);
    let lost_inputs = lost(anatomy, 0)
        .into_iter()
        .filter_map(|input| names[input].as_deref());
    let lost_outputs = lost(anatomy, anatomy.layers.len() - 1);
    let lost_outputs = lost_outputs.into_iter().map(|output| output_name(ticket, output));
    if let Some(lost) = some_of(lost_inputs.map(quoted).chain(lost_outputs)) {
        let _ = writeln!(text, "Lost      {lost}");
    }
    if let Some(origin) = &ticket.origin {
        let _ = write!(
            text,
            "Origin    seed {}, level {} of experiment {}",
            origin.seed,
            origin.level,
            shown(&origin.digest)
        );
        if let Some(arm) = &origin.arm {
            let _ = write!(text, ", arm {}", legible(arm, 100));
        }
        if origin.data_seed != origin.seed {
            let _ = write!(text, ", data of seed {}", origin.data_seed);
        }
        text.push('\n');
        if let Some(result) = &origin.result {
            describe_result(&mut text, &anatomy.tasks, result);
        }
    }
    let _ = write!(text, "\n{}\n", layers(ticket, anatomy));
    describe_subnetworks(&mut text, &anatomy.subnetworks, &names);
    text
}

fn describe_result(text: &mut String, tasks: &[String], result: &LevelResult) {
    let accuracies = tasks.iter().zip(&result.accuracy);
    let accuracies = accuracies.format_with(", ", |(task, accuracy), f| {
        f(&format_args!("{task} {accuracy:.4}"))
    });
    let _ = writeln!(text, "Accuracy  {accuracies} (test)");
    let _ = writeln!(
        text,
        "Loss      train {:.4}, validation {:.4}, test {:.4}, after {}",
        result.train_loss,
        result.validation_loss,
        result.test_loss,
        counted(result.epochs as usize, "epoch")
    );
}

fn verdict(ticket: &Ticket, anatomy: &Anatomy) -> String {
    let lost = |layer: usize| anatomy.layers[layer].dead();
    let (inputs, outputs) = (lost(0), lost(anatomy.layers.len() - 1));
    let tasks = if anatomy.tasks.len() == 1 {
        "there is one task".to_owned()
    } else if anatomy.independent {
        "no subnetwork touches two tasks".to_owned()
    } else {
        let joined = anatomy.subnetworks.iter().filter(|part| 1 < part.tasks.len());
        let joined =
            joined.map(|part| format!("{} hang together in one subnetwork", listed(&part.tasks, "and")));
        let shared = ticket.shared_inputs();
        let shared = (!shared.is_empty()).then(|| match &*shared {
            [input] => format!("input {input} belongs to several tasks"),
            inputs => format!("inputs {} belong to several tasks", ranges(inputs)),
        });
        joined.chain(shared).join("; ")
    };
    match anatomy.verdict {
        Verdict::Degraded => {
            let lost = [(inputs, "input"), (outputs, "output")];
            let lost = lost.into_iter().filter(|&(count, _)| 0 < count);
            let lost = lost.map(|(count, name)| counted(count, name)).join(" and ");
            let not = if anatomy.independent { "" } else { "not " };
            format!("degraded, {lost} lost; {not}independent, {tasks}")
        }
        Verdict::Separated => {
            let lost = match inputs {
                0 => "nothing is lost".to_owned(),
                _ => format!(
                    "{} not used, which images may do without",
                    counted(inputs, "input")
                ),
            };
            format!("separated and independent: {lost}, and {tasks}")
        }
        Verdict::Interconnected => format!("interconnected, not independent: {tasks}"),
    }
}

fn cut(anatomy: &Anatomy) -> Option<String> {
    let (tasks, cut) = (listed(&anatomy.tasks, "and"), anatomy.cut?);
    Some(match cut {
        0 => format!("0, nothing joins {tasks}"),
        _ => format!(
            "{cut}, without {} nothing would join {tasks}",
            counted(cut, "weight")
        ),
    })
}

/// A row for each layer of neurons.
fn layers(ticket: &Ticket, anatomy: &Anatomy) -> String {
    let header = "layer,neurons,active,inactive,zombie,weights into it".split(',');
    let net = Mlp::new(&ticket.widths);
    let row = |(layer, counts): (usize, &StateCounts)| {
        let weights = layer.checked_sub(1).map(|below| {
            let mask = &ticket.mask[net.layer(below).weights];
            mask.iter().filter(|&&survives| survives).count()
        });
        vec![
            layer_name(layer, anatomy.layers.len()),
            counts.total().to_string(),
            counts.active.to_string(),
            counts.inactive.to_string(),
            counts.zombie.to_string(),
            weights.map(|count| count.to_string()).unwrap_or_default(),
        ]
    };
    let rows = anatomy.layers.iter().enumerate().map(row);
    let header: Vec<_> = header.map(str::to_owned).collect();
    table::plain(&header, &rows.collect::<Vec<_>>())
}

fn describe_subnetworks(text: &mut String, subnetworks: &[Subnetwork], names: &[Option<String>]) {
    let count = counted(subnetworks.len(), "subnetwork");
    let none = if subnetworks.is_empty() {
        ": nothing is active"
    } else {
        ""
    };
    let _ = writeln!(text, "\n{count}{none}");
    for (index, part) in subnetworks.iter().enumerate() {
        let _ = writeln!(
            text,
            "\n{}. {}: {}, {}",
            index + 1,
            listed(&part.tasks, "and"),
            counted(part.weights, "weight"),
            counted(part.neurons.len(), "neuron")
        );
        for neurons in part.neurons.chunk_by(|a, b| a[0] == b[0]) {
            let units = neurons.iter().map(|neuron| neuron[1]).collect_vec();
            let _ = write!(text, "   layer {}: {}", neurons[0][0], ranges(&units));
            if neurons[0][0] == 0
                && let Some(names) = named(&units, names)
            {
                let _ = write!(text, ", which are {names}");
            }
            text.push('\n');
        }
    }
}

/// The neurons of a layer that are in no subnetwork.
fn lost(anatomy: &Anatomy, layer: usize) -> Vec<usize> {
    let active = anatomy.subnetworks.iter().flat_map(|part| &part.neurons);
    let mut is_active = vec![false; anatomy.widths[layer]];
    for &[of, unit] in active {
        if of == layer {
            is_active[unit] = true;
        }
    }
    (0..is_active.len()).filter(|&unit| !is_active[unit]).collect()
}

/// `output 3 (digits 'seven')`: its task and, where each class has an output, the label of its class.
fn output_name(ticket: &Ticket, output: usize) -> String {
    let of_task = ticket.tasks.iter().find_map(|task| {
        let class = task.outputs.iter().position(|&other| other == output)?;
        Some((task, class))
    });
    let Some((task, class)) = of_task else {
        return format!("output {output}");
    };
    let labels = task.classes.as_ref().filter(|_| 1 < task.outputs.len());
    let label = labels.map(|labels| format!(" {}", quoted(&labels[class])));
    format!("output {output} ({}{})", task.name, label.unwrap_or_default())
}

/// What these inputs are called, if any has a name: some of them.
fn named(inputs: &[usize], names: &[Option<String>]) -> Option<String> {
    some_of(
        inputs
            .iter()
            .filter_map(|&input| names[input].as_deref())
            .map(quoted),
    )
}

/// The first of these, and how many more there are.
fn some_of(names: impl Iterator<Item = String>) -> Option<String> {
    const SHOWN: usize = 8;
    let names: Vec<String> = names.collect();
    let mut shown = names.get(..SHOWN).unwrap_or(&names).to_vec();
    if shown.len() < names.len() {
        shown.push(format!("{} more", names.len() - shown.len()));
    }
    (!shown.is_empty()).then(|| listed(&shown, "and"))
}

/// The name of a layer of neurons.
fn layer_name(layer: usize, layer_count: usize) -> String {
    match layer {
        0 => "0 inputs".to_owned(),
        _ if layer + 1 == layer_count => format!("{layer} outputs"),
        _ => format!("{layer} hidden"),
    }
}

/// Ascending numbers, runs of three and more as ranges: `0 2 5-9`.
fn ranges(numbers: &[usize]) -> String {
    numbers
        .chunk_by(|a, b| a + 1 == *b)
        .map(|run| match (run, run.len()) {
            ([first, .., last], 3..) => format!("{first}-{last}"),
            _ => run.iter().join(" "),
        })
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::{Args, describe, picture, ranges, run};
    use crate::structure::anatomy;
    use crate::structure::tests::{shared, two_tasks};

    #[test]
    fn inputs_are_called_as_their_columns_were() {
        let mut ticket = two_tasks(&[0, 6]);
        ticket.tasks[0].columns = Some(vec!["length\u{202e}".to_owned()]);
        ticket.tasks[1].columns = Some(vec!["width".to_owned()]);
        let text = describe(&ticket, &anatomy(&ticket));
        assert!(
            text.contains("\nLost      'width' and output 1 (circles)\n"),
            "{text}"
        );
        assert!(
            text.contains("layer 0: 0, which are 'length\\u{202e}'\n"),
            "{text}"
        );
    }

    #[test]
    fn a_ticket_is_described_in_words() {
        let ticket = two_tasks(&[0, 3, 6, 10]);
        assert_eq!(
            describe(&ticket, &anatomy(&ticket)),
            "\
4-weight ticket of a 2-3-2 network for moons and circles: separated

Weights   4 of 12 left (66.7 % pruned): 4 active, 0 inactive, 0 zombie
Verdict   separated and independent: nothing is lost, and no subnetwork touches two tasks
Cut       0, nothing joins moons and circles

 layer      neurons  active  inactive  zombie  weights into it
 0 inputs         2       2         0       0
 1 hidden         3       2         1       0                2
 2 outputs        2       2         0       0                2

2 subnetworks

1. moons: 2 weights, 3 neurons
   layer 0: 0
   layer 1: 0
   layer 2: 0

2. circles: 2 weights, 3 neurons
   layer 0: 1
   layer 1: 1
   layer 2: 1
"
        );
    }

    #[test]
    fn what_is_lost_and_what_is_joined_is_said() {
        for (survivors, expected) in [
            (
                &[0, 6][..],
                "degraded, 1 input and 1 output lost; independent, no subnetwork touches two tasks",
            ),
            (
                &[2, 3, 10],
                "degraded, 1 output lost; not independent, moons and circles hang together",
            ),
            (
                &[2, 3, 10],
                "Cut       1, without 1 weight nothing would join moons and circles",
            ),
            (&[], "0 subnetworks: nothing is active"),
        ] {
            let ticket = two_tasks(survivors);
            let text = describe(&ticket, &anatomy(&ticket));
            assert!(text.contains(expected), "{text}\ndoes not say {expected:?}");
        }
    }

    #[test]
    fn a_ticket_whose_tasks_share_inputs_is_described_and_drawn() {
        let mut ticket = two_tasks(&[3, 10]);
        ticket.tasks[1].inputs = vec![0, 1];
        ticket.shares_inputs = true;
        let text = describe(&ticket, &anatomy(&ticket));
        let lost = "degraded, 1 input and 1 output lost; not independent, input 0 belongs to several tasks\nLost      output 0 (moons)\n\n";
        assert!(text.contains(lost), "{text}");
        for ticket in (0..100).map(shared) {
            let text = describe(&ticket, &anatomy(&ticket));
            assert!(
                !text.contains("Cut") || ticket.shared_inputs().is_empty(),
                "{text}"
            );
            picture::tests::check_well_formed(&picture::svg(&ticket, true));
        }
    }

    #[test]
    fn a_picture_is_written_beside_the_answer() {
        let dir = tempfile::tempdir().unwrap();
        let [path, svg] = ["a.safetensors", "a.svg"].map(|name| dir.path().join(name));
        two_tasks(&[0, 3, 6, 10]).write(&path).unwrap();
        let args = Args {
            ticket: path,
            json: true,
            svg: Some(svg.clone()),
        };
        let mut out = Vec::new();
        run(&args, &mut out).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(json["verdict"], "separated");
        assert!(std::fs::read_to_string(svg).unwrap().starts_with("<svg xmlns="));
    }

    #[test]
    fn runs_of_three_become_ranges() {
        assert_eq!(ranges(&[0, 1, 3, 5, 6, 7, 9]), "0 1 3 5-7 9");
        assert_eq!(ranges(&[]), "");
    }
}
