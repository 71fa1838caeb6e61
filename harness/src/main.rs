//! The command `btx`.

use btx_harness::{
    check,
    cli::{Cli, Command},
    explain, init, inspect, requirements, vectors,
};
use clap::Parser as _;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let ended = match &cli.command {
        None => check::check(&cli.check).await,
        Some(Command::Check(options)) => check::check(options).await,
        Some(Command::Init(options)) => init::init(options),
        Some(Command::Explain(options)) => explain::explain(options),
        Some(Command::Requirements(options)) => requirements::requirements(options),
        Some(Command::Vectors(order)) => vectors::vectors(order),
        Some(Command::Jwt(order)) => inspect::jwt(order).await,
    };
    match ended {
        Ok(exit) => ExitCode::from(exit),
        Err(error) => {
            anstream::eprintln!("btx: {}", error.words);
            ExitCode::from(error.exit)
        }
    }
}
