//! Which layers are stored sparse, and where.
//!
//! While a level is trained, its parameters are *packed*: a layer of which enough was pruned keeps only its surviving
//! weights, column by column, and is *compressed*: lists in the caller's index say which weights these are, as compressed
//! sparse rows ([`Csr`]) and columns ([`Csc`]); predictors keep them row by row. The other layers are *dense* and keep all
//! weights. The biases follow. Packing happens in place, and so does its undoing. Gradient and optimizer state are packed the
//! same way, so the optimizer, too, visits what survives.
//!
//! No bit of a result depends on which layers are compressed, as long as every number is finite: an *inactive* unit, from
//! which no path leads to an output, is computed in a dense layer and skipped in a compressed one, so only the one notices
//! that such a unit overflows.

mod choice;
mod csc;
mod csr;
mod inactive;
mod index;
mod lists;
mod order;
mod params;
mod records;
mod rule;
pub(crate) mod steps;

use core::ops::Range;

pub(crate) use csc::{Column, Csc};
pub(crate) use csr::Csr;
pub(crate) use params::{Order, PackedParams};
use records::Header;
use rule::Shape;

use crate::lanes::{Lanes, Portable};
use crate::{Mask, Mlp};

/// How the parameters of a pruned network are packed: which layers keep only their surviving weights. [`crate::Imp`] and
/// the predictors pack by themselves; this is for a training loop of one's own that is to cost what survives, and for
/// measuring what a packing costs. No bit of a result depends on it.
///
/// ```
/// use tombola::lanes::Portable;
/// use tombola::{Batch, Mask, Mlp, Optimizer, Packing, Rule, Task};
///
/// const NET: Mlp = Mlp::new(&[2, 16, 1]);
/// let tasks = [Task { inputs: &[0, 1], outputs: &[0], weight: 1.0 }];
/// let (inputs, classes) = ([0.5; NET.batch_len(16)], [1; 16]);
/// let batch = Batch { inputs: &inputs, classes: &classes, sample_count: 16, tasks: &tasks };
///
/// // Every third weight survives.
/// let (mut bits, mut index) = ([0; NET.mask_len()], [0; Packing::index_len(NET)]);
/// let mask = Mask::from_fn(NET, &mut bits, |weight| weight % 3 == 1);
/// let mut params = [0.25; NET.param_count()];
/// mask.apply(&mut params);
///
/// let packing = Packing::for_batches::<Portable>(NET, &mask, &mut index, 16);
/// packing.pack(&mask, &mut params);
/// let count = packing.param_count();
/// assert_eq!((packing.weight_count(), count), (16, 33));
///
/// let (mut grads, mut state) = ([0.0; NET.param_count()], [0.0; 2 * NET.param_count()]);
/// let mut workspace = [0.0; NET.workspace_len(16)];
/// let mut adam = Optimizer::new(Rule::adam(0.01), 0.0, packing.weight_count(), &mut state[..2 * count]);
/// for _ in 0..10 {
///     packing.gradient::<Portable>(&params[..count], batch, &mut workspace, &mut grads[..count]);
///     packing.mask_dense_layers::<Portable>(&mask, &mut grads[..count]);
///     adam.step::<Portable>(&mut params[..count], &grads[..count]);
/// }
/// packing.unpack(&mask, &mut params);
/// assert!(params[3] == 0.0 && params[4] > 0.25);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Packing<'a> {
    net: Mlp<'a>,
    /// As [`index::write`] wrote it. Empty: every layer is dense.
    index: &'a [u32],
    weight_count: usize,
}

/// A layer as it is packed.
#[derive(Clone, Debug)]
pub(crate) struct PackedLayer<'a> {
    pub(crate) fan_in: usize,
    pub(crate) fan_out: usize,
    pub(crate) weights: Range<usize>,
    pub(crate) biases: Range<usize>,
    /// Whether its weights were counted, and none is pruned.
    pub(crate) is_full: bool,
    /// Which weights are stored; of a dense layer all are.
    pub(crate) lists: Option<Lists<'a>>,
}

/// The surviving weights of a compressed layer, listed twice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lists<'a> {
    words: &'a [u32],
    rows: usize,
    columns: usize,
    survivors: usize,
}

impl<'a> Lists<'a> {
    #[inline(always)]
    pub(crate) fn csr(self) -> Csr<'a> {
        Csr::read(self.words, self.rows, self.survivors)
    }

    #[inline(always)]
    pub(crate) fn csc(self) -> Csc<'a> {
        let start = Csr::len(self.rows, self.survivors);
        Csc::read(&self.words[start..], self.columns, self.survivors)
    }
}

impl<'a> Packing<'a> {
    /// Every layer is dense: the packed parameters are the flat ones.
    #[inline]
    pub fn flat(net: Mlp<'a>) -> Self {
        Self {
            net,
            index: &[],
            weight_count: net.weight_count(),
        }
    }

