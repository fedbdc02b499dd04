//! What code takes on a core, from what its parts take.

use tombola_firmware::boards::{Board, Reach};

use super::measured::{M0, M0_PLUS, M4, M7, M33};
use crate::export::assembly;
use crate::export::parts::Part::{Choice, Frame, Logistic, Output, Softmax};
use crate::export::parts::{Part, Parts};
use crate::ticket::TaskPorts;

/// What each part takes.
type Costs = &'static [(Part, f64)];

/// What the parts of code take.
#[derive(Debug)]
pub(super) struct Code {
    pub(super) bytes: Costs,
    pub(super) instructions: Costs,
    /// Empty where there is no model.
    pub(super) cycles: Costs,
}

/// What code takes on a core.
#[derive(Debug)]
pub(super) struct Core {
    pub(super) floats: Code,
    /// In integers of 8 bits,
    pub(super) eight: Code,
    /// and of 16.
    pub(super) sixteen: Code,
    /// Bytes of the functions that compute floats, where the core does not.
    pub(super) soft_float: usize,
}

/// What a piece of code takes, all in all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spent {
    pub(super) bytes: f64,
    pub(super) instructions: f64,
    pub(super) cycles: Option<f64>,
    /// Whether instructions and cycles are those of any input.
    pub(super) is_exact: bool,
}

impl Spent {
    /// With a kernel in it.
    pub(super) fn and(self, kernel: assembly::Cost) -> Self {
        Self {
            bytes: self.bytes + kernel.bytes as f64,
            instructions: self.instructions + kernel.instructions as f64,
            cycles: self.cycles.map(|cycles| cycles + kernel.cycles as f64),
            is_exact: self.is_exact,
        }
    }
}

impl Code {
    /// What these parts take.
    pub(super) fn of(&self, parts: &Parts) -> Spent {
        Spent {
            bytes: sum(self.bytes, parts),
            instructions: sum(self.instructions, parts),
            cycles: (!self.cycles.is_empty()).then(|| sum(self.cycles, parts)),
            is_exact: false,
        }
    }
}

fn sum(costs: Costs, parts: &Parts) -> f64 {
    costs.iter().map(|&(part, cost)| cost * parts[part]).sum()
}

/// What a core is compiled for, and what it takes.
const CORES: &[(&str, &Core)] = &[
    ("cortex-m0", &M0),
    ("cortex-m0plus", &M0_PLUS),
    ("cortex-m4", &M4),
    ("cortex-m33", &M33),
    ("cortex-m7", &M7),
];

/// The core that `-C target-cpu` calls so. One that nothing is known of is taken for a Cortex-M33.
pub(super) fn of(cpu: &str) -> &'static Core {
    let known = CORES.iter().find(|&&(name, _)| name == cpu);
    known.map_or(&M33, |&(_, core)| core)
}

/// Bytes of flash of a program for these many tasks, without a ticket's code, examples and names.
pub(super) fn frame(board: &Board, tasks: usize, is_labeled: bool) -> usize {
    let by_probe = !matches!(board.reach, Reach::Qemu { .. });
    // Of two tasks. RTT is less code on the smallest core than semihosting, and elsewhere about as much.
    let two = match (board.core.cpu, by_probe) {
        ("cortex-m0" | "cortex-m0plus", false) => 6325,
        ("cortex-m0" | "cortex-m0plus", true) => 5375,
        ("cortex-m4", false) => 6785,
        ("cortex-m4", true) => 6815,
        ("cortex-m7", false) => 6880,
        ("cortex-m7", true) => 6945,
        (_, false) => 7740,
        (_, true) => 7705,
    };
    let labels = if is_labeled { 40 } else { 110 + 3 * tasks };
    // A loop over few tasks has no loop in it.
    let frame = match tasks {
        0 | 1 => two - 200,
        2 => two,
        3 => two + 75,
        4 => two + 115,
        _ => two + 90 + 28 * (tasks - 5),
    };
    frame.saturating_sub(labels)
}

/// What stands around a kernel of all groups whose logits are one for each task, up to four: those are in registers.
const AROUND: [Spent; 4] = [
    around(32, 6, 10),
    around(46, 10, 16),
    around(70, 18, 25),
    around(80, 19, 29),
];

const fn around(bytes: u32, instructions: u32, cycles: u32) -> Spent {
    Spent {
        bytes: bytes as f64,
        instructions: instructions as f64,
        cycles: Some(cycles as f64),
        is_exact: true,
    }
}

/// Around a kernel whose logits go by way of memory, or have a softmax.
const AROUND_OTHERS: Code = Code {
    bytes: &[(Frame, 2.5), (Output, 6.8), (Logistic, 21.3), (Softmax, 50.1)],
    instructions: &[(Frame, -3.0), (Output, 7.0), (Logistic, 1.6), (Choice, 5.4)],
    cycles: &[(Frame, -10.0), (Output, 10.9), (Logistic, 2.3), (Choice, 8.6)],
};

/// What stands around a kernel of all groups, of these tasks and these parts.
pub(super) fn around_kernel(tasks: &[TaskPorts], parts: &Parts) -> Spent {
    let is_logistic = tasks.iter().all(|task| task.outputs.len() == 1);
    let known = tasks.len().checked_sub(1).and_then(|index| AROUND.get(index));
    match known {
        Some(&around) if is_logistic => around,
        _ => AROUND_OTHERS.of(parts),
    }
}
