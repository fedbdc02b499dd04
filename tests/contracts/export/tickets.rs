//! The tickets that are exported, the samples they are asked, and what the core answers.

use std::sync::OnceLock;

use rand_core::Rng;
use serde::Deserialize;
use tombola::lanes::{Portable, padded};
use tombola::random::{Normal, Purpose, below, stream, uniform};
use tombola::{Mask, Mlp, kaiming_normal};
use tombola_host::export::form;
use tombola_host::export::program::Program;
use tombola_host::ticket::{Normalization, TaskPorts, Ticket};

use super::SAMPLES;
use crate::golden;
use crate::support::{Ports, random_tasks};

/// A ticket, and how it is asked.
pub(super) struct Case {
    pub(super) name: String,
    pub(super) ticket: Ticket,
    /// The flash that its code may take.
    pub(super) flash: Option<usize>,
    /// One row per sample, raw.
    pub(super) samples: Vec<Vec<f32>>,
}

/// What the core answers to a sample.
pub(super) struct Answer {
    pub(super) logits: Vec<f32>,
    pub(super) classes: Vec<usize>,
}

impl Case {
    fn new(name: String, ticket: Ticket, flash: Option<usize>, rng: &mut impl Rng) -> Self {
        let samples = (0..SAMPLES).map(|_| sample(&ticket, rng)).collect();
        Self {
            name,
            ticket,
            flash,
            samples,
        }
    }

    /// The case with one number a little wrong: the last bias, an output's, which is in every answer.
    pub(super) fn spoiled(&self) -> Self {
        let mut ticket = self.ticket.clone();
        let last = ticket.params.last_mut().expect("a bias");
        // A zero's last bit would drown.
        *last = if *last == 0.0 {
            1e-3
        } else {
            f32::from_bits(last.to_bits() ^ 1)
        };
        Self {
            name: self.name.clone(),
            ticket,
            flash: self.flash,
            samples: self.samples.clone(),
        }
    }

    /// The core's answer to each sample, `None` where some activation is not finite: the core's contract ends there.
    pub(super) fn answers(&self) -> Vec<Option<Answer>> {
        let net = Mlp::new(&self.ticket.widths);
        let (count, stride) = (self.samples.len(), padded(self.samples.len()));
        let mut inputs = vec![0.0; net.batch_len(count)];
        for (number, sample) in self.samples.iter().enumerate() {
            for (input, &x) in sample.iter().enumerate() {
                inputs[input * stride + number] = self.normalized(input, x);
            }
        }
        let mut units = vec![0.0; net.workspace_len(count)];
        net.forward::<Portable>(&self.ticket.params, &inputs, count, &mut units);
        let outputs = units.len() - net.output_count() * stride;
        let answer = |number: usize| {
            let mut numbers = inputs.chunks_exact(stride).chain(units.chunks_exact(stride));
            numbers.all(|unit| unit[number].is_finite()).then(|| {
                let logits = units[outputs..].chunks_exact(stride).map(|unit| unit[number]);
                let logits: Vec<f32> = logits.collect();
                let tasks = self.ticket.tasks.iter();
                let classes = tasks.map(|task| task.as_task().class_of(|output| logits[output]));
                Answer {
                    classes: classes.collect(),
                    logits,
                }
            })
        };
        (0..count).map(answer).collect()
    }

    pub(super) fn normalized(&self, input: usize, x: f32) -> f32 {
        match &self.ticket.normalization {
            Some(by) => by.column(input).apply(x),
            None => x,
        }
    }
}

/// All tickets: every structure of the golden file, and random ones of many shapes, each as straight-line code and
/// with compressed rows.
pub(super) fn all() -> &'static [Case] {
    static ALL: OnceLock<Vec<Case>> = OnceLock::new();
    ALL.get_or_init(|| {
        golden_cases()
            .into_iter()
            .chain(random())
            .chain(shared())
            .collect()
    })
}

#[derive(Deserialize)]
struct Golden {
    widths: Vec<usize>,
    tasks: Vec<Ports>,
    mask: Vec<Vec<u8>>,
}

fn golden_cases() -> Vec<Case> {
    let cases: Vec<Golden> = golden::read("structure.json");
    let case = |(number, case): (usize, Golden)| {
        let mut rng = stream(number as u64, Purpose::Weights);
        let mask = case.mask.concat().into_iter().map(|survives| survives == 1);
        let ticket = ticket(&case.widths, &case.tasks, mask.collect(), &mut rng);
        Case::new(format!("golden structure {number}"), ticket, None, &mut rng)
    };
    cases.into_iter().enumerate().map(case).collect()
}

/// Of 1 to 5 layers, from dense to empty; what happens to be a zombie has a bias.
fn random() -> Vec<Case> {
    let mut made = vec![];
    let mut rng = stream(4, Purpose::Weights);
    for number in 0..60 {
        let layers = 1 + number % 5;
        // Wide ones, too: more columns than a byte counts.
        let most = if number % 15 == 14 { 300 } else { 30 };
        let widths: Vec<usize> = (0..=layers).map(|_| 1 + below(most, &mut rng) as usize).collect();
        let net = Mlp::new(&widths);
        let task_count =
            1 + below(net.input_count().min(net.output_count()).min(6) as u32, &mut rng) as usize;
        let tasks = random_tasks(net, task_count, &mut rng);
        let density = [0.0, 0.03, 0.1, 0.1, 0.3, 1.0][below(6, &mut rng) as usize];
        let density = if net.weight_count() > 5000 { 0.02 } else { density };
        let mask = (0..net.weight_count())
            .map(|_| uniform(&mut rng) < density)
            .collect();
        let ticket = ticket(&widths, &tasks, mask, &mut rng);
        let name = format!("random ticket {number}, {widths:?} at {density}");
        if let Some(flash) = smallest(&ticket) {
            let tight = format!("{name} in {flash} bytes");
            made.push(Case::new(tight, ticket.clone(), Some(flash), &mut rng));
            // Some layers straight, some in rows.
            let looser = format!("{name} in {flash} bytes and a third");
            made.push(Case::new(looser, ticket.clone(), Some(flash * 4 / 3), &mut rng));
        }
        made.push(Case::new(name, ticket, None, &mut rng));
    }
    made
}

