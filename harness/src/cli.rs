//! The command line.

use crate::{explain, inspect, requirements, vectors};
use clap::{Args, Parser, Subcommand};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// Examines how web servers prove themselves to one another with short-lived bearer tokens (BTX-1).
#[derive(Debug, Parser)]
#[command(
    name = "btx",
    version,
    args_conflicts_with_subcommands = true,
    after_help = "Example: btx check --target target.toml\n\nWithout a command: btx check, which examines the reference implementation."
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The options of `btx check`.
    #[command(flatten)]
    pub check: Check,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Examine an implementation, or the reference implementation.
    #[command(
        after_help = "Examples:\n  btx check --target target.toml\n  btx check --target target.toml --only EX-ISS-012 --trace\n  btx check --only 'features/**/json.feature'\n  btx check --list --only redirect\n\nExit codes: 0 conformant, 1 not conformant, 2 bad usage or target file, 3 target not reachable,\n4 nothing was run, 5 harness error, 6 incomplete, 130 interrupted"
    )]
    Check(Check),
    /// Write a target file, the peers for the target to load, and the lab's certificate authority.
    #[command(
        after_help = "Example: btx init --dir lab --certify --issuer https://127.0.0.1:8443 --token-call https://127.0.0.1:8443/btx/token-call --resource https://127.0.0.1:8443/api/whoami"
    )]
    Init(Box<Init>),
    /// Say what a requirement means: its sources, its scenarios, what a failure is, and who breaks it.
    #[command(
        after_help = "Examples:\n  btx explain EX-ISS-014\n  btx explain EX-ISS-014 EX-INI-050\n  btx explain EX-INI\n  btx explain token-call"
    )]
    Explain(explain::Options),
    /// List the requirements.
    #[command(
        after_help = "The number beside a requirement is that of its scenarios.\n\n--format json writes one array of objects with: id, profile, role, level, sentence, source (what its source line cites), chapter (its title), anchor (its page and fragment in the book), place (file and line), not_testable (why no scenario can examine it, or null), retired, scenarios (each as file and line), saboteurs (the names of implementations that break it on purpose).\n\nExamples:\n  btx requirements --role issuer,any --level must\n  btx requirements --untested\n  btx requirements --format json | jq -r '.[] | select(.level == \"MAY\") | .id'"
    )]
    Requirements(requirements::Options),
    /// List and print the test vectors, and judge what your implementation makes of them.
    #[command(subcommand, after_help = "Example: btx vectors check results.json")]
    Vectors(vectors::Order),
    /// Look at one service JWT, and at what its client publishes.
    #[command(
        subcommand,
        after_help = "Example: btx jwt inspect --audience https://stock.farm.example < jwt.txt"
    )]
    Jwt(inspect::Order),
}

/// What to examine, and how.
#[derive(Debug, Clone, Default, Args)]
pub struct Check {
    /// The target file; without it, the reference implementation is started and examined.
    #[arg(long, env = "BTX_TARGET", value_name = "FILE")]
    pub target: Option<PathBuf>,
    /// Only scenarios of this profile (exchange, oauth, jwt, lifecycle).
    #[arg(
        long,
        env = "BTX_PROFILE",
        value_delimiter = ',',
        value_name = "PROFILE"
    )]
    pub profile: Vec<String>,
    /// Only scenarios of this role, as a scenario is tagged (issuer, client, jwt-resource …).
    #[arg(long, env = "BTX_ROLE", value_delimiter = ',', value_name = "ROLE")]
    pub role: Vec<String>,
    /// Only these: a requirement id, a feature path with globs and :LINE, or words of a name.
    #[arg(long, env = "BTX_ONLY", value_delimiter = ',', value_name = "SELECTOR")]
    pub only: Vec<String>,
    /// Not these; as --only.
    #[arg(long, env = "BTX_SKIP", value_delimiter = ',', value_name = "SELECTOR")]
    pub skip: Vec<String>,
    /// Say which scenarios would run, and run none.
    #[arg(long, env = "BTX_LIST")]
    pub list: bool,
    /// A SHOULD that is not met is a failure.
    #[arg(long, env = "BTX_STRICT")]
    pub strict: bool,
    /// Exit with 0 although some MUSTs were not exercised.
    #[arg(long, env = "BTX_ALLOW_INCOMPLETE")]
    pub allow_incomplete: bool,
    /// A TOML file of failures that are known, each with its reason.
    #[arg(long, env = "BTX_KNOWN_FAILURES", value_name = "FILE")]
    pub known_failures: Option<PathBuf>,
    /// How many scenarios run at once; without it, one for each peer that can be leased, and at most 192.
    #[arg(long, env = "BTX_JOBS", value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,
    /// Decides the order in which scenarios start; without it, a random one that is printed.
    #[arg(long, env = "BTX_SEED", value_name = "N")]
    pub seed: Option<u64>,
    /// Show the messages of all scenarios, not only of those that fail.
    #[arg(long, env = "BTX_TRACE")]
    pub trace: bool,
    /// Write a report; may be given several times: html=FILE (one page, for people), statement=FILE (what
    /// was claimed, run and passed, Markdown), badge=FILE (the verdict as a small SVG), json=FILE (JSON
    /// Lines, while the run goes on), junit=FILE (JUnit XML, for CI servers).
    #[arg(long, env = "BTX_REPORT", value_delimiter = ',', value_name = "KIND=FILE", value_parser = report)]
    pub report: Vec<Report>,
    /// Where the book is, a URL or a path that is good from the HTML report, for the links of
    /// requirements; without it the places in the book stand there as text.
    #[arg(long, env = "BTX_BOOK", value_name = "URL", value_parser = book)]
    pub book: Option<String>,
}

