//! The index of a packing: a [`Header`] per layer, a word per unit that says whether it is inactive, and the lists of the
//! compressed layers.

use super::csc::Csc;
use super::csr::Csr;
use super::inactive::{self, Units};
use super::lists;
use super::records::Header;
use super::rule::Shape;
use crate::{Layer, Mask, Mlp};

/// Length, in words, of an index that has room for every layer of which at most `most` percent survive.
pub(super) const fn len_up_to(net: Mlp<'_>, most: usize) -> usize {
    let (mut len, mut number) = (lists_start(net), 0);
    while number < net.layer_count() {
        let layer = net.layer(number);
        len += lists_len(&layer, layer.fan_in * layer.fan_out * most / 100);
        number += 1;
    }
    len
}

/// Where the lists start.
const fn lists_start(net: Mlp<'_>) -> usize {
    net.layer_count() * Header::LEN + net.bias_count()
}

/// Words that the lists of a layer take at most.
const fn lists_len(layer: &Layer, survivors: usize) -> usize {
    Csr::len(layer.fan_out, survivors) + Csc::len(layer.fan_in, survivors)
}

/// Writes the index under a mask: a layer is compressed where that `pays` and at most `most` percent of its weights
/// survive. Returns how many weights are stored.
pub(super) fn write(
    net: Mlp<'_>,
    mask: &Mask<'_>,
    index: &mut [u32],
    most: usize,
    pays: impl Fn(Shape) -> bool,
) -> usize {
    let (headers, rest) = index.split_at_mut(net.layer_count() * Header::LEN);
    let (headers, _) = headers.as_chunks_mut();
    let (inactive, mut free) = rest.split_at_mut(net.bias_count());
    inactive::mark(net, mask, inactive);
    let weight_count = place(net, mask, inactive, headers, most, pays);
    for (number, layer) in net.layers().enumerate() {
        let mut header = Header::from_words(headers[number]);
        if header.lists.is_none() {
            continue;
        }
        let is_dense = |number: usize| {
            let words = headers.get(number);
            words.is_some_and(|words| Header::from_words(*words).lists.is_none())
        };
        let (below, here) = match net.first_neuron(number).checked_sub(net.input_count()) {
            None => (&[][..], &*inactive),
            Some(first) => inactive[first..].split_at(layer.fan_in),
        };
        let inputs = Units {
            count: layer.fan_in,
            inactive: below,
            all: 0 < number && is_dense(number - 1),
        };
        let outputs = Units {
            count: layer.fan_out,
            inactive: &here[..layer.fan_out],
            all: is_dense(number + 1),
        };
        let survivors = header.survivors as usize;
        let (rows, columns) = (outputs.listed_count(), inputs.listed_count());
        (header.rows, header.columns) = (rows as u32, columns as u32);
        let words;
        (words, free) = free.split_at_mut(lists_len(&layer, survivors));
        let survives = |position: usize| mask.survives(layer.weights.start + position);
        lists::write(words, inputs, outputs, survivors, survives);
        headers[number] = header.to_words();
    }
    weight_count
}

/// Decides which layers are compressed and where each lies; returns how many weights are stored. The headers do not yet
/// say how many rows and columns there are.
fn place(
    net: Mlp<'_>,
    mask: &Mask<'_>,
    inactive: &[u32],
    headers: &mut [[u32; Header::LEN]],
    most: usize,
    pays: impl Fn(Shape) -> bool,
) -> usize {
    let (mut packed, mut lists) = (0, lists_start(net));
    for (layer, words) in net.layers().zip(headers) {
        let survivors = layer
            .weights
            .clone()
            .filter(|&weight| mask.survives(weight))
            .count();
        let biases = layer.biases.start - net.weight_count();
        let shape = shape(&layer, mask, &inactive[biases..][..layer.fan_out]);
        let (size, after) = (layer.weights.len(), lists + lists_len(&layer, survivors));
        // Lists that 32 bits could not point to are not written.
        let is_compressed = survivors <= size * most / 100 && after < Header::DENSE as usize && pays(shape);
        let header = Header {
            weights: packed as u32,
            biases: biases as u32,
            survivors: survivors as u32,
            lists: is_compressed.then_some(lists as u32),
            rows: 0,
            columns: 0,
        };
        *words = header.to_words();
        packed += if is_compressed { survivors } else { size };
        lists = if is_compressed { after } else { lists };
    }
    packed
}

/// What a rule knows of a layer.
fn shape(layer: &Layer, mask: &Mask<'_>, inactive: &[u32]) -> Shape {
    let rows = layer.weights.clone().step_by(layer.fan_in).zip(inactive);
    let active = rows.filter(|(_, inactive)| **inactive == 0);
    let kept = |(start, _)| {
        (start..start + layer.fan_in)
            .filter(|&weight| mask.survives(weight))
            .count()
    };
    Shape {
        fan_in: layer.fan_in,
        fan_out: layer.fan_out,
        outputs: active.clone().count(),
        weights: active.map(kept).sum(),
    }
}
