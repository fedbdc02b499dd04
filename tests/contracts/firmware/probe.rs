//! The way to real boards, as far as it can be tried without one: the image of a board with a debug probe and its RTT
//! channels; only the probe is QEMU's debug server.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use tombola_host::board::build::Program;
use tombola_host::board::{Probe, Session, compare, samples};
use tombola_host::predict::Predictions;

use super::gdb::Gdb;
use super::{board, default_ticket, image};

struct Emulator(Child);

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
#[ignore = "needs QEMU; tests/run runs it"]
fn samples_go_through_rtt_and_come_back_with_the_hosts_bits() {
    // This emulated board has the memory map of that real one.
    let (path, image) = image(Program::Classify, board("stm32f4-discovery"));
    let port = TcpListener::bind("127.0.0.1:0")
        .and_then(|socket| socket.local_addr())
        .expect("a port")
        .port();
    let emulator = Command::new("qemu-system-arm")
        .args([
            "-machine",
            "netduinoplus2",
            "-display",
            "none",
            "-monitor",
            "none",
            "-serial",
            "none",
            "-S",
        ])
        .args(["-gdb", &format!("tcp:127.0.0.1:{port}"), "-kernel"])
        .arg(path)
        .stdin(Stdio::null())
        .spawn()
        .map(Emulator)
        .expect("QEMU");
    let probe = Probe::open(&image, move |_| Gdb::connect(&format!("127.0.0.1:{port}"))).expect("a board");
    let ticket = default_ticket();
    let (table, _) = samples(&ticket).expect("samples");
    let predictions = Predictions::of(&ticket, &table, false).expect("answers");
    let mut lines = Vec::new();
    let mut log = |line: &str| lines.push(line.to_owned());
    let mut session = Session::new(probe, &mut log);
    let comparison = compare(&mut session, &ticket, &table, &predictions, None).expect("answers");
    drop(session);
    drop(emulator);
    assert_eq!(
        (comparison.samples, comparison.equal),
        (1000, 2000),
        "{comparison}"
    );
    assert!(
        lines
            .iter()
            .any(|line| line.contains("classify on stm32f4-discovery")),
        "{lines:#?}"
    );
    assert!(
        lines.iter().any(|line| line.contains("cycles are not counted")),
        "{lines:#?}"
    );
    // Nothing of what was said before the host looked is lost: four times as much as the channel holds.
    for example in 0..32 {
        let words = format!("example {example}: logits [");
        assert!(lines.iter().any(|line| line.contains(&words)), "{lines:#?}");
    }
    assert!(!lines.iter().any(|line| line.contains("decoded")), "{lines:#?}");
}
