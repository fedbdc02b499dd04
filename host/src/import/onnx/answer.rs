//! What models do with their logits: probabilities, classes, their labels, and the shapes of them. A ticket answers in its
//! own way, so what is read here is only what is sure to be the same answer.

use super::super::network::{Ending, label_of};
use super::chain::{Chain, Stage};
use super::model::Node;
use super::refused;
use super::walk::{Flow, Known};
use crate::text::{counted, quoted};

/// Operators that make an answer of logits.
const FIRST: [&str; 6] = ["Softmax", "LogSoftmax", "Sigmoid", "ArgMax", "Greater", "Gather"];

/// A value after the last layer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answer {
    pub(super) what: What,
    /// How many axes it has, of which the last are the outputs; `None` if that was changed.
    rank: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Logits,
    /// Logits of one task.
    Part,
    /// Of each output.
    Sigmoid,
    /// 1 − sigmoid.
    Complement,
    /// Of the classes of one task: softmax, or 1 − sigmoid beside sigmoid.
    Probabilities,
    /// 0, 1, …
    Class,
    /// That of one task.
    PartClass,
    /// What a class is called.
    Label,
    /// Nothing more is done to it.
    Done,
}

impl Answer {
    /// All logits, as a layer made them or in another form.
    pub(super) fn logits(flow: &Flow, is_row: bool) -> Self {
        let rank = flow.axes.as_ref().map_or(2, Vec::len);
        Self {
            what: What::Logits,
            rank: is_row.then_some(rank),
        }
    }

    fn is_along(self, axis: i64) -> bool {
        self.rank
            .is_some_and(|rank| axis == -1 || axis == rank as i64 - 1)
    }
}

/// Whether an operator makes an answer of logits.
pub(super) fn is_first(operator: &str) -> bool {
    FIRST.contains(&operator)
}

