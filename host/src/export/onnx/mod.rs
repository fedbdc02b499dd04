//! A model for onnxruntime and the like: the whole network, dense, with zeros where weights were pruned.
//!
//! Each runtime multiplies matrices in an order of its own, so the logits are right to rounding, not bit for bit.

mod proto;

use prost::Message;
use tombola::Mlp;

use super::about::about;
use super::program::Program;
use crate::ticket::{TaskPorts, Ticket};
use proto::{
    Attribute, Dimension, Graph, Model, Node, OperatorSet, Property, Shape, Tensor, TensorType, Type,
    ValueInfo,
};

/// The version of the operators: all that are used are in it, and runtimes since 2022 know it.
const OPSET: i64 = 17;

/// The version of the file format that belongs to [`OPSET`].
const IR_VERSION: i64 = 8;

/// The model of `ticket`: `inputs` (N, inputs), raw, to `logits` (N, outputs) and `classes` (N, tasks).
///
/// # Errors
///
/// [`BadInput`](crate::error::BadInput) if the fields make no ticket, or one that is larger than a model can be.
pub fn model(ticket: &Ticket) -> anyhow::Result<Vec<u8>> {
    let program = Program::of(ticket)?;
    // The format counts in 32 bits with sign.
    if (1 << 29) - (1 << 16) < ticket.params.len() {
        return Err(crate::bad_input!(
            "the network has {} parameters, and a model of two gibibytes holds {} at most; prune a smaller network",
            ticket.params.len(),
            (1 << 29) - (1 << 16)
        ));
    }
    let mut graph = Builder::default();
    let normalized = normalization(&mut graph, ticket);
    let logits = layers(&mut graph, ticket, normalized);
    classes(&mut graph, &ticket.tasks, &logits);

    let property = |key: &str, value: String| Property {
        key: key.to_owned(),
        value,
    };
    let tasks: Vec<_> = ticket.tasks.iter().map(|task| &*task.name).collect();
    let mut properties = vec![property("tasks", tasks.join(","))];
    if let Some(origin) = &ticket.origin {
        properties.extend([
            property("seed", origin.seed.to_string()),
            property("level", origin.level.to_string()),
            property("experiment", origin.digest.clone()),
        ]);
    }
    let model = Model {
        ir_version: IR_VERSION,
        producer_name: "tombola".to_owned(),
        producer_version: env!("CARGO_PKG_VERSION").to_owned(),
        doc_string: about(&program, "--format onnx").join("\n"),
        graph: Some(Graph {
            nodes: graph.nodes,
            name: "ticket".to_owned(),
            initializers: graph.tensors,
            inputs: vec![value("inputs", proto::FLOAT, program.net().input_count())],
            outputs: vec![
                value("logits", proto::FLOAT, program.net().output_count()),
                value("classes", proto::INT64, program.tasks.len()),
            ],
        }),
        operator_sets: vec![OperatorSet {
            domain: String::new(),
            version: OPSET,
        }],
        properties,
    };
    Ok(model.encode_to_vec())
}

/// The parts of a graph, as they are added.
#[derive(Default)]
struct Builder {
    nodes: Vec<Node>,
    tensors: Vec<Tensor>,
}

impl Builder {
    /// Adds a node with one result and returns the result's name.
    fn node(&mut self, operator: &str, inputs: &[&str], output: &str, attributes: Vec<Attribute>) -> String {
        self.nodes.push(Node {
            inputs: inputs.iter().map(|&input| input.to_owned()).collect(),
            outputs: vec![output.to_owned()],
            name: format!("make_{output}"),
            operator: operator.to_owned(),
            attributes,
        });
        output.to_owned()
    }

    /// Adds a tensor of floats and returns its name.
    fn floats(&mut self, name: &str, shape: &[usize], values: impl Iterator<Item = f32>) -> String {
        self.tensor(
            name,
            proto::FLOAT,
            shape,
            values.flat_map(f32::to_le_bytes).collect(),
        )
    }

    /// Adds a list of indices and returns its name.
    fn indices(&mut self, name: &str, values: &[usize]) -> String {
        let bytes = values.iter().flat_map(|&value| (value as i64).to_le_bytes());
        self.tensor(name, proto::INT64, &[values.len()], bytes.collect())
    }

