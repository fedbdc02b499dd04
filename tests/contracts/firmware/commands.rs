//! `tombola emulate`, `flash` and `hil`: what can be known beforehand is said beforehand.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;
use tombola_host::board::build::lock;

use super::checkout;
use crate::program::{fails, succeeds, tombola};

/// A command line of the program, split at spaces, in the checkout; `@` stands for `home`.
fn line(home: &Path, line: &str) -> Command {
    let home = home.display().to_string();
    let mut command = tombola(line.split(' ').map(|word| word.replace('@', &home)));
    command.current_dir(checkout().root());
    command
}

/// A folder with what the lines below speak of.
fn home() -> TempDir {
    let home = TempDir::new().expect("a temporary directory");
    fs::copy(checkout().default_ticket(), home.path().join("good.safetensors")).expect("a ticket");
    let bytes = fs::read(home.path().join("good.safetensors")).expect("a ticket");
    fs::write(home.path().join("broken.safetensors"), &bytes[..bytes.len() / 2]).expect("a file");
    fs::write(
        home.path().join("good.csv"),
        "x0,x1,x2,x3,moons\n1,0.5,-0.25,0,1\n0,0,0,1e-3,0\n",
    )
    .expect("a file");
    fs::write(home.path().join("narrow.csv"), "x0,x1,moons\n1,0.5,1\n").expect("a file");
    fs::write(home.path().join("strange.csv"), "x0,x1,x2,x3,moon\n1,0.5,1,1,0\n").expect("a file");
    home
}

#[test]
fn bad_input_is_refused_before_anything_is_built() {
    let home = home();
    // Without any program to call, so nothing can have been.
    let check = |text: &str, fragments: &[&str]| {
        fails(
            line(home.path(), text).env("PATH", "").env_remove("CARGO"),
            2,
            fragments,
        );
    };
    // Each names the boards that it takes, and no others.
    for (verb, typo, near, all) in [
        (
            "emulate @/good.safetensors",
            "qemu-m5",
            "qemu-m4",
            "there are qemu-m4, qemu-m7",
        ),
        (
            "emulate @/good.safetensors",
            "qemu-stm32f40",
            "qemu-stm32f405",
            "qemu-m0",
        ),
        (
            "flash @/good.safetensors",
            "nucleo-f411",
            "nucleo-f411re",
            "there are stm32f3-discovery",
        ),
        (
            "hil --data @/good.csv",
            "qemu-m5",
            "qemu-m4",
            "there are qemu-m4, qemu-m7",
        ),
        ("hil --data @/good.csv", "nucleo-f411", "nucleo-f411re", "pico-2"),
    ] {
        check(
            &format!("{verb} --board {typo}"),
            &[typo, &format!("did you mean '{near}'?")],
        );
        check(&format!("{verb} --board arduino"), &["no such board", all]);
    }
    check(
        "emulate @/good.safetensors --board pico-2",
        &["pico-2 is not emulated", "tombola flash TICKET --board pico-2"],
    );
    check(
        "flash @/good.safetensors --board qemu-m7",
        &["nothing to flash", "tombola emulate TICKET --board qemu-m7"],
    );
    for verb in [
        "emulate",
        "flash --board pico-2",
        "hil --board pico-2 --data @/good.csv",
        "hil --board pico-2 --data @/good.csv --ticket",
    ] {
        check(
            &format!("{verb} @/broken.safetensors"),
            &["broken.safetensors", "truncated"],
        );
        check(
            &format!("{verb} @/missing.safetensors"),
            &["missing.safetensors", "no such file"],
        );
    }
    for verb in [
        "emulate @/good.safetensors",
        "flash @/good.safetensors --board pico-2",
        "hil --board pico-2",
    ] {
        check(
            &format!("{verb} --data @/narrow.csv"),
            &["narrow.csv:1", "2 columns of inputs", "the ticket has 4"],
        );
        check(
            &format!("{verb} --data @/strange.csv"),
            &["strange.csv:1", "'moon'", "did you mean 'moons'?"],
        );
    }
}

#[test]
fn hil_takes_its_ticket_once() {
    let home = home();
    let mut twice = line(
        home.path(),
        "hil @/a.safetensors --ticket @/b.safetensors --board pico-2 --data @/good.csv",
    );
    fails(
        &mut twice,
        2,
        &["'[TICKET]' cannot be used with '--ticket <FILE>'"],
    );
}

#[test]
fn a_ticket_that_does_not_fit_is_refused_before_anything_is_built() {
    let home = home();
    let experiment = "seeds = 1\n[data]\ntrain = 20\nvalidation = 10\ntest = 10\n[network]\nhidden = [300, 300]\n\
                      [training]\nepochs = 1\n[pruning]\nlevels = 1\n";
    fs::write(home.path().join("wide.toml"), experiment).expect("a file");
    succeeds(&mut line(home.path(), "run @/wide.toml --quiet --out @/wide"));
    let check = |text: &str, fragments: &[&str]| {
        fails(
            line(home.path(), text).env("PATH", "").env_remove("CARGO"),
            2,
            fragments,
        );
    };
    check(
        "emulate @/wide/tickets/0-0.safetensors --board qemu-m0",
        &[
            "does not fit qemu-m0",
            "KiB of flash, and 247 of 256 KiB are free",
        ],
    );
    check(
        "flash @/wide/tickets/0-0.safetensors --board stm32f3-discovery",
        &["does not fit stm32f3-discovery", "KiB of flash"],
    );
}

#[test]
fn what_is_missing_is_named_with_the_way_to_get_it() {
    let home = home();
    let check = |text: &str, code, fragments: &[&str]| {
        fails(
            line(home.path(), text).env("PATH", "").env_remove("CARGO"),
            code,
            fragments,
        );
    };
    check(
        "emulate @/good.safetensors",
        1,
        &["qemu-system-arm is not installed", "apt install qemu-system-arm"],
    );
    for verb in [
        "flash @/good.safetensors --board pico-2",
        "hil --board pico-2 --data @/good.csv",
    ] {
        check(verb, 1, &["probe-rs is not installed", "https://probe.rs"]);
    }
    fails(
        tombola(["emulate"]).current_dir(home.path()),
        2,
        &["there are none here", "go to your checkout of Tombola"],
    );
}

#[test]
#[ignore = "needs QEMU; tests/run runs it"]
fn emulate_builds_runs_and_compares() {
    let home = home();
    let told = succeeds(&mut line(
        home.path(),
        "emulate @/good.safetensors --data @/good.csv --board qemu-m33",
    ));
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
    // The same by hil, which takes emulated boards, too.
    let told = succeeds(&mut line(home.path(), "hil --board qemu-m4 --data @/good.csv"));
    assert!(told.contains("logits     4 of 4"), "{told}");
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
