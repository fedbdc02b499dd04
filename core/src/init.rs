//! The initial weights: what a ticket is rewound to.

use rand_core::Rng;

use crate::Mlp;
use crate::math::sqrt;
use crate::random::Normal;

/// Draws normal weights of standard deviation √(2 / `fan_in`) in every layer, the output layer included, and sets the
/// biases to 0 (He et al. 2015, "Delving deep into rectifiers", eq. 10).
///
/// # Panics
/// If `params` is not `net.param_count()` long.
pub fn kaiming_normal(net: Mlp<'_>, params: &mut [f32], rng: &mut impl Rng) {
    assert_same!(
        params.len(),
        net.param_count(),
        "one parameter per weight and bias"
    );
    let mut normal = Normal::default();
    for layer in net.layers() {
        let deviation = sqrt(2.0 / layer.fan_in as f32);
        params[layer.weights].fill_with(|| normal.draw(rng) * deviation);
    }
    params[net.weight_count()..].fill(0.0);
}

#[cfg(test)]
mod tests {
    use super::kaiming_normal;
    use crate::Mlp;
    use crate::random::{Purpose, stream};

    #[test]
    fn weights_spread_by_their_fan_in_and_biases_are_zero() {
        const NET: Mlp<'_> = Mlp::new(&[4, 32, 32, 2]);
        let mut params = [9.0; NET.param_count()];
        kaiming_normal(NET, &mut params, &mut stream(0, Purpose::Weights));
        for (layer, variance) in NET.layers().zip([0.5, 2.0 / 32.0, 2.0 / 32.0]) {
            let weights = &params[layer.weights];
            let mean_square = weights.iter().map(|w| w * w).sum::<f32>() / weights.len() as f32;
            // Relative standard error of a variance is √(2/n); five of them.
            let margin = variance * 5.0 * (2.0 / weights.len() as f32).sqrt();
            assert!((mean_square - variance).abs() < margin, "{mean_square}");
        }
        assert!(
            params[NET.weight_count()..]
                .iter()
                .all(|bias| bias.to_bits() == 0)
        );
    }
}
