//! Where each layer lies in packed parameters, and where its lists lie in the index. Without this module every reader of
//! the index would count its words for itself.

use super::lists;
use super::rule::Shape;
use crate::{Layer, Mask, Mlp};

/// What the index says of one layer, a word each.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    /// Where its packed weights start.
    pub(super) weights: u32,
    /// Where its packed biases start.
    pub(super) biases: u32,
    /// How many of its weights survive.
    pub(super) survivors: u32,
    /// Where its lists start, or [`DENSE`].
    pub(super) lists: u32,
    /// Rows that the lists hold.
    pub(super) rows: u32,
    /// Columns that the lists hold.
    pub(super) columns: u32,
}

/// In place of the start of the lists: the layer is not compressed.
pub(super) const DENSE: u32 = u32::MAX;

impl Header {
    pub(super) const LEN: usize = 6;

    pub(super) const fn from_words(
        [weights, biases, survivors, lists, rows, columns]: [u32; Self::LEN],
    ) -> Self {
        Self {
            weights,
            biases,
            survivors,
            lists,
            rows,
            columns,
        }
    }

    pub(super) const fn words(self) -> [u32; Self::LEN] {
        [
            self.weights,
            self.biases,
            self.survivors,
            self.lists,
            self.rows,
            self.columns,
        ]
    }
}

/// Length, in words, of an index that has room for every layer of which at most `most` percent survive.
pub(super) const fn index_len_up_to(net: Mlp<'_>, most: usize) -> usize {
    let mut len = net.layer_count() * Header::LEN + net.bias_count();
    let mut number = 0;
    while number < net.layer_count() {
        let layer = net.layer(number);
        let survivors = layer.fan_in * layer.fan_out * most / 100;
        len += lists::len(layer.fan_out, layer.fan_in, survivors);
        number += 1;
    }
    len
}

/// Decides which layers are compressed and where each lies; returns how many weights are stored. Compressed layers have
/// a start of lists that is still to be written.
pub(super) fn place(
    net: Mlp<'_>,
    mask: &Mask<'_>,
    dead: &[u32],
    headers: &mut [[u32; Header::LEN]],
    most: usize,
    pays: impl Fn(Shape) -> bool,
) -> usize {
    let (mut packed, mut listed) = (0, headers.len() * Header::LEN + net.bias_count());
    for (layer, words) in net.layers().zip(&mut *headers) {
        let survivors = layer
            .weights
            .clone()
            .filter(|&weight| mask.survives(weight))
            .count();
        let size = layer.fan_in * layer.fan_out;
        let after = listed + lists::len(layer.fan_out, layer.fan_in, survivors);
        // Lists that 32 bits could not point to are not written.
        let shape = shape(
            &layer,
            mask,
            &dead[layer.biases.start - net.weight_count()..][..layer.fan_out],
        );
        let is_compressed = survivors <= size * most / 100 && after < DENSE as usize && pays(shape);
        let header = Header {
            weights: packed as u32,
            biases: 0,
            survivors: survivors as u32,
            lists: if is_compressed { 0 } else { DENSE },
            rows: 0,
            columns: 0,
        };
        *words = header.words();
        packed += if is_compressed { survivors } else { size };
        listed = if is_compressed { after } else { listed };
    }
    for (layer, words) in net.layers().zip(headers) {
        let mut header = Header::from_words(*words);
        header.biases = (packed + layer.biases.start - net.weight_count()) as u32;
        *words = header.words();
    }
    packed
}

/// What a rule knows of a layer.
fn shape(layer: &Layer, mask: &Mask<'_>, dead: &[u32]) -> Shape {
    let rows = layer.weights.clone().step_by(layer.fan_in).zip(dead);
    let alive = || rows.clone().filter(|(_, is_dead)| **is_dead == 0);
    let kept = |start: usize| (start..start + layer.fan_in).filter(|&weight| mask.survives(weight));
    Shape {
        fan_in: layer.fan_in,
        fan_out: layer.fan_out,
        outputs: alive().count(),
        weights: alive().map(|(start, _)| kept(start).count()).sum(),
    }
}
