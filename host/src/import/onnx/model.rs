//! Reads the parts of a model that say what is computed: nodes, constants, inputs and outputs.

use std::collections::BTreeMap;

use crate::onnx::read::{Value, fields};
use crate::onnx::{attribute, entry, graph, model, node, operator_set, value_info};
use crate::text::{from_json, quoted};
use crate::ticket::TaskPorts;

/// Nodes, attributes, names and constants that a model may have, all together: a network of 4,095 layers has a tenth.
/// A file of a gibibyte could name so many that they would not fit into memory.
const MOST_PARTS: usize = 1 << 20;

/// A graph, its names and numbers still in the bytes of the file.
#[derive(Default)]
pub(super) struct Graph<'a> {
    pub(super) nodes: Vec<Node<'a>>,
    /// `TensorProto` messages, by name.
    pub(super) constants: BTreeMap<&'a str, &'a [u8]>,
    /// Those that are no constants: what a caller must give.
    pub(super) inputs: Vec<Input<'a>>,
    pub(super) outputs: Vec<&'a str>,
    /// The version of ONNX's own operators.
    pub(super) opset: i64,
    /// The tasks, if Tombola exported the model.
    pub(super) tasks: Option<Vec<TaskPorts>>,
}

/// An input of the graph.
pub(super) struct Input<'a> {
    pub(super) name: &'a str,
    /// `TensorProto.DataType`, if it is a tensor.
    pub(super) element: Option<i64>,
    /// Its axes, where they are known; each `None` if it may be any.
    pub(super) shape: Option<Vec<Option<usize>>>,
}

/// An operation.
#[derive(Default)]
pub(super) struct Node<'a> {
    pub(super) operator: &'a str,
    domain: &'a str,
    name: &'a str,
    /// Names; an optional one that is left out is empty.
    pub(super) inputs: Vec<&'a str>,
    pub(super) outputs: Vec<&'a str>,
    attributes: Vec<Attribute<'a>>,
}

#[derive(Default)]
struct Attribute<'a> {
    name: &'a str,
    kind: i64,
    float: Option<f32>,
    int: Option<i64>,
    tensor: Option<&'a [u8]>,
    floats: Vec<Value<'a>>,
    ints: Vec<Value<'a>>,
    strings: Vec<&'a str>,
}

/// Counts parts, and ends where there are too many.
struct Budget(usize);

impl Budget {
    fn take(&mut self) -> Result<(), String> {
        self.0 = self.0.checked_sub(1).ok_or_else(|| {
            format!("the model has more than {MOST_PARTS} nodes, names and constants; it is no multilayer perceptron")
        })?;
        Ok(())
    }
}

impl<'a> Graph<'a> {
    /// The graph of a model.
    ///
    /// # Errors
    /// The message, if the bytes are no model, or one with parts that are not read.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, String> {
        let (mut found, mut budget) = (None, Budget(MOST_PARTS));
        let (mut this, mut producer) = (Graph::default(), "");
        for field in fields(bytes) {
            match field? {
                (model::GRAPH, value) => found = Some(value.bytes()?),
                (model::PRODUCER_NAME, value) => producer = value.text()?,
                (model::OPSET_IMPORT, value) => {
                    if let ("" | "ai.onnx", version) = operator_set(value.bytes()?)? {
                        this.opset = version;
                    }
                }
                (model::METADATA_PROPS, value) => {
                    if let (model::PORTS, ports) = key_and_value(value.bytes()?)? {
                        this.tasks = from_json(ports).ok();
                    }
                }
                _ => {}
            }
        }
        this.tasks = this.tasks.filter(|_| producer == model::PRODUCER);
        for field in fields(found.ok_or("the model has no graph; export it again")?) {
            let (number, value) = field?;
            match number {
                graph::NODE => this.nodes.push(Node::read(value.bytes()?, &mut budget)?),
                graph::INITIALIZER => {
                    budget.take()?;
                    let tensor = value.bytes()?;
                    this.constants.insert(super::constant::name(tensor)?, tensor);
                }
                graph::INPUT => {
                    budget.take()?;
                    this.inputs.push(Input::read(value.bytes()?)?);
                }
                graph::OUTPUT => {
                    budget.take()?;
                    this.outputs.push(Input::read(value.bytes()?)?.name);
                }
                graph::SPARSE_INITIALIZER => {
                    return Err(
                        "the model has sparse initializers, which are not read; save them dense, as initializers".to_owned(),
                    );
                }
                _ => {}
            }
        }
        // Before version 4 of the format, each constant was an input, too, which a caller could replace.
        this.inputs
            .retain(|input| !this.constants.contains_key(input.name));
        Ok(this)
    }
}

