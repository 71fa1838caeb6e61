//! Reads a target file: the form of the TOML, and mistakes in it with line, key and example.

use super::{
    AsIssuer, Authority, Claim, Harness, Peer, PeerKind, Target, TargetError, Verb,
    check::{self, Profiles},
    jwt_check::JwtChecker,
    jwt_file::{self, DocumentsTable, JwtClientTable, JwtPeerTable, JwtResourceTable},
    lifecycle_check::LifecycleChecker,
    lifecycle_file::{
        self, AccountTable, SessionCallerTable, SessionIssuerTable, SessionPeerTable,
        SessionResourceTable, SessionSignerTable,
    },
    oauth_check::OauthChecker,
    oauth_file::{
        self, AuthorizationServerTable, ClientTable, ResourceServerTable, ServerPeerTable,
    },
    span::{Mistake, key_of, line_of, table_of},
};
use crate::lab::authority;
use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};
use toml::Spanned;

/// A target file as it is written.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TargetFile {
    pub(super) target: TargetTable,
    pub(super) issuer: Option<IssuerTable>,
    pub(super) initiator: Option<InitiatorTable>,
    pub(super) control: Option<Spanned<ControlTable>>,
    pub(super) authorization_server: Option<AuthorizationServerTable>,
    pub(super) resource_server: Option<ResourceServerTable>,
    pub(super) client: Option<Spanned<ClientTable>>,
    pub(super) harness: Option<HarnessTable>,
    pub(super) peer: Option<Spanned<Vec<PeerTable>>>,
    #[serde(default)]
    pub(super) server_peer: Vec<ServerPeerTable>,
    pub(super) documents: Option<DocumentsTable>,
    pub(super) jwt_resource: Option<JwtResourceTable>,
    pub(super) jwt_client: Option<Spanned<JwtClientTable>>,
    #[serde(default)]
    pub(super) jwt_peer: Vec<JwtPeerTable>,
    #[serde(default)]
    pub(super) session_issuer: Vec<SessionIssuerTable>,
    #[serde(default)]
    pub(super) account: Vec<AccountTable>,
    pub(super) session_resource: Option<SessionResourceTable>,
    #[serde(default)]
    pub(super) session_signer: Vec<SessionSignerTable>,
    pub(super) session_caller: Option<Spanned<SessionCallerTable>>,
    #[serde(default)]
    pub(super) session_peer: Vec<SessionPeerTable>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TargetTable {
    pub(super) name: String,
    pub(super) claims: Spanned<Vec<Claim>>,
    pub(super) ca: Option<PathBuf>,
    #[serde(default)]
    pub(super) connect: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    pub(super) plain_http: bool,
    #[serde(default)]
    pub(super) limits: LimitsTable,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LimitsTable {
    pub(super) exchange_deadline: Option<Spanned<String>>,
    pub(super) clock_skew: Option<Spanned<String>>,
    pub(super) parallel_per_peer: Option<Spanned<usize>>,
    pub(super) call_deadline: Option<Spanned<String>>,
    pub(super) longest_pause: Option<Spanned<String>>,
    pub(super) document_deadline: Option<Spanned<String>>,
    pub(super) keys_interval: Option<Spanned<String>>,
    pub(super) least_freshness: Option<Spanned<String>>,
    pub(super) longest_stale: Option<Spanned<String>>,
    pub(super) bearer_lifetime: Option<Spanned<String>>,
    pub(super) refresh_window: Option<Spanned<String>>,
    pub(super) session_lifetime: Option<Spanned<String>>,
    pub(super) rotation_window: Option<Spanned<String>>,
    pub(super) refresh_repeat: Option<Spanned<String>>,
    pub(super) login_attempts: Option<Spanned<usize>>,
    pub(super) login_pause: Option<Spanned<String>>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IssuerTable {
    pub(super) identifier: Spanned<String>,
    pub(super) token_call: Spanned<Vec<Spanned<String>>>,
    pub(super) resource: Spanned<Vec<Spanned<String>>>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InitiatorTable {
    pub(super) identifier: Spanned<String>,
    pub(super) start: Option<Spanned<HookTable>>,
    #[serde(rename = "use")]
    pub(super) use_token: Option<Spanned<HookTable>>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HookTable {
    pub(super) method: Option<String>,
    pub(super) url: Option<String>,
    #[serde(default)]
    pub(super) fields: BTreeMap<String, String>,
    pub(super) body: Option<String>,
    pub(super) command: Option<Vec<String>>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ControlTable {
    pub(super) url: Option<Spanned<String>>,
    pub(super) command: Option<Vec<String>>,
    pub(super) verbs: Vec<Verb>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HarnessTable {
    pub(super) listen: SocketAddr,
    pub(super) dns: Option<SocketAddr>,
    pub(super) public_networks: Option<Vec<Spanned<String>>>,
    pub(super) canaries: Option<Vec<Spanned<IpAddr>>>,
    pub(super) ca: PathBuf,
    pub(super) ca_key: PathBuf,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PeerTable {
    pub(super) name: Spanned<String>,
    pub(super) kind: PeerKind,
    #[serde(default = "yes")]
    pub(super) registered: bool,
    pub(super) as_initiator: AsInitiatorTable,
    pub(super) as_issuer: Option<AsIssuerTable>,
    #[serde(default)]
    pub(super) token_issue: Vec<Spanned<String>>,
}

fn yes() -> bool {
    true
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AsInitiatorTable {
    pub(super) identifier: Spanned<String>,
    pub(super) receives: Spanned<String>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AsIssuerTable {
    pub(super) identifier: Spanned<String>,
    pub(super) token_call: Spanned<String>,
}

/// A line that would be right, for each key and table of a target file.
const EXAMPLES: &[(&str, &str)] = &[
    (
        "target",
        "[target]\nname = \"Rutabaga API\"\nclaims = [\"exchange/issuer\"]",
    ),
    ("name", "name = \"Rutabaga API\""),
    ("claims", "claims = [\"exchange/issuer\", \"async\"]"),
    ("ca", "ca = \"their-ca.pem\""),
    (
        "connect",
        "connect = { \"issuer.example:443\" = \"127.0.0.1:8443\" }",
    ),
    ("plain_http", "plain_http = true"),
    (
        "limits",
        "limits = { exchange_deadline = \"10s\", clock_skew = \"60s\", parallel_per_peer = 4 }",
    ),
    ("exchange_deadline", "exchange_deadline = \"10s\""),
    ("clock_skew", "clock_skew = \"60s\""),
    ("parallel_per_peer", "parallel_per_peer = 4"),
    ("call_deadline", "call_deadline = \"15s\""),
    ("longest_pause", "longest_pause = \"60s\""),
    ("document_deadline", "document_deadline = \"5s\""),
    ("keys_interval", "keys_interval = \"30s\""),
    ("least_freshness", "least_freshness = \"0s\""),
    ("longest_stale", "longest_stale = \"1h\""),
    ("bearer_lifetime", "bearer_lifetime = \"420s\""),
    ("refresh_window", "refresh_window = \"420s\""),
    ("session_lifetime", "session_lifetime = \"7200s\""),
    ("rotation_window", "rotation_window = \"900s\""),
    ("refresh_repeat", "refresh_repeat = \"10s\""),
    ("login_attempts", "login_attempts = 10"),
    ("login_pause", "login_pause = \"60s\""),
    (
        "issuer",
        "[issuer]\nidentifier = \"https://issuer.example\"\ntoken_call = [\"https://issuer.example/btx/token-call\"]\nresource   = [\"https://issuer.example/api/whoami\"]",
    ),
    ("identifier", "identifier = \"https://issuer.example\""),
    (
        "token_call",
        "token_call = [\"https://issuer.example/btx/token-call\"]",
    ),
    (
        "resource",
        "resource = [\"https://issuer.example/api/whoami\"]",
    ),
    (
        "initiator",
        "[initiator]\nidentifier = \"https://initiator.example\"\nstart = { method = \"POST\", url = \"https://initiator.example/admin/exchange\", body = '{\"with\":\"{peer}\"}' }",
    ),
    (
        "start",
        "start = { method = \"POST\", url = \"https://initiator.example/admin/exchange\", body = '{\"with\":\"{peer}\"}' }",
    ),
    (
        "use",
        "use = { command = [\"./use-token\", \"{peer}\", \"{url}\"] }",
    ),
    (
        "control",
        "[control]\nurl   = \"http://127.0.0.1:9101/\"\nverbs = [\"start\", \"use\", \"peers\"]",
    ),
    ("verbs", "verbs = [\"start\", \"use\", \"peers\"]"),
    ("command", "command = [\"./adapter\", \"--lab\"]"),
    ("url", "url = \"http://127.0.0.1:9101/\""),
    ("dns", "dns = \"127.0.0.1:9453\""),
    ("public_networks", "public_networks = [\"127.0.1.0/24\"]"),
    ("canaries", "canaries = [\"127.0.2.1\", \"::1\"]"),
    ("registered", "registered = false"),
    (
        "as_issuer",
        "as_issuer = { identifier = \"https://127.0.0.1:9443/b1\", token_call = \"https://127.0.0.1:9443/b1/token-call\" }",
    ),
    (
        "token_issue",
        "token_issue = [\"https://initiator.example/btx/token-issue/b1\"]",
    ),
    (
        "harness",
        "[harness]\nlisten = \"127.0.0.1:9443\"\nca     = \"lab-ca.pem\"\nca_key = \"lab-ca.key\"",
    ),
    ("listen", "listen = \"127.0.0.1:9443\""),
    ("ca_key", "ca_key = \"lab-ca.key\""),
    (
        "peer",
        "[[peer]]\nname = \"b1\"\nkind = \"good\"\nas_initiator = { identifier = \"https://127.0.0.1:9443/b1\", receives = \"https://127.0.0.1:9443/b1/token-issue\" }",
    ),
    ("kind", "kind = \"good\""),
    (
        "as_initiator",
        "as_initiator = { identifier = \"https://127.0.0.1:9443/b1\", receives = \"https://127.0.0.1:9443/b1/token-issue\" }",
    ),
    (
        "receives",
        "receives = \"https://127.0.0.1:9443/b1/token-issue\"",
    ),
];

/// The example for a key with its table, or else for a key of that name anywhere.
pub(super) fn example_of(key: &str) -> &'static str {
    let alike = || {
        EXAMPLES
            .iter()
            .chain(oauth_file::EXAMPLES)
            .chain(jwt_file::EXAMPLES)
            .chain(lifecycle_file::EXAMPLES)
            .find(|(name, _)| last_of(name) == last_of(key))
    };
    example_of_whole(key)
        .or_else(|| alike().map(|(_, example)| *example))
        .unwrap_or("see `btx init --help`")
}

/// The example for a key with its table, if there is one for just that.
fn example_of_whole(key: &str) -> Option<&'static str> {
    let mut examples = oauth_file::EXAMPLES
        .iter()
        .chain(jwt_file::EXAMPLES)
        .chain(lifecycle_file::EXAMPLES)
        .chain(EXAMPLES);
    let whole = examples.find(|(name, _)| *name == key);
    whole.map(|(_, example)| *example)
}

/// The name of a key without its table.
fn last_of(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or(key)
}

/// Reads the target file at `path` and the certificates that it names.
///
/// # Errors
/// When a file cannot be read, or the target file is wrong: with line, key and example.
pub fn load(path: &Path) -> Result<Target, TargetError> {
    let text = read(path, "`btx init` writes such a file")?;
    of_text(&text, path, read)
}

/// Reads the text of the target file at `path`, and with `read` the files that it names, each with a hint
/// for whoever misses it.
///
/// # Errors
/// As [`load`].
pub fn of_text(
    text: &str,
    path: &Path,
    read: impl Fn(&Path, &'static str) -> Result<String, TargetError>,
) -> Result<Target, TargetError> {
    let name = path.display().to_string();
    let file = parse(text, &name)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let trust = match &file.target.ca {
        Some(ca) => read(
            &folder.join(ca),
            "[target] ca names the authority by which the target is trusted",
        )?
        .into_bytes(),
        None => Vec::new(),
    };
    let checked = check::Checker {
        text,
        file: &name,
        folder,
    };
    let plain_http = file.target.plain_http;
    let limits = checked.limits(&file.target.limits)?;
    let peers = match &file.peer {
        Some(peers) => checked.peers(peers, plain_http)?,
        None => Vec::new(),
    };
    let issuer = match &file.issuer {
        Some(issuer) => Some(checked.issuer(issuer, plain_http)?),
        None => None,
    };
    let control = match &file.control {
        Some(control) => Some(checked.control(control)?),
        None => None,
    };
    let initiator = match &file.initiator {
        Some(initiator) => Some(checked.initiator(initiator, control.as_ref())?),
        None => None,
    };
    let claims = checked.claims(&file.target.claims)?;
    let oauth = OauthChecker {
        checker: &checked,
        read: &read,
        plain_http,
    };
    let oauth = oauth.oauth(&file, control.as_ref())?;
    let jwt = JwtChecker {
        checker: &checked,
        plain_http,
    };
    let jwt = jwt.jwt(&file, &oauth.peers, control.as_ref())?;
    let lifecycle = LifecycleChecker {
        checker: &checked,
        plain_http,
    };
    let lifecycle = lifecycle.lifecycle(&file, &oauth.peers, &jwt, control.as_ref())?;
    checked.roles(
        &file,
        &Profiles {
            oauth: &oauth,
            jwt: &jwt,
            lifecycle: &lifecycle,
            control: control.as_ref(),
        },
    )?;
    Ok(Target {
        limits,
        claims,
        issuer,
        initiator,
        connect: checked.connect(&file.target.connect)?,
        control,
        harness: match &file.harness {
            Some(table) => harness(&checked, table, read)?,
            None => nowhere()?,
        },
        peers,
        trust,
        name: file.target.name,
        plain_http,
        oauth,
        jwt,
        lifecycle,
    })
}

fn harness(
    checked: &check::Checker<'_>,
    table: &HarnessTable,
    read: impl Fn(&Path, &'static str) -> Result<String, TargetError>,
) -> Result<Harness, TargetError> {
    let public_networks = checked.public_networks(table)?;
    Ok(Harness {
        listen: table.listen,
        dns: table.dns,
        canaries: checked.canaries(table, &public_networks)?,
        public_networks,
        authority: Authority {
            certificate: read(
                &checked.folder.join(&table.ca),
                "[harness] ca: `btx init` writes the lab's authority",
            )?,
            key: read(
                &checked.folder.join(&table.ca_key),
                "[harness] ca_key: `btx init` writes the lab's authority",
            )?,
        },
    })
}

/// The harness's side of the wire for a target that nothing of it has to reach.
fn nowhere() -> Result<Harness, TargetError> {
    let authority = authority::create().map_err(|error| TargetError::Unreadable {
        path: PathBuf::from("[harness]"),
        error: std::io::Error::other(error.to_string()),
        hint: "without this table the lab makes an authority of its own".to_owned(),
    })?;
    Ok(Harness {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        dns: None,
        public_networks: Vec::new(),
        canaries: Vec::new(),
        authority,
    })
}

/// Reads the text of a target file, without the files that it names.
fn parse(text: &str, name: &str) -> Result<TargetFile, TargetError> {
    toml::from_str(text).map_err(|error| TargetError::Wrong(Box::new(mistake(text, name, &error))))
}

fn mistake(text: &str, name: &str, error: &toml::de::Error) -> Mistake {
    let message = error.message().to_owned();
    let quoted = message.split('`').nth(1).unwrap_or_default().to_owned();
    let missing = message.starts_with("missing field");
    let span = error.span();
    let table = span.as_ref().and_then(|s| table_of(text, s));
    let key = span.as_ref().and_then(|s| key_of(text, s));
    let last = if missing || message.starts_with("unknown field") {
        quoted.clone()
    } else {
        key.unwrap_or_default()
    };
    let place = match (&table, last.is_empty()) {
        (Some(table), false) if *table != last => format!("{table}.{last}"),
        (Some(table), true) => table.clone(),
        _ => last.clone(),
    };
    let (found, expected) = if let Some((found, expected)) = message.split_once(", expected ") {
        (found.to_owned(), expected.to_owned())
    } else if missing {
        (
            "nothing".to_owned(),
            format!("`{quoted}`, which every target file has"),
        )
    } else {
        (message, "TOML of a target file".to_owned())
    };
    let example = match (example_of_whole(&place), nearest(&last)) {
        (Some(example), _) => example,
        (None, Some(known)) => example_of(known),
        (None, None) => example_of(table.as_deref().unwrap_or("target")),
    };
    Mistake {
        file: name.to_owned(),
        line: span.map_or(0, |s| line_of(text, &s)),
        key: place,
        found,
        expected,
        example: example.to_owned(),
    }
}

/// The key that a mistyped one probably means.
fn nearest(key: &str) -> Option<&'static str> {
    EXAMPLES
        .iter()
        .map(|(name, _)| (strsim::levenshtein(name, key), *name))
        .filter(|(distance, name)| *distance <= name.len() / 3)
        .min()
        .map(|(_, name)| name)
}

fn read(path: &Path, hint: &str) -> Result<String, TargetError> {
    std::fs::read_to_string(path).map_err(|error| TargetError::Unreadable {
        path: path.to_owned(),
        error,
        hint: hint.to_owned(),
    })
}

pub(super) fn peer_of(table: &PeerTable, receives: url::Url, as_issuer: Option<AsIssuer>) -> Peer {
    Peer {
        as_issuer,
        name: table.name.get_ref().clone(),
        kind: table.kind,
        registered: table.registered,
        identifier: table.as_initiator.identifier.get_ref().clone(),
        receives,
    }
}
