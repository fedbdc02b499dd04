//! What is written reads back bit for bit, and what others write reads too.

use safetensors::Dtype;
use serde_json::json;
use tombola::random::{Purpose, stream};
use tombola::{Mlp, kaiming_normal};

use super::{LevelResult, Numbers, Parts, Ticket, header_of, ticket};

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

#[test]
fn a_ticket_survives_its_bytes_bit_for_bit() {
    let written = ticket();
    let read = Ticket::from_bytes(&written.to_bytes().unwrap(), "").unwrap();
    assert_eq!(read, written);
    assert_eq!(bits(&read.params), bits(&written.params));
    assert_eq!(bits(&read.initial.unwrap()), bits(&written.initial.unwrap()));
    assert_eq!(bits(&read.rewind.unwrap()), bits(&written.rewind.unwrap()));
    let (read, written) = (read.normalization.unwrap(), written.normalization.unwrap());
    assert_eq!(bits(&read.shift), bits(&written.shift));
    assert_eq!(bits(&read.scale), bits(&written.scale));
}

#[test]
fn initial_biases_survive_and_are_not_there_where_there_are_none() {
    let without = ticket().to_bytes().unwrap();
    assert!(!String::from_utf8_lossy(&without).contains("initial_bias"));
    let mut written = ticket();
    let mut params = written.initial_params().unwrap();
    let net = tombola::Mlp::new(&written.widths);
    assert_eq!(Ticket::initial_of(net, &params).len(), net.weight_count());
    params[net.weight_count()..].fill(-0.25);
    written.initial = Some(Ticket::initial_of(net, &params));
    let bytes = written.to_bytes().unwrap();
    assert!(String::from_utf8_lossy(&bytes).contains("layers.1.initial_bias"));
    let read = Ticket::from_bytes(&bytes, "").unwrap();
    assert_eq!(read, written);
    assert_eq!(read.initial_params().unwrap(), params);
    // Biases of weights that are not there are refused.
    let renamed = replaced(&bytes, b"initial_weight", b"another_weight");
    let error = Ticket::from_bytes(&renamed, "my").unwrap_err();
    assert!(
        format!("{error:#}").contains("without layers.N.initial_weight"),
        "{error:#}"
    );
}

/// The bytes with one text for another of its length.
fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    while let Some(at) = bytes.windows(from.len()).position(|window| window == from) {
        bytes[at..at + to.len()].copy_from_slice(to);
    }
    bytes
}

#[test]
fn names_of_columns_survive_and_are_not_there_where_there_are_none() {
    let without = ticket().to_bytes().unwrap();
    assert!(!String::from_utf8_lossy(&without).contains("columns"));
    let mut written = ticket();
    written.tasks[0].columns = Some(vec!["petal width (cm)".into(), "ü, \"*/\u{200f}".into()]);
    written.tasks[0].label = Some("species".into());
    let read = Ticket::from_bytes(&written.to_bytes().unwrap(), "").unwrap();
    assert_eq!(read, written);
    assert!(read.tasks[0].is_same(&ticket().tasks[0]));
}

#[test]
fn a_result_of_any_bits_survives_the_file() {
    let mut numbers = Numbers(7);
    let mut ticket = ticket();
    for _ in 0..2000 {
        let losses: [f32; 3] = std::array::from_fn(|_| f32::from_bits(numbers.next() as u32));
        if !losses.iter().all(|loss| loss.is_finite()) {
            continue;
        }
        let accuracy = vec![
            numbers.below(1001) as f64 / 1000.0,
            numbers.below(997) as f64 / 997.0,
        ];
        let [train_loss, validation_loss, test_loss] = losses;
        let result = LevelResult {
            epochs: 1,
            train_loss,
            validation_loss,
            test_loss,
            accuracy,
        };
        ticket.origin.as_mut().unwrap().result = Some(result.clone());
        let read = Ticket::from_bytes(&ticket.to_bytes().unwrap(), "").unwrap();
        let read = read.origin.unwrap().result.unwrap();
        assert_eq!(
            bits(&[read.train_loss, read.validation_loss, read.test_loss]),
            bits(&losses)
        );
        assert_eq!(read.accuracy, result.accuracy);
    }
}

