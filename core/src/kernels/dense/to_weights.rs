//! The backward pass of a dense layer to its parameters.

use crate::kernels::fold::{Folder, Sums, fold_one};
use crate::kernels::rows::{rows, rows_mut};
use crate::kernels::{blocks, has_room, has_vectors, is_wide};
use crate::lanes::{Kernel, LANES, Lanes};

/// How many activations of the layer below a tile may walk over before it begins again with the next outputs: what
/// stays in a cache of the second level.
const CACHED: usize = 1 << 15;

/// Computes the gradient of a layer's weights and biases; the lanes of each sum are folded at its end.
///
/// ```text
/// deltas (fan_out, padded), inputs (fan_in, padded) -> weight_grads (fan_out, fan_in), bias_grads (fan_out)
/// for each output o:
///     bias_grads[o] = Σₛ deltas[o, s]
///     for each input i: weight_grads[o, i] = Σₛ deltas[o, s] · inputs[i, s]
/// ```
pub(crate) struct BackwardToWeights<'a> {
    pub(crate) deltas: &'a [f32],
    pub(crate) inputs: &'a [f32],
    /// `(outputs, inputs)`.
    pub(crate) weight_grads: &'a mut [f32],
    pub(crate) bias_grads: &'a mut [f32],
    pub(crate) padded: usize,
}

impl Kernel for BackwardToWeights<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        let Self {
            deltas,
            inputs,
            weight_grads,
            bias_grads,
            padded,
        } = self;
        let mut sums = Sums::new();
        let mut bias_grads = Folder::new(bias_grads, &mut sums);
        for delta in rows(deltas, padded) {
            let mut sum = L::splat(0.0);
            for delta in blocks(delta) {
                sum = sum.add(L::load(delta));
            }
            bias_grads.push(sum);
        }
        bias_grads.flush();

        // 16 partial sums where there are registers for them, else 4, else one.
        if is_wide::<L>() {
            matrix::<L, 4, 4>(deltas, inputs, weight_grads, padded);
        } else if has_room::<L>() {
            matrix::<L, 2, 2>(deltas, inputs, weight_grads, padded);
        } else if has_vectors::<L>() {
            one_by_one::<L>(deltas, inputs, weight_grads, padded);
        } else {
            matrix::<L, 1, 1>(deltas, inputs, weight_grads, padded);
        }
    }
}

/// All weights, `O` outputs by `I` inputs at a time.
#[inline(always)]
fn matrix<L: Lanes, const O: usize, const I: usize>(
    deltas: &[f32],
    inputs: &[f32],
    weight_grads: &mut [f32],
    padded: usize,
) {
    let fan_in = inputs.len() / padded;
    let part = (CACHED / padded / I).max(1) * I;
    for (number, inputs) in inputs.chunks(part * padded).enumerate() {
        let first = number * part;
        let (mut deltas, mut grads) = (deltas, &mut *weight_grads);
        while let Some((now, later)) = deltas.split_at_checked(O * padded) {
            let to;
            (to, grads) = grads.split_at_mut(O * fan_in);
            outputs::<L, O, I>(now, inputs, to, fan_in, first, padded);
            deltas = later;
        }
        for (delta, grads) in rows(deltas, padded).zip(rows_mut(grads, fan_in)) {
            outputs::<L, 1, I>(delta, inputs, grads, fan_in, first, padded);
        }
    }
}

/// All weights, one at a time: a machine of few registers has none to keep a tile in, but it folds 16 sums at once, too.
#[inline(always)]
fn one_by_one<L: Lanes>(deltas: &[f32], inputs: &[f32], weight_grads: &mut [f32], padded: usize) {
    let fan_in = inputs.len() / padded;
    let part = (CACHED / padded).max(1);
    let mut sums = Sums::new();
    for (number, inputs) in inputs.chunks(part * padded).enumerate() {
        for (delta, grads) in rows(deltas, padded).zip(rows_mut(weight_grads, fan_in)) {
            let mut grads = Folder::<L>::new(&mut grads[number * part..], &mut sums);
            for samples in rows(inputs, padded) {
                let mut sum = L::splat(0.0);
                for (delta, samples) in blocks(delta).iter().zip(blocks(samples)) {
                    sum = sum.add_product(L::load(delta), L::load(samples));
                }
                grads.push(sum);
            }
            grads.flush();
        }
    }
}

