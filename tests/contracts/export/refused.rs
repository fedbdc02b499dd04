//! What cannot be exported is refused, in one message and with exit code 2, before anything is written.

use std::fs;

use tempfile::TempDir;
use tombola_host::export::{FORMATS, Options, onnx, rust};
use tombola_host::ticket::{TaskPorts, Ticket};

use crate::program::{command, fails, programs, succeeds, tombola};

/// A network of these widths for one task, all weights there, every parameter this value.
fn ticket(widths: &[usize], value: f32) -> Ticket {
    let net = tombola::Mlp::new(widths);
    let task = TaskPorts::new("task", 0..net.input_count(), 0..net.output_count());
    Ticket::new(widths, vec![task], vec![value; net.param_count()])
}

/// What each format of code makes of the ticket.
fn codes(ticket: &Ticket) -> impl Iterator<Item = anyhow::Result<String>> {
    let formats = FORMATS.iter().filter(|format| format.is_text);
    formats.map(|format| Ok(String::from_utf8((format.export)(ticket, &Options::default())?)?))
}

/// Every format refuses the ticket with these words.
#[track_caller]
fn refused(ticket: &Ticket, words: &[&str]) {
    for format in FORMATS {
        let error = (format.export)(ticket, &Options::default()).unwrap_err();
        assert!(tombola_host::error::is_bad_input(&error), "{error:#}");
        let message = format!("{error:#}");
        for word in words {
            assert!(message.contains(word), "no '{word}' in: {message}");
        }
    }
}

#[test]
fn numbers_that_code_cannot_say_are_refused() {
    refused(&ticket(&[2, 2], f32::NAN), &["layers.0.weight[0, 0]", "NaN"]);
    refused(&ticket(&[2, 2], f32::INFINITY), &["finite"]);
    // Zombies whose constants overflow.
    let mut overflows = ticket(&[1, 1, 1, 1], 1e38);
    overflows.mask[0] = false;
    overflows.params[0] = 0.0;
    refused(&overflows, &["unit 0 of layer 2", "not finite"]);
    let mut other = ticket(&[2, 2], 0.5);
    other.params.pop();
    refused(&other, &["params", "5", "6"]);
}

#[test]
fn more_classes_than_16_bits_count_are_refused() {
    let many = ticket(&[1, 65_536], 0.0);
    for code in codes(&many) {
        let error = code.unwrap_err();
        assert!(format!("{error:#}").contains("65536 classes"), "{error:#}");
    }
    assert!(onnx::model(&many).is_ok());
}

#[test]
fn more_terms_than_16_bits_count_are_refused() {
    for code in codes(&ticket(&[65_535, 1], 0.5)) {
        assert!(
            code.unwrap().contains("\n            65535,\n"),
            "the count of its terms"
        );
    }
    for code in codes(&ticket(&[65_536, 1], 0.5)) {
        let error = code.unwrap_err();
        assert!(tombola_host::error::is_bad_input(&error), "{error:#}");
        let message = format!("{error:#}");
        assert!(
            message.contains("unit 0 of layer 1 has more than 65535 active weights"),
            "{message}"
        );
    }
}

#[test]
fn a_ticket_that_does_not_fit_its_flash_is_refused_with_its_size() {
    let large = ticket(&[30, 30, 2], 0.5);
    let error = rust::source(&large, Some(1000)).unwrap_err();
    assert!(tombola_host::error::is_bad_input(&error));
    let message = format!("{error:#}");
    assert!(message.contains("1000 are allowed"), "{message}");
    assert!(
        rust::source(&large, Some(10_000))
            .unwrap()
            .contains("static WEIGHTS")
    );
    assert!(!rust::source(&large, None).unwrap().contains("static WEIGHTS"));
}

/// A directory with `ticket.safetensors`.
fn home() -> TempDir {
    let home = TempDir::new().expect("a directory");
    let bytes = ticket(&[2, 3, 2], 0.5).to_bytes().expect("bytes");
    fs::write(home.path().join("ticket.safetensors"), bytes).expect("a ticket");
    home
}

