//! A network in integers as code: the form of a ticket for cores without a floating-point unit.
//!
//! One walk over a [`Network`] writes it in any `Language`, as `dialect` beside it does for floats: layers are
//! straight-line code or compressed sparse rows (CSR). Sums are added up in whichever order a compiler likes: they are
//! integers that cannot overflow, so the bits are those of [`Network::logits`] by construction.

mod c;
mod head;
mod rust;

pub use self::c::source as c_source;
pub use self::rust::source as rust_source;

use head::{options, promise};
use itertools::Itertools;

use super::about::listed;
use super::dialect::{Element, array_name};
use super::form::{
    Columns, Costs, Form, INTEGERS, LayerShape, Shape, all_smallest, all_straight, check_classes, choose,
    longest,
};
use super::layout::statement;
use super::names::unit_name;
use super::program::Group;
use crate::integer::{Input, Network, Row, Source, Term, Width};

/// Where the bits of a NaN are shifted to an integer, as those of a number are, unless code asks for it: at this power of
/// two and below.
const NAN_POWER: i32 = 157 - 255;

/// What code has behind the condition that a number is shifted: nothing, or `asks` where a NaN would be, too.
fn nan_condition<'a>(network: &Network, asks: &'a str) -> &'a str {
    let shifts = |input: &Input| matches!(input.source, Source::Float { power } if power <= NAN_POWER);
    if network.inputs.iter().any(shifts) {
        asks
    } else {
        ""
    }
}

/// A programming language, as far as a network in integers needs it. What methods return are whole lines, if not said
/// otherwise.
trait Language {
    /// What a line of documentation begins with.
    const DOC: &'static str;

    /// A task's name in documentation.
    fn task(&self, name: &str) -> String;

    /// An integer, as part of a line.
    fn literal(&self, value: i32) -> String;

    /// The first line of a function on arrays of these lengths.
    fn open(&self, name: &str, reads_inputs: bool, lengths: [&str; 2]) -> String;

    /// The inputs that straight-line code reads, by their names.
    fn name_inputs(&self, inputs: &[Option<Input>]) -> String;

    /// The inputs in the array that CSR reads, by a loop over the tables `places`, `least`, `most`, and `middle` where it
    /// is there.
    fn fill_inputs(&self, columns: Columns, has_middle: bool) -> String;

