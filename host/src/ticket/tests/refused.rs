//! Files that are no tickets, each with what its message must say.

use safetensors::Dtype;
use serde_json::{Value, from_str};

use super::{Parts, Ticket, header_of, ticket};
use crate::error;
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
    let message = error::refused(Ticket::from_bytes(bytes, "a.safetensors"), &[expected]);
    assert!(message.starts_with("a.safetensors: "), "{message}");
}

/// Checks each line of `cases`: what is spoiled, how, and what the message says.
fn check_each(cases: &str, spoil: impl Fn(&mut Parts, &str, &str)) {
    for case in cases.lines() {
        let fields: Vec<&str> = case.split('|').map(str::trim).collect();
        let [what, how, expected] = fields[..] else {
            panic!("three fields: {case}")
        };
        check(|parts| spoil(parts, what, how), expected);
    }
}

/// A field of the JSON is another value.
fn set_field(parts: &mut Parts, pointer: &str, value: &str) {
    let (object, key) = pointer.rsplit_once('/').unwrap();
    parts.json.pointer_mut(object).unwrap()[key] = from_str(value).unwrap();
}

/// An element of a tensor, counted row by row, is another number.
fn set_element(parts: &mut Parts, place: &str, value: &str) {
    let (name, index) = place.split_once(' ').unwrap();
    parts.set(name, index.parse().unwrap(), value.parse().unwrap());
}

#[test]
fn what_is_not_safetensors_is_refused() {
    refused(b"", "the file is empty; write or copy the file again");
    refused(b"PK\x03", "ends after 3 bytes");
    let text = b"seed,level,weights_left\n0,0,1216\n";
    refused(text, "no safetensors file: it begins as text, with");
    let header = &header_of("{}", b"")[..9];
    refused(header, "header should have 2 bytes, of which there are 1");
    for (header, data, expected) in [
        (
            "not json",
            "",
            "cannot be read: expected ident at line 1 column 2",
        ),
        ("\u{1b}[31m", "", "header cannot be read"),
        ("{\"a\":7}", "", "header cannot be read: invalid type"),
        (&"[".repeat(100_000), "", "header cannot be read: "),
        ("{}", "", "no key 'tombola'"),
        ("{}", "tail", "there are 4 bytes after the last tensor"),
    ] {
        refused(&header_of(header, data.as_bytes()), expected);
    }
    let length = u64::MAX;
    let expected = format!("declares a header of {length} bytes");
    refused(&length.to_le_bytes(), &expected);
    let bytes = ticket().to_bytes().unwrap();
    let (last, header) = (&bytes[..bytes.len() - 1], &bytes[..100]);
    refused(last, "truncated: its tensors should have");
    refused(header, "truncated or no safetensors file: its header should have");
}

#[test]
fn only_the_start_of_a_ticket_is_cut_short() {
    let bytes = ticket().to_bytes().unwrap();
    for end in 8..bytes.len() {
        assert!(is_cut_short(&bytes[..end]), "{end} bytes");
    }
    assert!(is_cut_short(&[]));
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
    for text in ["This is no ticket at all.", "hello", "hi\n", "seed,level\n0,0\n"] {
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
        "should have 18446744073709551608 bytes, of which there are 0",
    );
}

