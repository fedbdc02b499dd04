//! What a program's code consists of, counted: from that, sizes and times are estimated before anything is built.
//!
//! A compiler is no function of these counts, but nearly: the same part is compiled to about the same instructions
//! wherever it occurs. What it cannot help is counted in bytes: the tables of compressed sparse rows (CSR).

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Index, IndexMut};

use super::form::{Columns, Form};
use super::halves::provable;
use super::integer;
use super::program::{Group, Program};
use crate::integer::{Network, Row, Source};

/// A part of code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What there is once.
    Frame,
    /// A group, which is a function.
    Group,
    /// A logit, and its place in the answer.
    Output,
    /// A task with one output.
    Logistic,
    /// A task with several,
    Softmax,
    /// and each of them.
    Choice,
    /// An input that straight-line code reads and normalizes, or makes an integer of a float,
    Input,
    /// and takes the middle of its range away from.
    Middle,
    /// An input that is an integer already, or is read as it is.
    Raw,
    /// A product of floats and the sum that takes it.
    Product,
    /// A zombie's constant, added.
    Constant,
    /// A ReLU from half of its sum,
    Half,
    /// and one of the whole.
    Relu,
    /// In integers, a term whose weight is 1 or −1,
    Unit,
    /// another power of two,
    Power,
    /// any other that has eight bits,
    Byte,
    /// or has them after some zeros,
    Shifted,
    /// and any greater one.
    Word,
    /// Such a product, but for a sign, that is there already.
    Again,
    /// A product whose weight other products have, too,
    Shared,
    /// and each such weight.
    Common,
    /// A bias of more than eight bits.
    Bias,
    /// A term whose unit is in no register by then.
    Spilled,
    /// A term whose unit lies far up in the stack.
    Far,
    /// A hidden unit in integers,
    Hidden,
    /// that is shifted,
    Shift,
    /// and clamped.
    Most,
    /// A byte of tables.
    Table,
    /// That there are tables.
    Tables,
    /// The loop over the tables of a hidden layer,
    Loop,
    /// one that another layer has, too,
    SameLoop,
    /// and that of outputs.
    LastLoop,
    /// The loop that fills the array of inputs,
    Fill,
    /// and each of those.
    Filled,
    /// That so many are copied as they are that a function does it.
    Copied,
    /// A row of tables,
    Row,
    /// and a term of one.
    Entry,
    /// A unit that goes to an array by its name, or gets one from there.
    Moved,
    /// An element of such an array.
    Place,
}

impl Part {
    /// How many there are.
    const COUNT: usize = Self::Place as usize + 1;

    /// All of them.
    pub const ALL: [Self; Self::COUNT] = {
        use Part::{
            Again, Bias, Byte, Choice, Common, Constant, Copied, Entry, Far, Fill, Filled, Frame, Group,
            Half, Hidden, Input, LastLoop, Logistic, Loop, Middle, Most, Moved, Output, Place, Power,
            Product, Raw, Relu, Row, SameLoop, Shared, Shift, Shifted, Softmax, Spilled, Table, Tables, Unit,
            Word,
        };
        [
            Frame, Group, Output, Logistic, Softmax, Choice, Input, Middle, Raw, Product, Constant, Half,
            Relu, Unit, Power, Byte, Shifted, Word, Again, Shared, Common, Bias, Spilled, Far, Hidden, Shift,
            Most, Table, Tables, Loop, SameLoop, LastLoop, Fill, Filled, Copied, Row, Entry, Moved, Place,
        ]
    };
}

/// How many of each part.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parts([f64; Part::COUNT]);

impl Index<Part> for Parts {
    type Output = f64;

    fn index(&self, part: Part) -> &f64 {
        &self.0[part as usize]
    }
}

impl IndexMut<Part> for Parts {
    fn index_mut(&mut self, part: Part) -> &mut f64 {
        &mut self.0[part as usize]
    }
}

impl Parts {
    fn of(program: &Program) -> Self {
        let mut parts = Self([0.0; Part::COUNT]);
        parts[Part::Frame] = 1.0;
        for task in &program.tasks {
            match task.outputs.len() {
                1 => parts.add(Part::Logistic, 1),
                count => {
                    parts.add(Part::Softmax, 1);
                    parts.add(Part::Choice, count);
                }
            }
        }
        parts
    }

    fn add(&mut self, part: Part, count: usize) {
        self[part] += count as f64;
    }

    /// Of the tables of a layer: entries and rows, and the bytes of each.
    fn add_tables(&mut self, [entries, rows]: [usize; 2], [entry, row]: [usize; 2]) {
        self[Part::Tables] = 1.0;
        self.add(Part::Table, entries * entry + rows * row);
        self.add(Part::Row, rows);
        self.add(Part::Entry, entries);
    }

