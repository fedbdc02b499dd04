//! What a network in integers holds, whatever the ticket and the inputs, against arithmetic that cannot overflow.

use tombola::Mlp;
use tombola::random::{Normal, Purpose, below, stream, uniform};

use super::{Calibration, Effect, Network, Row, Settings, Source, Width, power_of_two, quantize};
use crate::error::refused;
use crate::export::program::Program;
use crate::predict::{Matching, Predictions, Table};
use crate::ticket::{Normalization, TaskPorts, Ticket};

fn settings(width: Width) -> Settings {
    Settings {
        width,
        input_scale: None,
    }
}

fn network(ticket: &Ticket, rows: &[f32], settings: &Settings) -> anyhow::Result<Network> {
    let program = Program::of(ticket)?;
    let calibration = Calibration::of(&program, rows, "rows")?;
    quantize(program, &calibration, settings)
}

/// Tickets of 1 to 4 layers, wide and narrow, from sparse to dense, with weights of usual, huge and tiny sizes, −0.0,
/// subnormal numbers and rows of zeros among them, and rows of inputs to calibrate on.
fn random(number: u64) -> (Ticket, Vec<f32>) {
    random_of(number, true)
}

/// The same, without weights of different sizes unless that is `strange`.
fn random_of(number: u64, strange: bool) -> (Ticket, Vec<f32>) {
    let mut rng = stream(number, Purpose::Weights);
    let mut normal = Normal::default();
    let most = if number % 10 == 9 { 120 } else { 16 };
    let widths: Vec<usize> = (0..2 + below(4, &mut rng))
        .map(|_| 1 + below(most, &mut rng) as usize)
        .collect();
    let net = Mlp::new(&widths);
    let density = [0.05, 0.3, 1.0][below(3, &mut rng) as usize];
    let size = [1.0, 1.0, 1.0, 1e-12, 1e12][below(5, &mut rng) as usize];
    let is_strange = below(3, &mut rng) == 0 && strange;
    let mut params = vec![0.0; net.param_count()];
    for (index, param) in params.iter_mut().enumerate() {
        let is_bias = net.weight_count() <= index;
        if !is_bias && density < uniform(&mut rng) {
            continue;
        }
        *param = if is_bias { 0.3 } else { size } * normal.draw(&mut rng);
        if is_strange {
            *param = match below(12, &mut rng) {
                0 => -0.0,
                1 => f32::from_bits(1 + below(100, &mut rng)),
                2 => 1e4 * *param,
                3 => 1e-4 * *param,
                _ => *param,
            };
        }
    }
    let outputs = net.output_count();
    let tasks = match below(3, &mut rng) {
        0 if 1 < outputs && 1 < widths[0] => vec![
            TaskPorts::new("one", 0..1, 0..1),
            TaskPorts::new("others", 1..widths[0], 1..outputs),
        ],
        _ => vec![TaskPorts::new("all", 0..widths[0], 0..outputs)],
    };
    let mut ticket = Ticket::new(&widths, tasks, params);
    let (far, scale) = (
        [0.0, 0.0, 3.0, 1e4][below(4, &mut rng) as usize],
        0.1 + uniform(&mut rng),
    );
    if below(2, &mut rng) == 0 {
        ticket.normalization = Some(Normalization {
            shift: vec![far; widths[0]],
            scale: vec![scale; widths[0]],
        });
    }
    let rows = (0..30 * widths[0]).map(|_| far + normal.draw(&mut rng) / scale);
    let rows = rows.collect();
    (ticket, rows)
}

/// Inputs of all kinds, far out of any range too.
fn extreme(count: usize, number: u64) -> Vec<f32> {
    let mut rng = stream(number, Purpose::Order { level: 0, epoch: 0 });
    let kinds = [
        f32::NAN,
        -f32::NAN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::MAX,
        f32::MIN,
        f32::MIN_POSITIVE,
        -f32::from_bits(1),
        0.0,
        -0.0,
        1e9,
        -1e9,
        3.0,
        -3.0,
    ];
    (0..count)
        .map(|_| match below(kinds.len() as u32 + 4, &mut rng) as usize {
            kind if kind < kinds.len() => kinds[kind],
            _ => f32::from_bits(below(u32::MAX, &mut rng)),
        })
        .collect()
}

