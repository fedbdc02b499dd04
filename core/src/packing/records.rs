//! The records of an index: fields with names on one side, a few words of the caller's memory on the other.

use core::ops::Range;

/// One layer as the index describes it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    /// Where its packed weights start.
    pub(super) weights: u32,
    /// Where its biases start, counted from the first bias.
    pub(super) biases: u32,
    /// How many of its weights survive.
    pub(super) survivors: u32,
    /// Where its lists start in the index; a dense layer has none.
    pub(super) lists: Option<u32>,
    /// Rows that the lists hold.
    pub(super) rows: u32,
    /// Columns that the lists hold.
    pub(super) columns: u32,
}

impl Header {
    pub(super) const LEN: usize = 6;
    /// In place of the start of the lists of a dense layer.
    pub(super) const DENSE: u32 = u32::MAX;

    pub(super) fn from_words([weights, biases, survivors, lists, rows, columns]: [u32; Self::LEN]) -> Self {
        Self {
            weights,
            biases,
            survivors,
            lists: (lists != Self::DENSE).then_some(lists),
            rows,
            columns,
        }
    }

    pub(super) fn to_words(self) -> [u32; Self::LEN] {
        [
            self.weights,
            self.biases,
            self.survivors,
            self.lists.unwrap_or(Self::DENSE),
            self.rows,
            self.columns,
        ]
    }
}

/// One row or column of a compressed layer: its unit, and which entries of the layer's lists are its own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    pub(super) unit: u32,
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Line {
    pub(super) const LEN: usize = 3;

    #[inline(always)]
    pub(super) fn from_words([unit, start, end]: [u32; Self::LEN]) -> Self {
        Self { unit, start, end }
    }

    pub(super) fn to_words(self) -> [u32; Self::LEN] {
        [self.unit, self.start, self.end]
    }

    #[inline(always)]
    pub(super) fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}
