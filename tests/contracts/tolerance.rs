//! Defines all tolerances of the contracts, each with the line that derives it. What is not here is compared exactly.

use tombola::Mlp;

/// f32 keeps 24 bits: a rounded result is within this fraction of the exact one.
const UNIT: f64 = 1.0 / 16_777_216.0;
/// The least f32: what a product or a quotient can lose besides, where it underflows.
const TINY: f64 = 1.401_298_464_324_817e-45;
/// exp, ln and ln(1 + x) of the core are within two units in the last place (their unit tests), and a unit in the last
/// place is at most twice the rounding unit.
const FUNCTION: f64 = 4.0 * UNIT;

/// The golden README: |a − b| ≤ 3e-6·max(1, |b|). PyTorch in f32 stays within 1e-6 of the f64 values on every case;
/// three times that leaves room for another order of summation.
pub(crate) fn assert_golden(what: &str, ours: f32, theirs: f64) {
    let difference = (f64::from(ours) - theirs).abs();
    assert!(
        difference <= 3e-6 * theirs.abs().max(1.0),
        "{what}: {ours} is not {theirs}"
    );
}

/// Scores of weights, layer by layer: within 1e-5 of the layer's greatest. Both are sums of products of positive terms,
/// or a gradient of ours times a weight; the deepest case rounds each some 10² times, 10²·2⁻²⁴ = 6e-6.
pub(crate) fn assert_scores(net: Mlp<'_>, what: &str, ours: &[f32], scale: f64, theirs: &[Vec<f64>]) {
    for (number, (layer, theirs)) in net.layers().zip(theirs).enumerate() {
        assert_eq!(layer.weights.len(), theirs.len());
        let greatest = theirs.iter().copied().fold(0.0, f64::max);
        for (at, (&ours, theirs)) in ours[layer.weights].iter().zip(theirs).enumerate() {
            let ours = f64::from(ours) * scale;
            assert!(
                (ours - theirs).abs() <= 1e-5 * greatest,
                "{what} of weight {at} of layer {number}: {ours} is not {theirs}"
            );
        }
    }
}

/// What flows through one layer, as a fraction of what flows through another: sums of up to 30 positive terms, forward and
/// backward, in each of up to four layers; 4·2·(30 + 4)·2⁻²⁴.
pub(crate) const FLOW: f64 = 272.0 * UNIT;

/// A rate 1 − x^(1/L): two libraries' powers, below 1, each within a unit in the last place (1.1e-16), a quotient, a
/// reciprocal that the power raises by at most |ln x|/L·x^(1/L) ≤ 1/e of a unit, and a subtraction: below 1e-15.
pub(crate) const SOLVED_RATE: f64 = 1e-15;

/// Statistics in f64: below 10⁶ roundings of 1.1e-16 each on either side. `cancels` is how large the terms of a sum are
/// that may leave nothing but their rounding; 0 where all have one sign.
pub(crate) fn assert_statistic(what: &str, ours: f64, theirs: f64, cancels: f64) {
    let difference = (ours - theirs).abs();
    assert!(
        difference <= 1e-9 * theirs.abs() || difference <= 1e-15 * cancels,
        "{what}: {ours} is not {theirs}"
    );
}

/// Shares of sums of at most 10³ magnitudes in f64, in two orders: 10³ roundings of 1.1e-16 in each. A magnitude is a sum of
/// products through at most four layers whose terms may cancel, to a thousandth at worst: again below 1e-12.
pub(crate) const JACOBIAN: f64 = 1e-12;

/// A modularity is rounded once here; networkx adds a term, itself of five roundings and at most 1, for each of at most 70
/// classes: 70·6·1.1e-16 < 1e-13.
pub(crate) const MODULARITY: f64 = 1e-13;

/// Weights of 64 bits that were rounded to 32, as a fraction of each.
pub(crate) const ROUNDED: f64 = UNIT;