/// The sum of a row, which is checked to be held by 32 bits wherever it is added up, even of the absolute values.
fn wide_sum(row: &Row, before: &[i128]) -> i128 {
    let products = row
        .terms
        .iter()
        .map(|term| i128::from(term.weight) * before[term.unit]);
    let sum = i128::from(row.bias) + products.clone().sum::<i128>();
    let worst = i128::from(row.bias).abs() + products.map(i128::abs).sum::<i128>();
    assert!(worst < 1 << 31, "{worst}");
    sum
}

/// The logits by arithmetic of 128 bits.
fn wide_logits(network: &Network, row: &[f32]) -> Vec<i32> {
    let mut logits = vec![0; network.scales.len()];
    for (group, layers) in network.program.groups.iter().zip(&network.groups) {
        let mut before: Vec<i128> = group
            .inputs
            .iter()
            .map(|&input| i128::from(network.inputs[input].activation(row[input])))
            .collect();
        for (layer, rows) in layers.iter().enumerate() {
            assert!(
                before.iter().all(|activation| activation.abs() < 1 << 15),
                "{before:?}"
            );
            let is_output = layer + 1 == layers.len();
            before = rows
                .iter()
                .map(|row| {
                    let sum = wide_sum(row, &before);
                    if is_output {
                        return sum;
                    }
                    let activation = sum.max(0) / (1 << row.shift);
                    row.most.map_or(activation, |most| activation.min(most.into()))
                })
                .collect();
        }
        for (&output, &logit) in group.outputs.iter().zip(&before) {
            logits[output] = i32::try_from(logit).unwrap();
        }
    }
    logits
}

#[test]
fn no_sum_overflows_whatever_the_inputs() {
    let mut refused = 0;
    for number in 0..100 {
        let (ticket, rows) = random(number);
        let count = ticket.widths[0];
        for width in Width::ALL {
            let Ok(network) = network(&ticket, &rows, &settings(width)) else {
                refused += 1;
                continue;
            };
            let all = rows.iter().copied().chain(extreme(50 * count, number));
            let all: Vec<f32> = all.collect();
            for row in all.chunks_exact(count) {
                assert_eq!(network.logits(row), wide_logits(&network, row), "{number}");
            }
            let weights = network
                .groups
                .iter()
                .flatten()
                .flatten()
                .flat_map(|row| &row.terms);
            let mut sizes = weights.map(|term| term.weight.abs());
            assert!(sizes.all(|size| (1..=width.most()).contains(&size)));
        }
    }
    // Those whose logits would be too large for floats.
    assert!(refused <= 20, "{refused}");
}

/// With all inputs, weights and signs at their worst, too: the bound itself is tried.
#[test]
fn the_bound_of_a_sum_is_reached_and_held() {
    let ticket = Ticket::new(
        &[64, 2],
        vec![TaskPorts::new("two", 0..64, 0..2)],
        [vec![1.0; 64], vec![-1.0; 64], vec![100.0, -100.0]].concat(),
    );
    let rows = [vec![1.0; 64], vec![-1.0; 64]].concat();
    for width in Width::ALL {
        let network = network(&ticket, &rows, &settings(width)).unwrap();
        for row in rows.chunks_exact(64) {
            assert_eq!(network.logits(row), wide_logits(&network, row));
        }
        if width == Width::Sixteen {
            let largest = network.logits(&rows[..64])[0];
            assert!(1 << 29 < largest, "{largest}");
        }
    }
}

