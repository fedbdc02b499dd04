//! The loop that runs any arm: choose what survives, set it to what its level starts from, train, hand out.

use std::borrow::Cow;
use std::ops::ControlFlow;

use anyhow::Context;
use tombola::random::Seed;
use tombola::{Epoch, Init, Lottery, Mlp, Outcome, Plan, Rewind, Rule, Storage, Task, Trajectory};

use super::schedule::{Change, Of, Own, Start, Survivors};
use super::survivors::Scorer;
use super::trained::{CONVERGED, Common, ImpLevels, Past, Resume, Scores, Trained};
use super::{Arm, alone};
use crate::data::Drawn;
use crate::memory::aligned;
use crate::results::End;
use crate::ticket::{LevelResult, Ticket};

/// Whether to stop; asked after each epoch.
pub type Stop<'a> = &'a dyn Fn() -> bool;

/// What is called with each level.
pub type Finish<'a> = &'a mut dyn FnMut(Trained<'_>) -> anyhow::Result<()>;

/// Runs an arm, from the first level or from one that was finished before to the `last`, and calls `finish` with each
/// level. `imp` is what it takes from there; `imp` itself takes nothing. (Networks side by side are always run whole.)
///
/// # Errors
/// If memory is short, data cannot be drawn, or `finish` fails.
///
/// # Panics
/// If what is resumed does not fit the experiment, or an arm that takes something from `imp` is given nothing.
pub fn run(
    common: &Common<'_>,
    arm: &Arm,
    imp: Option<&ImpLevels>,
    from: Option<&Resume<'_>>,
    last: u32,
    stop: Stop<'_>,
    finish: Finish<'_>,
) -> anyhow::Result<End> {
    let Common { setup, seed, .. } = *common;
    if arm.schedule().own == Own::Networks {
        let imp = imp.expect("an arm that takes sizes of imp is given them");
        return alone::run(common, arm, imp, stop, finish);
    }
    let drawn = drawn(common, arm)?;
    let network_seed = match arm.schedule().start {
        Start::Fresh => arm.own(setup.network_seed(seed)),
        _ => setup.network_seed(seed).into(),
    };
    let levels = 0..=last;
    let problem = Problem {
        common,
        arm,
        net: setup.net(),
        tasks: &setup.tasks(),
        drawn: &drawn,
        weights_left: levels
            .map(|level| setup.trajectory().weights_left(level) as usize)
            .collect(),
        initial: initial(setup.init(), setup.net(), network_seed, None),
        imp,
    };
    problem.run(from, stop, finish)
}

/// The data of an arm.
///
/// # Errors
/// If another draw of the data cannot be normalized.
pub fn drawn<'a>(common: &Common<'a>, arm: &Arm) -> anyhow::Result<Cow<'a, Drawn>> {
    let own = arm.own(common.setup.data_seed(common.seed));
    Ok(match arm.schedule().own {
        Own::Nothing | Own::Order | Own::Networks => Cow::Borrowed(common.drawn),
        Own::Data => Cow::Owned(common.setup.source().draw(own)?),
        Own::Labels => Cow::Owned(common.drawn.with_shuffled_labels(arm.task(), own)),
        Own::Inputs => Cow::Owned(common.drawn.with_noise_inputs(arm.task(), own)),
    })
}

/// Initial parameters: those of a seed, or one of its several.
pub(super) fn initial(init: Init, net: Mlp<'_>, seed: impl Into<Seed>, index: Option<u32>) -> Vec<f32> {
    let mut params = vec![0.0; net.param_count()];
    match index {
        None => init.draw(net, &mut params, seed),
        Some(index) => init.draw_one_of(net, &mut params, seed, index),
    }
    params
}

/// One network's way through the levels of an arm.
pub(super) struct Problem<'a> {
    pub(super) common: &'a Common<'a>,
    pub(super) arm: &'a Arm,
    pub(super) net: Mlp<'a>,
    pub(super) tasks: &'a [Task<'a>],
    pub(super) drawn: &'a Drawn,
    /// At each level; the last of them is the last level.
    pub(super) weights_left: Vec<usize>,
    pub(super) initial: Vec<f32>,
    pub(super) imp: Option<&'a ImpLevels>,
}

