//! Files that are no tickets, each with what its message must say.

use safetensors::Dtype;
use serde_json::{Value, json};

use super::{Parts, Ticket, header_of, ticket};
use crate::error::is_bad_input;
use crate::ticket::is_cut_short;

/// Spoils a valid file: it is refused as bad input, with a message that names the file and says `expected`.
#[track_caller]
fn check(spoil: impl FnOnce(&mut Parts), expected: &str) {
    let mut parts = Parts::of(&ticket());
    spoil(&mut parts);
    refused(&parts.to_bytes(), expected);
}

#[track_caller]
fn refused(bytes: &[u8], expected: &str) {
    let error = Ticket::from_bytes(bytes, "a.safetensors").expect_err(expected);
    let message = format!("{error:#}");
    assert!(is_bad_input(&error), "{message}");
    assert!(message.starts_with("a.safetensors: "), "{message}");
    assert!(
        message.contains(expected),
        "{message:?} does not say {expected:?}"
    );
}

#[test]
fn what_is_not_safetensors_is_refused() {
    refused(b"", "the file is empty; write or copy the file again");
    refused(b"PK\x03", "ends after 3 bytes");
    refused(
        b"seed,level,weights_left\n0,0,1216\n",
        "no safetensors file: it declares a header of",
    );
    refused(
        &header_of("{}", b"")[..9],
        "header should have 2 bytes and 1 are there",
    );
    refused(
        &header_of("not json", b""),
        "header cannot be read: expected ident at line 1 column 2",
    );
    refused(&header_of("\u{1b}[31m", b""), "header cannot be read");
    refused(
        &header_of("{\"a\":7}", b""),
        "header cannot be read: invalid type",
    );
    refused(&header_of(&"[".repeat(100_000), b""), "header cannot be read: ");
    refused(&header_of("{}", b""), "no key 'tombola'");
    refused(&header_of("{}", b"tail"), "4 bytes follow the last tensor");
    refused(
        &u64::MAX.to_le_bytes(),
        "declares a header of 18446744073709551615 bytes",
    );
    let bytes = ticket().to_bytes().unwrap();
    refused(&bytes[..bytes.len() - 1], "truncated: its tensors should have");
    refused(
        &bytes[..100],
        "truncated or no safetensors file: its header should have",
    );
}

#[test]
fn only_the_start_of_a_ticket_is_cut_short() {
    let bytes = ticket().to_bytes().unwrap();
    for end in 0..bytes.len() {
        assert!(is_cut_short(&bytes[..end]), "{end} bytes");
    }
    assert!(is_cut_short(&vec![0; bytes.len()]));
    assert!(!is_cut_short(&bytes));
    let spoiled = |at: usize, byte: u8| {
        let mut spoiled = bytes.clone();
        spoiled[at] = byte;
        spoiled
    };
    // A header of another length, that is no JSON, or with another key.
    for bytes in [spoiled(0, bytes[0] - 1), spoiled(8, b'!'), spoiled(10, b'!')] {
        assert!(!is_cut_short(&bytes));
    }
    for text in ["This is no ticket at all.", "hello", "seed,level\n0,0\n"] {
        assert!(!is_cut_short(text.as_bytes()), "{text}");
    }
}

