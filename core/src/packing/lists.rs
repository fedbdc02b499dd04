//! Writes the lists of a compressed layer.

use super::csr::Csr;
use super::inactive::Units;
use super::records::Line;

/// In place of the place of a weight that has none yet.
const NOWHERE: u32 = u32::MAX;

/// Writes the rows, [`Csr::len`] words, and behind them the columns; `survives` takes a position `output · fan_in + input`.
/// An inactive output that is listed has no weights: its inputs may be inactive, too, and not be computed. Such weights are
/// in no column; they are packed behind the others.
pub(super) fn write(
    words: &mut [u32],
    inputs: Units<'_>,
    outputs: Units<'_>,
    survivors: usize,
    survives: impl Fn(usize) -> bool,
) {
    let rows = outputs.listed_count();
    let (row_words, column_words) = words.split_at_mut(Csr::len(rows, survivors));
    let (rows, entries) = row_words.split_at_mut(rows * Line::LEN);
    let (rows, entries) = (rows.as_chunks_mut().0, entries.as_chunks_mut().0);
    let (columns, column_outputs) = column_words.split_at_mut(inputs.listed_count() * Line::LEN);
    let columns = columns.as_chunks_mut().0;
    write_rows(rows, entries, inputs.count, outputs, survives);

    // How many weights each column has, where they lie therefore, and which they are.
    for (column, unit) in columns.iter_mut().zip(inputs.listed()) {
        let (start, end) = (0, 0);
        *column = Line { unit, start, end }.to_words();
    }
    for &[input, _] in rows
        .iter()
        .flat_map(|row| &entries[Line::from_words(*row).range()])
    {
        extend(column_of(columns, input));
    }
    let mut start = 0;
    for column in &mut *columns {
        let Line { unit, end: count, .. } = Line::from_words(*column);
        let end = start;
        *column = Line { unit, start, end }.to_words();
        start += count;
    }
    for row in rows {
        let row = Line::from_words(*row);
        for [input, place] in &mut entries[row.range()] {
            *place = extend(column_of(columns, *input));
            column_outputs[*place as usize] = row.unit;
        }
    }
    let rest = entries.iter_mut().filter(|[_, place]| *place == NOWHERE);
    for ([_, place], to) in rest.zip(start..) {
        *place = to;
    }
}

/// Writes the rows; where their weights lie is not known yet.
fn write_rows(
    rows: &mut [[u32; Line::LEN]],
    entries: &mut [[u32; 2]],
    fan_in: usize,
    outputs: Units<'_>,
    survives: impl Fn(usize) -> bool,
) {
    let (mut rows, mut position) = (rows.iter_mut(), 0);
    for (output, &is_inactive) in outputs.inactive.iter().enumerate() {
        let start = position;
        for input in (0..fan_in).filter(|input| survives(output * fan_in + input)) {
            entries[position] = [input as u32, NOWHERE];
            position += 1;
        }
        if outputs.lists(is_inactive)
            && let Some(row) = rows.next()
        {
            let line = Line {
                unit: output as u32,
                start: if is_inactive == 0 { start } else { position } as u32,
                end: position as u32,
            };
            *row = line.to_words();
        }
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
