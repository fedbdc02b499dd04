//! Writes `report.html`: the question and its answer, a ticket to play with, the figures, the arms, the levels, the methods.

use itertools::Itertools;
use maud::{Markup, PreEscaped, html};

use super::explorer::explorer;
use super::methods::methods;
use super::payload::payload;
use super::shell::shell;
use crate::arm::IMP_NAME;
use crate::experiment::Experiment;
use crate::figure::{self, FIGURES, FigureData, View};
use crate::picture;
use crate::report::{self, Evidence, Findings, MAJORITY, answer, arms_legend, arms_table, losable, table};
use crate::results::{Replicate, ticket_name};
use crate::setup::Setup;
use crate::text::counted;
use crate::ticket::Ticket;

/// A run, and what was found of it.
pub struct Run<'a> {
    /// The experiment.
    pub setup: &'a Setup,
    /// Its rows.
    pub replicates: &'a [Replicate],
    /// What `imp` came to.
    pub findings: &'a Findings,
    /// What the other arms and the tests say.
    pub evidence: &'a Evidence,
    /// The points of the figures.
    pub figures: &'a FigureData,
    /// The sparsest separated and solved ticket, or else the sparsest separated one.
    pub ticket: Option<&'a Ticket>,
    /// The tickets of its seed that are on disk, by level: what a page shows whose data it does not hold.
    pub tickets: &'a [Ticket],
}

impl Run<'_> {
    /// Whether tasks are read from files, which a page does not hold.
    pub(super) fn reads_files(&self) -> bool {
        reads_files(&self.setup.experiment)
    }
}

/// Whether tasks of an experiment are read from files.
pub fn reads_files(experiment: &Experiment) -> bool {
    experiment.data.files().next().is_some()
}

/// The page.
///
/// # Errors
/// If a ticket cannot be written or the module cannot be packed.
pub fn report(run: &Run<'_>) -> anyhow::Result<String> {
    let Run {
        setup, replicates, ..
    } = *run;
    let experiment = &setup.experiment;
    let tasks = setup.ports();
    let [question, told, further] = answer(tasks, run.findings, run.evidence);
    let failed: Vec<_> = replicates.iter().flat_map(Replicate::failures).collect();
    let picture = run.ticket.map(|ticket| picture::svg(ticket, false));
    let body = html! {
        main {
            p.soft { (experiment.name) " · " (setup.digest) " · Tombola " (env!("CARGO_PKG_VERSION")) }
            h1 { (question) }
            p.answer { (told) }
            @if !further.is_empty() { p { (further) } }
            @if !failed.is_empty() {
                h2 { "Seeds that could not be finished" }
                ul { @for (place, reason) in &failed { li { "At " (place) ": " (reason) "." } } }
            }
            // Where no level of any seed was finished, there is nothing to look at.
            @if !run.findings.levels.is_empty() {
                (explorer("Look inside a ticket", picture.as_deref(), &caption(run)))
                (figures(run))
                (arms(run))
                (levels(run))
            }
            (methods(run))
        }
    };
    let title = format!("{} · Tombola", experiment.name);
    Ok(shell(&title, &body, &payload(run)?, &[]))
}

/// What the picture shows at first, and where it comes from.
fn caption(run: &Run<'_>) -> Markup {
    let is_dialed = run.findings.is_dialed;
    let of = match (run.findings.sparsest, run.findings.sparsest_revealing) {
        (None, Some(_)) if is_dialed => {
            "the sparsest ticket that reveals the truth; none of them solves every task"
        }
        (None, Some(_)) => "the sparsest separated ticket; none of them solves every task",
        _ if is_dialed => "the sparsest ticket that reveals the truth and is solved",
        _ => "the sparsest ticket that is separated and solved",
    };
    html! {
        p.soft {
            @if let Some(origin) = run.ticket.and_then(|ticket| ticket.origin.as_ref()) {
                "At first " (of) ": " code { (ticket_name(IMP_NAME, origin.seed, origin.level)) } ". "
            } @else {
                @if is_dialed { "No ticket reveals the truth. " } @else { "No ticket is separated. " }
            }
            @if run.reads_files() {
                "The page does not hold the data of this run, so it carries tickets instead of drawing them: those of this seed \
                 that there is room for."
            } @else {
                "Any other one is drawn again in this page, to the same bits, as you choose it."
            }
        }
    }
}

