//! Files as PyTorch writes them, and as it does not.

use std::collections::HashMap;

use safetensors::Dtype;
use safetensors::tensor::TensorView;

use crate::import::network::Network;

fn read(bytes: &[u8], layers: Option<&[String]>) -> Result<Network, String> {
    super::read(bytes, layers, "my net.safetensors")
}

/// A tensor of 32-bit floats: its name, its shape, its numbers.
type Floats<'a> = (&'a str, &'a [usize], &'a [f32]);

fn file(tensors: &[Floats<'_>]) -> Vec<u8> {
    let bytes = tensors.iter().map(|(name, shape, numbers)| {
        let bytes: Vec<u8> = numbers.iter().flat_map(|x| x.to_le_bytes()).collect();
        (*name, Dtype::F32, shape.to_vec(), bytes)
    });
    of_types(&bytes.collect::<Vec<_>>(), None)
}

fn of_types(
    tensors: &[(&str, Dtype, Vec<usize>, Vec<u8>)],
    metadata: Option<HashMap<String, String>>,
) -> Vec<u8> {
    let views = tensors.iter().map(|(name, dtype, shape, bytes)| {
        (
            *name,
            TensorView::new(*dtype, shape.clone(), bytes).expect("a tensor"),
        )
    });
    safetensors::serialize(views, metadata).expect("a file")
}

fn layers(text: &str) -> Vec<String> {
    text.split(',').map(str::to_owned).collect()
}

#[track_caller]
fn refused(bytes: &[u8], expected: &str) {
    let message = read(bytes, None).err().expect("refused");
    assert!(message.contains(expected), "{message}");
}

/// Two inputs, two hidden units, one output.
const SMALL: [Floats<'static>; 4] = [
    ("0.weight", &[2, 2], &[1.0, 2.0, 3.0, 4.0]),
    ("0.bias", &[2], &[5.0, 6.0]),
    ("2.weight", &[1, 2], &[7.0, 8.0]),
    ("2.bias", &[1], &[9.0]),
];

#[track_caller]
fn is_small(network: &Network) {
    assert_eq!(network.widths(), [2, 2, 1]);
    let [first, second] = &*network.layers else {
        panic!("two layers")
    };
    assert_eq!(
        (&*first.weights, &*first.biases),
        (&[1.0, 2.0, 3.0, 4.0][..], &[5.0, 6.0][..])
    );
    assert_eq!((&*second.weights, &*second.biases), (&[7.0, 8.0][..], &[9.0][..]));
}

#[test]
fn a_sequential_is_read_under_any_prefix() {
    for prefix in ["", "module.", "_orig_mod.net.", "params/net/"] {
        let names: Vec<String> = SMALL.iter().map(|(name, ..)| format!("{prefix}{name}")).collect();
        let tensors: Vec<Floats<'_>> = SMALL
            .iter()
            .zip(&names)
            .map(|(of, name)| (&**name, of.1, of.2))
            .collect();
        let network = read(&file(&tensors), None).unwrap();
        is_small(&network);
        assert!(network.layers.iter().all(|layer| layer.mask.is_none()));
        assert!(matches!(&*network.notes, [note] if note.contains("ReLU is taken for granted")));
    }
}

#[test]
fn a_single_layer_has_no_name() {
    let network = read(&file(&[("weight", &[1, 2], &[1.0, 2.0])]), None).unwrap();
    assert_eq!(network.widths(), [2, 1]);
    assert_eq!(network.layers[0].biases, [0.0]);
    assert_eq!(network.notes, ["without biases, which are 0 then: "]);
}

#[test]
fn pruned_weights_and_biases_are_their_product_with_the_mask() {
    let [_, bias, second, last] = SMALL;
    let network = read(
        &file(&[
            ("0.weight_orig", &[2, 2], &[1.0, -2.0, 3.0, 4.0]),
            ("0.weight_mask", &[2, 2], &[1.0, 0.0, 0.0, 1.0]),
            ("0.bias_orig", &[2], bias.2),
            ("0.bias_mask", &[2], &[0.0, 1.0]),
            second,
            last,
        ]),
        None,
    )
    .unwrap();
    let layer = &network.layers[0];
    assert_eq!(
        layer.weights.iter().map(|x| x.to_bits()).collect::<Vec<_>>(),
        [1.0, 0.0, 0.0, 4.0].map(f32::to_bits)
    );
    assert_eq!(layer.mask.as_deref(), Some(&[true, false, false, true][..]));
    assert_eq!(layer.biases, [0.0, 6.0]);
    assert!(network.notes[0].contains("1 bias of '0'"), "{:?}", network.notes);
}

#[test]
fn a_mask_beside_the_weights_prunes_them() {
    let mask = [1, 0, 1, 1];
    let floats = |numbers: &[f32]| numbers.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>();
    for (name, dtype) in [
        ("weight_mask", Dtype::BOOL),
        ("mask", Dtype::U8),
        ("weight_mask", Dtype::I8),
    ] {
        let bytes = of_types(
            &[
                ("fc.weight", Dtype::F32, vec![2, 2], floats(SMALL[0].2)),
                (&format!("fc.{name}"), dtype, vec![2, 2], mask.to_vec()),
            ],
            None,
        );
        let network = read(&bytes, None).unwrap();
        assert_eq!(
            network.layers[0].mask.as_deref(),
            Some(&mask.map(|bit| bit == 1)[..])
        );
        assert!(
            network.notes[0].contains("0 where 1 weight are not"),
            "{:?}",
            network.notes
        );
    }
}

#[test]
fn kernels_and_weights_that_fit_no_other_way_are_transposed() {
    let first = [1.0, 3.0, 5.0, 2.0, 4.0, 6.0];
    for (names, note) in [
        (["a.kernel", "a.bias", "a_1.kernel", "a_1.bias"], false),
        (["0.weight", "0.bias", "1.weight", "1.bias"], true),
    ] {
        let network = read(
            &file(&[
                (names[0], &[2, 3], &first),
                (names[1], &[3], &[0.0; 3]),
                (names[2], &[3, 1], &[7.0, 8.0, 9.0]),
                (names[3], &[1], &[0.0]),
            ]),
            None,
        )
        .unwrap();
        assert_eq!(network.widths(), [2, 3, 1]);
        assert_eq!(network.layers[0].weights, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!(network.layers[1].weights, [7.0, 8.0, 9.0]);
        assert_eq!(network.notes[0].contains("transposed"), note);
    }
}

#[test]
fn layers_can_be_named_in_their_order() {
    let tensors: [Floats<'_>; 3] = [
        ("encoder.weight", &[1, 2], &[1.0, 2.0]),
        ("decoder.weight", &[2, 1], &[3.0, 4.0]),
        ("loss.weight", &[2], &[1.0, 1.0]),
    ];
    refused(
        &file(&tensors[..2]),
        "more than one order, and names do not tell which; give it, in the form of --layers decoder,encoder (1-2-1) or \
         --layers encoder,decoder (2-1-2)",
    );
    let network = read(&file(&tensors), Some(&layers("encoder,decoder"))).unwrap();
    assert_eq!(network.widths(), [2, 1, 2]);
    assert_eq!(
        network.notes[0],
        "left out: 1 tensor of other layers, 'loss.weight'"
    );
    for (names, expected) in [
        ("encoder,encoder", "names 'encoder' twice"),
        (
            "encoder,decodr",
            "--layers 'decodr': there is no such layer; did you mean 'decoder'?",
        ),
        ("x", "such as 'decoder'"),
    ] {
        let message = read(&file(&tensors), Some(&layers(names))).err().unwrap();
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn a_tensor_that_save_model_left_out_is_the_one_it_names() {
    let metadata = HashMap::from([("2.weight".to_owned(), "0.weight".to_owned())]);
    let square = [1.0_f32, 2.0, 3.0, 4.0].map(f32::to_le_bytes).concat();
    let bytes = of_types(&[("0.weight", Dtype::F32, vec![2, 2], square)], Some(metadata));
    let network = read(&bytes, None).unwrap();
    assert_eq!(network.widths(), [2, 2, 2]);
    assert_eq!(network.layers[0].weights, network.layers[1].weights);
}

#[test]
fn a_part_that_is_there_twice_is_refused() {
    for (one, other) in [
        ("a.weight", "a/weight:0"),
        ("a.weight", "a/weight"),
        ("a.kernel", "a.weight"),
    ] {
        let tensors: [Floats<'_>; 2] = [(one, &[1, 2], &[1.0, 2.0]), (other, &[1, 2], &[3.0, 4.0])];
        refused(
            &file(&tensors),
            &format!("the tensors '{one}' and '{other}' are both the weight"),
        );
    }
}

#[test]
fn two_networks_in_one_file_are_not_chained_in_silence() {
    let (square, row) = ([0.5; 4], [0.5; 2]);
    let two: [Floats<'_>; 4] = [
        ("actor.0.weight", &[2, 2], &square),
        ("actor.2.weight", &[2, 2], &square),
        ("critic.0.weight", &[2, 2], &square),
        ("critic.2.weight", &[1, 2], &row),
    ];
    refused(
        &file(&two),
        "'actor.0' (2 to 2) and 'critic.0' (2 to 2) may be layers of two networks, which take the same inputs; name those \
         of one, --layers actor.0,actor.2 (2-2-2) or --layers critic.0,critic.2 (2-2-1), or all",
    );
    let network = read(&file(&two), Some(&layers("critic.0,critic.2"))).unwrap();
    assert_eq!(network.widths(), [2, 2, 1]);
    assert_eq!(
        network.notes[0],
        "left out: 2 tensors of other layers, 'actor.0.weight' and 'actor.2.weight'"
    );
    let one: [Floats<'_>; 2] = [("body.weight", &[1, 2], &row), ("head.weight", &[1, 1], &[1.0])];
    let network = read(&file(&one), None).unwrap();
    assert!(network.notes[0].contains("in the order body, head, the only one that fits"));
}

#[test]
fn one_tensor_by_many_names_is_counted_before_it_is_copied() {
    let names = (1..4096).map(|layer| (format!("{layer}.weight"), "0.weight".to_owned()));
    let zeros = vec![0; 1 << 22];
    let bytes = of_types(
        &[("0.weight", Dtype::F32, vec![1 << 10, 1 << 10], zeros.clone())],
        Some(names.collect()),
    );
    refused(&bytes, "there are 4096 layers, and a network has at most 4095");
    let names = (1..4095).map(|layer| (format!("{layer}.weight"), "0.weight".to_owned()));
    let bytes = of_types(
        &[("0.weight", Dtype::F32, vec![1 << 10, 1 << 10], zeros)],
        Some(names.collect()),
    );
    // They would be 16 GiB.
    refused(&bytes, "all together at most 4294967295 parameters");
}

#[test]
fn tensors_that_are_called_otherwise_come_with_the_line_that_renames_them() {
    let floats = |names: [&'static str; 4]| -> [Floats<'static>; 4] {
        let [a, b, c, d] = SMALL;
        [
            (names[0], a.1, a.2),
            (names[1], b.1, b.2),
            (names[2], c.1, c.2),
            (names[3], d.1, d.2),
        ]
    };
    refused(
        &file(&floats(["W0", "b0", "W1", "b1"])),
        "python -c \"import safetensors.numpy as s; d = s.load_file('my net.safetensors'); d['0.weight'] = d.pop('W0'); \
         d['1.weight'] = d.pop('W1'); d['0.bias'] = d.pop('b0'); d['1.bias'] = d.pop('b1'); \
         s.save_file(d, 'my net-renamed.safetensors')\"",
    );
    refused(
        &file(&floats(["in.weights", "in.biases", "out.weights", "out.biases"])),
        "d['in.bias'] = d.pop('in.biases'); d['in.weight'] = d.pop('in.weights'); ",
    );
    refused(&file(&floats(["W", "b", "V", "c"])), "rename it, save without it");
}

#[test]
fn what_is_no_linear_layer_is_named_with_what_it_is() {
    for (name, shape, expected) in [
        (
            "1.running_mean",
            &[2][..],
            "'1.running_mean' belongs to a batch normalization",
        ),
        (
            "1.weight",
            &[2],
            "'1.weight' of shape [2] belongs to a normalization or an activation",
        ),
        ("1.weight", &[1], "a PReLU"),
        ("1.weight", &[2, 1, 3, 3], "a convolution"),
        ("embedding.weight", &[5, 2], "an embedding"),
        ("a.in_proj_weight", &[6, 2], "attention"),
        ("rnn.weight_ih_l0", &[6, 2], "a recurrent layer"),
        ("0.weight_g", &[2, 1], "weight norm; make its weights plain"),
        (
            "0.parametrizations.weight.original0",
            &[2, 1],
            "a parametrization",
        ),
        ("0.weight_u", &[2], "spectral norm"),
        ("0.scale", &[], "a quantized layer"),
        ("exp_avg", &[2], "an optimizer"),
        ("0.lora_A.weight", &[2, 2], "an adapter"),
        ("W1", &[2, 2], "belongs to no linear layer"),
        ("a\u{1b}[2J.b", &[2, 2], "'a\\u{1b}[2J.b'"),
        ("3.bias", &[2], "'3' has bias and no weight"),
        (
            "5.weight",
            &[3, 3],
            "'2' (2 to 1) does not fit before '5' (3 to 3)",
        ),
        ("0.bias_mask", &[2], "soft"),
    ] {
        let numbers = vec![0.5; shape.iter().product()];
        let tensors = [&SMALL[..], &[(name, shape, &numbers)]].concat();
        let message = read(&file(&tensors), None).err();
        let expected = if expected == "soft" {
            "a mask holds 0 (pruned) or 1 (survives)"
        } else {
            expected
        };
        assert!(
            message.as_ref().is_some_and(|message| message.contains(expected)),
            "{name}: {message:?}"
        );
    }
}

#[test]
fn halves_of_what_pruning_leaves_are_refused() {
    let ones: &[f32] = &[1.0; 4];
    let weight: Floats<'_> = ("0.weight", &[2, 2], ones);
    let original: Floats<'_> = ("0.weight_orig", &[2, 2], ones);
    let mask: Floats<'_> = ("0.weight_mask", &[2, 2], &[1.0, 0.0, 1.0, 1.0]);
    refused(
        &file(&[original]),
        "'0.weight_orig' is there without 'weight_mask'",
    );
    refused(&file(&[mask]), "'0' has weight_mask and no weight");
    refused(
        &file(&[weight, original, mask]),
        "'0.weight' is not '0.weight_orig' times '0.weight_mask'",
    );
    refused(
        &file(&[original, ("0.weight_mask", &[4], ones)]),
        "of shape [4] does not fit '0.weight_orig'",
    );
    let product: Floats<'_> = ("0.weight", &[2, 2], &[1.0, 0.0, 1.0, 1.0]);
    assert!(read(&file(&[product, original, mask]), None).is_ok());
}

#[test]
fn numbers_that_a_ticket_cannot_have_are_refused_with_their_element() {
    let with = |x: f32| file(&[("fc.weight", &[2, 2], &[0.0, 0.0, x, 0.0])]);
    refused(&with(f32::NAN), "fc.weight[1, 0] is NaN");
    refused(&with(f32::INFINITY), "fc.weight[1, 0] is inf");
    // Also below a mask: PyTorch's product is NaN, too.
    let masked = [
        ("a.weight_orig", &[1, 1][..], &[f32::NAN][..]),
        ("a.weight_mask", &[1, 1], &[0.0]),
    ];
    refused(&file(&masked), "a.weight_orig[0, 0] is NaN");
    for (dtype, size, expected) in [
        (Dtype::I8, 1, "'fc.weight' holds integers: a quantized network"),
        (Dtype::F8_E4M3, 1, "'fc.weight' is F8_E4M3, which is not read"),
        (Dtype::C64, 8, "'fc.weight' is C64"),
    ] {
        refused(
            &of_types(&[("fc.weight", dtype, vec![2, 2], vec![0; 4 * size])], None),
            expected,
        );
    }
}

#[test]
fn sizes_that_make_no_layer_are_refused() {
    refused(&file(&[]), "no tensors of linear layers");
    refused(&file(&[("0.weight", &[0, 4], &[])]), "holds no numbers");
    refused(&file(&[("0.weight", &[1 << 40, 0], &[])]), "holds no numbers");
    refused(
        &file(&[SMALL[0], ("0.bias", &[3], &[0.0; 3])]),
        "'0.bias' of shape [3] does not fit '0.weight'",
    );
    refused(
        &file(&[SMALL[0], ("0.bias", &[1, 1, 2], &[0.0; 2])]),
        "does not fit",
    );
    assert!(read(&file(&[SMALL[0], ("0.bias", &[1, 2], &[0.0; 2])]), None).is_ok());
}