#[test]
fn a_float_is_cut_to_an_integer_and_nan_is_0() {
    let cases = [
        (1.0, 3, 8),
        (-1.0, 3, -8),
        (0.999, 0, 0),
        (-0.999, 0, 0),
        (1.99, 1, 3),
        (-1.99, 1, -3),
        (f32::NAN, 5, 0),
        (-f32::NAN, 5, 0),
        (f32::INFINITY, 0, i32::MAX),
        (f32::NEG_INFINITY, 0, i32::MIN),
        (f32::MAX, -126, 3),
        (f32::MIN_POSITIVE, 126, 1),
        (f32::from_bits(1), 126, 0),
        (-0.0, 10, 0),
    ];
    for (raw, power, expected) in cases {
        assert_eq!(Source::Float { power }.whole(raw), expected, "{raw} {power}");
    }
    // A sensor's are rounded: they were whole before they were written down in another unit.
    let sensor = Source::Whole {
        scale: 0.01,
        shift: 0,
    };
    assert_eq!([21.53, -0.07, 0.0].map(|raw| sensor.whole(raw)), [2153, -7, 0]);
}

/// One task of one input without a hidden layer: the logit is the input.
fn identity() -> Ticket {
    Ticket::new(&[1, 1], vec![TaskPorts::new("t", [0], [0])], vec![1.0, 0.0])
}

#[test]
fn inputs_are_clamped_to_the_calibrated_range_and_told_of() {
    let network = network(&identity(), &[-2.0, 0.5, 3.0], &settings(Width::Sixteen)).unwrap();
    let rows = [3.0, 3.5, 1e30, f32::INFINITY, -2.0, -7.0, f32::NAN, 0.0];
    let answers = network.answers(&rows);
    let [at_most, at_least, at_zero] = [0, 4, 7].map(|row| answers.logits[row]);
    assert_eq!(answers.logits[..4], [at_most; 4]);
    assert_eq!(answers.logits[4..6], [at_least; 2]);
    assert_eq!(answers.logits[6], at_zero);
    let clamped = answers.clamped.iter().map(Option::is_some);
    assert!(clamped.eq([false, true, true, true, false, true, false, false]));
    assert!((network.value(0, at_most) - 3.0).abs() < 1e-3);
    assert!((network.value(0, at_least) + 2.0).abs() < 1e-3);
}

#[test]
fn what_lies_far_from_0_keeps_its_bits() {
    // 2000 steps between 10000 and 10001: a float has 1024.
    let rows: Vec<f32> = (0..1000).map(|step| 10_000.0 + step as f32 / 1000.0).collect();
    let mut ticket = identity();
    ticket.params[1] = -10_000.5;
    let network = network(&ticket, &rows, &settings(Width::Sixteen)).unwrap();
    for &raw in &rows {
        let logit = network.value(0, network.logits(&[raw])[0]);
        assert!(
            (logit - (f64::from(raw) - 10_000.5)).abs() < 1e-4,
            "{raw} {logit}"
        );
    }
}

#[test]
fn an_input_of_a_sensor_is_an_integer_of_its_scale() {
    let rows: Vec<f32> = (-500..500).map(|step| step as f32 * 0.25).collect();
    let settings = Settings {
        width: Width::Eight,
        input_scale: Some(vec![0.25]),
    };
    let network = network(&identity(), &rows, &settings).unwrap();
    assert_eq!((network.inputs[0].least, network.inputs[0].most), (-500, 499));
    assert_eq!(network.inputs[0].activation(-125.0), -500);
    for &raw in &rows {
        assert!((network.value(0, network.logits(&[raw])[0]) - f64::from(raw)).abs() < 1e-5);
    }
}

fn effect(ticket: &Ticket, csv: &str, settings: &Settings) -> anyhow::Result<(Network, Effect)> {
    let table = Table::from_bytes(csv.as_bytes(), "data.csv", ticket, Matching::ByName)?;
    let network = network(ticket, table.rows(), settings)?;
    let floats = Predictions::of(ticket, &table, false)?;
    let answers = network.answers(table.rows());
    let integers = Predictions::of_integers(&network, &answers);
    let effect = Effect::of(&network, &table, [&floats, &integers], &answers);
    effect.check(&network)?;
    Ok((network, effect))
}

