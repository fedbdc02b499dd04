//! `tombola fit` says what images will be before they are built: within 2 % of those in assembly, in tables and in integers,
//! within 10 % of straight Rust. RAM and stack are exact, and so are instructions that are said to be.

use std::path::Path;

use tempfile::TempDir;
use tombola_firmware::boards::{BOARDS, Board, Reach};
use tombola_host::board::build::{Build, Program};
use tombola_host::board::estimate::{Estimate, Shape, Wanted, estimates, estimates_of_all};
use tombola_host::board::{Image, Qemu, Sources, check_fit, check_fit_of_integers, samples};
use tombola_host::export::{form, program, rust};
use tombola_host::integer::{Network, Width};
use tombola_host::ticket::{TaskPorts, Ticket};

use super::integer::network;
use super::{board, checkout, default_ticket};
use crate::program::{line, succeeds};

/// A ticket of these widths, of which about `density` of the weights are left.
fn made(widths: &[usize], tasks: Vec<TaskPorts>, density: f32, seed: u64) -> Ticket {
    use tombola::random::{Normal, Purpose, stream};

    let net = tombola::Mlp::new(widths);
    let (mut rng, mut normal) = (stream(seed, Purpose::Weights), Normal::default());
    let (mut left, mut place) = (0.0, 0);
    let params = (0..net.param_count()).map(|_| {
        left += density;
        place += 1;
        if left < 1.0 && place <= net.weight_count() {
            return 0.0;
        }
        left -= 1.0;
        0.7 * normal.draw(&mut rng)
    });
    Ticket::new(widths, tasks, params.collect())
}

/// Those that are tried: the firmware's own; many tasks; one with many classes; one that is deep; one that is wide and sparse.
fn tickets() -> Vec<(&'static str, Ticket)> {
    let tasks = |inputs: usize, outputs: &[usize]| {
        let (mut first, count) = (0, outputs.len());
        let of_task = |(task, &outputs): (usize, &usize)| {
            let from = first;
            first += outputs;
            let inputs = task * inputs / count..(task + 1) * inputs / count;
            TaskPorts::new(format!("task{task}"), inputs, from..first)
        };
        outputs.iter().enumerate().map(of_task).collect::<Vec<_>>()
    };
    vec![
        ("default", default_ticket()),
        ("tasks", made(&[12, 24, 6], tasks(12, &[1, 1, 4]), 0.5, 1)),
        ("classes", made(&[16, 20, 10], tasks(16, &[10]), 0.6, 2)),
        ("deep", made(&[6, 12, 12, 10, 8, 2], tasks(6, &[1, 1]), 0.5, 3)),
        ("wide", made(&[40, 64, 3], tasks(40, &[3]), 0.1, 4)),
    ]
}

/// What is asked for a ticket, which is tried on its usual samples.
fn wanted<'a>(ticket: &Ticket, program: &'a program::Program, networks: &'a [Network]) -> Wanted<'a> {
    let (table, _) = samples(ticket).expect("samples");
    Wanted {
        program,
        networks,
        is_labeled: table.labeled().any(|count| count.is_some_and(|count| 0 < count)),
    }
}

/// The code of a ticket in a form, as it is built.
fn sources(ticket: &Ticket, networks: &[Network], shape: Shape, board: &Board) -> (Sources, u32) {
    let (table, _) = samples(ticket).expect("samples");
    let stack = check_fit(ticket, board).expect("room");
    let program = program::Program::of(ticket).expect("a program");
    let sources = match shape {
        Shape::Assembly => Sources::new(ticket, &table, board),
        Shape::Rust => Sources::with(&rust::source(ticket, Some(4 << 20)).expect("code"), &table),
        Shape::Rows => {
            let least = form::bytes(&program, &form::smallest(&program));
            Sources::with(&rust::source(ticket, Some(least)).expect("code"), &table)
        }
        Shape::Integers(width) => {
            let network = networks
                .iter()
                .find(|network| network.width == width)
                .expect("it");
            assert_eq!(check_fit_of_integers(network, board).expect("room"), stack);
            Sources::of_integers(network, &table, board)
        }
    };
    (sources.expect("a folder"), stack)
}

/// The image of an estimate, built.
fn built(estimate: &Estimate, sources: &Sources, stack: u32, to: &Path) -> Image {
    let build = Build {
        program: Program::Classify,
        board: estimate.board,
        sources: Some(sources.path()),
        stack: Some(stack),
    };
    build.run(&checkout(), to).expect("an image");
    Image::read(to).expect("an image")
}

/// By how much an estimate is off, in percent.
fn off(estimate: u64, real: u64) -> f64 {
    100.0 * (estimate as f64 - real as f64) / real as f64
}

