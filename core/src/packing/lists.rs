//! The surviving weights of a compressed layer, row by row and column by column.

use core::ops::Range;

use crate::{Mask, Mlp};

/// The lists of one layer. Positions count from the layer's first packed weight.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Compressed<'a> {
    /// A [`Span`] of weights for each output that is visited.
    pub(crate) rows: &'a [[u32; Span::LEN]],
    /// A [`Span`] of the next two lists for each input that is visited.
    pub(crate) columns: &'a [[u32; Span::LEN]],
    /// The input of each weight.
    pub(crate) inputs: &'a [u32],
    /// The outputs of the weights of each column, ascending.
    pub(crate) column_outputs: &'a [u32],
    /// The positions of those weights.
    pub(crate) column_positions: &'a [u32],
}

/// A unit and its part of a list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) unit: usize,
    start: u32,
    end: u32,
}

impl Span {
    const LEN: usize = 3;

    #[inline(always)]
    pub(crate) fn new([unit, start, end]: [u32; Self::LEN]) -> Self {
        Self {
            unit: unit as usize,
            start,
            end,
        }
    }

    #[inline(always)]
    pub(crate) fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// Words that the lists of a layer take.
pub(super) const fn len(fan_out: usize, fan_in: usize, survivors: usize) -> usize {
    (fan_out + fan_in) * Span::LEN + 3 * survivors
}

impl<'a> Compressed<'a> {
    /// The lists that [`write()`] wrote.
    #[inline(always)]
    pub(super) fn read(lists: &'a [u32], rows: usize, columns: usize, survivors: usize) -> Self {
        let (rows, rest) = lists.split_at(rows * Span::LEN);
        let (columns, rest) = rest.split_at(columns * Span::LEN);
        let (inputs, rest) = rest.split_at(survivors);
        let (column_outputs, rest) = rest.split_at(survivors);
        Self {
            rows: rows.as_chunks().0,
            columns: columns.as_chunks().0,
            inputs,
            column_outputs,
            column_positions: &rest[..survivors],
        }
    }
}

/// Which units no output hears of, around one layer.
pub(super) struct Dead<'a> {
    /// Not 0 for each dead input; empty for the network's inputs, to which nothing is handed on.
    pub(super) inputs: &'a [u32],
    /// Not 0 for each dead output.
    pub(super) outputs: &'a [u32],
    /// Whether dead inputs are visited all the same.
    pub(super) all_inputs: bool,
    /// Whether dead outputs are visited all the same.
    pub(super) all_outputs: bool,
}

/// Marks the units, hidden and output ones, from which no path leads to an output.
pub(super) fn mark_dead(net: Mlp<'_>, mask: &Mask<'_>, dead: &mut [u32]) {
    let outputs = dead.len() - net.output_count();
    dead[outputs..].fill(0);
    for number in (1..net.layer_count()).rev() {
        let layer = net.layer(number);
        let first = net.first_neuron(number) - net.input_count();
        let (below, above) = dead.split_at_mut(first + layer.fan_in);
        let below = &mut below[first..];
        below.fill(1);
        for (output, row) in above[..layer.fan_out].iter().zip(0..) {
            let start = layer.weights.start + row * layer.fan_in;
            if *output != 0 {
                continue;
            }
            for (is_dead, weight) in below.iter_mut().zip(start..) {
                *is_dead &= u32::from(!mask.survives(weight));
            }
        }
    }
}

/// Writes the lists of one layer; `survives` takes a position in the flat layer. Returns how many rows and columns are
/// visited.
pub(super) fn write(
    fan_in: usize,
    dead: &Dead<'_>,
    survives: impl Fn(usize) -> bool,
    lists: &mut [u32],
    survivors: usize,
) -> (u32, u32) {
    let visited = |dead: &[u32], all: bool| dead.iter().filter(|&&dead| all || dead == 0).count();
    let row_count = visited(dead.outputs, dead.all_outputs);
    let column_count = visited(dead.inputs, dead.all_inputs);
    let (rows, rest) = lists.split_at_mut(row_count * Span::LEN);
    let (columns, rest) = rest.split_at_mut(column_count * Span::LEN);
    let (inputs, rest) = rest.split_at_mut(survivors);
    let (column_outputs, rest) = rest.split_at_mut(survivors);
    let (rows, columns) = (rows.as_chunks_mut().0, columns.as_chunks_mut().0);
    write_rows(fan_in, dead, survives, rows, inputs);
    let units = dead
        .inputs
        .iter()
        .zip(0..)
        .filter(|(is_dead, _)| dead.all_inputs || **is_dead == 0);
    for (column, (_, unit)) in columns.iter_mut().zip(units) {
        *column = [unit, 0, 0];
    }
    write_columns(rows, inputs, columns, column_outputs, &mut rest[..survivors]);
    (row_count as u32, column_count as u32)
}

/// Lists the inputs of every weight, and where the weights of each visited output lie. A dead output has no weights:
/// its inputs may be dead, too, and not be computed.
fn write_rows(
    fan_in: usize,
    dead: &Dead<'_>,
    survives: impl Fn(usize) -> bool,
    rows: &mut [[u32; Span::LEN]],
    inputs: &mut [u32],
) {
    let (mut position, mut rows) = (0, rows.iter_mut());
    for (output, &is_dead) in dead.outputs.iter().enumerate() {
        let start = position;
        for input in (0..fan_in).filter(|input| survives(output * fan_in + input)) {
            inputs[position] = input as u32;
            position += 1;
        }
        if dead.all_outputs || is_dead == 0 {
            let start = if is_dead == 0 { start } else { position };
            if let Some(row) = rows.next() {
                *row = [output as u32, start as u32, position as u32];
            }
        }
    }
}

/// Lists the weights of the rows by their inputs. Each column comes with its unit and 0, 0.
fn write_columns(
    rows: &[[u32; Span::LEN]],
    inputs: &[u32],
    columns: &mut [[u32; Span::LEN]],
    outputs: &mut [u32],
    positions: &mut [u32],
) {
    if columns.is_empty() {
        return;
    }
    // What feeds an output that is alive is alive, so it has a column.
    let slot = |columns: &[[u32; Span::LEN]], input| columns.partition_point(|&[unit, ..]| unit < input);
    let weights = || {
        rows.iter().flat_map(|&row| {
            let span = Span::new(row);
            span.range().map(move |position| (span.unit, position))
        })
    };
    for (_, position) in weights() {
        let slot = slot(columns, inputs[position]);
        columns[slot][2] += 1;
    }
    let mut start = 0;
    for column in &mut *columns {
        let count = column[2];
        (column[1], column[2]) = (start, start);
        start += count;
    }
    for (output, position) in weights() {
        let slot = slot(columns, inputs[position]);
        let end = &mut columns[slot][2];
        outputs[*end as usize] = output as u32;
        positions[*end as usize] = position as u32;
        *end += 1;
    }
}
