//! The tables of keys and sessions in a target file: read whole, and mistakes in them with line, key and example.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use btx_harness::{
    lab::authority,
    target::{Hook, PeerKind, Target, TargetError, lifecycle::KeyAlgorithm, of_text},
};
use btx_spec::jose::Algorithm;
use std::{path::Path, time::Duration};

/// A target file with every table of keys and sessions, and none of another profile.
const WHOLE: &str = r#"
[target]
name   = "Rutabaga"
claims = ["lifecycle/issuer", "lifecycle/resource", "lifecycle/caller", "publishes-keys", "takes-keys", "logs-in", "authorization-field", "reads-authorization-field"]
limits = { bearer_lifetime = "30s", refresh_window = "1m", session_lifetime = "2h", rotation_window = "0s", refresh_repeat = "5s", login_attempts = 5, login_pause = "30s" }

[control]
url   = "http://127.0.0.1:9101/"
verbs = ["rotate", "use"]

[[session_issuer]]
identifier = "https://s1.example"
audience   = "https://api.s1.example"
login      = ["https://a.s1.example/login", "https://b.s1.example/login"]
logout     = ["https://a.s1.example/logout", "https://b.s1.example/logout"]
api        = ["https://a.s1.example/api/whoami", "https://b.s1.example/api/whoami"]
missing    = "https://a.s1.example/api/nothing"
algorithm  = "HS512"
authorization_field = true

[[session_issuer]]
identifier = "https://s2.example"
obtain     = { command = ["log-in", "{account}", "{password}"] }
logout     = ["https://s2.example/logout"]
api        = ["https://s2.example/api/whoami"]
key_set    = "https://s2.example/keys"
notify     = "https://s2.example/keys/changed"
algorithm  = "EdDSA"

[[account]]
name     = "a1"
password = "a password of the laboratory"

[session_resource]
identifier = "https://reader.example"
read       = ["https://reader.example/api/read"]

[[session_signer]]
name       = "s1"
identifier = "https://127.0.1.1:9500/s1"
key_set    = "https://127.0.1.1:9500/s1/keys"
algorithms = ["ES256", "PS256"]

[session_caller]
use = { command = ["caller", "{peer}", "{url}"] }

[harness]
listen = "127.0.1.1:9443"
ca     = "lab-ca.pem"
ca_key = "lab-ca.key"

[[session_peer]]
name     = "p1"
issuer   = "https://127.0.1.1:9600/p1"
account  = "caller"
password = "another password of the laboratory"
kind     = "good"

[[session_peer]]
name     = "expired"
issuer   = "https://127.0.1.1:9601/expired"
account  = "caller"
password = "another password of the laboratory"
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
    let limits = &target.limits;
    assert_eq!(limits.bearer_lifetime, Duration::from_secs(30));
    assert_eq!(limits.rotation_window, Duration::ZERO);
    assert_eq!(limits.login_attempts, 5);
    let lifecycle = target.lifecycle;
    let [first, second] = lifecycle.issuers.as_slice() else {
        unreachable!("there are two issuers")
    };
    assert_eq!(first.audience, "https://api.s1.example");
    assert_eq!(first.login.len(), 2);
    assert!(first.has_secret_keys() && first.authorization_field);
    assert_eq!(second.audience, second.identifier);
    assert_eq!(second.algorithm, KeyAlgorithm::EdDSA);
    assert!(matches!(second.obtain, Some(Hook::Command(_))));
    assert!(second.login.is_empty() && !second.has_secret_keys());
    assert_eq!(lifecycle.accounts[0].name, "a1");
    let algorithms = [Algorithm::ES256, Algorithm::PS256];
    assert_eq!(lifecycle.signers[0].algorithms, algorithms);
    assert!(matches!(
        lifecycle.caller.unwrap().use_token,
        Hook::Command(_)
    ));
    assert_eq!(lifecycle.peers[1].kind, PeerKind::ExpiredCert);
}

