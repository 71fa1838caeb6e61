//! The command line: what can be asked of the program, and with which code it ends.

mod admin;
mod cluster;
mod config_error;
mod config_file;
mod consumer;
mod control;
mod counter;
mod initiator;
mod jwt;
mod lifecycle;
mod logging;
mod oauth;
mod peers_file;
mod provider;
mod rutabaga;
mod server;
mod setup;
mod shutdown;
mod store;
mod values;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

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
    /// Gives access tokens to the clients in the configuration (OAuth).
    #[command(
        after_help = "Example:\n  btx-reference authorization-server --config reference.toml"
    )]
    AuthorizationServer {
        /// The configuration file; `btx-reference config` prints one to begin with.
        #[arg(long, value_name = "FILE", env = "BTX_REFERENCE_CONFIG")]
        config: PathBuf,
    },
    /// Serves a small resource that access tokens open (OAuth).
    #[command(after_help = "Example:\n  btx-reference resource --config reference.toml")]
    Resource {
        /// The configuration file; `btx-reference config` prints one to begin with.
        #[arg(long, value_name = "FILE", env = "BTX_REFERENCE_CONFIG")]
        config: PathBuf,
    },
    /// Gets access tokens from the servers in the configuration and keeps them fresh (OAuth).
    #[command(
        after_help = "Examples:\n  btx-reference client --config reference.toml\n  \
                      btx-reference client --config reference.toml --once mill \\\n      \
                      --call https://mill.example/api/flour"
    )]
    Client {
        /// The configuration file; `btx-reference config` prints one to begin with.
        #[arg(long, value_name = "FILE", env = "BTX_REFERENCE_CONFIG")]
        config: PathBuf,
        /// Get one token from the server of this name, then end.
        #[arg(long, value_name = "NAME")]
        once: Option<String>,
        /// With the token of --once, send a GET to this URL and print the status.
        #[arg(long, value_name = "URL", requires = "once")]
        call: Option<String>,
    },
    /// Serves a counter that JWTs of services open which nobody has registered.
    #[command(after_help = "Example:\n  btx-reference jwt-resource --config reference.toml")]
    JwtResource {
        /// The configuration file; `btx-reference config` prints one to begin with.
        #[arg(long, value_name = "FILE", env = "BTX_REFERENCE_CONFIG")]
        config: PathBuf,
    },
    /// Publishes the document and the keys of a service, and calls resources when it is told to.
    #[command(after_help = "Example:\n  btx-reference jwt-client --config reference.toml")]
    JwtClient {
        /// The configuration file; `btx-reference config` prints one to begin with.
        #[arg(long, value_name = "FILE", env = "BTX_REFERENCE_CONFIG")]
        config: PathBuf,
    },
    /// Logs people in, signs bearers of their sessions, and lets in whoever shows one.
    #[command(after_help = "Example:\n  btx-reference session-issuer --config reference.toml")]
    SessionIssuer {
        /// The configuration file; `btx-reference config` prints one to begin with.
        #[arg(long, value_name = "FILE", env = "BTX_REFERENCE_CONFIG")]
        config: PathBuf,
    },
    /// Hashes passwords for the accounts of a session-issuer: one a line of standard input.
    #[command(
        after_help = "Example:\n  printf '%s\\n' 'one swede in a sack' | btx-reference password-hash"
    )]
    PasswordHash {
        /// How much memory a try takes, in KiB; 19456 if not given.
        #[arg(long, value_name = "KIB")]
        memory: Option<u32>,
        /// How often that memory is gone through; twice if not given.
        #[arg(long, value_name = "N")]
        passes: Option<u32>,
    },
    /// Serves a small resource that bearers of issuers elsewhere open.
    #[command(after_help = "Example:\n  btx-reference session-resource --config reference.toml")]
    SessionResource {
        /// The configuration file; `btx-reference config` prints one to begin with.
        #[arg(long, value_name = "FILE", env = "BTX_REFERENCE_CONFIG")]
        config: PathBuf,
    },
    /// Logs in to issuers, and calls their APIs when it is told to.
    #[command(after_help = "Example:\n  btx-reference session-caller --config reference.toml")]
    SessionCaller {
        /// The configuration file; `btx-reference config` prints one to begin with.
        #[arg(long, value_name = "FILE", env = "BTX_REFERENCE_CONFIG")]
        config: PathBuf,
    },
    /// Shows replicas of a session-issuer over one store, and a client that works on while their keys rotate and
    /// while they die.
    #[command(
        after_help = "Examples:\n  btx-reference cluster --replicas 3\n  btx-reference cluster --for 10s --seed 7"
    )]
    Cluster {
        /// How many there are.
        #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=9))]
        replicas: u8,
        /// How long it goes on.
        #[arg(long = "for", value_name = "TIME", default_value = "30s", value_parser = <Duration as values::FromText>::from_text)]
        length: Duration,
        /// A Redis or Valkey that is there, such as redis://127.0.0.1:6379/0; without it one is started.
        #[arg(long, value_name = "URL")]
        store: Option<String>,
        /// The program that is started in that case.
        #[arg(
            long,
            value_name = "PROGRAM",
            default_value = "redis-server",
            conflicts_with = "store"
        )]
        program: PathBuf,
        /// Decides who dies when; without it a random one that is printed.
        #[arg(long, value_name = "N")]
        seed: Option<u64>,
    },
    /// Tells the story of a counter and its caller, by JWTs between services, over real HTTPS.
    #[command(after_help = "Example:\n  btx-reference counter\n  NO_COLOR=1 btx-reference counter")]
    Counter,
    /// Tells the story of an order for 5000 rutabagas, with real messages over real HTTPS.
    #[command(
        after_help = "Example:\n  btx-reference rutabaga\n  NO_COLOR=1 btx-reference rutabaga"
    )]
    Rutabaga,
    /// Is an authorization server and its resource, for `btx-reference consumer` to talk to.
    #[command(after_help = "Example:\n  btx-reference provider")]
    Provider {
        /// Where to listen: a loopback address; port 0 lets the system choose.
        #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
        listen: SocketAddr,
        /// The file that tells the consumer where the provider is, what to trust, and its secret; one in
        /// the folder for temporary files if not given.
        #[arg(long, value_name = "FILE")]
        hand_over: Option<PathBuf>,
    },
    /// Gets a token from a running `btx-reference provider`, reads and writes with it, and tells it all.
    #[command(
        after_help = "Examples:\n  btx-reference consumer\n  btx-reference consumer --with-provider"
    )]
    Consumer {
        /// The file of the provider, if not the one in the folder for temporary files.
        #[arg(long, value_name = "FILE")]
        hand_over: Option<PathBuf>,
        /// Start a provider in this process, and talk to that one.
        #[arg(long, conflicts_with = "hand_over")]
        with_provider: bool,
    },
    /// Says that the store which replicas share is new: nothing has been issued, shown or revoked before.
    #[command(after_help = "Example:\n  btx-reference store --new --config reference.toml")]
    Store {
        /// The configuration file; `btx-reference config` prints one to begin with.
        #[arg(long, value_name = "FILE", env = "BTX_REFERENCE_CONFIG")]
        config: PathBuf,
        /// Whatever the store holds is void from then on.
        #[arg(long, required = true)]
        new: bool,
    },
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
        Command::AuthorizationServer { config } => {
            oauth::serve::run(&config, oauth::serve::Role::AuthorizationServer)
        }
        Command::Resource { config } => oauth::serve::run(&config, oauth::serve::Role::Resource),
        Command::Client {
            config, once: None, ..
        } => oauth::serve::run_client(&config),
        Command::Client {
            config,
            once: Some(name),
            call,
        } => oauth::once::once(&config, &name, call.as_deref()),
        Command::JwtResource { config } => jwt::serve::run_resource(&config),
        Command::JwtClient { config } => jwt::serve::run_client(&config),
        Command::SessionIssuer { config } => lifecycle::serve::run_issuer(&config),
        Command::PasswordHash { memory, passes } => lifecycle::password::run(memory, passes),
        Command::SessionResource { config } => lifecycle::serve::run_resource(&config),
        Command::SessionCaller { config } => lifecycle::serve::run_caller(&config),
        Command::Cluster {
            replicas,
            length,
            store,
            program,
            seed,
        } => cluster::run(&cluster::Options {
            replicas: usize::from(replicas),
            length,
            store,
            program,
            seed,
        }),
        Command::Counter => counter::run(),
        Command::Rutabaga => rutabaga::run(),
        Command::Provider { listen, hand_over } => provider::run(listen, hand_over),
        Command::Consumer {
            hand_over,
            with_provider,
        } => consumer::run(hand_over, with_provider),
        Command::Store { config, .. } => store::begin_anew(&config),
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
