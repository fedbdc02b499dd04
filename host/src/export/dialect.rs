//! The functions of a program, walked once for all programming languages; a [`Dialect`] spells what the walk meets.
//!
//! In any language, units and inputs have names (`h1_0`, `x0`) where straight-line code reads them and lie in arrays
//! (`h1`, `x`) where a loop over compressed sparse rows (CSR) does.

use itertools::Itertools;
use tombola::data::Normalization;

use super::about::listed;
use super::form::{Columns, Form};
use super::halves::{halved, provable};
use super::layout::statement;
use super::names::unit_name;
use super::program::{Group, Program, Row, Term};

/// The type of a table's elements.
#[derive(Debug, Clone, Copy)]
pub(super) enum Element {
    F32,
    U16,
    U8,
    I32,
    I16,
}

/// What makes a unit of its sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Activation {
    /// That of outputs.
    Identity,
    Relu,
    /// A ReLU that is given half of the sum, see [`halves`](super::halves).
    ReluOfHalf,
}

/// A layer of a group, and what reads its units.
pub(super) struct Layer<'a> {
    pub(super) group: &'a Group,
    pub(super) index: usize,
    /// The form of the layer after it.
    pub(super) next: Option<Form>,
}

impl Layer<'_> {
    pub(super) fn rows(&self) -> &[Row] {
        &self.group.layers[self.index]
    }

    pub(super) fn is_output(&self) -> bool {
        self.group.is_output(self.index)
    }

    /// The array that the layer reads in CSR.
    pub(super) fn source(&self) -> String {
        array_name(self.index)
    }

    /// The array that its units go to.
    pub(super) fn target(&self) -> String {
        array_name(self.index + 1)
    }

    /// The columns of the layer after it.
    pub(super) fn next_columns(&self) -> Columns {
        Columns::of(self.group, self.index + 1)
    }

    fn activation(&self) -> Activation {
        if self.is_output() {
            Activation::Identity
        } else {
            Activation::Relu
        }
    }
}

/// The array of all units before `layer`.
pub(super) fn array_name(layer: usize) -> String {
    match layer {
        0 => "x".to_owned(),
        _ => format!("h{layer}"),
    }
}

/// A programming language, as far as computing a ticket needs it. What methods return are whole lines, if not said
/// otherwise.
pub(super) trait Dialect {
    /// What a line of documentation begins with.
    const DOC: &'static str;
    /// Whether a ReLU is computed from half of its sum where that is exact.
    const HALVES: bool;

    /// The literal of a finite number, without its sign.
    fn magnitude(&self, value: f32) -> String;

    /// A task's name in documentation.
    fn task(&self, name: &str) -> String;

    /// The first line of a function on arrays of these lengths.
    fn open(&self, name: &str, reads_inputs: bool, lengths: [&str; 2]) -> String;

    /// The names of what straight-line code reads of the array before `layer`: inputs, normalized, or units.
    fn name_units(&self, layer: usize, is_read: &[bool], by: Option<&[Normalization]>) -> String;

    /// The array of inputs that CSR reads, from those of the function; with tables `shift` and `scale` in scope if
    /// they are to be normalized.
    fn fill_inputs(&self, is_normalized: bool, count: usize) -> String;

