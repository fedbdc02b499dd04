//! From the deltas of one layer, and the activations below, to the gradient of its parameters.

use crate::kernels::fold::Folder;
use crate::kernels::{blocks, is_wide};
use crate::lanes::{LANES, Lanes, Work};

/// How many activations of the layer below a tile may walk over before it begins again with the next outputs: what
/// stays in a cache of the second level.
const CACHED: usize = 1 << 15;

/// `weight_grads[o, i] = Σₛ deltas[o, s] · inputs[i, s]` and `bias_grads[o] = Σₛ deltas[o, s]`, lane by lane.
pub(crate) struct BackwardToWeights<'a> {
    pub(crate) deltas: &'a [f32],
    pub(crate) inputs: &'a [f32],
    /// `(outputs, inputs)`.
    pub(crate) weight_grads: &'a mut [f32],
    pub(crate) bias_grads: &'a mut [f32],
    pub(crate) padded: usize,
}

impl Work for BackwardToWeights<'_> {
    type Answer = ();

    #[inline(always)]
    fn on<L: Lanes>(self) {
        let Self {
            deltas,
            inputs,
            weight_grads,
            bias_grads,
            padded,
        } = self;
        let mut bias_grads = Folder::<L>::new(bias_grads);
        for delta in deltas.chunks_exact(padded) {
            let mut sum = L::splat(0.0);
            for delta in blocks(delta) {
                sum = sum.add(L::load(delta));
            }
            bias_grads.push(sum);
        }
        bias_grads.flush();

        // 16 partial sums where there are registers for them, else 4.
        if is_wide::<L>() {
            matrix::<L, 4, 4>(deltas, inputs, weight_grads, padded);
        } else {
            matrix::<L, 2, 2>(deltas, inputs, weight_grads, padded);
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
        for (grads, deltas) in weight_grads.chunks_mut(O * fan_in).zip(deltas.chunks(O * padded)) {
            if deltas.len() == O * padded {
                rows::<L, O, I>(deltas, inputs, grads, fan_in, first, padded);
                continue;
            }
            for (delta, grads) in deltas.chunks_exact(padded).zip(grads.chunks_exact_mut(fan_in)) {
                rows::<L, 1, I>(delta, inputs, grads, fan_in, first, padded);
            }
        }
    }
}

/// The gradients of `O` outputs' weights from these inputs, of which input `first` is the first.
#[inline(always)]
fn rows<L: Lanes, const O: usize, const I: usize>(
    deltas: &[f32],
    inputs: &[f32],
    grads: &mut [f32],
    fan_in: usize,
    first: usize,
    padded: usize,
) {
    for (group, inputs) in inputs.chunks(I * padded).enumerate() {
        let input = first + group * I;
        if inputs.len() == I * padded {
            tile::<L, O, I>(deltas, inputs, grads, fan_in, input, padded);
            continue;
        }
        for (input, samples) in (input..).zip(inputs.chunks_exact(padded)) {
            tile::<L, O, 1>(deltas, samples, grads, fan_in, input, padded);
        }
    }
}

/// The gradients of `O` outputs' weights from `I` inputs, of which `input` is the first; `O · I` is at most 16.
#[inline(always)]
fn tile<L: Lanes, const O: usize, const I: usize>(
    deltas: &[f32],
    inputs: &[f32],
    grads: &mut [f32],
    fan_in: usize,
    input: usize,
    padded: usize,
) {
    let zero = L::splat(0.0);
    let mut sums = [[zero; I]; O];
    let count = padded / LANES;
    let (deltas, inputs) = (blocks(deltas), blocks(inputs));
    let (mut delta_rows, mut input_rows) = ([&[][..]; O], [&[][..]; I]);
    for (number, row) in delta_rows.iter_mut().enumerate() {
        *row = deltas[number * count..][..count].as_chunks::<4>().0;
    }
    for (number, row) in input_rows.iter_mut().enumerate() {
        *row = inputs[number * count..][..count].as_chunks::<4>().0;
    }
    for four in 0..count / 4 {
        let (mut deltas, mut inputs) = ([&[[0.0; LANES]; 4]; O], [&[[0.0; LANES]; 4]; I]);
        for (to, row) in deltas.iter_mut().zip(delta_rows) {
            *to = &row[four];
        }
        for (to, row) in inputs.iter_mut().zip(input_rows) {
            *to = &row[four];
        }
        for block in 0..4 {
            let mut samples = [zero; I];
            for (samples, row) in samples.iter_mut().zip(inputs) {
                *samples = L::load(&row[block]);
            }
            for (sums, row) in sums.iter_mut().zip(deltas) {
                let delta = L::load(&row[block]);
                for (sum, samples) in sums.iter_mut().zip(samples) {
                    *sum = sum.add(delta.mul(samples));
                }
            }
        }
    }
    for block in count / 4 * 4..count {
        for (number, sums) in sums.iter_mut().enumerate() {
            let delta = L::load(&deltas[number * count + block]);
            for (input, sum) in sums.iter_mut().enumerate() {
                *sum = sum.add(delta.mul(L::load(&inputs[input * count + block])));
            }
        }
    }
    if O * I <= 4 {
        let mut few = [zero; 4];
        few[..O * I].copy_from_slice(sums.as_flattened());
        let folded = L::fold(few);
        for (folded, grads) in folded.chunks(I).zip(grads.chunks_mut(fan_in)).take(O) {
            grads[input..input + I].copy_from_slice(folded);
        }
        return;
    }
    let mut all = [zero; LANES];
    all[..O * I].copy_from_slice(sums.as_flattened());
    let mut folded = [0.0; LANES];
    L::fold_all(all).store(&mut folded);
    for (folded, grads) in folded.chunks(I).zip(grads.chunks_mut(fan_in)).take(O) {
        grads[input..input + I].copy_from_slice(folded);
    }
}
