//! A kernel: the whole body of a function. Without this module nobody would have compared what the ways to order
//! operations and to hand out registers come to.

use super::instruction::{Arguments, Run};
use super::lower::Graph;
use super::model::{Pipeline, Step};
use super::registers::{self, Code, RETURNED, allocate};
use super::schedule::{self, schedule};

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
        let mut best: Option<((u64, u64), Code)> = None;
        for order in orders(is_small) {
            let order = schedule(graph, order);
            for freedom in freedoms(is_small) {
                let code = allocate(graph, &order, freedom);
                let cost = estimate(&code);
                if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                    best = Some((cost, code));
                }
            }
        }
        let (_, code) = best.expect("there is a way");
        Self::with(graph, &code)
    }

    /// What it takes, by the model, without the call.
    pub(super) fn cost(&self) -> Pipeline {
        let mut pipeline = Pipeline::default();
        for (line, _) in &self.lines {
            let step = Step::parse(line).expect("the model knows the instructions of kernels");
            pipeline.push(&step, line == RETURN);
        }
        pipeline.finish()
    }

    fn with(graph: &Graph, code: &Code) -> Self {
        let arguments = Arguments {
            outputs_in_memory: RETURNED < graph.outputs.len(),
        };
        let mut lines: Vec<(String, Option<String>)> = vec![];
        let mut plain = |text: String| lines.push((text, None));
        let saved = code.registers.saturating_sub(SAVED);
        let frame = match (4 * code.stack).next_multiple_of(8) {
            // What fits the immediate operand of an addition.
            frame @ 0..4096 => frame,
            frame => frame.next_multiple_of(1024),
        };
        if 0 < saved {
            plain(format!("vpush {{{}}}", Run(SAVED, saved)));
        }
        if 0 < frame {
            plain(format!(
                "{} sp, sp, #{frame}",
                if frame < 4096 { "subw" } else { "sub.w" }
            ));
        }
        let body: Vec<_> = code
            .instructions
            .iter()
            .map(|(instruction, value)| (instruction.lines(arguments), *value))
            .collect();
        let count: usize = body.iter().map(|(lines, _)| lines.len()).sum();
        if !code.table.is_empty() {
            if 4 * (count + 4) < NEAR {
                plain("adr.w r2, 2f".to_owned());
            } else {
                plain("movw r2, #:lower16:2f".to_owned());
                plain("movt r2, #:upper16:2f".to_owned());
            }
        }
        let names = names(graph);
        for (body, value) in body {
            let name = value.and_then(|value| names[value].clone());
            let last = body.len() - 1;
            for (place, line) in body.into_iter().enumerate() {
                lines.push((line, name.clone().filter(|_| place == last)));
            }
        }
        let mut plain = |text: String| lines.push((text, None));
        if 0 < frame {
            plain(format!(
                "{} sp, sp, #{frame}",
                if frame < 4096 { "addw" } else { "add.w" }
            ));
        }
        if 0 < saved {
            plain(format!("vpop {{{}}}", Run(SAVED, saved)));
        }
        plain(RETURN.to_owned());
        Self {
            lines,
            table: code.table.clone(),
        }
    }
}

/// What tells codes apart: cycles and instructions of all but what they begin and end with, and registers saved.
fn estimate(code: &Code) -> (u64, u64) {
    let mut pipeline = Pipeline::default();
    for step in code
        .instructions
        .iter()
        .flat_map(|(instruction, _)| instruction.steps())
    {
        pipeline.push(&step, false);
    }
    let pipeline = pipeline.finish();
    let saved = match u64::from(code.registers.saturating_sub(SAVED)) {
        0 => 0,
        saved => 2 * (1 + saved),
    };
    let frame = if code.stack == 0 { 0 } else { 2 };
    (pipeline.cycles + saved + frame, pipeline.instructions)
}

const RETURN: &str = "bx lr";

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

fn orders(is_small: bool) -> Vec<schedule::Freedom> {
    let opens: &[usize] = if is_small { &[1, 2, 3] } else { &[2] };
    let aheads: &[usize] = if is_small { &[1, 2] } else { &[2] };
    let mut orders = vec![];
    for on_demand in [false, true] {
        for eager in [false, true] {
            for &open in opens {
                for &ahead in aheads {
                    orders.push(schedule::Freedom {
                        open,
                        ahead,
                        on_demand,
                        eager,
                    });
                }
            }
        }
    }
    orders
}

fn freedoms(is_small: bool) -> Vec<registers::Freedom> {
    let registers: &[u8] = if is_small {
        &[16, 18, 20, 22, 24, 26, 32]
    } else {
        &[32]
    };
    let batches: &[usize] = if is_small { &[3, 4, 6, 8] } else { &[6] };
    let reserves: &[usize] = if is_small { &[0, 1, 2] } else { &[2] };
    let mut freedoms = vec![];
    for &registers in registers {
        for &batch in batches {
            for &reserve in reserves {
                freedoms.push(registers::Freedom {
                    registers,
                    batch,
                    reserve,
                });
            }
        }
    }
    freedoms
}
