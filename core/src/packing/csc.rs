//! Compressed sparse columns (CSC): the same weights, input by input, for what is summed over outputs.
//!
//! The values are not stored a second time: a list points to them where the rows keep them. There is a [`Line`] for each
//! input whose delta is computed; the others are skipped.

use super::csr::Csr;
use super::inactive::Units;
use super::records::Line;

/// The lists of one layer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Csc<'a> {
    columns: &'a [[u32; Line::LEN]],
    /// The output of each entry.
    outputs: &'a [u32],
    /// Where the weight of each entry lies among those of the layer.
    weights: &'a [u32],
}

/// One input and its weights.
pub(crate) struct Column<'a> {
    pub(crate) input: usize,
    /// The output of each weight, ascending.
    pub(crate) outputs: &'a [u32],
    /// Where it lies among those of the layer.
    pub(crate) weights: &'a [u32],
}

impl<'a> Csc<'a> {
    /// Words that the lists take.
    pub(super) const fn len(columns: usize, survivors: usize) -> usize {
        columns * Line::LEN + 2 * survivors
    }

    /// The lists that [`Csc::write`] wrote.
    #[inline(always)]
    pub(super) fn read(words: &'a [u32], columns: usize, survivors: usize) -> Self {
        let (columns, rest) = words.split_at(columns * Line::LEN);
        let (outputs, rest) = rest.split_at(survivors);
        Self {
            columns: columns.as_chunks().0,
            outputs,
            weights: &rest[..survivors],
        }
    }

    /// Writes the lists of a layer whose rows are known.
    pub(super) fn write(words: &mut [u32], inputs: Units<'_>, csr: Csr<'_>, survivors: usize) {
        let (columns, rest) = words.split_at_mut(inputs.listed_count() * Line::LEN);
        let (outputs, weights) = rest.split_at_mut(survivors);
        let columns = columns.as_chunks_mut().0;
        if columns.is_empty() {
            return;
        }
        for (column, unit) in columns.iter_mut().zip(inputs.listed()) {
            let (start, end) = (0, 0);
            *column = Line { unit, start, end }.to_words();
        }
        // How many entries each column has, where they start therefore, and the entries.
        for &input in csr.rows().flat_map(|row| row.inputs) {
            extend(column_of(columns, input));
        }
        let mut start = 0;
        for column in &mut *columns {
            let Line { unit, end: count, .. } = Line::from_words(*column);
            let end = start;
            *column = Line { unit, start, end }.to_words();
            start += count;
        }
        for row in csr.rows() {
            for (weight, &input) in row.weights.zip(row.inputs) {
                let entry = extend(column_of(columns, input)) as usize;
                (outputs[entry], weights[entry]) = (row.output as u32, weight as u32);
            }
        }
    }

    /// The inputs whose deltas are computed, ascending.
    #[inline(always)]
    pub(crate) fn columns(self) -> impl Iterator<Item = Column<'a>> {
        self.columns.iter().map(move |&words| {
            let line = Line::from_words(words);
            Column {
                input: line.unit as usize,
                outputs: &self.outputs[line.range()],
                weights: &self.weights[line.range()],
            }
        })
    }
}

/// What feeds an active output is active, so it has a column.
fn column_of(columns: &mut [[u32; Line::LEN]], input: u32) -> &mut [u32; Line::LEN] {
    let column = columns.partition_point(|&words| Line::from_words(words).unit < input);
    &mut columns[column]
}

/// Adds an entry at the end and returns its place.
fn extend(column: &mut [u32; Line::LEN]) -> u32 {
    let line = Line::from_words(*column);
    let end = line.end + 1;
    *column = Line { end, ..line }.to_words();
    line.end
}
