//! The initial weights and biases: what a ticket is rewound to.

use rand_core::Rng;

use crate::Mlp;
use crate::math::sqrt;
use crate::random::{Normal, Purpose, Seed, stream, uniform};

/// From which distribution initial weights are drawn, in every layer, the output layer included. All have mean 0; `fan_in`
/// and `fan_out` are the full ones of the layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum InitialWeights {
    /// Normal, deviation √(2 / `fan_in`) (He et al. 2015, "Delving deep into rectifiers", eq. 10).
    KaimingNormal,
    /// Uniform of the same deviation: up to √(6 / `fan_in`).
    KaimingUniform,
    /// Normal, deviation √(2 / (`fan_in` + `fan_out`)) (Glorot and Bengio 2010, "Understanding the difficulty of training
    /// deep feedforward neural networks", eq. 12).
    XavierNormal,
    /// Uniform of the same deviation: up to √(6 / (`fan_in` + `fan_out`)) (eq. 16 there).
    XavierUniform,
    /// Uniform up to 1 / √`fan_in`: what `torch.nn.Linear` begins with, which calls it Kaiming uniform with a = √5.
    PyTorch,
}

/// What initial biases are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum InitialBiases {
    /// +0.0.
    Zero,
    /// Uniform up to 1 / √`fan_in`, as `torch.nn.Linear` draws them.
    PyTorch,
}

/// How initial parameters are drawn: weights and biases each by a stream of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Init {
    /// The weights.
    pub weights: InitialWeights,
    /// The biases.
    pub biases: InitialBiases,
}

/// How far values spread.
enum Spread {
    /// Normal, of this deviation.
    Normal(f32),
    /// Uniform in `-bound..bound`.
    Uniform(f32),
}

impl Init {
    /// Kaiming normal weights, and no biases.
    pub const DEFAULT: Self = Self {
        weights: InitialWeights::KaimingNormal,
        biases: InitialBiases::Zero,
    };

    /// Draws the initial parameters of the network of a seed.
    ///
    /// # Panics
    /// If `params` is not `net.param_count()` long.
    pub fn draw(self, net: Mlp<'_>, params: &mut [f32], seed: impl Into<Seed>) {
        let streams = [Purpose::Weights, Purpose::Biases];
        self.draw_by(net, params, seed.into(), streams);
    }

    /// The same where a seed has several networks, or a network several draws.
    ///
    /// # Panics
    /// If `params` is not `net.param_count()` long.
    pub fn draw_one_of(self, net: Mlp<'_>, params: &mut [f32], seed: impl Into<Seed>, index: u32) {
        let streams = [Purpose::WeightsOf { index }, Purpose::BiasesOf { index }];
        self.draw_by(net, params, seed.into(), streams);
    }

    fn draw_by(self, net: Mlp<'_>, params: &mut [f32], seed: Seed, [of_weights, of_biases]: [Purpose; 2]) {
        self.weights.draw(net, params, &mut stream(seed, of_weights));
        match self.biases {
            InitialBiases::Zero => params[net.weight_count()..].fill(0.0),
            InitialBiases::PyTorch => {
                let rng = &mut stream(seed, of_biases);
                for layer in net.layers() {
                    let bound = 1.0 / sqrt(layer.fan_in as f32);
                    params[layer.biases].fill_with(|| between(bound, rng));
                }
            }
        }
    }
}

impl InitialWeights {
    /// Draws the weights, layer by layer in flat order.
    fn draw(self, net: Mlp<'_>, params: &mut [f32], rng: &mut impl Rng) {
        assert_same!(
            params.len(),
            net.param_count(),
            "one parameter per weight and bias"
        );
        let mut normal = Normal::default();
        for layer in net.layers() {
            let (fan_in, fan_out) = (layer.fan_in as f32, layer.fan_out as f32);
            let spread = match self {
                Self::KaimingNormal => Spread::Normal(sqrt(2.0 / fan_in)),
                Self::KaimingUniform => Spread::Uniform(sqrt(6.0 / fan_in)),
                Self::XavierNormal => Spread::Normal(sqrt(2.0 / (fan_in + fan_out))),
                Self::XavierUniform => Spread::Uniform(sqrt(6.0 / (fan_in + fan_out))),
                Self::PyTorch => Spread::Uniform(1.0 / sqrt(fan_in)),
            };
            let weights = &mut params[layer.weights];
            match spread {
                Spread::Normal(deviation) => weights.fill_with(|| normal.draw(rng) * deviation),
                Spread::Uniform(bound) => weights.fill_with(|| between(bound, rng)),
            }
        }
    }
}

/// A uniform number in `-bound..bound`.
fn between(bound: f32, rng: &mut impl Rng) -> f32 {
    (2.0 * uniform(rng) - 1.0) * bound
}