    /// The loop over the tables of a hidden layer, which is the same for columns that are alike.
    fn add_loop(&mut self, loops: &mut BTreeSet<(usize, usize)>, columns: Columns, entry: usize) {
        let is_new = loops.insert((columns.padded(), entry));
        self.add(if is_new { Part::Loop } else { Part::SameLoop }, 1);
    }

    /// What is between a layer in straight-line code and one in tables.
    fn add_moves(&mut self, forms: &[Form], layer: usize, columns: Columns, read: usize) {
        let before = layer.checked_sub(1).map(|before| forms[before]);
        match (before, forms[layer]) {
            (Some(Form::Straight), Form::Csr) => {
                self.add(Part::Moved, columns.units);
                self.add(Part::Place, columns.padded());
            }
            (Some(Form::Csr), Form::Csr) => self.add(Part::Place, columns.padded()),
            (Some(Form::Csr), Form::Straight) => {
                self.add(Part::Moved, read);
                self.add(Part::Place, columns.units);
            }
            _ => {}
        }
    }
}

/// The parts of a program in floats, in these forms.
pub fn of_floats(program: &Program, forms: &[Vec<Form>]) -> Parts {
    of_some(program, forms, |_| true)
}

/// The same of the groups that `counts` says, by their index; of the others only what reads their logits.
pub fn of_some(program: &Program, forms: &[Vec<Form>], counts: impl Fn(usize) -> bool) -> Parts {
    let mut parts = Parts::of(program);
    let mut loops = BTreeSet::new();
    for (index, (group, forms)) in program.groups.iter().zip(forms).enumerate() {
        if counts(index) {
            add_group(&mut parts, &mut loops, program, group, forms);
        } else {
            parts.add(Part::Output, group.outputs.len());
        }
    }
    parts
}

fn add_group(
    parts: &mut Parts,
    loops: &mut BTreeSet<(usize, usize)>,
    program: &Program,
    group: &Group,
    forms: &[Form],
) {
    let by = program.normalization_of(group);
    let halves = provable(group, by.as_deref());
    parts.add(Part::Group, 1);
    parts.add(Part::Output, group.outputs.len());
    match forms[0] {
        Form::Straight => {
            let read = group.is_read(0).into_iter().filter(|&is_read| is_read).count();
            parts.add(if by.is_some() { Part::Input } else { Part::Raw }, read);
        }
        Form::Csr => {
            parts.add(Part::Fill, 1);
            parts.add(Part::Filled, group.inputs.len());
            parts.add(Part::Place, Columns::of(group, 0).padded());
            if by.is_some() {
                parts.add(Part::Table, 2 * size_of::<f32>() * group.inputs.len());
            } else if FEW < group.inputs.len() {
                parts[Part::Copied] = 1.0;
            }
        }
    }
    for (layer, (rows, &form)) in group.layers.iter().zip(forms).enumerate() {
        let is_output = group.is_output(layer);
        let columns = Columns::of(group, layer);
        let read = group
            .is_read(layer)
            .into_iter()
            .filter(|&is_read| is_read)
            .count();
        parts.add_moves(forms, layer, columns, read);
        if form == Form::Csr {
            let entries = rows.iter().map(|row| row.terms.len()).sum();
            let sizes = [
                size_of::<f32>() + columns.bytes(),
                size_of::<f32>() + size_of::<u16>(),
            ];
            parts.add_tables([entries, rows.len()], sizes);
            if is_output {
                parts.add(Part::LastLoop, 1);
            } else {
                parts.add_loop(loops, columns, columns.bytes());
            }
            continue;
        }
        for (unit, row) in rows.iter().enumerate() {
            let products = row.units().count();
            parts.add(Part::Product, products);
            parts.add(Part::Constant, row.terms.len() - products);
            if !is_output {
                let part = if halves[layer][unit] {
                    Part::Half
                } else {
                    Part::Relu
                };
                parts.add(part, 1);
            }
        }
    }
}

/// The parts of a network in integers, in these forms.
pub fn of_integers(network: &Network, forms: &[Vec<Form>]) -> Parts {
    let mut parts = Parts::of(&network.program);
    let mut loops = BTreeSet::new();
    for (number, forms) in forms.iter().enumerate() {
        add_integers(&mut parts, &mut loops, network, number, forms);
    }
    parts
}