#[test]
fn metadata_that_is_missing_or_malformed_is_refused() {
    for (text, expected) in [
        ("", "under 'tombola' cannot be read: EOF"),
        ("widths: 3", "cannot be read: expected value at line 1 column 1"),
        ("[]", "cannot be read"),
        ("{}", "missing field `version`"),
        (r#"{"version":1}"#, "missing field `widths`"),
        (r#"{"version":1,"widths":[3,2,3]}"#, "missing field `tasks`"),
    ] {
        let spoil = |parts: &mut Parts| parts.metadata.insert("tombola".into(), text.into());
        check(|parts| drop(spoil(parts)), expected);
    }
    let cases = r#"/version | 2 | version 2, and only version 1 is known
/version | "1" | invalid type: string "1", expected u64
/widths | 3 | expected a sequence
/widths | [3, 2.0, 3] | floating point `2.0`, expected usize
/widths | [3, -2, 3] | invalid value: integer `-2`
/widths | [3, "\u001b[2J", 3] | string "\u{1b}[2J"
/tasks/0/name | 7 | expected a string
/seed | "7" | expected u64
/seed | null | some of seed, data_seed, level, digest and result
/digest | null | some of seed, data_seed, level, digest and result
/result | {"epochs": 3} | missing field `train_loss`
/result/test_loss | 1e300 | number out of range
/result/accuracy | [1.0] | result.accuracy has 1 entry
/result/accuracy | [1.0, 1.5] | result.accuracy[1] is 1.5; it must be in 0 to 1"#;
    check_each(cases, set_field);
}

#[test]
fn widths_that_are_no_network_or_another_are_refused() {
    let cases = "/widths | [] | widths has 0 entries
/widths | [3] | widths has 1 entry
/widths | [3, 0, 3] | widths[1] is 0
/widths | [18446744073709551615, 2, 3] | more than the 4294967295 parameters
/widths | [4294967296, 4294967295, 4294967296] | more than the 4294967295 parameters
/widths | [1073741824, 2, 3] | layers.0.weight has shape [2, 3], expected [2, 1073741824]
/widths | [3, 3] | layers.1.bias is beyond the 1 layers
/widths | [3, 2, 3, 3] | layers.2.weight is missing; save weight, bias and mask of each of the 3";
    check_each(cases, set_field);
}

#[test]
fn tensors_missing_of_another_type_shape_or_layer_are_refused() {
    let cases = "layers.0.weight | | layers.0.weight is missing; save weight
layers.1.bias | | layers.1.bias is missing; save weight
layers.1.mask | | layers.1.mask is missing; save weight
layers.0.initial_weight | | layers.0.initial_weight is missing; save it for all layers or for
layers.1.rewind_weight | | layers.1.rewind_weight is missing; save it for all layers or for
layers.1.rewind_bias | | layers.1.rewind_bias is missing; save it for all layers or for
rewind_weight | | only one is there; save both
rewind_bias | | only one is there; save both
input.scale | | of input.shift and input.scale only one is there
input.shift | | of input.shift and input.scale only one is there";
    check_each(cases, |parts, end, _| {
        parts.tensors.retain(|name, _| !name.ends_with(end));
    });
    let cases = "layers.0.weight F64 | [2, 3] | is F64, expected F32; convert it with .to(torch.float32)
layers.1.bias F16 | [3] | layers.1.bias is F16, expected F32; convert it with .to(torch.
layers.1.mask BOOL | [3, 2] | is BOOL, expected U8; convert it with .to(torch.uint8)
layers.0.weight F32 | [3, 2] | has shape [3, 2], expected [2, 3] from widths
layers.0.weight F32 | [6] | has shape [6], expected [2, 3]
layers.1.bias F32 | [3, 1] | layers.1.bias has shape [3, 1], expected [3]
layers.1.mask U8 | [0] | layers.1.mask has shape [0], expected [3, 2]
input.scale F32 | [2] | input.scale has shape [2], expected [3]
layers.2.weight F32 | [3, 3] | layers.2.weight is beyond the 2 layers
layers.99999999999999999999.mask U8 | [1] | 99.mask is beyond the 2 layers";
    check_each(cases, |parts, tensor, shape| {
        let (name, dtype) = tensor.split_once(' ').unwrap();
        let dtype: Dtype = serde_json::from_value(Value::from(dtype)).unwrap();
        parts.set_shape(name, dtype, &from_str::<Vec<usize>>(shape).unwrap());
    });
}

#[test]
fn numbers_that_are_not_finite_are_refused_with_their_place() {
    let cases = "layers.0.weight 4 | NaN | layers.0.weight[1, 1] is NaN; every number must be
layers.0.weight 1 | NaN | layers.0.weight[0, 1] is NaN
layers.1.bias 2 | inf | layers.1.bias[2] is inf
layers.1.initial_weight 3 | -inf | layers.1.initial_weight[1, 1] is -inf
layers.0.rewind_weight 5 | NaN | layers.0.rewind_weight[1, 2] is NaN
layers.1.rewind_bias 0 | NaN | layers.1.rewind_bias[0] is NaN
input.shift 1 | NaN | input.shift[1] is NaN; it must be finite
input.scale 2 | inf | input.scale[2] is inf
input.scale 0 | -0 | input.scale[0] is -0; it must be finite and not 0";
    check_each(cases, set_element);
}

#[test]
fn a_mask_that_is_no_mask_or_disagrees_with_the_weights_is_refused() {
    let cases = "layers.1.mask 4 | 2 | layers.1.mask[2, 0] is 2; a mask holds 0
layers.1.mask 1 | 255 | layers.1.mask[0, 1] is 255
layers.1.mask 3 | 0 | layers.1.weight[1, 1] is -1e-1, but its mask is 0
layers.0.weight 3 | 1e-45 | layers.0.weight[1, 0] is 1e-45, but its mask";
    check_each(cases, set_element);
}

#[test]
fn tasks_that_do_not_partition_inputs_and_outputs_are_refused() {
    let cases = r#"/tasks | [] | tasks is empty
/tasks/1/name | "moons" | two tasks are named 'moons'
/tasks/0/name | "" | task name '' cannot be used
/tasks/0/name | "two moons" | task name 'two moons' cannot be used
/tasks/0/name | "m\u00f6nd\n" | task name 'mönd\n' cannot be used
/tasks/0/inputs | [] | task 'moons' has no inputs
/tasks/1/outputs | [] | task 'xor-2_b' has no outputs
/tasks/0/inputs | [0, 1, 2] | input 1 belongs to the tasks 'moons' and 'xor-2_b'; give it to one of them, or let the metadata say "shares_inputs":true
/tasks/0/outputs | [0, 1] | output 0 belongs to the tasks 'moons' and 'xor-2_b'
/tasks/0/inputs | [0, 2, 0] | input 0 is listed twice in task 'moons'
/tasks/0/inputs | [0] | input 2 belongs to no task
/tasks/0/inputs | [0, 3] | input 3 of task 'moons' is out of range; the network's inputs are 0 to 2
/tasks/0/outputs | [18446744073709551615] | output 18446744073709551615 of task 'moons' is out of range
/tasks/1/classes | ["a", "b", "c"] | names 3 classes, expected 2
/tasks/0/classes | ["a", "a"] | task 'moons' names the class 'a' twice"#;
    check_each(cases, set_field);
}

#[test]
fn names_of_columns_that_are_not_one_for_each_input_or_hostile_are_refused() {
    let cases = r#"/tasks/0/columns | ["a"] | task 'moons' names 1 column, expected 2: one for each
/tasks/0/columns | ["a", "b", "c"] | names 3 columns, expected 2
/tasks/1/columns | [] | names 0 columns, expected 1
/tasks/0/columns | ["a", " a"] | task 'moons' names the column ' a' twice
/tasks/0/columns | ["a", ""] | task 'moons': the name '' of a column is empty
/tasks/0/columns | ["a", " "] | the name ' ' of a column is empty
/tasks/0/columns | ["a", "b\n*/ int x;"] | the name 'b\n*/ int x;' of a column holds U+000A, a line break
/tasks/0/columns | ["a", "\u001b[2J"] | the name '\u{1b}[2J' of a column holds U+001B, the escape character
/tasks/0/columns | ["a", 7] | invalid type: integer `7`, expected a string
/tasks/0/columns | "ab" | invalid type: string "ab", expected a sequence
/tasks/0/label | "\u0000" | the name '\0' of a column holds U+0000, a zero byte
/tasks/0/label | ["a"] | expected a string"#;
    check_each(cases, set_field);
    let long = format!("[\"{}\", \"b\"]", "ü".repeat(1001));
    let expected = "of a column has more than 1000 characters";
    check(|parts| set_field(parts, "/tasks/0/columns", &long), expected);
    let label_in_columns = |parts: &mut Parts| {
        set_field(parts, "/tasks/0/columns", r#"["a", "b"]"#);
        set_field(parts, "/tasks/0/label", r#""b""#);
    };
    check(label_in_columns, "names the column 'b' twice");
}

#[test]
fn a_ticket_that_could_not_be_read_is_not_written() {
    let check = |spoil: fn(&mut Ticket), expected: &str| {
        let mut ticket = ticket();
        spoil(&mut ticket);
        let error = ticket.to_bytes().expect_err(expected);
        assert!(!error::is_bad_input(&error));
        let message = format!("{error:#}");
        assert_eq!(
            message,
            format!("this ticket could not be read again: {expected}")
        );
    };
    let lengths = |name: &str, length: usize, expected: usize| {
        format!("{name} has {length} elements, expected {expected} from widths")
    };
    check(|ticket| ticket.params.truncate(16), &lengths("params", 16, 17));
    check(|ticket| ticket.mask.push(true), &lengths("mask", 13, 12));
    check(|ticket| ticket.initial = Some(vec![]), &lengths("initial", 0, 12));
    let twelve = |ticket: &mut Ticket| ticket.rewind = Some(vec![0.0; 12]);
    check(twelve, &lengths("rewind", 12, 17));
    check(
        |ticket| ticket.mask[0] = false,
        "layers.0.weight[0, 0] is 1.5e0, but its mask is 0; save the weights with the mask applied",
    );
    check(
        |ticket| ticket.widths[0] = 0,
        "widths[0] is 0; every layer needs a neuron",
    );
}
