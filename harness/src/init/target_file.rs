//! The target file that `btx init` writes: commented, and ready to be edited.

use crate::{check::NoVerdict, cli::Init, target::Peer};
use serde_json::Value;
use std::{fmt::Write as _, path::Path};

/// The text of the file.
///
/// # Errors
/// When an option is wrong.
pub(super) fn text(options: &Init, peers: &[Peer]) -> Result<String, NoVerdict> {
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
limits  = {{ {limits} }}
"#,
        name = quoted(&options.name),
        claims = claims(options),
        ca = ca(options)?,
        connect = connect(&options.connect)?,
        limits = limits(options),
    );
    text.push_str(&issuer(options));
    text.push_str(&initiator(options));
    text.push_str(&control(options));
    text.push_str(&harness(options));
    for one in peers {
        text.push_str(&peer(one));
    }
    Ok(text)
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn list<'a>(all: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = all.into_iter().map(quoted).collect();
    quoted.join(", ")
}

/// Without a word about either role it is an issuer, to be filled in.
fn has_issuer(options: &Init) -> bool {
    options.issuer.is_some() || options.initiator.is_none()
}

fn claims(options: &Init) -> String {
    let claims = [
        (has_issuer(options), "exchange/issuer"),
        (options.initiator.is_some(), "exchange/initiator"),
        (options.asynchronous, "async"),
    ];
    list(
        claims
            .into_iter()
            .filter_map(|(made, claim)| made.then_some(claim)),
    )
}

fn ca(options: &Init) -> Result<String, NoVerdict> {
    match &options.ca {
        // The target file may be read from another folder than the one in which it was written.
        Some(ca) => {
            let ca = std::path::absolute(ca).map_err(|e| NoVerdict {
                exit: 2,
                words: format!("{}: {e}", Path::new(ca).display()),
            })?;
            Ok(format!("ca      = {}", quoted(&ca.display().to_string())))
        }
        None if options.certify => Ok("ca      = \"lab-ca.pem\"".to_owned()),
        None => Ok(
            "# ca    = \"their-ca.pem\"          # without it, the system's authorities are trusted"
                .to_owned(),
        ),
    }
}

fn connect(entries: &[String]) -> Result<String, NoVerdict> {
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

/// The limits that concern the roles, as they are by default unless they were given.
fn limits(options: &Init) -> String {
    let usual = [
        (true, "exchange_deadline", "10s"),
        (true, "clock_skew", "60s"),
        (has_issuer(options), "parallel_per_peer", "4"),
        (options.initiator.is_some(), "call_deadline", "15s"),
        (
            options.initiator.is_some() && options.asynchronous,
            "longest_pause",
            "60s",
        ),
    ];
    let mut written = Vec::new();
    for (concerned, name, usual) in usual {
        let given = options.limits.iter().rev().find(|(n, _)| n == name);
        let value = match given {
            Some((_, value)) => value,
            None if concerned => usual,
            None => continue,
        };
        let is_number = value.parse::<u32>().is_ok();
        let value = if is_number {
            value.to_owned()
        } else {
            quoted(value)
        };
        written.push(format!("{name} = {value}"));
    }
    written.join(", ")
}

fn issuer(options: &Init) -> String {
    if !has_issuer(options) {
        return String::new();
    }
    let or = |given: &[String], usual: &str| match given {
        [] => quoted(usual),
        given => list(given.iter().map(String::as_str)),
    };
    let identifier = options
        .issuer
        .as_deref()
        .unwrap_or("https://issuer.example");
    format!(
        r#"
[issuer]
identifier = {}
# One URL for each replica.
token_call = [{}]
# What a live token opens with GET; one URL for each replica.
resource   = [{}]
"#,
        quoted(identifier),
        or(&options.token_call, "https://issuer.example/btx/token-call"),
        or(&options.resource, "https://issuer.example/api/whoami"),
    )
}

fn initiator(options: &Init) -> String {
    let Some(identifier) = &options.initiator else {
        return String::new();
    };
    let hook = |url: &str, body: &str| {
        format!(
            "{{ method = \"POST\", url = {}, body = '{body}' }}",
            quoted(url)
        )
    };
    let mut text = format!("\n[initiator]\nidentifier = {}\n", quoted(identifier));
    if let Some(url) = &options.start {
        let start = hook(url, r#"{"peer":"{peer}"}"#);
        let _ = writeln!(
            text,
            "# What sets it off to get a token from a peer.\nstart = {start}"
        );
    } else if !options.verbs.iter().any(|v| v == "start") {
        text.push_str("# What sets it off to get a token from a peer.\n# start = { method = \"POST\", url = \"https://initiator.example/admin/exchange\", body = '{\"with\":\"{peer}\"}' }\n");
    }
    if let Some(url) = &options.use_token {
        let hook = hook(url, r#"{"peer":"{peer}","url":"{url}"}"#);
        let _ = writeln!(
            text,
            "# What makes it call an API of a peer with the token that it got last.\nuse = {hook}"
        );
    }
    text
}

fn control(options: &Init) -> String {
    let Some(url) = &options.control else {
        return String::new();
    };
    format!(
        "\n# What takes the verbs, and those that it has.\n[control]\nurl   = {}\nverbs = [{}]\n",
        quoted(url),
        list(options.verbs.iter().map(String::as_str)),
    )
}

fn harness(options: &Init) -> String {
    let dns = match options.dns {
        Some(address) => {
            format!("# The name server that the target asks.\ndns    = \"{address}\"\n")
        }
        None => String::new(),
    };
    format!(
        r#"
[harness]
# Where the peers below listen. The target has to reach it, and to trust the authority.
listen = "{}"
{dns}# What the target has to take for public, so that it may call the peers.
public_networks = ["{}"]
ca     = "lab-ca.pem"
ca_key = "lab-ca.key"

# The peers: parties that the harness plays. The target has to know all of them, as initiators and
# issuers; peers.json has the same for it to load. A peer of the kind "short-lived" has to get tokens
# that live a few seconds, and one of the kind "synchronous" is an issuer that has no asynchronous form.
# A peer of the kind "special-use" that the target refuses to register stays here with
# `registered = false`. A kind that is taken out leaves its scenarios not exercised.
"#,
        options.listen,
        ipnet::IpNet::from(options.listen.ip()),
    )
}

fn peer(peer: &Peer) -> String {
    let mut text = format!(
        "\n[[peer]]\nname = {}\nkind = {}\nas_initiator = {{ identifier = {}, receives = {} }}\n",
        quoted(&peer.name),
        quoted(peer.kind.name()),
        quoted(&peer.identifier),
        quoted(peer.receives.as_str()),
    );
    if let Some(issuer) = &peer.as_issuer {
        let _ = writeln!(
            text,
            "as_issuer    = {{ identifier = {}, token_call = {} }}\ntoken_issue  = [{}]",
            quoted(&issuer.identifier),
            quoted(issuer.token_call.as_str()),
            list(issuer.token_issue.iter().map(url::Url::as_str)),
        );
    }
    text
}
