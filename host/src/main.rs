//! The program `tombola`. All of it is in the library, where it can be tested.

use std::process::ExitCode;

fn main() -> ExitCode {
    tombola_host::cli::main(std::env::args_os(), &mut anstream::stdout().lock())
}
