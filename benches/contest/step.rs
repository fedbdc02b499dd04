//! A whole step of training: gradient, mask and Adam.

use std::hint::black_box;

use tombola::lanes::Lanes;
use tombola::{Optimizer, Rule};
use tombola_benches::aligned;

use super::{Entry, Memory, Ready, bits};

/// The parameters hardly move, so that the last step that is timed is like the first.
const RULE: Rule = Rule::adam(1e-6);

pub(super) fn ready<'a, L: Lanes>(entry: Entry<'a>, memory: &'a mut Memory) -> Ready<'a> {
    let Entry {
        case, mask, setting, ..
    } = entry;
    let packing = entry.pack::<L>(&mut memory.index);
    memory.params.clone_from(&case.params);
    packing.pack(mask, &mut memory.params);
    memory.params.truncate(packing.param_count());
    memory.grads.resize(packing.param_count(), 0.0);
    memory.state.resize(RULE.state_len(packing.param_count()), 0.0);
    memory.workspace = aligned(case.net.workspace_len(setting.batch));
    let (params, grads, workspace) = (&mut memory.params, &mut memory.grads, &mut *memory.workspace);
    let mut adam = Optimizer::new(RULE, 0.0, packing.weight_count(), &mut memory.state);
    // Where nothing was pruned, a dense network has no use for a mask.
    let is_pruned = mask.remaining() < mask.weight_count();
    let mut step = move |params: &mut [f32]| {
        let loss = packing.gradient::<L>(params, case.batch(), workspace, grads);
        if is_pruned {
            packing.mask_dense_layers::<L>(mask, grads);
        }
        adam.step::<L>(params, grads);
        loss
    };

    step(params);
    let loss = step(params);
    let mut flat = params.clone();
    flat.resize(case.net.param_count(), 0.0);
    packing.unpack(mask, &mut flat);
    flat.push(loss);
    Ready {
        answer: bits(&flat),
        again: Box::new(move || {
            black_box(step(black_box(params)));
        }),
    }
}
