//! Does Tombola's side of the comparison with other libraries: reads one request a line, and answers each with a line of
//! JSON. `compare.py` sends the requests and measures the time.
//!
//! ```text
//! write DIRECTORY       writes what all implementations work on
//! check WORKLOAD        answers with what the others must compute as well
//! run WORKLOAD TIMES    does the work, and answers with how much it was
//! ```
//!
//! A workload is `steps`, `lottery`, `inference/WIDTHS/WEIGHTS/BATCH` or `large/WEIGHTS`; of a program that was started with
//! the argument `dense`, `dense/OPERATION/BATCH/WIDTH`.

use std::hint::black_box;
use std::io::BufRead;
use std::ops::ControlFlow;
use std::path::Path;

use anyhow::{Context, bail};
use serde_json::{Value, json};
use tombola::random::{Purpose, stream};
use tombola::{Data, Imp, Init, Mlp, Outcome, Plan, Rule, Structure, Task, Trajectory, kaiming_normal};
use tombola_benches::crossover::{self, BATCHES, WIDTHS};
use tombola_benches::operation::{Job, Memory, Operation, Variant, by_sample};
use tombola_benches::{Case, TASKS, aligned, lottery};
use tombola_host::data::{Contents, Drawn, Source};
use tombola_host::experiment::Experiment;
use tombola_host::machine::Machine;

/// Workload W.
const SMALL: &[usize] = &[4, 32, 32, 2];
const SEEDS: u64 = 64;
const BATCH: usize = 64;
const EPOCHS: u32 = 30;
const STEPS: usize = 16;
const LEVELS: u32 = 14;

/// Networks of the inference, and the weights they keep.
const INFERENCE: [(&[usize], usize); 5] = [
    (SMALL, 1216),
    (SMALL, 61),
    (&[4, 256, 256, 2], 67_072),
    (&[4, 256, 256, 2], 3354),
    (&[4, 256, 256, 2], 1341),
];

/// Two tasks of ten classes.
const LARGE: &[usize] = &[1568, 784, 392, 20];
const LARGE_TASKS: [Task<'_>; 2] = [
    Task {
        inputs: &range::<784>(0),
        outputs: &range::<10>(0),
        weight: Task::ALIKE,
    },
    Task {
        inputs: &range::<784>(784),
        outputs: &range::<10>(10),
        weight: Task::ALIKE,
    },
];

const fn range<const N: usize>(start: usize) -> [usize; N] {
    let mut range = [start; N];
    let mut index = 0;
    while index < N {
        range[index] += index;
        index += 1;
    }
    range
}

fn main() -> anyhow::Result<()> {
    let cases = match std::env::args().nth(1).as_deref() {
        Some("dense") => dense_cases(),
        _ => cases(),
    };
    let tombola = Tombola::new(Machine::get()?, cases)?;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split(' ').collect();
        let answer = match words[..] {
            ["write", directory] => tombola.write(Path::new(directory))?,
            ["check", workload] => json!({ "values": tombola.check(workload)? }),
            ["run", workload, times] => tombola.run(workload, times.parse()?)?,
            _ => bail!("{line}: no such request"),
        };
        println!("{answer}");
    }
    Ok(())
}

/// Network and batch of inference and of the large steps, by workload.
fn cases() -> Vec<(String, Case<'static>)> {
    let case = |widths, tasks, samples, left: usize| {
        let density = left as f64 / Mlp::new(widths).weight_count() as f64;
        Case::active(widths, tasks, samples, density)
    };
    let mut cases = vec![];
    for (widths, left) in INFERENCE {
        for batch in [1, 256] {
            let case = case(widths, &TASKS, batch, left);
            cases.push((format!("inference/{}/{left}/{batch}", case.name()), case));
        }
    }
    for left in [1_544_480, 154_448] {
        cases.push((format!("large/{left}"), case(LARGE, &LARGE_TASKS, 512, left)));
    }
    cases
}

