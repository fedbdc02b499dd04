//! The memory of a lottery: its parts, how long they are, and their place in two slices of the caller.

use crate::batch::BatchMemory;
use crate::carve::{carve, total};
use crate::mask::Mask;
use crate::packing::Packing;
use crate::plan::{Lottery, Rewind, Storage};

/// Everything that a lottery writes to, but for its data.
#[derive(Debug)]
pub(crate) struct Memory<'a> {
    /// The parameters; packed while a level is trained.
    pub(crate) params: &'a mut [f32],
    /// The initial parameters.
    pub(crate) initial: &'a mut [f32],
    /// The parameters to rewind to with [`Rewind::Epoch`], else empty.
    pub(crate) rewind: &'a mut [f32],
    pub(crate) grads: &'a mut [f32],
    /// The state of the optimizer.
    pub(crate) optimizer: &'a mut [f32],
    pub(crate) batch: BatchMemory<'a>,
    /// The order of the training samples.
    pub(crate) order: &'a mut [u32],
    pub(crate) mask: Mask<'a>,
    /// Where compressed layers are laid out; empty with [`Storage::Dense`].
    pub(crate) index: &'a mut [u32],
}

impl Lottery<'_> {
    /// Length of the floats that [`crate::Imp::new`] takes, at least.
    pub const fn float_count(&self) -> usize {
        total(self.float_lens())
    }

    /// Length of the words that [`crate::Imp::new`] takes, at least.
    pub const fn word_count(&self) -> usize {
        total(self.word_lens())
    }

    /// In the order in which [`Memory::new`] names the parts.
    const fn float_lens(&self) -> [usize; 6] {
        let params = self.net.param_count();
        let rewind = match self.rewind {
            Rewind::Epoch(_) => params,
            Rewind::Initial | Rewind::Never => 0,
        };
        let optimizer = self.training.rule.state_len(params);
        let batch = BatchMemory::float_count(self.net, self.tasks.len(), self.training.batch);
        [params, params, rewind, params, optimizer, batch]
    }

    const fn word_lens(&self) -> [usize; 4] {
        let index = match self.storage {
            Storage::Compressed => Packing::index_len(self.net),
            Storage::Dense => 0,
        };
        let batch = BatchMemory::word_count(self.tasks.len(), self.training.batch);
        [batch, self.train_count, self.net.mask_len(), index]
    }
}

impl<'a> Memory<'a> {
    /// Carves the parts; all weights survive, and whatever else is in the memory stays there.
    ///
    /// # Panics
    /// If a slice is shorter than the lottery says.
    pub(crate) fn new(lottery: &Lottery<'_>, floats: &'a mut [f32], words: &'a mut [u32]) -> Self {
        let Lottery {
            net, tasks, training, ..
        } = *lottery;
        let [params, initial, rewind, grads, optimizer, batch_floats] = carve(floats, lottery.float_lens());
        let [batch_words, order, mask, index] = carve(words, lottery.word_lens());
        Self {
            params,
            initial,
            rewind,
            grads,
            optimizer,
            batch: BatchMemory::new(net, tasks.len(), training.batch, batch_floats, batch_words),
            order,
            mask: Mask::full(net, mask),
            index,
        }
    }
}
