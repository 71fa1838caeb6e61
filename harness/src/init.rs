//! `btx init`: writes a target file, the peers for the target to load, and the lab's authority.

mod target_file;

use crate::{
    check::NoVerdict,
    cli::Init,
    lab::authority,
    peers::{self, Layout},
    target::{Authority, CANARY_4, Peer, PeerKind},
};
use btx_spec::hooks::Registration;
use std::{
    fmt::Write as _,
    fs::OpenOptions,
    io::{self, Write as _},
    net::{IpAddr, Ipv6Addr},
    path::{Path, PathBuf},
};

/// Runs the command.
///
/// # Errors
/// When an option is wrong, or a file is there already or cannot be written.
pub fn init(options: &Init) -> Result<u8, NoVerdict> {
    if options.only_ca {
        let authority = authority::create().map_err(|e| usage(e.to_string()))?;
        let mut files = match options.host.as_slice() {
            [] => Vec::new(),
            hosts => certificate_for(&authority, hosts)?,
        };
        files.extend(files_of(authority));
        for path in write_all(&options.dir, &files)? {
            anstream::println!("wrote {}", path.display());
        }
        return Ok(0);
    }
    let loopback = options.listen.ip().is_loopback();
    // What loopback is for the harness is so for a target on the same machine only.
    let canaries: Vec<IpAddr> = if loopback {
        vec![CANARY_4.into(), Ipv6Addr::LOCALHOST.into()]
    } else {
        Vec::new()
    };
    let layout = Layout::consecutive(options.listen, &canaries, options.dns.is_some());
    let layout = layout.ok_or_else(|| {
        usage(format!(
            "--listen {}: the peers need more ports from there than there are",
            options.listen
        ))
    })?;
    let peers = peers::propose(
        options.peers,
        &layout,
        options.domain.as_deref(),
        &options.token_issue,
    );
    let authority = authority::create().map_err(|e| usage(e.to_string()))?;
    let peers_json: Vec<Registration> = peers.iter().map(registration).collect();
    let peers_json =
        serde_json::to_string_pretty(&peers_json).map_err(|e| usage(e.to_string()))? + "\n";
    let target_toml = target_file::text(options, &peers)?;
    let mut files: Vec<NewFile> = vec![
        ("target.toml", target_toml, false),
        ("peers.json", peers_json, false),
    ];
    if options.certify {
        files.extend(certificate_for(&authority, &hosts(options)?)?);
    }
    files.extend(files_of(authority));
    let paths = write_all(&options.dir, &files)?;
    anstream::print!("{}", what_next(options, &paths));
    Ok(0)
}

/// A file to write: its name, its text, and whether it is for its owner only.
type NewFile = (&'static str, String, bool);

/// A certificate for the target, of the lab's authority.
fn certificate_for(authority: &Authority, hosts: &[String]) -> Result<Vec<NewFile>, NoVerdict> {
    let leaf = authority::sign(authority, hosts).map_err(|e| usage(e.to_string()))?;
    Ok(vec![
        ("target.pem", leaf.certificate, false),
        ("target.key", leaf.key, true),
    ])
}

fn files_of(authority: Authority) -> [NewFile; 2] {
    [
        ("lab-ca.pem", authority.certificate, false),
        ("lab-ca.key", authority.key, true),
    ]
}

/// Writes files to a folder, either all or none: what is there may be in use.
fn write_all(dir: &Path, files: &[NewFile]) -> Result<Vec<PathBuf>, NoVerdict> {
    let paths: Vec<PathBuf> = files.iter().map(|(name, ..)| dir.join(name)).collect();
    if let Some(there) = paths.iter().find(|p| p.exists()) {
        return Err(usage(format!(
            "{} is there already; take it away or give another --dir",
            there.display()
        )));
    }
    let failed = |path: &Path, e: io::Error| usage(format!("{}: {e}", path.display()));
    std::fs::create_dir_all(dir).map_err(|e| failed(dir, e))?;
    for ((_, text, secret), path) in files.iter().zip(&paths) {
        write(path, text, *secret).map_err(|e| failed(path, e))?;
    }
    Ok(paths)
}

fn usage(words: String) -> NoVerdict {
    NoVerdict { exit: 2, words }
}

/// The hosts of the target's URLs.
fn hosts(options: &Init) -> Result<Vec<String>, NoVerdict> {
    let mut hosts = Vec::new();
    let urls = options.token_call.iter().chain(&options.resource);
    for url in urls.chain(&options.token_issue) {
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
    if hosts.is_empty() {
        hosts.push("issuer.example".to_owned());
    }
    Ok(hosts)
}

/// A peer as it is registered.
fn registration(peer: &Peer) -> Registration {
    let issuer = peer.as_issuer.as_ref();
    Registration {
        name: peer.name.clone(),
        identifier: peer.identifier.clone(),
        receives: Some(peer.receives.to_string()),
        asynchronous: (peer.kind == PeerKind::Synchronous).then_some(false),
        token_lifetime: (peer.kind == PeerKind::ShortLived).then(|| "4s".to_owned()),
        token_call: issuer.map(|i| i.token_call.to_string()),
        token_issue: issuer
            .map(|i| i.token_issue.iter().map(ToString::to_string).collect())
            .unwrap_or_default(),
    }
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

fn what_next(options: &Init, paths: &[PathBuf]) -> String {
    let mut text = String::new();
    for path in paths {
        let _ = writeln!(text, "wrote {}", path.display());
    }
    let dir = options.dir.display();
    let names = options
        .dns
        .map(|dns| format!(", ask the name server at {dns}"));
    let names = names.unwrap_or_default();
    let _ = write!(
        text,
        "\nNext:\n  1. look through {dir}/target.toml and put your own URLs in\n  2. let your implementation load {dir}/peers.json, trust {dir}/lab-ca.pem{names}, and take the address of [harness] listen for a public one\n  3. btx check --target {dir}/target.toml\n"
    );
    text
}
