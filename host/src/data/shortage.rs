//! Checks that the files of tasks have rows enough for all samples, and says which sizes they have enough for.

use super::table::Table;
use crate::bad_input;
use crate::experiment::{Idx, Kind, Npy, Task};
use crate::text::counted;

/// Checks that all files have as many rows as the parts have samples, and says which sizes would fit all of them.
pub(super) fn check_row_counts(tables: &[(&Task, &Table)], sizes: [usize; 3]) -> anyhow::Result<()> {
    let mut short = tables
        .iter()
        .filter_map(|(task, table)| Some((task, shortage(&task.kind, table, sizes)?)));
    let Some((task, what)) = short.next() else {
        return Ok(());
    };
    // Rows for all parts, and where the test part has rows of its own, for the others and for it.
    let rows = |is_held_out: bool, count: fn(&Table) -> usize| {
        let tables = tables
            .iter()
            .filter(|(_, table)| (table.held_out != 0) == is_held_out);
        tables.map(|(_, table)| count(table)).min()
    };
    let all = rows(false, Table::row_count);
    let others = rows(true, |table| table.row_count() - table.held_out);
    let held_out = rows(true, |table| table.held_out);
    // There is a file that is short, and it has rows of one kind or the other.
    let least = |counts: [Option<usize>; 2]| counts.into_iter().flatten().min().unwrap_or_default();
    let fifth = least([all, others]) / 5;
    let test = least([all.map(|_| fifth), held_out]);
    let train = least([all.map(|all| all - test), others]) - fifth;
    let fitting = if 0 < fifth {
        format!(
            ": lower these settings, as by --set data.train={train} --set data.validation={fifth} --set data.test={test}, \
             or add rows"
        )
    } else {
        "; lower these settings or add rows".to_owned()
    };
    Err(bad_input!("data.task.{}: {what}{fitting}", task.name))
}

/// What is wrong with a file that has fewer rows than the parts have samples.
fn shortage(kind: &Kind, table: &Table, sizes: [usize; 3]) -> Option<String> {
    let files = kind.files();
    let [train, validation, test] = sizes;
    let held_out = table.held_out;
    let sum = |sizes: &[usize]| sizes.iter().map(|&size| size as u128).sum::<u128>();
    let (file, rows, wanted, what) = if held_out == 0 {
        let what = format!(
            "data.train, data.validation and data.test want {train} + {validation} + {test} = {} of them, without overlap",
            sum(&sizes)
        );
        (files[0], table.row_count(), sum(&sizes), what)
    } else if held_out < test {
        let what = format!("data.test wants {test} of them");
        (files[2], held_out, test as u128, what)
    } else {
        let wanted = sum(&sizes[..2]);
        let what = format!(
            "data.train and data.validation want {train} + {validation} = {wanted} of them, without overlap"
        );
        (files[0], table.row_count() - held_out, wanted, what)
    };
    if wanted <= rows as u128 {
        return None;
    }
    let of_classes = match kind {
        Kind::Npy(Npy { classes, samples, .. }) | Kind::Idx(Idx { classes, samples, .. })
            if classes.is_some() || samples.is_some() =>
        {
            " of the classes and samples asked for"
        }
        _ => "",
    };
    Some(format!(
        "{}: there {} {}{of_classes}, but {what}",
        file.display(),
        if rows == 1 { "is" } else { "are" },
        counted(rows, "row")
    ))
}