#[test]
fn initial_weights_are_in_the_file_or_drawn_anew_from_their_seed() {
    let net = Mlp::new(&[3, 2, 3]);
    let drawn = |seed: u64| {
        let mut params = vec![0.0; net.param_count()];
        kaiming_normal(net, &mut params, &mut stream(seed, Purpose::Weights));
        params[..net.weight_count()].to_vec()
    };
    let whole = Ticket {
        initial: Some(drawn(u64::MAX)),
        ..ticket()
    };
    let short = Ticket {
        initial_seed: Some(u64::MAX),
        ..whole.clone()
    };
    let [of_whole, of_short] = [&whole, &short].map(|ticket| ticket.to_bytes().unwrap());
    let [in_whole, in_short] = [&of_whole, &of_short].map(|bytes| String::from_utf8_lossy(bytes));
    assert!(in_whole.contains("initial_weight") && !in_whole.contains("initial_seed"));
    assert!(in_short.contains("initial_seed") && !in_short.contains("initial_weight"));
    let read = Ticket::from_bytes(&of_short, "").unwrap();
    assert_eq!(read, whole);
    assert_eq!(bits(read.initial.as_deref().unwrap()), bits(&drawn(u64::MAX)));
    assert_eq!(read.to_bytes().unwrap(), of_short);
    assert_eq!(
        Ticket {
            initial_seed: None,
            ..read
        }
        .to_bytes()
        .unwrap(),
        of_whole
    );
    assert_ne!(
        whole,
        Ticket {
            initial: Some(drawn(0)),
            ..short
        }
    );

    // Weights that are there count; a seed alone, as another program may leave it, is not written again.
    let mut parts = Parts::of(&whole);
    parts.json["initial_seed"] = json!(5);
    let read = parts.read().unwrap();
    assert_eq!((read.initial_seed, &read), (None, &whole));
    let none = Ticket {
        initial: None,
        initial_seed: Some(5),
        ..ticket()
    };
    let read = Ticket::from_bytes(&none.to_bytes().unwrap(), "").unwrap();
    assert_eq!((read.initial_seed, &read), (None, &none));
}

#[test]
fn equal_tickets_are_equal_files() {
    let bytes = ticket().to_bytes().unwrap();
    assert_eq!(bytes, ticket().to_bytes().unwrap());
    assert_eq!(bytes, Ticket::from_bytes(&bytes, "").unwrap().to_bytes().unwrap());
}

#[test]
fn tensors_and_metadata_are_named_as_promised() {
    let parts = Parts::of(&ticket());
    let tensors: Vec<_> = parts
        .tensors
        .iter()
        .map(|(name, (dtype, shape, _))| (&name[..], *dtype, &shape[..]))
        .collect();
    let f32 = Dtype::F32;
    let expected: [(&str, Dtype, &[usize]); 14] = [
        ("input.scale", f32, &[3]),
        ("input.shift", f32, &[3]),
        ("layers.0.bias", f32, &[2]),
        ("layers.0.initial_weight", f32, &[2, 3]),
        ("layers.0.mask", Dtype::U8, &[2, 3]),
        ("layers.0.rewind_bias", f32, &[2]),
        ("layers.0.rewind_weight", f32, &[2, 3]),
        ("layers.0.weight", f32, &[2, 3]),
        ("layers.1.bias", f32, &[3]),
        ("layers.1.initial_weight", f32, &[3, 2]),
        ("layers.1.mask", Dtype::U8, &[3, 2]),
        ("layers.1.rewind_bias", f32, &[3]),
        ("layers.1.rewind_weight", f32, &[3, 2]),
        ("layers.1.weight", f32, &[3, 2]),
    ];
    assert_eq!(tensors, expected);

    let mut plain = ticket();
    (plain.initial, plain.rewind, plain.normalization, plain.origin) = (None, None, None, None);
    plain.tasks[1].classes = None;
    let text = String::from_utf8_lossy(&plain.to_bytes().unwrap()).replace('\\', "");
    let metadata = r#"{"__metadata__":{"tombola":"{"version":1,"widths":[3,2,3],"tasks":[{"name":"moons","inputs":[0,2],"outputs":[1]},{"name":"xor-2_b","inputs":[1],"outputs":[0,2]}]}"},"#;
    assert!(text[8..].starts_with(metadata), "{text}");
}

