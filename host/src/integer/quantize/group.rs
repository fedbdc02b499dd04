//! Makes the rows of one group of tasks, layer by layer: each in steps of the activations that it reads, with a scale at which
//! its weights have their bits and no sum is too large.

use super::cap;
use crate::bad_input;
use crate::export::program::{self, Group};
use crate::integer::calibration::normalized;
use crate::integer::{Calibration, Network, Row, Term, Width};
use crate::text::quoted;

/// What the weights and the bias of a sum may add up to: 2³¹, less what rounding adds to a bias.
const LIMIT: f64 = ((1_u32 << 31) - (1 << 24)) as f64;

/// A group on its way.
pub(super) struct Quantizer<'a> {
    network: &'a Network,
    calibration: &'a Calibration,
    index: usize,
    group: &'a Group,
    /// The units of the layer before.
    before: Vec<Unit>,
}

/// A unit, or an input of the group.
#[derive(Debug, Clone, Copy)]
struct Unit {
    /// The activations that it may have.
    least: i32,
    most: i32,
    /// What it is at activation 0, and what a step is worth.
    zero: f64,
    step: f64,
    /// What it is in the calibration data, on average.
    mean: f64,
}

impl Unit {
    /// One that is always 0.
    const ZERO: Self = Self {
        least: 0,
        most: 0,
        zero: 0.0,
        step: 1.0,
        mean: 0.0,
    };

    fn magnitude(self) -> f64 {
        f64::from(self.least.abs().max(self.most.abs()))
    }
}

/// A row in real numbers, per step of each activation.
struct Real {
    bias: f64,
    terms: Vec<RealTerm>,
}

/// An addend of such a row.
struct RealTerm {
    /// The weight per step, not 0.
    size: f64,
    /// The unit of the layer before.
    unit: usize,
    /// Its greatest activation, and in the calibration data its average one.
    most: f64,
    mean: f64,
}

impl Real {
    /// The greatest of its weights.
    fn widest(&self) -> f64 {
        let sizes = self.terms.iter().map(|term| term.size.abs());
        sizes.fold(0.0, f64::max)
    }

    /// The row in steps of `scale`. What rounding a weight changes on average is in the bias.
    fn rounded(&self, scale: f64) -> (f64, Vec<Term>) {
        let mut bias = self.bias;
        let mut terms = Vec::with_capacity(self.terms.len());
        for term in &self.terms {
            let weight = (term.size / scale).round_ties_even();
            bias += (term.size - weight * scale) * term.mean;
            if weight != 0.0 {
                let (weight, unit) = (weight as i32, term.unit);
                terms.push(Term { weight, unit });
            }
        }
        ((bias / scale).round_ties_even(), terms)
    }
}

impl<'a> Quantizer<'a> {
    pub(super) fn new(network: &'a Network, calibration: &'a Calibration, index: usize) -> Self {
        let group = &network.program.groups[index];
        let unit = |&input: &usize| {
            let made = &network.inputs[input];
            let (least, most) = made.bounds();
            let (raw, step) = made.zero_and_unit();
            let zero = normalized(&network.program, input, raw);
            Unit {
                least,
                most,
                zero,
                step: normalized(&network.program, input, raw + step) - zero,
                mean: calibration.normalized[input].mean(),
            }
        };
        Self {
            network,
            calibration,
            index,
            group,
            before: group.inputs.iter().map(unit).collect(),
        }
    }

    /// All layers; what a step of a logit is worth goes to `scales`.
    pub(super) fn layers(mut self, scales: &mut [f32]) -> anyhow::Result<Vec<Vec<Row>>> {
        let (outputs, hidden) = self.group.layers.split_last().expect("a network has a layer");
        let mut layers = Vec::with_capacity(self.group.layers.len());
        for (layer, rows) in hidden.iter().enumerate() {
            let units = &self.calibration.units[self.index][layer];
            let magnitudes: Vec<f64> = units.iter().map(|range| range.most).collect();
            let cap = cap(&self.group.layers[layer + 1], &magnitudes, self.network.width);
            let made = rows.iter().zip(units).map(|(row, range)| {
                let (row, unit) = self.hidden(&self.real(row), range.most, cap);
                let mean = range.mean();
                (row, Unit { mean, ..unit })
            });
            let (rows, units): (Vec<Row>, Vec<Unit>) = made.unzip();
            layers.push(rows);
            self.before = units;
        }
        let reals: Vec<Real> = outputs.iter().map(|row| self.real(row)).collect();
        for &task in &self.group.tasks {
            let task = &self.network.program.tasks[task];
            let place = |output: &usize| self.group.outputs.binary_search(output).expect("its own");
            let rows = task.outputs.iter().map(|output| &reals[place(output)]);
            let Some(scale) = self.common_scale(&rows.collect::<Vec<_>>()) else {
                return Err(bad_input!(
                    "task {}: its logits are too large for 32 bits, in floats too; train the network again with a lower rate, \
                     or on smaller inputs",
                    quoted(&task.name)
                ));
            };
            task.outputs.iter().for_each(|&output| scales[output] = scale);
        }
        let output = |(real, &output): (&Real, &usize)| {
            let (bias, terms) = real.rounded(scales[output].into());
            Row {
                bias: bias as i32,
                terms,
                shift: 0,
                most: None,
            }
        };
        layers.push(reals.iter().zip(&self.group.outputs).map(output).collect());
        Ok(layers)
    }

