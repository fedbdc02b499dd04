//! Writes `report.html` of a sweep: where the effect holds, figures, a line for each cell, and its details.

use itertools::Itertools;
use maud::{Markup, PreEscaped, html};

use super::shell::plain;
use crate::report::{STOPS_ON_TEST, interval};
use crate::sweep::{CellFindings, MOST_DETAILS, Plan, Table, about, answer, figures, link, table};
use crate::text::{counted, listed};

/// Of more cells than this, the first so many are all that a page shows, which no browser opens otherwise.
const MOST_LINES: usize = 10_000;

/// The page.
pub fn sweep(plan: &Plan<'_>, cells: &[CellFindings]) -> String {
    let drawn = if cells.len() <= MOST_LINES {
        figures(plan, cells)
    } else {
        vec![]
    };
    let diverged: Vec<&CellFindings> = cells.iter().filter(|cell| !cell.not_finite.is_empty()).collect();
    let body = html! {
        main {
            p.soft { (plan.name) " · sweep " (plan.digest) " · Tombola " (env!("CARGO_PKG_VERSION")) }
            h1 {
                (plan.name) ": " (counted(cells.len(), "cell"))
                @if plan.keys.len() <= 3 { " over " (listed(plan.keys, "and")) }
            }
            p.answer { (answer(plan, cells)) }
            @if cells.iter().any(|cell| cell.stops_on_test) {
                p { "Of cells with training.stop_on = \"test\": " (STOPS_ON_TEST) "." }
            }
            @if !diverged.is_empty() {
                h2 { "Cells that did not stay finite" }
                ul { @for cell in &diverged {
                    li { a href=(link(cell)) { (about(plan, cell)) } ": " (cell.not_finite.len()) " of " (counted(cell.seeds as usize, "seed"))
                        "; the first, seed " (cell.not_finite[0].seed) ": " (cell.not_finite[0].reason) "." }
                } }
            }
            @if !drawn.is_empty() {
                section aria-labelledby="figures-heading" {
                    h2 #figures-heading { "Where it holds" }
                    p.soft {
                        "Each point is a cell, and leads to its details."
                        @if !diverged.is_empty() { " ✕: no seed of the cell stayed finite." }
                    }
                    div.tiles.wide { @for svg in &drawn { figure { (PreEscaped(svg)) } } }
                }
            }
            (lines(plan, cells))
            @if cells.len() <= MOST_DETAILS { (details(plan, cells)) }
            (methods(plan, cells))
        }
    };
    plain(&format!("{} · Tombola", plan.name), &body)
}