#[test]
fn a_huge_declared_tensor_is_refused_before_it_is_allocated() {
    let tensor = |name: &str, shape: &str, start: u64, end: u64| {
        format!(r#""{name}":{{"dtype":"U8","shape":{shape},"data_offsets":[{start},{end}]}}"#)
    };
    let header = |tensors: &[String]| header_of(&format!("{{{}}}", tensors.join(",")), b"");
    refused(
        &header(&[tensor("a", "[1000000,1000000]", 0, 1_000_000_000_000)]),
        "should have 1000000000000 bytes",
    );
    refused(
        &header(&[tensor("a", "[9223372036854775807,9]", 0, 8)]),
        "overflow",
    );
    refused(&header(&[tensor("a", "[4]", 4, 0)]), "invalid offset");
    // The sum of what is declared comes within eight bytes of the largest number there is.
    let each = (1_u64 << 61) - 1;
    let shape = format!("[{each}]");
    let tensors: Vec<_> = (0..8)
        .map(|i| tensor(&i.to_string(), &shape, i * each, (i + 1) * each))
        .collect();
    refused(
        &header(&tensors),
        "should have 18446744073709551608 bytes and 0 are there",
    );
}

#[test]
fn metadata_that_is_missing_or_malformed_is_refused() {
    let text = |text: &'static str| {
        move |parts: &mut Parts| {
            parts.metadata.insert("tombola".into(), text.into());
        }
    };
    check(text(""), "under 'tombola' cannot be read: EOF");
    check(
        text("widths: 3"),
        "cannot be read: expected value at line 1 column 1",
    );
    check(text("[]"), "cannot be read");
    check(text("{}"), "missing field `version`");
    check(text("{\"version\":1}"), "missing field `widths`");
    check(
        text("{\"version\":1,\"widths\":[3,2,3]}"),
        "missing field `tasks`",
    );
    check(
        |parts| parts.json["version"] = json!(2),
        "version 2, and only version 1 is known",
    );
    check(
        |parts| parts.json["version"] = json!("1"),
        "invalid type: string \"1\", expected u64",
    );
    check(|parts| parts.json["widths"] = json!(3), "expected a sequence");
    check(
        |parts| parts.json["widths"] = json!([3, 2.0, 3]),
        "floating point `2.0`, expected usize",
    );
    check(
        |parts| parts.json["widths"] = json!([3, -2, 3]),
        "invalid value: integer `-2`",
    );
    check(
        |parts| parts.json["widths"] = json!([3, "\u{1b}[2J", 3]),
        "string \"\\u{1b}[2J\"",
    );
    check(
        |parts| parts.json["tasks"][0]["name"] = json!(7),
        "expected a string",
    );
    check(|parts| parts.json["seed"] = json!("7"), "expected u64");
    check(
        |parts| parts.json["seed"] = Value::Null,
        "some of seed, data_seed, level, digest and result",
    );
    check(
        |parts| parts.json["result"] = json!({"epochs": 3}),
        "missing field `train_loss`",
    );
    check(
        |parts| parts.json["result"]["test_loss"] = json!(1e300),
        "number out of range",
    );
    check(
        |parts| parts.json["result"]["accuracy"] = json!([1.0]),
        "result.accuracy has 1 entries",
    );
    check(
        |parts| parts.json["result"]["accuracy"] = json!([1.0, 1.5]),
        "result.accuracy[1] is 1.5",
    );
}

#[test]
fn widths_that_are_no_network_or_another_are_refused() {
    let widths = |widths: Value| move |parts: &mut Parts| parts.json["widths"] = widths;
    check(widths(json!([])), "widths has 0 entries");
    check(widths(json!([3])), "widths has 1 entries");
    check(widths(json!([3, 0, 3])), "widths[1] is 0");
    check(
        widths(json!([u64::MAX, 2, 3])),
        "more than the 4294967295 parameters",
    );
    check(
        widths(json!([1_u64 << 32, (1_u64 << 32) - 1, 1_u64 << 32])),
        "more than the 4294967295 parameters",
    );
    check(
        widths(json!([1_u64 << 30, 2, 3])),
        "layers.0.weight has shape [2, 3], expected [2, 1073741824]",
    );
    check(widths(json!([3, 3])), "layers.1.bias is beyond the 1 layers");
    check(
        widths(json!([3, 2, 3, 3])),
        "layers.2.weight is missing; save weight, bias and mask of each of the 3",
    );
}

