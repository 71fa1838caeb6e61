//! Builds the BTX book: anchors, links, diagrams, requirement matrix.

mod book;
mod chapter;
mod diagrams;
mod feature_pages;
mod html;
mod html_scan;
mod layout;
mod link_check;
mod markdown;
mod material;
mod matrix;
mod matrix_filters;
mod mentions;
mod mistake;
mod places;
mod preprocessor;
mod requirement_box;
mod saboteur_links;
mod saboteur_page;
mod saboteurs;
mod scenario_links;
mod scenarios;
mod sequence;
mod sources;
mod vectors;

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use mdbook_driver::errors::{Error, Result};
use mdbook_preprocessor::{Preprocessor, parse_input};

use crate::link_check::Site;
use crate::preprocessor::Btx;

/// Builds the BTX book.
#[derive(Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    build: Build,
}

#[derive(Subcommand)]
enum Command {
    /// Build the book; this is also done without a command
    Build(Build),
    /// Build the book into a temporary folder, and check its links, anchors and resources
    Check,
    /// Be the preprocessor of an ordinary `mdbook build`
    Preprocess {
        #[command(subcommand)]
        question: Option<Question>,
    },
}

#[derive(Args)]
struct Build {
    /// Where the pages go, instead of the folder that book.toml names; what is there is replaced
    #[arg(long, value_name = "DIR")]
    dest: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Question {
    /// Say by the exit code whether a renderer is supported
    Supports {
        /// The renderer's name
        renderer: String,
    },
}

fn main() -> ExitCode {
    // mdBook warns of unbalanced HTML and the like in its log only.
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::WARN)
        .with_writer(io::stderr)
        .without_time()
        .init();
    match run(Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<ExitCode> {
    match cli.command.unwrap_or(Command::Build(cli.build)) {
        Command::Build(build) => make(&build),
        Command::Check => check(),
        Command::Preprocess { question: None } => preprocess(),
        Command::Preprocess {
            question: Some(Question::Supports { renderer }),
        } => Ok(match Btx.supports_renderer(&renderer)? {
            true => ExitCode::SUCCESS,
            false => ExitCode::FAILURE,
        }),
    }
}

fn make(build: &Build) -> Result<ExitCode> {
    let here = std::env::current_dir()?;
    let built = book::build(book::root(&here)?, build.dest.as_deref())?;
    println!("{}", built.folder.join("index.html").display());
    Ok(ExitCode::SUCCESS)
}

fn check() -> Result<ExitCode> {
    let here = std::env::current_dir()?;
    let folder = tempfile::tempdir()?;
    let built = book::build(book::root(&here)?, Some(folder.path()))?;
    let site = Site::read(&built.folder).map_err(Error::from)?;
    let faults = site.faults(&built.requirements);
    for fault in &faults {
        println!("{fault}");
    }
    if !faults.is_empty() {
        eprintln!("The book has {} faults.", faults.len());
        return Ok(ExitCode::FAILURE);
    }
    println!(
        "{} pages, {} requirements: all links lead somewhere, no page needs the network.",
        site.pages(),
        built.requirements.len()
    );
    Ok(ExitCode::SUCCESS)
}

fn preprocess() -> Result<ExitCode> {
    let (context, book) = parse_input(io::stdin())?;
    let book = Btx.run(&context, book)?;
    serde_json::to_writer(io::stdout().lock(), &book)?;
    Ok(ExitCode::SUCCESS)
}
