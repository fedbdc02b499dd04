//! Synaptic flow: how much of what flows from the inputs to the outputs passes a weight, were all weights positive.

use crate::lanes::{Kernel, Lanes};
use crate::math::power_of_two;
use crate::{Mask, Mlp};

impl Mlp<'_> {
    /// Length of the flows that [`synflow`] takes.
    pub const fn flow_len(self) -> usize {
        2 * self.neuron_count() + self.layer_count()
    }
}

/// Writes the synaptic flow `|∂R/∂w · w|` of every weight to `scores`, `R = 1ᵀ·|W_L|···|W_1|·1`, times one power of two
/// that is the same for all (Tanaka et al. 2020, "Pruning neural networks without any data by iteratively conserving
/// synaptic flow", algorithm 1). Biases, which are 0 when a network is initialized, and the ReLU, which lets everything
/// through that is positive, are left out. A weight that is 0, as pruned ones are, and one on no path from an input to
/// an output score 0.
///
/// `params` are the network's, `scores` as long as there are weights, `flows` scratch of at least
/// [`Mlp::flow_len`]. Sums start at 0 and ascend, forward in the inputs of a unit and backward in the units that it
/// feeds, so `L` changes no bit.
///
/// # Panics
/// If a length is wrong.
pub fn synflow<L: Lanes>(net: Mlp<'_>, params: &[f32], scores: &mut [f32], flows: &mut [f32]) {
    assert_same!(
        params.len(),
        net.param_count(),
        "one parameter per weight and bias"
    );
    assert_same!(scores.len(), net.weight_count(), "one score per weight");
    let flows = &mut flows[..net.flow_len()];
    L::run(Flow {
        net,
        params,
        scores,
        flows,
    });
}

/// Prunes the surviving weights down to `left` by their synaptic flow, and sets them to +0.0 in `params`: round k of
/// `rounds` leaves `round(T·(left / T)^(k / rounds))` of the T that survive at first, halves to even, by scores computed
/// afresh (Tanaka et al. 2020, algorithm 1; they take 100 rounds). Of equal scores the earlier in flat order goes first.
///
/// `scores` and `flows` are scratch, as [`synflow`] takes them.
///
/// # Panics
/// If a length is wrong, there is no round, or fewer than `left` weights survive.
pub fn synflow_prune<L: Lanes>(
    net: Mlp<'_>,
    params: &mut [f32],
    mask: &mut Mask<'_>,
    (left, rounds): (usize, u32),
    scores: &mut [f32],
    flows: &mut [f32],
) {
    let all = mask.remaining();
    assert!(0 < rounds, "pruning takes a round");
    assert!(left <= all, "cannot prune {all} weights to {left}");
    mask.apply(params);
    for round in 1..=rounds {
        let density = libm::pow(left as f64 / all as f64, f64::from(round) / f64::from(rounds));
        let now = if round < rounds {
            libm::rint(all as f64 * density) as usize
        } else {
            left
        };
        let count = mask.remaining() - now.clamp(left, mask.remaining());
        if 0 < count {
            synflow::<L>(net, params, scores, flows);
            mask.prune_least(scores, 0..net.weight_count(), count);
            mask.apply(params);
        }
    }
}

/// [`synflow`], as a kernel.
struct Flow<'a> {
    net: Mlp<'a>,
    params: &'a [f32],
    scores: &'a mut [f32],
    flows: &'a mut [f32],
}

impl Kernel for Flow<'_> {
    type Output = ();

    /// What flows would grow or shrink with every layer, beyond what an f32 holds. So the weights of each layer count
    /// times the power of two that brings the greatest flow behind it to 1..2. A score has one factor from each layer,
    /// that of its own among them, so all scores are scaled alike, and a power of two rounds nothing.
    #[inline(always)]
    fn run<L: Lanes>(self) {
        let Self {
            net,
            params,
            scores,
            flows,
        } = self;
        // From the inputs to each neuron, from each neuron to the outputs; and the scale of each layer.
        let (forward, rest) = flows.split_at_mut(net.neuron_count());
        let (backward, scales) = rest.split_at_mut(net.neuron_count());
        forward[..net.input_count()].fill(1.0);
        let mut first = 0;
        for (layer, scale) in net.layers().zip(&mut *scales) {
            let (inputs, outputs) = forward[first..].split_at_mut(layer.fan_in);
            let outputs = &mut outputs[..layer.fan_out];
            let rows = params[layer.weights].chunks_exact(layer.fan_in);
            for (row, output) in rows.zip(&mut *outputs) {
                let terms = row.iter().zip(&*inputs);
                *output = terms.fold(0.0, |sum, (weight, flow)| sum + weight.abs() * flow);
            }
            *scale = to_one(
                outputs
                    .iter()
                    .fold(0.0, |most, &flow| if most < flow { flow } else { most }),
            );
            for flow in outputs {
                *flow *= *scale;
            }
            first += layer.fan_in;
        }
        backward[first..].fill(1.0);
        for (layer, &scale) in net.layers().zip(&*scales).rev() {
            first -= layer.fan_in;
            let (flows, reached) = forward[first..].split_at(layer.fan_in);
            let (sums, deltas) = backward[first..].split_at_mut(layer.fan_in);
            sums.fill(0.0);
            let rows = params[layer.weights.clone()].chunks_exact(layer.fan_in);
            let scores = scores[layer.weights].chunks_exact_mut(layer.fan_in);
            for (((row, scores), delta), &reached) in rows.zip(scores).zip(deltas).zip(reached) {
                // What no input reaches may lead to the outputs by weights so large that they overflow, and nothing flows.
                *delta = if 0.0 < reached {
                    (*delta * scale).min(f32::MAX)
                } else {
                    0.0
                };
                for (((weight, score), flow), sum) in row.iter().zip(scores).zip(flows).zip(&mut *sums) {
                    *score = weight.abs() * flow * *delta;
                    *sum += weight.abs() * *delta;
                }
            }
        }
    }
}

