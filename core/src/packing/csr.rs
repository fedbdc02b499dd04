//! Compressed sparse rows (CSR): the surviving weights of a layer, output by output.
//!
//! The lists hold the input of each weight (the column indices) and, since the layer's packed weights are in the order of
//! the columns ([`super::Csc`]), its place among those. In place of row pointers there is a [`Line`] for each output that is
//! computed; the others are skipped (doubly compressed, Buluç and Gilbert 2008).

use core::ops::Range;

use super::records::Line;

/// The lists of one layer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Csr<'a> {
    rows: &'a [[u32; Line::LEN]],
    /// The input of each weight, and its place among those of the layer, column by column.
    entries: &'a [[u32; 2]],
}

/// One output and its weights.
pub(crate) struct Row<'a> {
    pub(crate) output: usize,
    /// Where its weights lie among those of the layer, row by row.
    pub(crate) weights: Range<usize>,
    /// The input of each weight, ascending, and the place of the weight among those of the layer, column by column.
    pub(crate) entries: &'a [[u32; 2]],
}

impl<'a> Csr<'a> {
    /// Words that the lists take.
    pub(super) const fn len(rows: usize, survivors: usize) -> usize {
        rows * Line::LEN + 2 * survivors
    }

    /// The lists that [`super::lists::write`] wrote.
    #[inline(always)]
    pub(super) fn read(words: &'a [u32], rows: usize, survivors: usize) -> Self {
        let (rows, entries) = words.split_at(rows * Line::LEN);
        Self {
            rows: rows.as_chunks().0,
            entries: &entries.as_chunks().0[..survivors],
        }
    }

    /// The outputs that are computed, ascending.
    #[inline(always)]
    pub(crate) fn outputs(self) -> impl Iterator<Item = usize> {
        let output = |&words| Line::from_words(words).unit as usize;
        self.rows.iter().map(output)
    }

    /// All weights row by row, those of outputs that are not computed, too.
    pub(super) fn entries(self) -> &'a [[u32; 2]] {
        self.entries
    }

    /// The same with their weights.
    #[inline(always)]
    pub(crate) fn rows(self) -> impl Iterator<Item = Row<'a>> {
        self.rows.iter().map(move |&words| {
            let line = Line::from_words(words);
            Row {
                output: line.unit as usize,
                weights: line.range(),
                entries: &self.entries[line.range()],
            }
        })
    }
}
