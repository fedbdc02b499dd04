//! The founding experiment, in the memory of a board: moons and circles side by side, learned by one network, which is
//! pruned level by level. The settings and the draws are those of `tombola run`, so are the bits.

use tombola::data::{Circles, Columns, Kind, Moons, Normalization, fill};
use tombola::lanes::padded;
use tombola::random::{Part, Purpose, stream};
use tombola::{
    BatchMemory, Data, Memory, Mlp, Plan, Rewind, Rule, Samples, Structure, Task, TaskScore, Training,
    Trajectory,
};

/// The network.
pub const NET: Mlp<'static> = Mlp::new(&[4, 32, 32, 2]);
/// Moons, then circles.
pub const TASKS: [Task<'static>; 2] = [
    Task {
        inputs: &[0, 1],
        outputs: &[0],
    },
    Task {
        inputs: &[2, 3],
        outputs: &[1],
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
const PARAMS: usize = NET.param_count();

/// The lottery of a seed, on so many training samples.
///
/// # Panics
/// Never: the trajectory exists.
pub fn plan(seed: u64, samples: usize) -> Plan<'static> {
    let trajectory = Trajectory::with_levels(NET.weight_count() as u64, RATE, LEVELS);
    Plan {
        net: NET,
        tasks: &TASKS,
        trajectory: trajectory.expect("1216 weights can be pruned 17 times"),
        training: Training {
            rule: RULE,
            weight_decay: 0.0,
            batch: batch(samples),
            epochs: EPOCHS,
            patience: None,
        },
        rewind: Rewind::Initial,
        seed,
    }
}

/// Samples in a batch.
pub const fn batch(samples: usize) -> usize {
    if samples < BATCH { samples } else { BATCH }
}

/// Memory for the founding experiment with up to `S` samples a part, `P` samples in a padded batch, and `I` words to
/// compress layers in (0: none is compressed).
#[derive(Debug)]
pub struct Room<const S: usize, const P: usize, const I: usize> {
    inputs: [[[f32; INPUTS]; S]; 3],
    classes: [[[u16; TASKS.len()]; S]; 3],
    order: [u32; S],
    batch_inputs: [[f32; INPUTS]; P],
    batch_classes: [[u16; TASKS.len()]; P],
    workspace: [[f32; NET.bias_count()]; P],
    params: [f32; PARAMS],
    initial: [f32; PARAMS],
    grads: [f32; PARAMS],
    optimizer: [f32; RULE.state_len(PARAMS)],
    mask: [u32; NET.mask_len()],
    index: [u32; I],
    structure: [u32; Structure::memory_len(NET, TASKS.len())],
}

/// Bytes of a [`Room`].
pub const fn room_len(samples: usize, index: usize) -> usize {
    let sample = 3 * (INPUTS * 4 + TASKS.len() * 2) + 4;
    let in_batch = INPUTS * 4 + TASKS.len() * 2 + NET.bias_count() * 4;
    let fixed = 3 * PARAMS * 4
        + RULE.state_len(PARAMS) * 4
        + NET.mask_len() * 4
        + Structure::memory_len(NET, TASKS.len()) * 4;
    samples * sample + padded(batch(samples)) * in_batch + fixed + index * 4
}

/// The most samples a part that so many bytes hold, without an index.
pub const fn samples_in(bytes: usize) -> usize {
    let full = room_len(BATCH, 0);
    if full <= bytes {
        let each = room_len(BATCH + 1, 0) - full;
        return BATCH + (bytes - full) / each;
    }
    let mut samples = BATCH;
    while 0 < samples && bytes < room_len(samples, 0) {
        samples -= 1;
    }
    samples
}

impl<const S: usize, const P: usize, const I: usize> Room<S, P, I> {
    /// Empty memory.
    ///
    /// # Panics
    /// If `P` is not that of `S`.
    pub const fn new() -> Self {
        assert!(
            P == padded(batch(S)) && size_of::<Self>() == room_len(S, I),
            "a room of its length"
        );
        Self {
            inputs: [[[0.0; INPUTS]; S]; 3],
            classes: [[[0; TASKS.len()]; S]; 3],
            order: [0; S],
            batch_inputs: [[0.0; INPUTS]; P],
            batch_classes: [[0; TASKS.len()]; P],
            workspace: [[0.0; NET.bias_count()]; P],
            params: [0.0; PARAMS],
            initial: [0.0; PARAMS],
            grads: [0.0; PARAMS],
            optimizer: [0.0; RULE.state_len(PARAMS)],
            mask: [0; NET.mask_len()],
            index: [0; I],
            structure: [0; Structure::memory_len(NET, TASKS.len())],
        }
    }
}

/// What a [`Room`] lends to a lottery.
#[derive(Debug)]
pub struct Lent<'a> {
    /// The three parts.
    pub data: Data<'a>,
    /// The lottery's.
    pub memory: Memory<'a>,
    /// For [`Structure::of`].
    pub structure: &'a mut [u32],
}

