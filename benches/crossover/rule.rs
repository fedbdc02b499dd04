//! Finds the settings in which Tombola's rule compresses.

use tombola::lanes::{Kernel, Lanes};
use tombola_host::machine::Machine;

use super::{BATCHES, DENSITIES, Setting, WIDTHS};
use crate::operation::{Operation, Variant};
use crate::{Case, TASKS};

/// The settings in which the rule, for this vector unit, compresses most of what was pruned.
pub(super) fn compressed(machine: Machine) -> Vec<Setting> {
    machine.run(Compressed)
}

struct Compressed;

impl Kernel for Compressed {
    type Output = Vec<Setting>;

    fn run<L: Lanes>(self) -> Vec<Setting> {
        let cases = WIDTHS
            .iter()
            .flat_map(|&width| DENSITIES.map(|density| (width, density)));
        cases
            .flat_map(|(width, density)| compressed_of::<L>(width, density))
            .collect()
    }
}

fn compressed_of<L: Lanes>(width: usize, density: f64) -> Vec<Setting> {
    let widths = [4, width, width, 2];
    let case = Case::active(&widths, &TASKS, 1, density);
    let mut bits = vec![];
    let mask = case.mask(&mut bits);
    let pruned = mask.weight_count() - mask.remaining();
    let settings = Operation::ALL.into_iter().flat_map(|operation| {
        BATCHES.map(|batch| Setting {
            operation,
            width,
            batch,
            density,
        })
    });
    let is_compressed = |setting: &Setting| {
        let Setting { operation, batch, .. } = *setting;
        let mut index = vec![];
        let packing = Variant::Rule.pack::<L>(operation, batch, case.net, &mask, &mut index);
        pruned < 2 * (mask.weight_count() - packing.weight_count())
    };
    settings.filter(is_compressed).collect()
}