/// An operator set's domain and version.
fn operator_set(bytes: &[u8]) -> Result<(&str, i64), String> {
    let (mut domain, mut version) = ("", 0);
    for field in fields(bytes) {
        match field? {
            (operator_set::DOMAIN, value) => domain = value.text()?,
            (operator_set::VERSION, value) => version = value.int()?,
            _ => {}
        }
    }
    Ok((domain, version))
}

/// The two texts of a `StringStringEntryProto`.
pub(super) fn key_and_value(bytes: &[u8]) -> Result<(&str, &str), String> {
    let (mut key, mut value) = ("", "");
    for field in fields(bytes) {
        match field? {
            (entry::KEY, text) => key = text.text()?,
            (entry::VALUE, text) => value = text.text()?,
            _ => {}
        }
    }
    Ok((key, value))
}

impl<'a> Input<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, String> {
        let mut this = Self {
            name: "",
            element: None,
            shape: None,
        };
        for field in fields(bytes) {
            match field? {
                (value_info::NAME, value) => this.name = value.text()?,
                (value_info::TYPE, value) => {
                    for field in fields(value.bytes()?) {
                        if let (value_info::TENSOR_TYPE, value) = field? {
                            this.read_tensor(value.bytes()?)?;
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(this)
    }

    fn read_tensor(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.element = Some(0);
        for field in fields(bytes) {
            match field? {
                (value_info::ELEM_TYPE, value) => self.element = Some(value.int()?),
                (value_info::SHAPE, value) => {
                    let shape = self.shape.insert(vec![]);
                    for field in fields(value.bytes()?) {
                        let (value_info::DIM, value) = field? else {
                            continue;
                        };
                        // No input of a network has more.
                        if shape.len() == 16 {
                            return Err(format!("the input {} has more than 16 axes", quoted(self.name)));
                        }
                        shape.push(dimension(value.bytes()?)?);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn dimension(bytes: &[u8]) -> Result<Option<usize>, String> {
    let mut size = None;
    for field in fields(bytes) {
        if let (value_info::DIM_VALUE, value) = field? {
            size = usize::try_from(value.int()?).ok();
        }
    }
    Ok(size)
}

impl<'a> Node<'a> {
    fn read(bytes: &'a [u8], budget: &mut Budget) -> Result<Self, String> {
        budget.take()?;
        let mut this = Self::default();
        for field in fields(bytes) {
            let (number, value) = field?;
            match number {
                node::INPUT | node::OUTPUT => {
                    budget.take()?;
                    let names = if number == node::INPUT {
                        &mut this.inputs
                    } else {
                        &mut this.outputs
                    };
                    names.push(value.text()?);
                }
                node::NAME => this.name = value.text()?,
                node::OP_TYPE => this.operator = value.text()?,
                node::DOMAIN => this.domain = value.text()?,
                node::ATTRIBUTE => {
                    budget.take()?;
                    this.attributes.push(Attribute::read(value.bytes()?, budget)?);
                }
                _ => {}
            }
        }
        Ok(this)
    }

    /// The node for a message: `node 'make_logits' (Gemm)`.
    pub(super) fn shown(&self) -> String {
        let operator = crate::text::shown(self.operator);
        let operator = match self.domain {
            "" | "ai.onnx" => operator,
            domain => format!("{operator} of {}", crate::text::shown(domain)),
        };
        match (self.name, self.outputs.first()) {
            ("", None) => format!("a node ({operator})"),
            ("", Some(output)) => format!("the node that makes {} ({operator})", quoted(output)),
            (name, _) => format!("node {} ({operator})", quoted(name)),
        }
    }

    /// Whether the operator is one of ONNX itself, or of its collection for machine learning.
    pub(super) fn is_standard(&self) -> bool {
        matches!(self.domain, "" | "ai.onnx" | "ai.onnx.ml")
    }

    fn attribute(&self, name: &str) -> Option<&Attribute<'a>> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// An attribute that is an integer.
    pub(super) fn int(&self, name: &str) -> Option<i64> {
        let attribute = self.attribute(name)?;
        // Some writers leave out what is 0.
        attribute
            .int
            .or((attribute.kind == attribute::INT as i64).then_some(0))
    }

    /// An attribute that is a float.
    pub(super) fn float(&self, name: &str) -> Option<f32> {
        let attribute = self.attribute(name)?;
        attribute
            .float
            .or((attribute.kind == attribute::FLOAT as i64).then_some(0.0))
    }

    /// An attribute that is a tensor.
    pub(super) fn tensor(&self, name: &str) -> Option<&'a [u8]> {
        self.attribute(name)?.tensor
    }

    /// An attribute that is a list of floats.
    pub(super) fn floats(&self, name: &str) -> Result<Option<Vec<f64>>, String> {
        let Some(attribute) = self.attribute(name) else {
            return Ok(None);
        };
        let mut numbers = vec![];
        for value in &attribute.floats {
            let (words, _) = value.floats()?.as_chunks();
            numbers.extend(words.iter().map(|&word| f64::from(f32::from_le_bytes(word))));
        }
        Ok(Some(numbers))
    }

    /// An attribute that is a list of integers.
    pub(super) fn ints(&self, name: &str) -> Result<Option<Vec<i64>>, String> {
        let Some(attribute) = self.attribute(name) else {
            return Ok(None);
        };
        let mut numbers = vec![];
        for value in &attribute.ints {
            value.ints(&mut |number| numbers.push(number))?;
        }
        Ok(Some(numbers))
    }

    /// An attribute that is a list of texts.
    pub(super) fn strings(&self, name: &str) -> Option<Vec<String>> {
        let attribute = self.attribute(name)?;
        Some(attribute.strings.iter().map(|&text| text.to_owned()).collect())
    }

    /// That the node has no attribute but these, whose meaning is known.
    pub(super) fn has_only(&self, names: &[&str]) -> Result<(), String> {
        match self
            .attributes
            .iter()
            .find(|attribute| !names.contains(&attribute.name))
        {
            None => Ok(()),
            Some(attribute) => Err(format!(
                "its attribute {} is not known; export the model again with a newer opset",
                quoted(attribute.name)
            )),
        }
    }
}

impl<'a> Attribute<'a> {
    fn read(bytes: &'a [u8], budget: &mut Budget) -> Result<Self, String> {
        let mut this = Self::default();
        for field in fields(bytes) {
            let (number, value) = field?;
            match number {
                attribute::NAME => this.name = value.text()?,
                attribute::TYPE => this.kind = value.int()?,
                attribute::F => this.float = Some(value.float()?),
                attribute::I => this.int = Some(value.int()?),
                attribute::T => this.tensor = Some(value.bytes()?),
                attribute::STRINGS => {
                    budget.take()?;
                    this.strings.push(value.text()?);
                }
                attribute::FLOATS | attribute::INTS => {
                    budget.take()?;
                    let list = if number == attribute::FLOATS {
                        &mut this.floats
                    } else {
                        &mut this.ints
                    };
                    list.push(value);
                }
                _ => {}
            }
        }
        Ok(this)
    }
}
