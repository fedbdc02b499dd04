//! Owns what the core only borrows: tasks, masks, data, batches and the memory of a lottery; and runs lotteries.

use core::ops::ControlFlow;

use rand_core::Rng;
use serde::Deserialize;
use tombola::data::{Circles, Columns, Kind as _, Moons};
use tombola::lanes::{Lanes, padded};
use tombola::random::{Part, shuffle};
use tombola::{
    Batch, Data, Imp, Init, Lottery, Mask, Mlp, Outcome, Plan, Rewind, Rule, Samples, StopOn, Storage, Task,
    Training, Trajectory,
};
use tombola_firmware::founding::TASKS;
use tombola_host::machine::Machine;
use tombola_host::ticket::TaskPorts;

/// A task that owns its indices.
#[derive(Debug, Deserialize)]
pub(crate) struct Ports {
    pub(crate) inputs: Vec<usize>,
    pub(crate) outputs: Vec<usize>,
}

pub(crate) fn as_tasks(ports: &[Ports]) -> Vec<Task<'_>> {
    fn task(ports: &Ports) -> Task<'_> {
        let Ports { inputs, outputs } = ports;
        Task {
            inputs,
            outputs,
            weight: Task::ALIKE,
        }
    }
    ports.iter().map(task).collect()
}

/// The same tasks, named by their places.
pub(crate) fn named(ports: &[Ports]) -> Vec<TaskPorts> {
    let task = |(place, ports): (usize, &Ports)| {
        TaskPorts::new(place.to_string(), ports.inputs.clone(), ports.outputs.clone())
    };
    ports.iter().enumerate().map(task).collect()
}

/// Partitions the inputs and outputs at random, so that what belongs together does not lie together.
pub(crate) fn random_tasks(net: Mlp<'_>, count: usize, rng: &mut impl Rng) -> Vec<Ports> {
    let mut split = |ports: usize| {
        let mut order: Vec<usize> = (0..ports).collect();
        shuffle(&mut order, rng);
        let mut groups = vec![vec![]; count];
        for (position, port) in order.into_iter().enumerate() {
            // Each group gets one, and the last all that are left over: logistic and softmax tasks side by side.
            groups[position.min(count - 1)].push(port);
        }
        groups
    };
    let (inputs, outputs) = (split(net.input_count()), split(net.output_count()));
    inputs
        .into_iter()
        .zip(outputs)
        .map(|(inputs, outputs)| Ports { inputs, outputs })
        .collect()
}

/// A mask in `bits`, which are made as many as it needs.
pub(crate) fn mask<'b>(net: Mlp<'_>, survives: &[bool], bits: &'b mut Vec<u32>) -> Mask<'b> {
    assert_eq!(survives.len(), net.weight_count(), "a mask for every weight");
    bits.resize(net.mask_len(), 0);
    Mask::from_fn(net, bits, |weight| survives[weight])
}

/// A batch as the kernels want it, from one row per sample.
pub(crate) struct Padded {
    pub(crate) inputs: Vec<f32>,
    pub(crate) classes: Vec<u32>,
    pub(crate) sample_count: usize,
}

impl Padded {
    pub(crate) fn new(inputs: &[Vec<f32>], classes: &[Vec<u16>]) -> Self {
        assert_eq!(inputs.len(), classes.len(), "classes of every sample");
        Self {
            inputs: transposed(inputs),
            classes: transposed(classes).into_iter().map(u32::from).collect(),
            sample_count: inputs.len(),
        }
    }

    pub(crate) fn lend<'a>(&'a self, tasks: &'a [Task<'a>]) -> Batch<'a> {
        Batch {
            inputs: &self.inputs,
            classes: &self.classes,
            sample_count: self.sample_count,
            tasks,
        }
    }
}

/// A matrix `(columns, padded rows)` from its rows.
pub(crate) fn transposed<T: Copy + Default>(rows: &[Vec<T>]) -> Vec<T> {
    let stride = padded(rows.len());
    let mut columns = vec![T::default(); rows[0].len() * stride];
    for (sample, row) in rows.iter().enumerate() {
        for (column, &value) in row.iter().enumerate() {
            columns[column * stride + sample] = value;
        }
    }
    columns
}

/// The three parts of moons and circles side by side.
#[derive(Clone)]
pub(crate) struct Parts {
    /// Row-major `(samples, 4)`, for train, validation and test.
    pub(crate) inputs: [Vec<f32>; 3],
    /// Row-major `(samples, 2)`.
    pub(crate) classes: [Vec<u16>; 3],
}

impl Parts {
    pub(crate) fn draw(seed: u64, sample_count: usize) -> Self {
        let mut parts = Self {
            inputs: core::array::from_fn(|_| vec![0.0; sample_count * 4]),
            classes: core::array::from_fn(|_| vec![0; sample_count * 2]),
        };
        let mut order = vec![0; sample_count];
        let [moons, circles] = [0, 1].map(|task| Columns::of_synthetic(task, 2));
        let rows = parts.inputs.iter_mut().zip(&mut parts.classes);
        for ((inputs, classes), part) in rows.zip([Part::Train, Part::Validation, Part::Test]) {
            Moons::DEFAULT.draw(&moons, (seed, part), inputs, classes, &mut order);
            Circles::DEFAULT.draw(&circles, (seed, part), inputs, classes, &mut order);
        }
        parts
    }

    pub(crate) fn lend(&self) -> Data<'_> {
        let samples = |part: usize| Samples::new(&self.inputs[part], 4, &self.classes[part], 2);
        Data {
            train: samples(0),
            validation: samples(1),
            test: samples(2),
        }
    }
}

