//! The surviving weights of 16 rows side by side, for the pass of one sample: each row sums its own weights one
//! after the other, but 16 rows take a *step* together (sliced rows, SELL, Kreutzer et al. 2014). Outputs that have no row
//! are passed over.
//!
//! A machine picks 16 values fast from a few registers, not from all inputs, so a step reads a *window* of
//! [`WINDOW`] inputs. It lies around the least input that any of the 16 rows waits for, and each row whose next input lies in
//! the window takes its step. The others add a weight of +0.0 times an input that another row reads. The steps of a *run*
//! share their window, so that it is loaded once.
//!
//! The weights are copied, for they lie in this order, and the lists lie beside them, as bits of floats, so that a network
//! needs one piece of memory. A layer, in vectors of 16: the first words of the first say how many times 16 rows there are
//! and how many vectors, and then of each 16 rows
//!
//! | vectors | what |
//! |---|---|
//! | 1 | how many steps there are, how many rows, and how many runs |
//! | 1 | their outputs |
//! | 1 | their biases |
//! | steps | weights |
//! | (4 steps + 2 runs) / 16, rounded up | of each step 16 bytes: the place of each row's input in the window; of each run where its window starts, and how many steps it has |

use super::Csr;
use crate::lanes::{LANES, WINDOW, padded};

/// Words of a step beside its weights.
const WORDS: usize = LANES / 4;

/// Words of a run.
const RUN: usize = 2;

/// A window starts at a multiple of this, so that no load of a vector crosses a cache line. Half a window: with whole ones
/// rows wait longer, with quarters there are more runs, and both were measured to be slower.
const STRIDE: usize = WINDOW / 2;

/// Floats that hold the activations of a layer of so many units: a window never ends beyond them.
pub(crate) const fn room(units: usize) -> usize {
    if units < WINDOW { WINDOW } else { padded(units) }
}

/// Vectors that a layer takes at most: each step goes on from the least input that a row waits for, so there are no more of
/// them than inputs, and no more runs than places where a window starts.
pub(crate) const fn len(fan_in: usize, fan_out: usize) -> usize {
    1 + fan_out.div_ceil(LANES) * group_len(fan_in, fan_in.div_ceil(STRIDE))
}

const fn group_len(steps: usize, runs: usize) -> usize {
    3 + steps + (steps * WORDS + runs * RUN).div_ceil(LANES)
}

/// 16 rows, or the last ones.
pub(crate) struct Group<'a> {
    /// The output of each row as the bits of a float, ascending.
    pub(crate) outputs: &'a [f32],
    pub(crate) biases: &'a [f32; LANES],
    /// Of each step.
    weights: &'a [[f32; LANES]],
    /// Of each step what [`crate::lanes::Lanes::pick`] takes.
    picks: &'a [[f32; WORDS]],
    /// Of each run where its window starts and how many steps it has, as the bits of floats.
    runs: &'a [[f32; RUN]],
}

/// Steps that read the same window.
pub(crate) struct Run<'a> {
    /// The first input of the window.
    pub(crate) start: usize,
    weights: &'a [[f32; LANES]],
    picks: &'a [[f32; WORDS]],
}

impl<'a> Group<'a> {
    /// The steps, run by run.
    #[inline(always)]
    pub(crate) fn runs(&self) -> impl Iterator<Item = Run<'a>> + use<'a> {
        let (mut weights, mut picks) = (self.weights, self.picks);
        self.runs.iter().map_while(move |run| {
            let [start, steps] = run.map(|word| word.to_bits() as usize);
            Some(Run {
                start,
                weights: weights.split_off(..steps)?,
                picks: picks.split_off(..steps)?,
            })
        })
    }
}

impl<'a> Run<'a> {
    /// Of each step the weights, and what [`crate::lanes::Lanes::pick`] takes.
    #[inline(always)]
    pub(crate) fn steps(&self) -> impl Iterator<Item = (&'a [f32; LANES], &'a [f32; WORDS])> + use<'a> {
        self.weights.iter().zip(self.picks)
    }
}

