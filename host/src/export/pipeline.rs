//! How many cycles code takes on a Cortex-M4F, by a model of its pipeline. A count of instructions would reward the
//! multiply-accumulate, one instruction of three cycles.
//!
//! The rules are those of GCC's pipeline description of the core (`cortex-m4.md`, `cortex-m4-fpu.md`), with a flash that
//! answers at once and a taken branch of three cycles. A *model*: nothing here was measured on silicon.
//!
//! - One instruction a cycle. The result of a sum, a difference or a product is there after two: an instruction that reads
//!   it right away waits for one.
//! - A load takes two, or one if a single load or store follows; a store one; several words at once one more than there
//!   are words.
//! - Multiply-accumulate takes three and its result a fourth, division and root fourteen, a transfer between the core's
//!   registers and those of floats two.

use std::ops::RangeInclusive;

/// What an instruction does to the pipeline.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Step {
    /// Cycles until the next can begin.
    pub issue: u32,
    /// Cycles more that a following instruction waits if it needs the result.
    pub late: u32,
    /// Single-precision registers that it reads, as bits.
    pub reads: u32,
    /// And writes.
    pub writes: u32,
    /// Whether it is a single load, which the next load or store overlaps.
    pub is_load: bool,
    /// Whether it is a single load or store.
    pub is_access: bool,
}

/// What a taken branch takes.
const BRANCH: u32 = 3;

impl Step {
    /// From a line of assembly: `vadd.f32 s0, s1, s2`. `None` if the instruction is not known.
    pub fn parse(line: &str) -> Option<Self> {
        let line = line.trim();
        let (name, operands) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let name = name.split('.').next().unwrap_or(name);
        // With a condition, too: `vmovmi`.
        Self::of(name, operands.trim()).or_else(|| {
            let plain = |condition| name.strip_suffix(condition);
            Self::of(CONDITIONS.iter().find_map(plain)?, operands.trim())
        })
    }

    /// Of an instruction without type and condition.
    fn of(name: &str, operands: &str) -> Option<Self> {
        let registers = if name.starts_with('v') {
            floats(operands)
        } else {
            vec![]
        };
        let all = registers.iter().fold(0, |bits, register| bits | register);
        let first = registers.first().copied().unwrap_or(0);
        let is_double = operands.starts_with('d');
        // The first operand is written.
        let one = Self {
            issue: 1,
            reads: registers.iter().skip(1).fold(0, |bits, register| bits | register),
            writes: first,
            ..Self::default()
        };
        let several = 1 + all.count_ones();
        let (reading, writing) = ((all, 0), (0, all));
        let moves = |issue: u32, (reads, writes): (u32, u32)| Self {
            issue,
            reads,
            writes,
            ..Self::default()
        };
        Some(match name {
            "vadd" | "vsub" | "vmul" | "vnmul" | "vcvt" | "vcvtr" => Self { late: 1, ..one },
            "vmla" | "vmls" | "vnmla" | "vnmls" | "vfma" | "vfms" | "vfnma" | "vfnms" => Self {
                issue: 3,
                late: 1,
                reads: all,
                ..one
            },
            "vdiv" | "vsqrt" => Self { issue: 14, ..one },
            "vmov" => match operands.split(',').position(is_core_register) {
                None => one,
                Some(0) => moves(2, reading),
                Some(_) => moves(2, writing),
            },
            "vcmp" | "vcmpe" => moves(1, reading),
            "vldr" if is_double => Self { issue: 3, ..one },
            "vstr" if is_double => moves(3, (first, 0)),
            "vldr" | "ldr" | "ldrb" | "ldrh" | "ldrsb" | "ldrsh" => Self {
                is_load: true,
                is_access: true,
                ..one
            },
            "vstr" | "str" | "strb" | "strh" => Self {
                is_access: true,
                ..moves(1, (first, 0))
            },
            "vldm" | "vldmia" | "vldmdb" | "vpop" => moves(several, writing),
            "vstm" | "vstmia" | "vstmdb" | "vpush" => moves(several, reading),
            "ldrd" | "strd" => moves(3, (0, 0)),
            "push" | "pop" | "ldm" | "ldmia" | "ldmdb" | "stm" | "stmia" | "stmdb" => {
                moves(1 + list_len(operands), (0, 0))
            }
            // Two to twelve, by the numbers.
            "udiv" | "sdiv" => moves(12, (0, 0)),
            _ if SHORT.contains(&name) || is_it(name) => one,
            _ => return None,
        })
    }
}

/// Instructions of one cycle, all multiplications of integers among them, and branches, which take more when they are
/// taken.
const SHORT: &[&str] = &[
    "vabs", "vneg", "vmrs", "vmsr", "adc", "adcs", "add", "adds", "addw", "adr", "and", "ands", "asr",
    "asrs", "b", "bfc", "bfi", "bic", "bics", "bl", "blx", "bx", "cbnz", "cbz", "clz", "cmn", "cmp", "eor",
    "eors", "lsl", "lsls", "lsr", "lsrs", "mla", "mls", "mov", "movs", "movt", "movw", "mul", "muls", "mvn",
    "mvns", "neg", "negs", "nop", "orn", "orr", "orrs", "rev", "ror", "rors", "rsb", "rsbs", "sbc", "sbcs",
    "sbfx", "smlabb", "smlal", "smulbb", "smull", "ssat", "sub", "subs", "subw", "sxtb", "sxth", "tbb",
    "tbh", "teq", "tst", "ubfx", "umaal", "umlal", "umull", "usat", "uxtb", "uxth",
];

