//! Chooses which weights survive a level: by scores, by `SynFlow`, or as `imp` did.

use std::ops::Range;

use anyhow::Context;
use tombola::lanes::{Kernel, Lanes};
use tombola::random::{Purpose, Seed, below, shuffle, stream};
use tombola::{BatchMemory, Mask, Samples, apportion, inverted};

use super::lottery::Problem;
use super::schedule::{Change, Of, Scope, Score, Survivors};
use crate::measure::rewire::{self, rewire};
use crate::memory::{aligned, zeroed};

/// Samples of one chunk where SNIP goes through the train part.
const CHUNK: usize = 256;

/// Rounds of `SynFlow`, as its authors have it.
const ROUNDS: u32 = 100;

/// Finite numbers of at least 0, as bits, lie below this.
const FINITE: u32 = 0x7f80_0000;

/// Chooses masks for one arm of one seed, and keeps the scores that do not change from level to level.
pub(super) struct Scorer<'a> {
    problem: &'a Problem<'a>,
    /// Scores of the initial or the trained dense network.
    fixed: Option<Vec<f32>>,
}

impl<'a> Scorer<'a> {
    pub(super) fn new(problem: &'a Problem<'a>) -> Self {
        Self { problem, fixed: None }
    }

    /// Tells it what the dense network was trained to.
    pub(super) fn dense(&mut self, params: &[f32]) {
        if let Survivors::Greatest {
            score, of: Of::Dense, ..
        } = self.problem.arm.schedule().mask
        {
            self.fixed = Some(self.magnitudes(score, params));
        }
    }

    /// Puts the mask of a level in the place of that of the level before, whose trained parameters are `params`. `false`
    /// if there is none to be had.
    pub(super) fn choose(&mut self, level: u32, mask: &mut Mask<'_>, params: &[f32]) -> anyhow::Result<bool> {
        let Problem { net, initial, .. } = self.problem;
        let left = self.problem.weights_left[level as usize];
        match self.problem.arm.schedule().mask {
            Survivors::Greatest { score, of, scope } => {
                let scores = self.scores(level, score, of, params)?;
                match scope {
                    Scope::Network => {
                        mask.prune_least(&scores, 0..net.weight_count(), mask.remaining() - left);
                    }
                    Scope::Layer => prune_layers(self.problem, mask, &scores, left),
                }
            }
            Survivors::SynFlow => {
                mask.replace(|_| true);
                self.problem.common.setup.machine().run(SynFlow {
                    net: *net,
                    params: initial.clone(),
                    mask,
                    left,
                });
            }
            Survivors::Imp(change) => {
                let imp = self.problem.imp.expect("masks of imp");
                let Some(past) = imp.levels.get(level as usize) else {
                    return Ok(false);
                };
                let survives = (0..net.weight_count()).map(|weight| past.survives(weight));
                let mut survives: Vec<bool> = survives.collect();
                match change {
                    Change::None => {}
                    Change::Shuffled => {
                        let mut rng = stream(self.own(), Purpose::Mask { level, draw: 0 });
                        for layer in net.layers() {
                            shuffle(&mut survives[layer.weights], &mut rng);
                        }
                    }
                    Change::Rewired => {
                        let seed = self.problem.common.seed;
                        rewire(*net, &mut survives, &mut rewire::draw(seed, level, 0));
                    }
                }
                mask.replace(|weight| survives[weight]);
            }
        }
        Ok(true)
    }

    fn scores(&mut self, level: u32, score: Score, of: Of, params: &[f32]) -> anyhow::Result<Vec<f32>> {
        if score == Score::Chance {
            let mut rng = stream(self.own(), Purpose::Mask { level, draw: 0 });
            // As many different scores as there are such numbers, so that ties are rare.
            let draw = |_| f32::from_bits(below(FINITE, &mut rng));
            return Ok((0..self.problem.net.weight_count()).map(draw).collect());
        }
        if of == Of::LastLevel {
            return Ok(self.magnitudes(score, params));
        }
        if self.fixed.is_none() {
            self.fixed = Some(match score {
                Score::Snip => snip(self.problem)?,
                _ => self.magnitudes(score, &self.problem.initial),
            });
        }
        Ok(self.fixed.clone().unwrap_or_default())
    }