/// Draws weights as [`InitialWeights::KaimingNormal`] says, and sets the biases to 0.
///
/// # Panics
/// If `params` is not `net.param_count()` long.
pub fn kaiming_normal(net: Mlp<'_>, params: &mut [f32], rng: &mut impl Rng) {
    InitialWeights::KaimingNormal.draw(net, params, rng);
    params[net.weight_count()..].fill(0.0);
}

#[cfg(test)]
mod tests {
    use super::InitialWeights::{KaimingNormal, KaimingUniform, PyTorch, XavierNormal, XavierUniform};
    use super::{Init, InitialBiases, kaiming_normal};
    use crate::Mlp;
    use crate::random::{Purpose, stream};

    const NET: Mlp<'_> = Mlp::new(&[48, 16]);

    /// Mean square, greatest size, and fourth moment over the square of the second.
    fn moments(values: &[f32]) -> [f64; 3] {
        let count = values.len() as f64;
        let squares = || values.iter().map(|x| f64::from(*x) * f64::from(*x));
        let square = squares().sum::<f64>() / count;
        let fourth = squares().map(|square| square * square).sum::<f64>() / count;
        let greatest = values
            .iter()
            .fold(0.0_f64, |greatest, x| greatest.max(f64::from(x.abs())));
        [square, greatest, fourth / square / square]
    }

    /// All weights, or all biases, of so many networks.
    fn drawn(init: Init, networks: u64, range: core::ops::Range<usize>) -> std::vec::Vec<f32> {
        let mut params = [0.0; NET.param_count()];
        let all = (0..networks).flat_map(|seed| {
            init.draw(NET, &mut params, seed);
            params[range.clone()].to_vec()
        });
        all.collect()
    }

    #[test]
    fn weights_and_biases_spread_as_those_of_pytorch() {
        // torch 2.15: a thousand times torch.nn.Linear(48, 16), then kaiming_normal_(weight, nonlinearity="relu"),
        // kaiming_uniform_(the same), xavier_normal_(weight), xavier_uniform_(weight), nothing.
        let golden = [
            (KaimingNormal, [0.041_630_971, f64::INFINITY, 3.0]),
            (KaimingUniform, [0.041_699_434, 0.353_552_7, 1.8]),
            (XavierNormal, [0.031_239_065, f64::INFINITY, 3.0]),
            (XavierUniform, [0.031_267_438, 0.306_186_17, 1.8]),
            (PyTorch, [0.006_948_873, 0.144_337_53, 1.8]),
        ];
        let check = |values: &[f32], [square, greatest, kurtosis]: [f64; 3], of_golden: f64, name: &str| {
            let found = moments(values);
            // Relative standard error of a mean square is √((kurtosis − 1)/n), of both; five of them.
            let samples = 1.0 / values.len() as f64 + 1.0 / of_golden;
            let margin = 5.0 * ((kurtosis - 1.0) * samples).sqrt();
            assert!((found[0] / square - 1.0).abs() < margin, "{name}: {found:?}");
            // The greatest of so many uniform numbers is that close to their bound; a normal one has none.
            let bound = if greatest.is_finite() { greatest } else { found[1] };
            assert!((found[1] / bound - 1.0).abs() < 2e-3, "{name}: {found:?}");
            assert!((found[2] / kurtosis - 1.0).abs() < 0.1, "{name}: {found:?}");
        };
        let networks = if cfg!(miri) { 3 } else { 50 };
        for (weights, expected) in golden {
            let init = Init {
                weights,
                ..Init::DEFAULT
            };
            let values = drawn(init, networks, 0..NET.weight_count());
            check(&values, expected, 768_000.0, &std::format!("{weights:?}"));
        }
        let biases = InitialBiases::PyTorch;
        let init = Init {
            biases,
            ..Init::DEFAULT
        };
        let values = drawn(init, 20 * networks, NET.weight_count()..NET.param_count());
        check(&values, [0.006_944_99, 0.144_316_03, 1.8], 16_000.0, "biases");
    }

    #[test]
    fn biases_have_a_stream_of_their_own() {
        let [mut without, mut with, mut other, mut plain] = [[9.0; NET.param_count()]; 4];
        Init::DEFAULT.draw(NET, &mut without, 5);
        kaiming_normal(NET, &mut plain, &mut stream(5, Purpose::Weights));
        assert_eq!(without.map(f32::to_bits), plain.map(f32::to_bits));
        let init = Init {
            biases: InitialBiases::PyTorch,
            ..Init::DEFAULT
        };
        init.draw(NET, &mut with, 5);
        let (weights, biases) = with.split_at(NET.weight_count());
        assert_eq!(weights, &without[..NET.weight_count()]);
        assert!(
            without[NET.weight_count()..]
                .iter()
                .all(|bias| bias.to_bits() == 0)
        );
        assert!(biases.iter().all(|&bias| bias != 0.0));
        init.draw_one_of(NET, &mut other, 5, 0);
        assert!(with.iter().zip(&other).all(|(with, other)| with != other));
    }

    #[test]
    fn every_layer_has_its_own_fan_in() {
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
