//! From bytes to a ticket. Each size that the header declares is held against the bytes that are there before
//! anything of that size is allocated.
//!
//! Inside, an error is the message alone; [`Ticket::from_bytes`] puts the file's name before it.

use safetensors::Dtype;
use safetensors::tensor::Metadata as Header;
use tombola::Mlp;

use super::layout::{self, Part};
use super::metadata::{self, Metadata};
use super::tensors::{LARGEST_HEADER, Tensors};
use super::{Normalization, Ticket, check};
use crate::bad_input;
use crate::import::elsewhere;
use crate::text::shown;

impl Ticket {
    /// Reads a ticket from the content of a file; `place` names the file in messages.
    ///
    /// # Errors
    ///
    /// [`BadInput`](crate::error::BadInput) if the bytes are no ticket.
    pub fn from_bytes(bytes: &[u8], place: &str) -> anyhow::Result<Ticket> {
        decode(bytes).map_err(|problem| bad_input!("{place}: {}", elsewhere(bytes, place).unwrap_or(problem)))
    }
}

/// Whether these bytes can be the start of a ticket that was not written to its end, as a machine that crashes leaves
/// them: they are none or all 0, or fewer than their own header declares.
pub fn is_cut_short(bytes: &[u8]) -> bool {
    if bytes.iter().all(|&byte| byte == 0) {
        return true;
    }
    let Some((length, rest)) = bytes.split_first_chunk() else {
        // Too short to declare anything: it was never a ticket.
        return false;
    };
    let length = u64::from_le_bytes(*length);
    if LARGEST_HEADER < length {
        return false;
    }
    match rest.split_at_checked(length as usize) {
        None => true,
        Some((header, data)) => {
            serde_json::from_slice::<Header>(header).is_ok_and(|header| data.len() < header.data_len())
        }
    }
}

fn decode(bytes: &[u8]) -> Result<Ticket, String> {
    let tensors = Tensors::split(bytes)?;
    let metadata = Metadata::parse(tensors.metadata(metadata::KEY))?;
    let net = layout::network(&metadata.widths)?;
    tensors.refuse_layers_beyond(net.layer_count())?;

    let weights = tensors.of_layers(net, Part::WEIGHT)?;
    let biases = tensors.of_layers(net, Part::BIAS)?;
    let masks = tensors.of_layers(net, Part::MASK)?;
    let initial = tensors.of_layers_or_none(net, Part::INITIAL_WEIGHT)?;
    let initial_biases = tensors.of_layers_or_none(net, Part::INITIAL_BIAS)?;
    if initial.is_none() && initial_biases.is_some() {
        return Err(
            "layers.N.initial_bias is there without layers.N.initial_weight; save both or none".to_owned(),
        );
    }
    let rewind = together(
        "layers.N.rewind_weight and layers.N.rewind_bias",
        tensors.of_layers_or_none(net, Part::REWIND_WEIGHT)?,
        tensors.of_layers_or_none(net, Part::REWIND_BIAS)?,
    )?;
    let normalization = together(
        "input.shift and input.scale",
        tensors.find("input.shift", Dtype::F32, &[net.input_count()])?,
        tensors.find("input.scale", Dtype::F32, &[net.input_count()])?,
    )?;

    let mask = survivors(net, &masks)?;
    // Every shape is that which the widths declare, so from here on every size is that of bytes which are there.
    let mut params = floats(&weights);
    for (weight, &survives) in params.iter_mut().zip(&mask) {
        // −0.0 is what multiplying with a mask leaves of a negative weight.
        if !survives && *weight == 0.0 {
            *weight = 0.0;
        }
    }
    params.extend(floats(&biases));
    let initial = initial.map(|weights| floats(&[weights, initial_biases.unwrap_or_default()].concat()));
    let initial_seed = metadata.initial_seed.filter(|_| initial.is_none());
    let initial = initial.or_else(|| initial_seed.map(|seed| drawn_anew(net, seed)));
    let ticket = Ticket {
        widths: metadata.widths,
        tasks: metadata.tasks,
        shares_inputs: metadata.shares_inputs,
        params,
        mask,
        initial,
        initial_seed,
        rewind: rewind.map(|(weights, biases)| floats(&[weights, biases].concat())),
        normalization: normalization.map(|(shift, scale)| Normalization {
            shift: floats(&[shift]),
            scale: floats(&[scale]),
        }),
        origin: metadata.origin,
    };
    check::check(&ticket)?;
    Ok(ticket)
}

