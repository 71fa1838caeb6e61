//! `btx init`: writes a target file, the peers for the target to load, and the lab's authority.

use crate::{check::NoVerdict, cli::Init, lab::authority, peers, target::Peer};
use serde_json::{Value, json};
use std::{
    fmt::Write as _,
    fs::OpenOptions,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

/// Runs the command.
///
/// # Errors
/// When an option is wrong, or a file is there already or cannot be written.
pub fn init(options: &Init) -> Result<u8, NoVerdict> {
    let usage = |words: String| NoVerdict { exit: 2, words };
    let mut ports = [0; peers::PORTS];
    for (offset, port) in (0..).zip(ports.iter_mut()) {
        *port = options.listen.port().checked_add(offset).ok_or_else(|| {
            usage(format!(
                "--listen {}: the peers need {} ports from there",
                options.listen,
                peers::PORTS
            ))
        })?;
    }
    let peers = peers::propose(
        options.peers,
        options.listen.ip(),
        ports,
        options.domain.as_deref(),
        &options.token_issue,
    );
    let authority = authority::create().map_err(|e| usage(e.to_string()))?;
    let peers_json: Vec<Value> = peers.iter().map(peer_json).collect();
    let peers_json =
        serde_json::to_string_pretty(&peers_json).map_err(|e| usage(e.to_string()))? + "\n";
    let target_toml = target_file(options, &peers)?;
    let mut files = vec![
        ("target.toml", target_toml, false),
        ("peers.json", peers_json, false),
    ];
    if options.certify {
        let leaf =
            authority::sign(&authority, &hosts(options)?).map_err(|e| usage(e.to_string()))?;
        files.push(("issuer.pem", leaf.certificate, false));
        files.push(("issuer.key", leaf.key, true));
    }
    files.push(("lab-ca.pem", authority.certificate, false));
    files.push(("lab-ca.key", authority.key, true));
    let paths: Vec<PathBuf> = files
        .iter()
        .map(|(name, ..)| options.dir.join(name))
        .collect();
    // Either all or nothing: what is there may be in use.
    if let Some(there) = paths.iter().find(|p| p.exists()) {
        return Err(usage(format!(
            "{} is there already; take it away or give another --dir",
            there.display()
        )));
    }
    std::fs::create_dir_all(&options.dir)
        .map_err(|e| usage(format!("{}: {e}", options.dir.display())))?;
    for ((_, text, secret), path) in files.iter().zip(&paths) {
        write(path, text, *secret).map_err(|e| usage(format!("{}: {e}", path.display())))?;
    }
    anstream::print!("{}", what_next(&options.dir, &paths));
    Ok(0)
}

/// The hosts of the issuer's URLs.
fn hosts(options: &Init) -> Result<Vec<String>, NoVerdict> {
    let mut hosts = Vec::new();
    for url in options.token_call.iter().chain(&options.resource) {
        let host = url::Url::parse(url)
            .ok()
            .and_then(|u| u.host_str().map(str::to_owned));
        let host = host.ok_or_else(|| NoVerdict {
            exit: 2,
            words: format!("\"{url}\" has no host: expected a URL, for example https://127.0.0.1:8443/btx/token-call"),
        })?;
        hosts.push(host.trim_matches(['[', ']']).to_owned());
    }
    hosts.sort();
    hosts.dedup();
    Ok(hosts)
}

fn peer_json(peer: &Peer) -> Value {
    let mut value = json!({
        "name": peer.name,
        "identifier": peer.identifier,
        "receives": peer.receives.as_str(),
    });
    if peer.kind == crate::target::PeerKind::ShortLived
        && let Some(members) = value.as_object_mut()
    {
        members.insert("token_lifetime".to_owned(), json!("4s"));
    }
    if let (Some(issuer), Some(members)) = (&peer.as_issuer, value.as_object_mut()) {
        members.insert("token_call".to_owned(), json!(issuer.token_call.as_str()));
        let issues: Vec<&str> = issuer.token_issue.iter().map(url::Url::as_str).collect();
        members.insert("token_issue".to_owned(), json!(issues));
    }
    value
}

fn target_file(options: &Init, peers: &[Peer]) -> Result<String, NoVerdict> {
    let quoted = |text: &str| Value::from(text).to_string();
    let list = |all: &[String]| all.iter().map(|u| quoted(u)).collect::<Vec<_>>().join(", ");
    let mut claims = vec!["\"exchange/issuer\""];
    if options.initiator.is_some() {
        claims.push("\"exchange/initiator\"");
    }
    if options.asynchronous {
        claims.push("\"async\"");
    }
    let ca = match &options.ca {
        // The target file may be read from another folder than the one in which it was written.
        Some(ca) => {
            let ca = std::path::absolute(ca).map_err(|e| NoVerdict {
                exit: 2,
                words: format!("{}: {e}", ca.display()),
            })?;
            format!("ca      = {}", quoted(&ca.display().to_string()))
        }
        None if options.certify => "ca      = \"lab-ca.pem\"".to_owned(),
        None => {
            "# ca    = \"their-ca.pem\"          # without it, the system's authorities are trusted"
                .to_owned()
        }
    };
    let connect = connect_line(&options.connect)?;
    let mut text = format!(
        r#"# What is examined. `btx check --target target.toml` reads it.

[target]
name    = {name}
# What it claims; what is not claimed is reported so, and never as passed. There are "exchange/issuer",
# "exchange/initiator" and "async".
claims  = [{claims}]
# By which authority its certificate is trusted.
{ca}
# Where a name really is.
{connect}
# What it declares. Scenarios that wait, wait as long as these say.
limits  = {{ exchange_deadline = "10s", clock_skew = "60s", parallel_per_peer = 4 }}

[issuer]
identifier = {issuer}
# One URL for each replica.
token_call = [{token_call}]
# What a live token opens with GET; one URL for each replica.
resource   = [{resource}]
{initiator}
[harness]
# Where the peers below listen. The target has to reach it, and to trust the authority.
listen = "{listen}"
ca     = "lab-ca.pem"
ca_key = "lab-ca.key"

# The peers: parties that the harness plays. The target has to know all of them, as initiators with
# these identifiers and receive URLs; peers.json has the same for it to load. A peer of the kind
# "short-lived" has to get tokens that live a few seconds. A kind that is taken out leaves its
# scenarios not exercised.
"#,
        claims = claims.join(", "),
        initiator = initiator_table(options),
        name = quoted(&options.name),
        issuer = quoted(&options.issuer),
        token_call = list(&options.token_call),
        resource = list(&options.resource),
        listen = options.listen,
    );
    for peer in peers {
        let _ = write!(
            text,
            "\n[[peer]]\nname = {}\nkind = {}\nas_initiator = {{ identifier = {}, receives = {} }}\n",
            quoted(&peer.name),
            quoted(peer.kind.name()),
            quoted(&peer.identifier),
            quoted(peer.receives.as_str()),
        );
        if let Some(issuer) = &peer.as_issuer {
            let urls: Vec<String> = issuer
                .token_issue
                .iter()
                .map(|u| quoted(u.as_str()))
                .collect();
            let _ = writeln!(
                text,
                "as_issuer    = {{ identifier = {}, token_call = {} }}\ntoken_issue  = [{}]",
                quoted(&issuer.identifier),
                quoted(issuer.token_call.as_str()),
                urls.join(", "),
            );
        }
    }
    Ok(text)
}

/// The table of the initiator, if there is one to examine.
fn initiator_table(options: &Init) -> String {
    let (Some(identifier), Some(start)) = (&options.initiator, &options.start) else {
        return String::new();
    };
    let hook = |url: &str, body: &str| {
        format!(
            "{{ method = \"POST\", url = {}, body = '{body}' }}",
            Value::from(url)
        )
    };
    let start = hook(start, r#"{"peer":"{peer}"}"#);
    let mut text = format!(
        "\n[initiator]\nidentifier = {}\n",
        Value::from(identifier.as_str())
    );
    let _ = writeln!(
        text,
        "# What sets it off to get a token from a peer.\nstart = {start}"
    );
    if let Some(url) = &options.use_token {
        let hook = hook(url, r#"{"peer":"{peer}","url":"{url}"}"#);
        let _ = writeln!(
            text,
            "# What makes it call an API of a peer with the token that it got last.\nuse = {hook}"
        );
    }
    text
}

fn connect_line(entries: &[String]) -> Result<String, NoVerdict> {
    if entries.is_empty() {
        return Ok("# connect = { \"issuer.example:443\" = \"127.0.0.1:8443\" }".to_owned());
    }
    let pairs: Result<Vec<String>, NoVerdict> = entries
        .iter()
        .map(|entry| match entry.split_once('=') {
            Some((name, place)) if name.contains(':') && place.contains(':') => Ok(format!("\"{name}\" = \"{place}\"")),
            _ => Err(NoVerdict {
                exit: 2,
                words: format!("--connect {entry}: expected NAME:PORT=ADDRESS:PORT, for example issuer.example:443=127.0.0.1:8443"),
            }),
        })
        .collect();
    Ok(format!("connect = {{ {} }}", pairs?.join(", ")))
}

fn write(path: &Path, text: &str, secret: bool) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if secret {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)?.write_all(text.as_bytes())
}

fn what_next(dir: &Path, paths: &[PathBuf]) -> String {
    let mut text = String::new();
    for path in paths {
        let _ = writeln!(text, "wrote {}", path.display());
    }
    let dir = dir.display();
    let _ = write!(
        text,
        "\nNext:\n  1. look through {dir}/target.toml and put your own URLs in\n  2. let your issuer load {dir}/peers.json, trust {dir}/lab-ca.pem, and take the address of [harness] listen for a public one\n  3. btx check --target {dir}/target.toml\n"
    );
    text
}
