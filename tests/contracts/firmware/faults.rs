//! Panics, faults and overflows of the stack are logged, and end with an error.

use std::time::Duration;

use tombola_firmware::STACK;
use tombola_firmware::boards::Board;
use tombola_host::board::build::Program;
use tombola_host::board::{Event, Qemu, Wire};

use super::{emulated, image};

/// The log of a program that is asked for a failure, and its code.
fn asked(board: &Board, byte: u8) -> (String, i32) {
    let (path, image) = image(Program::Faults, board);
    assert!(!image.symbols.iter().any(|symbol| symbol.contains("4core3fmt")));
    let mut qemu = Qemu::start(board, &path, &image, false).expect("QEMU");
    qemu.send(&[byte]).expect("a listener");
    let mut log = String::new();
    loop {
        match qemu.next(Duration::from_mins(1)).expect("a wire") {
            Some(Event::Log(line)) => {
                log += &line;
                log.push('\n');
            }
            Some(Event::End(code)) => return (log, code),
            Some(Event::Replies(bytes)) => log += &String::from_utf8_lossy(&bytes),
            None => panic!("{}: it hangs; {log}", board.name),
        }
    }
}

#[test]
#[ignore = "needs QEMU; tests/run runs it"]
fn an_overflow_of_the_stack_is_logged_and_an_error_on_every_emulated_board() {
    for board in emulated() {
        let seen_by = match board.core.cpu {
            "cortex-m0" => "the bus",
            "cortex-m33" => "the stack limit",
            _ => "the memory protection unit",
        };
        // Frame by frame, by one frame that is four times as large as the stack, and by a push that leaves the stack
        // pointer where it was; the smallest cores do not say where that was going.
        let bytes: &[u8] = if seen_by == "the bus" { b"ob" } else { b"obd" };
        for &byte in bytes {
            let (log, code) = asked(board, byte);
            assert_eq!(code, 2, "{}: {log}", board.name);
            let line = format!("error stack overflow: {STACK} bytes are not enough, says {seen_by}");
            assert!(log.contains(&line), "{}: {log}", board.name);
        }
    }
}

#[test]
#[ignore = "needs QEMU; tests/run runs it"]
fn a_panic_and_a_fault_are_logged_and_errors_on_every_emulated_board() {
    for board in emulated() {
        let (log, code) = asked(board, b'p');
        assert_eq!(code, 2, "{}: {log}", board.name);
        assert!(
            log.contains("error panicked at firmware/src/bin/faults.rs:"),
            "{}: {log}",
            board.name
        );
        let (log, code) = asked(board, b'f');
        assert_eq!(code, 2, "{}: {log}", board.name);
        assert!(log.contains("error fault 0x"), "{}: {log}", board.name);
        let (log, code) = asked(board, b'x');
        assert_eq!(
            (log.as_str(), code),
            ("info  asked for 120\n", 0),
            "{}",
            board.name
        );
    }
}
