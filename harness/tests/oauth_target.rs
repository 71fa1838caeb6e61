//! The OAuth tables of a target file: read whole, and mistakes in them with line, key and example.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use btx_harness::{
    lab::authority,
    target::{Hook, Target, TargetError, oauth::Access, of_text},
};
use btx_spec::jose::{Algorithm, SigningKey};
use std::path::Path;

/// A target file with every table of OAuth, and none of the exchange.
const WHOLE: &str = r#"
[target]
name   = "Rutabaga"
claims = ["oauth/authorization-server", "oauth/resource", "oauth/client", "private-key-jwt", "jwt-bearer", "takes-opaque", "client-private-key-jwt", "client-discovery"]

[authorization_server]
issuer = "https://as.example"
token  = ["https://as.example/token"]

[[authorization_server.client]]
name   = "c1"
id     = "client-1"
auth   = "client_secret_basic"
secret = "a long random text"
scopes = ["read", "write"]

[[authorization_server.client]]
name = "c2"
kind = "resource-server"
id   = "client-2"
auth = "private_key_jwt"
key  = { file = "key.pem", kid = "the-key" }

[[authorization_server.trusted_issuer]]
issuer  = "https://portal.example"
key     = { file = "key.pem" }
account = "deployer"
scopes  = ["read"]
client  = "c1"

[resource_server]
identifier = "https://api.example"
tokens     = "peers"
read       = ["https://api.example/read"]

[client]
start = { command = ["client", "{peer}"] }
use   = { url = "http://127.0.0.1:1/", body = "{url}" }

[harness]
listen = "127.0.0.1:9443"
ca     = "lab-ca.pem"
ca_key = "lab-ca.key"

[[server_peer]]
name   = "o1"
kind   = "good"
issuer = "https://127.0.0.1:9463/o1"
client = { id = "one", secret = "a secret" }
key    = { file = "key.pem" }
introspection = true

[[server_peer]]
name   = "j1"
kind   = "good"
issuer = "https://127.0.0.1:9463/j1"
client = { id = "two", jwks = "jwks.json" }
key    = { file = "key.pem" }

[[server_peer]]
name   = "d1"
kind   = "expired-cert"
issuer = "https://127.0.0.1:9464"
client = { id = "three", secret = "a secret" }
key    = { file = "key.pem" }
discovery = true
"#;

fn read(text: &str) -> Result<Target, TargetError> {
    let lab = authority::create().unwrap();
    let pem = lab.key.clone();
    let key = SigningKey::from_pkcs8_pem(Algorithm::ES256, "own", &pem).unwrap();
    let jwks = format!("{{\"keys\":[{}]}}", key.public().to_jwk());
    of_text(text, Path::new("target.toml"), |path, _| {
        let name = path.file_name().and_then(|name| name.to_str());
        Ok(match name.unwrap_or_default() {
            "lab-ca.pem" => lab.certificate.clone(),
            "jwks.json" => jwks.clone(),
            _ => pem.clone(),
        })
    })
}

#[test]
fn every_table_is_read() {
    let target = read(WHOLE).unwrap();
    let server = target.oauth.server.unwrap();
    assert_eq!(server.clients.len(), 2);
    assert_eq!(server.clients[0].scopes, ["read", "write"]);
    assert_eq!(server.trusted_issuers[0].account, "deployer");
    let beside = server.trusted_issuers[0].client.as_ref().unwrap();
    assert_eq!(beside.id, "client-1");
    assert_eq!(
        server.trusted_issuers[0].key.key_id(),
        "https://portal.example"
    );
    let client = target.oauth.client.unwrap();
    assert!(matches!(client.start, Hook::Command(_)));
    assert!(matches!(client.use_token, Hook::Request { .. }));
    let access: Vec<Access> = target.oauth.peers.iter().map(|p| p.access()).collect();
    assert_eq!(
        access,
        [Access::Secret, Access::Assertion, Access::Discovery]
    );
    assert_eq!(target.oauth.peers[2].identifier(), "https://127.0.0.1:9464");
    assert_eq!(
        target.oauth.peers[0].introspection().as_str(),
        "https://127.0.0.1:9463/o1/introspect"
    );
}