    fn magnitudes(&self, score: Score, params: &[f32]) -> Vec<f32> {
        let weights = params[..self.problem.net.weight_count()].iter();
        let inverts = score == Score::InverseMagnitude;
        let score = |&weight: &f32| if inverts { inverted(weight) } else { weight.abs() };
        weights.map(score).collect()
    }

    /// The streams of the arm's own.
    fn own(&self) -> Seed {
        self.problem.arm.own(self.problem.common.seed)
    }
}

/// Prunes so that each layer keeps the same share of its weights.
fn prune_layers(problem: &Problem<'_>, mask: &mut Mask<'_>, scores: &[f32], left: usize) {
    let layers: Vec<_> = problem.net.layers().map(|layer| layer.weights).collect();
    let all: Vec<_> = layers.iter().map(Range::len).collect();
    let remaining = layers
        .iter()
        .map(|weights| weights.clone().filter(|&weight| mask.survives(weight)).count());
    let remaining: Vec<_> = remaining.collect();
    let mut shares = vec![0; layers.len()];
    apportion(left, &all, &remaining, &mut shares);
    for ((weights, remaining), share) in layers.into_iter().zip(remaining).zip(shares) {
        mask.prune_least(scores, weights, remaining - share);
    }
}

/// SNIP's scores of the initial network on the whole train part.
fn snip(problem: &Problem<'_>) -> anyhow::Result<Vec<f32>> {
    let Problem {
        common,
        net,
        tasks,
        initial,
        drawn,
        ..
    } = problem;
    let (net, tasks) = (*net, *tasks);
    let no_memory = "not enough memory for the scores of SNIP; use a smaller network or fewer --jobs";
    let mut floats = aligned(BatchMemory::float_count(net, tasks.len(), CHUNK)).context(no_memory)?;
    let mut words = aligned(BatchMemory::word_count(tasks.len(), CHUNK)).context(no_memory)?;
    let mut grads: Vec<f32> = zeroed(net.param_count()).context(no_memory)?;
    let mut scores: Vec<f32> = zeroed(net.weight_count()).context(no_memory)?;
    common.setup.machine().run(Snip {
        net,
        tasks,
        params: initial,
        samples: drawn.parts().train,
        memory: &mut BatchMemory::new(net, tasks.len(), CHUNK, &mut floats, &mut words),
        grads: &mut grads,
        scores: &mut scores,
    });
    Ok(scores)
}

/// [`tombola::snip`], as a kernel.
struct Snip<'a, 'm> {
    net: tombola::Mlp<'a>,
    tasks: &'a [tombola::Task<'a>],
    params: &'a [f32],
    samples: Samples<'a>,
    memory: &'a mut BatchMemory<'m>,
    grads: &'a mut [f32],
    scores: &'a mut [f32],
}

impl Kernel for Snip<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        tombola::snip::<L>(
            self.net,
            self.params,
            self.samples,
            self.tasks,
            self.memory,
            self.grads,
            self.scores,
        );
    }
}

/// [`tombola::synflow_prune`], as a kernel.
struct SynFlow<'a, 'm> {
    net: tombola::Mlp<'a>,
    params: Vec<f32>,
    mask: &'a mut Mask<'m>,
    left: usize,
}

impl Kernel for SynFlow<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(mut self) {
        let mut scores = vec![0.0; self.net.weight_count()];
        let mut flows = vec![0.0; self.net.flow_len()];
        tombola::synflow_prune::<L>(
            self.net,
            &mut self.params,
            self.mask,
            (self.left, ROUNDS),
            &mut scores,
            &mut flows,
        );
    }
}