#[test]
fn tensors_missing_of_another_type_shape_or_layer_are_refused() {
    for name in ["layers.0.weight", "layers.1.bias", "layers.1.mask"] {
        check(
            |parts| drop(parts.tensors.remove(name)),
            &format!("{name} is missing; save weight"),
        );
    }
    for name in [
        "layers.0.initial_weight",
        "layers.1.rewind_weight",
        "layers.1.rewind_bias",
    ] {
        check(
            |parts| drop(parts.tensors.remove(name)),
            &format!("{name} is missing; save it for all layers or for"),
        );
    }
    check(
        |parts| drop(parts.tensors.remove("input.scale")),
        "of input.shift and input.scale only one is there",
    );
    check(
        |parts| drop(parts.tensors.remove("input.shift")),
        "of input.shift and input.scale only one is there",
    );
    for part in ["rewind_weight", "rewind_bias"] {
        check(
            |parts| parts.tensors.retain(|name, _| !name.ends_with(part)),
            "only one is there; save both",
        );
    }
    let shaped = |name: &'static str, dtype, shape: &'static [usize]| {
        move |parts: &mut Parts| parts.set_shape(name, dtype, shape)
    };
    check(
        shaped("layers.0.weight", Dtype::F64, &[2, 3]),
        "is F64, expected F32; convert it with .to(torch.float32)",
    );
    check(
        shaped("layers.1.bias", Dtype::F16, &[3]),
        "layers.1.bias is F16, expected F32; convert it with .to(torch.",
    );
    check(
        shaped("layers.1.mask", Dtype::BOOL, &[3, 2]),
        "is BOOL, expected U8; convert it with .to(torch.uint8)",
    );
    check(
        shaped("layers.0.weight", Dtype::F32, &[3, 2]),
        "has shape [3, 2], expected [2, 3] from widths",
    );
    check(
        shaped("layers.0.weight", Dtype::F32, &[6]),
        "has shape [6], expected [2, 3]",
    );
    check(
        shaped("layers.1.bias", Dtype::F32, &[3, 1]),
        "layers.1.bias has shape [3, 1], expected [3]",
    );
    check(
        shaped("layers.1.mask", Dtype::U8, &[0]),
        "layers.1.mask has shape [0], expected [3, 2]",
    );
    check(
        shaped("input.scale", Dtype::F32, &[2]),
        "input.scale has shape [2], expected [3]",
    );
    check(
        shaped("layers.2.weight", Dtype::F32, &[3, 3]),
        "layers.2.weight is beyond the 2 layers",
    );
    check(
        shaped("layers.99999999999999999999.mask", Dtype::U8, &[1]),
        "99.mask is beyond the 2 layers",
    );
}

#[test]
fn numbers_that_are_not_finite_are_refused_with_their_place() {
    check(
        |parts| parts.set("layers.0.weight", 4, f32::NAN),
        "layers.0.weight[1, 1] is NaN; every number must be",
    );
    check(
        |parts| parts.set("layers.0.weight", 1, f32::NAN),
        "layers.0.weight[0, 1] is NaN",
    );
    check(
        |parts| parts.set("layers.1.bias", 2, f32::INFINITY),
        "layers.1.bias[2] is inf",
    );
    check(
        |parts| parts.set("layers.1.initial_weight", 3, f32::NEG_INFINITY),
        "layers.1.initial_weight[1, 1] is -inf",
    );
    check(
        |parts| parts.set("layers.0.rewind_weight", 5, f32::NAN),
        "layers.0.rewind_weight[1, 2] is NaN",
    );
    check(
        |parts| parts.set("layers.1.rewind_bias", 0, f32::NAN),
        "layers.1.rewind_bias[0] is NaN",
    );
    check(
        |parts| parts.set("input.shift", 1, f32::NAN),
        "input.shift[1] is NaN",
    );
    check(
        |parts| parts.set("input.scale", 2, f32::INFINITY),
        "input.scale[2] is inf",
    );
    check(
        |parts| parts.set("input.scale", 0, -0.0),
        "input.scale[0] is -0; it must be finite and not 0",
    );
}

