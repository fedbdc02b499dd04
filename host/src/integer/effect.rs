//! What integers change in a ticket's answers.

use super::{Answers, Network};
use crate::bad_input;
use crate::predict::{Predictions, Score, Table};
use crate::text::{counted, quoted};
use crate::ticket::input_names;

/// What integers change on some data, task by task.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    /// Rows of the data.
    pub rows: usize,
    /// Of each task of the ticket.
    pub tasks: Vec<OfTask>,
    /// Rows with an input out of the calibrated range, and the first of them in words.
    pub clamped: Option<(usize, String)>,
}

/// What they change for a task.
#[derive(Debug, Clone, PartialEq)]
pub struct OfTask {
    /// What it is called.
    pub name: String,
    /// Rows that get another class.
    pub changed: usize,
    /// Right answers before, and after, where the data has labels.
    pub scores: Option<[Score; 2]>,
    /// By how much a logit changes at most where no input is clamped,
    pub change: f64,
    /// and where one is,
    pub clamped: f64,
    /// and the largest logit before.
    pub largest: f64,
    /// The sums of the squares of both, of all logits and all rows that are not clamped.
    squares: [f64; 2],
}

impl Effect {
    /// What `network` changes on `table`, of which the ticket answers `floats` and the network `integers`.
    pub fn of(
        network: &Network,
        table: &Table,
        [floats, integers]: [&Predictions; 2],
        answers: &Answers,
    ) -> Self {
        let tasks = network.program.tasks.iter().enumerate();
        let of_task = |(index, task): (usize, &crate::ticket::TaskPorts)| {
            let mut of_task = OfTask {
                name: task.name.clone(),
                changed: 0,
                scores: None,
                change: 0.0,
                clamped: 0.0,
                largest: 0.0,
                squares: [0.0; 2],
            };
            for row in 0..floats.row_count() {
                of_task.changed += usize::from(floats.classes(row)[index] != integers.classes(row)[index]);
                for &output in &task.outputs {
                    let before = f64::from(floats.logits(row)[output]);
                    let logit = answers.logits[row * network.scales.len() + output];
                    let change = (network.value(output, logit) - before).abs();
                    let most = match answers.clamped[row] {
                        None => &mut of_task.change,
                        Some(_) => &mut of_task.clamped,
                    };
                    *most = most.max(change);
                    of_task.largest = of_task.largest.max(before.abs());
                    if answers.clamped[row].is_none() {
                        for (square, value) in of_task.squares.iter_mut().zip([change, before]) {
                            *square += value * value;
                        }
                    }
                }
            }
            let scores = [floats, integers].map(|answers| answers.score(table, index));
            if let [Some(before), Some(after)] = scores {
                of_task.scores = Some([before, after]);
            }
            of_task
        };
        let names = input_names(&network.program.tasks, network.inputs.len());
        let mut rows = answers.clamped.iter().enumerate();
        let first = rows.find_map(|(row, input)| Some((row, (*input)?)));
        let clamped = first.map(|(row, input)| {
            let count = answers.clamped.iter().flatten().count();
            let name = names[input]
                .as_ref()
                .map_or_else(|| format!("x{input}"), |name| quoted(name));
            (count, format!("{}, input {name}", table.place_of(row)))
        });
        Self {
            rows: floats.row_count(),
            tasks: tasks.map(of_task).collect(),
            clamped,
        }
    }

    /// Refuses a network whose logits are more change than answer.
    ///
    /// # Errors
    ///
    /// [`BadInput`](crate::error::BadInput) that names the task.
    pub fn check(&self, network: &Network) -> anyhow::Result<()> {
        let is_lost = |task: &&OfTask| {
            let [change, before] = task.squares;
            // Half of a logit, in the root mean square.
            before < 4.0 * change
        };
        let Some(task) = self.tasks.iter().find(is_lost) else {
            return Ok(());
        };
        let remedy = match network.width {
            super::Width::Eight => "take --integer 16, or leave --integer out",
            super::Width::Sixteen => {
                "leave --integer out, or train the network on inputs and to weights of like size"
            }
        };
        Err(bad_input!(
            "task {}: weights of {} bits cannot hold it: its logits are {} at most and change by up to {}; {remedy}",
            quoted(&task.name),
            network.width.bits(),
            short(task.largest),
            short(task.change)
        ))
    }

    /// A line for each task, and one for what was clamped.
    pub fn lines(&self) -> Vec<String> {
        let of_task = |task: &OfTask| {
            let accuracy = task.scores.map_or(String::new(), |[before, after]| {
                let both = [before, after].map(Score::accuracy);
                format!("accuracy {:.4} before and {:.4} after, ", both[0], both[1])
            });
            let clamped = match self.clamped {
                Some(_) => format!(", and by {} where an input is clamped", short(task.clamped)),
                None => String::new(),
            };
            format!(
                "{}: {accuracy}{} of {} changed; a logit of up to {} changes by {} at most{clamped}",
                task.name,
                task.changed,
                counted(self.rows, "class"),
                short(task.largest),
                short(task.change)
            )
        };
        let mut lines: Vec<String> = self.tasks.iter().map(of_task).collect();
        if let Some((count, first)) = &self.clamped {
            let have = if *count == 1 {
                "has an input"
            } else {
                "have inputs"
            };
            lines.push(format!(
                "{} {have} out of the range of the calibration data, clamped to it: the first is {first}",
                counted(*count, "row")
            ));
        }
        lines
    }
}

/// A size in three digits, or near it.
fn short(size: f64) -> String {
    if size == 0.0 || (1e-3..1e5).contains(&size) {
        format!("{size:.3}")
    } else {
        format!("{size:.2e}")
    }
}
