//! The founding experiment in the memory of a board: moons and circles side by side, learned by one network that is
//! pruned level by level. Settings and draws are those of `tombola run`, and so are the bits.

use tombola::data::{Circles, Columns, Kind, Moons, Normalization};
use tombola::random::Part;
use tombola::{
    Data, Init, Lottery, Mlp, Plan, Rewind, Rule, Samples, StopOn, Storage, Structure, Task, Training,
    Trajectory,
};

/// The network.
pub const NET: Mlp<'static> = Mlp::new(&[4, 32, 32, 2]);
/// Moons, then circles.
pub const TASKS: [Task<'static>; 2] = [
    Task {
        inputs: &[0, 1],
        outputs: &[0],
        weight: Task::ALIKE,
    },
    Task {
        inputs: &[2, 3],
        outputs: &[1],
        weight: Task::ALIKE,
    },
];
/// Samples in each part, where nothing else is said.
pub const SAMPLES: usize = 1000;
/// The last level.
pub const LEVELS: u32 = 17;
const RULE: Rule = Rule::Sgd {
    rate: 0.1,
    momentum: 0.9,
};
const BATCH: usize = 64;
const EPOCHS: u32 = 30;
const RATE: f64 = 0.2;

const INPUTS: usize = NET.input_count();
const STRUCTURE: usize = Structure::memory_len(NET, TASKS.len());

/// The lottery on so many training samples.
pub const fn lottery(samples: usize, storage: Storage) -> Lottery<'static> {
    Lottery {
        net: NET,
        tasks: &TASKS,
        training: Training {
            rule: RULE,
            weight_decay: 0.0,
            l1: 0.0,
            batch: if samples < BATCH { samples } else { BATCH },
            epochs: EPOCHS,
            patience: None,
            stop_on: StopOn::Validation,
        },
        rewind: Rewind::Initial,
        train_count: samples,
        storage,
    }
}

/// The lottery of a seed.
///
/// # Panics
/// Never: the trajectory exists.
pub fn plan(lottery: Lottery<'static>, seed: u64) -> Plan<'static> {
    let trajectory = Trajectory::with_levels(NET.weight_count() as u64, RATE, LEVELS);
    Plan {
        lottery,
        trajectory: trajectory.expect("1216 weights can be pruned 17 times"),
        init: Init::DEFAULT,
        network_seed: seed.into(),
        training_seed: seed.into(),
    }
}

/// Memory for the founding experiment with up to `S` samples a part, whose lottery takes `F` floats and `W` words.
#[derive(Debug)]
pub struct Buffers<const S: usize, const F: usize, const W: usize> {
    inputs: [[[f32; INPUTS]; S]; 3],
    classes: [[[u16; TASKS.len()]; S]; 3],
    floats: [f32; F],
    words: [u32; W],
    structure: [u32; STRUCTURE],
}

/// Bytes of the [`Buffers`] for so many samples.
pub const fn buffers_len(samples: usize, storage: Storage) -> usize {
    let lottery = lottery(samples, storage);
    let sample = INPUTS * size_of::<f32>() + TASKS.len() * size_of::<u16>();
    3 * samples * sample + (lottery.float_count() + lottery.word_count() + STRUCTURE) * size_of::<u32>()
}

/// The most samples a part for which so many bytes are enough with [`Storage::Dense`].
pub const fn samples_in(bytes: usize) -> usize {
    // A sample takes more than a byte.
    let (mut fits, mut too_many) = (0, bytes);
    while fits + 1 < too_many {
        let middle = usize::midpoint(fits, too_many);
        if buffers_len(middle, Storage::Dense) <= bytes {
            fits = middle;
        } else {
            too_many = middle;
        }
    }
    fits
}

/// The parts of [`Buffers`], with data drawn.
#[derive(Debug)]
pub struct Drawn<'a> {
    /// The three parts of the data.
    pub data: Data<'a>,
    /// For the lottery.
    pub floats: &'a mut [f32],
    /// For the lottery.
    pub words: &'a mut [u32],
    /// For [`Structure::of`].
    pub structure: &'a mut [u32],
}

impl<const S: usize, const F: usize, const W: usize> Default for Buffers<S, F, W> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const S: usize, const F: usize, const W: usize> Buffers<S, F, W> {
    /// Zeros.
    pub const fn new() -> Self {
        Self {
            inputs: [[[0.0; INPUTS]; S]; 3],
            classes: [[[0; TASKS.len()]; S]; 3],
            floats: [0.0; F],
            words: [0; W],
            structure: [0; STRUCTURE],
        }
    }

    /// Draws so many samples a part and normalizes them.
    ///
    /// # Panics
    /// If there are no samples or more than `S`.
    pub fn draw(&mut self, seed: u64, samples: usize) -> Drawn<'_> {
        self.fill(seed, samples);
        self.normalize(samples);
        let Self { inputs, classes, .. } = self;
        let part = |part: usize| {
            let (inputs, classes) = (&inputs[part][..samples], &classes[part][..samples]);
            Samples::new(inputs.as_flattened(), INPUTS, classes.as_flattened(), TASKS.len())
        };
        Drawn {
            data: Data {
                train: part(0),
                validation: part(1),
                test: part(2),
            },
            floats: &mut self.floats,
            words: &mut self.words,
            structure: &mut self.structure,
        }
    }

    fn fill(&mut self, seed: u64, samples: usize) {
        let parts = self.inputs.iter_mut().zip(&mut self.classes);
        for ((inputs, classes), part) in parts.zip([Part::Train, Part::Validation, Part::Test]) {
            let inputs = inputs[..samples].as_flattened_mut();
            let classes = classes[..samples].as_flattened_mut();
            let order = &mut self.words[..samples];
            let [moons, circles] = [0, 1].map(|task| Columns::of_synthetic(task, TASKS.len()));
            Moons::DEFAULT.draw(&moons, (seed, part), inputs, classes, order);
            Circles::DEFAULT.draw(&circles, (seed, part), inputs, classes, order);
        }
    }

    /// As the train part says, for all parts.
    fn normalize(&mut self, samples: usize) {
        for input in 0..INPUTS {
            let column = self.inputs[0][..samples].iter().map(|sample| sample[input]);
            let fitted = Normalization::standard(column);
            for part in &mut self.inputs {
                for sample in &mut part[..samples] {
                    sample[input] = fitted.apply(sample[input]);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tombola::Storage;

    use super::{Buffers, buffers_len, lottery, samples_in};

    #[test]
    fn as_many_samples_fit_as_is_said() {
        for bytes in [
            0, 1, 16_384, 30_000, 32_768, 38_000, 38_001, 40_000, 90_000, 131_072,
        ] {
            let samples = samples_in(bytes);
            assert!(samples == 0 || buffers_len(samples, Storage::Dense) <= bytes);
            assert!(
                bytes < buffers_len(samples + 1, Storage::Dense),
                "{bytes}: {samples}"
            );
        }
        assert_eq!(samples_in(16_384), 0);
    }

    #[test]
    fn buffers_are_as_long_as_is_said() {
        const LOTTERY: tombola::Lottery<'_> = lottery(100, Storage::Compressed);
        let buffers = Buffers::<100, { LOTTERY.float_count() }, { LOTTERY.word_count() }>::new();
        assert_eq!(size_of_val(&buffers), buffers_len(100, Storage::Compressed));
    }
}