/// The networks of the crossover, `dense/BATCH/WIDTH`, for all operations.
fn dense_cases() -> Vec<(String, Case<'static>)> {
    let networks = NETWORKS.iter().zip(WIDTHS);
    let cases = networks.flat_map(|(widths, width)| {
        BATCHES.map(|batch| (format!("dense/{batch}/{width}"), Case::dense(widths, batch)))
    });
    cases.collect()
}

/// 4-w-w-2 for each width of the crossover.
const NETWORKS: [[usize; 4]; WIDTHS.len()] = {
    let mut networks = [[0; 4]; WIDTHS.len()];
    let mut index = 0;
    while index < WIDTHS.len() {
        networks[index] = [4, WIDTHS[index], WIDTHS[index], 2];
        index += 1;
    }
    networks
};

struct Tombola {
    machine: Machine,
    /// The data of each seed.
    drawn: Vec<Drawn>,
    /// What was made for this run.
    cases: Vec<(String, Case<'static>)>,
}

impl Tombola {
    fn new(machine: Machine, cases: Vec<(String, Case<'static>)>) -> anyhow::Result<Self> {
        let source = Source::open(&Experiment::default().data, &Contents::default())?;
        let drawn = (0..SEEDS)
            .map(|seed| source.draw(seed))
            .collect::<anyhow::Result<_>>()?;
        Ok(Self {
            machine,
            drawn,
            cases,
        })
    }

    /// All numbers as f32, little-endian, row-major, samples first.
    fn write(&self, directory: &Path) -> anyhow::Result<Value> {
        let write = |name: &str, values: &mut dyn Iterator<Item = f32>| {
            let path = directory.join(name.replace('/', "_")).with_added_extension("f32");
            let bytes: Vec<u8> = values.flat_map(f32::to_le_bytes).collect();
            std::fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))
        };
        for (name, part) in [("train", 0), ("test", 1)] {
            let rows = || self.drawn.iter().map(|drawn| [&drawn.train, &drawn.test][part]);
            let mut inputs = rows().flat_map(|rows| rows.inputs.iter().copied());
            write(&format!("{name}.inputs"), &mut inputs)?;
            let mut classes = rows().flat_map(|rows| rows.classes.iter().map(|&class| f32::from(class)));
            write(&format!("{name}.classes"), &mut classes)?;
        }
        write("initial", &mut (0..SEEDS).flat_map(initial))?;
        for (name, case) in &self.cases {
            write(&format!("{name}.params"), &mut case.params.iter().copied())?;
            write(
                &format!("{name}.inputs"),
                &mut by_sample(&case.inputs, case.sample_count),
            )?;
            let classes: Vec<f32> = case.classes.iter().map(|&class| class as f32).collect();
            write(
                &format!("{name}.classes"),
                &mut by_sample(&classes, case.sample_count),
            )?;
        }
        Ok(json!({ "lanes": self.machine.name(), "processor": crossover::processor() }))
    }

