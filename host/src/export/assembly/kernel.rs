//! A kernel, which is the body of a function: the fastest of several ways to order operations and to allocate registers.

use std::collections::HashMap;

use itertools::iproduct;

use super::Cost;
use super::instruction::{Arguments, Instruction, Run};
use super::lower::{Graph, Value};
use super::registers::{self, Code, RETURNED, allocate};
use super::schedule::{self, schedule};
use crate::export::pipeline::{Pipeline, Step};

/// The body of a function.
#[derive(Debug, Clone)]
pub(super) struct Kernel {
    /// Instructions, with a comment where there is something to say.
    pub(super) lines: Vec<(String, Option<String>)>,
    /// The constants that follow the code.
    pub(super) table: Vec<f32>,
}

/// Registers that a function must leave as they are: those from here on.
const SAVED: u8 = 16;
/// How far the address of the table may be from its use: an `adr` reaches 4095 bytes.
const NEAR: usize = 4000;
/// Operations in a kernel that is small enough to try every way.
const SMALL: usize = 600;

impl Kernel {
    /// The fastest that was found for these operations, by the model; of equals, the one with fewer instructions.
    pub(super) fn of(graph: &Graph) -> Self {
        let is_small = graph.operations.len() < SMALL;
        let arguments = Arguments {
            outputs_in_memory: RETURNED < graph.outputs.len(),
        };
        let mut steps = HashMap::new();
        let mut best: Option<((u64, u64), Code)> = None;
        for order in orders(is_small) {
            let order = schedule(graph, order);
            for heuristic in allocations(is_small) {
                let code = allocate(graph, &order, heuristic);
                let cost = estimate(&code, arguments, &mut steps);
                if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                    best = Some((cost, code));
                }
            }
        }
        let (_, code) = best.expect("there is a way");
        Self::with(graph, &code, arguments)
    }

    /// What it takes: all instructions are of four bytes, but those that are listed here.
    pub(super) fn cost(&self) -> Cost {
        const SHORT: [&str; 2] = ["bx lr", "it mi"];
        let length = |line: &str| if SHORT.contains(&line) { 2 } else { 4 };
        let code: usize = self.lines.iter().map(|(line, _)| length(line)).sum();
        let mut pipeline = Pipeline::default();
        for (line, _) in &self.lines {
            let step = Step::parse(line).expect("the model knows what is written here");
            pipeline.push(&step, line == "bx lr");
        }
        let pipeline = pipeline.finish();
        Cost {
            // The table is at a multiple of four, and so is the function's end.
            bytes: code.next_multiple_of(4) + size_of_val(&*self.table),
            instructions: pipeline.instructions,
            cycles: pipeline.cycles,
        }
    }

    fn with(graph: &Graph, code: &Code, arguments: Arguments) -> Self {
        let saved = code.registers.saturating_sub(SAVED);
        let saving = |name: &str| (0 < saved).then(|| format!("{name} {{{}}}", Run(SAVED, saved)));
        // An operand of twelve bits, or one of eight that are shifted.
        let (frame, wide) = match (4 * code.stack).next_multiple_of(8) {
            frame @ 0..4096 => (frame, "w"),
            frame => (frame.next_multiple_of(1024), ".w"),
        };
        let framing = |name: &str| (0 < frame).then(|| format!("{name}{wide} sp, sp, #{frame}"));
        let names = names(graph);
        let of_instruction = |&(instruction, value): &(Instruction, Option<Value>)| {
            let mut lines: Vec<_> = instruction.lines(arguments).into_iter().map(plain).collect();
            if let Some((_, name)) = lines.last_mut() {
                *name = value.and_then(|value| names[value].clone());
            }
            lines
        };
        let body: Vec<_> = code.instructions.iter().flat_map(of_instruction).collect();
        let address: &[&str] = if code.table.is_empty() {
            &[]
        } else if 4 * (body.len() + 4) < NEAR {
            &["adr.w r2, 2f"]
        } else {
            &["movw r2, #:lower16:2f", "movt r2, #:upper16:2f"]
        };
        let before = [saving("vpush"), framing("sub")].into_iter().flatten();
        let before = before.chain(address.iter().map(|&line| line.to_owned()));
        let after = [framing("add"), saving("vpop"), Some("bx lr".to_owned())];
        let after = after.into_iter().flatten();
        Self {
            lines: before.map(plain).chain(body).chain(after.map(plain)).collect(),
            table: code.table.clone(),
        }
    }
}

/// What tells codes apart: cycles and instructions of all but what they begin and end with, and registers saved. `steps`
/// keeps what each instruction does to the pipeline, since most are in many codes.
fn estimate(code: &Code, arguments: Arguments, steps: &mut HashMap<Instruction, Vec<Step>>) -> (u64, u64) {
    let mut pipeline = Pipeline::default();
    for &(instruction, _) in &code.instructions {
        let steps = steps.entry(instruction).or_insert_with(|| {
            let lines = instruction.lines(arguments);
            let step = |line: &String| Step::parse(line).expect("the model knows what is written here");
            lines.iter().map(step).collect()
        });
        for step in steps {
            pipeline.push(step, false);
        }
    }
    let pipeline = pipeline.finish();
    let saved = match u64::from(code.registers.saturating_sub(SAVED)) {
        0 => 0,
        saved => 2 * (1 + saved),
    };
    let frame = if code.stack == 0 { 0 } else { 2 };
    (pipeline.cycles + saved + frame, pipeline.instructions)
}

/// A line without a comment.
fn plain(line: String) -> (String, Option<String>) {
    (line, None)
}

/// What the unit is called that a value completes.
fn names(graph: &Graph) -> Vec<Option<String>> {
    let mut names = vec![None; graph.operations.len()];
    for sum in &graph.sums {
        if let Some(&last) = sum.chain.last() {
            names[last] = Some(sum.name.clone());
        }
    }
    names
}

fn orders(is_small: bool) -> Vec<schedule::Heuristic> {
    let open: &[usize] = if is_small { &[1, 2, 3] } else { &[2] };
    let ahead: &[usize] = if is_small { &[1, 2] } else { &[2] };
    iproduct!([false, true], [false, true], open, ahead)
        .map(|(on_demand, eager, &open, &ahead)| schedule::Heuristic {
            open,
            ahead,
            on_demand,
            eager,
        })
        .collect()
}

fn allocations(is_small: bool) -> Vec<registers::Heuristic> {
    let registers: &[u8] = if is_small {
        &[16, 18, 20, 22, 24, 26, 32]
    } else {
        &[32]
    };
    let batch: &[usize] = if is_small { &[3, 4, 6, 8] } else { &[6] };
    let reserve: &[usize] = if is_small { &[0, 1, 2] } else { &[2] };
    iproduct!(registers, batch, reserve)
        .map(|(&registers, &batch, &reserve)| registers::Heuristic {
            registers,
            batch,
            reserve,
        })
        .collect()
}
