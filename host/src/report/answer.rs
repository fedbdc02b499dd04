//! The answer in words: will there be independent networks, from how many weights on, how often, and how good.

use super::findings::{Findings, LevelFindings, SOLVED, Share};
use crate::ticket::TaskPorts;

/// A question and its answer, as a few sentences in one paragraph.
pub fn answer(tasks: &[TaskPorts], findings: &Findings) -> String {
    let [question, rest] = question_and_answer(tasks, findings);
    format!("{question} {rest}")
}

/// The question, and the answer to it.
pub(super) fn question_and_answer(tasks: &[TaskPorts], findings: &Findings) -> [String; 2] {
    let networks = match tasks.len() {
        1 => "one network for its one task".to_owned(),
        count => format!("{} independent networks", number_word(count)),
    };
    let question = format!("Will there be {networks}?");
    let Some(last) = findings.levels.last() else {
        return [
            question,
            "Unknown: no level of any seed could be finished.".to_owned(),
        ];
    };
    let Some(first) = findings.densest_separated() else {
        let none = format!(
            "No: down to {} weights no ticket of any of {} seeds is separated.",
            last.weights_left, findings.ever_separated.of
        );
        return [question, none];
    };
    let verdict = match findings.ever_both.share {
        share if 0.5 < share => "Yes",
        share if 0.0 < share => "Sometimes",
        _ => "Yes, but the tasks are not solved",
    };
    let ever = format!(
        "{verdict}: {} have a ticket that falls apart into {networks} and loses no input or output",
        seeds(&findings.ever_separated)
    );
    let [_, median, _] = findings.first_separated.unwrap_or_default();
    let from = format!(
        "It happens from {} weights on, in the median seed at {median}",
        first.weights_left
    );
    let quality = match findings.best_level() {
        Some(best) => best_level(best),
        None => {
            format!("No separated ticket solves every task (test accuracy {SOLVED} or more)")
        }
    };
    [question, format!("{ever}. {from}. {quality}.")]
}

fn best_level(best: &LevelFindings) -> String {
    let medians: Vec<String> = best
        .accuracy
        .iter()
        .map(|accuracy| format!("{} {:.3}", accuracy.task, accuracy.median))
        .collect();
    format!(
        "At {} weights, the best level, {} are separated, and {} are separated with every task solved (test accuracy \
         {SOLVED} or more); the median accuracy there is {}",
        best.weights_left,
        seeds(&best.separated),
        seeds(&best.both),
        medians.join(", ")
    )
}

/// "59 of 64 seeds (92 %, 95 % interval 83 to 97 %)"
fn seeds(share: &Share) -> String {
    format!(
        "{} of {} seeds ({:.0} %, 95 % interval {:.0} to {:.0} %)",
        share.count,
        share.of,
        100.0 * share.share,
        100.0 * share.low,
        100.0 * share.high
    )
}

fn number_word(count: usize) -> String {
    let words = [
        "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    ];
    count
        .checked_sub(2)
        .and_then(|index| words.get(index))
        .map_or_else(|| count.to_string(), |&word| word.to_owned())
}
