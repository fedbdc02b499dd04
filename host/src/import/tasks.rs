//! Which inputs and outputs of an imported network belong to which task, as the command line gives it.

use std::fmt::Write;
use std::ops::RangeInclusive;
use std::str::FromStr;

use crate::text::{counted, quoted};
use crate::ticket::{TaskPorts, input_called};

/// A task as it is given: `digits:0-143:0`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskSpec {
    text: String,
    name: String,
    inputs: Vec<RangeInclusive<usize>>,
    outputs: Vec<RangeInclusive<usize>>,
}

impl FromStr for TaskSpec {
    type Err = String;

    /// `NAME:INPUTS:OUTPUTS`, where inputs and outputs are numbers and ranges: `0,2,4-7`.
    fn from_str(text: &str) -> Result<Self, String> {
        let fields: Vec<&str> = text.split(':').collect();
        let [name, inputs, outputs] = fields[..] else {
            return Err(
                "a task is its name, its inputs and its outputs, with colons between, such as moons:0,1:0 or \
                 digits:0-63:0-9"
                    .to_owned(),
            );
        };
        Ok(Self {
            text: text.to_owned(),
            name: name.to_owned(),
            inputs: ranges(inputs)?,
            outputs: ranges(outputs)?,
        })
    }
}

fn ranges(text: &str) -> Result<Vec<RangeInclusive<usize>>, String> {
    let number = |text: &str| text.trim().parse::<usize>().ok();
    let range = |text: &str| {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        match (number(first), number(last)) {
            (Some(first), Some(last)) if first <= last => Ok(first..=last),
            (Some(_), Some(_)) => Err(format!(
                "the range {} goes backward; write the smaller number first",
                quoted(text)
            )),
            _ => Err(format!(
                "{} is no number from 0 on and no range of them, such as 0-63",
                quoted(text)
            )),
        }
    };
    text.split(',').map(range).collect()
}

/// The tasks of a network with so many inputs and outputs: those given, or one of all with this name.
///
/// # Errors
/// The message, if an input or output is not there, or an output not in exactly one task.
pub(super) fn tasks(
    specs: &[TaskSpec],
    name: &str,
    [input_count, output_count]: [usize; 2],
) -> Result<Vec<TaskPorts>, String> {
    let is_input = |name: &str| input_called(name).is_some_and(|input| input < input_count);
    if specs.is_empty() {
        let name = &if is_input(name) {
            format!("task-{name}")
        } else {
            name.to_owned()
        };
        return Ok(vec![TaskPorts::new(name, 0..input_count, 0..output_count)]);
    }
    let mut tasks = vec![];
    for spec in specs {
        if is_input(&spec.name) {
            return Err(format!(
                "--task {}: {} is what an input is called in files; give the task another name",
                crate::text::shown(&spec.text),
                spec.name
            ));
        }
        let ports = |ranges: &[RangeInclusive<usize>], port: &str, count: usize| match ranges
            .iter()
            .find(|range| count <= *range.end())
        {
            None => Ok(ranges.iter().cloned().flatten().collect::<Vec<usize>>()),
            Some(range) => Err(format!(
                "--task {}: there is no {port} {}; the network has {}, 0 to {}",
                crate::text::shown(&spec.text),
                range.end(),
                counted(count, port),
                count - 1
            )),
        };
        let inputs = ports(&spec.inputs, "input", input_count)?;
        let outputs = ports(&spec.outputs, "output", output_count)?;
        tasks.push(TaskPorts::new(&*spec.name, inputs, outputs));
    }
    Ok(tasks)
}

/// A task's name from a file's: what a name may not have becomes `-`.
pub fn name_of(file: &str) -> String {
    let mut name = String::new();
    for c in file.chars() {
        let c = if c.is_ascii_alphanumeric() || c == '_' {
            c
        } else {
            '-'
        };
        if c != '-' || !name.ends_with('-') {
            let _ = name.write_char(c);
        }
    }
    match name.trim_matches('-') {
        "" => "task".to_owned(),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{TaskSpec, name_of, tasks};
    use crate::ticket::TaskPorts;

    fn made(specs: &[&str]) -> Result<Vec<TaskPorts>, String> {
        let specs: Vec<TaskSpec> = specs.iter().map(|spec| spec.parse()).collect::<Result<_, _>>()?;
        tasks(&specs, "all", [64, 10])
    }

    #[test]
    fn a_task_has_numbers_and_ranges() {
        assert_eq!(made(&[]).unwrap(), [TaskPorts::new("all", 0..64, 0..10)]);
        assert_eq!(
            made(&["a:0-62,63:0,2-3", "b:0:1,4-9"]).unwrap(),
            [
                TaskPorts::new("a", 0..64, [0, 2, 3]),
                TaskPorts::new("b", [0], [1, 4, 5, 6, 7, 8, 9])
            ]
        );
    }

    /// In a file with a header, nobody could tell which of the two is meant.
    #[test]
    fn no_task_is_called_as_an_input_is() {
        let name = |name: &str| tasks(&[], name, [64, 10]).unwrap()[0].name.clone();
        assert_eq!([name("x0"), name("x64"), name("x01")], ["task-x0", "x64", "x01"]);
        assert_eq!(made(&["x64:0:0"]).unwrap()[0].name, "x64");
    }

    #[test]
    fn what_is_no_task_is_refused() {
        for (spec, expected) in [
            ("a", "with colons between"),
            ("a:0:0:0", "with colons between"),
            ("a::0", "'' is no number"),
            ("a:0-:0", "'0-' is no number"),
            ("a:-1:0", "'-1' is no number"),
            ("a:3-1:0", "backward"),
            ("a:x:0", "'x' is no number"),
            ("x63:0:0", "x63 is what an input is called"),
            (
                "a:64:0",
                "there is no input 64; the network has 64 inputs, 0 to 63",
            ),
            (
                "a:0-18446744073709551615:0",
                "there is no input 18446744073709551615",
            ),
            ("a:0:10", "there is no output 10; the network has 10 outputs"),
        ] {
            let message = made(&[spec]).unwrap_err();
            assert!(message.contains(expected), "{message}");
        }
    }

    #[test]
    fn a_task_is_named_after_its_file() {
        for (file, name) in [
            ("net", "net"),
            ("my net (1)", "my-net-1"),
            ("été_2", "t-_2"),
            ("--", "task"),
            ("", "task"),
        ] {
            assert_eq!(name_of(file), name);
        }
    }
}
