//! Puts samples into a batch, unit by unit: a matrix is transposed, sample by sample or sixteen of them at once.

use core::array::from_fn;
use core::ops::Range;

use super::Samples;
use crate::kernels::rows::rows_mut;
use crate::kernels::{has_room, has_vectors};
use crate::lanes::{Kernel, LANES, Lanes, padded};

/// Which samples are put into a batch.
pub(crate) enum Chosen<'a> {
    /// These, in this order.
    Listed(&'a [u32]),
    /// Successive ones.
    Range(Range<usize>),
}

impl Chosen<'_> {
    fn count(&self) -> usize {
        match self {
            Self::Listed(samples) => samples.len(),
            Self::Range(samples) => samples.len(),
        }
    }

    /// Sixteen of them; in place of what lies beyond the last another one.
    #[inline(always)]
    fn block(&self, block: usize) -> [usize; LANES] {
        match self {
            Self::Listed(samples) => match samples.as_chunks().0.get(block) {
                Some(samples) => samples.map(|sample| sample as usize),
                None => from_fn(|lane| {
                    samples
                        .get(block * LANES + lane)
                        .map_or(0, |&sample| sample as usize)
                }),
            },
            Self::Range(samples) => {
                from_fn(|lane| (samples.start + block * LANES + lane).min(samples.end - 1))
            }
        }
    }
}

/// [`Samples::gather`], as a kernel.
pub(crate) struct Gather<'a> {
    pub(crate) samples: &'a Samples<'a>,
    pub(crate) chosen: Chosen<'a>,
    pub(crate) inputs: &'a mut [f32],
    pub(crate) classes: &'a mut [u32],
}

impl Kernel for Gather<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        // What the compiler knows it does not compute for each block: with two tasks of two inputs, as in the founding
        // experiment, 1,600 instructions of the 9,800 of a step with 5 % of the weights.
        match (self.samples.input_count, self.samples.task_count) {
            _ if !has_vectors::<L>() => self.column_by_column(),
            (4, 2) if has_room::<L>() => self.block_by_block::<L>(4, 2),
            (input_count, task_count) => self.block_by_block::<L>(input_count, task_count),
        }
    }
}

impl Gather<'_> {
    /// Four rows of the batch at a time, sample after sample: with neither vectors nor cache lines.
    fn column_by_column(self) {
        match self.chosen {
            Chosen::Listed(samples) => {
                let chosen = |place: usize| samples[place] as usize;
                columns(self.samples, samples.len(), chosen, self.inputs, self.classes);
            }
            Chosen::Range(samples) => {
                let chosen = |place| samples.start + place;
                columns(self.samples, samples.len(), chosen, self.inputs, self.classes);
            }
        }
    }

    /// Sixteen samples at a time, so that each is read and each row of the batch is written in whole cache lines.
    #[inline(always)]
    fn block_by_block<L: Lanes>(self, input_count: usize, task_count: usize) {
        let Samples { inputs, classes, .. } = *self.samples;
        let count = self.chosen.count();
        let padded = padded(count);
        for block in 0..padded / LANES {
            let samples = self.chosen.block(block);
            let mut rows = rows_mut(&mut *self.inputs, padded).map(|row| block_of(row, block));
            for four in 0..input_count / 4 {
                let mut parts = [&[0.0; 4]; LANES];
                for (part, sample) in parts.iter_mut().zip(samples) {
                    *part = part_of(inputs, sample * input_count + 4 * four);
                }
                for (column, to) in L::transpose(parts).into_iter().zip(&mut rows) {
                    column.store(to);
                }
            }
            for (to, column) in rows.zip(input_count / 4 * 4..input_count) {
                for (to, sample) in to.iter_mut().zip(samples) {
                    *to = inputs[sample * input_count + column];
                }
            }
            let mut rows = rows_mut(&mut *self.classes, padded).map(|row| block_of(row, block));
            for pair in 0..task_count / 2 {
                let mut parts = [[0_u16; 2]; LANES];
                for (part, sample) in parts.iter_mut().zip(samples) {
                    *part = *part_of(classes, sample * task_count + 2 * pair);
                }
                for (column, to) in (0..2).zip(&mut rows) {
                    for (to, part) in to.iter_mut().zip(parts) {
                        *to = part[column].into();
                    }
                }
            }
            for (to, column) in rows.zip(task_count / 2 * 2..task_count) {
                for (to, sample) in to.iter_mut().zip(samples) {
                    *to = classes[sample * task_count + column].into();
                }
            }
        }
        if count < padded {
            rows_mut(self.inputs, padded).for_each(|row| row[count..].fill(0.0));
            rows_mut(self.classes, padded).for_each(|row| row[count..].fill(0));
        }
    }
}

