//! Random numbers: a stream of ChaCha8 for each purpose, so that one more draw in one place changes nothing elsewhere and
//! any level can be computed alone.

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

use crate::math::{ln, sqrt};

/// The three parts of a task's data. Only the first is learned from, only the second decides when to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The network learns from it.
    Train = 0,
    /// Early stopping looks at it.
    Validation = 1,
    /// Nothing is decided by it; accuracies are reported on it.
    Test = 2,
}

/// Whose streams: those that belong to a seed, or of these, what one arm of an experiment draws for itself alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Seed {
    /// The seed.
    pub seed: u64,
    /// The number of the arm; 0 is what all arms share.
    pub arm: u32,
}

impl From<u64> for Seed {
    fn from(seed: u64) -> Self {
        Self { seed, arm: 0 }
    }
}

/// What a stream of random numbers is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The points of one part of one task, and their order.
    Data {
        /// Index of the task.
        task: u32,
        /// Which part.
        part: Part,
    },
    /// The initial weights.
    Weights,
    /// Initial weights where there are several: of one level, or of one task's network.
    WeightsOf {
        /// Index of the level or task.
        index: u32,
    },
    /// The initial biases, where they are drawn.
    Biases,
    /// Initial biases where there are several, as of weights.
    BiasesOf {
        /// Index of the level or task.
        index: u32,
    },
    /// The order of the training samples in one epoch.
    Order {
        /// The level that is trained.
        level: u32,
        /// The epoch, from 0.
        epoch: u32,
    },
    /// Which weights survive a level, where chance decides.
    Mask {
        /// The level.
        level: u32,
        /// Which of several draws, from 0.
        draw: u32,
    },
    /// The order of the labels of one part of one task, where they are shuffled.
    Labels {
        /// Index of the task.
        task: u32,
        /// Which part.
        part: Part,
    },
    /// Noise in place of the inputs of one part of one task, or another order of them.
    Inputs {
        /// Index of the task.
        task: u32,
        /// Which part.
        part: Part,
    },
    /// What a statistic draws from results.
    Resampling,
}

/// The stream for one purpose: ChaCha8 whose key spells seed, purpose and arm, so no two streams are the same.
pub fn stream(seed: impl Into<Seed>, purpose: Purpose) -> ChaCha8Rng {
    let mut bytes = [0; 32];
    for (bytes, word) in bytes.chunks_exact_mut(4).zip(key(seed.into(), purpose)) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
    ChaCha8Rng::from_seed(bytes)
}

/// The key of a stream.
pub(crate) fn key(seed: Seed, purpose: Purpose) -> [u32; 8] {
    let Seed { seed, arm } = seed;
    let [kind, first, second] = match purpose {
        Purpose::Data { task, part } => [1, task, part as u32],
        Purpose::Weights => [2, 0, 0],
        Purpose::Order { level, epoch } => [3, level, epoch],
        Purpose::Mask { level, draw } => [4, level, draw],
        Purpose::Labels { task, part } => [5, task, part as u32],
        Purpose::Inputs { task, part } => [6, task, part as u32],
        Purpose::WeightsOf { index } => [7, index, 0],
        Purpose::Resampling => [8, 0, 0],
        Purpose::Biases => [9, 0, 0],
        Purpose::BiasesOf { index } => [10, index, 0],
    };
    [seed as u32, (seed >> 32) as u32, kind, first, second, arm, 0, 0]
}

/// A uniform number in `0.0..1.0`, a multiple of 2⁻²⁴.
pub fn uniform(rng: &mut impl Rng) -> f32 {
    (rng.next_u32() >> 8) as f32 * (1.0 / 16_777_216.0)
}

/// A uniform integer in `0..bound`, without bias (Lemire 2019, "Fast random integer generation in an interval").
///
/// # Panics
/// If `bound` is 0.
pub fn below(bound: u32, rng: &mut impl Rng) -> u32 {
    assert!(bound > 0, "there is no number below 0");
    loop {
        let product = u64::from(rng.next_u32()) * u64::from(bound);
        let low = product as u32;
        if low >= bound || low >= bound.wrapping_neg() % bound {
            return (product >> 32) as u32;
        }
    }
}

/// Puts the items into a uniformly random order (Fisher and Yates).
pub fn shuffle<T>(items: &mut [T], rng: &mut impl Rng) {
    for last in (1..items.len()).rev() {
        items.swap(last, below(last as u32 + 1, rng) as usize);
    }
}

