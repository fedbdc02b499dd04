//! What the program of a ticket is, and what files look like. That exported code computes the right bits is tested as a
//! contract.

use super::form::{Form, bytes, forms};
use super::program::{Program, Row, Term};
use super::{c, rust};
use crate::ticket::{Normalization, Origin, TaskPorts, Ticket};

/// A ticket whose weights survive where they are not 0.
fn ticket(widths: &[usize], tasks: Vec<TaskPorts>, weights: &[f32], biases: &[f32]) -> Ticket {
    Ticket::new(widths, tasks, [weights, biases].concat())
}

fn one_task(inputs: usize, outputs: usize) -> Vec<TaskPorts> {
    vec![TaskPorts::new("t", 0..inputs, 0..outputs)]
}

/// Two tasks over a hidden layer of three.
fn two_tasks(weights: [f32; 12], biases: [f32; 5]) -> Ticket {
    let tasks = vec![
        TaskPorts::new("moons", [0], [0]),
        TaskPorts::new("circles", [1], [1]),
    ];
    ticket(&[2, 3, 2], tasks, &weights, &biases)
}

fn product(weight: f32, unit: usize) -> Term {
    Term {
        factor: weight,
        unit: Some(unit),
    }
}

fn row(bias: f32, terms: &[Term]) -> Row {
    Row {
        bias,
        terms: terms.to_vec(),
    }
}

#[test]
fn independent_tasks_are_parts_with_units_of_their_own() {
    let ticket = two_tasks(
        [0.0, 2.0, 0.0, 0.0, 3.0, 0.0, 0.0, 0.0, 4.0, 5.0, 0.0, 0.0],
        [0.1, 0.2, 0.3, -0.0, 0.5],
    );
    let program = Program::of(&ticket).unwrap();
    let [moons, circles] = &*program.groups else {
        panic!("{program:?}")
    };
    assert_eq!((&*moons.name, &*circles.name), ("moons", "circles"));
    assert_eq!((&*moons.inputs, &*moons.outputs), (&[0][..], &[0][..]));
    // Hidden unit 1 reads nothing and reaches nothing; the others are the first of their groups.
    assert_eq!(
        moons.layers,
        [[row(0.3, &[product(3.0, 0)])], [row(0.0, &[product(4.0, 0)])]]
    );
    assert_eq!(
        circles.layers,
        [[row(0.1, &[product(2.0, 0)])], [row(0.5, &[product(5.0, 0)])]]
    );
    assert_eq!(moons.layers[1][0].bias.to_bits(), 0, "−0 becomes +0");
    assert_eq!((program.weights_left, program.weights_active), (4, 4));
}

#[test]
fn a_zombie_that_leads_its_row_is_folded_and_another_stays_at_its_place() {
    // Hidden units 0 and 2 are zombies with activations 0.5 and 8.0, 1 is active.
    let ticket = ticket(
        &[1, 3, 1],
        one_task(1, 1),
        &[0.0, 3.0, 0.0, 1.5, 1.0, -0.25],
        &[0.5, 0.25, 8.0, 1.0],
    );
    let program = Program::of(&ticket).unwrap();
    assert_eq!(
        program.groups[0].layers[1],
        [row(
            1.75,
            &[
                product(1.0, 0),
                Term {
                    factor: -2.0,
                    unit: None
                }
            ]
        )]
    );
    assert_eq!((program.weights_left, program.weights_active), (4, 2));
}

#[test]
fn a_zombie_that_is_zero_is_left_out() {
    let ticket = ticket(
        &[1, 3, 1],
        one_task(1, 1),
        &[0.0, 3.0, 0.0, 1.5, 1.0, -0.25],
        &[-0.5, 0.25, -8.0, 1.0],
    );
    let program = Program::of(&ticket).unwrap();
    assert_eq!(program.groups[0].layers[1], [row(1.0, &[product(1.0, 0)])]);
}

#[test]
fn zombies_of_zombies_are_constants_too() {
    // Nothing reaches hidden 0; it feeds the second hidden layer, whose unit feeds the output.
    let ticket = ticket(
        &[1, 1, 1, 1],
        one_task(1, 1),
        &[0.0, 3.0, 2.0],
        &[0.5, -0.25, 1.0],
    );
    let program = Program::of(&ticket).unwrap();
    assert_eq!(program.groups[0].layers, [vec![], vec![], vec![row(3.5, &[])]]);
    assert_eq!(program.weights_active, 0);
}

#[test]
fn tasks_that_share_a_subnetwork_share_a_function() {
    // Input 0 of moons feeds the output of circles.
    let crossed = two_tasks(
        [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 5.0, 0.0, 0.0],
        [0.0; 5],
    );
    let program = Program::of(&crossed).unwrap();
    let [group] = &*program.groups else {
        panic!("{program:?}")
    };
    assert_eq!((&*group.name, &*group.tasks), ("moons_circles", &[0, 1][..]));
    assert_eq!(group.layers[1], [row(0.0, &[]), row(0.0, &[product(5.0, 0)])]);
}

#[test]
fn an_all_pruned_ticket_is_its_biases() {
    let program = Program::of(&two_tasks([0.0; 12], [1.0, 2.0, 3.0, 4.0, 5.0])).unwrap();
    let outputs: Vec<_> = program
        .groups
        .iter()
        .map(|group| group.layers[1].clone())
        .collect();
    assert_eq!(outputs, [[row(4.0, &[])], [row(5.0, &[])]]);
    let text = rust::source(&two_tasks([0.0; 12], [0.0; 5]), None).unwrap();
    assert!(
        text.contains("pub fn moons(_inputs: &[f32; 1]) -> [f32; 1] {"),
        "{text}"
    );
}

