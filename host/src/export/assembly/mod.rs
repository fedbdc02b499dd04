//! A Rust module whose sums are assembly for the Cortex-M4F: the same bits in fewer cycles.
//!
//! A compiler takes a sum and a product for instructions whose results are there at once, puts those that need each other
//! side by side, and loads each constant by an instruction of its own. Kernels are scheduled by a model of the
//! [`pipeline`](super::pipeline).
//!
//! The plain form is in the same file, as the module `plain`: it is the reference, and what other cores run. A group with
//! a layer in CSR is plain everywhere; straight-line code is where scheduling pays.
//!
//! In reading order: `lower` makes operations of sums, `schedule` orders them, `registers` allocates registers,
//! `instruction` is what comes out, and `kernel` chooses the fastest way.

mod instruction;
mod kernel;
mod lower;
mod registers;
mod schedule;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use self::kernel::Kernel;
use self::lower::Graph;
use super::about::options;
use super::form::{Form, plan};
use super::layout::lines;
use super::program::{Group, Program};
use super::rust::{ATTRIBUTES, classes, functions, head, whole};
use crate::ticket::Ticket;

/// Where the kernels are compiled: they are Thumb, and floats are passed in registers.
const CORES: &str = "all(target_arch = \"arm\", target_os = \"none\", target_abi = \"eabihf\")";

/// What stands before names that a program may leave out.
const MAY_BE_UNUSED: &str =
    "#[allow(unused_imports, reason = \"who uses a part of this leaves out the rest\")]\n";

const PROMISE: &str = "\
// Same bits as Tombola's core on any CPU, as long as no number on the way is infinite or NaN, as after inputs that
// are: the answer then means nothing. A NaN stays a NaN. No allocator, no panic, no RAM but the stack. Where floats are
// passed in registers, as on thumbv7em-none-eabihf, the functions are assembly, in the order that a Cortex-M4F is
// fastest in; elsewhere, they are those of the module `plain`. An attribute makes them unsafe code in name: what they
// are called with is a reference to an array, and what they return is an array.
";

/// The module that computes `ticket`, as [`rust::source`](super::rust::source) has it, with kernels for the Cortex-M4F.
///
/// # Errors
///
/// [`BadInput`](crate::error::BadInput) if the fields make no ticket, or one that does not fit or cannot be expressed.
pub fn source(ticket: &Ticket, flash: Option<usize>) -> anyhow::Result<String> {
    let (program, forms) = plan(ticket, flash)?;
    let options = options("rust --core cortex-m4f", flash);
    let text = format!(
        "{}{}{}{}{}",
        head(&program, &options, PROMISE),
        choice(&program),
        classes(&program, "f32", "0.0"),
        plain(&program, &forms),
        assembly(&program, &forms),
    );
    Ok(format!("{}\n", text.trim_end()))
}

/// Which form the functions of the module are.
fn choice(program: &Program) -> String {
    let names: Vec<_> = program.groups.iter().map(|group| group.name.clone()).collect();
    let names = lines(std::iter::once("logits".to_owned()).chain(names), 4, 100);
    format!(
        "#[cfg({CORES})]
#[rustfmt::skip]
{MAY_BE_UNUSED}pub use assembly::{{
{names}}};
#[cfg(not({CORES}))]
#[rustfmt::skip]
{MAY_BE_UNUSED}pub use plain::{{
{names}}};

"
    )
}

/// The module of the plain form.
fn plain(program: &Program, forms: &[Vec<Form>]) -> String {
    let text = format!("{}{}", whole(program), functions(program, forms));
    format!(
        "/// The same without assembly: what other cores run, and what the assembly is held against.
#[rustfmt::skip]
pub mod plain {{
use super::{{INPUT_COUNT, OUTPUT_COUNT}};

{}
}}

",
        text.trim_end()
    )
}

fn is_straight(forms: &[Form]) -> bool {
    forms.iter().all(|&form| form == Form::Straight)
}