/// The rows of a layer that [`write`](write()) wrote, 16 at a time; takes them off the vectors.
#[inline(always)]
pub(crate) fn groups<'a>(vectors: &mut &'a [[f32; LANES]]) -> impl Iterator<Item = Group<'a>> {
    let count = vectors.split_off_first().map_or(0, |[count, ..]| count.to_bits());
    (0..count).map_while(|_| {
        let ([[steps, rows, runs, ..], outputs, biases], rest) = vectors.split_first_chunk()?;
        let [steps, rows, runs] = [steps, rows, runs].map(|count| count.to_bits() as usize);
        let (weights, rest) = rest.split_at_checked(steps)?;
        let (words, rest) = rest.split_at_checked((steps * WORDS + runs * RUN).div_ceil(LANES))?;
        let (picks, words) = words.as_flattened().split_at_checked(steps * WORDS)?;
        *vectors = rest;
        Some(Group {
            outputs: outputs.get(..rows)?,
            biases,
            weights,
            picks: picks.as_chunks().0,
            runs: words.as_chunks().0.get(..runs)?,
        })
    })
}

/// Takes a layer off the vectors unread.
#[inline(always)]
pub(crate) fn skip(vectors: &mut &[[f32; LANES]]) {
    let used = vectors.first().map_or(0, |[_, used, ..]| used.to_bits());
    *vectors = &vectors[used as usize..];
}

/// Writes a layer, whose weights are row by row, and returns how many vectors it took, at most [`len`].
pub(crate) fn write(
    csr: Csr<'_>,
    weights: &[f32],
    biases: &[f32],
    fan_in: usize,
    vectors: &mut [[f32; LANES]],
) -> usize {
    let mut rows = csr.rows().peekable();
    let (mut used, mut groups) = (1, 0);
    while rows.peek().is_some() {
        let mut steps = Steps {
            left: [(&[], &[]); LANES],
            last: (room(fan_in) - WINDOW) as u32,
        };
        let (mut outputs, mut starts, mut count) = ([0.0; LANES], [0.0; LANES], 0);
        for (lane, row) in rows.by_ref().take(LANES).enumerate() {
            steps.left[lane] = (row.entries, &weights[row.weights]);
            outputs[lane] = f32::from_bits(row.output as u32);
            // The sum turns a bias of −0 into +0, so that no order of zeros shows.
            starts[lane] = biases[row.output] + 0.0;
            count = lane + 1;
        }
        let (mut len, mut runs, mut start) = (0, 0, None);
        for step in steps.clone() {
            len += 1;
            runs += usize::from(start.replace(step.start) != Some(step.start));
        }
        let vectors = &mut vectors[used..][..group_len(len, runs)];
        used += vectors.len();
        groups += 1;
        vectors.as_flattened_mut().fill(0.0);
        for (word, number) in vectors[0].iter_mut().zip([len, count, runs]) {
            *word = f32::from_bits(number as u32);
        }
        (vectors[1], vectors[2]) = (outputs, starts);
        let (all_weights, words) = vectors[3..].split_at_mut(len);
        let (picks, runs) = words.as_flattened_mut().split_at_mut(len * WORDS);
        let mut runs = runs.as_chunks_mut::<RUN>().0.iter_mut();
        let (mut run, mut start) = (&mut [0.0; RUN], None);
        let picks = picks.as_chunks_mut::<WORDS>().0;
        for (step, (weights, picks)) in steps.zip(all_weights.iter_mut().zip(picks)) {
            if start.replace(step.start) != Some(step.start)
                && let Some(next) = runs.next()
            {
                run = next;
                run[0] = f32::from_bits(step.start);
            }
            run[1] = f32::from_bits(run[1].to_bits() + 1);
            *weights = step.weights;
            for (word, bytes) in picks.iter_mut().zip(step.picks.as_chunks().0) {
                *word = f32::from_bits(u32::from_le_bytes(*bytes));
            }
        }
    }
    vectors[0] = [0.0; LANES];
    (vectors[0][0], vectors[0][1]) = (f32::from_bits(groups), f32::from_bits(used as u32));
    used
}

/// One step of 16 rows.
struct Step {
    start: u32,
    weights: [f32; LANES],
    picks: [u8; LANES],
}

/// The steps of 16 rows.
#[derive(Clone)]
struct Steps<'a> {
    /// Inputs and weights of each row that are still to come.
    left: [(&'a [[u32; 2]], &'a [f32]); LANES],
    /// Where the last window starts.
    last: u32,
}

