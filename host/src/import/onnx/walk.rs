//! Follows what a model does to its inputs, node by node.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::super::tensor::Tensor;
use super::affine::spread;
use super::answer::{self, Answer};
use super::chain::{Chain, Factor, Stage};
use super::external::Files;
use super::model::{Graph, Input, Node};
use super::{constant, refused, reshape};
use crate::text::{counted, quoted};

/// What is known of a value.
#[derive(Clone)]
pub(super) enum Known<'a> {
    Constant(Constant<'a>),
    /// Inputs, or what layers made of them.
    Flow(Flow),
    /// What classes are called.
    Labels(Rc<[String]>),
    /// The axes of values.
    Shape,
    /// The first of them: how many samples there are.
    Samples,
    /// The shape (N, columns), where −1 is what is left.
    Rows(i64),
    /// Other axes.
    Unread,
    /// What comes after the last layer.
    Answer(Answer),
}

#[derive(Clone)]
pub(super) struct Constant<'a> {
    pub(super) tensor: Rc<Tensor<'a>>,
    /// Whether rows and columns are to be exchanged.
    pub(super) is_transposed: bool,
}

/// Values of the chain.
#[derive(Clone)]
pub(super) struct Flow {
    /// How many nodes made them.
    pub(super) at: usize,
    /// Their axes, the first of them the samples; each `None` if it may be any.
    pub(super) axes: Option<Vec<Option<usize>>>,
}

pub(super) struct Walk<'g, 'a> {
    graph: &'g Graph<'a>,
    files: &'a Files,
    pub(super) values: BTreeMap<&'a str, Known<'a>>,
    pub(super) chain: Chain,
    pub(super) notes: Vec<String>,
    /// Whether the values are integers still, which divide and overflow in their own way.
    is_integer: bool,
    /// How many numbers may be made of constants by nodes.
    room: usize,
}

impl<'g, 'a> Walk<'g, 'a> {
    pub(super) fn new(graph: &'g Graph<'a>, files: &'a Files, input: &Input<'a>, bytes: usize) -> Self {
        let flow = Flow {
            at: 0,
            axes: input.shape.clone(),
        };
        Self {
            graph,
            files,
            values: BTreeMap::from([(input.name, Known::Flow(flow))]),
            chain: Chain::new(bytes.saturating_add(files.values().map(Vec::len).sum())),
            notes: vec![],
            // Floats of 32, 16, 64 and again 16 bits.
            is_integer: !matches!(input.element, None | Some(0 | 1 | 10 | 11 | 16)),
            room: 1 << 24,
        }
    }

    /// Goes on to what a node makes.
    ///
    /// # Errors
    /// The message, if a ticket cannot be made of it.
    pub(super) fn step(&mut self, node: &Node<'a>) -> Result<(), String> {
        if !node.is_standard() {
            return Err("only operators of ONNX itself are read; export the model without custom operators or functions".to_owned());
        }
        let mut inputs = vec![];
        for &name in &node.inputs {
            inputs.push(if name.is_empty() {
                None
            } else {
                Some(self.known(name)?)
            });
        }
        let made = self.made(node, &inputs)?;
        // The second output of a dropout is a mask, which nobody reads.
        if let Some(output) = node.outputs.first() {
            self.values.insert(output, made);
        }
        Ok(())
    }

