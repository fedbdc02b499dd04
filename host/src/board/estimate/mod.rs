//! What a ticket takes on a board, in each form that it can have there, estimated before anything is built.
//!
//! Exact is what is no compiler's choice: the kernels in assembly, tables, examples, and the memory of variables. The
//! rest is what each [`Part`](crate::export::parts::Part) of the code takes on a core, which `table` holds as it was
//! measured; the tests build images and hold the estimates against them.

pub mod learning;
mod measured;
mod table;

use std::cmp::Ordering;

use tombola_firmware::boards::{Board, Boot, Reach};

use self::table::Spent;
use super::fit::{Code, EXAMPLES, flash, has_ram, stack_bytes};
use crate::export::assembly;
use crate::export::form::{self, Form};
use crate::export::integer;
use crate::export::parts::{of_floats, of_integers, of_some};
use crate::export::program::Program;
use crate::integer::{Network, Width};

/// How a ticket becomes code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Kernels in assembly, for the Cortex-M4F. Where they have no room, some layers are tables: it is what `flash` builds.
    Assembly,
    /// Rust in straight lines, whatever it takes.
    Rust,
    /// Rust with layers as tables of compressed rows, where those are smaller.
    Rows,
    /// In integers; some layers are tables where there is no room: what `flash --integer` builds.
    Integers(Width),
}

impl Shape {
    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Assembly => "assembly",
            Self::Rust => "rust",
            Self::Rows => "rows",
            Self::Integers(Width::Eight) => "integer 8",
            Self::Integers(Width::Sixteen) => "integer 16",
        }
    }
}

/// A number of instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// How many.
    pub number: u64,
    /// Whether it is that for any input, and no estimate.
    pub is_exact: bool,
}

/// What a ticket takes on a board.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// The board.
    pub board: &'static Board,
    /// As what code.
    pub shape: Shape,
    /// Bytes of flash of the whole program `classify`, with its log, its examples and what starts it.
    pub flash: usize,
    /// Bytes of RAM that its variables take, its handlers, and its stack.
    pub ram: usize,
    /// Bytes of stack that it is given.
    pub stack: usize,
    /// Instructions from raw inputs to classes.
    pub instructions: Option<Count>,
    /// Cycles of that, where there is a model of the core, with a flash that answers at once.
    pub cycles: Option<u64>,
    /// Whether flash and RAM are enough.
    pub fits: bool,
}

/// What is estimated.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// A ticket's program in floats.
    pub program: &'a Program,
    /// And in integers.
    pub networks: &'a [Network],
    /// Whether the samples that are compiled in have labels.
    pub is_labeled: bool,
}

/// Bytes that faults are handled in.
const HANDLERS: usize = 1 << 10;
/// Bytes of variables of a program whose channels are QEMU's.
const QEMU_VARIABLES: usize = 144;
/// And of one with channels for a debug probe.
const PROBE_VARIABLES: usize = 2168;

/// Estimates what a ticket takes on a board as each kind of code that there is for its core, the fastest that fits first.
///
/// # Errors
/// Bad input if the ticket cannot be said as code.
pub fn estimates(wanted: &Wanted<'_>, board: &'static Board) -> anyhow::Result<Vec<Estimate>> {
    of_board(wanted, board, &mut Kernels::new())
}

/// The same for several boards.
///
/// # Errors
/// As of [`estimates`].
pub fn estimates_of_all(
    wanted: &Wanted<'_>,
    boards: impl IntoIterator<Item = &'static Board>,
) -> anyhow::Result<Vec<Vec<Estimate>>> {
    let mut kernels = Kernels::new();
    let boards = boards.into_iter();
    boards
        .map(|board| of_board(wanted, board, &mut kernels))
        .collect()
}

/// What programs take whose groups are kernels, by their forms: to schedule one takes long, and most boards have the same.
type Kernels = Vec<(Vec<Vec<Form>>, Spent)>;