impl Iterator for Steps<'_> {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        let firsts = self.left.iter().filter_map(|(entries, _)| entries.first());
        let first = firsts.map(|[input, _]| *input).min()?;
        let start = first.min(self.last) / STRIDE as u32 * STRIDE as u32;
        let mut step = Step {
            start,
            weights: [0.0; LANES],
            picks: [(first - start) as u8; LANES],
        };
        for (lane, left) in self.left.iter_mut().enumerate() {
            if let (&[[input, _], ref entries @ ..], &[weight, ref weights @ ..]) = *left
                && input - start < WINDOW as u32
            {
                *left = (entries, weights);
                step.weights[lane] = weight;
                step.picks[lane] = (input - start) as u8;
            }
        }
        Some(step)
    }
}

#[cfg(test)]
mod tests {
    use super::{groups, len, room};
    use crate::lanes::{LANES, Lanes, Portable};
    use crate::{Mask, Mlp, Packing};

    const NET: Mlp<'_> = Mlp::new(&[40, 20]);

    /// Each step with the start of its window.
    fn steps_of<'a>(
        group: &super::Group<'a>,
    ) -> impl Iterator<Item = (usize, (&'a [f32; LANES], &'a [f32; super::WORDS]))> {
        let runs = group.runs();
        runs.flat_map(|run| run.steps().map(move |step| (run.start, step)))
    }

    /// Writes the layer and reads it back: each row takes its own weights, in their order, and nothing else.
    fn check(survives: impl Fn(usize) -> bool, most_steps: usize) {
        let mut bits = [0; NET.mask_len()];
        let mask = Mask::from_fn(NET, &mut bits, &survives);
        let mut index = [0; Packing::compressed_index_len(NET)];
        let packing = Packing::compressed(NET, &mask, &mut index);
        let mut params: [f32; NET.param_count()] = core::array::from_fn(|weight| weight as f32 + 1.0);
        packing.pack_rows(&mask, &mut params);
        let (layer, mut vectors) = (packing.layer(0), [[f32::NAN; LANES]; len(40, 20)]);
        let (weights, biases) = (&params[layer.weights], &params[layer.biases]);
        let csr = layer.lists.expect("all are compressed").csr();
        let used = super::write(csr, weights, biases, 40, &mut vectors);

        let inputs: [f32; room(40)] = core::array::from_fn(|input| input as f32);
        let (mut rest, mut output, mut steps) = (&vectors[..used], 0, 0);
        for group in groups(&mut rest) {
            steps += steps_of(&group).count();
            let starts = group.runs().map(|run| run.start);
            assert!(
                starts.is_sorted_by(|one, next| one < next),
                "a window is loaded once"
            );
            for (lane, row) in group.outputs.iter().enumerate() {
                assert_eq!(row.to_bits() as usize, output);
                assert_eq!(group.biases[lane], (NET.weight_count() + output) as f32 + 1.0);
                let mut expected = (40 * output..40 * (output + 1)).filter(|&weight| survives(weight));
                for (start, (weights, picks)) in steps_of(&group) {
                    let window = inputs[start..].first_chunk().expect("a window");
                    let mut picked = [f32::NAN; LANES];
                    Portable::pick(window, picks).store(&mut picked);
                    if weights[lane] != 0.0 {
                        let weight = expected.next().expect("no more than survive");
                        assert_eq!(
                            (weights[lane], picked[lane]),
                            (weight as f32 + 1.0, (weight % 40) as f32)
                        );
                    }
                }
                assert_eq!(expected.next(), None);
                output += 1;
            }
        }
        assert_eq!((output, rest.len()), (20, 0));
        assert!(steps <= most_steps, "{steps}");
    }

    #[test]
    fn every_weight_takes_one_step_in_its_order() {
        check(|_| true, 2 * 40);
        check(|_| false, 0);
        // Neighbors, whose rows are in step.
        check(|weight| weight % 40 % 3 == 0, 2 * 14);
        // The first row of 16 has all, so the others wait for it.
        check(|weight| weight < 40 || weight % 7 == 0, 40 + 20);
        // Of each row one, far apart, and most within reach of another.
        check(|weight| weight % 41 == 0, 2 * 2);
        check(
            |weight| (weight as u32).wrapping_mul(2_654_435_761) >> 16 < 0x3333,
            2 * 20,
        );
    }
}
