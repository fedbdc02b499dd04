//! `tombola emulate`, `flash` and `hil`: what can be known beforehand is said beforehand.

use std::fs;
use std::process::Command;

use tempfile::TempDir;
use tombola_host::board::build::lock;

use super::checkout;
use crate::program::{fails, line, succeeds};

/// A command line of the program, in the checkout; `@` stands for `home`.
fn at_checkout(home: &TempDir, text: &str) -> Command {
    let mut command = line(home.path(), text);
    command.current_dir(checkout().root());
    command
}

/// The command line fails without any program to call, so that nothing can have been built.
#[track_caller]
fn fails_at_once(home: &TempDir, text: &str, code: i32, fragments: &[&str]) {
    let mut command = at_checkout(home, text);
    fails(command.env("PATH", "").env_remove("CARGO"), code, fragments);
}

/// A folder with what the lines below speak of.
fn home() -> TempDir {
    let home = TempDir::new().expect("a temporary directory");
    let ticket = fs::read(checkout().default_ticket()).expect("a ticket");
    for (name, content) in [
        ("good.safetensors", &*ticket),
        ("broken.safetensors", &ticket[..ticket.len() / 2]),
        ("good.csv", b"x0,x1,x2,x3,moons\n1,0.5,-0.25,0,1\n0,0,0,1e-3,0\n"),
        ("narrow.csv", b"x0,x1,moons\n1,0.5,1\n"),
        ("strange.csv", b"x0,x1,x2,x3,moon\n1,0.5,1,1,0\n"),
    ] {
        fs::write(home.path().join(name), content).expect("a file");
    }
    home
}

#[test]
fn bad_input_is_refused_before_anything_is_built() {
    let home = home();
    let check = |text: &str, fragments: &[&str]| fails_at_once(&home, text, 2, fragments);
    let [emulate, flash] = ["emulate", "flash"].map(|verb| format!("{verb} @/good.safetensors"));
    let hil = "hil --data @/good.csv";
    // Each names the boards that it takes, and no others.
    for (verb, typo, near, all) in [
        (&*emulate, "qemu-m5", "qemu-m4", "there are qemu-m4, qemu-m7"),
        (&emulate, "qemu-stm32f40", "qemu-stm32f405", "qemu-m0"),
        (
            &flash,
            "nucleo-f411",
            "nucleo-f411re",
            "there are stm32f3-discovery",
        ),
        (hil, "qemu-m5", "qemu-m4", "there are qemu-m4, qemu-m7"),
        (hil, "nucleo-f411", "nucleo-f411re", "pico-2"),
    ] {
        let near = format!("did you mean '{near}'?");
        check(&format!("{verb} --board {typo}"), &[typo, &near]);
        check(&format!("{verb} --board arduino"), &["no such board", all]);
    }
    let remedy = "tombola flash TICKET --board pico-2";
    check(
        &format!("{emulate} --board pico-2"),
        &["pico-2 is not emulated", remedy],
    );
    let remedy = "tombola emulate TICKET --board qemu-m7";
    check(&format!("{flash} --board qemu-m7"), &["nothing to flash", remedy]);
    let remedy = "tombola flash TICKET --board teensy-4.1";
    check(
        &format!("{hil} --board teensy-4.1"),
        &["teensy-4.1 has no debug port", remedy],
    );
    check(&format!("{hil} --board pico --speed 0"), &["--speed"]);
    for verb in [
        "emulate",
        "flash --board pico-2",
        "hil --board pico-2 --data @/good.csv",
        "hil --board pico-2 --data @/good.csv --ticket",
    ] {
        for (name, problem) in [("broken", "truncated"), ("missing", "no such file")] {
            let file = format!("{name}.safetensors");
            check(&format!("{verb} @/{file}"), &[&file, problem]);
        }
    }
    for verb in [
        &*emulate,
        &format!("{flash} --board pico-2"),
        "hil --board pico-2",
    ] {
        let narrow = ["narrow.csv:1", "2 columns of inputs", "the ticket has 4"];
        check(&format!("{verb} --data @/narrow.csv"), &narrow);
        let strange = ["strange.csv:1", "'moon'", "did you mean 'moons'?"];
        check(&format!("{verb} --data @/strange.csv"), &strange);
    }
}

#[test]
fn hil_takes_its_ticket_once() {
    let text = "hil @/a.safetensors --ticket @/b.safetensors --board pico-2 --data @/good.csv";
    let fragment = "'[TICKET]' cannot be used with '--ticket <FILE>'";
    fails(&mut at_checkout(&home(), text), 2, &[fragment]);
}