    fn tensor(&mut self, name: &str, data_type: i32, shape: &[usize], raw_data: Vec<u8>) -> String {
        self.tensors.push(Tensor {
            shape: shape.iter().map(|&length| length as i64).collect(),
            data_type,
            name: name.to_owned(),
            raw_data,
        });
        name.to_owned()
    }
}

/// `(x − shift) · scale`; the name of what the first layer reads.
fn normalization(graph: &mut Builder, ticket: &Ticket) -> String {
    let Some(normalization) = &ticket.normalization else {
        return "inputs".to_owned();
    };
    let shape = [normalization.shift.len()];
    let shift = graph.floats("input.shift", &shape, normalization.shift.iter().copied());
    let scale = graph.floats("input.scale", &shape, normalization.scale.iter().copied());
    let shifted = graph.node("Sub", &["inputs", &shift], "shifted", vec![]);
    graph.node("Mul", &[&shifted, &scale], "normalized", vec![])
}

/// All layers, with the names of the ticket's own tensors; the name of the logits.
fn layers(graph: &mut Builder, ticket: &Ticket, inputs: String) -> String {
    let net = Mlp::new(&ticket.widths);
    net.layers().enumerate().fold(inputs, |units, (index, layer)| {
        let is_output = index + 1 == net.layer_count();
        let survivors = ticket.mask[layer.weights.clone()].iter();
        let weights = ticket.params[layer.weights.clone()]
            .iter()
            .zip(survivors)
            .map(|(&weight, &survives)| if survives { weight } else { 0.0 });
        let shape = [layer.fan_out, layer.fan_in];
        let weights = graph.floats(&format!("layers.{index}.weight"), &shape, weights);
        let biases = ticket.params[layer.biases].iter().copied();
        let biases = graph.floats(&format!("layers.{index}.bias"), &shape[..1], biases);
        let sums = if is_output {
            "logits".to_owned()
        } else {
            format!("sums.{index}")
        };
        // Weights lie as (out, in), so the second factor is transposed.
        let transposed = vec![Attribute::int("transB", 1)];
        let sums = graph.node("Gemm", &[&units, &weights, &biases], &sums, transposed);
        if is_output {
            sums
        } else {
            graph.node("Relu", &[&sums], &format!("units.{index}"), vec![])
        }
    })
}

/// The class of each task, in the ticket's order.
fn classes(graph: &mut Builder, tasks: &[TaskPorts], logits: &str) {
    let zero = graph.floats("zero", &[], std::iter::once(0.0));
    let columns: Vec<String> = tasks
        .iter()
        .map(|task| {
            let name = &task.name;
            let outputs = graph.indices(&format!("{name}.outputs"), &task.outputs);
            let axis = || Attribute::int("axis", 1);
            let own = graph.node(
                "Gather",
                &[logits, &outputs],
                &format!("{name}.logits"),
                vec![axis()],
            );
            let class = format!("{name}.class");
            if task.outputs.len() == 1 {
                let is_one = graph.node("Greater", &[&own, &zero], &format!("{name}.is_one"), vec![]);
                graph.node(
                    "Cast",
                    &[&is_one],
                    &class,
                    vec![Attribute::int("to", proto::INT64.into())],
                )
            } else {
                // Of equal ones, the first.
                graph.node(
                    "ArgMax",
                    &[&own],
                    &class,
                    vec![axis(), Attribute::int("keepdims", 1)],
                )
            }
        })
        .collect();
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    graph.node("Concat", &columns, "classes", vec![Attribute::int("axis", 1)]);
}

/// An input or output with any number of rows.
fn value(name: &str, element: i32, columns: usize) -> ValueInfo {
    let dimension = |count: Option<i64>, name: Option<&str>| Dimension {
        count,
        name: name.map(str::to_owned),
    };
    ValueInfo {
        name: name.to_owned(),
        of: Some(Type {
            tensor: Some(TensorType {
                element,
                shape: Some(Shape {
                    dimensions: vec![dimension(None, Some("N")), dimension(Some(columns as i64), None)],
                }),
            }),
        }),
    }
}
