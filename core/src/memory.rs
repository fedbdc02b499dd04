//! The memory of a lottery: how long its parts are, and how they are carved from two slices of the caller.
//!
//! Every part starts at a multiple of 16, so that its vectors are aligned wherever the slices are.

use core::mem::take;

use crate::batch::BatchMemory;
use crate::lanes::padded;
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

/// Length of parts that are carved from one slice: each is filled up to whole lanes.
pub(crate) const fn total<const N: usize>(lens: [usize; N]) -> usize {
    let (mut total, mut part) = (0, 0);
    while part < N {
        total += padded(lens[part]);
        part += 1;
    }
    total
}

/// Parts of these lengths, one after the other, each starting at a multiple of 16.
///
/// # Panics
/// If the slice is shorter than [`total`].
pub(crate) fn carve<T, const N: usize>(mut from: &mut [T], lens: [usize; N]) -> [&mut [T]; N] {
    assert!(
        total(lens) <= from.len(),
        "memory is at least as long as float_count and word_count say"
    );
    lens.map(|len| {
        let (part, rest) = take(&mut from).split_at_mut(padded(len));
        from = rest;
        &mut part[..len]
    })
}

#[cfg(test)]
mod tests {
    use super::{carve, total};

    #[test]
    fn parts_follow_each_other_at_multiples_of_sixteen() {
        let mut words: [usize; 80] = core::array::from_fn(|at| at);
        let lens = [1, 0, 16, 17];
        assert_eq!(total(lens), 64);
        let parts = carve(&mut words, lens).map(|part| (part.len(), part.first().copied()));
        assert_eq!(parts, [(1, Some(0)), (0, None), (16, Some(16)), (17, Some(32))]);
    }

    #[test]
    #[should_panic(expected = "at least as long")]
    fn memory_that_is_too_short_is_refused() {
        carve(&mut [0.0; 63], [1, 16, 17]);
    }
}
