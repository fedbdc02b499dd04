//! Writes `summary.json` of a sweep: what its cells come to, for other programs.

use serde::Serialize;

use super::{CellFindings, Collected, Plan};
use crate::files::Half;
use crate::text::visible_json;

/// The file but its cells.
#[derive(Serialize)]
struct Head<'a> {
    name: &'a str,
    digest: &'a str,
    /// The swept keys.
    keys: &'a [String],
}

/// Writes the summary, cell by cell. Other programs rely on its keys: a new one is added, none is renamed.
///
/// # Errors
/// If it cannot be written.
pub fn write(plan: &Plan<'_>, collected: &Collected, mut file: Half) -> anyhow::Result<()> {
    let head = Head {
        name: &plan.name,
        digest: &plan.digest,
        keys: plan.keys,
    };
    let head = serde_json::to_string_pretty(&head)?;
    let head = head.trim_end_matches(['\n', '}']);
    file.add(visible_json(&format!("{head},\n  \"cells\": [")).as_bytes())?;
    for (place, cell) in collected.cells.iter().enumerate() {
        let separator = if place == 0 { "\n" } else { ",\n" };
        file.add(separator.as_bytes())?;
        file.add(visible_json(&pretty(cell)?).as_bytes())?;
    }
    file.add(b"\n  ]\n}\n")?;
    file.finish()
}

/// A cell, as far to the right as it stands.
fn pretty(cell: &CellFindings) -> anyhow::Result<String> {
    let json = serde_json::to_string_pretty(cell)?;
    let lines: Vec<String> = json.lines().map(|line| format!("    {line}")).collect();
    Ok(lines.join("\n"))
}
