//! Makes a network in integers of a ticket's program and calibration data.

mod group;

use group::Quantizer;

use super::input::scales;
use super::{Calibration, Input, Network, Row, Settings, Width};
use crate::bad_input;
use crate::export::program::{self, Program};
use crate::text::quoted;
use crate::ticket::input_names;

/// The most bits of an activation, which are those of a positive number of 16 bits, and the fewest.
const ACTIVATION: [u32; 2] = [15, 8];

/// The network.
///
/// # Errors
///
/// [`BadInput`](crate::error::BadInput) if something cannot be held by so many bits, or an input's scale is none.
pub fn quantize(program: Program, calibration: &Calibration, settings: &Settings) -> anyhow::Result<Network> {
    let input_count = program.net().input_count();
    let given = settings
        .input_scale
        .as_ref()
        .map(|given| scales(given, input_count))
        .transpose()?;
    let caps = input_caps(&program, calibration, settings.width);
    let names = input_names(&program.tasks, input_count);
    let mut inputs = Vec::with_capacity(input_count);
    for (input, &range) in calibration.inputs.iter().enumerate() {
        let made = match &given {
            None => Input::float(range, caps[input]),
            Some(scales) => Input::whole(range, scales[input], caps[input]),
        };
        let Some(made) = made else {
            let name = names[input]
                .as_ref()
                .map_or_else(|| format!("x{input}"), |name| quoted(name));
            let (least, most) = (range.least as f32, range.most as f32);
            return Err(match given {
                None => bad_input!(
                    "input {name} runs from {least:?} to {most:?} in the calibration data, which is too little for \
                     integers to tell apart; multiply it by a power of ten in the data, and import or train again"
                ),
                Some(scales) => bad_input!(
                    "input {name} runs from {least:?} to {most:?} in the calibration data: in steps of {:?}, that is more \
                     than 30 bits; give a greater --input-scale",
                    scales[input]
                ),
            });
        };
        inputs.push(made);
    }

    let mut network = Network {
        width: settings.width,
        inputs,
        groups: vec![],
        scales: vec![1.0; program.net().output_count()],
        calibrated: calibration.rows,
        origin: calibration.origin.clone(),
        program,
    };
    let mut scales = network.scales.clone();
    for group in 0..network.program.groups.len() {
        let layers = Quantizer::new(&network, calibration, group).layers(&mut scales)?;
        network.groups.push(without_unread(layers));
    }
    network.scales = scales;
    Ok(network)
}

/// The greatest activation of each input.
fn input_caps(program: &Program, calibration: &Calibration, width: Width) -> Vec<i32> {
    let mut caps = vec![i32::MAX; program.net().input_count()];
    for group in &program.groups {
        let magnitude = |&input: &usize| calibration.normalized[input].magnitude();
        let magnitudes: Vec<f64> = group.inputs.iter().map(magnitude).collect();
        let cap = cap(&group.layers[0], &magnitudes, width);
        for &input in &group.inputs {
            caps[input] = caps[input].min(cap);
        }
    }
    caps
}

/// The greatest activation of units of these magnitudes that `rows` read. A sum of many terms leaves fewer bits for each:
/// weights and activations share what there is.
fn cap(rows: &[program::Row], magnitudes: &[f64], width: Width) -> i32 {
    let terms = |row: &program::Row| {
        let size = |term: &program::Term| {
            let magnitude = term.unit.map_or(0.0, |unit| magnitudes[unit]);
            f64::from(term.factor).abs() * magnitude
        };
        let sizes = row.terms.iter().map(size);
        let (sum, most) = sizes.fold((0.0, 0.0_f64), |(sum, most), size| (sum + size, most.max(size)));
        if 0.0 < most { sum / most } else { 1.0 }
    };
    let terms = rows.iter().map(terms).fold(1.0, f64::max);
    let fits = |bits: u32| {
        let weight = match width {
            Width::Eight => 7,
            // One bit more than a weight has.
            Width::Sixteen => bits - 1,
        };
        terms * f64::from(1_u32 << bits) * f64::from(1_u32 << weight) <= f64::from(1_u32 << 31)
    };
    let [most, fewest] = ACTIVATION;
    let bits = (fewest..=most).rev().find(|&bits| fits(bits));
    (1 << bits.unwrap_or(fewest)) - 1
}

/// The layers without hidden units that no row reads.
fn without_unread(mut layers: Vec<Vec<Row>>) -> Vec<Vec<Row>> {
    for layer in (1..layers.len()).rev() {
        let mut place = vec![None; layers[layer - 1].len()];
        for term in layers[layer].iter().flat_map(|row| &row.terms) {
            place[term.unit] = Some(0);
        }
        for (new, old) in place.iter_mut().flatten().enumerate() {
            *old = new;
        }
        for term in layers[layer].iter_mut().flat_map(|row| &mut row.terms) {
            term.unit = place[term.unit].expect("it is read");
        }
        let mut read = place.iter();
        layers[layer - 1].retain(|_| read.next().is_some_and(Option::is_some));
    }
    layers
}
