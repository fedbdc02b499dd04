//! Draws masks under which every weight that survives is active. Of weights pruned at random to 2 %, most reach no
//! output; sparse kernels skip them, and would seem faster than they are.

use rand_core::Rng;
use tombola::Mlp;
use tombola::random::shuffle;

/// Chooses `weights_left` weights, each of them on a path from an input to an output. First every hidden unit gets one
/// weight in and one out, as long as there are weights for that: where there are not, as many units as can be. The rest
/// are drawn at random among the weights between those units.
///
/// # Panics
/// If there are fewer weights, or too few for one path.
pub fn active(net: Mlp<'_>, weights_left: usize, rng: &mut impl Rng) -> Vec<bool> {
    assert!(
        (net.layer_count()..=net.weight_count()).contains(&weights_left),
        "weights for one path, at most all"
    );
    let widest = net.widths().iter().copied().max().unwrap_or(0);
    let paths = widest.min(weights_left / net.layer_count());
    let units = net.widths().iter().map(|&width| {
        let mut units: Vec<usize> = (0..width).collect();
        shuffle(&mut units, rng);
        units.truncate(paths);
        units
    });
    let units: Vec<Vec<usize>> = units.collect();
    let weight = |number: usize, output: usize, input: usize| {
        let layer = net.layer(number);
        layer.weights.start + output * layer.fan_in + input
    };

    let mut survives = vec![false; net.weight_count()];
    let mut left = weights_left;
    let mut others = vec![];
    for (number, ends) in units.windows(2).enumerate() {
        for path in 0..paths {
            let [input, output] = [&ends[0], &ends[1]].map(|units| units[path % units.len()]);
            let kept = &mut survives[weight(number, output, input)];
            left -= usize::from(!*kept);
            *kept = true;
        }
        let between = ends[1]
            .iter()
            .flat_map(|&output| ends[0].iter().map(move |&input| (output, input)));
        others.extend(between.map(|(output, input)| weight(number, output, input)));
    }
    others.retain(|&weight| !survives[weight]);
    shuffle(&mut others, rng);
    for &weight in &others[..left] {
        survives[weight] = true;
    }
    survives
}

#[cfg(test)]
mod tests {
    use tombola::random::{Purpose, stream};
    use tombola::{Mask, Mlp, Structure};

    use super::active;
    use crate::TASKS;

    #[test]
    fn every_weight_is_active_and_every_unit_where_there_are_weights_for_it() {
        for (width, weights_left, units) in [
            (16, 7, 2),
            (16, 47, 15),
            (16, 48, 16),
            (32, 122, 32),
            (32, 1216, 32),
        ] {
            let widths = [4, width, width, 2];
            let net = Mlp::new(&widths);
            let survives = active(net, weights_left, &mut stream(1, Purpose::Weights));
            let mut bits = vec![0; net.mask_len()];
            let mask = Mask::from_fn(net, &mut bits, |weight| survives[weight]);
            let mut memory = vec![0; Structure::memory_len(net, TASKS.len())];
            let structure = Structure::of(net, &TASKS, &mask, &mut memory);
            assert_eq!(structure.weight_counts().active, weights_left);
            for layer in [1, 2] {
                assert_eq!(
                    structure.neuron_counts(layer).active,
                    units,
                    "{weights_left} weights of width {width}"
                );
            }
        }
    }
}
