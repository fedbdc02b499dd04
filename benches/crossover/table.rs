//! Writes the crossover as a table in Markdown.

use std::fmt::Write as _;

use super::numbers::{percent, ratio, time};
use super::{BATCHES, DENSITIES, Measured, Others, WIDTHS};
use crate::operation::Operation;

/// The whole page; `place` says where it was measured.
pub(super) fn draw(measured: &[Measured], others: &Others, place: &str) -> String {
    let mut page = format!(
        "# Dense or sparse, case by case\n\n\
         How many times as fast as the dense kernels: the compressed ones, then what Tombola's rule chose. Below 1 the dense \
         kernels win; **bold**: the compressed ones win, *italic*: over Tombola's dense kernels, but not over the best others; \
         *†*: the rule is more than 15 % slower than the better of the two. Networks 4-w-w-2, one core of {place}. What a mask \
         looks like and what is in an operation: [benches/README.md](../benches/README.md). \
         `cargo bench -p tombola-benches` writes this page.\n\n\
         Others: the time of the fastest of {}, by that of our dense kernels beside it; below 1 they are faster. \
         `benches/peers/run --dense` measures them.\n\n\
         | operation | batch | width | dense | others |",
        others.names()
    );
    for density in DENSITIES {
        let _ = write!(page, " {} |", percent(density));
    }
    page.push_str("\n|---|--:|--:|--:|--:|");
    page.push_str(&"--:|".repeat(DENSITIES.len()));
    for operation in Operation::ALL {
        for batch in BATCHES {
            for width in WIDTHS {
                let of_row = |case: &&Measured| {
                    let setting = case.setting;
                    (setting.operation, setting.batch, setting.width) == (operation, batch, width)
                };
                let row: Vec<&Measured> = measured.iter().filter(of_row).collect();
                // The dense kernels do the same whatever was pruned.
                let dense = row.iter().map(|case| case.dense).fold(f64::INFINITY, f64::min);
                let other = row.first().and_then(|case| others.of(case.setting));
                let _ = write!(
                    page,
                    "\n| {} | {batch} | {width} | {} | {} |",
                    operation.name(),
                    time(dense),
                    other.map_or_else(|| "–".to_owned(), |other| ratio(other.ratio))
                );
                for case in row {
                    let _ = write!(page, " {} |", entry(case, others));
                }
            }
        }
    }
    page.push('\n');
    page
}

fn entry(case: &Measured, others: &Others) -> String {
    let (sparse, rule) = (ratio(case.speedup()), ratio(case.dense / case.rule));
    let mark = if case.is_rule_slow() { " *†*" } else { "" };
    let sparse = if case.speedup() < 1.0 {
        sparse
    } else if others.speedup(case) < 1.0 {
        format!("*{sparse}*")
    } else {
        format!("**{sparse}**")
    };
    format!("{sparse} · {rule}{mark}")
}