fn lines(plan: &Plan<'_>, cells: &[CellFindings]) -> Markup {
    let Table {
        names,
        header,
        rows,
        legend,
    } = table(plan, &cells[..cells.len().min(MOST_LINES)]);
    let names = names.max(1);
    let has_details = cells.len() <= MOST_DETAILS;
    html! {
        section aria-labelledby="cells-heading" {
            h2 #cells-heading { "Cell by cell" }
            p.soft { (legend) }
            @if MOST_LINES < cells.len() {
                p { "The first " (MOST_LINES) " of " (counted(cells.len(), "cell")) "; summary.json has what all of them come to." }
            }
            div.scroll tabindex="0" role="region" aria-label="Table of cells" {
                table.named {
                    thead { tr { @for name in &header { th scope="col" { (name) } } } }
                    tbody {
                        @for (cell, row) in cells.iter().zip(&rows) {
                            tr id=[(!has_details).then(|| link(cell)[1..].to_owned())] {
                                th scope="row" {
                                    @if has_details { a href=(link(cell)) aria-label=(about(plan, cell)) { (row[0]) } } @else { (row[0]) }
                                }
                                @for text in &row[1..names] { td.text { (text) } }
                                @for text in &row[names..] { td { (text) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn details(plan: &Plan<'_>, cells: &[CellFindings]) -> Markup {
    html! {
        section aria-labelledby="details-heading" {
            h2 #details-heading { "Details" }
            @for cell in cells { (of_cell(plan, cell)) }
        }
    }
}

fn of_cell(plan: &Plan<'_>, cell: &CellFindings) -> Markup {
    let first = |first: Option<crate::report::First>| {
        first.map_or_else(
            || "never".to_owned(),
            |first| {
                format!(
                    "at {} weights the earliest, {} half of them, {} the latest",
                    first.earliest, first.median, first.latest
                )
            },
        )
    };
    html! {
        details {
            summary { (about(plan, cell)) }
            div id=(&link(cell)[1..]) {
                dl {
                    @for (key, text) in plan.keys.iter().zip(&cell.values.texts) {
                        dt { (key) } dd { @if text.is_empty() { "not set" } @else { (text) } }
                    }
                    dt { "Directory" } dd { code { "cells/" (cell.digest) } }
                    dt { "Seeds" } dd { (cell.seeds) " from " (cell.first_seed) }
                    dt { "Network" } dd { (cell.widths.iter().format("-")) ", " (counted(cell.weight_count(), "weight")) "; tasks " (cell.tasks.join(", ")) }
                    dt { "Separated" } dd { (interval(&cell.ever_separated)) ", first " (first(cell.first_separated)) }
                    dt { "– and solved" } dd { (interval(&cell.ever_separated_and_solved)) }
                    @if cell.is_dialed {
                        dt { "Reveals the truth" } dd { (interval(&cell.ever_reveals)) ", first " (first(cell.first_revealing)) }
                        dt { "– and solved" } dd { (interval(&cell.ever_reveals_and_solved)) }
                    }
                    @if let Some(level) = &cell.level {
                        dt { "Singled out" } dd {
                            (counted(level.weights_left, "weight")) " (level " (level.level) "); median accuracy "
                            (level.accuracy.iter().map(|task| format!("{} {:.3}", task.task, task.median)).format(", "))
                        }
                    }
                    @if let Some(ticket) = cell.sparsest.as_ref().and_then(|best| best["ticket"].as_str()) {
                        dt { "Sparsest ticket" } dd { code { (ticket) } }
                    }
                    @if let Some(lost) = cell.not_finite.first() {
                        dt { "Not finite" } dd { (cell.not_finite.len()) " of " (cell.seeds) "; seed " (lost.seed) ": " (lost.reason) }
                    }
                    dt { "Its own report" } dd { code { "tombola report cells/" (cell.digest) } }
                }
                @if !cell.levels.is_empty() { (levels(cell)) }
            }
        }
    }
}

fn levels(cell: &CellFindings) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(format!("Levels of cell {}", cell.cell)) {
            table {
                thead { tr {
                    @for name in ["weights left", "active", "separated"] { th scope="col" { (name) } }
                    @if cell.is_dialed { th scope="col" { "reveals" } }
                    @for name in ["and solved", "accuracy"] { th scope="col" { (name) } }
                } }
                tbody {
                    @for level in &cell.levels {
                        tr {
                            td { (level.weights_left) } td { (level.active_weights) } td { (interval(&level.separated)) }
                            @if cell.is_dialed { td { (interval(&level.reveals)) } }
                            td { (interval(&level.reveals_and_solved)) } td { (format!("{:.3}", level.accuracy)) }
                        }
                    }
                }
            }
        }
    }
}

fn methods(plan: &Plan<'_>, cells: &[CellFindings]) -> Markup {
    let seeds = cells.iter().map(|cell| cell.seeds as usize).sum();
    html! {
        section aria-labelledby="methods-heading" {
            h2 #methods-heading { "Methods" }
            p {
                "A cell is an experiment of its own: its rows, records and tickets are those of the experiment run alone, to the bit, and "
                code { "tombola report cells/DIGEST" } " writes its page, with its curves, tickets and methods. "
                (counted(cells.len(), "cell")) ", " (counted(seeds, "seed")) " in all. Levels and tickets are singled out by the validation \
                 part, and what is reported is measured on the test part. Intervals are Wilson's, at 95 %, for each cell by itself."
            }
            h3 { "sweep.toml" }
            pre tabindex="0" role="region" aria-label="sweep.toml" { (plan.written_without_files()) }
            p.soft { code { "tombola run sweep.toml" } " runs it again. Tombola " (env!("CARGO_PKG_VERSION")) "; levels.csv has the rows of all cells." }
        }
    }
}