#[test]
fn a_mask_that_is_no_mask_or_disagrees_with_the_weights_is_refused() {
    let mask = |index: usize, value: u8| {
        move |parts: &mut Parts| parts.tensors.get_mut("layers.1.mask").unwrap().2[index] = value
    };
    check(mask(4, 2), "layers.1.mask[2, 0] is 2; a mask holds 0");
    check(mask(1, 255), "layers.1.mask[0, 1] is 255");
    check(mask(3, 0), "layers.1.weight[1, 1] is -1e-1, but its mask is 0");
    check(
        |parts| parts.set("layers.0.weight", 3, f32::from_bits(1)),
        "layers.0.weight[1, 0] is 1e-45, but its mask",
    );
}

#[test]
fn tasks_that_do_not_partition_inputs_and_outputs_are_refused() {
    let with = |task: usize, field: &'static str, value: Value| {
        move |parts: &mut Parts| parts.json["tasks"][task][field] = value
    };
    check(|parts| parts.json["tasks"] = json!([]), "tasks is empty");
    check(with(1, "name", json!("moons")), "two tasks are named 'moons'");
    check(with(0, "name", json!("")), "task name '' cannot be used");
    check(
        with(0, "name", json!("two moons")),
        "task name 'two moons' cannot be used",
    );
    check(
        with(0, "name", json!("m\u{f6}nd\n")),
        "task name 'm\u{f6}nd\\n' cannot be used",
    );
    check(with(0, "inputs", json!([])), "task 'moons' has no inputs");
    check(with(1, "outputs", json!([])), "task 'xor-2_b' has no outputs");
    check(
        with(0, "inputs", json!([0, 1, 2])),
        "input 1 belongs to the tasks 'moons' and 'xor-2_b'",
    );
    check(
        with(0, "outputs", json!([0, 1])),
        "output 0 belongs to the tasks 'moons' and 'xor-2_b'",
    );
    check(
        with(0, "inputs", json!([0, 2, 0])),
        "input 0 is listed twice in task 'moons'",
    );
    check(with(0, "inputs", json!([0])), "input 2 belongs to no task");
    check(
        with(0, "inputs", json!([0, 3])),
        "input 3 of task 'moons' is out of range; the network's inputs are 0 to 2",
    );
    check(
        with(0, "outputs", json!([u64::MAX])),
        "output 18446744073709551615 of task 'moons' is out of range",
    );
    check(
        with(1, "classes", json!(["a", "b", "c"])),
        "names 3 classes, expected 2",
    );
    check(
        with(0, "classes", json!(["a", "a"])),
        "task 'moons' names the class 'a' twice",
    );
}

#[test]
fn a_ticket_that_could_not_be_read_is_not_written() {
    let check = |spoil: fn(&mut Ticket), expected: &str| {
        let mut ticket = ticket();
        spoil(&mut ticket);
        let error = ticket.to_bytes().expect_err(expected);
        assert!(!is_bad_input(&error));
        assert_eq!(
            format!("{error:#}"),
            format!("this ticket could not be read again: {expected}")
        );
    };
    check(
        |ticket| ticket.params.truncate(16),
        "params has 16 elements, expected 17 from widths",
    );
    check(
        |ticket| ticket.mask.push(true),
        "mask has 13 elements, expected 12 from widths",
    );
    check(
        |ticket| ticket.initial = Some(vec![]),
        "initial has 0 elements, expected 12 from widths",
    );
    check(
        |ticket| ticket.rewind = Some(vec![0.0; 12]),
        "rewind has 12 elements, expected 17 from widths",
    );
    check(
        |ticket| ticket.mask[0] = false,
        "layers.0.weight[0, 0] is 1.5e0, but its mask is 0; save the weights with the mask applied",
    );
    check(
        |ticket| ticket.widths[0] = 0,
        "widths[0] is 0; every layer needs a neuron",
    );
}
