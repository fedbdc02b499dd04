//! Logits, of one sample and of batches.

use std::hint::black_box;

use tombola::lanes::Lanes;
use tombola::{BatchPredictor, SamplePredictor};
use tombola_benches::aligned;

use super::{Entry, Memory, Ready, bits};

/// One sample by the predictor of single samples.
pub(super) fn one<'a, L: Lanes>(entry: Entry<'a>, memory: &'a mut Memory) -> Ready<'a> {
    let Entry { case, mask, .. } = entry;
    memory.params.clone_from(&case.params);
    memory.columns = aligned(SamplePredictor::columns_len(case.net));
    memory.workspace = aligned(SamplePredictor::units_len(case.net));
    let packing = entry.pack::<L>(&mut memory.index);
    let predictor = SamplePredictor::packed(packing, mask, &mut memory.params, &mut memory.columns);
    // The first of the lanes.
    let inputs: Vec<f32> = case
        .inputs
        .iter()
        .copied()
        .step_by(case.inputs.len() / 4)
        .collect();
    let units = &mut *memory.workspace;
    Ready {
        answer: bits(predictor.logits::<L>(&inputs, units)),
        again: Box::new(move || {
            black_box(predictor.logits::<L>(black_box(&inputs), units));
        }),
    }
}

/// A batch by the predictor of batches.
pub(super) fn batch<'a, L: Lanes>(entry: Entry<'a>, memory: &'a mut Memory) -> Ready<'a> {
    let Entry {
        case, mask, setting, ..
    } = entry;
    memory.params.clone_from(&case.params);
    memory.workspace = aligned(case.net.workspace_len(setting.batch));
    let packing = entry.pack::<L>(&mut memory.index);
    let predictor = BatchPredictor::packed(packing, mask, &mut memory.params);
    let units = &mut *memory.workspace;
    Ready {
        answer: bits(predictor.logits::<L>(&case.inputs, setting.batch, units)),
        again: Box::new(move || {
            black_box(predictor.logits::<L>(black_box(&case.inputs), setting.batch, units));
        }),
    }
}
