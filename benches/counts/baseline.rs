//! Reads, compares and writes the baseline of the counts.

use std::fmt::Write;
use std::path::PathBuf;
use std::{env, fs};

use anyhow::{Context, bail};

use crate::callgrind::Cost;

/// In percent. What the compiler makes of one kernel moves a little when its neighbors change.
const TOLERANCE: f64 = 3.0;

const UPDATE: &str = "cargo bench -p tombola-benches --bench counts -- --update";

/// Shows all counts beside the baseline, or writes it.
///
/// # Errors
/// If something grew by more than the tolerance, or is in only one of the two.
pub(crate) fn compare(counts: &[(String, Cost)], update: bool) -> anyhow::Result<()> {
    let package = env::var_os("CARGO_MANIFEST_DIR").context("start it with `cargo bench`")?;
    let path = PathBuf::from(package).join("counts").join("baseline.txt");
    let before = match fs::read_to_string(&path) {
        Ok(text) => {
            parse(&text).with_context(|| format!("{} is no baseline; run {UPDATE}", path.display()))?
        }
        Err(_) => vec![],
    };
    let name_width = counts.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let (mut worse, mut better) = (0, 0);
    println!(
        "{:name_width$}  {:>12}  {:>7}  {:>5}",
        "", "instructions", "", "calls"
    );
    for (name, now) in counts {
        let Some((_, then)) = before.iter().find(|(other, _)| other == name) else {
            println!(
                "{name:name_width$}  {:>12}      new  {:>5}",
                now.instructions, now.calls
            );
            worse += 1;
            continue;
        };
        let change = percent(then.instructions, now.instructions);
        let calls = percent(then.calls, now.calls);
        let remark = if TOLERANCE < change.max(calls) {
            worse += 1;
            "  WORSE"
        } else if change.min(calls) < -TOLERANCE {
            better += 1;
            "  better"
        } else {
            ""
        };
        let calls = if now.calls == then.calls {
            String::new()
        } else {
            format!(" (were {})", then.calls)
        };
        println!(
            "{name:name_width$}  {:>12}  {change:>+6.2}%  {:>5}{calls}{remark}",
            now.instructions, now.calls
        );
    }
    for (name, _) in &before {
        if counts.iter().all(|(other, _)| other != name) {
            println!("{name:name_width$}  is gone");
            worse += 1;
        }
    }
    if update {
        fs::write(&path, text(counts)).with_context(|| format!("cannot write {}", path.display()))?;
        println!("\nwritten to benches/counts/baseline.txt");
    } else if 0 < worse {
        bail!(
            "{worse} counts are more than {TOLERANCE} % worse, new or gone; if that is meant, run\n\n  {UPDATE}\n\nand say why in the commit"
        );
    } else if 0 < better {
        println!("\n{better} counts are more than {TOLERANCE} % better; keep that with\n\n  {UPDATE}");
    }
    Ok(())
}

/// How much more `now` is than `then`, in percent.
fn percent(then: u64, now: u64) -> f64 {
    (now as f64 / then.max(1) as f64 - then.min(1) as f64) * 100.0
}

fn text(counts: &[(String, Cost)]) -> String {
    let mut text = format!("# Written by: {UPDATE}\n# instructions  calls  of what\n");
    for (name, cost) in counts {
        writeln!(text, "{:>14}  {:>5}  {name}", cost.instructions, cost.calls).expect("a string takes it");
    }
    text
}

fn parse(text: &str) -> anyhow::Result<Vec<(String, Cost)>> {
    let count = |line: &str| {
        let (instructions, rest) = line.trim_start().split_once(' ').context("two columns")?;
        let (calls, name) = rest.trim_start().split_once(' ').context("three columns")?;
        let cost = Cost {
            instructions: instructions.parse()?,
            calls: calls.parse()?,
        };
        Ok((name.trim().to_owned(), cost))
    };
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .map(count)
        .collect()
}
