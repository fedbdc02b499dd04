//! `classify` in integers on every emulated board: the host's integers, and nothing that panics.

use tempfile::TempDir;
use tombola::random::{Normal, Purpose, stream};
use tombola_firmware::boards::Board;
use tombola_host::board::build::{Build, Program};
use tombola_host::board::{
    Comparison, Image, Qemu, Session, Sources, check_fit_of_integers, compare, founding_data, samples,
};
use tombola_host::export::integer::{bytes, rust_source};
use tombola_host::export::program;
use tombola_host::integer::{Calibration, Network, Settings, Width, quantize};
use tombola_host::predict::{Predictions, Table};
use tombola_host::ticket::{TaskPorts, Ticket};

use super::proof::proof;
use super::{board, checkout, default_ticket, emulated};

/// A ticket in integers, calibrated on what it was trained on, or else on what it is tried on.
pub(super) fn network(ticket: &Ticket, width: Width, input_scale: Option<f32>) -> Network {
    let drawn = founding_data(ticket).expect("data");
    let rows = match drawn {
        Some(drawn) => drawn.train.inputs,
        None => samples(ticket).expect("samples").0.rows().to_vec(),
    };
    let program = program::Program::of(ticket).expect("a program");
    let calibration = Calibration::of(&program, &rows, "rows").expect("rows");
    let settings = Settings {
        width,
        input_scale: input_scale.map(|scale| vec![scale]),
    };
    quantize(program, &calibration, &settings).expect("a network")
}

/// The answers of a board with the network in it.
fn compared(board: &Board, ticket: &Ticket, network: &Network, table: &Table) -> Comparison {
    let home = TempDir::new().expect("a folder");
    let sources = Sources::of_integers(network, table, board).expect("code");
    let path = home.path().join("image");
    let build = Build {
        program: Program::Classify,
        board,
        sources: Some(sources.path()),
        stack: Some(check_fit_of_integers(network, board).expect("room")),
    };
    build.run(&checkout(), &path).expect("an image");
    let image = Image::read(&path).expect("an image");
    let predictions = Predictions::of_integers(network, &network.answers(table.rows()));
    let mut log = |_: &str| {};
    let mut session = Session::new(Qemu::start(board, &path, &image, true).expect("QEMU"), &mut log);
    let comparison = compare(&mut session, ticket, table, &predictions, Some(sources.code)).expect("answers");
    session.end().expect("an end");
    comparison
}

/// The default ticket; one that is wide, deep and of many tasks with many classes; and a dense one whose code is tables.
fn tickets() -> Vec<Ticket> {
    let made = |widths: &[usize], tasks: Vec<TaskPorts>, seed: u64| {
        let net = tombola::Mlp::new(widths);
        let (mut rng, mut normal) = (stream(seed, Purpose::Weights), Normal::default());
        let weight = |index: usize| match index % 7 {
            0 | 3 | 4 | 5 => 0.0,
            _ => 0.7 * normal.draw(&mut rng),
        };
        let mut params: Vec<f32> = (0..net.param_count()).map(weight).collect();
        params[1] *= 1e4;
        params[2] *= 1e-6;
        Ticket::new(widths, tasks, params)
    };
    vec![
        default_ticket(),
        made(
            &[9, 20, 16, 12, 10, 8],
            vec![
                TaskPorts::new("one", 0..3, 0..1),
                TaskPorts::new("three", 3..6, 1..4),
                TaskPorts::new("four", 6..9, 4..8),
            ],
            1,
        ),
        made(&[4, 100, 60, 3], vec![TaskPorts::new("dense", 0..4, 0..3)], 2),
    ]
}

#[test]
#[ignore = "needs QEMU; tests/run runs it"]
fn a_board_has_the_hosts_integers() {
    for (number, ticket) in tickets().iter().enumerate() {
        let (table, _) = samples(ticket).expect("samples");
        for (turn, board) in emulated().enumerate() {
            let width = Width::ALL[(number + turn) % 2];
            let input_scale = (turn % 2 == 1).then_some(1.0 / 4096.0);
            let network = network(ticket, width, input_scale);
            let comparison = compared(board, ticket, &network, &table);
            assert!(comparison.is_equal(), "{} {width:?}: {comparison}", board.name);
            assert_eq!(comparison.logits, table.row_count() * network.scales.len());
        }
    }
}

/// What a core without a floating-point unit gains.
#[test]
#[ignore = "needs QEMU; tests/run runs it"]
fn the_default_ticket_takes_300_instructions_on_the_smallest_core() {
    let (ticket, board) = (default_ticket(), board("qemu-m0"));
    let (table, _) = samples(&ticket).expect("samples");
    let floats = Predictions::of(&ticket, &table, false).expect("answers");
    for width in Width::ALL {
        let network = network(&ticket, width, None);
        let comparison = compared(board, &ticket, &network, &table);
        assert!(comparison.is_equal(), "{comparison}");
        let (_, most) = comparison.counts.expect("counts");
        assert!(most <= 300, "{width:?}: {most}");
        let integers = Predictions::of_integers(&network, &network.answers(table.rows()));
        let mut rows = 0..table.row_count();
        assert!(
            rows.all(|row| floats.classes(row) == integers.classes(row)),
            "{width:?}"
        );
    }
}

#[test]
#[ignore = "needs Rust's targets for boards; tests/run runs it"]
fn it_cannot_panic() {
    for (ticket, core) in tickets().iter().zip(["qemu-m0", "qemu-m4", "qemu-m0"]) {
        let (table, _) = samples(ticket).expect("samples");
        let network = network(ticket, Width::Sixteen, None);
        // As small as can be: tables where there are weights enough.
        let straight = bytes(&network, None).expect("bytes");
        let mut budgets = (0..straight).step_by(64);
        let least = budgets.find(|&flash| rust_source(&network, Some(flash)).is_ok());
        let code = rust_source(&network, least).expect("code");
        let sources = Sources::with(&code, &table).expect("a folder");
        let output = proof(board(core), Some(sources.path()), &[]);
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{core}: {text}");
    }
}