#[test]
#[ignore = "needs QEMU; tests/run runs it"]
fn an_image_is_what_was_estimated() {
    let home = TempDir::new().expect("a folder");
    let path = home.path().join("image");
    let mut wrong = Vec::new();
    for (number, (name, ticket)) in tickets().iter().enumerate() {
        let program = program::Program::of(ticket).expect("a program");
        let networks: Vec<_> = Width::ALL
            .iter()
            .map(|&width| network(ticket, width, None))
            .collect();
        let wanted = wanted(ticket, &program, &networks);
        // Every form on the core that has all, those that are no floats on the smallest, and some on others and with a probe.
        let other = ["qemu-m33", "qemu-m7", "pico", "nrf52840-dk", "teensy-4.1"][number % 5];
        for name_of_board in ["qemu-m4", "qemu-m0", other] {
            let all = estimates(&wanted, board(name_of_board)).expect("estimates");
            for estimate in &all {
                let is_tried = match (name_of_board, estimate.shape) {
                    ("qemu-m4", _) | ("qemu-m0", Shape::Integers(_)) => true,
                    ("qemu-m0", Shape::Rows) => number % 2 == 1,
                    ("qemu-m0", _) => number % 2 == 0,
                    (_, shape) => {
                        shape == [Shape::Rust, Shape::Integers(Width::Eight), Shape::Rows][number % 3]
                    }
                };
                if !is_tried {
                    continue;
                }
                let (sources, stack) = sources(ticket, &networks, estimate.shape, estimate.board);
                let image = built(estimate, &sources, stack, &path);
                let off = off(estimate.flash as u64, image.flash);
                let most = if estimate.shape == Shape::Rust { 10.0 } else { 2.0 };
                let line = format!(
                    "{name}, {name_of_board}, {}: {} of {} bytes, {off:+.1} %",
                    estimate.shape.name(),
                    estimate.flash,
                    image.flash
                );
                eprintln!("{line}");
                if most < off.abs() {
                    wrong.push(line);
                }
                assert_eq!(estimate.stack, stack as usize);
                assert_eq!(estimate.ram as u64, image.ram + 1024 + u64::from(stack));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
#[ignore = "needs QEMU; tests/run runs it"]
fn instructions_that_are_said_to_be_exact_are() {
    let home = TempDir::new().expect("a folder");
    let path = home.path().join("image");
    // As many logits as registers return; more are written to memory, and by how much code is up to the compiler.
    for outputs in [1, 2, 3, 4] {
        let task = |task: usize| TaskPorts::new(format!("task{task}"), 2 * task..2 * task + 2, task..=task);
        let tasks = (0..outputs).map(task).collect();
        let ticket = made(&[2 * outputs, 3 * outputs, outputs], tasks, 0.5, outputs as u64);
        let program = program::Program::of(&ticket).expect("a program");
        let all = estimates(&wanted(&ticket, &program, &[]), board("qemu-m4")).expect("estimates");
        let estimate = all
            .iter()
            .find(|estimate| estimate.shape == Shape::Assembly)
            .expect("it");
        let count = estimate.instructions.expect("a count");
        assert!(count.is_exact);
        let (sources, stack) = sources(&ticket, &[], estimate.shape, estimate.board);
        let image = built(estimate, &sources, stack, &path);
        let mut counted = None;
        let qemu = Qemu::start(estimate.board, &path, &image, true).expect("QEMU");
        let code = qemu.finish(std::time::Duration::from_mins(2), |line| {
            if let Some((before, _)) = line.split_once(" instructions an inference") {
                counted = before.rsplit(' ').next().and_then(|word| word.parse().ok());
            }
        });
        assert_eq!(code.expect("an end"), 0);
        assert_eq!(Some(count.number), counted, "{outputs} outputs");
    }
}

/// Of the tickets whose costs are committed, speeds are known.
#[test]
fn speeds_are_those_of_the_baseline() {
    let text = include_str!("costs.txt");
    let committed = |name: &str| -> u64 {
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(&format!("{name}: ")));
        line.expect("a line").parse().expect("a number")
    };
    let ticket = default_ticket();
    let program = program::Program::of(&ticket).expect("a program");
    let networks: Vec<_> = Width::ALL
        .iter()
        .map(|&width| network(&ticket, width, None))
        .collect();
    let wanted = wanted(&ticket, &program, &networks);
    for estimate in estimates(&wanted, board("qemu-m4")).expect("estimates") {
        let (name, most) = match estimate.shape {
            Shape::Assembly => ("assembly", 0.0),
            Shape::Rust => ("plain", 15.0),
            Shape::Integers(Width::Eight) => ("8 bits", 15.0),
            Shape::Integers(Width::Sixteen) => ("16 bits", 15.0),
            Shape::Rows => continue,
        };
        let count = estimate.instructions.expect("a count").number;
        let cycles = estimate.cycles.expect("a model");
        for (what, number) in [("instructions", count), ("model cycles", cycles)] {
            let off = off(number, committed(&format!("default, {name}, {what}")));
            assert!(off.abs() <= most, "{name}, {what}: {number}, {off:+.1} %");
        }
    }
}

#[test]
fn every_board_has_an_estimate_and_the_best_form_is_the_first() {
    let ticket = default_ticket();
    let program = program::Program::of(&ticket).expect("a program");
    let networks: Vec<_> = Width::ALL
        .iter()
        .map(|&width| network(&ticket, width, None))
        .collect();
    let wanted = wanted(&ticket, &program, &networks);
    let all = estimates_of_all(&wanted, BOARDS).expect("estimates");
    for (board, all) in BOARDS.iter().zip(&all) {
        let has_kernels = board.core.cpu == "cortex-m4";
        assert_eq!(all.len(), if has_kernels { 5 } else { 4 }, "{}", board.name);
        let best = &all[0];
        assert!(all.iter().all(|estimate| estimate.fits), "{}", board.name);
        let has_float = board.core.target.ends_with("hf");
        assert_eq!(has_float, !matches!(best.shape, Shape::Integers(_)) || has_float);
        let times: Vec<_> = all.iter().map(|estimate| estimate.cycles).collect();
        assert!(times.is_sorted(), "{}: {times:?}", board.name);
        // A model is of a core, and says nothing of others.
        let is_modeled = matches!(board.core.cpu, "cortex-m4" | "cortex-m0" | "cortex-m0plus");
        assert_eq!(times.iter().all(Option::is_some), is_modeled, "{}", board.name);
        assert!(board.clock.wake <= board.clock.top, "{}", board.name);
        if let Reach::Qemu { .. } = board.reach {
            assert_eq!(board.clock.wake, board.clock.top, "{}", board.name);
        }
    }
}

#[test]
fn fit_and_boards_answer_in_words_and_in_json() {
    let home = TempDir::new().expect("a folder");
    std::fs::copy(checkout().default_ticket(), home.path().join("t.safetensors")).expect("a file");
    let told = succeeds(&mut line(home.path(), "boards"));
    for board in BOARDS {
        assert!(told.contains(board.name), "{}: {told}", board.name);
    }
    let json = |text: &str| -> serde_json::Value {
        serde_json::from_str(&succeeds(&mut line(home.path(), text))).expect("JSON")
    };
    let boards = json("boards --json");
    assert_eq!(boards.as_array().expect("a list").len(), BOARDS.len());
    let told = succeeds(&mut line(home.path(), "fit @/t.safetensors --board pico"));
    for words in [
        "43 weights left, 33 active",
        "integer 8*",
        "model",
        "pico",
        "rows",
        "To learn on the board, from 200 samples",
    ] {
        assert!(told.contains(words), "no '{words}' in: {told}");
    }
    let one = json("fit @/t.safetensors --board qemu-m4 --json");
    let forms = &one["boards"][0]["forms"];
    assert_eq!(forms.as_array().expect("a list").len(), 5);
    assert_eq!(forms[0]["best"], true);
    let exact: Vec<_> = forms
        .as_array()
        .expect("a list")
        .iter()
        .map(|form| form["instructions_exact"] == true)
        .collect();
    assert_eq!(exact.iter().filter(|&&exact| exact).count(), 1);
    // The micro:bit has 16 KiB of RAM: room for a stack and the network, but not for any sample of so large a batch.
    let learn = |more: &str| {
        json(&format!("fit @/t.safetensors --board qemu-m0 --json {more}"))["boards"][0]["learn"].clone()
    };
    assert_eq!(learn("--learn 1 --set training.batch=1")["samples_at_most"], 0);
    let on_pico = json("fit @/t.safetensors --board pico --json --learn 5000 --set training.batch=16");
    assert_eq!(on_pico["learned_samples"], 5000);
    let on_pico = &on_pico["boards"][0]["learn"];
    assert_eq!(on_pico["fits"], true);
    // 28 bytes a sample: four inputs, two classes, a place in the order.
    let more = json("fit @/t.safetensors --board pico --json --learn 5001 --set training.batch=16");
    let ram = |learn: &serde_json::Value| learn["ram"].as_u64().expect("bytes");
    assert_eq!(ram(&more["boards"][0]["learn"]) - ram(on_pico), 28);
    assert_eq!(
        on_pico["samples_at_most"].as_u64(),
        Some(5000 + ((256 << 10) - ram(on_pico)) / 28)
    );
    let all = json("fit @/t.safetensors --all --json");
    assert_eq!(all["boards"].as_array().expect("a list").len(), BOARDS.len());
}