/// A report that is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// JSON Lines.
    Json(PathBuf),
    /// JUnit XML.
    Junit(PathBuf),
    /// One page that needs nothing else.
    Html(PathBuf),
    /// What was claimed, run and passed, as Markdown.
    Statement(PathBuf),
    /// The verdict as a small picture.
    Badge(PathBuf),
}

impl Report {
    /// Where it is written.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::Json(path)
            | Self::Junit(path)
            | Self::Html(path)
            | Self::Statement(path)
            | Self::Badge(path) => path,
        }
    }
}

fn report(text: &str) -> Result<Report, String> {
    let wrong = || {
        "a report is html=FILE, statement=FILE, badge=FILE, json=FILE or junit=FILE, for example --report junit=btx.xml"
            .to_owned()
    };
    let (kind, path) = text.split_once('=').ok_or_else(wrong)?;
    let make = match kind {
        "json" => Report::Json,
        "junit" => Report::Junit,
        "html" => Report::Html,
        "statement" => Report::Statement,
        "badge" => Report::Badge,
        _ => return Err(wrong()),
    };
    if path.is_empty() {
        return Err(wrong());
    }
    Ok(make(path.into()))
}

fn book(text: &str) -> Result<String, String> {
    let scheme = text.split_once(':').map(|(scheme, _)| scheme);
    match scheme {
        None | Some("https" | "http" | "file") if !text.is_empty() => Ok(text.to_owned()),
        _ => Err("a URL as https://host/book/, or a path as book/".to_owned()),
    }
}

/// The limits that a target file declares.
const LIMITS: [&str; 5] = [
    "exchange_deadline",
    "clock_skew",
    "parallel_per_peer",
    "call_deadline",
    "longest_pause",
];

fn limit(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if LIMITS.contains(&name) && !value.is_empty() => {
            Ok((name.to_owned(), value.to_owned()))
        }
        _ => Err(format!(
            "a limit is NAME=VALUE, for example exchange_deadline=5s; there are {}",
            LIMITS.join(", ")
        )),
    }
}

