//! A model for onnxruntime and the like: the whole network, dense, with zeros where weights were pruned.
//!
//! Each runtime multiplies matrices in an order of its own, so the logits are right to rounding, not bit for bit.

use itertools::Itertools;
use tombola::Mlp;

use super::about::about;
use super::program::Program;
use crate::onnx::data_type::{FLOAT, INT64};
use crate::onnx::write::Message;
use crate::onnx::{attribute, entry, graph, model, node, operator_set, tensor, value_info};
use crate::text::shown;
use crate::ticket::{TaskPorts, Ticket, input_names};

/// The version of the operators: all that are used are in it, and runtimes since 2022 know it.
const OPSET: usize = 17;

/// The version of the file format that belongs to [`OPSET`].
const IR_VERSION: usize = 8;

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
    let mut parts = Builder::default();
    let normalized = normalization(&mut parts, ticket);
    let logits = layers(&mut parts, ticket, normalized);
    classes(&mut parts, &ticket.tasks, &logits);

    let property = |(key, value): (&str, String)| {
        Message::default()
            .bytes(entry::KEY, key)
            .bytes(entry::VALUE, value)
    };
    let tasks = ticket.tasks.iter().map(|task| &task.name).join(",");
    let mut properties = vec![("tasks", tasks)];
    // What `tombola import` makes the tasks of again.
    properties.push((model::PORTS, serde_json::to_string(&ticket.tasks)?));
    let columns = input_names(&ticket.tasks, ticket.widths[0]);
    if columns.iter().any(Option::is_some) {
        // As JSON, since a name may hold any separator.
        properties.push(("columns", serde_json::to_string(&columns)?));
    }
    if let Some(origin) = &ticket.origin {
        properties.extend([
            ("seed", origin.seed.to_string()),
            ("level", origin.level.to_string()),
            ("experiment", shown(&origin.digest)),
        ]);
    }
    let outputs = [
        value("logits", FLOAT, program.net().output_count()),
        value("classes", INT64, program.tasks.len()),
    ];
    let graph = Message::default()
        .all(graph::NODE, parts.nodes)
        .bytes(graph::NAME, "ticket")
        .all(graph::INITIALIZER, parts.tensors)
        .bytes(graph::INPUT, value("inputs", FLOAT, program.net().input_count()))
        .all(graph::OUTPUT, outputs);
    let model = Message::default()
        .int(model::IR_VERSION, IR_VERSION)
        .bytes(model::PRODUCER_NAME, model::PRODUCER)
        .bytes(model::PRODUCER_VERSION, env!("CARGO_PKG_VERSION"))
        .bytes(model::DOC_STRING, about(&program, "--format onnx").join("\n"))
        .bytes(model::GRAPH, graph)
        // The operators without a domain are those of ONNX itself.
        .bytes(
            model::OPSET_IMPORT,
            Message::default().int(operator_set::VERSION, OPSET),
        )
        .all(model::METADATA_PROPS, properties.into_iter().map(property));
    Ok(model.0)
}

/// The parts of a graph, as they are added.
#[derive(Default)]
struct Builder {
    nodes: Vec<Message>,
    tensors: Vec<Message>,
}

impl Builder {
    /// Adds a node with one result and returns the result's name.
    fn node(
        &mut self,
        operator: &str,
        inputs: &[&str],
        output: &str,
        attributes: &[(&str, usize)],
    ) -> String {
        let attribute = |&(name, value)| {
            Message::default()
                .bytes(attribute::NAME, name)
                .int(attribute::I, value)
                .int(attribute::TYPE, attribute::INT)
        };
        let node = Message::default()
            .all(node::INPUT, inputs)
            .bytes(node::OUTPUT, output)
            .bytes(node::NAME, format!("make_{output}"))
            .bytes(node::OP_TYPE, operator)
            .all(node::ATTRIBUTE, attributes.iter().map(attribute));
        self.nodes.push(node);
        output.to_owned()
    }

    /// Adds a tensor of floats and returns its name.
    fn floats(&mut self, name: &str, shape: &[usize], values: impl Iterator<Item = f32>) -> String {
        self.tensor(name, FLOAT, shape, values.flat_map(f32::to_le_bytes))
    }

    /// Adds a list of indices and returns its name.
    fn indices(&mut self, name: &str, values: &[usize]) -> String {
        let bytes = values.iter().flat_map(|&value| (value as i64).to_le_bytes());
        self.tensor(name, INT64, &[values.len()], bytes)
    }

    fn tensor(
        &mut self,
        name: &str,
        data_type: usize,
        shape: &[usize],
        data: impl Iterator<Item = u8>,
    ) -> String {
        let tensor = Message::default()
            .ints(tensor::DIMS, shape)
            .int(tensor::DATA_TYPE, data_type)
            .bytes(tensor::NAME, name)
            .bytes(tensor::RAW_DATA, data.collect::<Vec<u8>>());
        self.tensors.push(tensor);
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
    let shifted = graph.node("Sub", &["inputs", &shift], "shifted", &[]);
    graph.node("Mul", &[&shifted, &scale], "normalized", &[])
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
        let sums = graph.node("Gemm", &[&units, &weights, &biases], &sums, &[("transB", 1)]);
        if is_output {
            sums
        } else {
            graph.node("Relu", &[&sums], &format!("units.{index}"), &[])
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
            let logits = [logits, &outputs];
            let own = graph.node("Gather", &logits, &format!("{name}.logits"), &[("axis", 1)]);
            let class = format!("{name}.class");
            if task.outputs.len() == 1 {
                let is_one = graph.node("Greater", &[&own, &zero], &format!("{name}.is_one"), &[]);
                graph.node("Cast", &[&is_one], &class, &[("to", INT64)])
            } else {
                // Of equal ones, the first.
                graph.node("ArgMax", &[&own], &class, &[("axis", 1), ("keepdims", 1)])
            }
        })
        .collect();
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    graph.node("Concat", &columns, "classes", &[("axis", 1)]);
}

/// An input or output with any number of rows.
fn value(name: &str, element: usize, columns: usize) -> Message {
    let dimensions = [
        Message::default().bytes(value_info::DIM_PARAM, "N"),
        Message::default().int(value_info::DIM_VALUE, columns),
    ];
    let shape = Message::default().all(value_info::DIM, dimensions);
    let tensor = Message::default()
        .int(value_info::ELEM_TYPE, element)
        .bytes(value_info::SHAPE, shape);
    Message::default().bytes(value_info::NAME, name).bytes(
        value_info::TYPE,
        Message::default().bytes(value_info::TENSOR_TYPE, tensor),
    )
}