fn add_integers(
    parts: &mut Parts,
    loops: &mut BTreeSet<(usize, usize)>,
    network: &Network,
    number: usize,
    forms: &[Form],
) {
    let (group, layers) = (&network.program.groups[number], &network.groups[number]);
    parts.add(Part::Group, 1);
    parts.add(Part::Output, group.outputs.len());
    let is_read = integer::is_read(&layers[0], group.inputs.len());
    let inputs = group.inputs.iter().map(|&input| &network.inputs[input]);
    if forms[0] == Form::Csr {
        let has_middle = inputs.clone().any(|input| input.middle != 0);
        let bytes = size_of::<u16>() + if has_middle { 3 } else { 2 } * size_of::<i32>();
        parts.add(Part::Table, bytes * group.inputs.len());
        parts.add(Part::Fill, 1);
        parts.add(Part::Filled, group.inputs.len());
        parts.add(Part::Place, integer::columns(group, layers, 0).padded());
    } else {
        for (input, _) in inputs.zip(&is_read).filter(|&(_, &is_read)| is_read) {
            let part = match input.source {
                Source::Float { .. } => Part::Input,
                Source::Whole { .. } => Part::Raw,
            };
            parts.add(part, 1);
            parts.add(Part::Middle, usize::from(input.middle != 0));
        }
    }
    let mut products: BTreeMap<(usize, usize, u32), usize> = BTreeMap::new();
    let (mut terms, mut units) = (0, 0);
    for (layer, (rows, &form)) in layers.iter().zip(forms).enumerate() {
        let is_output = group.is_output(layer);
        let columns = integer::columns(group, layers, layer);
        let is_read = integer::is_read(rows, columns.units);
        let read = is_read.into_iter().filter(|&is_read| is_read).count();
        parts.add_moves(forms, layer, columns, read);
        if form == Form::Csr {
            let entries = rows.iter().map(|row| row.terms.len()).sum();
            let shift = if is_output { 0 } else { size_of::<u8>() };
            let row = size_of::<i32>() + size_of::<u16>() + shift;
            let entry = integer::entry_bytes(columns, network.width);
            parts.add_tables([entries, rows.len()], [entry, row]);
            if is_output {
                parts.add(Part::LastLoop, 1);
            } else if rows.iter().any(|row| row.most.is_some()) {
                // It has an activation of its own.
                parts.add(Part::Loop, 1);
            } else {
                parts.add_loop(loops, columns, entry);
            }
            continue;
        }
        let count: usize = rows.iter().map(|row| row.terms.len()).sum();
        let spilled = read.saturating_sub(REGISTERS) as f64 / read.max(1) as f64;
        parts[Part::Spilled] += count as f64 * spilled;
        (units, terms) = (units + read, terms + count);
        for row in rows {
            add_row(parts, layer, row, is_output, &mut products);
        }
    }
    let mut weights: BTreeMap<u32, usize> = BTreeMap::new();
    for &(_, _, weight) in products.keys().filter(|(_, _, weight)| !weight.is_power_of_two()) {
        *weights.entry(weight).or_default() += 1;
    }
    let shared = weights.values().filter(|&&count| 1 < count);
    parts.add(Part::Shared, shared.clone().sum());
    parts.add(Part::Common, shared.clone().count());
    // What is used again stays on the stack: units, products and constants, as far as the compiler finds no better place.
    let again = products.values().filter(|&&count| 1 < count).count();
    let words = 0.75 * units as f64 + 0.6 * again as f64 + 0.9 * shared.count() as f64;
    parts[Part::Far] += terms as f64 * (words - NEAR).max(0.0) / words.max(1.0);
}

/// Inputs that are copied one by one.
const FEW: usize = 16;
/// Registers of the smallest cores that units stay in.
const REGISTERS: usize = 4;
/// Words of the stack that these reach with one instruction.
const NEAR: f64 = 255.0;

/// A row of straight-line code.
fn add_row(
    parts: &mut Parts,
    layer: usize,
    row: &Row,
    is_output: bool,
    products: &mut BTreeMap<(usize, usize, u32), usize>,
) {
    for term in &row.terms {
        let weight = term.weight.unsigned_abs();
        if 1 < weight {
            let count = products.entry((layer, term.unit, weight)).or_default();
            *count += 1;
            parts.add(Part::Again, usize::from(1 < *count));
        }
        let part = match weight {
            1 => Part::Unit,
            _ if weight.is_power_of_two() => Part::Power,
            0..256 => Part::Byte,
            _ if weight >> weight.trailing_zeros() < 256 => Part::Shifted,
            _ => Part::Word,
        };
        parts.add(part, 1);
    }
    parts.add(Part::Bias, usize::from(255 < row.bias.unsigned_abs()));
    if !is_output {
        parts.add(Part::Hidden, 1);
        parts.add(Part::Shift, usize::from(0 < row.shift));
        parts.add(Part::Most, usize::from(row.most.is_some()));
    }
}