#[test]
fn a_server_alone_needs_nothing_of_the_harness() {
    let text = "[target]\nname = \"x\"\nclaims = [\"oauth/authorization-server\"]\nplain_http = true\n\
        [authorization_server]\ntoken = [\"http://127.0.0.1:3000/token\"]\n";
    let target = read(text).unwrap();
    assert!(target.peers.is_empty() && target.oauth.peers.is_empty());
    let remote = text.replace("127.0.0.1:3000", "as.example");
    let error = read(&remote).unwrap_err().to_string();
    assert!(error.contains("on loopback only"), "{error}");
}

#[test]
fn mistakes_name_line_key_and_an_example() {
    let mistakes = [
        (
            "client  = \"c1\"",
            "client  = \"c9\"",
            "authorization_server.trusted_issuer.client",
            "client = \"shop\"",
        ),
        (
            "secret = \"a long random text\"\n",
            "",
            "authorization_server.client.secret",
            "a `secret`",
        ),
        (
            "scopes = [\"read\", \"write\"]",
            "scopes = [\"read write\"]",
            "authorization_server.client.scopes",
            "one scope token",
        ),
        (
            "name = \"c2\"",
            "name = \"c1\"",
            "authorization_server.client.name",
            "a second client",
        ),
        (
            "kind = \"resource-server\"",
            "kind = \"resource\"",
            "authorization_server.client.kind",
            "one of `good`",
        ),
        (
            "auth = \"private_key_jwt\"",
            "auth = \"tls\"",
            "authorization_server.client.auth",
            "one of `client_secret_basic`",
        ),
        (
            "tokens     = \"peers\"",
            "tokens = \"anywhere\"",
            "resource_server.tokens",
            "`server`",
        ),
        (
            "identifier = \"https://api.example\"",
            "identifier = \"api\"",
            "resource_server.identifier",
            "absolute URI",
        ),
        (
            "read       = [\"https",
            "read = [\"http",
            "resource_server.read",
            "plain_http = true",
        ),
        (
            "start = { command",
            "begin = { command",
            "client.begin",
            "unknown field",
        ),
        (
            "start = { command = [\"client\", \"{peer}\"] }\n",
            "",
            "client.start",
            "something has to set the client off",
        ),
        (
            "client = { id = \"one\", secret = \"a secret\" }",
            "client = { id = \"one\" }",
            "server_peer.client",
            "either a `secret`",
        ),
        (
            "kind   = \"expired-cert\"",
            "kind = \"named\"",
            "server_peer.kind",
            "wrong-name",
        ),
        (
            "127.0.0.1:9464",
            "127.0.0.1:9463/d1",
            "server_peer.issuer",
            "a port that only good",
        ),
        (
            "introspection = true\n",
            "",
            "server_peer.introspection",
            "`takes-opaque` is claimed",
        ),
        (
            "discovery = true\n",
            "",
            "server_peer.discovery",
            "`client-discovery` is claimed",
        ),
        ("[client]\n", "[clients]\n", "clients", "unknown field"),
        (
            "[harness]\nlisten = \"127.0.0.1:9443\"\nca     = \"lab-ca.pem\"\nca_key = \"lab-ca.key\"\n",
            "",
            "harness",
            "the peers listen there",
        ),
    ];
    for (from, to, key, why) in mistakes {
        assert!(WHOLE.contains(from), "{from}");
        let error = read(&WHOLE.replacen(from, to, 1)).unwrap_err().to_string();
        for part in ["target.toml:", key, why, "example", "expected"] {
            assert!(error.contains(part), "{to}: no \"{part}\" in\n{error}");
        }
    }
}
