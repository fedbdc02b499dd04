//! Optimizers: SGD with momentum, and Adam. A pruned weight has parameter, gradient and state +0.0, and stays there.

use crate::lanes::{Kernel, Lanes};
use crate::math::sqrt;

/// The update rule, as in PyTorch.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Rule {
    /// Gradient descent: `v = momentum·v + g`, `p = p − rate·v`.
    Sgd {
        /// Learning rate.
        rate: f32,
        /// Share of the last velocity that is kept, in `0..1`.
        momentum: f32,
    },
    /// Kingma and Ba 2015, algorithm 1.
    Adam {
        /// Learning rate.
        rate: f32,
        /// Decay of the mean gradient.
        beta1: f32,
        /// Decay of the mean square of the gradient.
        beta2: f32,
        /// Keeps the quotient finite.
        epsilon: f32,
    },
}

impl Rule {
    /// Adam with β₁ = 0.9, β₂ = 0.999 and ε = 10⁻⁸.
    pub const fn adam(rate: f32) -> Self {
        Self::Adam {
            rate,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
        }
    }

    /// Length of the optimizer's state for so many parameters.
    pub const fn state_len(self, param_count: usize) -> usize {
        match self {
            Self::Sgd { .. } => param_count,
            Self::Adam { .. } => 2 * param_count,
        }
    }
}

/// An update rule with its state, which is in the caller's memory.
#[derive(Debug)]
pub struct Optimizer<'a> {
    rule: Rule,
    weight_decay: f32,
    l1: f32,
    weight_count: usize,
    state: &'a mut [f32],
    /// `1 − βᵗ` for both of Adam's β.
    corrections: [f32; 2],
}

impl<'a> Optimizer<'a> {
    /// A fresh optimizer: its state is set to 0. `weight_decay` times the weight (L2) is added to the gradient of the
    /// first `weight_count` parameters; biases do not decay.
    pub fn new(rule: Rule, weight_decay: f32, weight_count: usize, state: &'a mut [f32]) -> Self {
        state.fill(0.0);
        Self {
            rule,
            weight_decay,
            l1: 0.0,
            weight_count,
            state,
            corrections: [0.0; 2],
        }
    }

    /// The same with L1: `l1` times the weight's sign, which is 0 for a weight of 0, is added to the gradient of each weight
    /// after its decay. At 0 no bit is changed.
    #[must_use]
    pub fn with_l1(self, l1: f32) -> Self {
        Self { l1, ..self }
    }

    /// Moves the parameters by one step.
    ///
    /// # Panics
    /// If the lengths of parameters, gradient and state do not fit.
    pub fn step<L: Lanes>(&mut self, params: &mut [f32], grads: &[f32]) {
        assert_same!(params.len(), grads.len(), "one gradient per parameter");
        assert_same!(
            self.state.len(),
            self.rule.state_len(params.len()),
            "state for every parameter"
        );
        if let Rule::Adam { beta1, beta2, .. } = self.rule {
            // 1 − βᵗ = β·(1 − βᵗ⁻¹) + (1 − β): no power, no cancellation.
            for (correction, beta) in self.corrections.iter_mut().zip([beta1, beta2]) {
                *correction = beta * *correction + (1.0 - beta);
            }
        }
        L::run(Step {
            optimizer: self,
            params,
            grads,
        });
    }

