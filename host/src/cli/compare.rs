//! `tombola compare`: arms and runs side by side.

use std::fmt::Write as _;
use std::io::Write;
use std::path::PathBuf;

use itertools::chain;

use super::{sweep, table};
use crate::arm::IMP_NAME;
use crate::compare::{ArmFindings, Comparison, Run, RunFindings, compare};
use crate::report::{
    ArmShares, Criterion, Difference, STOPS_ON_TEST, Share, arm_cells, arm_columns, arms_legend,
    difference_cells,
};
use crate::run::PastRun;
use crate::sweep::is_sweep;
use crate::text::{counted, visible, visible_json};

/// Compare the arms of a run, and runs with each other
///
/// Of each arm: how many seeds are independent, side by side, separated, solved, and both of the last two, at the level that
/// validation singles out for the run's imp; how that differs from imp; and how it differs from the same arm of the first
/// run, where imp has as many weights left in both. Seeds that both have, with the same data, weights and order, are
/// paired. Networks of other sizes are compared where validation singles out a level of each. Nothing is trained: all is
/// read from levels.csv.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tombola compare runs/controls-83f1e96a4379a4c2
  tombola compare runs/first runs/second              the second against the first, seed by seed
  tombola compare runs/first runs/second --csv > arms.csv
  tombola compare runs/first --json")]