/// The power of two that brings a flow to 1..2, where there is one that brings it closer.
#[inline(always)]
fn to_one(flow: f32) -> f32 {
    let exponent = (flow.to_bits() >> 23) as i32 - 127;
    power_of_two((-exponent).max(-126))
}

#[cfg(test)]
mod tests {
    use super::{synflow, synflow_prune};
    use crate::lanes::Portable;
    use crate::{Mask, Mlp};

    #[test]
    fn a_score_is_what_flows_through_a_weight() {
        // |w|: 1 2 / 0 4, then 8 3: 1·8 + 2·8 + 4·3 = 36 flow.
        const NET: Mlp<'_> = Mlp::new(&[2, 2, 1]);
        let params = [1.0, -2.0, 0.0, 4.0, -8.0, 3.0, 0.5, 0.5, 0.5];
        let (mut scores, mut flows) = ([9.0; 6], [9.0; NET.flow_len()]);
        synflow::<Portable>(NET, &params, &mut scores, &mut flows);
        let scale = scores[0] / 8.0;
        assert_eq!(
            scores.map(|score| score / scale),
            [8.0, 16.0, 0.0, 12.0, 24.0, 12.0]
        );
        assert_eq!(scale.to_bits() << 9, 0, "a power of two");
    }

    #[test]
    fn weights_on_no_path_score_zero_however_large() {
        const NET: Mlp<'_> = Mlp::new(&[2, 2, 2, 2]);
        // The second unit of each hidden layer is fed by nothing but the other, and the second output by none.
        let mut params = [1e-30; NET.param_count()];
        (params[2], params[3], params[4 + 2]) = (0.0, 0.0, 0.0);
        (params[4 + 1], params[4 + 3], params[8 + 1]) = (1e30, 1e30, 1e30);
        (params[8 + 2], params[8 + 3]) = (0.0, 0.0);
        let (mut scores, mut flows) = ([9.0; 12], [9.0; NET.flow_len()]);
        synflow::<Portable>(NET, &params, &mut scores, &mut flows);
        let on_path = [0, 1, 4, 8];
        assert!(
            (0..12).all(|index| (0.0 < scores[index]) == on_path.contains(&index)),
            "{scores:?}"
        );
    }

    #[test]
    fn neither_depth_nor_width_is_too_much_for_a_float() {
        for (weight, width) in [(1e-5, 3), (3e3, 3), (1.0, 12)] {
            let mut widths = [width; if cfg!(miri) { 20 } else { 200 }];
            widths[0] = 2;
            let net = Mlp::new(&widths);
            let mut params = std::vec![weight; net.param_count()];
            params[5] *= 2.0;
            let mut scores = std::vec![0.0; net.weight_count()];
            synflow::<Portable>(net, &params, &mut scores, &mut std::vec![0.0; net.flow_len()]);
            for layer in net.layers() {
                // What flows through a layer is the same for all, but for rounding: a unit for each term and each layer.
                let flow = |layer: crate::Layer| {
                    scores[layer.weights]
                        .iter()
                        .map(|&score| f64::from(score))
                        .sum::<f64>()
                };
                let (here, first) = (flow(layer), flow(net.layer(0)));
                assert!(
                    (here / first - 1.0).abs() < 200.0 * 14.0 / 16_777_216.0,
                    "{here}, {first}"
                );
            }
        }
    }

    #[test]
    fn rounds_leave_what_is_wanted_and_no_layer_empty() {
        const NET: Mlp<'_> = Mlp::new(&[4, 8, 8, 2]);
        let initial: [f32; NET.param_count()] =
            core::array::from_fn(|index| (index * 37 % 101) as f32 - 50.5);
        let (mut scores, mut flows) = ([0.0; NET.weight_count()], [0.0; NET.flow_len()]);
        let mut bits = [0; NET.mask_len()];
        let rounds = if cfg!(miri) { 10 } else { 100 };
        for left in [112, 50, 3, 1, 0] {
            let (mut params, mut mask) = (initial, Mask::full(NET, &mut bits));
            synflow_prune::<Portable>(
                NET,
                &mut params,
                &mut mask,
                (left, rounds),
                &mut scores,
                &mut flows,
            );
            assert_eq!(mask.remaining(), left);
            assert!((0..112).all(|index| (params[index] != 0.0) == mask.survives(index)));
            // Layers collapse when scores are taken once; in rounds, the last weights make one path.
            let layers = NET.layers().map(|layer| {
                layer
                    .weights
                    .clone()
                    .filter(|&index| mask.survives(index))
                    .count()
            });
            assert!(left < 3 || layers.into_iter().all(|count| 0 < count), "{left}");
        }
    }
}