    /// What stands before and after the sum of a unit, as parts of a line.
    fn assign(&self, layer: &Layer<'_>, unit: usize, activation: Activation) -> [String; 2];

    /// The array `name` for CSR to read, with a last element of 1 if the columns count one.
    fn array(&self, name: &str, columns: Columns) -> String;

    /// The array that CSR reads, of units by their names.
    fn gather(&self, name: &str, units: Vec<String>, columns: Columns) -> String;

    /// A constant table.
    fn table(&self, name: &str, of: Element, items: Vec<String>) -> String;

    /// The array that the units of a layer in CSR go to, if it is not there yet.
    fn result(&self, layer: &Layer<'_>) -> String;

    /// The loop over the tables `biases`, `counts`, `columns` and `weights` of a layer.
    fn csr_loop(&self, layer: &Layer<'_>, activation: Activation) -> String;

    /// What a function ends with: `last` is the form of the layer of its outputs.
    fn end(&self, group: &Group, last: Form) -> String;

    /// The body of the function that calls those of all groups.
    fn calls(&self, program: &Program) -> String;

    /// The literal of a finite number.
    fn literal(&self, value: f32) -> String {
        let sign = if value.is_sign_negative() { "-" } else { "" };
        format!("{sign}{}", self.magnitude(value))
    }

    /// `+ 0.5` or `- 0.5`, as part of a line. Taking a product away is adding its negative: the sign takes no part in
    /// rounding, and where either is ±0, so is the other.
    fn added(&self, value: f32) -> String {
        let sign = if value.is_sign_negative() { '-' } else { '+' };
        format!("{sign} {}", self.magnitude(value))
    }

    /// `(x − shift) · scale`, as part of a line.
    fn normalized(&self, x: &str, by: Normalization) -> String {
        format!("({x} {}) * {}", self.added(-by.shift), self.literal(by.scale))
    }
}

/// What the functions of groups call.
#[derive(Debug, Default)]
pub(super) struct Used {
    pub(super) relu: bool,
    pub(super) relu_of_half: bool,
    pub(super) csr: bool,
}

impl Used {
    fn note(&mut self, activation: Activation) {
        self.relu |= activation == Activation::Relu;
        self.relu_of_half |= activation == Activation::ReluOfHalf;
    }
}

/// The functions of all groups, each in the forms of its layers, and what they call.
pub(super) fn functions(dialect: &impl Dialect, program: &Program, forms: &[Vec<Form>]) -> (String, Used) {
    let mut used = Used::default();
    let of_group = |(group, forms): (&Group, &Vec<Form>)| function(dialect, program, group, forms, &mut used);
    let text = program.groups.iter().zip(forms).map(of_group).collect();
    (text, used)
}

fn function<D: Dialect>(
    dialect: &D,
    program: &Program,
    group: &Group,
    forms: &[Form],
    used: &mut Used,
) -> String {
    let names = group
        .tasks
        .iter()
        .map(|&task| dialect.task(&program.tasks[task].name));
    let is_read = group.is_read(0);
    let reads_inputs = forms[0] == Form::Csr || is_read.contains(&true);
    let lengths = [group.inputs.len(), group.outputs.len()].map(|length| length.to_string());
    let mut text = format!(
        "{} {} alone: from inputs [{}] of the network to its logits [{}].\n{}",
        D::DOC,
        names.format(", "),
        listed(&group.inputs),
        listed(&group.outputs),
        dialect.open(&group.name, reads_inputs, [&lengths[0], &lengths[1]])
    );
    let by = program.normalization_of(group);
    text += &match forms[0] {
        Form::Straight => dialect.name_units(0, &is_read, by.as_deref()),
        Form::Csr => input_array(dialect, group, by.as_deref()),
    };
    let halves = if D::HALVES {
        provable(group, by.as_deref())
    } else {
        vec![]
    };
    for (index, &form) in forms.iter().enumerate() {
        let next = forms.get(index + 1).copied();
        let layer = Layer { group, index, next };
        text += &match form {
            Form::Straight => straight(dialect, &layer, halves.get(index), used),
            Form::Csr => csr(dialect, &layer, used),
        };
    }
    text + &dialect.end(group, forms[forms.len() - 1]) + "}\n\n"
}

/// The inputs in an array, normalized by a loop.
fn input_array(dialect: &impl Dialect, group: &Group, by: Option<&[Normalization]>) -> String {
    let array = dialect.array(&array_name(0), Columns::of(group, 0));
    let fill = dialect.fill_inputs(by.is_some(), group.inputs.len());
    let Some(by) = by else { return array + &fill };
    let shift = by.iter().map(|by| dialect.literal(by.shift)).collect();
    let scale = by.iter().map(|by| dialect.literal(by.scale)).collect();
    let tables = dialect.table("shift", Element::F32, shift) + &dialect.table("scale", Element::F32, scale);
    format!("{array}    {{\n{tables}{fill}    }}\n")
}

/// A layer as a statement for each unit; `halves` says which units may be computed from half of their sum.
fn straight(
    dialect: &impl Dialect,
    layer: &Layer<'_>,
    halves: Option<&Vec<bool>>,
    used: &mut Used,
) -> String {
    let of_unit = |(unit, row): (usize, &Row)| {
        let is_half = halves.is_some_and(|halves| halves[unit]);
        let (activation, sum) = if is_half {
            (Activation::ReluOfHalf, sum(dialect, &halved(row), layer.index))
        } else {
            (layer.activation(), sum(dialect, row, layer.index))
        };
        used.note(activation);
        let [start, end] = dialect.assign(layer, unit, activation);
        statement(&start, sum, &end)
    };
    let mut text: String = layer.rows().iter().enumerate().map(of_unit).collect();
    if layer.next == Some(Form::Csr) {
        let columns = layer.next_columns();
        let units = (0..columns.units).map(|unit| unit_name(layer.index + 1, unit));
        text += &dialect.gather(&layer.target(), units.collect(), columns);
    }
    text
}

/// The terms of a row, which are added from left to right, each product rounded before.
fn sum(dialect: &impl Dialect, row: &Row, layer: usize) -> Vec<String> {
    let term = |term: &Term| {
        let factor = dialect.added(term.factor);
        match term.unit {
            Some(unit) => format!("{factor} * {}", unit_name(layer, unit)),
            None => factor,
        }
    };
    std::iter::once(dialect.literal(row.bias))
        .chain(row.terms.iter().map(term))
        .collect()
}

/// A layer as tables and the loop over them.
fn csr(dialect: &impl Dialect, layer: &Layer<'_>, used: &mut Used) -> String {
    used.csr = true;
    used.note(layer.activation());
    let (rows, columns) = (layer.rows(), Columns::of(layer.group, layer.index));
    let terms = || rows.iter().flat_map(|row| &row.terms);
    let column = match columns.bytes() {
        1 => Element::U8,
        _ => Element::U16,
    };
    let biases = rows.iter().map(|row| dialect.literal(row.bias)).collect();
    let counts = rows.iter().map(|row| row.terms.len().to_string()).collect();
    let units = terms().map(|term| term.unit.unwrap_or(columns.units).to_string());
    let weights = terms().map(|term| dialect.literal(term.factor)).collect();
    let tables = [
        dialect.table("biases", Element::F32, biases),
        dialect.table("counts", Element::U16, counts),
        dialect.table("columns", column, units.collect()),
        dialect.table("weights", Element::F32, weights),
    ]
    .concat();
    let mut text = format!(
        "{}    {{\n{tables}{}    }}\n",
        dialect.result(layer),
        dialect.csr_loop(layer, layer.activation())
    );
    if layer.next == Some(Form::Straight) {
        text += &dialect.name_units(layer.index + 1, &layer.group.is_read(layer.index + 1), None);
    }
    text
}

/// The function that computes the logits of all tasks; `lengths` are those of its arrays.
pub(super) fn whole<D: Dialect>(dialect: &D, program: &Program, lengths: [&str; 2]) -> String {
    let open = dialect.open("logits", true, lengths);
    format!(
        "{} The logits of all tasks, from all inputs.\n{open}{}}}\n\n",
        D::DOC,
        dialect.calls(program)
    )
}