/// What `btx init` writes.
#[derive(Debug, Clone, Args)]
pub struct Init {
    /// The folder to write to; files that exist are left as they are, and that is an error.
    #[arg(long, env = "BTX_DIR", value_name = "FOLDER", default_value = ".")]
    pub dir: PathBuf,
    /// Write the lab's certificate authority and nothing else, for a target file that is written by hand.
    #[arg(long, env = "BTX_ONLY_CA")]
    pub only_ca: bool,
    /// With --only-ca: write a certificate for the target too, for this host, a name or an address; may be
    /// given several times.
    #[arg(
        long,
        env = "BTX_HOST",
        value_delimiter = ',',
        value_name = "HOST",
        requires = "only_ca"
    )]
    pub host: Vec<String>,
    /// What people call the implementation.
    #[arg(
        long,
        env = "BTX_NAME",
        value_name = "NAME",
        default_value = "My implementation"
    )]
    pub name: String,
    /// The issuer's identifier. Without any option about an issuer or an initiator, the file is about an
    /// issuer at issuer.example.
    #[arg(long, env = "BTX_ISSUER", value_name = "URL", requires_all = ["token_call", "resource"])]
    pub issuer: Option<String>,
    /// The URL that takes token calls; once for each replica.
    #[arg(
        long,
        env = "BTX_TOKEN_CALL",
        value_delimiter = ',',
        value_name = "URL",
        requires = "issuer"
    )]
    pub token_call: Vec<String>,
    /// A URL that a token opens with GET; once for each replica.
    #[arg(
        long,
        env = "BTX_RESOURCE",
        value_delimiter = ',',
        value_name = "URL",
        requires = "issuer"
    )]
    pub resource: Vec<String>,
    /// The authority that signed the target's certificate, as PEM; without it, the system's are trusted.
    #[arg(long, env = "BTX_CA", value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// Write a certificate for the target too, signed by the lab's authority: for one that has none.
    #[arg(long, env = "BTX_CERTIFY", conflicts_with = "ca")]
    pub certify: bool,
    /// Where a name really is, as issuer.example:443=127.0.0.1:8443.
    #[arg(
        long,
        env = "BTX_CONNECT",
        value_delimiter = ',',
        value_name = "NAME=ADDRESS"
    )]
    pub connect: Vec<String>,
    /// Whether the target has the asynchronous form.
    #[arg(long = "async", env = "BTX_ASYNC")]
    pub asynchronous: bool,
    /// The initiator's identifier, if there is an initiator to examine.
    #[arg(
        long,
        env = "BTX_INITIATOR",
        value_name = "URL",
        requires = "token_issue"
    )]
    pub initiator: Option<String>,
    /// The URL below which the initiator takes token issues, at a path with the name of each peer; once
    /// for each replica.
    #[arg(
        long,
        env = "BTX_TOKEN_ISSUE",
        value_delimiter = ',',
        value_name = "URL",
        requires = "initiator"
    )]
    pub token_issue: Vec<String>,
    /// The URL to which a POST of {"peer": NAME} sets the initiator off.
    #[arg(long, env = "BTX_START", value_name = "URL", requires = "initiator")]
    pub start: Option<String>,
    /// The URL to which a POST of {"peer": NAME, "url": URL} makes it use its token.
    #[arg(long = "use", env = "BTX_USE", value_name = "URL", requires = "start")]
    pub use_token: Option<String>,
    /// The URL of the target's control, which takes verbs.
    #[arg(long, env = "BTX_CONTROL", value_name = "URL")]
    pub control: Option<String>,
    /// A verb that the control has: start, use or peers; may be given several times.
    #[arg(
        long = "verb",
        env = "BTX_VERBS",
        value_delimiter = ',',
        value_name = "VERB",
        requires = "control",
        value_parser = ["start", "use", "peers"]
    )]
    pub verbs: Vec<String>,
    /// A limit that the target declares, as exchange_deadline=5s or parallel_per_peer=8.
    #[arg(
        long = "limit",
        env = "BTX_LIMITS",
        value_delimiter = ',',
        value_name = "LIMIT=VALUE",
        value_parser = limit
    )]
    pub limits: Vec<(String, String)>,
    /// How many good peers the harness plays; as many scenarios run at once.
    #[arg(long, env = "BTX_PEERS", value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub peers: u16,
    /// Where the peers listen. Peers that are special listen on the ports that follow.
    #[arg(
        long,
        env = "BTX_LISTEN",
        value_name = "ADDRESS",
        default_value = "127.0.0.1:9443"
    )]
    pub listen: SocketAddr,
    /// Where the lab's name server listens, as 127.0.0.1:9453, if the target can be told to ask it.
    #[arg(long, env = "BTX_DNS", value_name = "ADDRESS")]
    pub dns: Option<SocketAddr>,
    /// Give the peers names under this domain, which the target has to resolve to the address of
    /// --listen; without it their URLs have that address itself.
    #[arg(long, env = "BTX_DOMAIN", value_name = "DOMAIN")]
    pub domain: Option<String>,
}
