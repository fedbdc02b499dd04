//! Reads what other arms take from `imp` from what is on disk of it.

use tombola::Rewind;

use super::RunDirectory;
use super::records::Records;
use super::tickets::find;
use crate::arm::{Arm, ImpLevels, Past};
use crate::results::Row;
use crate::setup::Setup;

/// Reads it; `None` if a ticket that it takes is not there.
///
/// # Errors
/// If a ticket cannot be read.
pub(super) fn read(
    setup: &Setup,
    directory: &RunDirectory,
    seed: u64,
    records: &Records,
) -> anyhow::Result<Option<ImpLevels>> {
    let imp = Arm::imp();
    let ticket = |row: &Row| {
        let path = directory.ticket(imp.name(), seed, row.level);
        find(setup, &imp, &path, (seed, row.level), Some(row))
    };
    let Some(known) = records.of(&imp) else {
        return Ok(None);
    };
    let Some(dense_row) = known.rows.get(&0) else {
        return Ok(None);
    };
    let Some(dense) = ticket(dense_row)? else {
        return Ok(None);
    };
    let mut levels = vec![];
    for row in known.rows.values() {
        let params = match setup.rewind() {
            Rewind::Never => match ticket(row)? {
                Some(ticket) => ticket.params,
                None => return Ok(None),
            },
            _ => vec![],
        };
        let mask = row.mask.clone();
        levels.push(Past { mask, params });
    }
    Ok(Some(ImpLevels {
        params: dense.params,
        rewind_point: dense.rewind,
        scores: dense_row.scores(),
        levels,
    }))
}
