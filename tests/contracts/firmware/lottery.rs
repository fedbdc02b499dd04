//! `lottery` on emulated boards: at every level the digest of all parameters is that of the host.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tombola::Verdict;
use tombola_firmware::STACK;
use tombola_firmware::boards::Board;
use tombola_firmware::digest::of_floats;
use tombola_firmware::stream::encode;
use tombola_firmware::stream::message::{Draw, Request};
use tombola_host::board::build::Program;
use tombola_host::board::{Event, Qemu, Wire};
use tombola_host::structure::anatomy;
use tombola_host::ticket::Ticket;

use super::{board, emulated, image};
use crate::program::{command, programs, succeeds};

/// The log of a lottery, and its code.
fn lottery(board: &Board, draw: Draw) -> (Vec<String>, i32) {
    let (path, image) = image(Program::Lottery, board);
    let mut qemu = Qemu::start(board, &path, &image, false).expect("QEMU");
    let mut out = [0; 64];
    let request = encode(&mut out, |out| Request::Draw(draw).write(0, out));
    qemu.send(request).expect("a listener");
    qemu.close();
    let (mut log, start) = (Vec::new(), Instant::now());
    loop {
        assert!(start.elapsed() < Duration::from_mins(10), "{log:#?}");
        match qemu.next(Duration::from_mins(2)).expect("a wire") {
            Some(Event::Log(line)) => log.push(line),
            Some(Event::End(code)) => return (log, code),
            Some(Event::Replies(bytes)) => panic!("{}", String::from_utf8_lossy(&bytes)),
            None => panic!("{}: it hangs; {log:#?}", board.name),
        }
    }
}

/// The tickets of a run of the founding experiment with this seed, level by level.
struct Host {
    home: TempDir,
    seed: u64,
}

impl Host {
    fn run(seed: u64, samples: u16) -> Self {
        let home = TempDir::new().expect("a temporary directory");
        let program = programs().last().expect("a program");
        let mut run = command(program, ["run", "--quiet", "--seeds", "1", "--out", "run"]);
        for setting in [
            format!("first_seed={seed}"),
            format!("data.train={samples}"),
            format!("data.validation={samples}"),
            format!("data.test={samples}"),
        ] {
            run.args(["--set", &setting]);
        }
        succeeds(run.current_dir(home.path()));
        Self { home, seed }
    }

    fn path(&self, level: usize) -> PathBuf {
        let name = format!("run/tickets/{}-{level}.safetensors", self.seed);
        Path::new(self.home.path()).join(name)
    }

    fn ticket(&self, level: usize) -> Ticket {
        Ticket::read(&self.path(level)).expect("a ticket")
    }

    /// What a board is to log of a level.
    fn line(&self, level: usize, samples: u16) -> String {
        let ticket = self.ticket(level);
        let anatomy = anatomy(&ticket);
        let accuracy = ticket
            .origin
            .and_then(|origin| origin.result)
            .expect("a result")
            .accuracy;
        let right = |task: usize| (accuracy[task] * f64::from(samples)).round();
        format!(
            "info  level {level}: {} weights left, moons {} and circles {} of {samples} right, {:?}, digest {:016x}",
            anatomy.weights_left,
            right(0),
            right(1),
            anatomy.verdict,
            of_floats(&ticket.params)
        )
    }
}

/// Runs a lottery on a board and on the host, and returns how many levels it had, and the log.
#[track_caller]
fn same(board: &Board, seed: u64, samples: u16, last_level: u8) -> (usize, Vec<String>) {
    let host = Host::run(seed, samples);
    let (log, code) = lottery(
        board,
        Draw {
            seed,
            samples,
            last_level,
        },
    );
    assert_eq!(code, 0, "{}: {log:#?}", board.name);
    let levels: Vec<&String> = log
        .iter()
        .filter(|line| line.starts_with("info  level"))
        .collect();
    for (level, line) in levels.iter().enumerate() {
        assert_eq!(**line, host.line(level, samples), "{}", board.name);
    }
    (levels.len(), log)
}

/// Three seeds of which tickets fall apart early, so that this takes seconds each.
#[test]
#[ignore = "needs QEMU; tests/run runs it"]
fn three_seeds_find_the_hosts_tickets_with_the_hosts_bits_at_every_level() {
    for seed in [55, 2, 24] {
        let (levels, log) = same(board("qemu-m4"), seed, 1000, 17);
        let host = Host::run(seed, 1000);
        let separated = (0..18).position(|level| anatomy(&host.ticket(level)).verdict == Verdict::Separated);
        assert_eq!(
            separated,
            Some(levels - 1),
            "it stops at the first separated ticket"
        );
        assert!(log.iter().any(|line| line.contains("separated: ")), "{log:#?}");
        let used = log
            .iter()
            .find_map(|line| line.split_once(&*format!(" of {STACK} bytes of stack used")));
        let used = used
            .and_then(|(line, _)| line.rsplit(' ').next())
            .and_then(|word| word.parse::<usize>().ok());
        // A quarter of the stack is never reached.
        assert!(used.is_some_and(|used| used <= STACK / 4 * 3), "{log:#?}");
    }
}

#[test]
#[ignore = "needs QEMU; tests/run runs it"]
fn every_board_with_room_for_it_has_the_hosts_bits() {
    for board in emulated().filter(|board| 64 << 10 <= board.ram.length) {
        let (levels, log) = same(board, 7, 150, 5);
        assert_eq!(levels, 6, "{}: {log:#?}", board.name);
        assert!(
            log.iter().any(|line| line == "info  no separated ticket"),
            "{log:#?}"
        );
    }
}

#[test]
#[ignore = "needs QEMU; tests/run runs it"]
fn one_weights_last_bit_shows() {
    let host = Host::run(7, 150);
    let mut ticket = host.ticket(0);
    let line = host.line(0, 150);
    ticket.params[600] = f32::from_bits(ticket.params[600].to_bits() ^ 1);
    ticket.write(&host.path(0)).expect("a file");
    let (log, _) = lottery(
        board("qemu-m4"),
        Draw {
            seed: 7,
            samples: 150,
            last_level: 0,
        },
    );
    assert!(log.contains(&line), "{log:#?}");
    assert!(!log.contains(&host.line(0, 150)), "{log:#?}");
}

#[test]
#[ignore = "needs QEMU; tests/run runs it"]
fn a_board_without_enough_memory_says_what_would_fit() {
    let refused = |name: &str, samples, words: &[&str]| {
        let draw = Draw {
            seed: 0,
            samples,
            last_level: 0,
        };
        let (log, code) = lottery(board(name), draw);
        assert_eq!(code, 1, "{log:#?}");
        for word in words {
            assert!(
                log.iter()
                    .any(|line| line.starts_with("error") && line.contains(word)),
                "{log:#?}"
            );
        }
    };
    refused("qemu-m0", 1000, &["no lottery fits into 16384 bytes of RAM"]);
    refused(
        "qemu-stm32f405",
        2000,
        &[
            "2000 samples a part do not fit into 131072 bytes",
            "build with TOMBOLA_SAMPLES=1",
        ],
    );
    refused(
        "qemu-m4",
        2000,
        &[
            "built for 1 to 1000 samples a part, not for 2000",
            "TOMBOLA_SAMPLES=2000",
        ],
    );
    refused("qemu-m4", 0, &["not for 0"]);
}
