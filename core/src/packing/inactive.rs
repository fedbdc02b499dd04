//! Which units reach no output of the network, and may therefore be left out of the lists.

use crate::{Mask, Mlp};

/// The units on one side of a compressed layer.
#[derive(Clone, Copy)]
pub(super) struct Units<'a> {
    /// How many there are.
    pub(super) count: usize,
    /// Not 0 for each inactive unit. Empty for the network's inputs, which are never left out.
    pub(super) inactive: &'a [u32],
    /// Whether inactive units are listed all the same, because the dense layer on their other side reads them.
    pub(super) all: bool,
}

impl<'a> Units<'a> {
    /// Whether a unit with this entry in `inactive` is listed.
    pub(super) fn lists(self, inactive: u32) -> bool {
        self.all || inactive == 0
    }

    /// The units that are listed, ascending.
    pub(super) fn listed(self) -> impl Iterator<Item = u32> + use<'a> {
        let inactive = move |unit: usize| self.inactive.get(unit).copied().unwrap_or(0);
        (0..self.count)
            .filter(move |&unit| self.lists(inactive(unit)))
            .map(|unit| unit as u32)
    }

    /// How many these are.
    pub(super) fn listed_count(self) -> usize {
        self.listed().count()
    }
}

/// Marks the units, hidden and output ones, from which no path leads to an output.
pub(super) fn mark(net: Mlp<'_>, mask: &Mask<'_>, inactive: &mut [u32]) {
    let outputs = inactive.len() - net.output_count();
    inactive[outputs..].fill(0);
    for number in (1..net.layer_count()).rev() {
        let layer = net.layer(number);
        let first = net.first_neuron(number) - net.input_count();
        let (below, above) = inactive[first..].split_at_mut(layer.fan_in);
        below.fill(1);
        let rows = layer.weights.step_by(layer.fan_in);
        for (start, _) in rows.zip(&*above).filter(|(_, inactive)| **inactive == 0) {
            for (inactive, weight) in below.iter_mut().zip(start..) {
                *inactive &= u32::from(!mask.survives(weight));
            }
        }
    }
}
