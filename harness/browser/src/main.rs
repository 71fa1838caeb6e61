//! Looks at the book and at the report of `btx check` in a real browser: whether they load, lead
//! somewhere, can be read and can be used.

mod book;
mod browser;
mod contrast;
mod journal;
mod keyboard;
mod links;
mod matrix;
mod page;
mod pictures;
mod report;
mod search;
mod server;
mod specimen;
mod tally;

use crate::{browser::Browser, server::Server, specimen::Specimen, tally::Check};
use clap::Parser;
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};
use tokio::process::Command;

/// Why nothing could be said.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Looks at the book and at the report in Chromium, and says what is wrong with them.
#[derive(Parser)]
#[command(name = "btx-browser")]
struct Cli {
    /// A book that is built already; otherwise it is built for this
    #[arg(long, value_name = "DIR")]
    book: Option<PathBuf>,
    /// Where to put pictures of some pages
    #[arg(long, value_name = "DIR")]
    pictures: Option<PathBuf>,
    /// The order of the scenarios whose reports are looked at
    #[arg(long)]
    seed: Option<u64>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Cli::parse()).await {
        Ok(checks) if checks.iter().all(Check::holds) => ExitCode::SUCCESS,
        Ok(checks) => {
            let broken = checks.iter().filter(|check| !check.holds()).count();
            eprintln!("{broken} of {} checks found something.", checks.len());
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("btx-browser: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: &Cli) -> Result<Vec<Check>, Failure> {
    // Without a browser there is nothing to build for.
    let browser = Browser::start().await?;
    let checks = tokio::select! {
        checks = look(cli, &browser) => checks,
        _ = tokio::signal::ctrl_c() => Err("interrupted".into()),
    };
    let stopped = browser.stop().await;
    let checks = checks?;
    stopped?;
    Ok(checks)
}

async fn look(cli: &Cli, browser: &Browser) -> Result<Vec<Check>, Failure> {
    if let Some(folder) = &cli.pictures {
        std::fs::create_dir_all(folder)?;
    }
    let folder = tempfile::tempdir()?;
    let book = match &cli.book {
        Some(book) => book.clone(),
        None => build_book(&folder.path().join("book")).await?,
    };
    let book = Server::start(&book).await?;
    let mut checks = tell(book::check(browser, &book).await?);

    let seed = cli.seed.unwrap_or_else(|| fastrand::u64(0..1_000_000));
    println!("seed {seed}");
    let reports = folder.path().join("reports");
    std::fs::create_dir(&reports)?;
    let specimens = make_reports(&reports, seed).await?;
    let reports = Server::start(&reports).await?;
    checks.extend(tell(report::check(browser, &reports, &specimens).await?));

    if let Some(folder) = &cli.pictures {
        pictures::of_book(browser, &book, folder).await?;
        pictures::of_reports(browser, &reports, &specimens, folder).await?;
    }
    Ok(checks)
}

async fn make_reports(folder: &Path, seed: u64) -> Result<[Specimen; 2], Failure> {
    Ok([
        specimen::with_failures(folder, seed).await?,
        specimen::without_failures(folder, seed).await?,
    ])
}

/// Builds the book by its own command.
async fn build_book(folder: &Path) -> Result<PathBuf, Failure> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["run", "--quiet", "-p", "btx-book", "--", "--dest"])
        .arg(folder)
        .stdout(std::process::Stdio::null())
        .status()
        .await?;
    if !status.success() {
        return Err("the book cannot be built: see `cargo run -p btx-book`".into());
    }
    Ok(folder.to_owned())
}

/// Says at once what was found.
fn tell(checks: Vec<Check>) -> Vec<Check> {
    for check in &checks {
        println!("{check}");
    }
    checks
}
