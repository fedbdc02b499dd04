//! Compressed sparse rows (CSR): the surviving weights of a layer, output by output.
//!
//! The layer's packed weights are the values. The lists beside them hold the input of each (the column indices) and, in
//! place of row pointers, a [`Line`] for each output that is computed; the others are skipped (doubly compressed, Buluç
//! and Gilbert 2008).

use core::ops::Range;

use super::inactive::Units;
use super::records::Line;

/// The lists of one layer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Csr<'a> {
    rows: &'a [[u32; Line::LEN]],
    /// The input of each weight.
    inputs: &'a [u32],
}

/// One output and its weights.
pub(crate) struct Row<'a> {
    pub(crate) output: usize,
    /// Where its weights lie among those of the layer.
    pub(crate) weights: Range<usize>,
    /// The input of each of them, ascending.
    pub(crate) inputs: &'a [u32],
}

impl<'a> Csr<'a> {
    /// Words that the lists take.
    pub(super) const fn len(rows: usize, survivors: usize) -> usize {
        rows * Line::LEN + survivors
    }

    /// The lists that [`Csr::write`] wrote.
    #[inline(always)]
    pub(super) fn read(words: &'a [u32], rows: usize, survivors: usize) -> Self {
        let (rows, inputs) = words.split_at(rows * Line::LEN);
        Self {
            rows: rows.as_chunks().0,
            inputs: &inputs[..survivors],
        }
    }

    /// Writes the lists of a layer; `survives` takes a position `output · fan_in + input`. An inactive output that is
    /// listed has no weights: its inputs may be inactive, too, and not be computed.
    pub(super) fn write(
        words: &mut [u32],
        fan_in: usize,
        outputs: Units<'_>,
        survives: impl Fn(usize) -> bool,
    ) {
        let (rows, inputs) = words.split_at_mut(outputs.listed_count() * Line::LEN);
        let (mut rows, mut position) = (rows.as_chunks_mut().0.iter_mut(), 0);
        for (output, &is_inactive) in outputs.inactive.iter().enumerate() {
            let start = position;
            for input in (0..fan_in).filter(|input| survives(output * fan_in + input)) {
                inputs[position] = input as u32;
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

    /// The outputs that are computed, ascending.
    #[inline(always)]
    pub(crate) fn rows(self) -> impl Iterator<Item = Row<'a>> {
        self.rows.iter().map(move |&words| {
            let line = Line::from_words(words);
            Row {
                output: line.unit as usize,
                weights: line.range(),
                inputs: &self.inputs[line.range()],
            }
        })
    }
}
