//! Models as exporters write them, and as they do not. That their logits are those of onnxruntime is a contract test.

use super::external::Files;
use super::read;
use crate::import::network::{Ending, Network};
use crate::onnx::write::Message;
use crate::onnx::{attribute, data_type, graph, model, node, operator_set, tensor, value_info};

/// A model that is described in lines: `Gemm x w b -> y transB=1`; constants are `w`, `v` (2, 2), `b`, `s` (2) and `u` (1, 2).
#[derive(Default)]
struct Model {
    nodes: Vec<Message>,
    constants: Vec<Message>,
    inputs: Vec<Message>,
    outputs: Vec<Message>,
    opset: usize,
}

fn float(name: &str, shape: &[usize], numbers: &[f32]) -> Message {
    let bytes: Vec<u8> = numbers.iter().flat_map(|x| x.to_le_bytes()).collect();
    Message::default()
        .ints(tensor::DIMS, shape)
        .int(tensor::DATA_TYPE, data_type::FLOAT)
        .bytes(tensor::NAME, name)
        .bytes(tensor::RAW_DATA, bytes)
}

/// An input or output, with an axis of any size for each 0.
fn value(name: &str, shape: &[usize]) -> Message {
    of_element(name, shape, data_type::FLOAT)
}

fn of_element(name: &str, shape: &[usize], element: usize) -> Message {
    let axes = shape.iter().map(|&axis| match axis {
        0 => Message::default().bytes(value_info::DIM_PARAM, "N"),
        axis => Message::default().int(value_info::DIM_VALUE, axis),
    });
    let shape = Message::default().all(value_info::DIM, axes);
    let tensor = Message::default()
        .int(value_info::ELEM_TYPE, element)
        .bytes(value_info::SHAPE, shape);
    let of_type = Message::default().bytes(value_info::TENSOR_TYPE, tensor);
    Message::default()
        .bytes(value_info::NAME, name)
        .bytes(value_info::TYPE, of_type)
}

impl Model {
    /// With an input `x` (N, 2) and an output `y`.
    fn of(lines: &str) -> Self {
        let mut this = Self {
            constants: vec![
                float("w", &[2, 2], &[1.0, 2.0, 3.0, 4.0]),
                float("v", &[2, 2], &[5.0, 6.0, 7.0, 8.0]),
                float("u", &[2, 1], &[9.0, 10.0]),
                float("b", &[2], &[0.5, -0.5]),
                float("s", &[1, 2], &[2.0, 4.0]),
                float("zero", &[], &[0.0]),
                float("one", &[], &[1.0]),
                float("half", &[], &[0.5]),
            ],
            inputs: vec![value("x", &[0, 2])],
            outputs: vec![value("y", &[0, 2])],
            opset: 17,
            ..Self::default()
        };
        for line in lines.split("; ") {
            let (of, made) = line.split_once(" -> ").expect("an arrow");
            let (of, made) = (
                of.split(' ').collect::<Vec<_>>(),
                made.split(' ').collect::<Vec<_>>(),
            );
            let (outputs, attributes): (Vec<&str>, Vec<&str>) =
                made.iter().partition(|word| !word.contains('='));
            let attribute = |text: &&str| {
                let (name, number) = text.split_once('=').expect("a number");
                let this = Message::default().bytes(attribute::NAME, name);
                if let Ok(int) = number.parse::<usize>() {
                    return this.int(attribute::I, int).int(attribute::TYPE, attribute::INT);
                }
                let mut this = this;
                this.0.push((attribute::F as u8) << 3 | 5);
                this.0
                    .extend(number.parse::<f32>().expect("a float").to_le_bytes());
                this
            };
            let (operator, domain) = of[0].split_once('@').unwrap_or((of[0], ""));
            this.nodes.push(
                Message::default()
                    .all(node::INPUT, &of[1..])
                    .all(node::OUTPUT, outputs)
                    .bytes(node::OP_TYPE, operator)
                    .bytes(node::DOMAIN, domain)
                    .all(node::ATTRIBUTE, attributes.iter().map(attribute)),
            );
        }
        this
    }

    fn bytes(self) -> Vec<u8> {
        let graph = Message::default()
            .all(graph::NODE, self.nodes)
            .all(graph::INITIALIZER, self.constants)
            .all(graph::INPUT, self.inputs)
            .all(graph::OUTPUT, self.outputs);
        Message::default()
            .int(model::IR_VERSION, 8)
            .bytes(
                model::OPSET_IMPORT,
                Message::default().int(operator_set::VERSION, self.opset),
            )
            .bytes(model::GRAPH, graph)
            .0
    }

