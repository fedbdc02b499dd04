//! `classify` on every emulated board: the host's logits, bit for bit.

use tempfile::TempDir;
use tombola_firmware::boards::Board;
use tombola_host::board::build::{Build, Program};
use tombola_host::board::{Comparison, Image, Qemu, Session, Sources, check_fit, compare, samples};
use tombola_host::predict::{Predictions, Score};
use tombola_host::ticket::{TaskPorts, Ticket};

use super::{board, build, checkout, default_ticket, emulated, image};

/// A dense ticket of one hidden layer, its inputs and outputs dealt out to so many tasks.
fn wide(inputs: usize, hidden: usize, outputs: usize, task_count: usize) -> Ticket {
    let weights = inputs * hidden + hidden * outputs;
    let share = |count: usize, task: usize| {
        let each = count / task_count;
        task * each..(task + 1) * each
    };
    let task = |task| TaskPorts::new(format!("task{task}"), share(inputs, task), share(outputs, task));
    Ticket::new(
        &[inputs, hidden, outputs],
        (0..task_count).map(task).collect(),
        (0..weights + hidden + outputs)
            .map(|index| (index % 7) as f32 - 2.75)
            .collect(),
    )
}

/// Wide at either end or between, and of many tasks: what the commands of the host give to a ticket is enough.
#[test]
#[ignore = "needs QEMU; tests/run runs it"]
fn a_wide_ticket_does_not_overflow_the_stack_that_it_is_given() {
    let home = TempDir::new().expect("a folder");
    for (board, ticket) in [
        (board("qemu-m4"), wide(4, 8, 1000, 1)),
        (board("qemu-stm32f405"), wide(4, 8, 3000, 1)),
        (board("qemu-m33"), wide(50, 6, 200, 50)),
        (board("qemu-m7"), wide(600, 4, 2, 1)),
        (board("qemu-m0"), wide(4, 200, 4, 2)),
    ] {
        let stack = check_fit(&ticket, board).expect("room");
        let (table, _) = samples(&ticket).expect("samples");
        let predictions = Predictions::of(&ticket, &table, false).expect("answers");
        let sources = Sources::new(&ticket, &table, board).expect("code");
        let path = home.path().join(board.name);
        let build = Build {
            program: Program::Classify,
            board,
            sources: Some(sources.path()),
            stack: Some(stack),
        };
        build.run(&checkout(), &path).expect("an image");
        let image = Image::read(&path).expect("an image");
        let mut lines = Vec::new();
        let mut log = |line: &str| lines.push(line.to_owned());
        let mut session = Session::new(Qemu::start(board, &path, &image, true).expect("QEMU"), &mut log);
        let code = Some(sources.code);
        let comparison = compare(&mut session, &ticket, &table, &predictions, code).expect("answers");
        session.end().expect("an end");
        assert!(comparison.is_equal(), "{}: {comparison}", board.name);
        let used = stack_used(&lines);
        assert!(used.0 * 4 <= used.1 * 3 && used.1 == stack, "{used:?}");
    }
}

/// How much of its stack a board has used, and how much it has.
fn stack_used(log: &[String]) -> (u32, u32) {
    let used = log
        .iter()
        .find_map(|line| line.split_once(" bytes of stack used"));
    let (used, all) = used
        .and_then(|(line, _)| line.split_once(" of "))
        .expect("a line");
    let number = |text: &str| {
        text.rsplit(' ')
            .next()
            .and_then(|word| word.parse::<u32>().ok())
            .expect("a number")
    };
    (number(used), number(all))
}

/// The answers of a board with the code of `compiled` in it, asked as if it were the default ticket, and its log.
fn compared(board: &Board, compiled: Option<&Ticket>) -> (Comparison, Vec<String>) {
    let ticket = default_ticket();
    let (table, _) = samples(&ticket).expect("samples");
    assert_eq!(table.row_count(), 1000);
    let predictions = Predictions::of(&ticket, &table, false).expect("answers");
    let home = TempDir::new().expect("a folder");
    let (path, image) = match compiled {
        None => image(Program::Classify, board),
        Some(compiled) => {
            let sources = Sources::new(compiled, &table, board).expect("code");
            let path = home.path().join("image");
            build(Program::Classify, board, Some(sources.path()), &path);
            (path.clone(), Image::read(&path).expect("an image"))
        }
    };
    let mut lines = Vec::new();
    let mut log = |line: &str| lines.push(line.to_owned());
    let mut session = Session::new(Qemu::start(board, &path, &image, true).expect("QEMU"), &mut log);
    let comparison = compare(&mut session, &ticket, &table, &predictions, None).expect("answers");
    if let Err(error) = session.end() {
        panic!("{}: {error:#}", board.name);
    }
    (comparison, lines)
}

#[test]
#[ignore = "needs QEMU; tests/run runs it"]
fn a_thousand_samples_have_the_hosts_bits_on_every_emulated_board() {
    for board in emulated() {
        let (comparison, log) = compared(board, None);
        assert_eq!(
            (comparison.samples, comparison.logits, comparison.equal),
            (1000, 2000, 2000),
            "{comparison}"
        );
        assert!(comparison.is_equal(), "{}: {comparison}", board.name);
        let all = Score {
            right: 1000,
            count: 1000,
        };
        assert_eq!(
            comparison.right,
            [("moons".to_owned(), all), ("circles".to_owned(), all)]
        );
        let (least, most) = comparison.counts.expect("counts");
        assert!(0 < least && most < 20_000, "{}: {comparison}", board.name);
        for words in [
            "classify on",
            "example 31: logits [",
            "moons: 32 of 32 right",
            "instructions an inference",
        ] {
            assert!(
                log.iter().any(|line| line.contains(words)),
                "{}: {log:#?}",
                board.name
            );
        }
        assert!(!log.iter().any(|line| line.contains("decoded")), "{log:#?}");
        // A quarter of the stack is never reached.
        let (used, all) = stack_used(&log);
        assert!(used * 4 <= all * 3, "{used} of {all}");
    }
}

#[test]
#[ignore = "needs QEMU; tests/run runs it"]
fn one_weights_last_bit_shows() {
    let mut planted = default_ticket();
    // The last surviving weight leads to an output.
    let weight = planted
        .mask
        .iter()
        .rposition(|&survives| survives)
        .expect("a weight");
    planted.params[weight] = f32::from_bits(planted.params[weight].to_bits() ^ 1);
    let (comparison, _) = compared(board("qemu-m4"), Some(&planted));
    assert!(!comparison.is_equal() && comparison.equal < 2000, "{comparison}");
    let first = comparison.first.expect("a difference");
    assert!(
        first.contains("the board says") && first.contains("the host"),
        "{first}"
    );
}