fn of_board(
    wanted: &Wanted<'_>,
    board: &'static Board,
    kernels: &mut Kernels,
) -> anyhow::Result<Vec<Estimate>> {
    let &Wanted {
        program,
        networks,
        is_labeled,
    } = wanted;
    let estimate = |code: &Code<'_>, spent, shape| estimate(code, is_labeled, spent, shape, board);
    let core = table::of(board.core.cpu);
    let floats = Code::Floats(Box::new(program.clone()));
    let mut all = Vec::new();
    if board.core.cpu == "cortex-m4" {
        // What is too large in any form is said to be so with the smallest.
        let forms = form::forms(program, flash(&floats, board)?).unwrap_or_else(|_| form::smallest(program));
        let known = kernels
            .iter()
            .find(|(known, _)| *known == forms)
            .map(|&(_, spent)| spent);
        let spent = known.unwrap_or_else(|| of_kernels(program, &forms));
        if known.is_none() {
            kernels.push((forms, spent));
        }
        all.push(estimate(&floats, spent, Shape::Assembly));
    }
    for (shape, forms) in [
        (Shape::Rust, form::straight(program)),
        (Shape::Rows, form::smallest(program)),
    ] {
        let spent = core.floats.of(&of_floats(program, &forms));
        all.push(estimate(&floats, spent, shape));
    }
    for network in networks {
        let code = Code::Integers(network);
        let forms =
            integer::forms(network, flash(&code, board)?).unwrap_or_else(|_| integer::smallest(network));
        let kind = match network.width {
            Width::Eight => &core.eight,
            Width::Sixteen => &core.sixteen,
        };
        let spent = kind.of(&of_integers(network, &forms));
        let shape = Shape::Integers(network.width);
        all.push(estimate(&code, spent, shape));
    }
    all.sort_by(faster);
    Ok(all)
}

/// Those that fit first, then the fastest; of equals the one that is known exactly, and then the smallest.
fn faster(one: &Estimate, other: &Estimate) -> Ordering {
    let time = |of: &Estimate| of.cycles.or(of.instructions.map(|count| count.number));
    let times = match (time(one), time(other)) {
        (Some(one), Some(other)) => one.cmp(&other),
        _ => Ordering::Equal,
    };
    let fits = other.fits.cmp(&one.fits);
    let is_exact = |of: &Estimate| of.instructions.is_some_and(|count| count.is_exact);
    let exact = is_exact(other).cmp(&is_exact(one));
    fits.then(times).then(exact).then(one.flash.cmp(&other.flash))
}

fn estimate(
    code: &Code<'_>,
    is_labeled: bool,
    spent: Spent,
    shape: Shape,
    board: &'static Board,
) -> Estimate {
    let (program, soft) = match code {
        Code::Floats(program) => (&**program, table::of(board.core.cpu).soft_float),
        Code::Integers(network) => (&network.program, 0),
    };
    let flash = whole(spent.bytes) as usize
        + table::frame(board, program.tasks.len(), is_labeled)
        + soft
        + examples(program, is_labeled)
        + start(board.boot);
    let stack = stack_bytes(code);
    let ram = stack.saturating_add(HANDLERS + variables(board));
    Estimate {
        board,
        shape,
        flash,
        ram,
        stack,
        instructions: Some(Count {
            number: whole(spent.instructions),
            is_exact: spent.is_exact,
        }),
        cycles: spent.cycles.map(whole),
        fits: flash <= board.flash.length as usize && has_ram(stack, board),
    }
}

/// Bytes of a program's variables.
fn variables(board: &Board) -> usize {
    match board.reach {
        Reach::Qemu { .. } => QEMU_VARIABLES,
        Reach::Probe { .. } | Reach::Teensy { .. } => PROBE_VARIABLES,
    }
}

/// What a program takes whose groups in straight lines are kernels.
fn of_kernels(program: &Program, forms: &[Vec<Form>]) -> Spent {
    if let Some(kernel) = assembly::cost(program, forms) {
        let parts = of_some(program, forms, |_| false);
        return table::around_kernel(&program.tasks, &parts).and(kernel);
    }
    // Each has a kernel of its own, but for those with tables.
    let kernels: Vec<_> = assembly::costs(program, forms).collect();
    let parts = of_some(program, forms, |group| kernels[group].is_none());
    let plain = table::of("cortex-m4").floats.of(&parts);
    kernels.into_iter().flatten().fold(plain, Spent::and)
}

fn whole(number: f64) -> u64 {
    number.max(0.0).round() as u64
}

/// What cycles take at a clock, in microseconds.
pub fn micros(cycles: u64, hertz: u32) -> f64 {
    cycles as f64 * 1e6 / f64::from(hertz)
}

/// Bytes of the examples, and of what is said of those with labels.
fn examples(program: &Program, is_labeled: bool) -> usize {
    let inputs = EXAMPLES * program.net().input_count();
    if !is_labeled {
        // The compiler sees that there are none, and drops all that is said of them.
        return inputs;
    }
    // A label is as long as an input.
    let names = program.tasks.iter().map(|task| task.name.len());
    inputs + EXAMPLES * program.tasks.len() + names.sum::<usize>()
}

/// Bytes in flash before the program, or beside it, that start it.
fn start(boot: Boot) -> usize {
    match boot {
        Boot::Core | Boot::Loader => 0,
        Boot::Rp2350 => 20,
        Boot::Rp2040 => 256,
        // The configuration of the flash, and the table of the image.
        Boot::FlexSpi => 512 + 44,
    }
}