/// Standard normal deviates by Marsaglia's polar method: logarithm and square root only, since a cosine costs more
/// than a thousand instructions on a board.
#[derive(Clone, Debug, Default)]
pub struct Normal {
    /// The method makes two at a time.
    spare: Option<f32>,
}

impl Normal {
    /// The next deviate.
    pub fn draw(&mut self, rng: &mut impl Rng) -> f32 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        loop {
            let (u, v) = (2.0 * uniform(rng) - 1.0, 2.0 * uniform(rng) - 1.0);
            let s = u * u + v * v;
            if 0.0 < s && s < 1.0 {
                let length = sqrt(-2.0 * ln(s) / s);
                self.spare = Some(v * length);
                return u * length;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha8Rng;
    use rand_core::{Rng, SeedableRng};

    use super::{Normal, Part, Purpose, Seed, below, shuffle, stream};

    #[test]
    fn chacha8_gives_the_published_stream() {
        // As rand_chacha 0.3, 0.9 and 0.10 do.
        let mut rng = ChaCha8Rng::seed_from_u64(42);
        assert_eq!(
            (rng.next_u32(), rng.next_u64()),
            (0x395d_5ba1, 0x2579_9188_ae90_bfb5)
        );
    }

    #[test]
    fn every_purpose_has_a_stream_of_its_own() {
        let purposes = [
            Purpose::Data {
                task: 0,
                part: Part::Train,
            },
            Purpose::Data {
                task: 1,
                part: Part::Train,
            },
            Purpose::Data {
                task: 0,
                part: Part::Test,
            },
            Purpose::Weights,
            Purpose::Order { level: 0, epoch: 0 },
            Purpose::Order { level: 1, epoch: 0 },
            Purpose::Order { level: 0, epoch: 1 },
            Purpose::Mask { level: 0, draw: 0 },
            Purpose::Labels {
                task: 0,
                part: Part::Train,
            },
            Purpose::Inputs {
                task: 0,
                part: Part::Train,
            },
            Purpose::WeightsOf { index: 0 },
            Purpose::Resampling,
            Purpose::Biases,
            Purpose::BiasesOf { index: 0 },
        ];
        let firsts = purposes.map(|purpose| stream(7, purpose).next_u64());
        for (index, first) in firsts.iter().enumerate() {
            assert!(!firsts[..index].contains(first));
        }
        for other in [Seed { seed: 8, arm: 0 }, Seed { seed: 7, arm: 1 }] {
            assert_ne!(firsts[3], stream(other, Purpose::Weights).next_u64());
        }
    }

    #[test]
    fn the_streams_are_pinned() {
        // A change here changes every result ever published: make it on purpose or not at all.
        let mut rng = stream(0, Purpose::Weights);
        assert_eq!(rng.next_u64(), 13_401_477_096_143_823_361);
    }

    #[test]
    fn below_reaches_every_number_about_equally_often() {
        let mut rng = stream(1, Purpose::Weights);
        let mut counts = [0; 5];
        (0..5000).for_each(|_| counts[below(5, &mut rng) as usize] += 1);
        // Standard deviation √(5000·0.2·0.8) = 28; five of them.
        assert!(
            counts.iter().all(|&count| 860 < count && count < 1140),
            "{counts:?}"
        );
    }

    #[test]
    fn a_shuffle_keeps_every_item() {
        let mut items: [u32; 50] = core::array::from_fn(|index| index as u32);
        shuffle(&mut items, &mut stream(2, Purpose::Weights));
        assert_ne!(items, core::array::from_fn(|index| index as u32));
        items.sort_unstable();
        assert_eq!(items, core::array::from_fn(|index| index as u32));
    }

    #[test]
    fn normal_deviates_have_mean_zero_and_variance_one() {
        let (mut rng, mut normal) = (stream(3, Purpose::Weights), Normal::default());
        let count = if cfg!(miri) { 500 } else { 100_000 };
        let (mut sum, mut squares, mut tails) = (0.0, 0.0, 0.0);
        for _ in 0..count {
            let x = f64::from(normal.draw(&mut rng));
            (sum, squares) = (sum + x, squares + x * x);
            tails += f64::from(u8::from(x.abs() > 1.959_964));
        }
        // Five standard errors each: 1/√n, √(2/n), √(.05·.95/n).
        let n = f64::from(count);
        assert!((sum / n).abs() < 5.0 / n.sqrt());
        assert!((squares / n - 1.0).abs() < 5.0 * (2.0 / n).sqrt());
        assert!((tails / n - 0.05).abs() < 5.0 * (0.0475 / n).sqrt());
    }
}
