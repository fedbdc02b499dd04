//! Dense, sparse or by the rule: who decides which layers are compressed.

use tombola::lanes::{Kernel, Lanes};
use tombola::{Mask, Mlp, Packing};
use tombola_host::machine::Machine;

use super::{Contestant, Operation, Setting};
use crate::Case;

/// The packing of a contestant. `index` is made as long as it must be.
pub fn pack<'a, L: Lanes>(
    contestant: Contestant,
    setting: Setting,
    net: Mlp<'a>,
    mask: &Mask<'_>,
    index: &'a mut Vec<u32>,
) -> Packing<'a> {
    match contestant {
        Contestant::Dense => Packing::flat(net),
        Contestant::Sparse => {
            index.resize(Packing::compressed_index_len(net), 0);
            Packing::compressed(net, mask, index)
        }
        Contestant::Rule => {
            index.resize(Packing::index_len(net), 0);
            match setting {
                Setting {
                    operation: Operation::Inference,
                    batch: 1,
                    ..
                } => Packing::for_samples::<L>(net, mask, index),
                Setting { batch, .. } => Packing::for_batches::<L>(net, mask, index, batch),
            }
        }
    }
}

/// For each of the settings, which share a network and a mask, whether the rule compresses most of what was pruned.
pub(super) fn compresses(machine: Machine, settings: &[Setting]) -> Vec<bool> {
    let widths = settings[0].widths();
    let case = Case::alive(&widths, 1, settings[0].density);
    machine.run(Compresses {
        case: &case,
        settings,
    })
}

struct Compresses<'a> {
    case: &'a Case<'a>,
    settings: &'a [Setting],
}

impl Kernel for Compresses<'_> {
    type Output = Vec<bool>;

    fn run<L: Lanes>(self) -> Vec<bool> {
        let mut bits = vec![0; self.case.net.mask_len()];
        let mask = self.case.mask(&mut bits);
        let pruned = mask.weight_count() - mask.remaining();
        let choose = |&setting: &Setting| {
            let mut index = vec![];
            let packing = pack::<L>(Contestant::Rule, setting, self.case.net, &mask, &mut index);
            pruned < 2 * (mask.weight_count() - packing.weight_count())
        };
        self.settings.iter().map(choose).collect()
    }
}