/// Writes `count` samples to the batch, and zeros behind them; `chosen` says which sample comes to a place.
#[inline(always)]
fn columns(
    from: &Samples<'_>,
    count: usize,
    chosen: impl Fn(usize) -> usize,
    inputs: &mut [f32],
    classes: &mut [u32],
) {
    let padded = padded(count);
    rows_of::<_, _, 4>(from.inputs, from.input_count, count, &chosen, inputs);
    rows_of::<_, _, 2>(from.classes, from.task_count, count, &chosen, classes);
    if count < padded {
        rows_mut(inputs, padded).for_each(|row| row[count..].fill(0.0));
        rows_mut(classes, padded).for_each(|row| row[count..].fill(0));
    }
}

/// Writes rows from samples of `width`, `N` rows at a time.
#[inline(always)]
fn rows_of<T: Copy + Into<U>, U, const N: usize>(
    from: &[T],
    width: usize,
    count: usize,
    chosen: impl Fn(usize) -> usize,
    to: &mut [U],
) {
    let whole = width / N * N;
    // Cut to the samples, so that no place is looked for beyond its row.
    let mut rows = rows_mut(to, padded(count)).map(|row| &mut row[..count]);
    for start in (0..whole).step_by(N) {
        let rows: [_; N] = from_fn(|_| rows.next().expect("a row for each column"));
        #[expect(clippy::needless_range_loop, reason = "it indexes N rows")]
        for place in 0..count {
            let part = part_of::<_, N>(from, chosen(place) * width + start);
            for column in 0..N {
                rows[column][place] = part[column].into();
            }
        }
    }
    for (row, column) in rows.zip(whole..width) {
        for (place, to) in row.iter_mut().enumerate() {
            *to = from[chosen(place) * width + column].into();
        }
    }
}

/// The numbers of a part of a sample, from `start` on.
#[inline(always)]
fn part_of<T, const N: usize>(from: &[T], start: usize) -> &[T; N] {
    let part = &from[start..start + N];
    part.first_chunk().expect("as long as it was cut")
}

#[inline(always)]
fn block_of<T>(row: &mut [T], block: usize) -> &mut [T; LANES] {
    &mut row.as_chunks_mut().0[block]
}

#[cfg(test)]
mod tests {
    use super::{Chosen, Samples};
    use crate::lanes::{LANES, Portable};

    #[test]
    fn samples_become_columns_however_many_inputs_they_have() {
        for columns in 1..=9 {
            // Sample s has input i = 100 s + i and class 10 s.
            let inputs: [f32; 9 * 40] = core::array::from_fn(|at| (at / columns * 100 + at % columns) as f32);
            let classes: [u16; 40] = core::array::from_fn(|sample| 10 * sample as u16);
            let samples = Samples::new(&inputs[..40 * columns], columns, &classes, 1);
            let (mut to, mut class) = ([-1.0; 9 * 2 * LANES], [7_u32; 2 * LANES]);
            let chosen: [u32; 19] = core::array::from_fn(|place| 3 + 2 * place as u32);
            samples.gather::<Portable>(Chosen::Listed(&chosen), &mut to, &mut class);
            for (place, &class) in class.iter().enumerate() {
                let sample = (place < 19).then_some(3 + 2 * place);
                assert_eq!(class, sample.map_or(0, |sample| 10 * sample as u32));
                for column in 0..columns {
                    let expected = sample.map_or(0.0, |sample| (100 * sample + column) as f32);
                    assert_eq!(to[column * 2 * LANES + place], expected);
                }
            }
        }
    }
}
