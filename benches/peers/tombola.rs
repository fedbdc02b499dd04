//! Tombola's side of the comparison with other libraries: reads one request a line, and answers each with a line of
//! JSON. `compare.py` is on the other end, and holds the clock.
//!
//! ```text
//! write DIRECTORY      writes what all contestants work on
//! check CONTEST        answers with what the others must come to as well
//! run CONTEST TIMES    does the work, and answers with how much it was
//! ```
//!
//! A contest is `steps`, `lottery`, `inference/WIDTHS/WEIGHTS/BATCH` or `large/WEIGHTS`.

use std::hint::black_box;
use std::io::{BufRead, Write};
use std::ops::ControlFlow;
use std::path::Path;

use anyhow::{Context, bail};
use rand_core::Rng;
use serde_json::{Value, json};
use tombola::lanes::{Kernel, Lanes, padded};
use tombola::random::{Purpose, stream};
use tombola::{
    Batch, BatchMemory, BatchPredictor, Data, Imp, Memory, Mlp, Optimizer, Outcome, Packing, Plan, Rewind,
    Rule, SamplePredictor, Structure, Task, TaskScore, Training, Trajectory, kaiming_normal,
};
use tombola_benches::{Case, TASKS, aligned};
use tombola_host::data::{Drawn, Source};
use tombola_host::experiment::Experiment;
use tombola_host::machine::Machine;

/// Workload W.
const SMALL: Mlp<'_> = Mlp::new(&[4, 32, 32, 2]);
const SEEDS: u64 = 64;
const BATCH: usize = 64;
const EPOCHS: u32 = 30;
const STEPS: usize = 16;
const LEVELS: u32 = 14;

/// Networks that are asked, and the weights they keep.
const ASKED: [(&[usize], usize); 5] = [
    (&[4, 32, 32, 2], 1216),
    (&[4, 32, 32, 2], 61),
    (&[4, 256, 256, 2], 67_072),
    (&[4, 256, 256, 2], 3354),
    (&[4, 256, 256, 2], 1341),
];
const ASKED_AT_ONCE: usize = 256;

/// Two tasks of ten classes, and a batch of them.
const LARGE: &[usize] = &[1568, 784, 392, 20];
const LARGE_LEFT: [usize; 2] = [1_544_480, 154_448];
const LARGE_BATCH: usize = 512;

fn main() -> anyhow::Result<()> {
    let machine = Machine::get()?;
    let contestant = Contestant::new(machine)?;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split(' ').collect();
        let answer = match words[..] {
            ["write", directory] => contestant.write(Path::new(directory))?,
            ["check", contest] => contestant.check(contest)?,
            ["run", contest, times] => contestant.run(contest, times.parse()?)?,
            _ => bail!("{line}: no such request"),
        };
        println!("{answer}");
    }
    Ok(())
}

