//! The program: an issuer, an initiator, or the story of both.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