/// Whose tasks share inputs: each has some of the others', too.
fn shared() -> Vec<Case> {
    let mut rng = stream(5, Purpose::Weights);
    let mut of = |(number, case): (usize, Case)| {
        let mut ticket = case.ticket;
        for input in 0..ticket.widths[0] {
            for task in &mut ticket.tasks {
                if below(3, &mut rng) == 0 && !task.inputs.contains(&input) {
                    task.inputs.push(input);
                }
            }
        }
        ticket.shares_inputs = true;
        let flash = if number % 2 == 0 { None } else { smallest(&ticket) };
        Case::new(
            format!("{} with shared inputs", case.name),
            ticket,
            flash,
            &mut rng,
        )
    };
    let with_several = random().into_iter().filter(|case| 1 < case.ticket.tasks.len());
    with_several.step_by(4).enumerate().map(&mut of).collect()
}

/// The flash that the smallest form takes, if that has compressed rows.
fn smallest(ticket: &Ticket) -> Option<usize> {
    let program = Program::of(ticket).expect("a program");
    let straight = form::bytes(&program, &form::straight(&program));
    let mut budgets = (0..straight).step_by(64);
    budgets.find(|&flash| form::forms(&program, Some(flash)).is_ok())
}

/// A ticket of this structure with numbers of every kind.
fn ticket(widths: &[usize], tasks: &[Ports], mask: Vec<bool>, rng: &mut impl Rng) -> Ticket {
    let net = Mlp::new(widths);
    let mut normal = Normal::default();
    let mut params = vec![0.0; net.param_count()];
    kaiming_normal(net, &mut params, rng);
    let strange = below(4, rng) == 0;
    for (position, param) in params.iter_mut().enumerate() {
        if net.weight_count() <= position {
            *param = match below(8, rng) {
                0 => 0.0,
                1 => -0.0,
                _ => 0.5 * normal.draw(rng),
            };
        }
        // Zeros and the finest and coarsest numbers survive pruning, too, in a ticket made elsewhere.
        if strange {
            *param = match below(40, rng) {
                0 => 0.0,
                1 => -0.0,
                2 => f32::from_bits(1 + below(9, rng)),
                3 => -f32::MIN_POSITIVE,
                4 => 1e6 * *param,
                5 => 1e-30 * *param,
                _ => *param,
            };
        }
    }
    let mut bits = vec![0; net.mask_len()];
    Mask::from_fn(net, &mut bits, |weight| mask[weight]).apply(&mut params);
    let normalization = match below(4, rng) {
        0 => None,
        kind => Some(
            (0..net.input_count())
                .map(|_| {
                    let shift = match (kind, below(6, rng)) {
                        (1, 0) => 0.0,
                        (1, 1) => f32::from_bits(below(100, rng)),
                        (1, 2) => 1e-20 * normal.draw(rng),
                        _ => normal.draw(rng),
                    };
                    let scale = match (kind, below(6, rng)) {
                        (1, 0) => 1.0,
                        (1, 1) => -2e-8,
                        _ => 0.1 + uniform(rng),
                    };
                    (shift, scale)
                })
                .unzip(),
        ),
    };
    let task = |(number, ports): (usize, &Ports)| {
        // Names that are words of Rust or C, or alike once they are identifiers.
        let names = ["moons", "fn", "a-b", "a_b", "7", "logits"];
        let name = names
            .get(number)
            .map_or(format!("task-{number}"), |name| (*name).to_owned());
        TaskPorts::new(name, ports.inputs.clone(), ports.outputs.clone())
    };
    Ticket {
        mask,
        normalization: normalization.map(|(shift, scale)| Normalization { shift, scale }),
        ..Ticket::new(widths, tasks.iter().enumerate().map(task).collect(), params)
    }
}

/// Inputs of one kind or another: usual ones, and those where arithmetic has its corners.
fn sample(ticket: &Ticket, rng: &mut impl Rng) -> Vec<f32> {
    let mut normal = Normal::default();
    let size = [1.0, 1.0, 1.0, 10.0, 1e-3, 1e-20, 1e-38, 1e9, 1e17, 1e30][below(10, rng) as usize];
    let is_awkward = below(3, rng) == 0;
    (0..ticket.widths[0])
        .map(|input| {
            let shift = ticket.normalization.as_ref().map_or(0.0, |by| by.shift[input]);
            match below(12, rng) {
                0 if is_awkward => 0.0,
                1 if is_awkward => -0.0,
                2 if is_awkward => f32::from_bits(below(1 << 24, rng)),
                3 if is_awkward => -f32::from_bits(1 + below(3, rng)),
                4 if is_awkward => shift,
                5 if is_awkward => f32::from_bits(shift.to_bits() ^ 1),
                _ => size * normal.draw(rng),
            }
        })
        .collect()
}

/// Some of the random ones, for tests that compile often.
pub(super) fn random_few() -> Vec<Case> {
    random().into_iter().step_by(5).collect()
}
