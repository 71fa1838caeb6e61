//! The command line: what can be asked of the program, and with which code it ends.

mod admin;
mod config_error;
mod config_file;
mod control;
mod initiator;
mod logging;
mod peers_file;
mod rutabaga;
mod server;
mod setup;
mod shutdown;
mod values;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use server::Which;

/// The text that `btx-reference config` prints, and that its test reads.
const EXAMPLE: &str = include_str!("../reference.toml");

/// The exit code for a command or a configuration that cannot be used.
const UNUSABLE: u8 = 2;

/// The reference implementation of BTX, the exchange of bearer tokens between servers.
#[derive(Parser)]
#[command(
    name = "btx-reference",
    version,
    after_help = "Example:\n  btx-reference rutabaga"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Gives tokens to the partners in the configuration.
    #[command(after_help = "Example:\n  btx-reference issuer --config reference.toml")]
    Issuer {
        /// The configuration file; `btx-reference config` prints one to begin with.
        #[arg(long, value_name = "FILE", env = "BTX_REFERENCE_CONFIG")]
        config: PathBuf,
    },
    /// Gets tokens from the issuers in the configuration and keeps them fresh.
    #[command(
        after_help = "Examples:\n  btx-reference initiator --config reference.toml\n  \
                      btx-reference initiator --config reference.toml --once farm \\\n      \
                      --call https://farm.example/api/whoami"
    )]
    Initiator {
        /// The configuration file; `btx-reference config` prints one to begin with.
        #[arg(long, value_name = "FILE", env = "BTX_REFERENCE_CONFIG")]
        config: PathBuf,
        /// Get one token from the issuer of this name, then end.
        #[arg(long, value_name = "NAME")]
        once: Option<String>,
        /// With the token of --once, send a GET to this URL and print the status.
        #[arg(long, value_name = "URL", requires = "once")]
        call: Option<String>,
    },
    /// Is an issuer and an initiator under one name, in one process.
    #[command(after_help = "Example:\n  btx-reference both --config reference.toml")]
    Both {
        /// The configuration file; `btx-reference config` prints one to begin with.
        #[arg(long, value_name = "FILE", env = "BTX_REFERENCE_CONFIG")]
        config: PathBuf,
    },
    /// Tells the story of an order for 5000 rutabagas, with real messages over real HTTPS.
    #[command(
        after_help = "Example:\n  btx-reference rutabaga\n  NO_COLOR=1 btx-reference rutabaga"
    )]
    Rutabaga,
    /// Prints a commented configuration.
    #[command(after_help = "Example:\n  btx-reference config > reference.toml")]
    Config,
}

/// Why the program ends early.
enum Failed {
    /// The command or its configuration cannot be used.
    Unusable(String),
    /// It could be used, and then something did not work.
    Broken(String),
}

pub(crate) fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Issuer { config } => server::run(&config, Which::Issuer),
        Command::Both { config } => server::run(&config, Which::Both),
        Command::Initiator {
            config, once: None, ..
        } => server::run(&config, Which::Initiator),
        Command::Initiator {
            config,
            once: Some(name),
            call,
        } => initiator::once(&config, &name, call.as_deref()),
        Command::Rutabaga => rutabaga::run(),
        Command::Config => {
            anstream::print!("{EXAMPLE}");
            Ok(())
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failed::Unusable(why)) => {
            anstream::eprintln!("error: {why}");
            ExitCode::from(UNUSABLE)
        }
        Err(Failed::Broken(why)) => {
            anstream::eprintln!("error: {why}");
            ExitCode::FAILURE
        }
    }
}

/// Starts the runtime and runs one command in it.
fn block_on(command: impl Future<Output = Result<(), Failed>>) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failed::Broken(format!("the runtime does not start: {error}")))?;
    runtime.block_on(command)
}