/// The gradients of `O` outputs' weights from these inputs, of which input `first` is the first.
#[inline(always)]
fn outputs<L: Lanes, const O: usize, const I: usize>(
    deltas: &[f32],
    inputs: &[f32],
    grads: &mut [f32],
    fan_in: usize,
    first: usize,
    padded: usize,
) {
    let deltas = split(deltas, padded);
    let (mut input, mut rest) = (first, inputs);
    while let Some((now, later)) = rest.split_at_checked(I * padded) {
        tile::<L, O, I>(deltas, split(now, padded), grads, fan_in, input);
        (input, rest) = (input + I, later);
    }
    for (input, samples) in (input..).zip(rows(rest, padded)) {
        tile::<L, O, 1>(deltas, [blocks(samples)], grads, fan_in, input);
    }
}

/// The blocks of `N` rows of a matrix.
#[inline(always)]
fn split<const N: usize>(matrix: &[f32], padded: usize) -> [&[[f32; LANES]]; N] {
    let mut split = [&[][..]; N];
    for (to, row) in split.iter_mut().zip(rows(matrix, padded)) {
        *to = blocks(row);
    }
    split
}

/// The gradients of `O` outputs' weights from `I` inputs, of which `input` is the first; `O · I` is at most 16.
#[inline(always)]
fn tile<L: Lanes, const O: usize, const I: usize>(
    deltas: [&[[f32; LANES]]; O],
    inputs: [&[[f32; LANES]]; I],
    grads: &mut [f32],
    fan_in: usize,
    input: usize,
) {
    let mut sums = [[L::splat(0.0); I]; O];
    let count = inputs[0].len();
    // Four blocks at a time: a loop of them, and a usual batch is no loop at all.
    let (mut delta_fours, mut input_fours) = ([&[][..]; O], [&[][..]; I]);
    for (to, row) in delta_fours.iter_mut().zip(deltas) {
        *to = &row.as_chunks::<4>().0[..count / 4];
    }
    for (to, row) in input_fours.iter_mut().zip(inputs) {
        *to = &row.as_chunks::<4>().0[..count / 4];
    }
    for four in 0..count / 4 {
        for block in 0..4 {
            let (mut delta, mut samples) = ([&[0.0; LANES]; O], [&[0.0; LANES]; I]);
            for (to, row) in delta.iter_mut().zip(delta_fours) {
                *to = &row[four][block];
            }
            for (to, row) in samples.iter_mut().zip(input_fours) {
                *to = &row[four][block];
            }
            add::<L, O, I>(&mut sums, delta, samples);
        }
    }
    for block in count / 4 * 4..count {
        let (mut delta, mut samples) = ([&[0.0; LANES]; O], [&[0.0; LANES]; I]);
        for (to, row) in delta.iter_mut().zip(deltas) {
            *to = &row[block];
        }
        for (to, row) in samples.iter_mut().zip(inputs) {
            *to = &row[block];
        }
        add::<L, O, I>(&mut sums, delta, samples);
    }
    if O * I == 1 {
        grads[input] = fold_one(sums[0][0]);
        return;
    }
    let mut folded = [0.0; LANES];
    if O * I <= 4 {
        let mut few = [L::splat(0.0); 4];
        few[..O * I].copy_from_slice(sums.as_flattened());
        folded[..4].copy_from_slice(&L::fold(few));
    } else {
        let mut all = [L::splat(0.0); LANES];
        all[..O * I].copy_from_slice(sums.as_flattened());
        L::fold_all(&all).store(&mut folded);
    }
    for output in 0..O {
        let folded = &folded[output * I..][..I];
        grads[output * fan_in + input..][..I].copy_from_slice(folded);
    }
}

/// One block of samples, added to all sums.
#[inline(always)]
fn add<L: Lanes, const O: usize, const I: usize>(
    sums: &mut [[L; I]; O],
    deltas: [&[f32; LANES]; O],
    inputs: [&[f32; LANES]; I],
) {
    let mut samples = [L::splat(0.0); I];
    for (samples, from) in samples.iter_mut().zip(inputs) {
        *samples = L::load(from);
    }
    for (sums, delta) in sums.iter_mut().zip(deltas) {
        let delta = L::load(delta);
        for (sum, samples) in sums.iter_mut().zip(samples) {
            *sum = sum.add_product(delta, samples);
        }
    }
}
