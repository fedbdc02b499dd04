//! The ranges that inputs and units have in calibration data.

use crate::bad_input;
use crate::export::program::{Group, Program, Row};

/// What calibration data says of the inputs and the units of a program.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// How many rows it had, at least one.
    pub rows: usize,
    /// What it is, in words.
    pub origin: String,
    /// Of each input of the network.
    pub(super) inputs: Vec<Range>,
    /// Of each unit of each layer of each group; hidden ones after their ReLU.
    pub(super) units: Vec<Vec<Vec<Range>>>,
    /// Of each input after it was normalized.
    pub(super) normalized: Vec<Range>,
}

/// Numbers that were seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Range {
    pub(super) least: f64,
    pub(super) most: f64,
    sum: f64,
    count: f64,
}

impl Range {
    const NONE: Self = Self {
        least: f64::INFINITY,
        most: f64::NEG_INFINITY,
        sum: 0.0,
        count: 0.0,
    };

    fn add(&mut self, value: f64) {
        self.least = self.least.min(value);
        self.most = self.most.max(value);
        self.sum += value;
        self.count += 1.0;
    }

    pub(super) fn mean(self) -> f64 {
        self.sum / self.count
    }

    /// The greatest absolute value.
    pub(super) fn magnitude(self) -> f64 {
        self.least.abs().max(self.most.abs())
    }
}

impl Calibration {
    /// The ranges in `rows`, `(rows, inputs)`, which are raw and finite; `origin` says what they are.
    ///
    /// # Errors
    ///
    /// [`BadInput`](crate::error::BadInput) if there is no row.
    pub fn of(program: &Program, rows: &[f32], origin: &str) -> anyhow::Result<Self> {
        let input_count = program.net().input_count();
        if rows.len() < input_count {
            return Err(bad_input!(
                "the calibration data has no rows, and integers take their ranges from it; name a file with samples"
            ));
        }
        let none = |group: &Group| {
            let layers = group.layers.iter();
            layers.map(|rows| vec![Range::NONE; rows.len()]).collect()
        };
        let mut calibration = Self {
            rows: rows.len() / input_count,
            origin: origin.to_owned(),
            inputs: vec![Range::NONE; input_count],
            units: program.groups.iter().map(none).collect(),
            normalized: vec![Range::NONE; input_count],
        };
        let mut values = vec![0.0; input_count];
        for row in rows.chunks_exact(input_count) {
            for (input, &raw) in row.iter().enumerate() {
                calibration.inputs[input].add(raw.into());
                values[input] = normalized(program, input, raw.into());
                calibration.normalized[input].add(values[input]);
            }
            for (group, units) in program.groups.iter().zip(&mut calibration.units) {
                let mut before: Vec<f64> = group.inputs.iter().map(|&input| values[input]).collect();
                for (layer, (rows, ranges)) in group.layers.iter().zip(units).enumerate() {
                    let least = if group.is_output(layer) {
                        f64::NEG_INFINITY
                    } else {
                        0.0
                    };
                    before = rows.iter().map(|row| sum(row, &before).max(least)).collect();
                    for (range, &value) in ranges.iter_mut().zip(&before) {
                        range.add(value);
                    }
                }
            }
        }
        Ok(calibration)
    }
}

/// A raw input as the network takes it, in double precision.
pub(super) fn normalized(program: &Program, input: usize, raw: f64) -> f64 {
    match &program.normalization {
        Some(by) => (raw - f64::from(by.shift[input])) * f64::from(by.scale[input]),
        None => raw,
    }
}

fn sum(row: &Row, before: &[f64]) -> f64 {
    let of_term = |term: &crate::export::program::Term| {
        let value = term.unit.map_or(1.0, |unit| before[unit]);
        f64::from(term.factor) * value
    };
    f64::from(row.bias) + row.terms.iter().map(of_term).sum::<f64>()
}
