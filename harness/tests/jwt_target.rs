//! The tables of service JWTs in a target file: read whole, and mistakes in them with line, key and example.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use btx_harness::{
    lab::authority,
    target::{Hook, PeerKind, Target, TargetError, jwt::Flow, of_text},
};
use btx_spec::jose::Algorithm;
use std::{path::Path, time::Duration};

/// A target file with every table of service JWTs, and none of the exchange.
const WHOLE: &str = r#"
[target]
name   = "Rutabaga"
claims = ["jwt/resource", "jwt/authorization-server", "jwt/client", "hands-out-tokens", "wants-tokens", "uses-handed-out-tokens", "asks-servers"]
limits = { document_deadline = "3s", keys_interval = "10s", least_freshness = "0s", longest_stale = "2h" }

[documents]
url   = "https://127.0.1.1:9470"
named = "https://clients.harness.test:9478"

[authorization_server]
issuer    = "https://as.example"
token     = ["https://as.example/token"]
resources = ["https://counter.example"]

[jwt_resource]
identifier  = "https://counter.example"
read        = ["https://counter.example/counter"]
algorithms  = ["ES256", "EdDSA"]
wants_token = "https://counter.example/by-server/counter"
server      = "https://as.example"

[jwt_client]
id  = "https://caller.example/client.json"
use = { command = ["caller", "{peer}", "{url}"] }

[harness]
listen = "127.0.1.1:9443"
ca     = "lab-ca.pem"
ca_key = "lab-ca.key"

[[jwt_peer]]
name     = "j1"
resource = "https://127.0.1.1:9480/j1"
flow     = "alone"
kind     = "good"

[[jwt_peer]]
name     = "j2"
resource = "https://127.0.1.1:9480/j2"
flow     = "hands-out"
kind     = "good"

[[jwt_peer]]
name     = "j3"
resource = "https://127.0.1.1:9480/j3"
flow     = "server"
kind     = "good"

[[jwt_peer]]
name     = "expired"
resource = "https://127.0.1.1:9481"
flow     = "alone"
kind     = "expired-cert"
"#;

fn read(text: &str) -> Result<Target, TargetError> {
    let lab = authority::create().unwrap();
    of_text(text, Path::new("target.toml"), |path, _| {
        Ok(match path.ends_with("lab-ca.key") {
            true => lab.key.clone(),
            false => lab.certificate.clone(),
        })
    })
}

#[test]
fn a_whole_file_is_read() {
    let target = read(WHOLE).unwrap();
    let resource = target.jwt.resource.unwrap();
    assert_eq!(resource.hands_out, resource.read);
    assert_eq!(resource.algorithms, [Algorithm::ES256, Algorithm::EdDSA]);
    assert_eq!(resource.server.as_deref(), Some("https://as.example"));
    let client = target.jwt.client.unwrap();
    assert!(matches!(client.use_token, Hook::Command(_)));
    assert_eq!(target.limits.document_deadline, Duration::from_secs(3));
    assert_eq!(target.limits.least_freshness, Duration::ZERO);
    assert_eq!(target.limits.longest_stale, Duration::from_secs(7200));
}

#[test]
fn the_hosts_of_documents_have_the_next_ports() {
    let documents = read(WHOLE).unwrap().jwt.documents.unwrap();
    let port = |url: &url::Url| url.port().unwrap();
    let faulty: Vec<_> = documents
        .faulty
        .iter()
        .map(|(k, u)| (*k, port(u)))
        .collect();
    assert_eq!(port(&documents.main), 9470);
    assert_eq!(port(&documents.elsewhere), 9471);
    assert_eq!(faulty[0], (PeerKind::ExpiredCert, 9472));
    assert_eq!(faulty[3], (PeerKind::OtherCa, 9475));
    assert_eq!(port(&documents.stalled), 9476);
    assert_eq!(documents.named.as_ref().map(port), Some(9478));
}

#[test]
fn a_peer_has_its_places_below_its_identifier() {
    let target = read(WHOLE).unwrap();
    let at = |path: &str| format!("https://127.0.1.1:9480{path}");
    let peer = &target.jwt.peers[2];
    assert_eq!(peer.flow, Flow::Server);
    assert_eq!(peer.identifier(), at("/j3"));
    assert_eq!(peer.api().as_str(), at("/j3/api"));
    let metadata = at("/.well-known/oauth-protected-resource/j3");
    assert_eq!(peer.metadata().as_str(), metadata);
    let metadata = at("/.well-known/oauth-authorization-server/j3/as");
    assert_eq!(peer.server_metadata().as_str(), metadata);
    assert_eq!(peer.token().as_str(), at("/j3/as/token"));
    assert_eq!(target.jwt.peers[3].identifier(), "https://127.0.1.1:9481");
}