struct Contestant {
    machine: Machine,
    /// The data of each seed.
    drawn: Vec<Drawn>,
    asked: Vec<(String, Case<'static>)>,
    large: Vec<(String, Case<'static>)>,
    large_classes: Vec<u16>,
}

impl Contestant {
    fn new(machine: Machine) -> anyhow::Result<Self> {
        let source = Source::open(&Experiment::default().data)?;
        let case = |widths: &'static [usize], left: usize, samples: usize| {
            let density = left as f64 / Mlp::new(widths).weight_count() as f64;
            let case = Case::alive(widths, samples, density);
            (format!("{}/{left}", case.name()), case)
        };
        let mut rng = stream(2, Purpose::Weights);
        Ok(Self {
            machine,
            drawn: (0..SEEDS)
                .map(|seed| source.draw(seed))
                .collect::<anyhow::Result<_>>()?,
            asked: ASKED
                .map(|(widths, left)| case(widths, left, ASKED_AT_ONCE))
                .into(),
            large: LARGE_LEFT
                .map(|left| (format!("large/{left}"), case(LARGE, left, LARGE_BATCH).1))
                .into(),
            large_classes: (0..2 * LARGE_BATCH)
                .map(|_| (rng.next_u32() % 10) as u16)
                .collect(),
        })
    }

    /// All numbers as f32, little-endian, row-major, samples first.
    fn write(&self, directory: &Path) -> anyhow::Result<Value> {
        let write = |name: &str, values: &mut dyn Iterator<Item = f32>| {
            let path = directory.join(name.replace('/', "_")).with_added_extension("f32");
            let bytes: Vec<u8> = values.flat_map(f32::to_le_bytes).collect();
            std::fs::File::create(&path)
                .and_then(|mut file| file.write_all(&bytes))
                .with_context(|| format!("cannot write {}", path.display()))
        };
        for (name, part) in [("train", 0), ("test", 1)] {
            let rows = || self.drawn.iter().map(|drawn| [&drawn.train, &drawn.test][part]);
            let mut inputs = rows().flat_map(|rows| rows.inputs.iter().copied());
            write(&format!("{name}.inputs"), &mut inputs)?;
            let mut classes = rows().flat_map(|rows| rows.classes.iter().map(|&class| f32::from(class)));
            write(&format!("{name}.classes"), &mut classes)?;
        }
        write("initial", &mut (0..SEEDS).flat_map(initial))?;
        for (name, case) in self.asked.iter().chain(&self.large) {
            write(&format!("{name}.params"), &mut case.params.iter().copied())?;
            let inputs = case.net.input_count();
            let mut by_sample = (0..case.sample_count)
                .flat_map(|sample| column(&case.inputs, inputs, case.sample_count, sample));
            write(&format!("{name}.inputs"), &mut by_sample)?;
        }
        let mut by_sample = (0..LARGE_BATCH)
            .flat_map(|sample| [0, 1].map(|task| f32::from(self.large_classes[task * LARGE_BATCH + sample])));
        write("large.classes", &mut by_sample)?;
        Ok(json!({ "lanes": self.machine.name() }))
    }

    /// What the others must come to as well: losses of the first steps, or logits.
    fn check(&self, contest: &str) -> anyhow::Result<Value> {
        let values = match contest {
            // A lottery answers with its accuracies when it is run.
            "steps" | "lottery" => self
                .drawn
                .iter()
                .zip(0..)
                .flat_map(|(drawn, seed)| {
                    self.machine.run(FirstSteps {
                        drawn,
                        params: initial(seed),
                    })
                })
                .collect(),
            _ => self.other(contest, None)?,
        };
        Ok(json!({ "values": values }))
    }

    /// Does the work so many times, and says how many steps, runs or samples that were.
    fn run(&self, contest: &str, times: usize) -> anyhow::Result<Value> {
        match contest {
            "steps" => {
                (0..times).for_each(|time| {
                    self.lottery(time as u64 % SEEDS, 0, 2 * EPOCHS, &mut |_, _| ());
                });
                Ok(json!({ "units": times * STEPS * 2 * EPOCHS as usize }))
            }
            "lottery" => {
                let mut accuracies = vec![vec![]; LEVELS as usize + 1];
                for seed in 0..SEEDS * times as u64 {
                    self.lottery(seed % SEEDS, LEVELS, EPOCHS, &mut |level, accuracy| {
                        accuracies[level as usize].push(accuracy);
                    });
                }
                Ok(json!({ "units": SEEDS as usize * times, "accuracies": accuracies }))
            }
            _ => {
                self.other(contest, Some(times))?;
                let batch = match contest.rsplit('/').next().and_then(|last| last.parse().ok()) {
                    Some(batch) if contest.starts_with("inference") => batch,
                    _ => 1,
                };
                Ok(json!({ "units": times * batch }))
            }
        }
    }

    /// One lottery, structure included; with no level to prune to it is dense training. `finished` is told the mean
    /// accuracy of each level.
    fn lottery(&self, seed: u64, levels: u32, epochs: u32, finished: &mut dyn FnMut(u32, f64)) {
        let (net, params) = (SMALL, SMALL.param_count());
        let plan = Plan {
            net,
            tasks: &TASKS,
            trajectory: Trajectory::with_levels(net.weight_count() as u64, 0.2, levels)
                .expect("a trajectory"),
            training: Training {
                rule: Rule::adam(0.01),
                weight_decay: 0.0,
                batch: BATCH,
                epochs,
                patience: None,
            },
            rewind: Rewind::Initial,
            seed,
        };
        let data: Data<'_> = self.drawn[seed as usize].parts();
        let memory = Memory {
            params: &mut aligned(params),
            initial: &mut aligned(params),
            rewind: &mut [],
            grads: &mut aligned(params),
            optimizer: &mut aligned(plan.training.rule.state_len(params)),
            batch: BatchMemory {
                inputs: &mut aligned(net.batch_len(BATCH)),
                classes: &mut vec![0; TASKS.len() * padded(BATCH)],
                workspace: &mut aligned(net.workspace_len(BATCH)),
            },
            order: &mut vec![0; data.train.sample_count()],
            scores: &mut [TaskScore::default(); TASKS.len()],
            mask: &mut vec![0; net.mask_len()],
            index: &mut vec![0; Packing::index_len(net)],
        };
        let mut structure = vec![0; Structure::memory_len(net, TASKS.len())];
        let mut imp = Imp::new(plan, memory);
        while let Some(outcome) = self
            .machine
            .next_level(&mut imp, &data, &mut |_| ControlFlow::Continue(()))
        {
            let Outcome::Finished(level) = outcome else {
                panic!("{outcome:?}");
            };
            black_box(Structure::of(net, &TASKS, imp.mask(), &mut structure).verdict());
            let correct: u32 = imp.test_scores().iter().map(TaskScore::correct).sum();
            let answers = data.test.sample_count() * TASKS.len();
            finished(level.level, f64::from(correct) / answers as f64);
        }
    }

    /// Inference, or steps of the large network; without `times` what comes out of it.
    fn other(&self, contest: &str, times: Option<usize>) -> anyhow::Result<Vec<f32>> {
        let find = |cases: &'static str, name: &str| {
            let cases = if cases == "asked" {
                &self.asked
            } else {
                &self.large
            };
            let found = cases.iter().find(|(other, _)| other == name);
            Ok::<_, anyhow::Error>(&found.with_context(|| format!("{name}: no such case"))?.1)
        };
        if let Some(rest) = contest.strip_prefix("inference/") {
            let (name, batch) = rest.rsplit_once('/').context("a batch size")?;
            let case = find("asked", name)?;
            let batch: usize = batch.parse()?;
            let times = times.unwrap_or(1);
            return Ok(if batch == 1 {
                self.machine.run(AskOne { case, times })
            } else {
                self.machine.run(AskMany { case, times })
            });
        }
        let case = find("large", contest)?;
        Ok(self.machine.run(LargeSteps {
            case,
            classes: &self.large_classes,
            steps: times.unwrap_or(3),
        }))
    }
}

