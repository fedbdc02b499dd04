//! The instructions that kernels are made of, how the assembler spells them and what they do to the pipeline.

use std::fmt;

use super::lower::Binary;
use crate::export::pipeline::Step;

/// A register of single precision: `s0` to `s31`.
pub(super) type Float = u8;

/// What an address counts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Base {
    /// The array of inputs.
    Inputs,
    /// The array of outputs, where they do not fit registers.
    Outputs,
    /// Spilled values.
    Stack,
}

/// An instruction, or two where an address is out of reach of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Instruction {
    /// `to = a ∘ b`
    Binary(Binary, Float, [Float; 2]),
    /// `to = |a|`
    Absolute { to: Float, a: Float },
    /// `to = a`
    Move { to: Float, a: Float },
    /// `at = zero` where `at` is less than 0: four instructions, since flags go by way of the core.
    Clamp { at: Float, zero: Float },
    /// The next `count` constants of the table, to registers from `first` on.
    Constants { first: Float, count: u8 },
    /// The first `count` inputs, to registers from `first` on.
    Inputs { first: Float, count: u8 },
    /// A register from the word at an index.
    Load { to: Float, base: Base, index: usize },
    /// A register to the word at an index.
    Store { from: Float, base: Base, index: usize },
}

/// The farthest word, and the first beyond, that a load reaches from its base.
pub(super) const REACH: usize = 256;

/// The names of the registers of addresses. Outputs that do not fit registers are a hidden first argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Arguments {
    /// Whether the first argument is where outputs go.
    pub(super) outputs_in_memory: bool,
}

impl Arguments {
    fn base(self, base: Base) -> &'static str {
        match base {
            Base::Inputs if self.outputs_in_memory => "r1",
            Base::Inputs | Base::Outputs => "r0",
            Base::Stack => "sp",
        }
    }
}

impl Instruction {
    /// Its lines of assembly.
    pub(super) fn lines(self, arguments: Arguments) -> Vec<String> {
        let access = |name: &str, register: Float, base: Base, index: usize| {
            let (base, near, far) = (arguments.base(base), index % REACH, index / REACH);
            if far == 0 {
                return vec![format!("{name} s{register}, [{base}, #{}]", 4 * near)];
            }
            vec![
                format!("add.w r12, {base}, #{}", 4 * REACH * far),
                format!("{name} s{register}, [r12, #{}]", 4 * near),
            ]
        };
        match self {
            Self::Binary(operation, to, [a, b]) => {
                let name = match operation {
                    Binary::Subtract => "vsub",
                    Binary::Multiply => "vmul",
                    Binary::Add => "vadd",
                };
                vec![format!("{name}.f32 s{to}, s{a}, s{b}")]
            }
            Self::Absolute { to, a } => vec![format!("vabs.f32 s{to}, s{a}")],
            Self::Move { to, a } => vec![format!("vmov.f32 s{to}, s{a}")],
            Self::Clamp { at, zero } => vec![
                format!("vcmp.f32 s{at}, #0.0"),
                "vmrs apsr_nzcv, fpscr".to_owned(),
                "it mi".to_owned(),
                format!("vmovmi.f32 s{at}, s{zero}"),
            ],
            Self::Constants { first, count } => vec![format!("vldmia r2!, {{{}}}", Run(first, count))],
            Self::Inputs { first, count } => vec![format!(
                "vldmia {}, {{{}}}",
                arguments.base(Base::Inputs),
                Run(first, count)
            )],
            Self::Load { to, base, index } => access("vldr", to, base, index),
            Self::Store { from, base, index } => access("vstr", from, base, index),
        }
    }

    /// What it does to the pipeline: the same as its lines, without the detour.
    pub(super) fn steps(self) -> impl Iterator<Item = Step> {
        let run = |first: Float, count: u8| (((1_u64 << count) - 1) << first) as u32;
        let step = |issue, late, reads, writes| Step {
            issue,
            late,
            reads,
            writes,
            is_load: false,
            is_access: false,
        };
        let other = || step(1, 0, 0, 0);
        let access = |reads, writes, is_load, index| {
            let access = Step {
                is_load,
                is_access: true,
                ..step(1, 0, reads, writes)
            };
            if index < REACH {
                [Some(access), None, None, None]
            } else {
                [Some(other()), Some(access), None, None]
            }
        };
        let only = |step| [Some(step), None, None, None];
        let steps = match self {
            Self::Binary(_, to, [a, b]) => only(step(1, 1, 1 << a | 1 << b, 1 << to)),
            Self::Absolute { to, a } | Self::Move { to, a } => only(step(1, 0, 1 << a, 1 << to)),
            Self::Clamp { at, zero } => [
                Some(step(1, 0, 1 << at, 0)),
                Some(other()),
                Some(other()),
                Some(step(1, 0, 1 << zero, 1 << at)),
            ],
            Self::Constants { first, count } | Self::Inputs { first, count } => {
                only(step(1 + u32::from(count), 0, 0, run(first, count)))
            }
            Self::Load { to, index, .. } => access(0, 1 << to, true, index),
            Self::Store { from, index, .. } => access(1 << from, 0, false, index),
        };
        steps.into_iter().flatten()
    }
}

/// Registers in a row.
pub(super) struct Run(pub(super) Float, pub(super) u8);

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(first, count) = *self;
        match count {
            1 => write!(f, "s{first}"),
            _ => write!(f, "s{first}-s{}", first + count - 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Arguments, Base, Binary, Instruction};
    use crate::export::pipeline::Step;

    #[test]
    fn the_model_reads_in_lines_what_instructions_are() {
        let base = Base::Stack;
        let load = |index| Instruction::Load { to: 4, base, index };
        let store = |index| Instruction::Store { from: 4, base, index };
        for instruction in [
            Instruction::Binary(Binary::Subtract, 1, [2, 3]),
            Instruction::Binary(Binary::Multiply, 1, [2, 2]),
            Instruction::Binary(Binary::Add, 31, [31, 3]),
            Instruction::Absolute { to: 7, a: 8 },
            Instruction::Move { to: 7, a: 8 },
            Instruction::Clamp { at: 9, zero: 30 },
            Instruction::Constants { first: 0, count: 32 },
            Instruction::Constants { first: 5, count: 1 },
            Instruction::Inputs { first: 3, count: 4 },
            load(255),
            load(256),
            store(3),
            store(3000),
        ] {
            for outputs_in_memory in [false, true] {
                let lines = instruction.lines(Arguments { outputs_in_memory });
                let parsed = lines.iter().map(|line| Step::parse(line).expect(line));
                assert!(parsed.eq(instruction.steps()), "{lines:?}");
            }
        }
    }
}
