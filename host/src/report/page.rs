//! Writes `report.html`: the answer, the tables and one separated ticket, on a page that needs nothing else.

use itertools::Itertools;
use maud::{DOCTYPE, PreEscaped, html};

use super::answer::{answer, losable};
use super::arms::arms_table;
use super::beside::arms_legend;
use super::evidence::Evidence;
use super::findings::Findings;
use super::table::{MAJORITY, table};
use crate::arm::IMP_NAME;
use crate::picture;
use crate::results::{Replicate, ticket_name};
use crate::setup::Setup;
use crate::text::{counted, visible};
use crate::ticket::Ticket;

/// For light and dark, wide and narrow.
const STYLE: &str = "
:root { color-scheme: light dark; --ink: #1d2129; --soft: #5b6472; --paper: #fdfdfc; --line: #d9dce1; --tint: #f1f4f8 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e8ec; --soft: #9aa3b2; --paper: #16181d; --line: #343a45; --tint: #1f232b } }
body { margin: 0 auto; max-width: 64rem; padding: 2rem 1.25rem 4rem; color: var(--ink); background: var(--paper);
  font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: anywhere }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem } h2 { font-size: 1.15rem; margin: 2.5rem 0 .5rem }
p { max-width: 46rem } .soft { color: var(--soft) } .answer { font-size: 1.15rem; line-height: 1.5 }
.scroll { overflow-x: auto } table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem }
th, td { padding: .3rem .7rem; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line) }
th { font-weight: 600; border-bottom-width: 2px } tr.best td { background: var(--tint); font-weight: 600 }
.named th:first-child { text-align: left; position: sticky; left: 0; background: var(--paper) } tbody th { font-weight: 400; border-bottom-width: 1px }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; font-size: .9rem; max-width: 46rem }
dt { font-weight: 600 } dd { margin: 0; color: var(--soft) }
@media (max-width: 34rem) { dl { grid-template-columns: 1fr } dd { margin-bottom: .4rem } }
figure { margin: 1rem 0 } figure svg { max-width: 100%; height: auto } figcaption { color: var(--soft); font-size: .9rem }
pre { background: var(--tint); padding: .75rem 1rem; overflow-x: auto; border-radius: .4rem; font-size: .85rem }
";

/// The page. `ticket` is the sparsest separated and solved one, or else the sparsest separated one.
pub fn page(
    setup: &Setup,
    replicates: &[Replicate],
    findings: &Findings,
    evidence: &Evidence,
    ticket: Option<&Ticket>,
) -> String {
    let experiment = &setup.experiment;
    let canonical = experiment.canonical();
    let tasks = setup.ports();
    let [question, answer, further] = answer(tasks, findings, evidence);
    let arms = arms_table(&evidence.arms);
    let best = findings.best_level().map(|best| best.level);
    let failed: Vec<_> = replicates.iter().flat_map(Replicate::failures).collect();
    let weights_left = findings.singled_out().map(|level| level.weights_left);
    let widths = setup.net().widths().iter().join("-");
    let table = table(tasks, findings);
    let names = tasks.iter().map(|task| &task.name).join(", ");
    // Where a CSV file lay changes nothing, so it is not shown: equal runs are equal pages.
    let settings = canonical
        .lines()
        .filter(|line| !line.starts_with("path ="))
        .join("\n");
    let heading = match (findings.sparsest, findings.sparsest_separated) {
        (None, Some(_)) => "The sparsest separated ticket; none of them solves every task",
        _ => "The sparsest ticket that is separated and solved",
    };
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (experiment.name) " · Tombola" }
                style { (PreEscaped(STYLE)) }
            }
            body { main {
                p.soft { (experiment.name) " · " (setup.digest) }
                h1 { (question) }
                p.answer { (answer) }
                @if !further.is_empty() { p { (further) } }
                @if !failed.is_empty() {
                    h2 { "Seeds that could not be finished" }
                    ul { @for (place, reason) in &failed { li { "At " (place) ": " (reason) "." } } }
                }
                h2 { "Level by level" }
                p.soft {
                    "Tasks " (names) "; network " (widths) "; " (counted(experiment.seeds as usize, "seed")) " from " (experiment.first_seed)
                    ". Shares of seeds with their 95 % Wilson intervals; test accuracies as median and, in brackets, \
                     10 % quantile; in row " i { (MAJORITY) } " those of always answering the most frequent class, with the 90 % quantile. " i { "Active" } " weights lie on a path from an input to an output (median). A \
                     ticket is " i { "independent" } " if no connected part of it touches two tasks, " i { "separated" }
                    " if moreover no " (losable(tasks)) " is lost, " i { "solved" } " if every task is at " (findings.solves.solved_from) " or more, with at most half the error of "
                    i { (MAJORITY) } ". \
                     Tickets and levels are singled out by the validation part."
                }
                div.scroll tabindex="0" role="region" aria-label="Level by level" {
                    table {
                        thead { tr { @for name in &table.header { th scope="col" { (name) } } } }
                        tbody {
                            @for (level, cells) in findings.levels.iter().zip(&table.rows) {
                                tr.best[Some(level.level) == best] { @for cell in cells { td { (cell) } } }
                            }
                        }
                        @if let Some(cells) = &table.footer {
                            tfoot { tr { @for cell in cells { td { (cell) } } } }
                        }
                    }
                }
                @if let Some(arms) = &arms {
                    h2 { "Arm by arm" }
                    p.soft { (arms_legend(weights_left)) }
                    div.scroll tabindex="0" role="region" aria-label="Arm by arm" {
                        table.named {
                            thead { tr { @for name in &arms.header { th scope="col" { (name) } } } }
                            tbody {
                                @for cells in &arms.rows {
                                    tr {
                                        th scope="row" { (cells[0]) }
                                        @for cell in &cells[1..] { td { (cell) } }
                                    }
                                }
                            }
                        }
                    }
                    dl { @for arm in setup.arms() { dt { (arm.name()) } dd { (arm.about().replace('`', "")) "." } } }
                }
                h2 { (heading) }
                @if let Some(ticket) = ticket {
                    figure {
                        (PreEscaped(picture::svg(ticket, false)))
                        @if let Some(origin) = &ticket.origin {
                            figcaption { code { (ticket_name(IMP_NAME, origin.seed, origin.level)) } }
                        }
                    }
                } @else {
                    p { "No ticket is separated." }
                }
                h2 { "The experiment" }
                // What may be wider than the window is moved with keys, too.
                pre tabindex="0" role="region" aria-label="Settings" { (settings) }
            } }
        }
    };
    // Some of the text is from outside.
    visible(&page.into_string()).into_owned()
}
