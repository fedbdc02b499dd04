//! The instructions that kernels are made of, and how the assembler spells them.

use std::fmt;

use super::lower::Binary;

/// A register of single precision: `s0` to `s31`.
pub(super) type Float = u8;

/// What an address counts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Base {
    /// The array of inputs.
    Inputs,
    /// The array of outputs, where they do not fit registers.
    Outputs,
    /// Spilled values.
    Stack,
}

/// An instruction, or two where an address is out of reach of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
