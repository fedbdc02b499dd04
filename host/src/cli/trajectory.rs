//! `tombola trajectory`: the fourth of parameters, rate, levels and target, and the weights left at each level.

use std::io::Write;

use itertools::Itertools;
use serde::Serialize;
use tombola::{Mlp, Trajectory};

use super::table;
use crate::bad_input;
use crate::experiment::extended_widths;

/// Solve for one of parameters, rate, levels and target, and list the weights left at each level
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  tombola trajectory --parameters 1216 --rate 0.2 --levels 14
  tombola trajectory --parameters 1216 --rate 0.2 --target 53     how many levels?
  tombola trajectory --parameters 1216 --levels 14 --target 53    at which rate?
  tombola trajectory --extend 4-8-8-2 --rate 0.32 --levels 9      how wide, to come back to 112 weights?")]
pub(super) struct Args {
    /// Weights before any pruning
    #[arg(long, value_name = "COUNT")]
    parameters: Option<u64>,
    /// Fraction of the weights pruned at each level, between 0 and 1
    #[arg(long)]
    rate: Option<f64>,
    /// How often is pruned
    #[arg(long)]
    levels: Option<u32>,
    /// Weights left after the last level
    #[arg(long, value_name = "COUNT")]
    target: Option<u64>,
    /// Instead of parameters: a base network such as 4-8-8-2. Its hidden layers are widened until LEVELS levels lead
    /// back to its number of weights
    #[arg(long, value_name = "WIDTHS", conflicts_with_all = ["parameters", "target"])]
    extend: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Answer {
    #[serde(skip_serializing_if = "Option::is_none")]
    widths: Option<Vec<usize>>,
    parameters: u64,
    rate: f64,
    levels: u32,
    target: u64,
    trajectory: Vec<u64>,
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<()> {
    check(args.rate, args.levels)?;
    let (widths, trajectory) = match &args.extend {
        Some(base) => {
            let (widths, trajectory) = extend(base, args)?;
            (Some(widths), trajectory)
        }
        None => (None, solve(args)?),
    };
    let weights = (0..=trajectory.levels()).map(|level| trajectory.weights_left(level));
    let answer = Answer {
        widths,
        parameters: trajectory.parameters(),
        rate: trajectory.rate(),
        levels: trajectory.levels(),
        target: trajectory.target(),
        trajectory: weights.collect(),
    };
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&answer)?)?;
        return Ok(());
    }
    if let Some(widths) = &answer.widths {
        writeln!(out, "widths      {}", widths.iter().join("-"))?;
    }
    writeln!(out, "parameters  {}", answer.parameters)?;
    writeln!(out, "rate        {}", answer.rate)?;
    writeln!(out, "levels      {}", answer.levels)?;
    writeln!(out, "target      {}", answer.target)?;
    let trajectory = format!("trajectory  {}", answer.trajectory.iter().join(" "));
    writeln!(out, "{}", table::fitted(&trajectory))?;
    Ok(())
}

fn solve(args: &Args) -> anyhow::Result<Trajectory> {
    let solved = match (args.parameters, args.rate, args.levels, args.target) {
        (Some(parameters), Some(rate), Some(levels), None) => {
            Trajectory::with_levels(parameters, rate, levels)
        }
        (Some(parameters), Some(rate), None, Some(target)) => {
            Trajectory::with_target(parameters, rate, target)
        }
        (Some(parameters), None, Some(levels), Some(target)) => {
            Trajectory::with_rate_solved(parameters, levels, target)
        }
        (None, Some(rate), Some(levels), Some(target)) => {
            Trajectory::with_parameters_solved(rate, levels, target)
        }
        _ => {
            return Err(bad_input!(
                "a trajectory needs exactly three of --parameters, --rate, --levels and --target; the fourth is solved for"
            ));
        }
    };
    let solved = solved.ok_or_else(|| {
        bad_input!(
            "no trajectory fits these three: parameters and target are whole numbers from 1 to 2^53, the target is at \
             most the parameters (and equal to them where levels is 0), and a weight must be left at the last level; \
             change one of them"
        )
    })?;
    check(None, Some(solved.levels()))?;
    Ok(solved)
}

fn extend(base: &str, args: &Args) -> anyhow::Result<(Vec<usize>, Trajectory)> {
    let (Some(rate), Some(levels)) = (args.rate, args.levels) else {
        return Err(bad_input!("--extend needs --rate and --levels; give both"));
    };
    let widths: Option<Vec<usize>> = base.split('-').map(|width| width.parse().ok()).collect();
    let widths = widths.filter(|widths| Mlp::is_valid(widths) && 2 < widths.len());
    let base = widths.ok_or_else(|| {
        bad_input!(
            "--extend {base}: give the widths of a network with at least one hidden layer, as in 4-8-8-2"
        )
    })?;
    let extended = extended_widths(&base, rate, levels);
    let found = extended.and_then(|widths| {
        let parameters = Mlp::new(&widths).weight_count() as u64;
        Some((widths, Trajectory::with_levels(parameters, rate, levels)?))
    });
    found.ok_or_else(|| {
        bad_input!("the extended network would be too large; use fewer --levels or a lower --rate")
    })
}

/// A trajectory is listed whole, so it must end within a page's worth of gigabytes.
fn check(rate: Option<f64>, levels: Option<u32>) -> anyhow::Result<()> {
    const MOST: u32 = 1_000_000;
    match (rate, levels) {
        (Some(rate), _) if !(0.0 < rate && rate < 1.0) => Err(bad_input!(
            "--rate {rate}: the rate is a number between 0 and 1, both excluded"
        )),
        (_, Some(levels)) if MOST < levels => Err(bad_input!(
            "{levels} levels are more than the {MOST} that are listed; raise the rate or the target"
        )),
        _ => Ok(()),
    }
}
