//! Draws one map: a cell for each density and width, the line beyond which the rule compresses, and the one beyond which
//! sparse beats the best dense layers there are.

use std::fmt::Write as _;

use maud::{Markup, html};

use super::style;
use crate::crossover::{DENSITIES, WIDTHS};

/// Size of a cell.
const CELL: (usize, usize) = (28, 24);

/// Draws the speedups, the line beyond which `is_compressed` and the one beyond which it `wins` against all others, with
/// the names of the widths where they are not those of the map to the left.
pub(super) fn draw(
    speedup: impl Fn(usize, f64) -> f64,
    is_compressed: impl Fn(usize, f64) -> bool,
    wins: impl Fn(usize, f64) -> bool,
    names_widths: bool,
) -> Markup {
    html! {
        @for (row, &width) in WIDTHS.iter().enumerate() {
            @if names_widths {
                text.axis.end x="-7" y=(row * CELL.1 + 16) { @if row == 0 { "w = " } (width) }
            }
            @for (column, &density) in DENSITIES.iter().enumerate() {
                (cell(column, row, speedup(width, density)))
            }
        }
        path.line d=(border(is_compressed)) {}
        path.line.under d=(border(&wins)) {}
        path.line.dashed d=(border(&wins)) {}
        @for (column, density) in DENSITIES.iter().enumerate() {
            text.axis.middle x=(column * CELL.0 + CELL.0 / 2) y=(WIDTHS.len() * CELL.1 + 15) {
                (format!("{:.0}", 100.0 * density))
            }
        }
        @if names_widths {
            text.axis.middle x=(DENSITIES.len() * CELL.0 / 2) y=(WIDTHS.len() * CELL.1 + 31) { "% of weights left" }
        }
    }
}

fn cell(column: usize, row: usize, speedup: f64) -> Markup {
    let (x, y) = (column * CELL.0, row * CELL.1);
    let class = style::class(style::step_of(speedup));
    html! {
        rect class=(class) x=(x) y=(y) width=(CELL.0) height=(CELL.1) {}
        text class={ "number " (class) } x=(x + CELL.0 / 2) y=(y + 16) { (number(speedup)) }
    }
}

/// Short enough for a cell.
fn number(speedup: f64) -> String {
    match speedup {
        ..9.95 => format!("{speedup:.1}"),
        _ => format!("{speedup:.0}"),
    }
}

/// The edges between cells of which something is true and the others.
fn border(is_true: impl Fn(usize, f64) -> bool) -> String {
    let mut path = String::new();
    for (row, &width) in WIDTHS.iter().enumerate() {
        for (column, &density) in DENSITIES.iter().enumerate() {
            let here = is_true(width, density);
            let (x, y) = (column * CELL.0, row * CELL.1);
            let before = column > 0 && is_true(width, DENSITIES[column - 1]);
            let above = if row == 0 {
                here
            } else {
                is_true(WIDTHS[row - 1], density)
            };
            if here != before {
                let _ = write!(path, "M{x} {y}v{}", CELL.1);
            }
            if here != above {
                let _ = write!(path, "M{x} {y}h{}", CELL.0);
            }
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::{CELL, DENSITIES, WIDTHS, border, number};

    #[test]
    fn the_line_goes_around_what_is_compressed() {
        assert_eq!(border(|_, _| false), "");
        let height = CELL.1;
        let column = 4 * CELL.0;
        let lines = border(|_, density| density <= DENSITIES[4]);
        assert_eq!(lines.matches(&format!("v{height}")).count(), WIDTHS.len());
        assert!(lines.starts_with(&format!("M{column} 0v{height}")) && !lines.contains('h'));
    }

    #[test]
    fn numbers_fit_their_cells() {
        assert_eq!(
            [0.62, 1.0, 9.94, 9.96, 31.4].map(number),
            ["0.6", "1.0", "9.9", "10", "31"]
        );
    }
}