/// What a node makes of logits, or of what others have made of them.
///
/// # Errors
/// The message, if a ticket would not answer the same.
pub(super) fn answer<'a>(
    node: &Node<'a>,
    inputs: &[Option<Known<'a>>],
    opset: i64,
    from: Answer,
    chain: &mut Chain,
) -> Result<Answer, String> {
    if chain.stage == Stage::Inputs {
        return Err("there is no layer before it; a ticket begins with one, and all inputs".to_owned());
    }
    let outputs = chain.layers.last().map_or(0, |layer| layer.fan_out);
    let is_first = matches!(inputs.first(), Some(Some(Known::Flow(_) | Known::Answer(_))));
    let made = |what| Ok(Answer { what, ..from });
    let across = || Err("it does not work along the outputs, the last axis".to_owned());
    match (node.operator, from.what) {
        ("Identity", _) => Ok(from),
        ("Squeeze" | "Unsqueeze" | "Reshape" | "Flatten", _) if is_first => Ok(Answer { rank: None, ..from }),
        ("Cast", what) => cast(node.int("to").unwrap_or(0), what, chain).map(|()| from),
        ("Softmax" | "LogSoftmax" | "ArgMax", What::Logits) if outputs == 1 => Err(
            "of a single output it is always the same; a task with two classes has one output with a Sigmoid, or two".to_owned(),
        ),
        ("Softmax" | "LogSoftmax", What::Logits) => {
            let default = if opset < 13 { 1 } else { -1 };
            if !from.is_along(node.int("axis").unwrap_or(default)) {
                return across();
            }
            chain.end(Ending::Softmax)?;
            made(What::Probabilities)
        }
        ("Sigmoid", What::Logits) => {
            chain.end(Ending::Logistic)?;
            made(What::Sigmoid)
        }
        ("ArgMax", What::Logits | What::Probabilities | What::Part) => {
            if node.int("select_last_index").unwrap_or(0) != 0 {
                return Err("of equal logits it takes the last, and a ticket the first".to_owned());
            }
            if !from.is_along(node.int("axis").unwrap_or(0)) {
                return across();
            }
            let what = match from.what {
                What::Part => What::PartClass,
                _ => What::Class,
            };
            // What comes of a sigmoid has its ending already.
            if from.what == What::Logits {
                chain.end(Ending::Softmax)?;
            }
            let keeps = node.int("keepdims").unwrap_or(1) != 0;
            Ok(Answer { what, rank: from.rank.filter(|_| keeps) })
        }
        ("Greater", What::Logits | What::Sigmoid | What::Part) => {
            let expected = if from.what == What::Sigmoid { 0.5 } else { 0.0 };
            if !is_first || number(inputs.get(1)) != Some(expected) {
                return Err("a ticket's class is 1 where the logit is above 0, the sigmoid above 0.5; compare with that".to_owned());
            }
            if from.what == What::Part {
                return made(What::PartClass);
            }
            chain.end(Ending::Logistic)?;
            made(What::Class)
        }
        ("Sub", What::Sigmoid) if !is_first && number(inputs.first()) == Some(1.0) => made(What::Complement),
        ("Concat", _) => concat(node, inputs, outputs).map(|what| Answer { what, ..from }),
        ("Gather", What::Logits) => {
            if !is_first || !from.is_along(node.int("axis").unwrap_or(0)) {
                return across();
            }
            part(inputs.get(1), outputs, chain).map(|()| Answer { what: What::Part, ..from })
        }
        ("Gather" | "ArrayFeatureExtractor", What::Class)
            if !is_first && matches!(node.int("axis"), None | Some(0)) =>
        {
            let labels = match inputs.first() {
                Some(Some(Known::Labels(labels))) => labels.to_vec(),
                Some(Some(Known::Constant(list))) if list.tensor.shape.len() == 1 && !list.is_transposed => {
                    list.tensor.numbers().map(label_of).collect::<Result<_, _>>()?
                }
                _ => return Err("the labels of classes must be a list".to_owned()),
            };
            name(labels, chain, outputs).map(|()| Answer { what: What::Label, ..from })
        }
        ("LabelEncoder", What::Class) => {
            name(encoded(node, outputs)?, chain, outputs).map(|()| Answer { what: What::Label, ..from })
        }
        ("ZipMap", What::Probabilities) => {
            name(listed(node, "classlabels_")?, chain, outputs).map(|()| Answer { what: What::Done, ..from })
        }
        (_, What::Logits) if from.rank.is_none() => Err(
            "it reads what a layer made in another form than rows, (N, outputs); export the model without the change of form".to_owned(),
        ),
        (_, What::Logits) => Err(refused::operator(node.operator)),
        _ => Err(
            "it computes with probabilities or classes in a way that is not read, and a ticket ends with them: between its \
             layers is ReLU alone, no Sigmoid or Softmax, and after its logits Softmax, Sigmoid or ArgMax"
                .to_owned(),
        ),
    }
}

/// The only number of a constant.
fn number(known: Option<&Option<Known<'_>>>) -> Option<f64> {
    match known {
        Some(Some(Known::Constant(constant)))
            if constant.tensor.len() == 1 && constant.tensor.shape.len() <= 2 =>
        {
            constant.tensor.numbers().next()
        }
        _ => None,
    }
}

/// That a cast to this `TensorProto.DataType` changes no answer.
fn cast(to: i64, what: What, chain: &Chain) -> Result<(), String> {
    let is_float = matches!(to, 1 | 10 | 11 | 16);
    let is_wide = matches!(to, 1 | 6 | 7 | 11 | 12 | 13);
    let is_same = match what {
        What::Class | What::PartClass => is_wide,
        // Whole numbers stay what they are.
        What::Label => {
            let is_small = |label: &String| {
                label
                    .parse::<i64>()
                    .is_ok_and(|label| (0..1 << 24).contains(&label))
            };
            to == 8 || is_wide && chain.said.classes.iter().flatten().all(is_small)
        }
        What::Done => false,
        _ => is_float,
    };
    if is_same {
        return Ok(());
    }
    Err("it makes other numbers of the model's answer; export the model without it".to_owned())
}