#[test]
fn the_program_refuses_in_one_message() {
    let home = home();
    fs::write(home.path().join("broken.safetensors"), "no ticket").expect("a file");
    let check = |arguments: &str, words: &[&str]| {
        let mut command = tombola(["export"].into_iter().chain(arguments.split(' ')));
        fails(command.current_dir(home.path()), 2, words);
    };
    for (file, words) in [
        ("nothing", ["nothing.safetensors", "no such file"]),
        ("broken", ["broken.safetensors", ""]),
    ] {
        check(&format!("{file}.safetensors --format c --out out"), &words);
    }
    let check = |options: &str, words: &[&str]| check(&format!("ticket.safetensors{options}"), words);
    check("", &["--format"]);
    check(" --format tflite", &["tflite", "rust", "onnx"]);
    check(" --format rust --flash many", &["many", "8K"]);
    check(" --format rust --flash 0", &["0"]);
    check(" --format rust --flash 8G", &["8G", "8K or 1M"]);
    let size = ["ticket.safetensors", "9 are allowed"];
    check(" --format rust --flash 9 --out out", &size);
    check(" --format rust --core cortex-m4f --flash 9", &size);
    check(" --format rust --prefix a", &["--prefix"]);
    check(" --format onnx --flash 9000", &["--flash"]);
    check(" --format c --core cortex-m4f", &["--core", "--format rust"]);
    check(" --format rust --core cortex-m5", &["cortex-m5", "cortex-m4f"]);
    check(" --format rust --integer 4", &["--integer", "8 or 16 bits"]);
    check(
        " --format c --integer 8 --out out",
        &["ticket.safetensors", "--data"],
    );
    check(
        " --format c --integer 8 --data nothing.csv --out out",
        &["nothing.csv"],
    );
    fs::write(home.path().join("data.csv"), "x0,x1\n1,2\n-1,1e3\n").expect("a file");
    let integers = " --format c --integer 8 --data data.csv --out out";
    check(
        &format!("{integers} --input-scale 0"),
        &["--input-scale 0.0", "above 0"],
    );
    check(
        &format!("{integers} --input-scale 1,2,3"),
        &["3 numbers", "2 inputs"],
    );
    check(
        &format!("{integers} --input-scale 1e-9"),
        &["input x1", "30 bits"],
    );
    check(&format!("{integers} --flash 9"), &size);
    check(" --format c --data data.csv --out out", &["--integer"]);
    check(
        " --format onnx --integer 8 --data data.csv --out out",
        &["--integer", "rust or c"],
    );
    check(
        " --format rust --core cortex-m4f --integer 8 --data data.csv",
        &["--core and --integer"],
    );
    for prefix in ["", "7", "_a", "a-b", "ü", "a\n", "a_"] {
        check(&format!(" --format c --prefix {prefix} --out out"), &["prefix"]);
    }
    let remedy = ["nowhere", "create the directory"];
    check(" --format rust --out nowhere/ticket.rs", &remedy);
    check(" --format onnx --out .", &["cannot write", "directory"]);
    check(" --format onnx", &["--out ticket.onnx"]);
    assert!(!home.path().join("out").exists(), "nothing is written");
}

#[test]
fn a_file_and_standard_output_hold_the_same_from_every_build() {
    let home = home();
    let ticket = home.path().join("ticket.safetensors").display().to_string();
    for format in ["rust", "c", "onnx"] {
        let mut made = vec![];
        for program in programs() {
            let out = home.path().join("out");
            succeeds(command(program, ["export", &ticket, "--format", format, "--out"]).arg(&out));
            made.push(fs::read(&out).expect("a file"));
            if format != "onnx" {
                made.push(
                    succeeds(&mut command(program, ["export", &ticket, "--format", format])).into_bytes(),
                );
            }
        }
        assert!(
            !made[0].is_empty() && made.iter().all(|bytes| *bytes == made[0]),
            "{format}"
        );
    }
}
