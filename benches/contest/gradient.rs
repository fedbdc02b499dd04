//! Loss and gradient of a batch.

use std::hint::black_box;

use tombola::lanes::Lanes;
use tombola_benches::aligned;

use super::{Entry, Memory, Ready, bits};

pub(super) fn ready<'a, L: Lanes>(entry: Entry<'a>, memory: &'a mut Memory) -> Ready<'a> {
    let Entry {
        case, mask, setting, ..
    } = entry;
    let packing = entry.pack::<L>(&mut memory.index);
    memory.params.clone_from(&case.params);
    packing.pack(mask, &mut memory.params);
    memory.params.truncate(packing.param_count());
    memory.grads.resize(packing.param_count(), 0.0);
    memory.workspace = aligned(case.net.workspace_len(setting.batch));
    let (params, grads, workspace) = (&memory.params, &mut memory.grads, &mut *memory.workspace);

    let loss = packing.gradient::<L>(params, case.batch(), workspace, grads);
    // A dense layer has a gradient of its pruned weights, too.
    let mut surviving = grads.clone();
    packing.mask_dense_layers::<L>(mask, &mut surviving);
    surviving.resize(case.net.param_count(), 0.0);
    packing.unpack(mask, &mut surviving);
    surviving.push(loss);
    Ready {
        answer: bits(&surviving),
        again: Box::new(move || {
            black_box(packing.gradient::<L>(black_box(params), case.batch(), workspace, grads));
        }),
    }
}