    /// The job of inference or of the large steps.
    fn job(&self, workload: &str) -> anyhow::Result<Job<'_>> {
        let (operation, name) = match workload.split('/').collect::<Vec<_>>()[..] {
            ["dense", operation, batch, width] => {
                let mut all = Operation::ALL.into_iter();
                (
                    all.find(|known| known.name() == operation),
                    format!("dense/{batch}/{width}"),
                )
            }
            ["inference", ..] => (Some(Operation::Inference), workload.to_owned()),
            _ => (Some(Operation::Step), workload.to_owned()),
        };
        let found = self.cases.iter().find(|(known, _)| *known == name);
        let (operation, (_, case)) = operation
            .zip(found)
            .with_context(|| format!("{workload}: no such workload"))?;
        Ok(job(case, operation, Rule::adam(0.001)))
    }

    /// What the others must compute as well: losses of the first steps, or logits.
    fn check(&self, workload: &str) -> anyhow::Result<Vec<f32>> {
        // A lottery answers with its accuracies when it is run.
        if ["steps", "lottery"].contains(&workload) {
            let losses = |seed| {
                let case = self.first_batch(seed);
                self.results(job(&case, Operation::Step, Rule::adam(0.01)), 10)
            };
            return Ok((0..SEEDS).flat_map(losses).collect());
        }
        let job = self.job(workload)?;
        Ok(match job.operation {
            Operation::Step => self.results(job, 3),
            _ => self.results(job, 1),
        })
    }

    /// Does a job so many times, and returns the first logits, or loss and gradient, or the loss of each step.
    fn results(&self, job: Job<'_>, times: usize) -> Vec<f32> {
        let mut memory = Memory::default();
        let mut run = job.prepare(self.machine, &mut memory);
        let results = (0..times).flat_map(|_| {
            let mut result = vec![];
            run(1, Some(&mut result));
            result.truncate(if job.operation == Operation::Step { 1 } else { 4096 });
            result
        });
        results.collect()
    }

    /// Does the work so many times, and returns how many steps, runs or samples that were.
    fn run(&self, workload: &str, times: usize) -> anyhow::Result<Value> {
        match workload {
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
                let job = self.job(workload)?;
                job.prepare(self.machine, &mut Memory::default())(times, None);
                let units = if workload.starts_with("inference") {
                    job.case.sample_count
                } else {
                    1
                };
                Ok(json!({ "units": times * units }))
            }
        }
    }

    /// One lottery, structure included; with no level to prune to it is dense training. `finished` gets the mean
    /// accuracy of each level.
    fn lottery(&self, seed: u64, levels: u32, epochs: u32, finished: &mut dyn FnMut(u32, f64)) {
        let net = Mlp::new(SMALL);
        let data: Data<'_> = self.drawn[seed as usize].parts();
        let plan = Plan {
            lottery: lottery(net, data.train.sample_count(), epochs),
            trajectory: Trajectory::with_levels(net.weight_count() as u64, 0.2, levels)
                .expect("a trajectory"),
            init: Init::DEFAULT,
            network_seed: seed.into(),
            training_seed: seed.into(),
        };
        let (mut floats, mut words) = (
            aligned(plan.lottery.float_count()),
            aligned(plan.lottery.word_count()),
        );
        let mut structure = vec![0; Structure::memory_len(net, TASKS.len())];
        let mut imp = Imp::new(plan, &mut floats, &mut words);
        while let Some(outcome) = self
            .machine
            .next_level(&mut imp, &data, &mut |_| ControlFlow::Continue(()))
        {
            let Outcome::Finished(level) = outcome else {
                panic!("{outcome:?}");
            };
            black_box(Structure::of(net, &TASKS, imp.mask(), &mut structure).verdict());
            let correct: u32 = (0..TASKS.len()).map(|task| imp.test_score(task).correct()).sum();
            let answers = data.test.sample_count() * TASKS.len();
            finished(level.level, f64::from(correct) / answers as f64);
        }
    }

    /// The first batch of a seed, without any shuffling, and the network that learns from it.
    fn first_batch(&self, seed: u64) -> Case<'static> {
        let rows = &self.drawn[seed as usize].train;
        let mut case = Case::dense(SMALL, BATCH);
        case.params = initial(seed);
        for sample in 0..BATCH {
            for input in 0..4 {
                case.inputs[input * BATCH + sample] = rows.inputs[4 * sample + input];
            }
            for task in 0..2 {
                case.classes[task * BATCH + sample] = rows.classes[2 * sample + task].into();
            }
        }
        case
    }
}

fn job<'a>(case: &'a Case<'a>, operation: Operation, rule: Rule) -> Job<'a> {
    Job {
        case,
        operation,
        variant: Variant::Rule,
        rule,
    }
}

/// Initial parameters of a seed, those of [`Imp`].
fn initial(seed: u64) -> Vec<f32> {
    let net = Mlp::new(SMALL);
    let mut params = vec![0.0; net.param_count()];
    kaiming_normal(net, &mut params, &mut stream(seed, Purpose::Weights));
    params
}