#[test]
fn layers_go_to_rows_largest_first_until_they_fit() {
    let widths = [4, 20, 20, 2];
    let count = 4 * 20 + 20 * 20 + 20 * 2;
    let ticket = ticket(&widths, one_task(4, 2), &vec![0.5; count], &[0.25; 42]);
    let program = Program::of(&ticket).unwrap();
    let straight = forms(&program, None).unwrap();
    assert_eq!(straight, [[Form::Straight; 3]]);
    let size = bytes(&program, &straight);
    assert_eq!(forms(&program, Some(size)).unwrap(), straight, "it fits exactly");
    let tight = forms(&program, Some(size - 1)).unwrap();
    assert_eq!(tight, [[Form::Straight, Form::Csr, Form::Straight]]);
    let smallest = bytes(&program, &[vec![Form::Csr; 3]]);
    assert_eq!(forms(&program, Some(smallest)).unwrap(), [[Form::Csr; 3]]);
    assert!(forms(&program, Some(smallest - 1)).is_err());
}

/// A ticket with everything that a file tells of.
fn described() -> Ticket {
    let mut ticket = two_tasks(
        [0.0, 2.0, 0.0, 0.0, 3.0, 0.0, 0.0, 0.0, -4.0, 5.0, 0.0, 0.0],
        [0.1, 0.2, 0.3, -0.0, 0.5],
    );
    ticket.normalization = Some(Normalization {
        shift: vec![0.5, -1.25],
        scale: vec![2.0, 0.1],
    });
    ticket.tasks[1].classes = Some(vec!["inner".to_owned(), "*/ outer\n".to_owned()]);
    ticket.origin = Some(Origin {
        seed: 7,
        data_seed: 7,
        level: 3,
        digest: "0123abcd".to_owned(),
        arm: None,
        result: None,
    });
    ticket
}

#[test]
fn a_rust_module_reads_like_this() {
    let text = rust::source(&described(), None).unwrap();
    let head = "\
// A lottery ticket as code, made by tombola 0.1.0. Do not edit it, make it again:
//
//     tombola export 7-3.safetensors --format rust
//
// Network 2-3-2: 4 of 12 weights left, 4 of them active; separated.
// Origin: seed 7, level 3 of experiment 0123abcd.
//
// Inputs are raw: each is normalized here, as (x - shift) * scale in 32 bits.
//   input 0, of moons: shift 0.5, scale 2.0
//   input 1, of circles: shift -1.25, scale 0.1
//
// Task moons: class 1 where logit 0 > 0, else class 0.
// Task circles: class 1 where logit 1 > 0, else class 0; classes \"inner\", \"*\\x2f outer\\n\".
";
    assert!(text.starts_with(head), "{text}");
    for group in [
        "
pub fn logits(inputs: &[f32; INPUT_COUNT]) -> [f32; OUTPUT_COUNT] {
    let [x0, x1] = *inputs;
    let [y0] = moons(&[x0]);
    let [y1] = circles(&[x1]);
    [y0, y1]
}
",
        "
pub fn circles(inputs: &[f32; 1]) -> [f32; 1] {
    let [x0] = *inputs;
    let x0 = (x0 + 1.25) * 0.1;
    let h1_0 = relu_of_half(0.05 + 1.0 * x0);
    let y0 = 0.5 + 5.0 * h1_0;
    [
        y0,
    ]
}
",
    ] {
        assert!(text.contains(group), "{text}");
    }
}

#[test]
fn a_header_of_c_reads_like_this() {
    let text = c::source(&described(), None, "left").unwrap();
    for group in [
        "//     tombola export 7-3.safetensors --format c --prefix left\n",
        "#ifndef LEFT_H\n#define LEFT_H\n",
        "#define LEFT_INPUT_COUNT 2\n",
        "
LEFT_FUNCTION void left_moons(const float inputs[1], float logits[1]) {
    const float x0 = (inputs[0] - 0.5f) * 2.0f;
    const float h1_0 = left_relu(0.300000012f + 3.0f * x0);
    logits[0] = 0.0f - 4.0f * h1_0;
}
",
    ] {
        assert!(text.contains(group), "{text}");
    }
}

#[test]
fn what_cannot_be_halved_is_written_plainly() {
    let mut ticket = described();
    ticket.normalization = None;
    let text = rust::source(&ticket, None).unwrap();
    assert!(text.contains("let h1_0 = relu(0.3 + 3.0 * x0);"), "{text}");
    // Twice an input is never odd.
    assert!(
        text.contains("let h1_0 = relu_of_half(0.05 + 1.0 * x0);"),
        "{text}"
    );
}

#[test]
fn long_sums_are_wrapped() {
    let wide = ticket(&[40, 1], one_task(40, 1), &[0.123; 40], &[0.5]);
    for text in [
        rust::source(&wide, None).unwrap(),
        c::source(&wide, None, "t").unwrap(),
    ] {
        let code = text.lines().filter(|line| line.contains(" * x"));
        let lengths: Vec<_> = code.map(str::len).collect();
        assert!(
            1 < lengths.len() && lengths.iter().all(|&length| length <= 110),
            "{text}"
        );
    }
}
