//! What every format comes to: linear layers with ReLU between them, put into the flat buffers of a ticket.

use tombola::{MAX_WIDTHS, Mlp};

use super::tensor::{Rounding, shown_shape};
use crate::text::{counted, quoted};
use crate::ticket::{Normalization, TaskPorts};

/// A linear layer as a file has it.
pub(super) struct Linear {
    pub(super) fan_in: usize,
    pub(super) fan_out: usize,
    /// Row-major `(fan_out, fan_in)`.
    pub(super) weights: Vec<f32>,
    /// `(fan_out)`.
    pub(super) biases: Vec<f32>,
    /// Which weights survive, where the file says so.
    pub(super) mask: Option<Vec<bool>>,
}

/// Layers in the order in which they compute, each as wide as the next wants it, and what is to be told of them.
#[derive(Default)]
pub(super) struct Network {
    pub(super) layers: Vec<Linear>,
    /// What is done to raw inputs before the first layer.
    pub(super) normalization: Option<Normalization>,
    pub(super) said: Said,
    pub(super) rounding: Rounding,
    pub(super) notes: Vec<String>,
}

/// What a file says of its outputs, where it does.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) ending: Option<Ending>,
    /// The labels of the classes of all outputs.
    pub(super) classes: Option<Vec<String>>,
    /// The outputs of each task that is answered apart.
    pub(super) parts: Vec<Vec<usize>>,
    /// Whether a sample has more than one axis, as an image has.
    pub(super) is_image: bool,
    /// All of it, in a model that Tombola exported, or for several heads.
    pub(super) tasks: Option<Vec<TaskPorts>>,
}

/// What a class is called whose label is a number.
///
/// # Errors
/// The message, if it is no whole one.
pub(super) fn label_of(number: f64) -> Result<String, String> {
    // 2⁵³, up to which each integer is a number of 64 bits.
    if number.fract() != 0.0 || 9_007_199_254_740_992.0 <= number.abs() {
        return Err(format!(
            "the label {number} is no integer; use integers or text as labels"
        ));
    }
    Ok((number as i64).to_string())
}

/// The labels of classes, unless they are 0, 1, …
pub(super) fn unless_counted(classes: Vec<String>) -> Option<Vec<String>> {
    let mut numbered = classes.iter().enumerate();
    let is_counted = numbered.all(|(class, label)| *label == class.to_string());
    (!is_counted).then_some(classes)
}

/// What a model does with its logits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// Each logit by itself.
    Logistic,
    /// All of them together.
    Softmax,
}

/// The flat buffers of a ticket.
pub(super) struct Flat {
    pub(super) widths: Vec<usize>,
    pub(super) params: Vec<f32>,
    pub(super) mask: Vec<bool>,
}

impl Network {
    /// The widths: inputs, hidden layers, outputs.
    pub(super) fn widths(&self) -> Vec<usize> {
        let inputs = self.layers.first().map(|layer| layer.fan_in);
        inputs
            .into_iter()
            .chain(self.layers.iter().map(|layer| layer.fan_out))
            .collect()
    }

    /// All weights before all biases. A weight survives where the file's mask says so, and with `zeros_are_pruned` only
    /// where it is not 0.
    ///
    /// # Errors
    /// The message, if there is no such network.
    pub(super) fn flatten(&mut self, zeros_are_pruned: bool) -> Result<Flat, String> {
        let widths = self.widths();
        check_widths(&widths)?;
        let (mut params, mut mask, mut zeros) = (vec![], vec![], 0);
        for layer in &self.layers {
            let survives = |position: usize| layer.mask.as_ref().is_none_or(|mask| mask[position]);
            for (position, &weight) in layer.weights.iter().enumerate() {
                let survives = survives(position);
                zeros += usize::from(survives && weight == 0.0);
                let survives = survives && !(zeros_are_pruned && weight == 0.0);
                mask.push(survives);
                params.push(if survives { weight } else { 0.0 });
            }
        }
        // A zero here and there is chance; one weight in a hundred is a network that was pruned.
        if !zeros_are_pruned && mask.len() < zeros.saturating_mul(100) {
            self.notes.push(format!(
                "{} of {} are exactly 0 and kept; with --zeros-are-pruned they count as pruned",
                zeros,
                counted(mask.len(), "weight")
            ));
        }
        params.extend(self.layers.iter().flat_map(|layer| &layer.biases));
        Ok(Flat { widths, params, mask })
    }
}

/// There is a network of these widths. Who copies numbers of a file asks before: one tensor may be in it by many names.
///
/// # Errors
/// The message.
pub(super) fn check_widths(widths: &[usize]) -> Result<(), String> {
    if Mlp::is_valid(widths) {
        Ok(())
    } else {
        Err(impossible(widths))
    }
}

/// Why there is no network of these widths.
fn impossible(widths: &[usize]) -> String {
    if widths.len() < 2 {
        return "there is no linear layer; a network has one at least".to_owned();
    }
    if MAX_WIDTHS < widths.len() {
        return format!(
            "there are {} layers, and a network has at most {}",
            widths.len() - 1,
            MAX_WIDTHS - 1
        );
    }
    format!(
        "the network would be {}, and every layer has a neuron, all together at most {} parameters",
        shown_shape(widths),
        u32::MAX
    )
}

/// `'fc1' (4 to 32)`.
pub(super) fn named(name: &str, fan_in: usize, fan_out: usize) -> String {
    format!("{} ({fan_in} to {fan_out})", quoted(name))
}

#[cfg(test)]
mod tests {
    use super::{Linear, Network};

    fn network(weights: &[f32], mask: Option<Vec<bool>>) -> Network {
        Network {
            layers: vec![Linear {
                fan_in: weights.len(),
                fan_out: 1,
                weights: weights.to_vec(),
                biases: vec![7.0],
                mask,
            }],
            ..Network::default()
        }
    }

    #[test]
    fn a_weight_survives_unless_its_mask_is_0_or_zeros_are_pruned() {
        let weights = [1.0, 0.0, -0.0, 2.0];
        for (mask, zeros_are_pruned, survives, notes) in [
            (None, false, [true; 4], 1),
            (None, true, [true, false, false, true], 0),
            (
                Some(vec![true, false, false, false]),
                false,
                [true, false, false, false],
                0,
            ),
            (
                Some(vec![true, false, true, false]),
                true,
                [true, false, false, false],
                0,
            ),
        ] {
            let mut network = network(&weights, mask);
            let flat = network.flatten(zeros_are_pruned).unwrap();
            assert_eq!(flat.mask, survives);
            assert_eq!(network.notes.len(), notes);
            assert_eq!(flat.params.last(), Some(&7.0));
            for (param, survives) in flat.params.iter().zip(survives) {
                assert!(survives || param.to_bits() == 0);
            }
        }
    }

    #[test]
    fn zeros_are_told_of_with_the_option() {
        let mut network = network(&[0.0, 1.0], None);
        network.flatten(false).unwrap();
        assert_eq!(
            network.notes,
            ["1 of 2 weights are exactly 0 and kept; with --zeros-are-pruned they count as pruned"]
        );
    }

    #[test]
    fn a_network_without_layers_is_refused() {
        let mut network = network(&[1.0], None);
        network.layers.clear();
        assert!(network.flatten(false).err().unwrap().contains("no linear layer"));
    }
}
