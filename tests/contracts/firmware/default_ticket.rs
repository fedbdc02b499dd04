//! The ticket that the firmware comes with is what a run makes of its seed, and its code is what is made of it now.

use std::path::Path;
use std::{env, fs};

use tempfile::TempDir;
use tombola_host::board::{Checkout, examples_source, samples};
use tombola_host::export::assembly;
use tombola_host::structure::anatomy;

use super::{checkout, default_ticket};
use crate::program::{command, programs, succeeds};

/// The replicate and the level of the founding experiment that it is of.
const SEED: &str = "28";
const LEVEL: &str = "15";

#[test]
fn it_is_a_separated_ticket_of_43_weights_that_solves_both_tasks() {
    let ticket = default_ticket();
    let anatomy = anatomy(&ticket);
    assert_eq!(
        (
            anatomy.weights_left,
            anatomy.active_weights,
            anatomy.verdict.name()
        ),
        (43, 33, "separated")
    );
    let origin = ticket.origin.expect("an origin");
    assert_eq!(
        (
            origin.seed.to_string().as_str(),
            origin.level.to_string().as_str()
        ),
        (SEED, LEVEL)
    );
    let accuracy = origin.result.expect("a result").accuracy;
    assert!(accuracy.iter().all(|&accuracy| 0.97 <= accuracy), "{accuracy:?}");
}

#[test]
fn it_is_what_a_run_makes_of_its_seed() {
    let home = TempDir::new().expect("a temporary directory");
    let program = programs().last().expect("a program");
    let first = format!("first_seed={SEED}");
    succeeds(
        command(
            program,
            ["run", "--quiet", "--seeds", "1", "--set", &first, "--out", "run"],
        )
        .current_dir(home.path()),
    );
    let made = fs::read(
        home.path()
            .join(format!("run/tickets/{SEED}-{LEVEL}.safetensors")),
    )
    .expect("a ticket");
    up_to_date(&checkout(), "default.safetensors", &made);
}

#[test]
fn its_code_and_its_examples_are_up_to_date() {
    let ticket = default_ticket();
    let (table, _) = samples(&ticket).expect("samples");
    up_to_date(
        &checkout(),
        "ticket.rs",
        assembly::source(&ticket, None).expect("code").as_bytes(),
    );
    up_to_date(&checkout(), "examples.rs", examples_source(&table).as_bytes());
}

/// Holds a committed file against what is made now, or, with `TOMBOLA_OVERWRITE` set, replaces it.
fn up_to_date(checkout: &Checkout, name: &str, made: &[u8]) {
    let path = checkout.root().join("firmware/ticket").join(name);
    if env::var_os("TOMBOLA_OVERWRITE").is_some() {
        fs::write(&path, made).expect("a file");
    }
    let committed = fs::read(&path).expect("a file");
    assert!(
        committed == made,
        "{}: run this test with TOMBOLA_OVERWRITE=1",
        Path::new(name).display()
    );
}
