//! Makes the table of a report: a row for each level.

use super::findings::{Findings, LevelFindings, Share};
use crate::ticket::TaskPorts;

/// What the last row is called.
pub const MAJORITY: &str = "majority";

/// What the seeds came to, level by level, as text.
pub struct Table {
    /// What the columns are called.
    pub header: Vec<String>,
    /// A row for each level, as long as the header.
    pub rows: Vec<Vec<String>>,
    /// Below them, as long as the header: how frequent the most frequent class of each task is in the test part, where it
    /// is known.
    pub footer: Option<Vec<String>>,
}

/// A column.
struct Column<'a> {
    name: &'a str,
    /// A level's cell in it.
    cell: Box<dyn Fn(&LevelFindings) -> String>,
    footer: String,
}

/// The table of these findings: shares in percent, some with their 95 % interval, accuracies as the median and the 10 %
/// quantile, those of always answering the most frequent class as the median and the 90 % quantile.
pub fn table(tasks: &[TaskPorts], findings: &Findings) -> Table {
    let columns = columns(tasks, findings);
    let cells = |level| columns.iter().map(|column| (column.cell)(level)).collect();
    let footer = || columns.iter().map(|column| column.footer.clone()).collect();
    Table {
        header: columns.iter().map(|column| column.name.to_owned()).collect(),
        rows: findings.levels.iter().map(cells).collect(),
        footer: (!findings.majority.is_empty()).then(footer),
    }
}

fn columns<'a>(tasks: &'a [TaskPorts], findings: &Findings) -> Vec<Column<'a>> {
    fn column(name: &str, cell: impl Fn(&LevelFindings) -> String + 'static) -> Column<'_> {
        Column {
            name,
            cell: Box::new(cell),
            footer: String::new(),
        }
    }
    let accuracy = |(index, task): (usize, &'a TaskPorts)| Column {
        footer: findings.majority.get(index).map_or_else(String::new, |of| {
            format!("{:.3} ({:.3})", of.test.median, of.test.quantile_90)
        }),
        ..column(&task.name, move |level| {
            let accuracy = &level.accuracy[index];
            format!("{:.3} ({:.3})", accuracy.median, accuracy.quantile_10)
        })
    };
    let mut columns = vec![
        Column {
            footer: MAJORITY.to_owned(),
            ..column("weights left", |level| level.weights_left.to_string())
        },
        column("active", |level| level.active_weights.to_string()),
        column("independent", |level| interval(&level.independent)),
        column("separated", |level| interval(&level.separated)),
    ];
    if findings.is_dialed {
        columns.push(column("reveals", |level| interval(&level.reveals)));
    }
    columns.extend(tasks.iter().enumerate().map(accuracy));
    columns.push(column("solved", |level| {
        format!("{} %", percent(level.solved.share))
    }));
    // Of tasks by themselves a ticket reveals the truth where it is separated.
    columns.push(column("both", |level| {
        format!("{} %", percent(level.reveals_and_solved.share))
    }));
    if findings.is_uneven() {
        columns.push(column("seeds", |level| level.both.of.to_string()));
    }
    columns
}

/// A share in percent, with its 95 % interval.
pub(crate) fn interval(share: &Share) -> String {
    let [share, low, high] = [share.share, share.low, share.high].map(percent);
    format!("{share} % ({low}–{high})")
}

/// A share in percent, without the sign.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.0}", 100.0 * share)
}

#[cfg(test)]
mod tests {
    use tombola::Verdict::Separated;

    use super::table;
    use crate::data::Majority;
    use crate::report::Findings;
    use crate::report::testing::{Level, SOLVES, replicate, tasks};

    #[test]
    fn the_last_row_has_the_accuracy_of_one_answer_below_those_of_its_task() {
        let level = [Level::of(Separated, [0.99, 0.98])];
        let mut seeds = [0, 1].map(|seed| replicate(seed, &[("imp", &level)]));
        seeds[1].arms[0].rows[0].majority = Some(Majority {
            validation: vec![0.25, 0.75],
            test: vec![0.5, 0.75],
        });
        let findings = Findings::new(&tasks(), &seeds, SOLVES);
        let table = table(&tasks(), &findings);
        assert_eq!(table.header[4..6], ["moons", "circles"]);
        let footer = table.footer.unwrap();
        assert_eq!(
            footer,
            [
                "majority",
                "",
                "",
                "",
                "0.500 (0.500)",
                "0.625 (0.750)",
                "",
                "",
                ""
            ]
        );
        assert_eq!(footer.len(), table.header.len());
        let validation: Vec<_> = findings.majority.iter().map(|of| of.validation.median).collect();
        assert_eq!(validation, [0.375, 0.625]);
        assert_eq!(findings.levels[0].accuracy[1].majority, Some(0.625));
        // No level, no samples.
        let seeds = [replicate(0, &[("imp", &[])])];
        assert_eq!(
            super::table(&tasks(), &Findings::new(&tasks(), &seeds, SOLVES)).footer,
            None
        );
    }
}