#[test]
fn what_is_not_said_is_as_usual() {
    let text = WHOLE
        .replace("algorithms = [\"ES256\", \"PS256\"]\n", "")
        .replace(
            "use = { command = [\"caller\", \"{peer}\", \"{url}\"] }\n",
            "",
        );
    let from = text.find("limits = ").unwrap();
    let to = from + text[from..].find('\n').unwrap();
    let target = read(&text.replace(&text[from..to], "")).unwrap();
    let limits = &target.limits;
    assert_eq!(limits.bearer_lifetime, Duration::from_secs(420));
    assert_eq!(limits.session_lifetime, Duration::from_secs(7200));
    assert_eq!(
        (limits.login_attempts, limits.login_pause),
        (10, Duration::from_secs(60))
    );
    assert_eq!(target.lifecycle.signers[0].algorithms, [Algorithm::ES256]);
    assert!(matches!(
        target.lifecycle.caller.unwrap().use_token,
        Hook::Verb
    ));
}

#[test]
fn what_is_claimed_has_its_table() {
    for (from, to, key) in [
        (
            "[[account]]\nname     = \"a1\"\npassword = \"a password of the laboratory\"\n",
            "",
            "account",
        ),
        (
            "[session_resource]\nidentifier = \"https://reader.example\"\nread       = [\"https://reader.example/api/read\"]\n",
            "",
            "session_resource",
        ),
        (
            "[session_caller]\nuse = { command = [\"caller\", \"{peer}\", \"{url}\"] }\n",
            "",
            "session_caller",
        ),
        (
            "kind     = \"good\"",
            "kind     = \"self-signed\"",
            "session_peer",
        ),
        (
            "key_set    = \"https://s2.example/keys\"\n",
            "",
            "session_issuer.key_set",
        ),
        (
            "authorization_field = true\n",
            "",
            "session_issuer.authorization_field",
        ),
        ("\"rotate\", ", "", "control"),
        (
            "login      = [\"https://a.s1.example/login\", \"https://b.s1.example/login\"]\n",
            "obtain = { command = [\"log-in\"] }\n",
            "session_issuer.login",
        ),
    ] {
        assert!(WHOLE.contains(from), "{from}");
        let words = read(&WHOLE.replace(from, to)).unwrap_err().to_string();
        assert!(words.contains(key), "no \"{key}\" in\n{words}");
        assert!(words.contains("is claimed"), "{words}");
    }
}

#[test]
fn mistakes_have_their_line_and_an_example() {
    for (from, to, parts) in [
        (
            "bearer_lifetime = \"30s\"",
            "bearer_lifetime = \"10ms\"",
            ["bearer_lifetime", "between 1s and"],
        ),
        (
            "login_attempts = 5",
            "login_attempts = 0",
            ["login_attempts", "1 or more"],
        ),
        (
            "obtain     = { command = [\"log-in\", \"{account}\", \"{password}\"] }\n",
            "",
            ["session_issuer.login", "or `obtain`"],
        ),
        (
            "identifier = \"https://s2.example\"",
            "identifier = \"https://s1.example\"",
            ["session_issuer.identifier", "a second issuer"],
        ),
        (
            "[session_resource]",
            "[[account]]\nname = \"a1\"\npassword = \"p\"\n[session_resource]",
            ["account.name", "a second account \"a1\""],
        ),
        (
            "[session_resource]",
            "[[account]]\nname = \"a2\"\npassword = \"a password of the laboratory\"\n[session_resource]",
            [
                "target.toml:36: account.password",
                "the password of the account \"a1\"",
            ],
        ),
        (
            "algorithm  = \"HS512\"",
            "algorithm  = \"HS384\"",
            ["algorithm", "HS512"],
        ),
        (
            "algorithms = [\"ES256\", \"PS256\"]",
            "algorithms = []",
            ["session_signer.algorithms", "one or more"],
        ),
        (
            "name     = \"expired\"",
            "name     = \"p1\"",
            ["session_peer.name", "a second peer \"p1\""],
        ),
        (
            "https://127.0.1.1:9601/expired",
            "https://127.0.1.1:9600/expired",
            ["session_peer.issuer", "only peers alike share"],
        ),
        (
            "https://127.0.1.1:9600/p1",
            "https://127.0.1.1:9500/p1",
            ["session_peer.issuer", "session signers"],
        ),
        (
            "kind     = \"expired-cert\"",
            "kind     = \"named\"",
            ["session_peer.kind", "good, expired-cert"],
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

#[test]
fn passwords_are_not_printed() {
    let printed = format!("{:?}", read(WHOLE).unwrap());
    assert!(
        printed.contains("a1") && !printed.contains("of the laboratory"),
        "{printed}"
    );
}
