//! Times the core: what the CPU can do at most, whole lotteries, what happens between levels, and dense against sparse.
//! Afterwards the crossover's table and picture are written from what criterion measured.

mod limit;
mod lottery;
mod pruning;
mod variants;

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use criterion::Criterion;
use tombola_benches::crossover;
use tombola_host::machine::Machine;

fn main() -> anyhow::Result<()> {
    let start = SystemTime::now();
    let machine = Machine::get()?;
    let mut criterion = Criterion::default().configure_from_args();
    limit::all(&mut criterion);
    lottery::all(&mut criterion, machine);
    pruning::all(&mut criterion);
    variants::all(&mut criterion, machine);
    criterion.final_summary();
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("docs");
    let others = target().join("peers/dense.json");
    crossover::write(&reports(), &others, &docs, start, machine)
}

/// Where Cargo builds.
fn target() -> &'static Path {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).parent();
    folder.expect("Cargo's folder for benches lies in it")
}

/// Where criterion keeps its reports.
fn reports() -> PathBuf {
    match std::env::var_os("CRITERION_HOME") {
        Some(home) => home.into(),
        None => target().join("criterion"),
    }
}
