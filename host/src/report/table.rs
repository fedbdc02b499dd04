//! A row per level, for a terminal.

use comfy_table::{CellAlignment, LineStyle, Table, TableStyle};

use super::findings::{Findings, LevelFindings, Share};
use crate::ticket::TaskPorts;

/// A line below the header and nothing else: eighteen rows are read down the columns.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::new('─', '─', '─', '─'));

/// What the seeds came to, level by level.
pub fn table(tasks: &[TaskPorts], findings: &Findings) -> String {
    let mut table = Table::new();
    table.load_style(STYLE);
    table.set_header(header(tasks, findings));
    for level in &findings.levels {
        table.add_row(cells(level, findings));
    }
    for column in table.column_iter_mut() {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.trim_fmt()
}

/// What the columns are called. The number of seeds has one where not all reached every level.
pub(super) fn header(tasks: &[TaskPorts], findings: &Findings) -> Vec<String> {
    let before = ["weights left", "active", "independent", "separated"].map(str::to_owned);
    let accuracies = tasks.iter().map(|task| task.name.clone());
    before
        .into_iter()
        .chain(accuracies)
        .chain(["solved", "both"].map(str::to_owned))
        .chain(findings.is_uneven().then(|| "seeds".to_owned()))
        .collect()
}

/// A level's cells: shares in percent with their 95 % interval, accuracies as the median and the 10 % quantile.
pub(super) fn cells(level: &LevelFindings, findings: &Findings) -> Vec<String> {
    let percent = |share: f64| format!("{:.0}", 100.0 * share);
    let interval = |share: &Share| {
        format!(
            "{} % ({}–{})",
            percent(share.share),
            percent(share.low),
            percent(share.high)
        )
    };
    let accuracies = level
        .accuracy
        .iter()
        .map(|task| format!("{:.3} ({:.3})", task.median, task.quantile_10));
    let before = [
        level.weights_left.to_string(),
        level.active_weights.to_string(),
        interval(&level.independent),
        interval(&level.separated),
    ];
    let after = [&level.solved, &level.both].map(|share| format!("{} %", percent(share.share)));
    let seeds = findings.is_uneven().then(|| level.both.of.to_string());
    before
        .into_iter()
        .chain(accuracies)
        .chain(after)
        .chain(seeds)
        .collect()
}
