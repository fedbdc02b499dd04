//! `tombola report`: writes the page of a finished run again, and opens it.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::open::open;
use super::sweep;
use crate::figure::FigureData;
use crate::files::write_atomically;
use crate::page::{self, Run};
use crate::report::{Criterion, Evidence, Findings};
use crate::results::Replicate;
use crate::run::{self, Access, PastRun, RunDirectory};
use crate::setup::Setup;
use crate::sweep::is_sweep;
use crate::text::visible;
use crate::ticket::Ticket;

/// Write the page of a finished run again, report.html, and say where it is
///
/// One file that needs nothing else, and no network: the answer, the curves, the tables, and a ticket to play with. It
/// carries the core, and draws any seed, arm and level again, to the same bits. Of a sweep, its page; that of a cell is written
/// into the cell's directory, cells/DIGEST.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tombola report runs/moons-circles-46a942e578cba2ef --open")]
pub(super) struct Args {
    /// The run's directory
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Open it in the browser
    #[arg(long)]
    open: bool,
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<()> {
    if is_sweep(&args.run) {
        return told(&sweep::report(&args.run)?, args.open, out);
    }
    let past = PastRun::open(&args.run)?;
    let setup = past.setup()?;
    let directory = RunDirectory::open(&args.run, &setup.experiment, &setup.digest, Access::Alone)?;
    let replicates = run::recorded(&setup, &directory, &past.command)?;
    let findings = Findings::new(setup.ports(), &replicates, Criterion::of(&setup.experiment));
    let evidence = Evidence::new(&setup, &replicates, &findings);
    let page = page_of(&setup, &directory, &replicates, &findings, &evidence)?;
    write_atomically(&directory.report(), page.as_bytes())?;
    told(&directory.report(), args.open, out)
}

/// Says where a page is, and opens it if that is wanted.
pub(super) fn told(page: &Path, opens: bool, out: &mut dyn Write) -> anyhow::Result<()> {
    let shown = page.display().to_string();
    writeln!(out, "{}", visible(&shown))?;
    if opens { open(page) } else { Ok(()) }
}

/// The page of a run.
pub(super) fn page_of(
    setup: &Setup,
    directory: &RunDirectory,
    replicates: &[Replicate],
    findings: &Findings,
    evidence: &Evidence,
) -> anyhow::Result<String> {
    let shown = findings.sparsest.or(findings.sparsest_revealing);
    let ticket = shown.map(|best| run::ticket_of_imp(setup, directory, best.seed, best.level));
    let ticket = ticket.transpose()?;
    page::report(&Run {
        setup,
        replicates,
        findings,
        evidence,
        figures: &FigureData::new(setup, replicates, findings, evidence),
        ticket: ticket.as_ref(),
        tickets: &beside(setup, directory, ticket.as_ref())?,
    })
}

/// The tickets of the same seed that are on disk, by level; of the first seed where no ticket is singled out.
fn beside(setup: &Setup, directory: &RunDirectory, shown: Option<&Ticket>) -> anyhow::Result<Vec<Ticket>> {
    // Other tickets are drawn by the page itself.
    if !page::reads_files(&setup.experiment) {
        return Ok(vec![]);
    }
    let origin = shown.and_then(|ticket| ticket.origin.as_ref());
    let seed = origin.map_or(setup.experiment.first_seed, |origin| origin.seed);
    let levels = 0..=setup.trajectory().levels();
    let kept = levels.map(|level| run::kept_of_imp(setup, directory, seed, level));
    kept.filter_map(Result::transpose).collect()
}