/// `[1 − p, p]`, or the classes of several tasks.
fn concat(node: &Node<'_>, inputs: &[Option<Known<'_>>], outputs: usize) -> Result<What, String> {
    let answers: Option<Vec<Answer>> = inputs
        .iter()
        .map(|known| match known {
            Some(Known::Answer(answer)) if answer.is_along(node.int("axis").unwrap_or(0)) => Some(*answer),
            _ => None,
        })
        .collect();
    let kinds: Vec<What> = answers
        .unwrap_or_default()
        .iter()
        .map(|answer| answer.what)
        .collect();
    match *kinds {
        [What::Complement, What::Sigmoid] if outputs == 1 => Ok(What::Probabilities),
        [What::PartClass, ..] if kinds.iter().all(|&kind| kind == What::PartClass) => Ok(What::Done),
        _ => Err(
            "of answers it is read only as [1 − sigmoid, sigmoid] of a single output, or of the classes of tasks; export the \
             model without it"
                .to_owned(),
        ),
    }
}

/// The outputs that belong to a task.
fn part(list: Option<&Option<Known<'_>>>, outputs: usize, chain: &mut Chain) -> Result<(), String> {
    let list = match list {
        Some(Some(Known::Constant(list))) if list.tensor.shape.len() == 1 && !list.is_transposed => {
            &list.tensor
        }
        _ => return Err("the outputs that it takes must be a list; export the model without it".to_owned()),
    };
    let taken = chain.said.parts.iter().map(Vec::len).sum::<usize>();
    let is_there = list
        .numbers()
        .all(|at| at.fract() == 0.0 && (0.0..outputs as f64).contains(&at));
    if list.len() == 0 || outputs < taken + list.len() || !is_there {
        return Err(format!(
            "it takes outputs that are not there, or some more than once; the network has {}",
            counted(outputs, "output")
        ));
    }
    chain
        .said
        .parts
        .push(list.numbers().map(|at| at as usize).collect());
    Ok(())
}

/// Labels in the order of classes, as `LabelEncoder` has them.
fn encoded(node: &Node<'_>, outputs: usize) -> Result<Vec<String>, String> {
    let keys = node.ints("keys_int64s")?.unwrap_or_default();
    let mut pairs: Vec<(i64, String)> = keys.into_iter().zip(listed(node, "values_")?).collect();
    pairs.sort();
    let is_each = pairs
        .iter()
        .enumerate()
        .all(|(class, (key, _))| *key == class as i64);
    if pairs.len() != outputs.max(2) || !is_each {
        return Err(format!(
            "it has not one label for each of {} classes",
            outputs.max(2)
        ));
    }
    Ok(pairs.into_iter().map(|(_, label)| label).collect())
}

/// An attribute that is a list of integers or of text.
fn listed(node: &Node<'_>, prefix: &str) -> Result<Vec<String>, String> {
    let strings = node.strings(&format!("{prefix}strings"));
    let ints = node.ints(&format!("{prefix}int64s"))?;
    match (strings, ints) {
        (Some(strings), _) if !strings.is_empty() => Ok(strings),
        (_, Some(ints)) => Ok(ints.iter().map(i64::to_string).collect()),
        _ => Err("it has no list of labels that are text or integers".to_owned()),
    }
}

/// Keeps the labels of the classes.
fn name(labels: Vec<String>, chain: &mut Chain, outputs: usize) -> Result<(), String> {
    let count = outputs.max(2);
    if chain.said.ending == Some(Ending::Logistic) && 1 < outputs {
        return Err("it names classes of several outputs, each of which is a task of its own; name them with --classes".to_owned());
    }
    if labels.len() != count {
        return Err(format!(
            "it has {}, and there are {count} classes",
            counted(labels.len(), "label")
        ));
    }
    let mut sorted: Vec<&String> = labels.iter().collect();
    sorted.sort();
    if let Some(twice) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(format!(
            "two classes have the label {}; a ticket tells its classes apart",
            quoted(twice[0])
        ));
    }
    match &chain.said.classes {
        Some(there) if *there != labels => {
            Err("the model has two lists of labels that differ; export it with one".to_owned())
        }
        _ => {
            chain.said.classes = Some(labels);
            Ok(())
        }
    }
}
