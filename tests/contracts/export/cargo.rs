//! A ticket as a crate: cargo builds, tests, documents and packs it without a word of complaint, and its tests hold it to
//! the host's answers.

use std::fs;
use std::path::Path;
use std::process::Output;

use tempfile::TempDir;
use tombola_host::ticket::Ticket;

use super::rust::tool;
use super::tickets;
use crate::firmware::checkout;
use crate::program::{files, line, stderr, succeeds};

/// A command of cargo in a crate's folder, with nothing of the tests' own environment, and no network.
fn cargo(folder: &Path, arguments: &str) -> Output {
    let mut cargo = tool("cargo");
    for variable in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET"] {
        cargo.env_remove(variable);
    }
    cargo
        .current_dir(folder)
        .args(arguments.split(' '))
        .arg("--offline")
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .env("RUSTDOCFLAGS", "-D warnings")
        .output()
        .expect("cargo starts")
}

/// A command of cargo that must succeed and warn of nothing.
#[track_caller]
fn is_clean(folder: &Path, arguments: &str) -> String {
    let output = cargo(folder, arguments);
    let said = stderr(&output);
    assert!(
        output.status.success() && !said.contains("warning"),
        "{arguments}: {said}{}",
        String::from_utf8_lossy(&output.stdout)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn default_ticket() -> Ticket {
    Ticket::read(&checkout().default_ticket()).expect("a ticket")
}

/// Exports a ticket as a crate in a folder of its own.
fn export(home: &Path, ticket: &Ticket, name: &str, options: &str) {
    ticket.write(&home.join("t.safetensors")).expect("a file");
    let text = format!("export @/t.safetensors --format rust --crate @/{name}{options}");
    succeeds(&mut line(home, &text));
}

#[test]
fn a_crate_is_tested_documented_and_packed_without_a_warning() {
    let home = TempDir::new().expect("a folder");
    for (number, options) in ["", " --integer 8", " --core cortex-m4f"].iter().enumerate() {
        let name = format!("my-gestures{number}");
        export(home.path(), &default_ticket(), &name, options);
        let folder = home.path().join(&name);
        let said = is_clean(&folder, "test");
        // The answers, and the example of the documentation.
        assert_eq!(said.matches("test result: ok. 1 passed").count(), 2, "{said}");
        is_clean(&folder, "doc --no-deps");
        is_clean(&folder, "package --allow-dirty");
        let packed = folder.join(format!("target/package/{name}-0.1.0.crate"));
        assert!(packed.exists());
    }
}

#[test]
#[ignore = "needs clippy, rustfmt and Rust's targets for boards; tests/run runs it"]
fn crates_of_all_forms_are_clean_on_boards_too() {
    let home = TempDir::new().expect("a folder");
    let forms = [
        "",
        " --integer 16",
        " --integer 16 --input-scale 0.001",
        " --core cortex-m4f",
        " --flash 1500",
    ];
    for (number, options) in forms.iter().enumerate() {
        let name = format!("t{number}");
        export(home.path(), &default_ticket(), &name, options);
        let folder = home.path().join(&name);
        is_clean(&folder, "test");
        for target in [
            "thumbv7em-none-eabihf",
            "thumbv6m-none-eabi",
            "riscv32imc-unknown-none-elf",
        ] {
            is_clean(&folder, &format!("build --target {target}"));
        }
        is_clean(&folder, "clippy --all-targets");
        let format = tool("cargo")
            .current_dir(&folder)
            .args(["fmt", "--check"])
            .output();
        assert!(format.expect("cargo starts").status.success(), "{options}");
    }
    // Tickets of every kind.
    for (number, case) in tickets::random_few().iter().enumerate().step_by(3) {
        let name = format!("random{number}");
        export(home.path(), &case.ticket, &name, "");
        is_clean(&home.path().join(&name), "test");
    }
}

#[test]
fn an_answer_that_is_not_the_hosts_fails_the_crates_test() {
    let home = TempDir::new().expect("a folder");
    export(home.path(), &default_ticket(), "planted", "");
    let folder = home.path().join("planted");
    let path = folder.join("src/lib.rs");
    let text = fs::read_to_string(&path).expect("a file");
    let at = text.rfind("let y0 = ").expect("a logit");
    let planted = format!(
        "{}let y0 = 1e-6 + {}",
        &text[..at],
        &text[at + "let y0 = ".len()..]
    );
    fs::write(path, planted).expect("a file");
    let output = cargo(&folder, "test --test answers");
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("sample 0"));
}

#[test]
fn a_crate_below_another_project_builds_and_keeps_what_is_edited() {
    let home = TempDir::new().expect("a folder");
    fs::write(home.path().join("Cargo.toml"), "[workspace]\n").expect("a file");
    export(home.path(), &default_ticket(), "below", "");
    let folder = home.path().join("below");
    is_clean(&folder, "check");
    let manifest = folder.join("Cargo.toml");
    let edited = fs::read_to_string(&manifest)
        .expect("a file")
        .replace("0.1.0", "0.2.0");
    fs::write(&manifest, &edited).expect("a file");
    let before = files(&folder.join("src"));
    export(home.path(), &default_ticket(), "below", " --integer 8");
    assert_eq!(fs::read_to_string(&manifest).expect("a file"), edited);
    assert_ne!(files(&folder.join("src")), before);
}
