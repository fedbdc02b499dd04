//! Gathers what other arms take from `imp`, as its levels are finished, or reads it from what is on disk of them.

use tombola::Rewind;

use super::RunDirectory;
use super::records::Records;
use super::tickets::find;
use crate::arm::{Arm, ImpLevels, Past, Trained};
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

/// What other arms take from `imp`, as its levels are finished from the first on.
pub(super) struct Taken {
    rewind: Rewind,
    pub(super) imp: Option<ImpLevels>,
}

impl Taken {
    pub(super) fn new(rewind: Rewind) -> Self {
        Self { rewind, imp: None }
    }

    pub(super) fn add(&mut self, trained: &Trained<'_>) {
        if trained.level == 0 {
            self.imp = Some(ImpLevels {
                params: trained.params.to_vec(),
                rewind_point: trained.rewind_point.map(<[f32]>::to_vec),
                scores: trained.scores.clone(),
                levels: vec![],
            });
        }
        if let Some(imp) = &mut self.imp {
            let mut past = Past::of(trained.mask, trained.params);
            if self.rewind != Rewind::Never {
                past.params = vec![];
            }
            imp.levels.push(past);
        }
    }
}