    fn known(&mut self, name: &'a str) -> Result<Known<'a>, String> {
        if let Some(known) = self.values.get(name) {
            return Ok(known.clone());
        }
        let Some(bytes) = self.graph.constants.get(name) else {
            return Err(format!(
                "nothing makes {}, which it reads; export the model again",
                quoted(name)
            ));
        };
        let known = match constant::texts(bytes)? {
            Some(texts) => Known::Labels(texts.into()),
            None => constant::read(bytes, name, self.files)?.into(),
        };
        self.values.insert(name, known.clone());
        Ok(known)
    }

    fn made(&mut self, node: &Node<'a>, inputs: &[Option<Known<'a>>]) -> Result<Known<'a>, String> {
        if node.operator == "Constant" {
            if let Some(labels) = constant::labels_of_node(node)? {
                return Ok(Known::Labels(labels.into()));
            }
            return Ok(constant::of_node(node, self.files)?.into());
        }
        let flows: Vec<&Flow> = inputs.iter().flatten().filter_map(Known::flow).collect();
        if let Some(flow) = flows.iter().find(|flow| flow.at != self.chain.length) {
            // What was asked of the axes is no branch.
            if node.operator != "Shape" {
                let at = flow.at;
                return Err(format!(
                    "it reads what {} read already: a branch or a skip connection, and in a ticket each layer reads the one before it",
                    if at == 0 {
                        "another node, the inputs,"
                    } else {
                        "another node"
                    }
                ));
            }
        }
        if let [flow] = *flows {
            let flow = flow.clone();
            return self.flowed(node, inputs, flow);
        }
        if !flows.is_empty() {
            return Err(
                "it joins two values of the network: a skip connection, and in a ticket each layer reads the one before it".to_owned(),
            );
        }
        let answers = inputs.iter().flatten().find_map(|known| match known {
            Known::Answer(answer) => Some(*answer),
            _ => None,
        });
        if let Some(from) = answers {
            return answer::answer(node, inputs, self.graph.opset, from, &mut self.chain).map(Known::Answer);
        }
        let is_shape = |known: &Known<'_>| {
            matches!(
                known,
                Known::Shape | Known::Samples | Known::Rows(_) | Known::Unread
            )
        };
        if inputs.iter().flatten().any(is_shape) {
            return reshape::axes(node, inputs);
        }
        reshape::constant(node, inputs, &mut self.room)
    }

    /// What a node makes of values of the chain.
    fn flowed(
        &mut self,
        node: &Node<'a>,
        inputs: &[Option<Known<'a>>],
        flow: Flow,
    ) -> Result<Known<'a>, String> {
        let constant = |position: usize| match inputs.get(position) {
            Some(Some(Known::Constant(constant))) => Some(constant),
            _ => None,
        };
        let is_first = matches!(inputs.first(), Some(Some(Known::Flow(_))));
        let other = constant(usize::from(is_first));
        let columns = flow.axes.as_ref().and_then(|axes| *axes.get(1)?);
        let axes = match node.operator {
            "Identity" => return Ok(Known::Flow(flow)),
            "Dropout" => {
                let is_training = constant(2).is_some_and(|is| is.tensor.numbers().any(|x| x != 0.0))
                    || inputs
                        .get(2)
                        .is_some_and(|is| is.is_some() && constant(2).is_none());
                if is_training {
                    return Err("it is in training mode; export the model after model.eval()".to_owned());
                }
                return Ok(Known::Flow(flow));
            }
            "Cast" | "CastLike" => {
                self.cast(node)?;
                return Ok(Known::Flow(flow));
            }
            "Shape" => return Ok(reshape::shape(node)),
            "Flatten" | "Reshape" | "Squeeze" | "Unsqueeze" => {
                let is_last = self.chain.stage == Stage::Sums || self.chain.stage == Stage::Products;
                return match reshape::flow(node, inputs, &flow) {
                    Ok(flow) => Ok(Known::Flow(flow)),
                    // Logits in any form: no layer can follow then.
                    Err(_) if is_last && is_first => {
                        self.chain.answered.get_or_insert((flow.at, node.shown()));
                        Ok(Known::Answer(Answer::logits(&flow, false)))
                    }
                    Err(problem) => Err(problem),
                };
            }
            "Gemm" => {
                self.gemm(node, inputs, columns)?;
                None
            }
            "MatMul" => {
                self.mat_mul(other, is_first, &flow, columns)?;
                flow.axes.filter(|axes| axes.len() == 1)
            }
            _ if is_relu(node, inputs, self.graph.opset) => {
                self.chain.relu()?;
                flow.axes
            }
            "Add" | "Sub" | "Mul" | "Div" if other.is_some() => {
                let Some(other) = other else { unreachable!() };
                self.arithmetic(node, other.plain()?, is_first, &flow)?;
                flow.axes
            }
            "Scaler" => {
                let [offset, scale] = ["offset", "scale"].map(|name| node.floats(name));
                self.before_layers("Scaler")?;
                // It makes floats of whatever it reads.
                self.is_integer = false;
                if let Some(offset) = offset?.filter(|list| !list.is_empty()) {
                    self.chain.affine.subtract(&offset)?;
                }
                if let Some(scale) = scale?.filter(|list| !list.is_empty()) {
                    self.chain.affine.multiply(&scale)?;
                }
                flow.axes
            }
            operator if answer::is_first(operator) => {
                let logits = Answer::logits(&flow, true);
                let made = answer::answer(node, inputs, self.graph.opset, logits, &mut self.chain)?;
                self.chain.answered.get_or_insert((flow.at, node.shown()));
                return Ok(Known::Answer(made));
            }
            operator => return Err(refused::operator(operator)),
        };
        if let Some((_, answer)) = self.chain.answered.as_ref().filter(|(at, _)| *at == flow.at) {
            return Err(format!(
                "{answer} reads the same values: a branch, and a ticket answers with its last layer"
            ));
        }
        self.chain.length += 1;
        let axes = axes.or_else(|| Some(vec![None, self.chain.layers.last().map(|layer| layer.fan_out)]));
        Ok(Known::Flow(Flow {
            at: self.chain.length,
            axes,
        }))
    }

    fn before_layers(&self, what: &str) -> Result<(), String> {
        if self.chain.stage == Stage::Inputs {
            return Ok(());
        }
        Err(format!(
            "{what} after the first layer is not read, only normalization of the inputs; fold it into a layer before the export"
        ))
    }

    fn is_float(&self) -> Result<(), String> {
        if self.is_integer {
            return Err("it multiplies integers; cast the inputs to 32-bit floats first".to_owned());
        }
        Ok(())
    }

    fn cast(&mut self, node: &Node<'a>) -> Result<(), String> {
        // Only `Cast` says to what.
        let to = node.int("to").unwrap_or(1);
        match to {
            1 | 11 => self.is_integer = false,
            10 | 16 if self.is_integer => {
                return Err("it makes floats of 16 bits of integers; cast the inputs to 32-bit floats".to_owned());
            }
            10 | 16 => self.notes.push(
                "the model computes in 16 bits, and the ticket in 32: their logits differ by what 16 bits lose".to_owned(),
            ),
            _ => return Err("it makes integers of the network's values; export the model in 32-bit floats".to_owned()),
        }
        Ok(())
    }

    /// `alpha · A · B + beta · C`, where A is the values and B and C are constants.
    fn gemm(
        &mut self,
        node: &Node<'a>,
        inputs: &[Option<Known<'a>>],
        columns: Option<usize>,
    ) -> Result<(), String> {
        node.has_only(&["alpha", "beta", "transA", "transB"])?;
        let (Some(Some(Known::Flow(flow))), Some(Some(Known::Constant(weights)))) =
            (inputs.first(), inputs.get(1))
        else {
            return Err("its first factor must be the values and its second a constant".to_owned());
        };
        if node.int("transA").unwrap_or(0) != 0 {
            return Err(
                "with transA the first axis would be the inputs; export the model with samples in rows"
                    .to_owned(),
            );
        }
        two_axes(flow)?;
        self.is_float()?;
        let tensor = weights.tensor.clone();
        self.chain.multiply(
            &Factor {
                matrix: &tensor,
                is_out_in: (node.int("transB").unwrap_or(0) != 0) != weights.is_transposed,
                by: node.float("alpha").unwrap_or(1.0),
            },
            columns,
        )?;
        match inputs.get(2) {
            None | Some(None) => Ok(()),
            Some(Some(Known::Constant(biases))) => {
                self.chain.add(biases.plain()?, node.float("beta").unwrap_or(1.0))
            }
            Some(Some(_)) => Err("its third input must be a constant, the biases".to_owned()),
        }
    }

    fn mat_mul(
        &mut self,
        other: Option<&Constant<'a>>,
        is_first: bool,
        flow: &Flow,
        columns: Option<usize>,
    ) -> Result<(), String> {
        let other = other.ok_or("its other factor must be a constant, the weights")?;
        self.is_float()?;
        let is_single = flow.axes.as_ref().is_some_and(|axes| axes.len() == 1);
        if !is_single {
            two_axes(flow)?;
            if !is_first {
                return Err(
                    "its first factor is a constant, so that samples would be columns; export the model with samples in rows".to_owned(),
                );
            }
        }
        let tensor = other.tensor.clone();
        self.chain.multiply(
            &Factor {
                matrix: &tensor,
                is_out_in: is_first == other.is_transposed,
                by: 1.0,
            },
            columns.filter(|_| !is_single),
        )?;
        Ok(())
    }

    /// A constant added to the values, or one of the other three, on either side.
    fn arithmetic(
        &mut self,
        node: &Node<'a>,
        other: &Tensor<'a>,
        is_first: bool,
        flow: &Flow,
    ) -> Result<(), String> {
        node.has_only(&[])?;
        if self.chain.stage == Stage::Products {
            match (node.operator, is_first) {
                ("Add", _) => return self.chain.add(other, 1.0),
                ("Sub", true) => return self.chain.add(other, -1.0),
                _ => {}
            }
        }
        self.before_layers(node.operator)?;
        if self.is_integer {
            return Err(
                "it computes with integers, which overflow and divide in their own way; cast the inputs to 32-bit floats first"
                    .to_owned(),
            );
        }
        let by = spread(other, flow.axes.as_deref())?;
        if by.is_empty() {
            return Err(format!("{} holds no numbers", quoted(&other.name)));
        }
        let affine = &mut self.chain.affine;
        match (node.operator, is_first) {
            ("Add", _) => affine.subtract(&by.iter().map(|by| -by).collect::<Vec<_>>()),
            ("Sub", true) => affine.subtract(&by),
            ("Sub", false) => {
                affine.subtract(&by)?;
                affine.multiply(&[-1.0])
            }
            ("Mul", _) => affine.multiply(&by),
            ("Div", true) => affine.divide(&by),
            _ => Err("it divides by the inputs; a ticket has ReLU between linear layers alone".to_owned()),
        }
    }
}