#[test]
fn a_ticket_that_does_not_fit_is_refused_before_anything_is_built() {
    let home = home();
    let experiment = "seeds = 1\n[data]\ntrain = 20\nvalidation = 10\ntest = 10\n[network]\nhidden = [300, 300]\n\
                      [training]\nepochs = 1\n[pruning]\nlevels = 1\n";
    fs::write(home.path().join("wide.toml"), experiment).expect("a file");
    succeeds(&mut at_checkout(&home, "run @/wide.toml --quiet --out @/wide"));
    for (verb, board, space) in [
        ("emulate", "qemu-m0", "KiB of flash, and 247 of 256 KiB are free"),
        ("flash", "stm32f3-discovery", "KiB of flash"),
    ] {
        let text = format!("{verb} @/wide/tickets/0-0.safetensors --board {board}");
        fails_at_once(&home, &text, 2, &[&format!("does not fit {board}"), space]);
    }
}

#[test]
fn what_is_missing_is_named_with_the_way_to_get_it() {
    let home = home();
    let emulator = ["qemu-system-arm is not installed", "apt install qemu-system-arm"];
    fails_at_once(&home, "emulate @/good.safetensors", 1, &emulator);
    // This program is built as by default.
    let probe = [
        "built without the way to debug probes",
        "cargo build --release --package tombola-host --features probe",
    ];
    for text in [
        "flash @/good.safetensors --board pico-2",
        "flash @/good.safetensors --board pico-2 --probe 0483:374b --speed 100 --connect-under-reset",
        "hil --board pico-2 --data @/good.csv",
        "hil --board arduino-zero --data @/good.csv --chip STM32 --transcript @/t.jsonl",
    ] {
        fails_at_once(&home, text, 1, &probe);
    }
    assert!(!home.path().join("t.jsonl").exists());
    let loader = [
        "teensy_loader_cli is not installed",
        "apt install teensy-loader-cli",
    ];
    fails_at_once(&home, "flash @/good.safetensors --board teensy-4.1", 1, &loader);
    let mut elsewhere = line(home.path(), "emulate");
    let fragments = ["there are none here", "go to your checkout of Tombola"];
    fails(elsewhere.current_dir(home.path()), 2, &fragments);
}

#[test]
#[ignore = "needs QEMU; tests/run runs it"]
fn emulate_builds_runs_and_compares() {
    let home = home();
    let text = "emulate @/good.safetensors --data @/good.csv --board qemu-m33";
    let told = succeeds(&mut at_checkout(&home, text));
    for words in [
        "board      qemu-m33: ",
        "43 weights left, 33 active",
        "bytes of flash",
        "samples    2: ",
        "logits     4 of 4 have the host's bits, in 2 samples",
        "accuracy   ",
        " moons",
        " instructions",
    ] {
        assert!(told.contains(words), "no '{words}' in: {told}");
    }
    assert!(!told.contains("circles"), "there are no labels for it: {told}");
    // The same by hil, which takes emulated boards, too, and writes down what it did.
    let text = "hil --board qemu-m4 --data @/good.csv --transcript @/t.jsonl";
    let told = succeeds(&mut at_checkout(&home, text));
    assert!(told.contains("logits     4 of 4"), "{told}");
    let transcript = fs::read_to_string(home.path().join("t.jsonl")).expect("a file");
    let lines: Vec<serde_json::Value> = transcript
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(lines[0]["about"]["board"], "qemu-m4");
    // A description and two samples were asked for, and the last lines are the end and what came of it.
    assert_eq!(lines.iter().filter(|line| !line["sent"].is_null()).count(), 3);
    assert!(lines.iter().any(|line| !line["came"].is_null()));
    let [end, compared] = &lines[lines.len() - 2..] else {
        unreachable!("there are more")
    };
    assert_eq!(end["end"], 0);
    assert!(
        compared["compared"]
            .as_str()
            .is_some_and(|text| text.contains("4 of 4"))
    );
}

#[test]
#[ignore = "needs QEMU; tests/run runs it"]
fn cargo_run_in_the_firmwares_folder_is_emulate() {
    // It runs what it built where it was built: another test's build must not take its place meanwhile.
    let _lock = lock(&checkout()).expect("a lock");
    let mut run = Command::new(env!("CARGO"));
    run.args(["run", "--quiet"]);
    run.current_dir(checkout().root().join("firmware"))
        .env_remove("TOMBOLA_BOARD");
    let told = succeeds(&mut run);
    assert!(
        told.contains("logits     2000 of 2000 have the host's bits"),
        "{told}"
    );
}
