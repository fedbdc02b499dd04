//! `classify` on every emulated board: the host's logits, bit for bit.

use tempfile::TempDir;
use tombola_firmware::boards::Board;
use tombola_host::board::build::Program;
use tombola_host::board::{Comparison, Qemu, Session, Sources, compare, samples};
use tombola_host::predict::Predictions;
use tombola_host::ticket::Ticket;

use super::{board, build, default_ticket, emulated, image};

/// What comes of a board with the code of `compiled` in it, asked as if it were the default ticket, and its log.
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
            (
                path.clone(),
                tombola_host::board::Image::read(&path).expect("an image"),
            )
        }
    };
    let mut lines = Vec::new();
    let mut log = |line: &str| lines.push(line.to_owned());
    let mut session = Session::new(Qemu::start(board, &path, &image, true).expect("QEMU"), &mut log);
    let comparison = compare(&mut session, &ticket, &table, &predictions, None).expect("answers");
    assert_eq!(session.end().expect("an end"), Some(0), "{}", board.name);
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
        assert_eq!(
            comparison.right,
            [("moons".to_owned(), 1000), ("circles".to_owned(), 1000)]
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
        assert!(number(used) * 4 <= number(all) * 3, "{used} of {all}");
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