#[test]
fn the_effect_counts_what_changes() {
    let (_, effect) = effect(&identity(), "a,t\n-2,0\n3,1\n1,0\n", &settings(Width::Sixteen)).unwrap();
    let [task] = &*effect.tasks else {
        panic!("{effect:?}")
    };
    assert_eq!((task.changed, task.largest, effect.clamped), (0, 3.0, None));
    assert!(task.change < 1e-3);
    let scores = task.scores.unwrap().map(|score| (score.right, score.count));
    assert_eq!(scores, [(2, 3); 2]);
}

#[test]
fn what_cannot_be_held_is_refused() {
    // A difference of two numbers that are a million times as large.
    let weights = [1.0, -1.0, 1.0, -1.0];
    let lost = Ticket::new(
        &[1, 2, 1],
        vec![TaskPorts::new("t", [0], [0])],
        [&weights[..], &[1e7, 1e7, 0.0]].concat(),
    );
    let csv = "a\n-2\n3\n1\n";
    for (width, remedy) in [
        (Width::Eight, "--integer 16"),
        (Width::Sixteen, "leave --integer out"),
    ] {
        refused(
            effect(&lost, csv, &settings(width)),
            &["task 't'", "cannot hold it", remedy],
        );
    }
    refused(network(&identity(), &[], &settings(Width::Eight)), &["no rows"]);
    refused(
        network(&identity(), &[0.0, 1e-41], &settings(Width::Sixteen)),
        &["input x0 runs from 0.0 to 1e-41", "too little"],
    );
    let scaled = |scales: &[f32]| {
        let settings = Settings {
            width: Width::Eight,
            input_scale: Some(scales.to_vec()),
        };
        network(&identity(), &[0.0, 1e6], &settings)
    };
    refused(
        scaled(&[1e-6]),
        &["input x0", "more than 30 bits", "a greater --input-scale"],
    );
    for scale in [0.0, -1.0, f32::NAN, f32::INFINITY, 1e-40] {
        refused(scaled(&[scale]), &["--input-scale", "a number above 0"]);
    }
    refused(scaled(&[1.0, 1.0]), &["2 numbers", "1 inputs"]);
}

/// Tickets whose answer is a constant, or nothing.
#[test]
fn zeros_and_constants_are_held() {
    for params in [
        vec![0.0, 0.0],
        vec![-0.0, 5.0],
        vec![0.0, -1e-30],
        vec![f32::from_bits(1), 0.0],
    ] {
        let mut ticket = identity();
        ticket.params.clone_from(&params);
        for width in Width::ALL {
            let network = network(&ticket, &[-2.0, 3.0], &settings(width)).unwrap();
            for raw in [-2.0, 3.0] {
                let (logit, bias) = (network.value(0, network.logits(&[raw])[0]), f64::from(params[1]));
                assert!((logit - bias).abs() <= 1e-6 * bias.abs(), "{params:?}: {logit}");
            }
        }
    }
}

/// Seven layers of the smallest weight there is: scales of so little that they are subnormal.
#[test]
fn the_smallest_weights_come_to_an_end() {
    let mut params = vec![f32::from_bits(1); 7];
    params.resize(14, 0.0);
    let ticket = Ticket::new(&[1; 8], vec![TaskPorts::new("t", [0], [0])], params);
    for (width, most) in [(Width::Sixteen, 1.0), (Width::Eight, 0.001)] {
        if let Ok(network) = network(&ticket, &[0.0, most], &settings(width)) {
            assert_eq!(network.value(0, network.logits(&[most])[0]), 0.0);
        }
    }
}