    fn read(self) -> Result<Network, String> {
        read(&self.bytes(), &Files::new())
    }
}

fn network(lines: &str) -> Network {
    Model::of(lines).read().unwrap()
}

#[track_caller]
fn refused(lines: &str, expected: &str) {
    let message = Model::of(lines)
        .read()
        .err()
        .unwrap_or_else(|| panic!("not refused: {lines}"));
    assert!(message.contains(expected), "{message}");
}

/// Two layers, however they are written.
#[test]
fn layers_are_gemm_or_mat_mul_and_add() {
    for lines in [
        "Gemm x w b -> h transB=1; Relu h -> r; Gemm r v -> y transB=1",
        "MatMul x wt -> p; Add p b -> h; Relu h -> r; MatMul r vt -> y",
        "MatMul x wt -> p; Add b p -> h; Relu h -> r; Dropout r -> d mask; Gemm d vt -> y",
        "Transpose w -> w2; Identity x -> x2; MatMul x2 w2 -> p; Add p b -> h; Relu h -> r; Relu r -> r2; MatMul r2 vt -> y",
        "Gemm r v -> y transB=1; Relu h -> r; Gemm x w b -> h transB=1",
        "Flatten x -> f; Cast f -> c to=1; Gemm c w b -> h transB=1; Relu h -> r; Tanh r -> unused; Gemm r v -> y transB=1",
    ] {
        let mut model = Model::of(lines);
        model.constants.push(float("wt", &[2, 2], &[1.0, 3.0, 2.0, 4.0]));
        model.constants.push(float("vt", &[2, 2], &[5.0, 7.0, 6.0, 8.0]));
        let network = model.read().expect(lines);
        let [first, second] = &*network.layers else {
            panic!("{lines}")
        };
        assert_eq!(
            (&*first.weights, &*first.biases),
            (&[1.0, 2.0, 3.0, 4.0][..], &[0.5, -0.5][..]),
            "{lines}"
        );
        assert_eq!(
            (&*second.weights, &*second.biases),
            (&[5.0, 6.0, 7.0, 8.0][..], &[0.0, 0.0][..]),
            "{lines}"
        );
        assert!(network.normalization.is_none() && network.said.ending.is_none() && network.notes.is_empty());
    }
}

#[test]
fn factors_are_applied_where_that_is_exact() {
    let layer = &network("Gemm x w b -> y transB=1 alpha=0.5 beta=2.0").layers[0];
    assert_eq!(
        (&*layer.weights, &*layer.biases),
        (&[0.5, 1.0, 1.5, 2.0][..], &[1.0, -1.0][..])
    );
    let layer = &network("MatMul x w -> p; Sub p b -> y").layers[0];
    assert_eq!(
        (&*layer.weights, &*layer.biases),
        (&[1.0, 3.0, 2.0, 4.0][..], &[-0.5, 0.5][..])
    );
    refused(
        "Gemm x w b -> y alpha=0.1",
        "its alpha is 0.1, and the product with it is not exact",
    );
}

#[test]
fn normalization_before_the_first_layer_is_shift_and_scale() {
    for (lines, expected) in [
        ("Sub x b -> a; Mul a s -> n; ", Some(([0.5, -0.5], [2.0, 4.0]))),
        ("Add x b -> a; Div a s -> n; ", Some(([-0.5, 0.5], [0.5, 0.25]))),
        ("Mul s x -> n; ", Some(([0.0, 0.0], [2.0, 4.0]))),
        ("Sub b x -> n; ", Some(([0.5, -0.5], [-1.0, -1.0]))),
        ("Add x zero -> n; ", None),
    ] {
        let network = network(&format!("{lines}MatMul n w -> y"));
        let made = network.normalization.map(|by| (by.shift, by.scale));
        let expected = expected.map(|(shift, scale): ([f32; 2], [f32; 2])| (shift.to_vec(), scale.to_vec()));
        assert_eq!(made, expected, "{lines}");
        assert!(network.notes.is_empty(), "{lines}");
    }
    let network = network("Mul x s -> a; Sub a b -> n; MatMul n w -> y");
    assert!(network.notes[0].contains("right to rounding"));
}