pub(super) struct Args {
    /// Run directories of the same tasks; the others are compared with the first. A sweep stands for its cells
    #[arg(value_name = "RUN", required = true)]
    runs: Vec<PathBuf>,
    /// Print JSON
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print CSV: a row for each run and arm
    #[arg(long)]
    csv: bool,
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<()> {
    let mut places = vec![];
    for path in &args.runs {
        if is_sweep(path) {
            let cells = sweep::cells(path)?;
            places.extend(cells.into_iter().map(|(path, name)| (path, Some(name))));
        } else {
            places.push((path.clone(), None));
        }
    }
    let past = places.iter().map(|(path, _)| PastRun::open(path));
    let past = past.collect::<anyhow::Result<Vec<_>>>()?;
    let tasks: Vec<_> = past.iter().map(|past| past.experiment.task_names()).collect();
    let remedy = |past: &PastRun| format!("`{}` measures what is there again", past.command);
    let remedies: Vec<String> = past.iter().map(remedy).collect();
    let not_finite = past.iter().map(PastRun::not_finite);
    let not_finite = not_finite.collect::<anyhow::Result<Vec<_>>>()?;
    let runs = past
        .iter()
        .zip(&tasks)
        .zip(&remedies)
        .zip(&not_finite)
        .zip(&places);
    let runs = runs.map(|((((past, tasks), remedy), not_finite), (_, cell))| Run {
        place: &past.place,
        cell: cell.as_deref(),
        is_dialed: past.experiment.is_dialed(),
        not_finite,
        name: &past.experiment.name,
        digest: &past.digest,
        tasks,
        solves: Criterion::of(&past.experiment),
        seeds: [
            past.experiment.data.seed,
            past.experiment.network.seed,
            past.experiment.training.seed,
        ],
        rows: &past.rows,
        remedy,
    });
    let comparison = compare(&runs.collect::<Vec<_>>())?;
    if args.json {
        writeln!(out, "{}", visible_json(&serde_json::to_string(&comparison)?))?;
    } else if args.csv {
        out.write_all(&csv(&comparison)?)?;
    } else {
        out.write_all(visible(&text(&comparison, &past)).as_bytes())?;
    }
    Ok(())
}

/// The runs, a table of their arms, and how to read it.
fn text(comparison: &Comparison, past: &[PastRun]) -> String {
    let runs = &comparison.runs;
    let mut text = String::new();
    let is_dialed = runs.iter().any(|run| run.is_dialed);
    for (number, run) in (1..).zip(runs) {
        let _ = writeln!(text, "{}", table::fitted(&line(number, run)));
    }
    let several = 1 < runs.len();
    let are_cells = runs.iter().any(|run| run.cell.is_some());
    let loses = runs.iter().any(|run| !run.not_finite.is_empty());
    let mut header = arm_columns(is_dialed);
    if several {
        if are_cells {
            header.insert(0, "cell");
        }
        header.insert(0, "run");
        header.extend(["− run 1", "p"]);
    }
    if loses {
        header.push("not finite");
    }
    let rows = (1..).zip(runs).flat_map(|(number, run)| {
        let row = move |arm: &ArmFindings| {
            let number = several.then(|| number.to_string());
            let cell = (several && are_cells).then(|| run.cell.clone().unwrap_or_default());
            // Of other arms it is not read.
            let lost = if arm.arm == IMP_NAME {
                lost(run)
            } else {
                String::new()
            };
            let cells = arm_cells(&arm.arm, &arm.shares, arm.against_imp.as_ref(), is_dialed);
            let first = several.then(|| difference_cells(arm.against_first.as_ref()));
            chain!(
                number,
                cell,
                cells,
                first.into_iter().flatten(),
                loses.then_some(lost)
            )
            .collect()
        };
        run.arms.iter().map(row)
    });
    let header: Vec<String> = header.into_iter().map(str::to_owned).collect();
    let names = 1 + usize::from(several) + usize::from(several && are_cells);
    let _ = writeln!(
        text,
        "\n{}\n",
        table::ruled_with_names(names, &header, &rows.collect::<Vec<_>>())
    );
    let legend = legend(runs, past);
    let _ = writeln!(text, "{}", table::filled(&legend));
    text
}

/// How to read the table, and what is to be said of single runs.
fn legend(runs: &[RunFindings], past: &[PastRun]) -> String {
    let is_dialed = runs.iter().any(|run| run.is_dialed);
    let mut legend = arms_legend(None, is_dialed);
    legend += " solved: every task at the accuracy that stands above or more, with at most half the error of always \
               answering its most frequent class.";
    if 1 < runs.len() {
        legend += " − run 1: the same of the arm in run 1, adjusted over all that are compared with run 1.";
    }
    for (number, run) in (1..).zip(runs) {
        let (Some(size), Some(pairs), Some(of_first)) = (run.compared_at, run.pairs, run.first_at) else {
            if 1 < number {
                let _ = write!(
                    legend,
                    " Run {number} is not compared with run 1: {}.",
                    why_not(&runs[0], run)
                );
            }
            continue;
        };
        let is_common = size == of_first;
        let size = counted(size, "weight");
        let _ = match pairs {
            _ if !is_common => write!(
                legend,
                " Run {number} has no size in common with run 1: it is taken at {size}, run 1 at {of_first}, the levels \
                 that validation singles out, and nothing is paired."
            ),
            0 => write!(
                legend,
                " Run {number} is compared with run 1 at {size}; no seed has the same data, weights and order in \
                 both, so nothing is paired and nothing tested."
            ),
            _ => write!(
                legend,
                " Run {number} is compared with run 1 at {size}, on the {} that both have.",
                counted(pairs, "seed")
            ),
        };
    }
    for (number, _) in (1..).zip(runs).filter(|(_, run)| run.stops_on_test) {
        let _ = write!(legend, " Run {number}: {STOPS_ON_TEST}.");
    }
    let unknown = (1..)
        .zip(runs)
        .zip(past)
        .filter(|((_, run), _)| !run.majority_known);
    for ((number, _), past) in unknown {
        let _ = write!(
            legend,
            " Of run {number} an older tombola did not write down how frequent classes are, so that its tasks are solved by \
             accuracy alone, even where always answering one class has it; `{}` adds it and trains nothing again.",
            past.command
        );
    }
    legend
}

/// What is said of a run before the table.
fn line(number: usize, run: &RunFindings) -> String {
    let reached = if run.is_dialed {
        "revealing the truth"
    } else {
        "separated"
    };
    let cell = run
        .cell
        .as_ref()
        .map_or(String::new(), |cell| format!("{cell}: "));
    let (seeds, solved) = (counted(run.seeds, "seed"), run.solved_from);
    let lost = run.not_finite.first().map(|first| {
        format!(
            "; {} did not stay finite, first seed {}: {}",
            counted(run.not_finite.len(), "seed"),
            first.seed,
            first.reason
        )
    });
    let found = match (run.level, run.weights_left, run.validated) {
        (Some(level), Some(size), Some(validated)) => format!(
            "; {} left (level {level}), where validation has {} {reached} and solved",
            counted(size, "weight"),
            validated.count
        ),
        _ => String::new(),
    };
    format!(
        "run {number}: {cell}{}: {seeds}, solved from {solved}{found}{}",
        run.run,
        lost.unwrap_or_default()
    )
}

/// The seeds of a run that did not stay finite, and where the first did not.
fn lost(run: &RunFindings) -> String {
    let first = run.not_finite.first().map(|first| {
        let (level, epoch) = (first.level, first.epoch);
        format!("{} (level {level}, epoch {epoch})", run.not_finite.len())
    });
    first.unwrap_or_default()
}

/// Why a run has no difference from the first.
fn why_not(first: &RunFindings, run: &RunFindings) -> &'static str {
    if first.level.is_none() {
        "no seed of run 1 stayed finite"
    } else if run.level.is_none() {
        "no seed of it stayed finite"
    } else {
        "it has other tasks"
    }
}