impl Problem<'_> {
    /// Trains level after level.
    pub(super) fn run(
        &self,
        from: Option<&Resume<'_>>,
        stop: Stop<'_>,
        finish: Finish<'_>,
    ) -> anyhow::Result<End> {
        let plan = self.plan();
        let memory = || {
            let lottery = &plan.lottery;
            Some((aligned(lottery.float_count())?, aligned(lottery.word_count())?))
        };
        let (mut floats, mut words) = memory().context(
            "not enough memory for this network and batch; use smaller hidden layers, a smaller batch or fewer --jobs",
        )?;
        let mut lottery = tombola::Imp::new(plan, &mut floats, &mut words);
        let dense = self.imp.filter(|imp| self.shares_dense(imp));
        if dense.is_some_and(|imp| imp.levels.is_empty()) {
            // What could not be trained there cannot be trained here.
            return Ok(End::Finished);
        }
        let mut rewind_point = None;
        let mut first = 0;
        if let Some(from) = from {
            rewind_point = from.rewind_point.map(<[f32]>::to_vec);
            let (mask, params) = lottery.start();
            mask.replace(|weight| from.mask[weight]);
            params.copy_from_slice(from.params);
            first = from.level + 1;
        } else if let Some(imp) = dense {
            rewind_point = match (self.arm.schedule().start, plan.lottery.rewind) {
                (Start::Epoch, _) => match self.train_to(self.arm.epoch(), stop)? {
                    Ok(params) => Some(params),
                    Err(end) => return Ok(end),
                },
                (_, Rewind::Epoch(_)) => imp.rewind_point.clone(),
                _ => None,
            };
        }
        let mut scorer = Scorer::new(self);
        if let Some(imp) = dense {
            scorer.dense(&imp.params);
        }
        for level in first..self.weights_left.len() as u32 {
            if stop() {
                return Ok(End::Stopped);
            }
            let mut initial = Cow::Borrowed(&*self.initial);
            let scores = match dense {
                Some(imp) if level == 0 => {
                    lottery.start().1.copy_from_slice(&imp.params);
                    imp.scores.clone()
                }
                _ => {
                    let (mask, params) = lottery.start();
                    if level == 0 {
                        params.copy_from_slice(&initial);
                    } else {
                        let before = Past::of(mask, params);
                        if !scorer.choose(level, mask, params)? {
                            // Where imp could not finish a level, there is no mask to take.
                            return Ok(End::Finished);
                        }
                        if self.arm.schedule().start == Start::FreshEachLevel {
                            initial = Cow::Owned(self.fresh(level));
                        }
                        let start = self.start(level, &before, &initial, rewind_point.as_deref());
                        params.copy_from_slice(&start);
                    }
                    match self.train(&mut lottery, level, stop) {
                        Ok(scores) => scores,
                        Err(end) => return Ok(end),
                    }
                }
            };
            if level == 0 && dense.is_none() {
                rewind_point = lottery.rewind_point().map(<[f32]>::to_vec);
                scorer.dense(lottery.params());
            }
            // What the level was trained from may be imp's.
            let of_imp = self
                .imp
                .filter(|_| self.arm.schedule().start == Start::Imp && 0 < level);
            let rewind_point = of_imp.map_or(&rewind_point, |imp| &imp.rewind_point);
            finish(Trained {
                level,
                net: self.net,
                tasks: self.tasks,
                weight_count: self.net.weight_count(),
                mask: lottery.mask(),
                params: lottery.params(),
                initial: &initial,
                initial_seed: self
                    .initial_seed()
                    .filter(|_| matches!(initial, Cow::Borrowed(_))),
                rewind_point: rewind_point.as_deref(),
                drawn: self.drawn,
                scores: &scores,
                is_shared: level == 0 && dense.is_some(),
                rewired: self.rewired(level),
            })?;
        }
        Ok(End::Finished)
    }

    /// How the levels are trained. What survives and what they start from is chosen here, not by the plan.
    fn plan(&self) -> Plan<'_> {
        let Common { setup, seed, .. } = *self.common;
        let schedule = self.arm.schedule();
        let mut training = setup.training();
        if schedule.rate != 1.0 {
            let (Rule::Sgd { rate, .. } | Rule::Adam { rate, .. }) = &mut training.rule;
            *rate *= schedule.rate;
        }
        if self.common.wants_curve && training.patience.is_none() {
            // Computed after each epoch, and never a reason to stop.
            training.patience = Some(u32::MAX);
        }
        let levels = self.weights_left.len() as u32 - 1;
        let all = self.net.weight_count() as u64;
        let trajectory = Trajectory::with_rate_solved(all, levels, all);
        Plan {
            lottery: Lottery {
                net: self.net,
                tasks: self.tasks,
                training,
                rewind: self.arm.rewind(setup.rewind()),
                train_count: setup.experiment.data.train,
                storage: Storage::Compressed,
            },
            trajectory: trajectory.expect("one that prunes nothing"),
            init: setup.init(),
            network_seed: setup.network_seed(seed).into(),
            training_seed: Seed {
                seed: setup.training_seed(seed),
                arm: match schedule.own {
                    Own::Order => self.arm.number(),
                    _ => 0,
                },
            },
        }
    }

    /// Whether the trained dense network is that of `imp`.
    fn shares_dense(&self, imp: &ImpLevels) -> bool {
        let schedule = self.arm.schedule();
        schedule.own == Own::Nothing
            && match schedule.start {
                Start::Fresh => false,
                // Early stopping may have ended it before.
                Start::Epoch => self.arm.epoch() <= imp.scores.result.epochs,
                _ => true,
            }
    }

    /// The parameters of the dense network after so many epochs, or why there are none.
    fn train_to(&self, epochs: u32, stop: Stop<'_>) -> anyhow::Result<Result<Vec<f32>, End>> {
        let mut plan = self.plan();
        plan.lottery.rewind = Rewind::Never;
        plan.lottery.training.epochs = epochs;
        plan.lottery.training.patience = None;
        let mut floats = aligned(plan.lottery.float_count()).context("not enough memory")?;
        let mut words = aligned(plan.lottery.word_count()).context("not enough memory")?;
        let mut lottery = tombola::Imp::new(plan, &mut floats, &mut words);
        lottery.start().1.copy_from_slice(&self.initial);
        let trained = self.train(&mut lottery, 0, stop);
        Ok(trained.map(|_| lottery.params().to_vec()))
    }

    /// The seed of the initial weights, unless they are the arm's own, or drawn in another way than who reads a ticket draws
    /// them.
    fn initial_seed(&self) -> Option<u64> {
        let Common { setup, seed, .. } = *self.common;
        let is_named = setup.init() == Ticket::DRAWN_BY_SEED;
        (is_named && self.arm.schedule().start != Start::Fresh).then(|| setup.network_seed(seed))
    }

    /// The arm's own initial weights of a level.
    fn fresh(&self, level: u32) -> Vec<f32> {
        let Common { setup, seed, .. } = *self.common;
        let own = self.arm.own(setup.network_seed(seed));
        initial(setup.init(), self.net, own, Some(level))
    }

    /// The mask of `imp` that the arm rewires.
    fn rewired(&self, level: u32) -> Option<&[u32]> {
        let rewires = self.arm.schedule().mask == Survivors::Imp(Change::Rewired) && 0 < level;
        let past = self.imp.filter(|_| rewires)?.levels.get(level as usize)?;
        Some(&past.mask)
    }

    /// What a level starts from, before it is masked; `before` is the level before.
    fn start<'s>(
        &'s self,
        level: u32,
        before: &'s Past,
        initial: &'s [f32],
        rewind_point: Option<&'s [f32]>,
    ) -> Cow<'s, [f32]> {
        let rewound = |rewind_point: Option<&'s [f32]>, before: &'s Past| match self.common.setup.rewind() {
            Rewind::Initial => Cow::Borrowed(initial),
            Rewind::Epoch(_) => Cow::Borrowed(rewind_point.expect("a rewind point")),
            Rewind::Never => Cow::Owned(before.filled_up(self.net, initial)),
        };
        match self.arm.schedule().start {
            // Where nothing is rewound, a network that is pruned at once goes on from what it was pruned as.
            Start::Rewound if self.common.setup.rewind() == Rewind::Never => match self.arm.schedule().mask {
                Survivors::Greatest { of: Of::Dense, .. } => {
                    Cow::Borrowed(&self.imp.expect("imp's dense network").params)
                }
                Survivors::Greatest { of: Of::Initial, .. } | Survivors::SynFlow => Cow::Borrowed(initial),
                _ => rewound(rewind_point, before),
            },
            Start::Rewound => rewound(rewind_point, before),
            Start::Continued => Cow::Owned(before.filled_up(self.net, initial)),
            Start::Epoch => Cow::Borrowed(rewind_point.expect("a rewind point")),
            Start::Fresh | Start::FreshEachLevel => Cow::Borrowed(initial),
            Start::Imp => {
                let imp = self.imp.expect("what imp starts from");
                rewound(imp.rewind_point.as_deref(), &imp.levels[level as usize - 1])
            }
        }
    }

    /// Trains a level that is set up. `Err` says why it could not be finished.
    fn train(&self, lottery: &mut tombola::Imp<'_>, level: u32, stop: Stop<'_>) -> Result<Scores, End> {
        let machine = self.common.setup.machine();
        let data = self.drawn.parts();
        let mut epochs_to_loss = None;
        let converged = CONVERGED * self.tasks.iter().map(|task| task.weight).sum::<f32>();
        let mut watch = |epoch: Epoch| {
            if epoch.stopping_loss.is_some_and(|loss| loss <= converged) && epochs_to_loss.is_none() {
                epochs_to_loss = Some(epoch.count);
            }
            if stop() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        match machine.train_level(lottery, level, &data, &mut watch) {
            Outcome::Finished(finished) => {
                let tasks = 0..self.tasks.len();
                let share = |correct: u32, samples: usize| f64::from(correct) / samples as f64;
                Ok(Scores {
                    result: LevelResult {
                        epochs: finished.epochs,
                        train_loss: finished.train_loss,
                        validation_loss: finished.validation_loss,
                        test_loss: finished.test_loss,
                        accuracy: tasks
                            .clone()
                            .map(|task| share(lottery.test_score(task).correct(), data.test.sample_count()))
                            .collect(),
                    },
                    validation_accuracy: tasks
                        .map(|task| share(lottery.validation_correct(task), data.validation.sample_count()))
                        .collect(),
                    epochs_to_loss: epochs_to_loss.filter(|_| self.common.wants_curve),
                })
            }
            Outcome::NotFinite { level, epoch } => Err(End::NotFinite { level, epoch }),
            Outcome::Stopped => Err(End::Stopped),
        }
    }
}
