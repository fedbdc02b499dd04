//! `tombola compare`: arms and runs side by side.

use std::fmt::Write as _;
use std::io::Write;
use std::path::PathBuf;

use itertools::chain;

use super::{sweep, table};
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
/// paired. Nothing is trained: all is read from levels.csv.
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
            places.extend(sweep::cells(path)?);
        } else {
            places.push(path.clone());
        }
    }
    let past = places.iter().map(|path| PastRun::open(path));
    let past = past.collect::<anyhow::Result<Vec<_>>>()?;
    let tasks: Vec<_> = past.iter().map(|past| past.experiment.task_names()).collect();
    let remedy = |past: &PastRun| format!("`{}` measures what is there again", past.command);
    let remedies: Vec<String> = past.iter().map(remedy).collect();
    let runs = past.iter().zip(&tasks).zip(&remedies);
    let runs = runs.map(|((past, tasks), remedy)| Run {
        place: &past.place,
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
    let mut shares = runs.iter().flat_map(|run| &run.arms).map(|arm| &arm.shares);
    let is_dialed = shares.any(|shares| shares.reveals != shares.separated);
    let reached = if is_dialed {
        "revealing the truth"
    } else {
        "separated"
    };
    for (number, run) in (1..).zip(runs) {
        let (seeds, size) = (counted(run.seeds, "seed"), counted(run.weights_left, "weight"));
        let level = run.level;
        let (validated, solved) = (run.validated.count, run.solved_from);
        let line = format!(
            "run {number}: {}: {seeds}, solved from {solved}; {size} left (level {level}), where validation has \
             {validated} {reached} and solved",
            run.run
        );
        let _ = writeln!(text, "{}", table::fitted(&line));
    }
    let several = 1 < runs.len();
    let mut header = arm_columns(is_dialed);
    if several {
        header.insert(0, "run");
        header.extend(["− run 1", "p"]);
    }
    let rows = (1..).zip(runs).flat_map(|(number, run)| {
        let row = move |arm: &ArmFindings| {
            let number = several.then(|| number.to_string());
            let cells = arm_cells(&arm.arm, &arm.shares, arm.against_imp.as_ref(), is_dialed);
            let first = several.then(|| difference_cells(arm.against_first.as_ref()));
            chain!(number, cells, first.into_iter().flatten()).collect()
        };
        run.arms.iter().map(row)
    });
    let header: Vec<String> = header.into_iter().map(str::to_owned).collect();
    let names = if several { 2 } else { 1 };
    let _ = writeln!(
        text,
        "\n{}\n",
        table::ruled_with_names(names, &header, &rows.collect::<Vec<_>>())
    );
    let mut legend = arms_legend(None, is_dialed);
    legend += " solved: every task at the accuracy that stands above or more, with at most half the error of always \
               answering its most frequent class.";
    if several {
        legend += " − run 1: the same of the arm in run 1, adjusted over all that are compared with run 1.";
    }
    for (number, run) in (1..).zip(runs) {
        let (Some(size), Some(pairs)) = (run.compared_at, run.pairs) else {
            continue;
        };
        let size = counted(size, "weight");
        let _ = match pairs {
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
    let _ = writeln!(text, "{}", table::filled(&legend));
    text
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
        ["majority_known", "stops_on_test"].map(str::to_owned)
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
                [run.majority_known, run.stops_on_test].map(|is| is.to_string())
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
        run.level.to_string(),
        run.weights_left.to_string(),
        run.compared_at.map(|size| size.to_string()).unwrap_or_default(),
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