/// Two tasks of the same rows, which read each other's inputs.
#[test]
fn networks_of_one_name_compute_the_same() {
    let of = |one: [usize; 2], two: [usize; 2]| {
        let tasks = vec![TaskPorts::new("a", one, [0]), TaskPorts::new("b", two, [1])];
        let mut params = vec![0.0; 10];
        for (output, inputs) in [one, two].into_iter().enumerate() {
            for (input, weight) in inputs.into_iter().zip([1.0, 2.0]) {
                params[4 * output + input] = weight;
            }
        }
        let rows = [[-1.0; 4], [1.0; 4]].concat();
        network(
            &Ticket::new(&[4, 2], tasks, params),
            &rows,
            &settings(Width::Sixteen),
        )
        .unwrap()
    };
    let (one, other) = (of([0, 1], [2, 3]), of([2, 3], [0, 1]));
    assert_eq!(
        (&one.inputs, &one.groups, &one.scales),
        (&other.inputs, &other.groups, &other.scales)
    );
    let row = [1.0, 1.0, -1.0, -1.0];
    assert_ne!(one.logits(&row), other.logits(&row));
    assert_ne!(one.digest(), other.digest());
    assert_eq!(one.digest(), of([0, 1], [2, 3]).digest());
    // A published name must not change with the program.
    assert_eq!(one.digest(), 0x3240_1328_286b_a6d3);
}

#[test]
fn a_constant_input_is_in_the_bias() {
    let ticket = Ticket::new(
        &[2, 1],
        vec![TaskPorts::new("t", [0, 1], [0])],
        vec![1.0, 2.0, 0.5],
    );
    let network = network(&ticket, &[1.0, 7.0, 2.0, 7.0], &settings(Width::Sixteen)).unwrap();
    assert_eq!(network.groups[0][0][0].terms.len(), 1);
    let logit = network.value(0, network.logits(&[1.5, 7.0])[0]);
    assert!((logit - 16.0).abs() < 1e-3, "{logit}");
}

/// What a usual network may change by, as a share of its largest logit. At worst each of a row's terms is wrong by half a
/// step of its weight, which has so many bits or more, and by a step of its activation, which has 15: as a share of the
/// greatest product. Each layer adds as much.
fn tolerance(ticket: &Ticket, width: Width) -> f64 {
    let bits = match width {
        Width::Eight => 7,
        Width::Sixteen => 11,
    };
    let layers = ticket.widths.len() - 1;
    let terms = ticket.widths[..layers].iter().max().expect("a layer");
    (layers * terms) as f64 * (power_of_two(-bits - 1) + power_of_two(-15))
}

#[test]
fn usual_tickets_keep_their_logits() {
    let (mut compared, mut wrong, mut refused) = (0, vec![], vec![]);
    for number in (0..150).filter(|number| number % 10 != 9) {
        let (ticket, rows) = random_of(number, false);
        let table = |row: &[f32]| row.iter().map(|x| format!("{x:?}")).collect::<Vec<_>>().join(",");
        let header = (0..ticket.widths[0]).map(|input| format!("x{input}"));
        let mut csv = header.collect::<Vec<_>>().join(",") + "\n";
        for row in rows.chunks_exact(ticket.widths[0]) {
            csv += &(table(row) + "\n");
        }
        for width in Width::ALL {
            let effect = match effect(&ticket, &csv, &settings(width)) {
                Ok((_, effect)) => effect,
                Err(error) => {
                    refused.push(format!("{number} {width:?}: {error:#}"));
                    continue;
                }
            };
            for task in &effect.tasks {
                if tolerance(&ticket, width) * task.largest < task.change {
                    wrong.push(format!("{number} {width:?}: {} of {}", task.change, task.largest));
                }
                compared += 1;
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    // Their weights are of 1e12, and so their logits beyond what 32 bits say, but for one that is lost in its biases.
    let are_large = refused
        .iter()
        .filter(|told| told.contains("too large for 32 bits"));
    assert_eq!(
        (compared, are_large.count(), refused.len()),
        (321, 15, 17),
        "{refused:#?}"
    );
}
