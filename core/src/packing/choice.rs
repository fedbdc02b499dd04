//! Which layers to compress: those that a measured rule names, or all.

use super::rule::{MOST, pays_for_one, pays_forward, pays_in_batches};
use super::{Packing, index};
use crate::lanes::Lanes;
use crate::{Mask, Mlp};

impl<'a> Packing<'a> {
    /// Compresses the layers for which training was measured to be faster so, with batches of about `batch` samples: another
    /// size is as right and may be slower. `index` is [`Packing::index_len`] long, or empty to compress nothing.
    ///
    /// # Panics
    /// If a length is wrong.
    pub fn for_batches<L: Lanes>(net: Mlp<'a>, mask: &Mask<'_>, index: &'a mut [u32], batch: usize) -> Self {
        Self::new(net, mask, index, MOST, pays_in_batches::<L>(batch))
    }

    /// The same for inference.
    ///
    /// # Panics
    /// If a length is wrong.
    pub fn for_inference<L: Lanes>(
        net: Mlp<'a>,
        mask: &Mask<'_>,
        index: &'a mut [u32],
        batch: usize,
    ) -> Self {
        Self::new(net, mask, index, MOST, pays_forward::<L>(batch))
    }

    /// The same for single samples.
    ///
    /// # Panics
    /// If a length is wrong.
    pub fn for_samples<L: Lanes>(net: Mlp<'a>, mask: &Mask<'_>, index: &'a mut [u32]) -> Self {
        Self::new(net, mask, index, MOST, pays_for_one::<L>())
    }

    /// Compresses every layer, faster or not: for measuring where the crossover lies. `index` is
    /// [`Packing::compressed_index_len`] long.
    ///
    /// # Panics
    /// If a length is wrong.
    pub fn compressed(net: Mlp<'a>, mask: &Mask<'_>, index: &'a mut [u32]) -> Self {
        assert!(!index.is_empty(), "an index of this network");
        Self::new(net, mask, index, 100, |_| true)
    }

    /// Length, in words, of the index that compresses pruned layers: it has room for all those that are ever worth it.
    pub const fn index_len(net: Mlp<'_>) -> usize {
        index::len_up_to(net, MOST)
    }

    /// Length, in words, of the index of [`Packing::compressed`]. Unlike [`Packing::index_len`] it has room for a layer of
    /// which all survives.
    pub const fn compressed_index_len(net: Mlp<'_>) -> usize {
        index::len_up_to(net, 100)
    }
}

#[cfg(test)]
mod tests {
    use super::Packing;
    use crate::lanes::Portable;
    use crate::{Mask, Mlp};

    const NET: Mlp<'_> = Mlp::new(&[4, 16, 16, 2]);

    #[test]
    fn even_a_full_network_can_be_compressed_but_no_rule_does_it() {
        let (mut bits, mut index) = ([0; NET.mask_len()], [0; Packing::compressed_index_len(NET)]);
        let mask = Mask::full(NET, &mut bits);
        let is_compressed =
            |packing: &Packing<'_>| [0, 1, 2].map(|layer| packing.layer(layer).lists.is_some());
        let packing = Packing::compressed(NET, &mask, &mut index);
        assert_eq!(is_compressed(&packing), [true; 3]);
        assert_eq!(packing.weight_count(), NET.weight_count());
        let mut index = [0; Packing::index_len(NET)];
        let packing = Packing::for_batches::<Portable>(NET, &mask, &mut index, 64);
        assert_eq!(is_compressed(&packing), [false; 3]);
        let packing = Packing::for_samples::<Portable>(NET, &mask, &mut index);
        assert_eq!(is_compressed(&packing), [false; 3]);
    }
}