/// The columns of shares.
const SHARES: [&str; 7] = [
    "independent",
    "side_by_side",
    "separated",
    "solved",
    "both",
    "reveals",
    "reveals_and_solved",
];

/// The shares in the order of [`SHARES`].
fn shares_of(shares: &ArmShares) -> [Option<Share>; 7] {
    let &ArmShares {
        independent,
        side_by_side,
        separated,
        solved,
        both,
        reveals,
        reveals_and_solved,
    } = shares;
    [
        Some(independent),
        side_by_side,
        Some(separated),
        Some(solved),
        Some(both),
        Some(reveals),
        Some(reveals_and_solved),
    ]
}

/// A row for each run and arm.
fn csv(comparison: &Comparison) -> anyhow::Result<Vec<u8>> {
    let shares = SHARES
        .iter()
        .flat_map(|name| ["", "_low", "_high"].map(|end| format!("{name}{end}")));
    let differences = ["imp", "first"].iter().flat_map(|other| {
        let ends = ["", "_pairs", "_only_here", "_only_there", "_p", "_p_holm"];
        ends.map(|end| format!("less_{other}{end}"))
    });
    let of_run = [
        "run",
        "name",
        "digest",
        "solved_from",
        "seeds",
        "level",
        "weights_left",
        "compared_at",
    ];
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(chain!(
        of_run.map(str::to_owned),
        ["arm".to_owned()],
        shares,
        differences,
        [
            "majority_known",
            "stops_on_test",
            "cell",
            "is_dialed",
            "first_at",
            "not_finite",
            "reason"
        ]
        .map(str::to_owned)
    ))?;
    for run in &comparison.runs {
        for arm in &run.arms {
            let shares = shares_of(&arm.shares).into_iter();
            let shares = shares.flat_map(|share| match share {
                Some(share) => [share.share, share.low, share.high].map(|share| share.to_string()),
                None => Default::default(),
            });
            let differences = [&arm.against_imp, &arm.against_first].into_iter();
            csv.write_record(chain!(
                cells_of_run(run),
                [visible(&arm.arm).into_owned()],
                shares,
                differences.flat_map(|difference| cells_of(difference.as_ref())),
                [run.majority_known, run.stops_on_test].map(|is| is.to_string()),
                last_of_run(run)
            ))?;
        }
    }
    Ok(csv.into_inner()?)
}

fn cells_of_run(run: &RunFindings) -> [String; 8] {
    [
        visible(&run.run).into_owned(),
        run.name.clone(),
        run.digest.clone(),
        run.solved_from.to_string(),
        run.seeds.to_string(),
        run.level.map(|level| level.to_string()).unwrap_or_default(),
        run.weights_left.map(|size| size.to_string()).unwrap_or_default(),
        run.compared_at.map(|size| size.to_string()).unwrap_or_default(),
    ]
}

fn last_of_run(run: &RunFindings) -> [String; 5] {
    [
        run.cell.clone().unwrap_or_default(),
        run.is_dialed.to_string(),
        run.first_at.map(|size| size.to_string()).unwrap_or_default(),
        run.not_finite.len().to_string(),
        run.not_finite
            .first()
            .map(|first| first.reason.clone())
            .unwrap_or_default(),
    ]
}

fn cells_of(difference: Option<&Difference>) -> [String; 6] {
    let Some(found) = difference else {
        return Default::default();
    };
    let optional = |number: Option<f64>| number.map(|number| number.to_string()).unwrap_or_default();
    [
        optional(found.difference),
        found.pairs.to_string(),
        found.only_here.to_string(),
        found.only_there.to_string(),
        optional(found.p),
        optional(found.p_holm),
    ]
}