    /// What stands before and after the sum of a unit, as parts of a line.
    fn assign(&self, layer: &Layer<'_>, unit: usize) -> [String; 2];

    /// The array that CSR reads, of units by their names.
    fn gather(&self, name: &str, units: Vec<String>, columns: Columns) -> String;

    /// The names of the units that straight-line code reads of an array.
    fn name_units(&self, layer: usize, is_read: &[bool]) -> String;

    /// A constant table.
    fn table(&self, name: &str, of: Element, items: Vec<String>) -> String;

    /// The array that the units of a layer in CSR go to, if it is not there yet.
    fn result(&self, layer: &Layer<'_>) -> String;

    /// The table `terms`: each a weight and a column, in as many bits each.
    fn terms(&self, terms: &[Term], bits: u32) -> String;

    /// The loop over the tables `biases`, `counts` and `terms` of a layer, and `shifts` of a hidden one.
    fn csr_loop(&self, layer: &Layer<'_>, bits: u32) -> String;

    /// What a function ends with: `last` is the form of the layer of its outputs.
    fn end(&self, group: &Group, last: Form) -> String;
}

/// A layer of a group of a network.
struct Layer<'a> {
    rows: &'a [Row],
    index: usize,
    is_output: bool,
    /// The columns of this layer, and of the one after it.
    columns: Columns,
    next_columns: Columns,
    /// The form of the layer after it.
    next: Option<Form>,
}

impl Layer<'_> {
    /// What activations are clamped to, where one could be more.
    fn most(&self) -> Option<i32> {
        self.rows.iter().find_map(|row| row.most)
    }
}

/// What code of a network needs beside its functions.
#[derive(Debug, Default)]
struct Used {
    csr: bool,
}

/// The forms of the layers of each group, so that the code fits `flash`.
///
/// # Errors
///
/// [`BadInput`](crate::error::BadInput) if the network does not fit, or is too wide.
fn plan(network: &Network, flash: Option<usize>) -> anyhow::Result<Vec<Vec<Form>>> {
    check_classes(&network.program)?;
    choose(&shape(network), costs(network.width), flash)
}

/// The forms of the layers of each group, so that the code fits `flash`.
///
/// # Errors
///
/// [`BadInput`](crate::error::BadInput) if the network does not fit, or is too wide.
pub fn forms(network: &Network, flash: Option<usize>) -> anyhow::Result<Vec<Vec<Form>>> {
    plan(network, flash)
}

/// About how many bytes of flash the network takes in the forms that fit `flash`, on a Cortex-M0.
///
/// # Errors
///
/// [`BadInput`](crate::error::BadInput) if the network does not fit, or is too wide.
pub fn bytes(network: &Network, flash: Option<usize>) -> anyhow::Result<usize> {
    Ok(costs(network.width).all(&shape(network), &plan(network, flash)?))
}

/// About how many bytes of flash it takes as straight-line code.
pub fn straight_bytes(network: &Network) -> usize {
    let shape = shape(network);
    costs(network.width).all(&shape, &all_straight(&shape))
}

/// The smallest form of each layer of each group: tables where they save something.
pub fn smallest(network: &Network) -> Vec<Vec<Form>> {
    all_smallest(&shape(network), costs(network.width))
}

fn costs(width: Width) -> Costs {
    match width {
        Width::Eight => INTEGERS[0],
        Width::Sixteen => INTEGERS[1],
    }
}

/// The network as far as its size is concerned.
fn shape(network: &Network) -> Shape {
    let groups = network.program.groups.iter().zip(&network.groups);
    let of_group = |(group, layers): (&Group, &Vec<Vec<Row>>)| {
        let of_layer = |(layer, rows): (usize, &Vec<Row>)| {
            let terms = rows.iter().map(|row| row.terms.len());
            LayerShape {
                units: rows.len(),
                terms: terms.clone().sum(),
                longest: longest(terms),
                columns: columns(group, layers, layer),
            }
        };
        let layers = layers.iter().enumerate().map(of_layer).collect();
        (group.inputs.len(), layers)
    };
    groups.map(of_group).collect()
}

/// The columns of a layer.
pub(super) fn columns(group: &Group, layers: &[Vec<Row>], layer: usize) -> Columns {
    let before = layer.checked_sub(1).map(|before| layers[before].len());
    Columns {
        units: before.unwrap_or(group.inputs.len()),
        has_one: false,
    }
}

/// The functions of all groups, and what they call.
fn functions(language: &impl Language, network: &Network, forms: &[Vec<Form>]) -> (String, Used) {
    let mut used = Used::default();
    let groups = 0..network.groups.len();
    let text = groups.map(|group| function(language, network, group, &forms[group], &mut used));
    (text.collect(), used)
}

fn function<L: Language>(
    language: &L,
    network: &Network,
    number: usize,
    forms: &[Form],
    used: &mut Used,
) -> String {
    let (group, layers) = (&network.program.groups[number], &network.groups[number]);
    let tasks = group.tasks.iter();
    let names = tasks.map(|&task| language.task(&network.program.tasks[task].name));
    let is_read = is_read(&layers[0], group.inputs.len());
    let reads_inputs = forms[0] == Form::Csr || is_read.contains(&true);
    let lengths = [group.inputs.len(), group.outputs.len()].map(|length| length.to_string());
    let mut text = format!(
        "{} {} alone: from inputs [{}] of the network to its logits [{}].\n{}",
        L::DOC,
        names.format(", "),
        listed(&group.inputs),
        listed(&group.outputs),
        language.open(&group.name, reads_inputs, [&lengths[0], &lengths[1]])
    );
    let inputs: Vec<Input> = group.inputs.iter().map(|&input| network.inputs[input]).collect();
    text += &match forms[0] {
        Form::Straight => {
            let read = inputs.iter().zip(is_read);
            let read: Vec<_> = read.map(|(&input, is_read)| is_read.then_some(input)).collect();
            language.name_inputs(&read)
        }
        Form::Csr => input_array(language, &inputs, columns(group, layers, 0)),
    };
    for (index, &form) in forms.iter().enumerate() {
        let layer = Layer {
            rows: &layers[index],
            index,
            is_output: group.is_output(index),
            columns: columns(group, layers, index),
            next_columns: columns(group, layers, index + 1),
            next: forms.get(index + 1).copied(),
        };
        text += &match form {
            Form::Straight => straight(language, &layer),
            Form::Csr => csr(language, &layer, network.width, layers.get(index + 1)),
        };
        used.csr |= form == Form::Csr;
    }
    text + &language.end(group, forms[forms.len() - 1]) + "}\n\n"
}

/// Which of so many units before `rows` they read.
pub(super) fn is_read(rows: &[Row], count: usize) -> Vec<bool> {
    let mut is_read = vec![false; count];
    for term in rows.iter().flat_map(|row| &row.terms) {
        is_read[term.unit] = true;
    }
    is_read
}

/// Where the binary point of an input is, as generated code has it: by how much the 31 bits of a float of exponent 0 are
/// shifted right, or an integer.
fn place(input: &Input) -> i32 {
    match input.source {
        Source::Float { power } => 157 - power,
        Source::Whole { shift, .. } => shift as i32,
    }
}

/// The inputs in an array, by a loop over tables.
fn input_array(language: &impl Language, inputs: &[Input], columns: Columns) -> String {
    let table = |name, of, item: fn(&Input) -> i32| {
        let items = inputs.iter().map(|input| language.literal(item(input)));
        language.table(name, of, items.collect())
    };
    let has_middle = inputs.iter().any(|input| input.middle != 0);
    let mut text = table("places", Element::U16, place);
    text += &table("least", Element::I32, |input| input.least);
    text += &table("most", Element::I32, |input| input.most);
    if has_middle {
        text += &table("middle", Element::I32, |input| input.middle);
    }
    let [array, fill] = {
        let fill = language.fill_inputs(columns, has_middle);
        let (array, fill) = fill.split_once('\n').expect("two parts");
        [array.to_owned(), fill.to_owned()]
    };
    format!("{array}\n    {{\n{text}{fill}    }}\n")
}

/// A layer as a statement for each unit.
fn straight(language: &impl Language, layer: &Layer<'_>) -> String {
    let of_unit = |(unit, row): (usize, &Row)| {
        let [start, end] = language.assign(layer, unit);
        statement(&start, sum(language, row, layer.index), &end)
    };
    let mut text: String = layer.rows.iter().enumerate().map(of_unit).collect();
    if layer.next == Some(Form::Csr) {
        let units = (0..layer.rows.len()).map(|unit| unit_name(layer.index + 1, unit));
        text += &language.gather(&array_name(layer.index + 1), units.collect(), layer.next_columns);
    }
    text
}

/// The terms of a row, as parts of a line.
fn sum(language: &impl Language, row: &Row, layer: usize) -> Vec<String> {
    let mut parts = vec![];
    if row.bias != 0 || row.terms.is_empty() {
        parts.push(language.literal(row.bias));
    }
    for term in &row.terms {
        let sign = match (term.weight < 0, parts.is_empty()) {
            (true, true) => "-",
            (false, true) => "",
            (true, false) => "- ",
            (false, false) => "+ ",
        };
        let unit = unit_name(layer, term.unit);
        parts.push(match term.weight.abs() {
            1 => format!("{sign}{unit}"),
            weight => format!("{sign}{} * {unit}", language.literal(weight)),
        });
    }
    parts
}

/// How many bits a weight and a column have each: one load brings both.
fn column_bits(columns: Columns, width: Width) -> u32 {
    match (width, columns.bytes()) {
        (Width::Eight, 1) => 8,
        _ => 16,
    }
}

/// Bytes of an entry of the tables: a weight and a column.
pub(super) fn entry_bytes(columns: Columns, width: Width) -> usize {
    2 * column_bits(columns, width) as usize / 8
}

/// A layer as tables and the loop over them.
fn csr(language: &impl Language, layer: &Layer<'_>, width: Width, next: Option<&Vec<Row>>) -> String {
    let of_rows = |item: fn(&Row) -> i32| layer.rows.iter().map(|row| language.literal(item(row))).collect();
    let mut tables = language.table("biases", Element::I32, of_rows(|row| row.bias));
    if !layer.is_output {
        tables += &language.table("shifts", Element::U8, of_rows(|row| row.shift as i32));
    }
    tables += &language.table("counts", Element::U16, of_rows(|row| row.terms.len() as i32));
    let terms: Vec<Term> = layer.rows.iter().flat_map(|row| &row.terms).copied().collect();
    tables += &language.terms(&terms, column_bits(layer.columns, width));
    let mut text = format!(
        "{}    {{\n{tables}{}    }}\n",
        language.result(layer),
        language.csr_loop(layer, column_bits(layer.columns, width))
    );
    if let (Some(Form::Straight), Some(next)) = (layer.next, next) {
        text += &language.name_units(layer.index + 1, &is_read(next, layer.rows.len()));
    }
    text
}