#[test]
fn what_is_claimed_has_its_tables() {
    for (without, key) in [
        (("[jwt_client]", "[jwt_client]\n"), "jwt_client.id"),
        (
            ("flow     = \"server\"", "flow     = \"alone\""),
            "jwt_peer",
        ),
        (
            ("flow     = \"hands-out\"", "flow     = \"alone\""),
            "jwt_peer",
        ),
        (
            (
                "wants_token = \"https://counter.example/by-server/counter\"\n",
                "",
            ),
            "jwt_resource.wants_token",
        ),
        (
            ("server      = \"https://as.example\"\n", ""),
            "jwt_resource.server",
        ),
        (
            ("issuer    = \"https://as.example\"\n", ""),
            "authorization_server.issuer",
        ),
        (
            ("resources = [\"https://counter.example\"]", ""),
            "authorization_server.resources",
        ),
        (
            (
                "[documents]\nurl   = \"https://127.0.1.1:9470\"\nnamed = \"https://clients.harness.test:9478\"\n",
                "",
            ),
            "documents",
        ),
    ] {
        let (from, to) = without;
        assert!(WHOLE.contains(from), "{from}");
        if key == "jwt_client.id" {
            let text = WHOLE.replace("id  = \"https://caller.example/client.json\"\n", "");
            assert!(read(&text).unwrap_err().to_string().contains("id"));
            continue;
        }
        let words = read(&WHOLE.replace(from, to)).unwrap_err().to_string();
        assert!(words.contains(key), "no \"{key}\" in\n{words}");
        assert!(words.contains("is claimed"), "{words}");
    }
}

#[test]
fn mistakes_have_their_line_and_an_example() {
    for (from, to, parts) in [
        (
            "document_deadline = \"3s\"",
            "document_deadline = \"0s\"",
            ["document_deadline", "between 1ms and 1h"],
        ),
        (
            "longest_stale = \"2h\"",
            "longest_stale = \"25h\"",
            ["longest_stale", "between 0s and 24h"],
        ),
        (
            "url   = \"https://127.0.1.1:9470\"",
            "url   = \"https://127.0.1.1:9470/documents\"",
            ["documents.url", "scheme, host and port alone"],
        ),
        (
            "url   = \"https://127.0.1.1:9470\"",
            "url   = \"https://127.0.1.1:65533\"",
            ["documents.url", "six more"],
        ),
        (
            "named = \"https://clients.harness.test:9478\"",
            "named = \"https://127.0.1.1:9478\"",
            ["documents.named", "a host with a name"],
        ),
        (
            "named = \"https://clients.harness.test:9478\"",
            "named = \"https://clients.harness.test:9472\"",
            ["documents.named", "ports of their own"],
        ),
        (
            "algorithms  = [\"ES256\", \"EdDSA\"]",
            "algorithms  = []",
            ["jwt_resource.algorithms", "one or more"],
        ),
        (
            "algorithms  = [\"ES256\", \"EdDSA\"]",
            "algorithms  = [\"HS256\"]",
            ["algorithms", "ES256"],
        ),
        (
            "name     = \"j2\"",
            "name     = \"j1\"",
            ["jwt_peer.name", "a second peer \"j1\""],
        ),
        (
            "resource = \"https://127.0.1.1:9481\"",
            "resource = \"https://127.0.1.1:9480/expired\"",
            ["jwt_peer.resource", "only good jwt peers share"],
        ),
        (
            "resource = \"https://127.0.1.1:9481\"",
            "resource = \"https://127.0.1.1:9470/expired\"",
            ["jwt_peer.resource", "the port of the documents"],
        ),
        (
            "kind     = \"expired-cert\"",
            "kind     = \"named\"",
            ["jwt_peer.kind", "good, expired-cert"],
        ),
        (
            "use = { command = [\"caller\", \"{peer}\", \"{url}\"] }\n",
            "",
            ["jwt_client.use", "something has to set the client off"],
        ),
    ] {
        assert!(WHOLE.contains(from), "{from}");
        let words = read(&WHOLE.replace(from, to)).unwrap_err().to_string();
        assert!(words.contains("target.toml:"), "{words}");
        for part in parts {
            assert!(words.contains(part), "no \"{part}\" in\n{words}");
        }
    }
}