    /// Updates the parameters from flat index `start` on; `decayed` makes the gradient that is followed.
    #[inline(always)]
    fn update(&mut self, start: usize, params: &mut [f32], grads: &[f32], decayed: impl Fn(f32, f32) -> f32) {
        let count = params.len();
        match self.rule {
            Rule::Sgd { rate, momentum } => {
                let velocities = &mut self.state[start..start + count];
                for ((param, &grad), velocity) in params.iter_mut().zip(grads).zip(velocities) {
                    *velocity = momentum * *velocity + decayed(grad, *param);
                    *param -= rate * *velocity;
                }
            }
            Rule::Adam {
                rate,
                beta1,
                beta2,
                epsilon,
            } => {
                let (means, squares) = self.state.split_at_mut(self.state.len() / 2);
                let (means, squares) = (
                    &mut means[start..start + count],
                    &mut squares[start..start + count],
                );
                let rate = rate / self.corrections[0];
                let root = sqrt(self.corrections[1]);
                for (((param, &grad), mean), square) in params.iter_mut().zip(grads).zip(means).zip(squares) {
                    let grad = decayed(grad, *param);
                    *mean = beta1 * *mean + (1.0 - beta1) * grad;
                    *square = beta2 * *square + (1.0 - beta2) * grad * grad;
                    *param -= rate * *mean / (sqrt(*square) / root + epsilon);
                }
            }
        }
    }
}

/// `size` with the sign of `x`; +0.0 where `x` is 0, so that a pruned weight stays +0.0.
#[inline(always)]
fn signed(size: f32, x: f32) -> f32 {
    let or_zero = if x < 0.0 { -size } else { 0.0 };
    if 0.0 < x { size } else { or_zero }
}

/// One step, as a kernel.
struct Step<'s, 'a> {
    optimizer: &'s mut Optimizer<'a>,
    params: &'s mut [f32],
    grads: &'s [f32],
}

impl Kernel for Step<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        let Self {
            optimizer,
            params,
            grads,
        } = self;
        let (weights, biases) = params.split_at_mut(optimizer.weight_count);
        let (weight_grads, bias_grads) = grads.split_at(optimizer.weight_count);
        let (decay, l1) = (optimizer.weight_decay, optimizer.l1);
        if l1 == 0.0 {
            optimizer.update(0, weights, weight_grads, |grad, weight| grad + decay * weight);
        } else {
            optimizer.update(0, weights, weight_grads, |grad, weight| {
                grad + decay * weight + signed(l1, weight)
            });
        }
        optimizer.update(optimizer.weight_count, biases, bias_grads, |grad, _| grad);
    }
}

#[cfg(test)]
mod tests {
    use super::{Optimizer, Rule};
    use crate::lanes::Portable;

    #[test]
    fn l1_pulls_weights_to_0_by_their_sign_and_leaves_zeros_and_biases() {
        let (rate, l1) = (0.5, 0.25);
        let rule = Rule::Sgd { rate, momentum: 0.0 };
        let mut state = [0.0; 5];
        let mut params = [2.0, -2.0, 0.0, -0.0, 3.0];
        let mut optimizer = Optimizer::new(rule, 0.0, 4, &mut state).with_l1(l1);
        optimizer.step::<Portable>(&mut params, &[0.0; 5]);
        assert_eq!(params, [1.875, -1.875, 0.0, 0.0, 3.0]);
        // A pruned weight is +0.0, and stays so; so does its state.
        assert_eq!((params[2].to_bits(), state[2].to_bits()), (0, 0));
    }

    #[test]
    fn no_l1_changes_no_bit() {
        for rule in [
            Rule::adam(0.01),
            Rule::Sgd {
                rate: 0.1,
                momentum: 0.9,
            },
        ] {
            let grads = [0.5, -0.0, 0.0, -1e-30];
            let [without, with] = [false, true].map(|with| {
                let (mut state, mut params) = ([0.0; 8], [1.0, -0.0, -3.0, 0.0]);
                let state = &mut state[..rule.state_len(4)];
                let mut optimizer = Optimizer::new(rule, 0.1, 3, state);
                if with {
                    optimizer = optimizer.with_l1(0.0);
                }
                (0..3).for_each(|_| optimizer.step::<Portable>(&mut params, &grads));
                (
                    params.map(f32::to_bits),
                    state.iter().map(|x| x.to_bits()).collect::<std::vec::Vec<_>>(),
                )
            });
            assert_eq!(with, without);
        }
    }
}