/// A normalization of up to three operations by constants, folded into (x − shift)·scale: as many roundings in the model,
/// and one each of shift and scale here; each at most a unit of |x| + |shift|, times the scale. The ticket's own two
/// roundings are in what it is compared with.
pub(crate) const FOLDED: f64 = 6.0 * UNIT;

/// Step of the central differences.
pub(crate) const STEP: f64 = 1e-5;

/// Central differences in f64: truncation STEP²/6·f‴, with f‴ below 10³ for the twin's small networks: 2e-8; rounding
/// of a loss below 10, made by some 10³ operations, at worst 10·10³·1.1e-16/STEP = 1e-7.
pub(crate) const DIFFERENCES: f64 = 1.2e-7;

/// Half of the bounds on a gradient are at most this wide, as a fraction of its greatest entry: a bound that lets
/// everything through tests nothing. They are worst cases, a rounding per input and layer, one on top of the other: up to
/// 40·2⁻²⁴ = 2.4e-6 in each of four layers there and back, times what cancels in the sums between them, a factor of 5.
pub(crate) const USUAL_WIDTH: f64 = 1e-4;

/// An exact value, and how far the core's f32 may be from it.
///
/// The bound is a running error analysis (Higham 2002, "Accuracy and Stability of Numerical Algorithms", chapters 3
/// and 4): every rounding of the core's is counted where it occurs and carried on.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Approx {
    pub(crate) exact: f64,
    pub(crate) error: f64,
}

impl Approx {
    pub(crate) const fn exactly(exact: f64) -> Self {
        Self { exact, error: 0.0 }
    }

    /// Greatest magnitude that the core's value may have.
    fn reach(self) -> f64 {
        self.exact.abs() + self.error
    }

    /// a·b: (|a| + eₐ)·(|b| + eᵦ) − |ab|, and one rounding. A factor that is exactly 0 makes an exact 0.
    pub(crate) fn times(self, other: Self) -> Self {
        if self.reach() == 0.0 || other.reach() == 0.0 {
            return Self::default();
        }
        let reach = self.reach() * other.reach();
        let exact = self.exact * other.exact;
        Self {
            exact,
            error: reach - exact.abs() + UNIT * reach + TINY,
        }
    }

    /// A sum in any order in which no term is added to more than `depth` times: the terms' own errors, and γ of
    /// that depth times their magnitudes (Higham, eq. 4.4). Sums do not underflow.
    pub(crate) fn sum(terms: impl IntoIterator<Item = Self>, depth: usize) -> Self {
        let (mut exact, mut error, mut reach) = (0.0, 0.0, 0.0);
        for term in terms {
            exact += term.exact;
            error += term.error;
            reach += term.reach();
        }
        Self {
            exact,
            error: error + gamma(depth) * reach,
        }
    }

    /// a/n with an exact count: one rounding.
    pub(crate) fn over(self, count: usize) -> Self {
        let count = count as f64;
        let underflow = if self.reach() == 0.0 { 0.0 } else { TINY };
        Self {
            exact: self.exact / count,
            error: (self.error + UNIT * self.reach()) / count + underflow,
        }
    }

    /// The ReLU rounds nothing and moves no two values apart.
    pub(crate) fn relu(self) -> Self {
        Self {
            exact: self.exact.max(0.0),
            error: self.error.min((self.exact + self.error).max(0.0)),
        }
    }

    /// This value where the gate is positive, else 0. Where the core may see the gate's other side, all is in doubt.
    pub(crate) fn where_positive(self, gate: Self) -> Self {
        match gate.sign() {
            Some(true) => self,
            Some(false) => Self::default(),
            None => Self {
                exact: if gate.exact > 0.0 { self.exact } else { 0.0 },
                error: self.reach(),
            },
        }
    }

    /// Whether the core sees a positive value, where that is certain.
    pub(crate) fn sign(self) -> Option<bool> {
        if self.exact > self.error {
            Some(true)
        } else if self.exact + self.error <= 0.0 {
            Some(false)
        } else {
            None
        }
    }
}

/// γₙ = n·u / (1 − n·u) (Higham, lemma 3.1).
fn gamma(roundings: usize) -> f64 {
    let relative = roundings as f64 * UNIT;
    relative / (1.0 - relative)
}

