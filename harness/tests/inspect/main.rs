//! `btx jwt inspect` as users run it: from files, and over real HTTPS.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod answers;
mod files;
mod host;

use assert_cmd::Command;
use btx_spec::jose::{Algorithm, KeySet, SigningKey};
use serde_json::{Map, Value, json};
use std::path::PathBuf;

/// When the JWTs of these tests are made.
const NOW: i64 = 1_795_348_800;
/// The client of those that fetch nothing.
const CLIENT: &str = "https://shop.example/services/orders.json";
/// For whom they are.
const AUDIENCE: &str = "https://stock.farm.example";

struct Ended {
    exit: i32,
    out: String,
    err: String,
}

/// Runs the command with this on its standard input.
fn inspect(token: &str, arguments: &[&str]) -> Ended {
    let output = Command::cargo_bin("btx")
        .unwrap()
        .args(["jwt", "inspect"])
        .args(arguments)
        .env("NO_COLOR", "1")
        .env("COLUMNS", "80")
        .write_stdin(format!("{token}\n"))
        .output()
        .unwrap();
    Ended {
        exit: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

impl Ended {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("{}{}", self.out, self.err))
    }

    /// What is wrong, each with its requirement.
    fn wrong(&self) -> Vec<(String, String)> {
        let findings = self.json()["findings"].as_array().unwrap().clone();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        findings
            .iter()
            .filter(|finding| finding["verdict"] == "wrong")
            .inspect(|finding| assert!(text(&finding["advice"]).len() > 10, "{finding}"))
            .map(|finding| (text(&finding["requirement"]), text(&finding["says"])))
            .collect()
    }
}

#[track_caller]
fn assert_says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "\"{part}\" is not in:\n{text}");
    }
}

/// A key of ES256 with the id `k1`.
fn key() -> SigningKey {
    let pem = include_str!("../../../spec/tests/spec/keys/es256.pem");
    SigningKey::from_pkcs8_pem(Algorithm::ES256, "k1", pem).unwrap()
}

fn header() -> Map<String, Value> {
    object(json!({ "alg": "ES256", "kid": "k1", "typ": "service+jwt" }))
}

fn claims(client: &str) -> Map<String, Value> {
    object(json!({
        "iss": client, "sub": client, "aud": AUDIENCE, "iat": NOW, "exp": NOW + 60,
        "jti": "57506b98-cf6f-42bc-be2f-891a08dbc179"
    }))
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

fn signed(header: &Map<String, Value>, claims: &Map<String, Value>) -> String {
    let text = |members: &Map<String, Value>| serde_json::to_string(members).unwrap();
    key().sign_raw(&text(header), &text(claims)).unwrap()
}

/// A folder with the document and the keys of a client, and perhaps more.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.write("client.json", &document().to_string());
        folder.write("keys.json", &keys().to_string());
        folder
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Inspects a JWT by these files, at the time of the tests, as JSON.
    fn inspect(&self, token: &str, more: &[&str]) -> Ended {
        let (document, keys) = (self.path("client.json"), self.path("keys.json"));
        let now = (NOW + 10).to_string();
        let arguments = [
            "--document",
            document.to_str().unwrap(),
            "--keys",
            keys.to_str().unwrap(),
            "--offline",
            "--at",
            &now,
            "--json",
        ];
        inspect(token, &[&arguments, more].concat())
    }
}

fn document() -> Value {
    json!({
        "client_id": CLIENT, "client_name": "Orders",
        "jwks_uri": "https://shop.example/services/orders-keys.json"
    })
}

fn keys() -> Value {
    KeySet::of(vec![key().public()]).to_json()
}
