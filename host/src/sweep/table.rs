//! Says what the cells of a sweep came to: a line for each, and an answer in words.

use itertools::chain;

use super::figures::label;
use super::{CellFindings, Plan};
use crate::report::interval;
use crate::text::{counted, quoted};

/// A table of cells.
pub struct Table {
    /// The columns at the start that are no numbers.
    pub names: usize,
    /// The names of the columns.
    pub header: Vec<String>,
    /// A row for each cell.
    pub rows: Vec<Vec<String>>,
    /// How to read it.
    pub legend: String,
}

/// Whether cells have names of their own.
pub(crate) fn are_named(cells: &[CellFindings]) -> bool {
    cells.iter().any(|cell| cell.cell != cell.digest)
}

/// Whether some cell has tasks that depend on each other: then what a ticket reveals is told.
pub(crate) fn are_dialed(cells: &[CellFindings]) -> bool {
    cells.iter().any(|cell| cell.is_dialed)
}

/// Of more keys than this, a table of cells that have names has the names alone.
const MOST_KEYS: usize = 3;

/// The keys that a table has columns for.
fn shown_keys<'a>(plan: &Plan<'a>, is_named: bool) -> &'a [String] {
    if is_named && MOST_KEYS < plan.keys.len() {
        &[]
    } else {
        plan.keys
    }
}

/// A line for each cell.
pub fn table(plan: &Plan<'_>, cells: &[CellFindings]) -> Table {
    let (is_named, is_dialed) = (are_named(cells), are_dialed(cells));
    let diverges = cells.iter().any(|cell| !cell.not_finite.is_empty());
    let reveals: &[&str] = if is_dialed {
        &["reveals", "and solved"]
    } else {
        &[]
    };
    let (names, keys) = (is_named.then_some("cell"), shown_keys(plan, is_named));
    let header = chain!(
        names.into_iter().map(str::to_owned),
        keys.iter().map(|key| shortened(plan.keys, key)),
        ["seeds", "weights", "separated", "and solved"].map(str::to_owned),
        reveals.iter().map(|name| (*name).to_owned()),
        ["half by", "accuracy"].map(str::to_owned),
        diverges.then(|| "not finite".to_owned()),
    );
    let row = |cell: &CellFindings| {
        let first = if is_dialed {
            cell.first_revealing
        } else {
            cell.first_separated
        };
        let shares = if is_dialed {
            vec![cell.ever_reveals, cell.ever_reveals_and_solved]
        } else {
            vec![]
        };
        chain!(
            is_named.then(|| cell.cell.clone()),
            keys.iter()
                .zip(&cell.values.texts)
                .map(|(key, text)| match &**text {
                    "" => "–".to_owned(),
                    text if key == "data.task" => label(key, text),
                    text => text.to_owned(),
                }),
            [cell.seeds.to_string(), cell.weight_count().to_string()],
            [
                interval(&cell.ever_separated),
                interval(&cell.ever_separated_and_solved)
            ],
            shares.iter().map(interval),
            [first.map_or("–".to_owned(), |first| first.median.to_string())],
            [cell
                .accuracy()
                .map_or("–".to_owned(), |accuracy| format!("{accuracy:.3}"))],
            diverges.then(|| format!("{} of {}", cell.not_finite.len(), cell.seeds)),
        )
        .collect()
    };
    let (half, what) = if is_dialed {
        ("reveals it", "separated, or that reveals the truth")
    } else {
        ("is separated", "separated")
    };
    let legend = format!(
        "A line is a cell; weights: of its dense network, without biases. Shares of seeds, with 95 % Wilson intervals, that ever have a ticket that is {what}, and whose \
         ticket that validation singles out is so and solves every task in the test; half by: the weights left at which half of \
         the seeds that have one first have a ticket that {half}; accuracy: of the worst task, in the test, the median at the \
         level that validation singles out."
    );
    Table {
        names: usize::from(is_named) + keys.len(),
        header: header.collect(),
        rows: cells.iter().map(row).collect(),
        legend,
    }
}

/// A key without its section, where no other swept key ends the same.
pub(crate) fn shortened(keys: &[String], key: &str) -> String {
    let last = |key: &str| key.rsplit('.').next().unwrap_or_default().to_owned();
    let alike = keys.iter().filter(|other| last(other) == last(key)).count();
    match key.strip_prefix("data.task.") {
        _ if alike == 1 => last(key),
        Some(of_task) => of_task.replace('.', " "),
        None => key.to_owned(),
    }
}

/// What messages and sentences call a cell: its name, or its values.
pub(crate) fn about(plan: &Plan<'_>, cell: &CellFindings) -> String {
    if cell.cell != cell.digest {
        return quoted(&cell.cell);
    }
    let values = plan.keys.iter().zip(&cell.values.texts);
    let values: Vec<String> = values
        .map(|(key, text)| {
            let text = if key == "data.task" {
                &label(key, text)
            } else {
                text
            };
            format!("{} {text}", shortened(plan.keys, key))
        })
        .collect();
    values.join(", ")
}

/// Where the effect holds, in sentences.
pub fn answer(plan: &Plan<'_>, cells: &[CellFindings]) -> String {
    let is_dialed = are_dialed(cells);
    let share = |cell: &CellFindings| {
        if is_dialed {
            cell.ever_reveals_and_solved
        } else {
            cell.ever_separated_and_solved
        }
    };
    let what = if is_dialed {
        "a ticket that reveals the truth and solves every task"
    } else {
        "a ticket that is separated and solves every task"
    };
    let most = cells.iter().filter(|cell| 0.5 < share(cell).share).count();
    let none = cells.iter().filter(|cell| share(cell).count == 0).count();
    let is_better = |one: &&CellFindings, other: &&CellFindings| {
        // The first of equals.
        share(one)
            .share
            .total_cmp(&share(other).share)
            .then(std::cmp::Ordering::Greater)
    };
    let mut sentences = vec![format!(
        "In {most} of {} most seeds have {what}, in {none} none has",
        counted(cells.len(), "cell"),
    )];
    if let Some(best) = cells
        .iter()
        .max_by(is_better)
        .filter(|best| 0 < share(best).count)
    {
        sentences.push(format!(
            "Most often it is so in cell {}: {} of {}",
            about(plan, best),
            interval(&share(best)),
            counted(best.seeds as usize, "seed")
        ));
    }
    sentences.join(". ") + "."
}
