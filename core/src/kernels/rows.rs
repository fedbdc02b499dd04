//! Iterators over the rows of a matrix. `chunks_exact` counts them first, and a division by a length that is
//! known only at run time takes as long as a short row; here the end shows when it comes.

use core::mem::take;

/// Whole rows of `len`; what is left over is not one.
#[inline(always)]
pub(crate) fn rows<T>(matrix: &[T], len: usize) -> impl Iterator<Item = &[T]> {
    Rows { rest: matrix, len }
}

/// As [`rows`], to be written to.
#[inline(always)]
pub(crate) fn rows_mut<T>(matrix: &mut [T], len: usize) -> impl Iterator<Item = &mut [T]> {
    RowsMut { rest: matrix, len }
}

struct Rows<'a, T> {
    rest: &'a [T],
    len: usize,
}

impl<'a, T> Iterator for Rows<'a, T> {
    type Item = &'a [T];

    #[inline(always)]
    fn next(&mut self) -> Option<&'a [T]> {
        let (row, rest) = self.rest.split_at_checked(self.len)?;
        self.rest = rest;
        Some(row)
    }
}

struct RowsMut<'a, T> {
    rest: &'a mut [T],
    len: usize,
}

impl<'a, T> Iterator for RowsMut<'a, T> {
    type Item = &'a mut [T];

    #[inline(always)]
    fn next(&mut self) -> Option<&'a mut [T]> {
        let (row, rest) = take(&mut self.rest).split_at_mut_checked(self.len)?;
        self.rest = rest;
        Some(row)
    }
}

#[cfg(test)]
mod tests {
    use super::{rows, rows_mut};

    #[test]
    fn rows_are_whole() {
        let mut matrix = [1, 2, 3, 4, 5];
        assert!(rows(&matrix, 2).eq([[1, 2], [3, 4]]));
        rows_mut(&mut matrix, 2).for_each(<[_]>::reverse);
        assert_eq!(matrix, [2, 1, 4, 3, 5]);
    }
}