impl<'a> Tensors<'a> {
    /// A network with more layers than `widths` says is another network.
    fn refuse_layers_beyond(&self, layer_count: usize) -> Result<(), String> {
        let names = self.header.offset_keys();
        match names.iter().find(|name| layout::is_beyond(name, layer_count)) {
            None => Ok(()),
            Some(name) => Err(format!(
                "{} is beyond the {layer_count} layers that widths declare; correct widths, or number the layers \
                 0, 1, 2, … without gaps for activations",
                shown(name)
            )),
        }
    }

    /// The bytes of a tensor of this type and shape, if the file has one of the name.
    fn find(&self, name: &str, dtype: Dtype, shape: &[usize]) -> Result<Option<&'a [u8]>, String> {
        let Some(info) = self.header.info(name) else {
            return Ok(None);
        };
        if info.dtype != dtype {
            let convert = match dtype {
                Dtype::U8 => ".to(torch.uint8)",
                _ => ".to(torch.float32)",
            };
            return Err(format!(
                "{name} is {}, expected {dtype}; convert it with {convert}",
                info.dtype
            ));
        }
        if info.shape != shape {
            let layout = if shape.len() == 2 { "(out, in)" } else { "one axis" };
            return Err(format!(
                "{name} has shape {}, expected {shape:?} from widths; correct widths or save it with {layout}",
                shown(&format!("{:?}", info.shape)),
            ));
        }
        let (start, end) = info.data_offsets;
        Ok(Some(&self.data[start..end]))
    }

    /// A tensor of each layer; where one is missing, the message says what to save.
    fn of_each_layer(&self, net: Mlp<'_>, part: Part, save: &str) -> Result<Vec<&'a [u8]>, String> {
        let of_layer = |(index, layer)| {
            let name = part.name(index);
            let found = self.find(&name, part.dtype, &part.shape(&layer))?;
            found.ok_or_else(|| format!("{name} is missing; save {save}"))
        };
        net.layers().enumerate().map(of_layer).collect()
    }

    /// A tensor of each layer, which must be there.
    fn of_layers(&self, net: Mlp<'_>, part: Part) -> Result<Vec<&'a [u8]>, String> {
        let count = net.layer_count();
        let save = format!("weight, bias and mask of each of the {count} layers");
        self.of_each_layer(net, part, &save)
    }

    /// A tensor of each layer, unless no layer has it.
    fn of_layers_or_none(&self, net: Mlp<'_>, part: Part) -> Result<Option<Vec<&'a [u8]>>, String> {
        let mut names = (0..net.layer_count()).map(|index| part.name(index));
        let is_there = names.any(|name| self.header.info(&name).is_some());
        is_there
            .then(|| self.of_each_layer(net, part, "it for all layers or for none"))
            .transpose()
    }
}

/// The initial weights that a seed gives, as a run draws them.
fn drawn_anew(net: Mlp<'_>, seed: u64) -> Vec<f32> {
    let mut params = vec![0.0; net.param_count()];
    Ticket::DRAWN_BY_SEED.draw(net, &mut params, seed);
    params.truncate(net.weight_count());
    params
}

/// Both or neither: one alone would leave a reader to guess the other.
fn together<T>(names: &str, first: Option<T>, second: Option<T>) -> Result<Option<(T, T)>, String> {
    match (first, second) {
        (Some(first), Some(second)) => Ok(Some((first, second))),
        (None, None) => Ok(None),
        _ => Err(format!("of {names} only one is there; save both or neither")),
    }
}

/// Parts of a flat buffer as numbers. The bytes are little-endian and begin anywhere.
fn floats(parts: &[&[u8]]) -> Vec<f32> {
    let mut floats = Vec::with_capacity(parts.iter().map(|bytes| bytes.len() / 4).sum());
    for bytes in parts {
        let (words, _) = bytes.as_chunks();
        floats.extend(words.iter().map(|&word| f32::from_le_bytes(word)));
    }
    floats
}

/// The mask as truth values.
fn survivors(net: Mlp<'_>, masks: &[&[u8]]) -> Result<Vec<bool>, String> {
    for ((index, layer), bytes) in net.layers().enumerate().zip(masks) {
        if let Some(position) = bytes.iter().position(|&byte| 1 < byte) {
            return Err(format!(
                "{} is {}; a mask holds 0 (pruned) or 1 (survives)",
                Part::MASK.element(index, &layer, position),
                bytes[position]
            ));
        }
    }
    Ok(masks.concat().into_iter().map(|byte| byte == 1).collect())
}