pub(crate) const NET: Mlp<'static> = Mlp::new(&[4, 8, 8, 2]);
/// Not a multiple of the batch, so that the last batch of an epoch is smaller.
pub(crate) const SAMPLES: usize = 50;

/// Every rule the core has; gradient descent also without momentum.
pub(crate) const RULES: [Rule; 3] = [
    Rule::Sgd {
        rate: 0.1,
        momentum: 0.0,
    },
    Rule::Sgd {
        rate: 0.05,
        momentum: 0.9,
    },
    Rule::adam(0.01),
];

/// A small lottery on moons and circles, with weight decay.
pub(crate) fn plan() -> Plan<'static> {
    Plan {
        lottery: Lottery {
            net: NET,
            tasks: &TASKS,
            training: Training {
                rule: RULES[1],
                weight_decay: 0.01,
                l1: 0.0,
                batch: 20,
                epochs: 4,
                patience: None,
                stop_on: StopOn::Validation,
            },
            rewind: Rewind::Initial,
            train_count: SAMPLES,
            storage: Storage::Compressed,
        },
        trajectory: Trajectory::with_levels(112, 0.3, 5).unwrap(),
        init: Init::DEFAULT,
        network_seed: 11.into(),
        training_seed: 11.into(),
    }
}

/// That lottery under every rule and every way to rewind, without and with early stopping.
pub(crate) fn plans() -> Vec<Plan<'static>> {
    let mut plans = vec![];
    for rule in RULES {
        for rewind in [Rewind::Initial, Rewind::Never, Rewind::Epoch(2)] {
            for (epochs, patience) in [(4, None), (12, Some(1))] {
                let mut plan = plan();
                plan.lottery.rewind = rewind;
                plan.lottery.training = Training {
                    rule,
                    epochs,
                    patience,
                    ..plan.lottery.training
                };
                plans.push(plan);
            }
        }
    }
    plans
}

/// The memory of lotteries, filled with what must not matter.
pub(crate) struct Owned {
    floats: Vec<f32>,
    words: Vec<u32>,
}

impl Owned {
    pub(crate) fn new(plan: &Plan<'_>) -> Self {
        Self {
            floats: vec![f32::NAN; plan.lottery.float_count()],
            words: vec![u32::MAX; plan.lottery.word_count()],
        }
    }

    /// The lottery before its first level; what an earlier one left in the memory stays there.
    pub(crate) fn begin<'a>(&'a mut self, plan: Plan<'a>) -> Imp<'a> {
        Imp::new(plan, &mut self.floats, &mut self.words)
    }
}

/// All that a level leaves behind, floats as bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) level: u32,
    pub(crate) weights_left: usize,
    pub(crate) epochs: u32,
    pub(crate) losses: [u32; 3],
    pub(crate) scores: Vec<(u32, u32)>,
    pub(crate) params: Vec<u32>,
    pub(crate) rewind: Option<Vec<u32>>,
    pub(crate) survives: Vec<bool>,
}

/// Runs all levels that are left, as `next` computes one.
pub(crate) fn finish_by(
    imp: &mut Imp<'_>,
    data: &Data<'_>,
    mut next: impl FnMut(&mut Imp<'_>, &Data<'_>) -> Option<Outcome>,
) -> Vec<Record> {
    let mut records = vec![];
    while let Some(outcome) = next(imp, data) {
        let Outcome::Finished(level) = outcome else {
            panic!("{outcome:?}")
        };
        let score = |task| {
            let score = imp.test_score(task);
            let loss = score.loss(data.test.sample_count());
            (loss.to_bits(), score.correct())
        };
        let mask = imp.mask();
        records.push(Record {
            level: level.level,
            weights_left: level.weights_left,
            epochs: level.epochs,
            losses: [level.train_loss, level.validation_loss, level.test_loss].map(f32::to_bits),
            scores: (0..data.test.task_count()).map(score).collect(),
            params: bits(imp.params()),
            rewind: imp.rewind_point().map(bits),
            survives: (0..mask.weight_count())
                .map(|weight| mask.survives(weight))
                .collect(),
        });
    }
    records
}

/// The next level on these lanes, with nobody watching.
pub(crate) fn next<L: Lanes>(imp: &mut Imp<'_>, data: &Data<'_>) -> Option<Outcome> {
    imp.next_level::<L>(data, &mut |_| ControlFlow::Continue(()))
}

/// Runs all levels that are left on these lanes.
pub(crate) fn finish<L: Lanes>(imp: &mut Imp<'_>, data: &Data<'_>) -> Vec<Record> {
    finish_by(imp, data, next::<L>)
}

/// Runs a whole lottery.
pub(crate) fn run<L: Lanes>(plan: Plan<'_>, parts: &Parts) -> Vec<Record> {
    finish::<L>(&mut Owned::new(&plan).begin(plan), &parts.lend())
}

/// The same without compressing a layer.
pub(crate) fn run_dense<L: Lanes>(mut plan: Plan<'_>, parts: &Parts) -> Vec<Record> {
    plan.lottery.storage = Storage::Dense;
    run::<L>(plan, parts)
}

/// The same on a vector unit of this CPU.
pub(crate) fn run_on(machine: Machine, plan: Plan<'_>, parts: &Parts) -> Vec<Record> {
    let next = |imp: &mut Imp<'_>, data: &Data<'_>| {
        machine.next_level(imp, data, &mut |_| ControlFlow::Continue(()))
    };
    finish_by(&mut Owned::new(&plan).begin(plan), &parts.lend(), next)
}

/// Floats as what must be equal: −0.0 is not +0.0, and a NaN is itself.
pub(crate) fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

/// Those floats again.
pub(crate) fn floats(bits: &[u32]) -> Vec<f32> {
    bits.iter().map(|&bits| f32::from_bits(bits)).collect()
}