impl<const S: usize, const P: usize, const I: usize> Default for Room<S, P, I> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const S: usize, const P: usize, const I: usize> Room<S, P, I> {
    /// Draws so many samples a part, normalizes them, and lends all that a lottery needs.
    ///
    /// # Panics
    /// If there are no samples or more than `S`, or `scores` has not one entry per task.
    pub fn draw<'a>(&'a mut self, seed: u64, samples: usize, scores: &'a mut [TaskScore]) -> Lent<'a> {
        self.fill(seed, samples);
        self.normalize(samples);
        let Self { inputs, classes, .. } = self;
        let part = |part: usize| {
            let (inputs, classes) = (&inputs[part][..samples], &classes[part][..samples]);
            Samples::new(inputs.as_flattened(), INPUTS, classes.as_flattened(), TASKS.len())
        };
        let batch = padded(batch(samples));
        Lent {
            data: Data {
                train: part(0),
                validation: part(1),
                test: part(2),
            },
            memory: Memory {
                params: &mut self.params,
                initial: &mut self.initial,
                rewind: &mut [],
                grads: &mut self.grads,
                optimizer: &mut self.optimizer,
                batch: BatchMemory {
                    inputs: self.batch_inputs[..batch].as_flattened_mut(),
                    classes: self.batch_classes[..batch].as_flattened_mut(),
                    workspace: self.workspace[..batch].as_flattened_mut(),
                },
                order: &mut self.order[..samples],
                scores,
                mask: &mut self.mask,
                index: &mut self.index,
            },
            structure: &mut self.structure,
        }
    }

    fn fill(&mut self, seed: u64, samples: usize) {
        for (task, ports) in TASKS.iter().enumerate() {
            let columns = Columns {
                inputs: ports.inputs[0]..ports.inputs[0] + ports.inputs.len(),
                input_count: INPUTS,
                task,
                task_count: TASKS.len(),
            };
            let parts = self.inputs.iter_mut().zip(&mut self.classes);
            for ((inputs, classes), part) in parts.zip([Part::Train, Part::Validation, Part::Test]) {
                let (mut moons, mut circles) =
                    (Moons::DEFAULT.points(samples), Circles::DEFAULT.points(samples));
                fill(
                    &columns,
                    inputs[..samples].as_flattened_mut(),
                    classes[..samples].as_flattened_mut(),
                    &mut self.order[..samples],
                    &mut stream(
                        seed,
                        Purpose::Data {
                            task: task as u32,
                            part,
                        },
                    ),
                    |index, point, rng| match task {
                        0 => moons.point(index, point, rng),
                        _ => circles.point(index, point, rng),
                    },
                );
            }
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
    use super::{BATCH, Room, room_len, samples_in};

    #[test]
    fn as_many_samples_fit_as_is_said() {
        for bytes in [30_000, 32_768, 38_000, 38_001, 40_000, 90_000, 131_072] {
            let samples = samples_in(bytes);
            assert!(samples == 0 || room_len(samples, 0) <= bytes);
            assert!(bytes < room_len(samples + 1, 0), "{bytes}: {samples}");
        }
        assert_eq!(samples_in(16_384), 0);
        assert_eq!(samples_in(room_len(BATCH, 0)), BATCH);
        let room = Room::<100, 64, 7>::new();
        assert_eq!(size_of_val(&room), room_len(100, 7));
    }
}
