//! What reads, what is refused and with which words, and that no bytes at all make the reader panic.

mod mutated;
mod refused;
mod round_trip;

use std::collections::{BTreeMap, HashMap};

use safetensors::Dtype;
use safetensors::tensor::TensorView;
use serde_json::Value;

use super::{LevelResult, Normalization, Origin, TaskPorts, Ticket};

/// Two tasks on a network of 3, 2 and 3 neurons, with everything a ticket can have.
fn ticket() -> Ticket {
    let subnormal = f32::from_bits(1);
    Ticket {
        widths: vec![3, 2, 3],
        tasks: vec![
            TaskPorts::new("moons", [0, 2], [1]),
            TaskPorts {
                classes: Some(vec!["no".into(), "yes ü \"".into()]),
                ..TaskPorts::new("xor-2_b", [1], [0, 2])
            },
        ],
        shares_inputs: false,
        params: [
            &[1.5, 0.0, -2.25, 0.0, subnormal, -0.0][..], // layers.0.weight
            &[f32::MAX, 0.0, 0.0, -0.1, 0.3, f32::MIN_POSITIVE], // layers.1.weight
            &[-0.0, 7.0],                                 // layers.0.bias
            &[-subnormal, 0.0, 1e-30],                    // layers.1.bias
        ]
        .concat(),
        mask: [1, 0, 1, 0, 1, 1, 1, 0, 0, 1, 1, 1]
            .map(|survives| survives == 1)
            .to_vec(),
        initial: Some((0_u8..12).map(|i| 0.1 - f32::from(i)).collect()),
        initial_seed: None,
        rewind: Some((0_u8..17).map(|i| 0.7 * f32::from(i)).collect()),
        normalization: Some(Normalization {
            shift: vec![0.5, -0.0, 3.0],
            scale: vec![1.0, -2.5, subnormal],
        }),
        origin: Some(Origin {
            seed: u64::MAX,
            data_seed: 0,
            level: 17,
            digest: "9f3a".into(),
            arm: None,
            result: Some(LevelResult {
                epochs: 30,
                train_loss: 0.1,
                validation_loss: f32::from_bits(0x3dcc_ccce),
                test_loss: subnormal,
                accuracy: vec![0.997, 1.0 / 3.0],
            }),
        }),
    }
}

/// A file taken apart, for tests to spoil.
struct Parts {
    tensors: BTreeMap<String, (Dtype, Vec<usize>, Vec<u8>)>,
    json: Value,
    metadata: HashMap<String, String>,
}

impl Parts {
    fn of(ticket: &Ticket) -> Parts {
        let bytes = ticket.to_bytes().unwrap();
        let (_, header) = safetensors::SafeTensors::read_metadata(&bytes).unwrap();
        let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        let tensors = tensors.iter().map(|(name, tensor)| {
            (
                name.to_owned(),
                (tensor.dtype(), tensor.shape().to_vec(), tensor.data().to_vec()),
            )
        });
        let metadata = header.metadata().clone().unwrap();
        Parts {
            tensors: tensors.collect(),
            json: serde_json::from_str(&metadata["tombola"]).unwrap(),
            metadata: HashMap::new(),
        }
    }

    /// The file, its metadata key `tombola` taken from `json` unless the test set it.
    fn to_bytes(&self) -> Vec<u8> {
        let tensors = self.tensors.iter().map(|(name, (dtype, shape, bytes))| {
            (
                name.as_str(),
                TensorView::new(*dtype, shape.clone(), bytes).unwrap(),
            )
        });
        let mut metadata = self.metadata.clone();
        metadata
            .entry("tombola".to_owned())
            .or_insert_with(|| self.json.to_string());
        safetensors::serialize(tensors, Some(metadata)).unwrap()
    }

    /// Sets an element, of a mask too.
    fn set(&mut self, name: &str, index: usize, value: f32) {
        match self.tensors.get_mut(name).unwrap() {
            (Dtype::U8, _, bytes) => bytes[index] = value as u8,
            (_, _, bytes) => bytes[4 * index..][..4].copy_from_slice(&value.to_le_bytes()),
        }
    }

    fn set_shape(&mut self, name: &str, dtype: Dtype, shape: &[usize]) {
        let byte_count = shape.iter().product::<usize>() * dtype.bitsize() / 8;
        self.tensors
            .insert(name.to_owned(), (dtype, shape.to_vec(), vec![0; byte_count]));
    }

    fn read(&self) -> anyhow::Result<Ticket> {
        Ticket::from_bytes(&self.to_bytes(), "a.safetensors")
    }
}

fn header_of(json: &str, data: &[u8]) -> Vec<u8> {
    [&(json.len() as u64).to_le_bytes(), json.as_bytes(), data].concat()
}

/// Knuth's linear congruential generator, the upper bits of it.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 32
    }

    fn below(&mut self, bound: usize) -> usize {
        self.next() as usize % bound
    }
}
