//! What is asked for, and what is read for it before anything is judged.

use super::finding::Kind;
use crate::{caller::Caller, check::NoVerdict};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use std::{
    collections::BTreeMap,
    io::Read as _,
    path::{Path, PathBuf},
};

/// The most octets that are read of a file or of the standard input.
const LARGEST_FILE: u64 = 256 * 1024;

/// What to do with a JWT.
#[derive(Debug, Subcommand)]
pub enum Order {
    /// Say rule by rule what is right and wrong with a service JWT, and with what its client publishes.
    #[command(
        after_help = "Examples:\n  btx jwt inspect --audience https://stock.farm.example < jwt.txt\n  btx jwt inspect - --document client.json --keys keys.json --offline < jwt.txt\n  btx jwt inspect --as grant --audience https://auth.farm.example --json < jwt.txt\n\nExit codes: 0 all that could be judged is right, 1 something is wrong, 2 bad usage or file,\n3 document or keys could not be fetched"
    )]
    Inspect(Box<Options>),
}

/// What is inspected, and by what.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// The JWT; without it, or as -, it is read from the standard input, so that it stays in no history.
    #[arg(value_name = "TOKEN", default_value = "-", hide_default_value = true)]
    pub token: String,
    /// Whom the JWT is for: the identifier of the resource, or the issuer identifier of the
    /// authorization server.
    #[arg(long, value_name = "URL")]
    pub audience: Option<String>,
    /// What it is meant to be: a service JWT for a resource, or an assertion for an authorization server;
    /// without it, what its typ says.
    #[arg(long = "as", value_name = "KIND")]
    pub kind: Option<Kind>,
    /// The client document from a file, in the place of the one that would be fetched.
    #[arg(long, value_name = "FILE")]
    pub document: Option<PathBuf>,
    /// The key set from a file, in the place of the one that would be fetched.
    #[arg(long, value_name = "FILE")]
    pub keys: Option<PathBuf>,
    /// The time at which it is judged, as seconds since 1970 or as 2026-11-22T12:00:00Z; without it, now.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub at: Option<Timestamp>,
    /// The authority that signed the certificate of the client's host, as PEM; without it, the system's are
    /// trusted.
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// Where a name really is, as shop.example:443=127.0.0.1:8443; may be given several times.
    #[arg(long, value_delimiter = ',', value_name = "HOST:PORT=ADDR", value_parser = place)]
    pub connect: Vec<(String, String)>,
    /// Fetch nothing.
    #[arg(long)]
    pub offline: bool,
    /// Write one JSON object, for other programs.
    #[arg(long)]
    pub json: bool,
}

/// What an inspection works with.
pub(super) struct Means {
    /// The JWT.
    pub token: String,
    /// Whom it is meant for.
    pub audience: Option<String>,
    /// What it is meant to be, if that is said.
    pub kind: Option<Kind>,
    /// The document, and the file that it is from.
    pub document: Option<File>,
    /// The keys, and the file that they are from.
    pub keys: Option<File>,
    /// When it is judged.
    pub now: Timestamp,
    /// Who fetches; nobody, if nothing is fetched.
    pub caller: Option<Caller>,
    /// The places that are somewhere else.
    pub connect: BTreeMap<String, String>,
}

/// What a file holds.
pub(super) struct File {
    /// Its name.
    pub name: String,
    /// Its octets.
    pub bytes: Vec<u8>,
}

impl Options {
    /// Reads what the options name.
    ///
    /// # Errors
    /// When a file cannot be read or is too large, or no token comes.
    pub(super) fn means(&self) -> Result<Means, NoVerdict> {
        let file = |path: &Option<PathBuf>| path.as_deref().map(read_file).transpose();
        let connect: BTreeMap<String, String> = self.connect.iter().cloned().collect();
        let caller = match self.offline {
            true => None,
            false => Some(self.caller(&connect)?),
        };
        Ok(Means {
            token: self.read_token()?,
            audience: self.audience.clone(),
            kind: self.kind,
            document: file(&self.document)?,
            keys: file(&self.keys)?,
            now: self.at.unwrap_or_else(Timestamp::now),
            caller,
            connect,
        })
    }

    fn read_token(&self) -> Result<String, NoVerdict> {
        if self.token != "-" {
            return Ok(self.token.clone());
        }
        let mut text = String::new();
        std::io::stdin()
            .take(LARGEST_FILE)
            .read_to_string(&mut text)
            .map_err(|error| bad(format!("the JWT cannot be read: {error}")))?;
        let token = text.trim_ascii();
        if token.is_empty() {
            return Err(bad("no JWT came on the standard input".to_owned()));
        }
        Ok(token.to_owned())
    }

    fn caller(&self, connect: &BTreeMap<String, String>) -> Result<Caller, NoVerdict> {
        let trust = match &self.ca {
            Some(path) => read_file(path)?.bytes,
            None => Vec::new(),
        };
        Caller::trusting(&trust, connect.clone()).map_err(|error| bad(format!("--ca: {error}")))
    }
}

fn read_file(path: &Path) -> Result<File, NoVerdict> {
    let name = path.display().to_string();
    let wrong = |error: &dyn std::fmt::Display| bad(format!("{name}: {error}"));
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(|error| wrong(&error))?;
    file.take(LARGEST_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| wrong(&error))?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(wrong(&format!("it has more than {LARGEST_FILE} octets")));
    }
    Ok(File { name, bytes })
}

fn bad(words: String) -> NoVerdict {
    NoVerdict { exit: 2, words }
}

fn time(text: &str) -> Result<Timestamp, String> {
    let seconds = text.parse().ok();
    seconds
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .or_else(|| text.parse().ok())
        .ok_or_else(|| {
            "a time is a number of seconds since 1970, or as 2026-11-22T12:00:00Z".to_owned()
        })
}

fn place(text: &str) -> Result<(String, String), String> {
    let has_port = |place: &str| {
        let port = place
            .rsplit_once(':')
            .map(|(host, port)| (host, port.parse::<u16>()));
        matches!(port, Some((host, Ok(_))) if !host.is_empty())
    };
    match text.split_once('=') {
        Some((name, real)) if has_port(name) && has_port(real) => {
            Ok((name.to_owned(), real.to_owned()))
        }
        _ => Err("a place is HOST:PORT=ADDR, as shop.example:443=127.0.0.1:8443".to_owned()),
    }
}
