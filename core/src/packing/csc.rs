//! Compressed sparse columns (CSC): the surviving weights of a layer, input by input.
//!
//! The layer's packed weights are the values, in this order: gradients are computed column by column, and so they are
//! written one after the other, 16 at a time. There is a [`Line`] for each input that is active, or read by a dense layer
//! below; the others are skipped.

use core::ops::Range;

use super::records::Line;

/// The lists of one layer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Csc<'a> {
    columns: &'a [[u32; Line::LEN]],
    /// The output of each weight.
    outputs: &'a [u32],
}

/// One input and its weights.
pub(crate) struct Column<'a> {
    pub(crate) input: usize,
    /// Where its weights lie among those of the layer.
    pub(crate) weights: Range<usize>,
    /// The output of each of them, ascending.
    pub(crate) outputs: &'a [u32],
}

impl<'a> Csc<'a> {
    /// Words that the lists take.
    pub(super) const fn len(columns: usize, survivors: usize) -> usize {
        columns * Line::LEN + survivors
    }

    /// The lists that [`super::lists::write`] wrote.
    #[inline(always)]
    pub(super) fn read(words: &'a [u32], columns: usize, survivors: usize) -> Self {
        let (columns, outputs) = words.split_at(columns * Line::LEN);
        Self {
            columns: columns.as_chunks().0,
            outputs: &outputs[..survivors],
        }
    }

    /// The inputs that are listed, ascending.
    #[inline(always)]
    pub(crate) fn columns(self) -> impl Iterator<Item = Column<'a>> {
        self.columns.iter().map(move |&words| {
            let line = Line::from_words(words);
            Column {
                input: line.unit as usize,
                weights: line.range(),
                outputs: &self.outputs[line.range()],
            }
        })
    }
}
