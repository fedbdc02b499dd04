//! The folder of generated code that a build of the firmware is pointed at.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use tempfile::TempDir;
use tombola::{Mlp, State};
use tombola_firmware::digest::of_bytes;

use crate::predict::Table;
use crate::structure::{anatomy, with_structure};
use crate::ticket::Ticket;

/// Rows that are compiled in.
const EXAMPLES: usize = 32;

/// A folder with a ticket's code and its examples.
#[derive(Debug)]
pub struct Sources {
    folder: TempDir,
    /// What a board with this code in it says its code is.
    pub code: u64,
}

impl Sources {
    /// Writes the folder.
    ///
    /// # Errors
    /// If the ticket cannot be said as code, or the folder not be written.
    pub fn new(ticket: &Ticket, table: &Table) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
        let code = ticket_source(ticket)?;
        let write = |name: &str, text: &str| {
            fs::write(folder.path().join(name), text).context("cannot write to the temporary folder")
        };
        write("ticket.rs", &code)?;
        write("examples.rs", &examples_source(table))?;
        Ok(Self {
            code: of_bytes(code.as_bytes()),
            folder,
        })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A path within the folder for the program that is built.
    pub fn image(&self) -> PathBuf {
        self.folder.path().join("image.elf")
    }
}

/// The first rows of a table as a module of constants: raw inputs, and the classes where there are labels.
pub fn examples_source(table: &Table) -> String {
    let count = table.row_count().min(EXAMPLES);
    let mut text =
        "//! Samples that the ticket is tried on.\n\nuse super::ticket::{INPUT_COUNT, TASK_COUNT};\n\n"
            .to_owned();
    let mut list = |doc: &str, name: &str, kind: &str, row: &dyn Fn(usize) -> String| {
        let _ = writeln!(text, "/// {doc}\npub static {name}: [[{kind}]; {count}] = [");
        for number in 0..count {
            let _ = writeln!(text, "    [{}],", row(number));
        }
        text.push_str("];\n");
    };
    list("Raw inputs, as bits.", "INPUTS", "f32; INPUT_COUNT", &|row| {
        let floats = table.inputs(row).iter().map(|&x| float(x));
        floats.collect::<Vec<_>>().join(", ")
    });
    list(
        "Classes, where they are known.",
        "LABELS",
        "Option<u16>; TASK_COUNT",
        &|row| {
            let labels = table.labels(row).map(|label| match label {
                Some(class) => format!("Some({class})"),
                None => "None".to_owned(),
            });
            labels.collect::<Vec<_>>().join(", ")
        },
    );
    text
}

/// The module that computes a ticket: every weight on the way to an output, in the order of the arithmetic contract.
///
/// # Errors
/// None yet: any ticket can be said in a straight line, if it is short enough.
pub fn ticket_source(ticket: &Ticket) -> anyhow::Result<String> {
    let net = Mlp::new(&ticket.widths);
    let anatomy = anatomy(ticket);
    let is_heard = |layer: usize, unit: usize| {
        with_structure(ticket, |structure| {
            structure.neuron_state(net.first_neuron(layer) + unit) != State::Inactive
        })
    };
    let heard: Vec<Vec<bool>> = (0..ticket.widths.len())
        .map(|layer| {
            (0..ticket.widths[layer])
                .map(|unit| is_heard(layer, unit))
                .collect()
        })
        .collect();
    let names = |letter: &str, count: usize| {
        (0..count)
            .map(|index| format!("{letter}{index}"))
            .collect::<Vec<_>>()
    };
    let tasks: Vec<_> = ticket
        .tasks
        .iter()
        .map(|task| format!("{:?}", task.name))
        .collect();
    let mut text = format!(
        "pub const INPUT_COUNT: usize = {};\npub const OUTPUT_COUNT: usize = {};\npub const TASK_COUNT: usize = {};\n\
         pub const TASK_NAMES: [&str; TASK_COUNT] = [{}];\npub const WEIGHTS_LEFT: usize = {};\n\
         pub const WEIGHTS_ACTIVE: usize = {};\n\nfn relu(z: f32) -> f32 {{\n    if z < 0.0 {{ 0.0 }} else {{ z }}\n}}\n\n\
         pub fn logits(inputs: &[f32; INPUT_COUNT]) -> [f32; OUTPUT_COUNT] {{\n    let [{}] = *inputs;\n",
        net.input_count(),
        net.output_count(),
        ticket.tasks.len(),
        tasks.join(", "),
        anatomy.weights_left,
        anatomy.active_weights,
        names("x", net.input_count()).join(", ")
    );
    for input in (0..net.input_count()).filter(|&input| heard[0][input]) {
        let (shift, scale) = match &ticket.normalization {
            Some(by) => (by.shift[input], by.scale[input]),
            None => (0.0, 1.0),
        };
        writeln!(
            text,
            "    let a0_{input} = (x{input} - {}) * {};",
            float(shift),
            float(scale)
        )?;
    }
    for (number, layer) in net.layers().enumerate() {
        for output in (0..layer.fan_out).filter(|&output| heard[number + 1][output]) {
            let mut sum = format!("{} + 0.0", float(ticket.params[layer.biases.start + output]));
            for input in 0..layer.fan_in {
                let weight = layer.weights.start + output * layer.fan_in + input;
                if ticket.mask[weight] {
                    write!(sum, " + {} * a{number}_{input}", float(ticket.params[weight]))?;
                }
            }
            let is_last = number + 1 == net.layer_count();
            let sum = if is_last { sum } else { format!("relu({sum})") };
            writeln!(text, "    let a{}_{output} = {sum};", number + 1)?;
        }
    }
    let logits = names(&format!("a{}_", net.layer_count()), net.output_count());
    let outputs = names("z", net.output_count());
    writeln!(
        text,
        "    [{}]\n}}\n\npub fn classes(logits: &[f32; OUTPUT_COUNT]) -> [u16; TASK_COUNT] {{\n    let [{}] = *logits;\n    [",
        logits.join(", "),
        outputs.join(", ")
    )?;
    for task in &ticket.tasks {
        match &*task.outputs {
            &[output] => writeln!(text, "        u16::from(z{output} > 0.0),")?,
            task => writeln!(text, "        {},", greatest(task)?)?,
        }
    }
    text += "    ]\n}\n";
    Ok(text)
}

/// A float, as bits.
fn float(x: f32) -> String {
    let bits = x.to_bits();
    format!("f32::from_bits(0x{:04x}_{:04x})", bits >> 16, bits & 0xFFFF)
}

/// The lowest class of the greatest logit, as an expression.
fn greatest(outputs: &[usize]) -> anyhow::Result<String> {
    let mut text = format!("{{ let best = (z{}, 0);", outputs[0]);
    for (class, output) in outputs.iter().enumerate().skip(1) {
        write!(
            text,
            " let best = if best.0 < z{output} {{ (z{output}, {class}) }} else {{ best }};"
        )?;
    }
    text += " best.1 }";
    Ok(text)
}
