//! Gathers what other arms take from `imp`, as its levels are finished.

use tombola::Rewind;

use super::trained::{ImpLevels, Past, Trained};

/// What other arms take from `imp`, as its levels are finished from the first on.
pub(crate) struct Taken {
    rewind: Rewind,
    /// What there is so far.
    pub(crate) imp: Option<ImpLevels>,
}

impl Taken {
    /// Of an experiment that rewinds so.
    pub(crate) fn new(rewind: Rewind) -> Self {
        Self { rewind, imp: None }
    }

    /// The next level.
    pub(crate) fn add(&mut self, trained: &Trained<'_>) {
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