/// The curves, and which arms they show.
fn figures(run: &Run<'_>) -> Markup {
    let view = View::default();
    let drawn = FIGURES
        .iter()
        .map(|figure| (figure, figure::svg(figure, run.figures, &view)));
    let drawn: Vec<_> = drawn.filter_map(|(figure, svg)| Some((figure, svg?))).collect();
    html! {
        section aria-labelledby="figures-heading" {
            h2 #figures-heading { "Curves" }
            @if 1 < run.figures.arms.len() {
                fieldset #arms data-live hidden {
                    legend { "Arms" }
                    div.row {
                        button type="button" data-arms="all" { "All" }
                        button type="button" data-arms="imp" { "Only " (IMP_NAME) }
                        @for arm in &run.figures.arms { label { input type="checkbox" checked; " " (arm) } } }
                }
            }
            div.tiles.wide {
                @for (figure, svg) in drawn {
                    figure id={ "figure-" (figure.key) } data-figure=(figure.key) data-name=(figure.key) {
                        h3 { (figure.title) }
                        div.drawing { (PreEscaped(svg)) }
                        figcaption { (figure.about) }
                        button type="button" data-save={ "figure-" (figure.key) } aria-label={ "Save as SVG: " (figure.title) } { "Save as SVG" }
                    }
                }
            }
        }
    }
}

/// What the arms came to.
fn arms(run: &Run<'_>) -> Markup {
    let Some(arms) = arms_table(&run.evidence.arms, run.findings.is_dialed) else {
        return html! {};
    };
    let weights_left = run.findings.singled_out().map(|level| level.weights_left);
    html! {
        section aria-labelledby="arms-heading" {
            h2 #arms-heading { "Arm by arm" }
            p.soft { (arms_legend(weights_left, run.findings.is_dialed)) }
            div.scroll tabindex="0" role="region" aria-label="Table of arms" {
                table.named #arms-table {
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
            button type="button" data-copy="arms-table" { "Copy as CSV" }
            dl { @for arm in run.setup.arms() { dt { (arm.name()) } dd { (arm.about().replace('`', "")) "." } } }
        }
    }
}

/// What `imp` came to, level by level.
fn levels(run: &Run<'_>) -> Markup {
    let Run { setup, findings, .. } = *run;
    let tasks = setup.ports();
    let report::Table { header, rows, footer } = table(tasks, findings);
    let best = findings.best_level().map(|best| best.level);
    html! {
        section aria-labelledby="levels-heading" {
            h2 #levels-heading { "Level by level" }
            p.soft {
                "Tasks " (tasks.iter().map(|task| &task.name).join(", ")) "; network " (setup.net().widths().iter().join("-")) "; "
                (counted(setup.experiment.seeds as usize, "seed")) " from " (setup.experiment.first_seed)
                ". Shares of seeds with their 95 % Wilson intervals; test accuracies as median and, in brackets, 10 % quantile; in row "
                i { (MAJORITY) } " those of always answering the most frequent class, with the 90 % quantile. " i { "Active" }
                " weights lie on a path from an input to an output (median). A ticket is " i { "independent" }
                " if no connected part of it touches two tasks, " i { "separated" } " if moreover no " (losable(tasks)) " is lost, "
                @if findings.is_dialed {
                    "it " i { "reveals" } " the truth if paths exist exactly where outputs depend on inputs, it is "
                }
                i { "solved" } " if every task is at " (findings.solves.solved_from) " or more, with at most half the error of "
                i { (MAJORITY) } ". Tickets and levels are singled out by the validation part."
            }
            div.scroll tabindex="0" role="region" aria-label="Table of levels" {
                table #levels-table {
                    thead { tr { @for name in &header { th scope="col" { (name) } } } }
                    tbody {
                        @for (level, cells) in findings.levels.iter().zip(&rows) {
                            tr.best[Some(level.level) == best] { @for cell in cells { td { (cell) } } }
                        }
                    }
                    @if let Some(cells) = &footer {
                        tfoot { tr { @for cell in cells { td { (cell) } } } }
                    }
                }
            }
            button type="button" data-copy="levels-table" { "Copy as CSV" }
        }
    }
}
