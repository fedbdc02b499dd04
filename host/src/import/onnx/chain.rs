//! The network that the nodes of a model make, as far as they were followed: a chain of layers, each read by one node.

use tombola::MAX_WIDTHS;

use super::super::network::{Ending, Linear, Said};
use super::super::tensor::{Rounding, Tensor, shown_shape};
use super::affine::Affine;
use crate::text::{counted, quoted};

/// What the last node of the chain has made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Inputs, raw or normalized.
    Inputs,
    /// Sums of a layer, which may get biases.
    Products,
    /// Sums of a layer with its biases.
    Sums,
    /// Sums after the ReLU.
    Units,
}

pub(super) struct Chain {
    pub(super) layers: Vec<Linear>,
    pub(super) affine: Affine,
    pub(super) stage: Stage,
    /// How many nodes made it; a value of the chain knows after how many it was made.
    pub(super) length: usize,
    /// The node that answers with the values at some length, and that length.
    pub(super) answered: Option<(usize, String)>,
    pub(super) said: Said,
    /// How many parameters there may still be.
    room: usize,
    pub(super) rounding: Rounding,
}

/// A matrix that a layer multiplies with.
pub(super) struct Factor<'t, 'a> {
    pub(super) matrix: &'t Tensor<'a>,
    /// Whether it lies as (out, in).
    pub(super) is_out_in: bool,
    /// What it is multiplied with.
    pub(super) by: f32,
}

impl Chain {
    /// A chain without layers, of a model of so many bytes.
    pub(super) fn new(bytes: usize) -> Self {
        Self {
            layers: vec![],
            affine: Affine::identity(),
            stage: Stage::Inputs,
            length: 0,
            answered: None,
            said: Said::default(),
            // A matrix may be that of several layers, but a small file is not to fill the memory.
            room: bytes.max(1 << 24),
            rounding: Rounding::default(),
        }
    }

    /// Takes up what the model says of its outputs, of which it may say one thing.
    pub(super) fn end(&mut self, ending: Ending) -> Result<(), String> {
        match self.said.ending.replace(ending) {
            Some(other) if other != ending => Err(
                "the model answers in two ways, with each output by itself and with the greatest of them; export it with one"
                    .to_owned(),
            ),
            _ => Ok(()),
        }
    }

    /// Adds a layer without biases, which reads `columns` values of each sample if that is known. Returns its outputs.
    pub(super) fn multiply(
        &mut self,
        factor: &Factor<'_, '_>,
        columns: Option<usize>,
    ) -> Result<usize, String> {
        match self.stage {
            Stage::Inputs | Stage::Units => {}
            Stage::Products | Stage::Sums => {
                return Err(
                    "it follows a layer without a ReLU between; multiply the two into one layer, or train with ReLU".to_owned(),
                );
            }
        }
        let matrix = factor.matrix;
        if !matrix.kind().is_float() {
            return Err(format!(
                "{} holds integers; export the model before it is quantized",
                quoted(&matrix.name)
            ));
        }
        let [rows, width] = matrix.shape[..] else {
            return Err(format!(
                "{} has shape {}, and the weights of a layer have two axes",
                quoted(&matrix.name),
                shown_shape(&matrix.shape)
            ));
        };
        let (fan_in, fan_out) = if factor.is_out_in {
            (width, rows)
        } else {
            (rows, width)
        };
        if matrix.len() == 0 {
            return Err(format!(
                "{} holds no numbers; a layer has inputs and outputs",
                quoted(&matrix.name)
            ));
        }
        let expected = self.layers.last().map(|layer| layer.fan_out).or(columns);
        if expected.is_some_and(|expected| expected != fan_in) {
            return Err(format!(
                "{} of shape {} takes {}, and there are {}; export the model again",
                quoted(&matrix.name),
                shown_shape(&matrix.shape),
                counted(fan_in, "value"),
                expected.unwrap_or_default()
            ));
        }
        if self.layers.len() + 2 > MAX_WIDTHS {
            return Err(format!(
                "there are more than {} layers; a network has at most that many",
                MAX_WIDTHS - 1
            ));
        }
        let left = self.room.checked_sub(matrix.len() + fan_out);
        self.room = left.ok_or(
            "the layers have far more parameters than the file has numbers: it uses the same ones over and over, which is not read",
        )?;
        let numbers = scaled(matrix.floats(&mut self.rounding)?, factor.by, "alpha")?;
        let weights = if factor.is_out_in {
            numbers
        } else {
            (0..numbers.len())
                .map(|at| numbers[at % fan_in * fan_out + at / fan_in])
                .collect()
        };
        self.layers.push(Linear {
            fan_in,
            fan_out,
            weights,
            biases: vec![0.0; fan_out],
            mask: None,
        });
        self.stage = Stage::Products;
        Ok(fan_out)
    }

    /// Gives the last layer its biases, each multiplied with `by`.
    pub(super) fn add(&mut self, biases: &Tensor<'_>, by: f32) -> Result<(), String> {
        let layer = self.layers.last_mut().filter(|_| self.stage == Stage::Products);
        let layer = layer.ok_or("the layer before it has biases already; add the two")?;
        if !biases.kind().is_float() {
            return Err(format!(
                "{} holds integers; export the model before it is quantized",
                quoted(&biases.name)
            ));
        }
        let is_row = biases.shape.iter().rev().skip(1).all(|&axis| axis == 1);
        let numbers = scaled(biases.floats(&mut self.rounding)?, by, "beta")?;
        layer.biases = match &*numbers {
            &[number] if is_row => vec![number; layer.fan_out],
            numbers if is_row && numbers.len() == layer.fan_out => numbers.to_vec(),
            _ => {
                return Err(format!(
                    "{} has shape {}, and the layer before it {}; export the model again",
                    quoted(&biases.name),
                    shown_shape(&biases.shape),
                    counted(layer.fan_out, "output")
                ));
            }
        };
        self.stage = Stage::Sums;
        Ok(())
    }

    /// The ReLU after a layer.
    pub(super) fn relu(&mut self) -> Result<(), String> {
        if self.stage == Stage::Inputs {
            return Err("there is no layer before it; a ticket has ReLU between its layers alone".to_owned());
        }
        self.stage = Stage::Units;
        Ok(())
    }
}

/// Multiplies each number, where that rounds nothing.
fn scaled(numbers: Vec<f32>, by: f32, name: &str) -> Result<Vec<f32>, String> {
    if by == 1.0 {
        return Ok(numbers);
    }
    let product = |number: f32| {
        // Of two numbers with 24 bits, exact in 53.
        let exact = f64::from(number) * f64::from(by);
        (f64::from(exact as f32) == exact).then_some(exact as f32)
    };
    numbers
        .into_iter()
        .map(product)
        .collect::<Option<_>>()
        .ok_or_else(|| format!("its {name} is {by}, and the product with it is not exact in 32 bits; multiply before the export"))
}
