//! Makes the table of a report: a row for each level.

use super::findings::{Findings, LevelFindings, Share};
use crate::ticket::TaskPorts;

/// What the seeds came to, level by level, as text.
pub struct Table {
    /// What the columns are called.
    pub header: Vec<String>,
    /// A row for each level, as long as the header.
    pub rows: Vec<Vec<String>>,
}

/// A column: its name, and a level's cell in it.
type Column<'a> = (&'a str, Box<dyn Fn(&LevelFindings) -> String>);

/// The table of these findings: shares in percent, some with their 95 % interval, accuracies as the median and the 10 %
/// quantile.
pub fn table(tasks: &[TaskPorts], findings: &Findings) -> Table {
    let columns = columns(tasks, findings);
    let cells = |level| columns.iter().map(|(_, cell)| cell(level)).collect();
    Table {
        header: columns.iter().map(|(name, _)| (*name).to_owned()).collect(),
        rows: findings.levels.iter().map(cells).collect(),
    }
}

fn columns<'a>(tasks: &'a [TaskPorts], findings: &Findings) -> Vec<Column<'a>> {
    fn column(name: &str, cell: impl Fn(&LevelFindings) -> String + 'static) -> Column<'_> {
        (name, Box::new(cell))
    }
    let accuracy = |(index, task): (usize, &'a TaskPorts)| {
        column(&task.name, move |level| {
            let accuracy = &level.accuracy[index];
            format!("{:.3} ({:.3})", accuracy.median, accuracy.quantile_10)
        })
    };
    let mut columns = vec![
        column("weights left", |level| level.weights_left.to_string()),
        column("active", |level| level.active_weights.to_string()),
        column("independent", |level| interval(&level.independent)),
        column("separated", |level| interval(&level.separated)),
    ];
    columns.extend(tasks.iter().enumerate().map(accuracy));
    columns.push(column("solved", |level| {
        format!("{} %", percent(level.solved.share))
    }));
    columns.push(column("both", |level| format!("{} %", percent(level.both.share))));
    if findings.is_uneven() {
        columns.push(column("seeds", |level| level.both.of.to_string()));
    }
    columns
}

/// A share in percent, with its 95 % interval.
pub(super) fn interval(share: &Share) -> String {
    let [share, low, high] = [share.share, share.low, share.high].map(percent);
    format!("{share} % ({low}–{high})")
}

/// A share in percent, without the sign.
pub(super) fn percent(share: f64) -> String {
    format!("{:.0}", 100.0 * share)
}