    /// The packing under a mask. An empty `index` compresses nothing; else a layer is compressed where that `pays` and
    /// at most `most` percent of its weights survive.
    ///
    /// # Panics
    /// If `index` is neither empty nor [`index::len_up_to`] that share long.
    fn new(
        net: Mlp<'a>,
        mask: &Mask<'_>,
        index: &'a mut [u32],
        most: usize,
        pays: impl Fn(Shape) -> bool,
    ) -> Self {
        if index.is_empty() {
            return Self::flat(net);
        }
        assert_same!(
            index.len(),
            index::len_up_to(net, most),
            "an index of this network"
        );
        Self {
            net,
            weight_count: index::write(net, mask, index, most, pays),
            index,
        }
    }

    /// Weights that are stored: the first of the packed parameters.
    pub fn weight_count(&self) -> usize {
        self.weight_count
    }

    /// Weights and biases that are stored.
    #[inline]
    pub fn param_count(&self) -> usize {
        self.weight_count + self.net.bias_count()
    }

    /// The network.
    #[inline]
    pub fn net(&self) -> Mlp<'a> {
        self.net
    }

    /// One layer.
    #[inline(always)]
    pub(crate) fn layer(&self, number: usize) -> PackedLayer<'a> {
        let (fan_in, fan_out) = (self.net.widths()[number], self.net.widths()[number + 1]);
        let Some(&words) = self.index.as_chunks().0.get(number) else {
            let flat = self.net.layer(number);
            return PackedLayer {
                fan_in,
                fan_out,
                weights: flat.weights,
                biases: flat.biases,
                is_full: false,
                lists: None,
            };
        };
        let header = Header::from_words(words);
        let survivors = header.survivors as usize;
        let lists = header.lists.map(|start| Lists {
            words: &self.index[start as usize..],
            rows: header.rows as usize,
            columns: header.columns as usize,
            survivors,
        });
        let weights = header.weights as usize;
        let biases = self.weight_count + header.biases as usize;
        let stored = if lists.is_some() {
            survivors
        } else {
            fan_in * fan_out
        };
        PackedLayer {
            fan_in,
            fan_out,
            weights: weights..weights + stored,
            biases: biases..biases + fan_out,
            is_full: survivors == fan_in * fan_out,
            lists,
        }
    }

    /// Packs flat parameters, in place: afterwards the first [`Packing::param_count`] hold them, pruned weights as +0.0
    /// whatever they were. `mask` is the one that the packing was made for.
    ///
    /// # Panics
    /// If `params` are fewer than the network's, or a compressed layer keeps another number of weights under `mask`.
    pub fn pack(&self, mask: &Mask<'_>, params: &mut [f32]) {
        self.pack_rows(mask, params);
        for number in 0..self.net.layer_count() {
            let layer = self.layer(number);
            if let Some(lists) = layer.lists {
                let entries = lists.csr().entries();
                order::scatter(&mut params[layer.weights], |entry| entries[entry][1] as usize);
            }
        }
    }

    /// The same with compressed layers row by row, which is the order of a forward pass.
    ///
    /// # Panics
    /// As [`Packing::pack`] does.
    pub(crate) fn pack_rows(&self, mask: &Mask<'_>, params: &mut [f32]) {
        for (number, flat) in self.net.layers().enumerate() {
            let layer = self.layer(number);
            if layer.lists.is_none() {
                params.copy_within(flat.weights.clone(), layer.weights.start);
                mask.apply_range::<Portable>(flat.weights, &mut params[layer.weights]);
                continue;
            }
            let mut to = layer.weights.start;
            for from in flat.weights.filter(|&weight| mask.survives(weight)) {
                params[to] = params[from];
                to += 1;
            }
            assert_same!(to, layer.weights.end, "the mask that the packing was made for");
        }
        params.copy_within(self.net.weight_count()..self.net.param_count(), self.weight_count);
    }

    /// Undoes [`Packing::pack`]: pruned weights come back as +0.0.
    ///
    /// # Panics
    /// If `params` are fewer than the network's.
    pub fn unpack(&self, mask: &Mask<'_>, params: &mut [f32]) {
        params.copy_within(self.weight_count..self.param_count(), self.net.weight_count());
        for (number, flat) in self.net.layers().enumerate().rev() {
            let layer = self.layer(number);
            let Some(lists) = layer.lists else {
                params.copy_within(layer.weights, flat.weights.start);
                continue;
            };
            let entries = lists.csr().entries();
            order::gather(&mut params[layer.weights.clone()], |entry| {
                entries[entry][1] as usize
            });
            let mut packed = layer.weights.rev();
            for weight in flat.weights.rev() {
                params[weight] = if mask.survives(weight) {
                    packed.next().map_or(0.0, |from| params[from])
                } else {
                    0.0
                };
            }
        }
    }

    /// Sets to +0.0 what a packed gradient holds for pruned weights of dense layers; compressed ones have none.
    ///
    /// # Panics
    /// If `grads` are fewer than what is stored.
    pub fn mask_dense_layers<L: Lanes>(&self, mask: &Mask<'_>, grads: &mut [f32]) {
        for number in 0..self.net.layer_count() {
            let layer = self.layer(number);
            if layer.lists.is_none() && !layer.is_full {
                mask.apply_range::<L>(self.net.layer(number).weights, &mut grads[layer.weights]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Packing;
    use super::rule::MOST;
    use crate::{Mask, Mlp};

    const NET: Mlp<'_> = Mlp::new(&[3, 5, 4, 2]);

    /// Packs under a mask and shows what is stored, then unpacks.
    fn check(survives: impl FnMut(usize) -> bool, look: impl Fn(&Packing<'_>, &[f32])) {
        let (mut bits, mut index) = ([0; NET.mask_len()], [7; Packing::index_len(NET)]);
        let mask = Mask::from_fn(NET, &mut bits, survives);
        let mut params: [f32; NET.param_count()] = core::array::from_fn(|index| index as f32 + 1.0);
        mask.apply(&mut params);
        let flat = params;
        let packing = Packing::new(NET, &mask, &mut index, MOST, |_| true);
        packing.pack(&mask, &mut params);
        look(&packing, &params[..packing.param_count()]);
        params[packing.param_count()..].fill(f32::NAN);
        packing.unpack(&mask, &mut params);
        assert_eq!(params.map(f32::to_bits), flat.map(f32::to_bits));
    }

    #[test]
    fn a_full_network_is_stored_as_it_is() {
        check(
            |_| true,
            |packing, params| {
                assert_eq!(packing.param_count(), NET.param_count());
                assert!(
                    params
                        .iter()
                        .zip(1..)
                        .all(|(&param, index)| param == index as f32)
                );
            },
        );
    }

    #[test]
    fn only_layers_of_which_enough_was_pruned_are_compressed() {
        // The middle layer, weights 15 to 34, keeps every fourth; the others keep all.
        check(
            |weight| !(15..35).contains(&weight) || weight % 4 == 0,
            |packing, params| {
                let compressed = [0, 1, 2].map(|layer| packing.layer(layer).lists.is_some());
                assert_eq!(compressed, [false, true, false]);
                // Column by column.
                assert_eq!(params[packing.layer(1).weights], [21.0, 17.0, 33.0, 29.0, 25.0]);
                assert_eq!(params[packing.layer(2).weights.start], 36.0);
                assert_eq!(params[packing.layer(0).biases.start], 44.0);
            },
        );
    }

    #[test]
    fn rows_and_columns_list_the_same_weights_and_inactive_outputs_have_none() {
        // Unit 0 of the last hidden layer reaches no output, so row 0 of the middle layer is inactive.
        check(
            |weight| match weight {
                15..35 => matches!(weight, 15 | 17 | 21 | 22 | 34),
                35..43 => !matches!(weight, 35 | 39),
                _ => true,
            },
            |packing, _| {
                let lists = packing.layer(1).lists.unwrap();
                // The layer below is dense, so every column is listed.
                assert_eq!(
                    (lists.csr().rows().count(), lists.csc().columns().count()),
                    (3, 5)
                );
                let row = lists.csr().rows().next().unwrap();
                assert_eq!((row.output, row.entries), (1, &[[1, 0], [2, 1]][..]));
                let column = |input| lists.csc().columns().nth(input).unwrap();
                let entries = |input| (column(input).outputs, column(input).weights);
                assert_eq!(entries(1), (&[1][..], 0..1));
                assert_eq!(entries(2), (&[1][..], 1..2));
                assert_eq!(entries(0), (&[][..], 0..0));
                assert_eq!(entries(4), (&[3][..], 2..3));
                // Those of the inactive row come last.
                let places = lists.csr().entries().iter().map(|[_, place]| *place);
                assert!(places.eq([3, 4, 0, 1, 2]));
            },
        );
    }

    #[test]
    fn inactive_units_between_compressed_layers_are_not_listed() {
        // Each layer keeps little. Unit 3 of the first hidden layer feeds only unit 0 of the next, which feeds nothing.
        check(
            |weight| matches!(weight, 0 | 9 | 18 | 20 | 36 | 40),
            |packing, _| {
                let [first, second, third] = [0, 1, 2].map(|layer| packing.layer(layer).lists.unwrap());
                assert!(first.csr().rows().map(|row| row.output).eq([0]));
                assert!(second.csc().columns().map(|column| column.input).eq([0]));
                assert!(second.csr().rows().map(|row| row.output).eq([1]));
                assert!(third.csc().columns().map(|column| column.input).eq([1]));
                assert!(third.csr().rows().map(|row| row.output).eq([0, 1]));
                // The network's inputs are active, whatever becomes of them.
                let columns = first.csc().columns().map(|column| (column.input, column.outputs));
                assert!(columns.eq([(0, &[0][..]), (1, &[]), (2, &[])]));
            },
        );
    }

    #[test]
    fn nothing_at_all_may_survive() {
        check(
            |_| false,
            |packing, _| assert_eq!(packing.param_count(), NET.bias_count()),
        );
    }
}