/// Additions that a sample goes through when a batch is summed: those of its lane, and four to fold 16 lanes.
pub(crate) fn batch_depth(samples: usize) -> usize {
    samples.div_ceil(16) + 4
}

/// Loss and probability of class 1 of a logistic task with logit `z`.
///
/// The loss has a slope of at most 1, so `z`'s error carries over; then max(z, 0) − z·y is rounded once (z·y exactly),
/// ln(1 + e) has its own error and e's, and the sum is rounded. The logarithm of the probability has a slope of at most
/// 1: a relative error of e^error − 1; then the exponential, a sum and a quotient.
pub(crate) fn logistic(z: Approx, class: u16) -> [Approx; 2] {
    let e = (-z.exact.abs()).exp();
    let target = f64::from(class);
    let linear = z.exact.max(0.0) - z.exact * target;
    let loss = linear + e.ln_1p();
    let loss_error =
        z.error + UNIT * (linear + z.error) + FUNCTION * (e + e.ln_1p()) + UNIT * (loss + z.error) + TINY;
    let probability = if z.exact < 0.0 { e } else { 1.0 } / (1.0 + e);
    let relative = (1.0 + FUNCTION + gamma(2)) * z.error.exp() - 1.0;
    [
        Approx {
            exact: loss,
            error: loss_error * (1.0 + gamma(8)),
        },
        Approx {
            exact: probability,
            error: probability * relative * (1.0 + gamma(8)) + TINY,
        },
    ]
}

/// Loss and probabilities of a softmax task.
///
/// The loss moves by at most twice the greatest error E of a logit, the logarithm of a probability too. Then each
/// difference to the greatest logit is rounded, which e^x turns into a relative error; the exponential has its own;
/// C terms are summed; and a quotient or a logarithm and a difference follow.
pub(crate) fn softmax(z: &[Approx], class: u16) -> (Approx, Vec<Approx>) {
    let greatest = z.iter().map(|z| z.exact).fold(f64::NEG_INFINITY, f64::max);
    let logit_error = z.iter().map(|z| z.error).fold(0.0, f64::max);
    let shifted: Vec<f64> = z.iter().map(|z| z.exact - greatest).collect();
    let terms: Vec<f64> = shifted.iter().map(|z| z.exp()).collect();
    let sum: f64 = terms.iter().sum();
    // Relative error of one term.
    let term_error = |z: f64| (UNIT * (z.abs() + 2.0 * logit_error)).exp_m1() * (1.0 + FUNCTION) + FUNCTION;
    let worst = shifted.iter().copied().map(term_error).fold(0.0, f64::max);
    let sum_error = worst + gamma(z.len()) * (1.0 + worst);

    let target = shifted[usize::from(class)];
    let loss = sum.ln() - target;
    let loss_error = 2.0 * logit_error
        + sum_error
        + FUNCTION * (sum.ln() + sum_error)
        + UNIT * (target.abs() + 2.0 * logit_error)
        + UNIT * (loss + 2.0 * logit_error);
    let probability = |(&z, &term): (&f64, &f64)| {
        let relative =
            (1.0 + term_error(z)) / (1.0 - sum_error) * (1.0 + UNIT) * (2.0 * logit_error).exp() - 1.0;
        Approx {
            exact: term / sum,
            error: term / sum * relative + 2.0 * TINY,
        }
    };
    let probabilities = shifted.iter().zip(&terms).map(probability).collect();
    let loss = Approx {
        exact: loss,
        error: loss_error * (1.0 + gamma(8)),
    };
    (loss, probabilities)
}

#[test]
fn a_bound_of_nothing_is_nothing() {
    let zero = Approx::exactly(0.0);
    let sum = Approx::sum([zero, zero.times(Approx::exactly(7.0))], 9);
    assert_eq!((sum.exact, sum.error, sum.sign()), (0.0, 0.0, Some(false)));
    assert_eq!(Approx::exactly(-3.0).relu().error, 0.0);
}
