//! Compares a board's answers with the host's, bit for bit.

use std::fmt;
use std::time::{Duration, Instant};

use anyhow::bail;
use tombola_firmware::stream::message::Unit;

use super::{Session, Wire};
use crate::predict::{Predictions, Score, Table};
use crate::text::counted;
use crate::ticket::Ticket;

/// How often a long comparison says how far it is.
const OFTEN: Duration = Duration::from_secs(5);

/// The result.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Samples that were sent.
    pub samples: usize,
    /// Logits that were answered.
    pub logits: usize,
    /// Of them, those with the host's bits.
    pub equal: usize,
    /// The first difference, in words.
    pub first: Option<String>,
    /// Of each task with labels, its name and how many samples the board got right, of those with a label.
    pub right: Vec<(String, Score)>,
    /// What an inference took, at least and at most.
    pub counts: Option<(u32, u32)>,
    /// What was counted.
    pub unit: Unit,
}

/// Sends every row of `table` to the board, and compares.
///
/// # Errors
/// If the board runs other code than `code`, refuses a sample, or falls silent.
pub fn compare<W: Wire>(
    session: &mut Session<'_, W>,
    ticket: &Ticket,
    table: &Table,
    predictions: &Predictions,
    code: Option<u64>,
) -> anyhow::Result<Comparison> {
    let description = session.describe()?;
    if code.is_some_and(|code| code != description.code)
        || description.input_count as usize != ticket.widths[0]
        || description.output_count as usize != ticket.widths[ticket.widths.len() - 1]
        || description.task_count as usize != ticket.tasks.len()
    {
        bail!("the board runs another ticket; flash this one");
    }
    let mut comparison = Comparison {
        samples: 0,
        logits: 0,
        equal: 0,
        first: None,
        right: Vec::new(),
        counts: None,
        unit: description.unit,
    };
    let mut right = vec![0; ticket.tasks.len()];
    let rows = (0..table.row_count()).map(|row| predictions.input_bits(table, row));
    let mut said = Instant::now();
    session.classify(&description, rows, |row, answer, log| {
        comparison.samples += 1;
        if OFTEN < said.elapsed() {
            let all = counted(table.row_count(), "sample");
            log(&format!("{} of {all}", row + 1));
            said = Instant::now();
        }
        let logits = answer.logits.iter().zip(predictions.logit_bits(row));
        for (output, (&board, host)) in logits.enumerate() {
            comparison.logits += 1;
            if board == host {
                comparison.equal += 1;
            } else if comparison.first.is_none() {
                let number = |bits: u32| match predictions.integers(row) {
                    Some(_) => bits.cast_signed().to_string(),
                    None => format!("{:?}", f32::from_bits(bits)),
                };
                comparison.first = Some(format!(
                    "sample {row}, logit {output}: the board says {} ({board:#010x}), the host {} ({host:#010x})",
                    number(board),
                    number(host)
                ));
            }
        }
        for (task, (board, host)) in answer.classes.iter().zip(predictions.classes(row)).enumerate() {
            if usize::from(*board) != *host && comparison.first.is_none() {
                let name = &ticket.tasks[task].name;
                comparison.first =
                    Some(format!("sample {row}, task {name}: the board says class {board}, the host {host}"));
            }
        }
        for ((right, board), label) in right.iter_mut().zip(&answer.classes).zip(table.labels(row)) {
            *right += usize::from(label == Some(usize::from(*board)));
        }
        let (least, most) = comparison.counts.unwrap_or((answer.count, answer.count));
        comparison.counts = Some((least.min(answer.count), most.max(answer.count)));
        Ok(())
    })?;
    let labeled = ticket.tasks.iter().zip(right).zip(table.labeled());
    comparison.right = labeled
        .filter_map(|((task, right), count)| {
            let count = count.filter(|&count| 0 < count)?;
            Some((task.name.clone(), Score { right, count }))
        })
        .collect();
    Ok(comparison)
}

impl Comparison {
    /// Whether every answer is the host's.
    pub fn is_equal(&self) -> bool {
        self.first.is_none()
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            samples,
            logits,
            equal,
            ..
        } = self;
        writeln!(
            f,
            "logits     {equal} of {logits} have the host's bits, in {samples} samples"
        )?;
        for (task, score) in &self.right {
            writeln!(f, "accuracy   {:.4} {task}", score.accuracy())?;
        }
        if let Some((least, most)) = self.counts {
            let unit = match self.unit {
                Unit::Instructions => "instructions",
                Unit::Cycles => "cycles",
            };
            if most == 0 {
                writeln!(f, "inference  not counted: the core's counter stands still")?;
            } else if least == most {
                writeln!(f, "inference  {least} {unit}")?;
            } else {
                writeln!(f, "inference  {least} to {most} {unit}")?;
            }
        }
        if let Some(first) = &self.first {
            writeln!(f, "first difference: {first}")?;
        }
        Ok(())
    }
}
