//! Counts instructions of the main kernels and of a short lottery, and compares them with a committed baseline. Times
//! depend on the machine and on what else it does, so a test cannot assert them.
//!
//! ```text
//! cargo bench -p tombola-benches --bench counts                # fails where something grew by more than 3 %
//! cargo bench -p tombola-benches --bench counts -- --update    # writes counts/baseline.txt anew
//! ```
//!
//! The program starts itself under valgrind. What it counts depends on nothing but the source and the committed
//! toolchain: valgrind shows every program the same CPU, which has AVX2 and no AVX-512, and only instructions of this
//! program's own code count. The system's C library has another `memcpy` for every version; of it, only how often it
//! is called is counted. So the AVX-512 and NEON kernels, and time in the caches, are not watched here.

#[cfg(target_arch = "x86_64")]
mod baseline;
#[cfg(target_arch = "x86_64")]
mod callgrind;
#[cfg(target_arch = "x86_64")]
mod works;

use std::process::ExitCode;

/// The argument that makes this program do the work, as it does under valgrind.
#[cfg(target_arch = "x86_64")]
const WORK: &str = "--work";

fn main() -> ExitCode {
    let Err(error) = run() else {
        return ExitCode::SUCCESS;
    };
    eprintln!("\n{error:#}");
    ExitCode::FAILURE
}

#[cfg(target_arch = "x86_64")]
fn run() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let wants = |name: &str| arguments.iter().any(|argument| argument == name);
    if wants(WORK) {
        return works::all();
    }
    anyhow::ensure!(
        !cfg!(any(debug_assertions, target_feature = "avx")),
        "the baseline is that of a plain release build; unset RUSTFLAGS and use `cargo bench`"
    );
    baseline::compare(&callgrind::count()?, wants("--update"))
}

#[cfg(not(target_arch = "x86_64"))]
fn run() -> anyhow::Result<()> {
    anyhow::bail!("the baseline is one of x86-64 instructions; count there")
}