#[test]
fn what_follows_the_logits_is_their_answer() {
    for (lines, ending) in [
        ("MatMul x w -> z; Softmax z -> y", Some(Ending::Softmax)),
        ("MatMul x w -> z; Sigmoid z -> y", Some(Ending::Logistic)),
        (
            "MatMul x w -> z; ArgMax z -> c axis=1; Cast c -> y to=7",
            Some(Ending::Softmax),
        ),
        ("MatMul x w -> z; Greater z zero -> y", Some(Ending::Logistic)),
        (
            "MatMul x u -> z; Sigmoid z -> p; Greater p half -> g; Cast g -> y to=7",
            Some(Ending::Logistic),
        ),
        (
            "MatMul x u -> z; Sigmoid z -> p; Sub one p -> q; Concat q p -> c axis=1; ArgMax c -> y axis=1",
            Some(Ending::Logistic),
        ),
        ("MatMul x u -> z; Squeeze z -> y", None),
    ] {
        assert_eq!(network(lines).said.ending, ending, "{lines}");
    }
    refused(
        "MatMul x w -> z; Softmax z -> y axis=0",
        "does not work along the outputs",
    );
    refused(
        "MatMul x u -> z; Softmax z -> y",
        "of a single output it is always the same",
    );
    refused("MatMul x w -> z; Greater z one -> y", "above 0");
    refused(
        "MatMul x w -> z; ArgMax z -> y axis=1 select_last_index=1",
        "takes the last",
    );
    refused(
        "MatMul x w -> z; Sigmoid z -> p; MatMul p w -> y",
        "it computes with probabilities or classes",
    );
    refused(
        "MatMul x w -> h; Relu h -> r; Softmax r -> p; MatMul r w -> q; Add q p -> y",
        "",
    );
}

/// What would be another class than the ticket's.
#[test]
fn another_answer_than_a_tickets_is_refused() {
    for (tail, expected) in [
        ("Sigmoid z -> p; Greater p zero -> y", "the sigmoid above 0.5"),
        ("Greater z half -> y", "above 0"),
        ("Greater zero z -> y", "above 0"),
        (
            "Sigmoid z -> p; Sub one p -> y",
            "'y' is of some logits, or 1 − sigmoid",
        ),
        ("Sigmoid z -> p; Sub half p -> y", "computes with probabilities"),
        (
            "Sigmoid z -> p; Sub one p -> q; Concat p q -> c axis=1; ArgMax c -> y axis=1",
            "read only as [1 − sigmoid, sigmoid]",
        ),
        ("Sigmoid z -> p; Round p -> y", "computes with probabilities"),
        ("Sigmoid z -> p; Cast p -> y to=7", "it makes other numbers"),
        ("Greater z zero -> g; Not g -> y", "computes with probabilities"),
    ] {
        refused(&format!("MatMul x u -> z; {tail}"), expected);
    }
    for (tail, expected) in [
        ("ArgMin z -> y axis=1", "(ArgMin): this operator is not read"),
        ("Slice z zero one -> y", "(Slice): this operator is not read"),
        ("Split z -> y r axis=1", "(Split): this operator is not read"),
        ("Transpose z -> y", "(Transpose): this operator is not read"),
        ("Gather z both -> y axis=1", "'y' is of some logits"),
        ("Gather z b -> y axis=1", "outputs that are not there"),
        (
            "Reshape z long -> r; Softmax r -> y",
            "does not work along the outputs",
        ),
        (
            "Squeeze z -> r; ArgMax r -> y axis=1",
            "does not work along the outputs",
        ),
        (
            "Reshape z long -> r; MatMul r w -> y",
            "in another form than rows",
        ),
        (
            "Sigmoid z -> p; ArgMax p -> y axis=1",
            "computes with probabilities",
        ),
        (
            "Sigmoid z -> p; Softmax z -> q; Concat p q -> y axis=1",
            "in two ways",
        ),
        (
            "ArgMax z -> k axis=1; Gather same k -> y",
            "two classes have the label '3'",
        ),
        ("ArgMax z -> k axis=1; Gather one k -> y", "must be a list"),
        (
            "ArgMax z -> k axis=1; Gather b k -> y",
            "the label 0.5 is no integer",
        ),
        ("ArgMax z -> k axis=1; Cast k -> y to=9", "it makes other numbers"),
    ] {
        let mut model = Model::of(&format!("MatMul x w -> z; {tail}"));
        model.constants.push(float("both", &[2], &[1.0, 0.0]));
        model.constants.push(float("long", &[1], &[-1.0]));
        model.constants.push(float("same", &[2], &[3.0, 3.0]));
        let message = model.read().map(|_| tail).unwrap_err();
        assert!(message.contains(expected), "{tail}: {message}");
    }
}

