//! Draws the crossover as SVG: a map of density by width for each operation and batch.
//!
//! It is read on light and on dark pages, so it brings its own background and changes both together; blue against orange,
//! with a number in every cell, since not every eye tells colors apart.

mod map;
mod style;

use maud::{PreEscaped, html};
use tombola_host::machine::Machine;

use super::{BATCHES, Measured, Others, Setting, rule};
use crate::operation::Operation;
use style::STEPS;

/// Width of the picture, about that of a README.
const WIDTH: usize = 900;
/// Where the maps begin: left of them stand the widths, above them title and key.
const LEFT: usize = 62;
const TOP: usize = 158;
/// From one map to the next.
const MAP_STEP: (usize, usize) = (209, 250);

/// The picture; `place` says where it was measured, `machine` which vector unit the rule chose for.
pub(super) fn draw(measured: &[Measured], others: &Others, place: &str, machine: Machine) -> String {
    let compressed = rule::compressed(machine);
    let height = TOP + Operation::ALL.len() * MAP_STEP.1 + 8;
    let markup = html! {
        svg xmlns="http://www.w3.org/2000/svg" class="tombola-crossover" role="img" aria-label=(describe(measured, place))
            viewBox=(format!("0 0 {WIDTH} {height}")) width=(WIDTH) height=(height) style="max-width:100%;height:auto" {
            style { (PreEscaped(style::css())) }
            rect.ground x="0.5" y="0.5" width=(WIDTH - 1) height=(height - 1) rx="8" {}
            text.title x="20" y="34" { "Dense or sparse?" }
            text x="20" y="57" {
                "How many times as fast compressed layers are as dense ones, with the same bits. Networks 4-w-w-2, every unit active."
            }
            text.minor x="20" y="76" { (place) ", one core" }
            (key())
            @if !others.is_empty() {
                g transform="translate(20 122)" {
                    path.line.dashed d="M0 9h24" {}
                    text x="34" y="13" { "right of the dashed line sparse also beats the best dense elsewhere: " (others.names()) }
                }
            }
            @for (row, operation) in Operation::ALL.into_iter().enumerate() {
                @for (column, batch) in BATCHES.into_iter().enumerate() {
                    g transform=(format!("translate({} {})", LEFT + column * MAP_STEP.0, TOP + row * MAP_STEP.1)) {
                        text.head y="16" {
                            @if column == 0 { tspan.strong { (operation.name()) } ", batch 1" } @else { "batch " (batch) }
                        }
                        g transform="translate(0 26)" {
                            (map::draw(
                                |width, density| speedup(measured, Setting { operation, width, batch, density }),
                                |width, density| compressed.contains(&Setting { operation, width, batch, density }),
                                |width, density| wins(measured, others, Setting { operation, width, batch, density }),
                                column == 0,
                            ))
                        }
                    }
                }
            }
        }
    };
    let mut text = markup.into_string();
    text.push('\n');
    text
}

fn speedup(measured: &[Measured], setting: Setting) -> f64 {
    let case = measured.iter().find(|case| case.setting == setting);
    case.map_or(f64::NAN, Measured::speedup)
}

/// Whether sparse beats the best dense layers there are. Nowhere if those of others were not measured: no line then.
fn wins(measured: &[Measured], others: &Others, setting: Setting) -> bool {
    let case = measured.iter().find(|case| case.setting == setting);
    !others.is_empty() && case.is_some_and(|case| 1.0 <= others.speedup(case))
}

/// What the colors and the line mean.
fn key() -> maud::Markup {
    let names = STEPS.map(|step| step.name);
    html! {
        g transform="translate(20 92)" {
            @for (index, name) in names.iter().enumerate() {
                g transform=(format!("translate({} 0)", index * 64)) {
                    rect class=(style::class(index)) width="64" height="20" {}
                    text class={ "number " (style::class(index)) } x="32" y="14" { (name) }
                }
            }
            text.minor x="608" y="14" { "orange: dense wins · blue: sparse wins" }
        }
        g transform="translate(608 63)" {
            path.line d="M0 2h24v12" {}
            text.minor x="36" y="13" { "right of the line Tombola compresses" }
        }
    }
}

/// The picture in one sentence, for those who do not see it.
fn describe(measured: &[Measured], place: &str) -> String {
    let wins = measured.iter().filter(|case| 1.0 < case.speedup()).count();
    let most = measured.iter().map(Measured::speedup).fold(0.0, f64::max);
    format!(
        "Speed of compressed layers over dense ones by density and width, for inference, gradient and step and batches of \
         1 to 256, on {place}: the compressed ones win {wins} of {} cases, by at most {most:.0} times.",
        measured.len()
    )
}