/// Initial parameters of a seed, those of [`Imp`].
fn initial(seed: u64) -> Vec<f32> {
    let mut params = vec![0.0; SMALL.param_count()];
    kaiming_normal(SMALL, &mut params, &mut stream(seed, Purpose::Weights));
    params
}

/// One sample of `(units, padded)`.
fn column(values: &[f32], units: usize, padded: usize, sample: usize) -> impl Iterator<Item = f32> {
    (0..units).map(move |unit| values[unit * padded + sample])
}

/// Ten steps on the first batch, without any shuffling. The answer is their losses.
struct FirstSteps<'d> {
    drawn: &'d Drawn,
    params: Vec<f32>,
}

impl Kernel for FirstSteps<'_> {
    type Output = Vec<f32>;

    fn run<L: Lanes>(mut self) -> Vec<f32> {
        let rows = &self.drawn.train;
        let inputs: Vec<f32> = (0..4)
            .flat_map(|unit| (0..BATCH).map(move |sample| (unit, sample)))
            .map(|(unit, sample)| rows.inputs[4 * sample + unit])
            .collect();
        let classes: Vec<u16> = (0..2)
            .flat_map(|task| (0..BATCH).map(move |sample| (task, sample)))
            .map(|(task, sample)| rows.classes[2 * sample + task])
            .collect();
        let batch = Batch {
            inputs: &inputs,
            classes: &classes,
            sample_count: BATCH,
            tasks: &TASKS,
        };
        let rule = Rule::adam(0.01);
        let mut state = aligned(rule.state_len(SMALL.param_count()));
        let mut adam = Optimizer::new(rule, 0.0, SMALL.weight_count(), &mut state);
        let mut workspace = aligned(SMALL.workspace_len(BATCH));
        let mut grads = aligned(SMALL.param_count());
        (0..10)
            .map(|_| {
                let loss = SMALL.gradient::<L>(&self.params, batch, &mut workspace, &mut grads);
                adam.step::<L>(&mut self.params, &grads);
                loss
            })
            .collect()
    }
}