#[test]
fn a_list_of_classes_names_them() {
    let mut model = Model::of(
        "MatMul x w -> z; ArgMax z -> k axis=1; ArrayFeatureExtractor@ai.onnx.ml names k -> l; Cast l -> y to=7",
    );
    model.constants.push(float("names", &[2], &[7.0, 3.0]));
    assert_eq!(model.read().unwrap().said.classes.unwrap(), ["7", "3"]);
    let mut model = Model::of("MatMul x u -> z; Greater z zero -> k; Cast k -> i to=7; Gather names i -> y");
    let texts = Message::default()
        .ints(tensor::DIMS, &[2])
        .int(tensor::DATA_TYPE, 8)
        .bytes(tensor::NAME, "names")
        .bytes(tensor::STRING_DATA, "no")
        .bytes(tensor::STRING_DATA, "yes");
    model.constants.push(texts);
    assert_eq!(model.read().unwrap().said.classes.unwrap(), ["no", "yes"]);
}

#[test]
fn several_heads_are_one_layer_with_a_task_for_each() {
    let heads = |lines: &str, outputs: &[&str]| {
        let mut model = Model::of(lines);
        model.outputs = outputs.iter().map(|output| value(output, &[0, 2])).collect();
        model.read()
    };
    let trunk = "MatMul x w -> h; Relu h -> r; MatMul r w -> a; MatMul r v -> c";
    for (rest, outputs) in [
        ("", &["a", "c"][..]),
        ("; Add a b -> p; ArgMax c -> k axis=1", &["p", "k"]),
        (
            "; Softmax a -> p; ArgMax a -> q axis=1; Softmax c -> k",
            &["q", "p", "k"],
        ),
    ] {
        let network = heads(&format!("{trunk}{rest}"), outputs).unwrap();
        assert_eq!(network.widths(), [2, 2, 4], "{rest}");
        let tasks = network.said.tasks.unwrap();
        let names: Vec<&str> = tasks.iter().map(|task| &*task.name).collect();
        assert_eq!(names, [outputs[0], outputs[outputs.len() - 1]]);
        assert_eq!(tasks[1].outputs, [2, 3]);
    }
    for (rest, outputs, expected) in [
        ("", &["a", "r"][..], "hidden layer"),
        ("; Concat a c -> y axis=1", &["y"], "branch"),
        ("; Relu c -> q; MatMul q w -> y", &["a", "y"], "2 and of 3 layers"),
        ("; Add a c -> y", &["y", "a"], "branch"),
    ] {
        let message = heads(&format!("{trunk}{rest}"), outputs).err().unwrap();
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn samples_of_several_axes_are_images() {
    for (shape, is_image) in [(&[0, 1, 2][..], true), (&[0, 2], false)] {
        let mut model = Model::of("Flatten x -> n; MatMul n w -> y");
        model.inputs = vec![value("x", shape)];
        assert_eq!(model.read().unwrap().said.is_image, is_image);
    }
}

#[test]
fn relu_goes_by_several_names() {
    for relu in [
        "Max h zero -> r",
        "Max zero h -> r",
        "Clip h zero -> r",
        "LeakyRelu h -> r alpha=0.0",
    ] {
        assert_eq!(
            network(&format!("MatMul x w -> h; {relu}; MatMul r w -> y"))
                .layers
                .len(),
            2
        );
    }
    for other in [
        "Max h one -> r",
        "Min h zero -> r",
        "Clip h zero one -> r",
        "Clip h half -> r",
        "LeakyRelu h -> r",
    ] {
        refused(
            &format!("MatMul x w -> h; {other}; MatMul r w -> y"),
            "train with ReLU",
        );
    }
}

#[test]
fn old_opsets_are_refused_and_new_ones_told_of() {
    let of = |opset| {
        let model = Model {
            opset,
            ..Model::of("MatMul x w -> y")
        };
        model.read().map(|network| network.notes.len())
    };
    assert!(of(0).unwrap_err().contains("no version of its operators"));
    assert!(of(6).unwrap_err().contains("opsets before 7"));
    assert_eq!((of(7), of(26), of(99)), (Ok(0), Ok(0), Ok(1)));
}

/// A byte that 200 is taken from is 56 less, and no negative number.
#[test]
fn arithmetic_of_integers_is_refused() {
    let of = |lines: &str| {
        let mut model = Model::of(lines);
        model.inputs = vec![of_element("x", &[0, 2], 2)];
        model.read().map(|_| ())
    };
    assert!(
        of("Sub x b -> n; Cast n -> f to=1; MatMul f w -> y")
            .unwrap_err()
            .contains("with integers")
    );
    assert!(of("MatMul x w -> y").unwrap_err().contains("multiplies integers"));
    assert_eq!(of("Cast x -> f to=1; Sub f b -> n; MatMul n w -> y"), Ok(()));
}

/// Small files that say the same over and over.
#[test]
fn what_would_fill_the_memory_is_refused() {
    let lines: Vec<String> = (0..5000)
        .map(|n| format!("MatMul r{n} w -> h{n}; Relu h{n} -> r{}", n + 1))
        .collect();
    refused(
        &format!("Identity x -> r0; {}; MatMul r5000 w -> y", lines.join("; ")),
        "there are more than 4095 layers",
    );
    let lines: Vec<String> = (0..20)
        .map(|n| format!("MatMul r{n} large -> h{n}; Relu h{n} -> r{}", n + 1))
        .collect();
    let mut model = Model::of(&format!(
        "Identity x -> r0; {}; MatMul r20 large -> y",
        lines.join("; ")
    ));
    model.inputs = vec![value("x", &[0, 1024])];
    model
        .constants
        .push(float("large", &[1024, 1024], &vec![0.5; 1 << 20]));
    let message = model.read().map(|_| ()).unwrap_err();
    assert!(message.contains("uses the same ones over and over"), "{message}");
    refused(
        "Concat b b -> c axis=0; MatMul x w -> z; Add z c -> y",
        "computes with the constant 'b'",
    );
}

#[test]
fn a_constant_keeps_its_shape() {
    let of = |axis: f32| {
        let mut model = Model::of("Unsqueeze b axis -> m; Sub x m -> n; Flatten n -> f; MatMul f tall -> y");
        model.inputs = vec![value("x", &[0, 2, 2])];
        model.constants.push(float("axis", &[1], &[axis]));
        model.constants.push(float("tall", &[4, 1], &[1.0; 4]));
        model.read().unwrap().normalization.unwrap().shift
    };
    // One for each row, one for each column.
    assert_eq!(of(1.0), [0.5, 0.5, -0.5, -0.5]);
    assert_eq!(of(0.0), [0.5, -0.5, 0.5, -0.5]);
}

#[test]
fn what_a_ticket_cannot_be_is_named_by_its_node() {
    for (lines, expected) in [
        (
            "MatMul x w -> h; Tanh h -> r; MatMul r w -> y",
            "the node that makes 'r' (Tanh): between the layers of a ticket",
        ),
        (
            "BatchNormalization x b b b b -> y",
            "(BatchNormalization): a ticket has no normalization between layers",
        ),
        ("Conv x w -> y", "(Conv): a ticket has linear layers alone"),
        ("LSTM x w -> y", "no recurrent ones"),
        ("FancyOp x -> y", "(FancyOp): this operator is not read"),
        (
            "FusedGemm@com.microsoft x w -> y",
            "(FusedGemm of com.microsoft): only operators of ONNX itself",
        ),
        (
            "DequantizeLinear w one zero -> q; MatMul x q -> y",
            "the model is quantized",
        ),
        ("Mul w s -> q; MatMul x q -> y", "computes with the constant 'w'"),
        ("MatMul x w -> h; Relu h -> y", "a ReLU after the last layer"),
        ("Relu x -> r; MatMul r w -> y", "there is no layer before it"),
        ("MatMul x w -> h; MatMul h w -> y", "without a ReLU between"),
        ("MatMul x w -> h; Relu h -> r; Add x r -> y", "a skip connection"),
        ("MatMul x w -> h; Relu h -> r; Add r r -> y", "a skip connection"),
        (
            "MatMul x w -> h; Relu h -> r; Mul r s -> q; MatMul q w -> y",
            "Mul after the first layer is not read",
        ),
        (
            "MatMul x w -> p; Add p b -> h; Add h b -> y",
            "Add after the first layer is not read",
        ),
        ("MatMul w x -> y", "samples would be columns"),
        ("Gemm x w b -> y transA=1", "with transA"),
        ("Gemm x w b -> y axis=1", "its attribute 'axis' is not known"),
        ("Gemm w x b -> y", "its first factor must be the values"),
        ("MatMul x nothing -> y", "nothing makes 'nothing'"),
        ("Add y b -> q; Relu q -> y", "'y' depends on itself"),
        ("MatMul x w -> y; MatMul x v -> y", "'y' is made twice"),
        ("Identity x -> y", "there is no linear layer"),
        ("Identity w -> y", "no output depends on the input"),
        ("Identity x -> z", "nothing makes the output 'y'"),
        ("Cast x -> c to=7; MatMul c w -> y", "it makes integers"),
        ("Dropout x one one -> d; MatMul d w -> y", "training mode"),
        ("Div one x -> n; MatMul n w -> y", "divides by the inputs"),
        (
            "Div x zero -> n; MatMul n w -> y",
            "is not finite in 32 bits, or always 0",
        ),
        ("Unsqueeze x -> n; MatMul n w -> y", "use Flatten"),
        ("Flatten x -> n axis=0; MatMul n w -> y", "flatten from axis 1 on"),
        (
            "MatMul x s -> y",
            "'s' of shape [1, 2] takes 1 value, and there are 2",
        ),
        ("MatMul x b -> y", "the weights of a layer have two axes"),
        (
            "MatMul x w -> p; Add p u -> y",
            "'u' has shape [2, 1], and the layer before it 2 outputs",
        ),
        ("Softmax x -> y", "there is no layer before it"),
    ] {
        refused(lines, expected);
    }
}

#[test]
fn inputs_and_outputs_that_are_no_matrix_are_refused() {
    let lines = "MatMul x w -> h; Relu h -> r; MatMul r v -> y";
    let changed = |change: fn(&mut Model), expected: &str| {
        let mut model = Model::of(lines);
        change(&mut model);
        let message = model.read().map(|_| ()).unwrap_err();
        assert!(message.contains(expected), "{message}");
    };
    changed(
        |model| model.inputs.push(value("z", &[0, 2])),
        "the inputs 'x' and 'z'",
    );
    changed(|model| model.inputs.clear(), "has no input");
    changed(
        |model| model.inputs = vec![value("x", &[0, 3])],
        "'w' of shape [2, 2] takes 2 values, and there are 3",
    );
    changed(|model| model.inputs = vec![value("x", &[0, 7, 2])], "3 axes");
    changed(
        |model| model.inputs = vec![value("x", &[1; 17])],
        "more than 16 axes",
    );
    changed(
        |model| model.inputs = vec![Message::default().bytes(value_info::NAME, "x")],
        "'x' is no tensor",
    );
    changed(|model| model.outputs.clear(), "no outputs");
    changed(
        |model| model.outputs.push(value("r", &[0, 2])),
        "the output 'r' is that of a hidden layer",
    );
    // Before version 4 of the format, constants were inputs, too.
    let mut model = Model::of(lines);
    model.inputs.extend(["w", "v"].map(|name| value(name, &[2, 2])));
    assert!(model.read().is_ok());
}

/// Bytes that are cut or changed anywhere are a network or refused, and never a panic.
#[test]
fn mangled_models_are_read_or_refused() {
    use tombola::random::{Purpose, below, stream};

    let bytes = Model::of("Sub x b -> a; Mul a s -> n; Gemm n w b -> h transB=1 alpha=0.5; Relu h -> r; Gemm r v b -> z; Softmax z -> y").bytes();
    assert!(read(&bytes, &Files::new()).is_ok());
    let mut rng = stream(1, Purpose::Weights);
    for end in 0..bytes.len() {
        let _ = read(&bytes[..end], &Files::new());
    }
    for _ in 0..20_000 {
        let mut bytes = bytes.clone();
        for _ in 0..=below(3, &mut rng) {
            let at = below(bytes.len() as u32, &mut rng) as usize;
            bytes[at] = below(256, &mut rng) as u8;
        }
        if let Ok(mut network) = read(&bytes, &Files::new()) {
            let _ = network.flatten(false);
        }
    }
}