#[test]
fn a_file_from_elsewhere_needs_only_weight_bias_mask_and_metadata() {
    let mut parts = Parts::of(&ticket());
    parts.tensors.retain(|name, _| {
        [".weight", ".bias", ".mask"]
            .iter()
            .any(|part| name.ends_with(part))
    });
    parts.json = json!({
        "version": 1,
        "note": {"deep": [null]},
        "widths": [3, 2, 3],
        "tasks": [{"name": "one", "outputs": [2, 1, 0], "inputs": [2, 0, 1], "weight": 0.5}],
    });
    parts.set_shape("optimizer.step", Dtype::I64, &[]);
    parts.set_shape("layers.0.running_mean", Dtype::F16, &[4]);
    parts.metadata.insert("format".into(), "pt".into());
    let read = parts.read().unwrap();
    assert_eq!(bits(&read.params), bits(&ticket().params));
    assert_eq!(read.mask, ticket().mask);
    assert_eq!(
        (read.initial, read.rewind, read.normalization, read.origin),
        (None, None, None, None)
    );
    assert_eq!(read.tasks[0].outputs, [2, 1, 0]);
}

#[test]
fn tensors_may_begin_at_any_byte() {
    let bytes = ticket().to_bytes().unwrap();
    for shift in 0..4 {
        let shifted = [vec![0; shift], bytes.clone()].concat();
        assert_eq!(Ticket::from_bytes(&shifted[shift..], "").unwrap(), ticket());
    }
    // Inside the file too: three bytes of another tensor come first.
    let data = [0, 0, 0]
        .into_iter()
        .chain(2.5_f32.to_le_bytes())
        .chain((-1.0_f32).to_le_bytes())
        .chain([1]);
    let json = r#"{"__metadata__":{"tombola":"{\"version\":1,\"widths\":[1,1],\"tasks\":[{\"name\":\"a\",\"inputs\":[0],\"outputs\":[0]}]}"},
        "other":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},
        "layers.0.weight":{"dtype":"F32","shape":[1,1],"data_offsets":[3,7]},
        "layers.0.bias":{"dtype":"F32","shape":[1],"data_offsets":[7,11]},
        "layers.0.mask":{"dtype":"U8","shape":[1,1],"data_offsets":[11,12]}}"#;
    let read = Ticket::from_bytes(&header_of(json, &data.collect::<Vec<_>>()), "").unwrap();
    assert_eq!((read.params, read.mask), (vec![2.5, -1.0], vec![true]));
}

#[test]
fn a_negative_zero_under_a_zero_mask_becomes_positive_and_others_stay() {
    let mut parts = Parts::of(&ticket());
    parts.set("layers.0.weight", 1, -0.0);
    let read = parts.read().unwrap();
    assert_eq!(read.params[1].to_bits(), 0);
    assert_eq!(
        read.params[5].to_bits(),
        (-0.0_f32).to_bits(),
        "a surviving weight"
    );
    assert_eq!(read.params[12].to_bits(), (-0.0_f32).to_bits(), "a bias");

    let mut ticket = ticket();
    ticket.params[1] = -0.0;
    assert_eq!(ticket.to_bytes().unwrap(), super::ticket().to_bytes().unwrap());
}