/// The module of the kernels.
fn assembly(program: &Program, forms: &[Vec<Form>]) -> String {
    let mut text = format!(
        "/// Kernels for the Cortex-M4F.
#[cfg({CORES})]
#[rustfmt::skip]
#[allow(unsafe_code, reason = \"a function whose body is assembly is marked so\")]
mod assembly {{
use super::{{INPUT_COUNT, OUTPUT_COUNT}};

"
    );
    if forms.iter().any(|forms| is_straight(forms)) {
        text += "/// Up to four are returned in registers.
#[repr(C)]
struct Logits<const N: usize>([f32; N]);

";
    }
    if forms.iter().all(|forms| is_straight(forms)) {
        text += &function(
            "logits",
            "The logits of all tasks, from all inputs.",
            ["INPUT_COUNT", "OUTPUT_COUNT"],
            &whole_kernel(program),
        );
    } else {
        text += &whole(program);
    }
    for (group, forms) in program.groups.iter().zip(forms) {
        let sizes = [group.inputs.len(), group.outputs.len()].map(|count| count.to_string());
        if !is_straight(forms) {
            let _ = writeln!(text, "{MAY_BE_UNUSED}pub use super::plain::{};\n", group.name);
            continue;
        }
        text += &function(
            &group.name,
            "A part alone.",
            [&sizes[0], &sizes[1]],
            &group_kernel(program, group),
        );
    }
    format!("{}\n}}\n", text.trim_end())
}

/// What kernels take, exactly: the assembler has no choice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    /// Bytes of flash, constants included.
    pub bytes: usize,
    /// Instructions.
    pub instructions: u64,
    /// Cycles, by the model of the [`pipeline`](super::pipeline).
    pub cycles: u64,
}

/// What the kernel of all groups takes, where all layers are straight-line code.
pub fn cost(program: &Program, forms: &[Vec<Form>]) -> Option<Cost> {
    let all = forms.iter().all(|forms| is_straight(forms));
    all.then(|| whole_kernel(program).cost())
}

/// What the kernels of single groups take, of those that have one, and which those are.
pub fn costs<'a>(program: &'a Program, forms: &'a [Vec<Form>]) -> impl Iterator<Item = Option<Cost>> + 'a {
    let groups = program.groups.iter().zip(forms);
    groups.map(|(group, forms)| is_straight(forms).then(|| group_kernel(program, group).cost()))
}

fn whole_kernel(program: &Program) -> Kernel {
    let groups: Vec<_> = program.groups.iter().collect();
    Kernel::of(&Graph::of(program, &groups, |input| input, |output| output))
}

fn group_kernel(program: &Program, group: &Group) -> Kernel {
    let place = |all: &[usize], one: usize| all.binary_search(&one).expect("it is the group's own");
    Kernel::of(&Graph::of(
        program,
        &[group],
        |input| place(&group.inputs, input),
        |output| place(&group.outputs, output),
    ))
}

/// A function of Rust around a kernel.
fn function(name: &str, doc: &str, [inputs, outputs]: [&str; 2], kernel: &Kernel) -> String {
    let mut text = format!(
        "/// {doc}
{ATTRIBUTES}pub fn {name}(inputs: &[f32; {inputs}]) -> [f32; {outputs}] {{
    #[unsafe(naked)]
    extern \"C\" fn kernel(_inputs: &[f32; {inputs}]) -> Logits<{outputs}> {{
        core::arch::naked_asm!(\"
            .fpu fpv4-sp-d16
"
    );
    for (line, comment) in &kernel.lines {
        let _ = match comment {
            None => writeln!(text, "            {line}"),
            Some(comment) => writeln!(text, "            {line:<32} // {comment}"),
        };
    }
    if !kernel.table.is_empty() {
        text += "            .p2align 2\n        2:\n";
        let words = kernel
            .table
            .iter()
            .map(|number| format!("{:#010x}", number.to_bits()));
        for line in lines(words, 0, 96).lines() {
            let _ = writeln!(text, "            .word {}", line.trim_end_matches(','));
        }
    }
    text += "        \", options(raw))\n    }\n    kernel(inputs).0\n}\n\n";
    text
}
