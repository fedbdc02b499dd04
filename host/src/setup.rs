//! What all seeds of a run share: the experiment, its data, and what the core wants of both.

use std::ops::Range;
use std::sync::Arc;

use tombola::{Init, Mlp, Rewind, Task, Training, Trajectory};

use crate::arm::Arm;
use crate::bad_input;
use crate::data::{Contents, Source};
use crate::experiment::{Experiment, Shape, extended_widths};
use crate::machine::Machine;
use crate::measure::Extent;
use crate::text::counted;
use crate::ticket::TaskPorts;
use crate::truth::Truth;

/// The most levels of a run. Levels that prune nothing would all be the same: a file in which 10^9 of them are asked for is
/// a mistake.
pub(crate) const MOST_LEVELS: u32 = 10_000;

/// Everything that all seeds of a run share.
pub struct Setup {
    /// The experiment as it was read.
    pub experiment: Experiment,
    /// What names it.
    pub digest: String,
    source: Arc<Source>,
    truth: Option<Truth>,
    widths: Vec<usize>,
    trajectory: Trajectory,
    machine: Machine,
    arms: Vec<Arm>,
}

impl Setup {
    /// Reads the files of the experiment's tasks, each once, and works out what its settings leave open.
    ///
    /// # Errors
    /// If a file cannot be read, and as [`Setup::new`].
    #[cfg(feature = "program")]
    pub fn open(experiment: Experiment) -> anyhow::Result<Self> {
        let contents = crate::files::contents(&experiment.data)?;
        Self::new(experiment, &contents)
    }

    /// Works out what the experiment's settings leave open; `contents` are those of its tasks' files.
    ///
    /// # Errors
    /// If a file cannot be used, the base network does not fit the tasks, or no trajectory fits the settings.
    pub fn new(experiment: Experiment, contents: &Contents) -> anyhow::Result<Self> {
        let digest = experiment.digest(contents);
        let source = Arc::new(Source::open(&experiment.data, contents)?);
        Self::with_source(experiment, digest, source)
    }

    /// The same where the digest is known, and the tasks of the experiment's data are open.
    ///
    /// # Errors
    /// If the base network does not fit the tasks, or no trajectory fits the settings.
    pub fn with_source(experiment: Experiment, digest: String, source: Arc<Source>) -> anyhow::Result<Self> {
        let widths = widths(&experiment, source.input_count(), source.output_count())?;
        let trajectory = trajectory(&experiment, Mlp::new(&widths))?;
        let truth = source.truth();
        let arms = experiment.chosen_arms();
        Ok(Self {
            experiment,
            digest,
            source,
            truth,
            widths,
            trajectory,
            machine: Machine::get()?,
            arms,
        })
    }

    /// The arms, `imp` first.
    pub fn arms(&self) -> &[Arm] {
        &self.arms
    }

    /// How much is measured.
    pub fn extent(&self) -> Extent {
        self.experiment.measure
    }

    /// The seeds, in order.
    pub fn seeds(&self) -> Range<u64> {
        let first = self.experiment.first_seed;
        first..first + u64::from(self.experiment.seeds)
    }

    /// The seed of a replicate's data.
    pub fn data_seed(&self, seed: u64) -> u64 {
        self.experiment.data.seed.of(seed)
    }

    /// The seed of a replicate's initial weights.
    pub fn network_seed(&self, seed: u64) -> u64 {
        self.experiment.network.seed.of(seed)
    }

    /// The seed of the orders in which a replicate learns from its samples.
    pub fn training_seed(&self, seed: u64) -> u64 {
        self.experiment.training.seed.of(seed)
    }

    /// Where data comes from.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The vector unit that does the work.
    pub fn machine(&self) -> Machine {
        self.machine
    }

    /// How initial parameters are drawn.
    pub fn init(&self) -> Init {
        self.experiment.network.init()
    }

    /// The network.
    pub fn net(&self) -> Mlp<'_> {
        Mlp::new(&self.widths)
    }

    /// The tasks, with their names.
    pub fn ports(&self) -> &[TaskPorts] {
        self.source.ports()
    }

    /// The tasks as the core wants them, with the weights of their losses.
    pub fn tasks(&self) -> Vec<Task<'_>> {
        let tasks = self.ports().iter().zip(&self.experiment.data.task);
        tasks
            .map(|(ports, task)| Task {
                weight: task.dials.loss_weight,
                ..ports.as_task()
            })
            .collect()
    }

    /// Which outputs depend on which inputs, where tasks depend on each other or share inputs. Else each depends on its own, and
    /// the verdict says whether a ticket reveals it.
    pub fn truth(&self) -> Option<&Truth> {
        self.truth.as_ref()
    }

    /// Weights left at each level.
    pub fn trajectory(&self) -> Trajectory {
        self.trajectory
    }

    /// How each level is trained.
    pub fn training(&self) -> Training {
        self.experiment.training.of(self.experiment.data.train)
    }

    /// What each level starts from.
    pub fn rewind(&self) -> Rewind {
        self.experiment.pruning.rewind
    }
}

fn widths(experiment: &Experiment, inputs: usize, outputs: usize) -> anyhow::Result<Vec<usize>> {
    let widths = match experiment.network.shape() {
        Shape::Hidden(hidden) => [&[inputs], hidden, &[outputs]].concat(),
        Shape::Extended { base, level } => {
            let ends = (base.first().copied(), base.last().copied());
            if ends != (Some(inputs), Some(outputs)) {
                return Err(bad_input!(
                    "network.base {base:?}: the tasks have {} and {}, so a base network starts with {inputs} and ends \
                     with {outputs}",
                    counted(inputs, "input"),
                    counted(outputs, "output")
                ));
            }
            let Some(rate) = experiment.pruning.rate else {
                return Err(bad_input!(
                    "network.extend needs pruning.rate: without it the width of the network is not known; give \
                     rate and one of levels and target"
                ));
            };
            extended_widths(base, rate, level).ok_or_else(|| {
                bad_input!(
                    "network.extend {level} at rate {rate}: the network would be too large; lower one of them"
                )
            })?
        }
    };
    if !Mlp::is_valid(&widths) {
        return Err(bad_input!(
            "network.hidden: more than 4094 hidden layers, or more than 2^32 - 1 parameters; make the network smaller"
        ));
    }
    Ok(widths)
}

fn trajectory(experiment: &Experiment, net: Mlp<'_>) -> anyhow::Result<Trajectory> {
    let parameters = net.weight_count() as u64;
    let pruning = &experiment.pruning;
    let solved = match (pruning.rate, pruning.levels, pruning.target) {
        (Some(rate), Some(levels), _) => Trajectory::with_levels(parameters, rate, levels),
        (Some(rate), None, Some(target)) => Trajectory::with_target(parameters, rate, target as u64),
        (None, Some(levels), Some(target)) => Trajectory::with_rate_solved(parameters, levels, target as u64),
        _ => None,
    };
    solved.filter(|solved| solved.levels() <= MOST_LEVELS).ok_or_else(|| {
        let said = |name: &str, value: Option<String>| value.map(|value| format!("{name} = {value}"));
        let given = [
            said("rate", pruning.rate.map(|rate| rate.to_string())),
            said("levels", pruning.levels.map(|levels| levels.to_string())),
            said("target", pruning.target.map(|target| target.to_string())),
        ];
        let given = given.into_iter().flatten().collect::<Vec<_>>().join(", ");
        bad_input!(
            "pruning: no trajectory leads from the network's {} with {given}; at most {MOST_LEVELS} levels, and at least one \
             weight and at most all must be left at the last",
            counted(net.weight_count(), "weight")
        )
    })
}