impl Known<'_> {
    fn flow(&self) -> Option<&Flow> {
        match self {
            Self::Flow(flow) => Some(flow),
            _ => None,
        }
    }
}

impl<'a> From<Tensor<'a>> for Known<'a> {
    fn from(tensor: Tensor<'a>) -> Self {
        Self::Constant(Constant {
            tensor: Rc::new(tensor),
            is_transposed: false,
        })
    }
}

impl<'a> Constant<'a> {
    /// The tensor, which is not transposed.
    pub(super) fn plain(&self) -> Result<&Tensor<'a>, String> {
        if self.is_transposed {
            return Err(format!(
                "{} is transposed, which is read of weights alone",
                quoted(&self.tensor.name)
            ));
        }
        Ok(&self.tensor)
    }
}

/// Whether a node is a ReLU, under whatever name.
fn is_relu(node: &Node<'_>, inputs: &[Option<Known<'_>>], opset: i64) -> bool {
    let is_zero = |at: usize| match inputs.get(at) {
        Some(Some(Known::Constant(bound))) => {
            bound.tensor.len() == 1
                && bound.tensor.shape.len() <= 2
                && bound.tensor.numbers().all(|x| x == 0.0)
        }
        _ => false,
    };
    let is_flow = |at: usize| matches!(inputs.get(at), Some(Some(Known::Flow(_))));
    match (node.operator, inputs.len()) {
        ("Relu", _) => true,
        ("LeakyRelu", _) => node.float("alpha") == Some(0.0),
        ("Max", 2) => is_flow(0) && is_zero(1) || is_zero(0) && is_flow(1),
        ("Clip", 1) if opset < 11 => node.float("min") == Some(0.0) && node.float("max").is_none(),
        ("Clip", 2) => is_flow(0) && is_zero(1),
        ("Clip", 3) => is_flow(0) && is_zero(1) && inputs[2].is_none(),
        _ => false,
    }
}

/// Layers read samples in rows.
fn two_axes(flow: &Flow) -> Result<(), String> {
    match &flow.axes {
        Some(axes) if axes.len() != 2 => Err(format!(
            "what it reads has {}, and a ticket reads samples in rows, (N, inputs); flatten them in the model",
            counted(axes.len(), "axis")
        )),
        _ => Ok(()),
    }
}