const CONDITIONS: &[&str] = &[
    "eq", "ne", "cs", "hs", "cc", "lo", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le",
];

fn is_it(name: &str) -> bool {
    name.strip_prefix("it")
        .is_some_and(|rest| rest.len() <= 3 && rest.chars().all(|c| c == 't' || c == 'e'))
}

/// A core register, and no number of one.
fn is_core_register(operand: &str) -> bool {
    let operand = operand.trim();
    matches!(operand, "sp" | "lr" | "pc" | "ip" | "sl" | "fp" | "sb")
        || operand
            .strip_prefix('r')
            .is_some_and(|number| !number.is_empty() && number.bytes().all(|c| c.is_ascii_digit()))
}

/// The single-precision registers of an operand list, one item each; a list in braces is as many.
fn floats(operands: &str) -> Vec<u32> {
    let text = operands.replace(['{', '}'], "");
    let mut registers = vec![];
    for item in text.split(',') {
        let item = item.trim();
        let (from, to) = item.split_once('-').unwrap_or((item, item));
        if let (Some(from), Some(to)) = (float(from), float(to)) {
            registers.extend((*from.start()..=*to.end()).map(|register| 1 << register));
        }
    }
    registers
}

/// `s3` is one register, `d3` two.
fn float(name: &str) -> Option<RangeInclusive<u32>> {
    let name = name.trim();
    let number = |text: &str, most: u32| text.parse().ok().filter(|number: &u32| *number < most);
    if let Some(single) = name.strip_prefix('s').and_then(|text| number(text, 32)) {
        return Some(single..=single);
    }
    let double = name.strip_prefix('d').and_then(|text| number(text, 16))?;
    Some(2 * double..=2 * double + 1)
}

/// How many core registers `{r4, r6-r8, lr}` is.
fn list_len(operands: &str) -> u32 {
    let Some((_, list)) = operands.split_once('{') else {
        return 0;
    };
    let number = |name: &str| name.trim().trim_start_matches('r').parse::<u32>().ok();
    let of_item = |item: &str| match item.split_once('-') {
        None => 1,
        Some((from, to)) => match (number(from), number(to)) {
            (Some(from), Some(to)) => to + 1 - from,
            // `r4-fp` and the like.
            _ => 1,
        },
    };
    list.trim_end_matches('}').split(',').map(of_item).sum()
}

/// A pipeline that instructions go through.
#[derive(Debug, Clone, Default)]
pub struct Pipeline {
    /// Cycles so far.
    pub cycles: u64,
    /// Instructions so far.
    pub instructions: u64,
    /// What the last instruction's result can be waited for: which registers, and how long.
    late: (u32, u32),
    /// Whether the last instruction was a single load, whose second cycle the next may take.
    after_load: bool,
}

impl Pipeline {
    /// The next instruction, and whether it is a branch that is taken.
    pub fn push(&mut self, step: &Step, is_taken: bool) {
        self.instructions += 1;
        if self.after_load && !step.is_access {
            self.cycles += 1;
        }
        let (registers, wait) = self.late;
        if registers & step.reads != 0 {
            self.cycles += u64::from(wait);
        }
        self.cycles += u64::from(step.issue) + u64::from(if is_taken { BRANCH - 1 } else { 0 });
        self.late = (step.writes, step.late);
        self.after_load = step.is_load;
    }

    /// What all of it took.
    #[must_use]
    pub fn finish(mut self) -> Self {
        if self.after_load {
            self.cycles += 1;
            self.after_load = false;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::{Pipeline, Step};

    fn cycles(lines: &[&str]) -> u64 {
        let mut pipeline = Pipeline::default();
        for line in lines {
            pipeline.push(&Step::parse(line).unwrap_or_else(|| panic!("{line}")), false);
        }
        pipeline.finish().cycles
    }

    #[test]
    fn a_result_that_is_read_at_once_is_waited_for() {
        assert_eq!(cycles(&["vmul.f32 s0, s1, s2", "vadd.f32 s3, s3, s0"]), 3);
        assert_eq!(
            cycles(&[
                "vmul.f32 s0, s1, s2",
                "vmul.f32 s4, s1, s2",
                "vadd.f32 s3, s3, s0"
            ]),
            3
        );
        assert_eq!(cycles(&["vabs.f32 s0, s1", "vadd.f32 s0, s0, s1"]), 2);
        assert_eq!(cycles(&["vadd.f32 s0, s0, s1", "vstr s0, [r0]"]), 3);
        assert_eq!(cycles(&["vmla.f32 s0, s1, s2", "vmla.f32 s0, s1, s2"]), 7);
    }

    #[test]
    fn loads_overlap_in_a_run() {
        assert_eq!(cycles(&["vldr s0, [pc, #12]"]), 2);
        assert_eq!(
            cycles(&["vldr s0, [pc, #12]", "vldr s1, [pc, #12]", "ldr r0, [r1]"]),
            4
        );
        assert_eq!(cycles(&["ldr r0, [r1]", "movs r0, r0"]), 3);
        assert_eq!(cycles(&["vldmia r2!, {s3-s7}", "vpush {d8-d9}"]), 6 + 5);
        assert_eq!(cycles(&["push {r4, r6-r8, lr}"]), 6);
    }

    #[test]
    fn flags_and_transfers_are_known() {
        let lines = [
            "vcmp.f32 s0, #0.0",
            "vmrs APSR_nzcv, fpscr",
            "ite gt",
            "movgt r0, #1",
            "vmov r0, s1",
        ];
        assert_eq!(cycles(&lines), 6);
        assert_eq!(Step::parse("frobnicate r0"), None);
    }
}