    /// A row in steps of the activations before. What is always 0 is left out, what is constant is in the bias.
    fn real(&self, row: &program::Row) -> Real {
        let mut bias = f64::from(row.bias);
        let mut terms = vec![];
        for term in &row.terms {
            let factor = f64::from(term.factor);
            let Some(unit) = term.unit else {
                bias += factor;
                continue;
            };
            let before = self.before[unit];
            bias += factor * before.zero;
            let (size, most) = (factor * before.step, before.magnitude());
            if size != 0.0 && most != 0.0 {
                let mean = (before.mean - before.zero) / before.step;
                terms.push(RealTerm {
                    size,
                    unit,
                    most,
                    mean,
                });
            }
        }
        Real { bias, terms }
    }

    /// The least scale of a row; infinite where its numbers are.
    fn scale(&self, real: &Real) -> f64 {
        let widest = real.widest();
        let sum = real
            .terms
            .iter()
            .fold(real.bias.abs(), |sum, term| sum + term.size.abs() * term.most);
        if sum == 0.0 {
            return 1.0;
        }
        if !sum.is_finite() {
            return f64::INFINITY;
        }
        let most = f64::from(self.network.width.most());
        // One that is subnormal would not grow.
        let mut scale = (widest / most).max(sum / LIMIT).max(f64::MIN_POSITIVE);
        // Weights that are rounded up may add up to more.
        while !self.fits(real, scale) {
            scale *= 1.0 + 1.0 / 1024.0;
        }
        scale
    }

    /// The scale of a row that shares it with no other: its greatest weight is a power of two, for which a processor
    /// shifts, where that costs little: of 16 bits, or where a weight is alone.
    fn own_scale(&self, real: &Real, is_hidden: bool) -> f64 {
        let least = self.scale(real);
        let widest = real.widest();
        let weights = (0..16).map(|bit| f64::from(1 << bit));
        let mut weights = weights.take_while(|weight| *weight * least <= widest);
        let weight = match &*real.terms {
            // A bias in steps of so large an activation is as exact as that.
            [term] if is_hidden => weights.find(|weight| f64::from(1 << 13) <= term.most * weight),
            [_] => weights.last(),
            _ if self.network.width == Width::Sixteen => weights.last(),
            _ => None,
        };
        let even = weight.map_or(least, |weight| widest / weight);
        if self.fits(real, even) { even } else { least }
    }

    /// Whether the sum of a row cannot be too large at this scale, and no weight is.
    fn fits(&self, real: &Real, scale: f64) -> bool {
        let most = f64::from(self.network.width.most());
        let (bias, terms) = real.rounded(scale);
        let sizes = terms.iter().map(|term| f64::from(term.weight).abs());
        let magnitude = |term: &Term| f64::from(term.weight).abs() * self.before[term.unit].magnitude();
        sizes.fold(0.0, f64::max) <= most && terms.iter().map(magnitude).sum::<f64>() + bias.abs() <= LIMIT
    }

    /// The scale that all rows of a task share: a normal number of 32 bits. `None` if it were none.
    fn common_scale(&self, rows: &[&Real]) -> Option<f32> {
        let scale = match rows {
            [alone] => self.own_scale(alone, false),
            rows => rows.iter().map(|real| self.scale(real)).fold(0.0, f64::max),
        };
        // As large as the largest float, a logit has this scale.
        if f64::from(f32::MAX) / LIMIT * 2.0 < scale {
            return None;
        }
        let mut scale = (scale as f32).max(f32::MIN_POSITIVE);
        while !rows.iter().all(|real| self.fits(real, scale.into())) {
            scale *= 1.0 + 1.0 / 1024.0;
        }
        Some(scale)
    }

    /// A hidden row whose activation is at most `cap`, and its unit, which is `seen` at most in the calibration data.
    fn hidden(&self, real: &Real, seen: f64, cap: i32) -> (Row, Unit) {
        let scale = self.own_scale(real, true);
        if scale == f64::INFINITY {
            // What reads it is as large, and refused.
            return (
                Row::ZERO,
                Unit {
                    step: scale,
                    most: 1,
                    ..Unit::ZERO
                },
            );
        }
        let (bias, terms) = real.rounded(scale);
        let greatest = |term: &Term| {
            let unit = self.before[term.unit];
            let end = if term.weight < 0 { unit.least } else { unit.most };
            i64::from(term.weight) * i64::from(end)
        };
        let most = bias as i64 + terms.iter().map(greatest).sum::<i64>();
        if most <= 0 || terms.is_empty() {
            // A constant, which goes to the biases of the rows that read it.
            let zero = if most <= 0 { 0.0 } else { bias * scale };
            return (Row::ZERO, Unit { zero, ..Unit::ZERO });
        }
        let half = |shift: u32| (1_i64 << shift) >> 1;
        let shifted = |sum: i64| {
            let held = |shift: &u32| (sum + half(*shift)) >> shift <= i64::from(cap);
            (0..31).find(held).expect("a sum of 31 bits")
        };
        let shift = shifted(most);
        let seen = shifted((seen / scale).min(most as f64).max(0.0) as i64);
        // Clamping costs instructions, so it must be worth two bits.
        let clamps = seen + 2 <= shift;
        let shift = if clamps { seen } else { shift };
        let row = Row {
            bias: (bias as i64 + half(shift)) as i32,
            terms,
            shift,
            most: clamps.then_some(cap),
        };
        let unit = Unit {
            least: 0,
            most: ((most + half(shift)) >> shift).min(cap.into()) as i32,
            zero: 0.0,
            step: scale * f64::from(1_u32 << shift),
            mean: 0.0,
        };
        (row, unit)
    }
}
