//! Makes the columns of a table of arms: the shares of each arm's seeds at one level, and its difference from `imp`.

use itertools::chain;
use serde::Serialize;

use super::criterion::{Criterion, TicketRow};
use super::difference::Difference;
use super::findings::Share;
use super::table::{interval, percent};
use crate::text::counted;

/// Shares of an arm's seeds at a level.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ArmShares {
    /// No subnetwork touches two tasks.
    pub independent: Share,
    /// Independent, and no task is lost whole; none where files do not say it.
    pub side_by_side: Option<Share>,
    /// Independent, and no input or output is lost.
    pub separated: Share,
    /// Every task solved on the test part.
    pub solved: Share,
    /// Separated and solved on the test part.
    pub both: Share,
    /// Paths exist exactly where the truth has them; of tasks by themselves, separated.
    pub reveals: Share,
    /// The same, and solved on the test part.
    pub reveals_and_solved: Share,
}

impl ArmShares {
    /// Of these tickets, one of each seed that has the level.
    pub(crate) fn of<T: TicketRow>(tickets: &[&T], solves: Criterion) -> Self {
        let side_by_side: Option<Vec<bool>> = tickets.iter().map(|ticket| ticket.is_side_by_side()).collect();
        let side_by_side = side_by_side.map(|known| {
            let count = known.iter().filter(|holds| **holds).count();
            Share::new(count, known.len())
        });
        Self {
            independent: Share::among(tickets, T::is_independent),
            side_by_side,
            separated: Share::among(tickets, T::is_separated),
            solved: Share::among(tickets, |ticket| solves.solved(ticket)),
            both: Share::among(tickets, |ticket| solves.both(ticket)),
            reveals: Share::among(tickets, T::reveals),
            reveals_and_solved: Share::among(tickets, |ticket| solves.revealed(ticket)),
        }
    }
}

/// What the columns of a table of arms are called, of tasks that are dialed or by themselves.
pub fn arm_columns(is_dialed: bool) -> Vec<&'static str> {
    chain!(
        ["arm", "independent", "side by side", "separated"],
        is_dialed.then_some("reveals"),
        ["solved", "both", "− imp", "p"],
    )
    .collect()
}

/// The cells of an arm in these columns, of which `both` is that of what the truth asks for; empty where there is no seed to count, or nothing to compare.
pub fn arm_cells(
    arm: &str,
    shares: &ArmShares,
    against_imp: Option<&Difference>,
    is_dialed: bool,
) -> Vec<String> {
    let shown = |share: Option<Share>, shown: fn(&Share) -> String| {
        let share = share.filter(|share| 0 < share.of);
        share.as_ref().map(shown).unwrap_or_default()
    };
    let plain = |share: &Share| format!("{} %", percent(share.share));
    chain!(
        [
            arm.to_owned(),
            shown(Some(shares.independent), plain),
            shown(shares.side_by_side, plain),
            shown(Some(shares.separated), plain),
        ],
        is_dialed.then(|| shown(Some(shares.reveals), plain)),
        [
            shown(Some(shares.solved), plain),
            shown(Some(shares.reveals_and_solved), interval),
        ],
        difference_cells(against_imp)
    )
    .collect()
}

/// A difference in percentage points, and its corrected p value.
pub fn difference_cells(difference: Option<&Difference>) -> [String; 2] {
    let Some(found) = difference else {
        return Default::default();
    };
    let p = match (found.difference, found.p_holm) {
        (_, Some(p)) => p_value(p),
        (Some(_), None) => "unpaired".to_owned(),
        (None, None) => String::new(),
    };
    [found.difference.map(points).unwrap_or_default(), p]
}

/// What a table of arms shows, at so many weights if it is one level.
pub fn arms_legend(weights_left: Option<usize>, is_dialed: bool) -> String {
    let (reveals, both) = if is_dialed {
        (
            " reveals: paths exist exactly where outputs depend on inputs in truth;",
            "reveals and solved",
        )
    } else {
        ("", "separated and solved")
    };
    let at = weights_left.map_or_else(
        || "at the level".to_owned(),
        |weights| format!("at {}, the level", counted(weights, "weight")),
    );
    format!(
        "Shares of seeds on the test part {at} that validation singles out for imp. independent: no connected \
         part of the ticket touches two tasks; side by side: moreover every task has a path from its inputs to its outputs; \
         separated: moreover no input or output is lost;{reveals} both: {both}, with its 95 % Wilson interval; − imp: \
         percentage points of both, seed by seed; p: exact McNemar test of that, corrected over the arms (Holm)."
    )
}

/// `+1.6`, `−12.5`, `0.0`: a difference of shares, in percentage points.
pub(super) fn points(difference: f64) -> String {
    let points = format!("{:+.1}", 100.0 * difference);
    match points.as_str() {
        "+0.0" | "-0.0" => "0.0".to_owned(),
        points => points.replace('-', "−"),
    }
}

/// A p value, to three digits behind the point.
fn p_value(p: f64) -> String {
    if p < 0.001 {
        "< 0.001".to_owned()
    } else {
        format!("{p:.3}")
    }
}

#[cfg(test)]
mod tests {
    use super::points;

    #[test]
    fn differences_have_a_sign_where_there_is_one() {
        assert_eq!(
            [0.0156, -0.5, 0.0, -1e-9].map(points),
            ["+1.6", "−50.0", "0.0", "0.0"]
        );
    }
}