/// Asks one sample after the other, always the same. The answer is its logits.
struct AskOne<'c> {
    case: &'c Case<'c>,
    times: usize,
}

impl Kernel for AskOne<'_> {
    type Output = Vec<f32>;

    fn run<L: Lanes>(self) -> Vec<f32> {
        let net = self.case.net;
        let (mut params, mut bits) = (self.case.params.clone(), vec![0; net.mask_len()]);
        let (mut index, mut columns) = (
            vec![0; Packing::index_len(net)],
            aligned(SamplePredictor::columns_len(net)),
        );
        let mask = self.case.mask(&mut bits);
        let predictor = SamplePredictor::new::<L>(net, &mask, &mut params, &mut index, &mut columns);
        let mut units = aligned(SamplePredictor::units_len(net));
        let sample: Vec<f32> = column(&self.case.inputs, net.input_count(), ASKED_AT_ONCE, 0).collect();
        for _ in 1..self.times {
            black_box(predictor.logits::<L>(black_box(&sample), &mut units));
        }
        predictor.logits::<L>(&sample, &mut units).to_vec()
    }
}

/// Asks all samples at once. The answer is their logits, sample by sample.
struct AskMany<'c> {
    case: &'c Case<'c>,
    times: usize,
}

impl Kernel for AskMany<'_> {
    type Output = Vec<f32>;

    fn run<L: Lanes>(self) -> Vec<f32> {
        let (net, count) = (self.case.net, self.case.sample_count);
        let (mut params, mut bits) = (self.case.params.clone(), vec![0; net.mask_len()]);
        let mut index = vec![0; Packing::index_len(net)];
        let mask = self.case.mask(&mut bits);
        let predictor = BatchPredictor::new::<L>(net, &mask, &mut params, &mut index, count);
        let mut workspace = aligned(net.workspace_len(count));
        for _ in 1..self.times {
            black_box(predictor.logits::<L>(black_box(&self.case.inputs), count, &mut workspace));
        }
        let logits = predictor.logits::<L>(&self.case.inputs, count, &mut workspace);
        (0..count)
            .flat_map(|sample| column(logits, net.output_count(), count, sample))
            .collect()
    }
}

/// Steps with Adam at rate 0.001 on one batch. The answer is their losses.
struct LargeSteps<'c> {
    case: &'c Case<'c>,
    classes: &'c [u16],
    steps: usize,
}

impl Kernel for LargeSteps<'_> {
    type Output = Vec<f32>;

    fn run<L: Lanes>(self) -> Vec<f32> {
        let (net, count) = (self.case.net, self.case.sample_count);
        let ports: Vec<Vec<usize>> = [0..784, 784..1568, 0..10, 10..20].map(Vec::from_iter).into();
        let tasks = [0, 1].map(|task| Task {
            inputs: &ports[task],
            outputs: &ports[2 + task],
        });
        let batch = Batch {
            inputs: &self.case.inputs,
            classes: self.classes,
            sample_count: count,
            tasks: &tasks,
        };
        let mut params = aligned(net.param_count());
        params.copy_from_slice(&self.case.params);
        let (mut bits, mut index) = (vec![0; net.mask_len()], vec![0; Packing::index_len(net)]);
        let mask = self.case.mask(&mut bits);
        let packing = Packing::for_batches::<L>(net, &mask, &mut index, count);
        packing.pack(&mask, &mut params);
        let stored = packing.param_count();
        let params = &mut params[..stored];
        let rule = Rule::adam(0.001);
        let (mut state, mut grads) = (aligned(rule.state_len(stored)), aligned(stored));
        let mut adam = Optimizer::new(rule, 0.0, packing.weight_count(), &mut state);
        let mut workspace = aligned(net.workspace_len(count));
        (0..self.steps)
            .map(|_| {
                let loss = packing.gradient::<L>(params, batch, &mut workspace, &mut grads);
                packing.mask_dense_layers::<L>(&mask, &mut grads);
                adam.step::<L>(params, &grads);
                loss
            })
            .collect()
    }
}
