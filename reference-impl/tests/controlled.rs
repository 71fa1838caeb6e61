//! The program under control: both roles in a process of their own, told what to do from outside.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use btx_reference::local_ca::LocalCa;
use serde_json::{Value, json};

/// The program, until it is dropped.
struct Program {
    child: Child,
    control: String,
}

impl Program {
    /// Starts it and waits until it says where its control is.
    fn start(role: &str, config: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_btx-reference"))
            .args([role, "--config"])
            .arg(config)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let control = lines.by_ref().find_map(|line| {
            let event: Value = serde_json::from_str(&line.unwrap()).unwrap();
            let is_it = event["message"].as_str()?.starts_with("control is on");
            assert!(!is_it || event["level"] == "WARN", "{event}");
            is_it.then(|| event["address"].as_str().unwrap().to_owned())
        });
        // The log is taken to its end, or the program would block on a full pipe.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Self {
            child,
            control: format!("http://{}/", control.unwrap()),
        }
    }

    async fn told(&self, order: Value) -> Value {
        let request = reqwest::Client::new().post(&self.control).json(&order);
        request.send().await.unwrap().json().await.unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A configuration for a server that is its own partner, and its own issuer.
fn write_config(folder: &Path, port: u16, admin: u16) -> PathBuf {
    let ca = LocalCa::new("laboratory").unwrap();
    let (certificate, key) = ca.issue_pem(&["own.test"]).unwrap();
    let own = format!("https://own.test:{port}");
    let peers = json!([{
        "name": "self",
        "identifier": own,
        "receives": format!("{own}/receive"),
        "token_lifetime": "4s",
        "asynchronous": true,
        "token_call": format!("{own}/btx/token-call"),
        "token_issue": [format!("{own}/receive")],
    }]);
    let config = format!(
        "identifier = \"{own}\"\n\
         listen = {{ protocol = \"127.0.0.1:{port}\", admin = \"127.0.0.1:{admin}\" }}\n\
         control = {{ listen = \"127.0.0.1:0\" }}\n\
         tls = {{ certificate = \"certificate.pem\", key = \"key.pem\" }}\n\
         store = {{ path = \"memory\" }}\n\
         issuer = {{ partners_file = \"peers.json\" }}\n\
         initiator = {{ issuers_file = \"peers.json\" }}\n\
         log = {{ format = \"json\" }}\n\
         [outbound]\n\
         system_trust = false\n\
         trust = [\"ca.pem\"]\n\
         public_networks = [\"127.0.0.1\"]\n\
         resolve = {{ \"own.test:{port}\" = \"127.0.0.1:{port}\" }}\n"
    );
    for (name, text) in [
        ("certificate.pem", certificate.as_str()),
        ("key.pem", key.as_str()),
        ("ca.pem", ca.pem()),
        ("peers.json", &peers.to_string()),
        ("own.toml", &config),
    ] {
        std::fs::write(folder.join(name), text).unwrap();
    }
    folder.join("own.toml")
}

/// A port that nobody listens at.
fn free_port() -> u16 {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    free.local_addr().unwrap().port()
}

#[tokio::test]
async fn both_roles_do_what_they_are_told_and_nothing_by_themselves() {
    let folder = tempfile::tempdir().unwrap();
    let (port, admin) = (free_port(), free_port());
    let program = Program::start("both", &write_config(folder.path(), port, admin));
    let own = format!("https://own.test:{port}");
    let use_token = |id: u64| {
        let url = format!("{own}/api/whoami");
        json!({ "id": id, "verb": "use", "peer": "self", "issuer": own, "url": url })
    };
    let token_call = format!("{own}/btx/token-call");
    let start = json!({
        "id": 2, "verb": "start", "peer": "self", "issuer": own, "token_call": token_call,
    });

    let before = program.told(use_token(1)).await;
    assert_eq!(
        before,
        json!({ "id": 1, "token_sent": false, "status": 401 })
    );
    let started = program.told(start).await;
    assert_eq!(started, json!({ "id": 2, "outcome": "active" }));
    let after = program.told(use_token(3)).await;
    assert_eq!(after, json!({ "id": 3, "token_sent": true, "status": 200 }));

    // One exchange was asked for, and there was one.
    let metrics = reqwest::get(format!("http://127.0.0.1:{admin}/metrics")).await;
    let metrics = metrics.unwrap().text().await.unwrap();
    for line in [
        "btx_token_calls_total{outcome=\"admitted\"} 1\n",
        "btx_initiated_exchanges_total{ending=\"active\"} 1\n",
    ] {
        assert!(metrics.contains(line), "{line} is not in:\n{metrics}");
    }
}

#[tokio::test]
async fn an_issuer_alone_registers_and_has_nothing_to_start() {
    let folder = tempfile::tempdir().unwrap();
    let (port, admin) = (free_port(), free_port());
    let program = Program::start("issuer", &write_config(folder.path(), port, admin));
    let shop = json!({
        "name": "shop",
        "identifier": "https://shop.example",
        "receives": "https://shop.example/in",
    });
    let order = json!({ "id": 1, "verb": "peers", "register": [shop] });
    let expected = json!({ "id": 1, "registered": ["shop"], "refused": [] });
    assert_eq!(program.told(order).await, expected);
    let order = json!({ "id": 2, "verb": "start", "peer": "self", "issuer": "", "token_call": "" });
    let expected = json!({ "id": 2, "error": "there is no initiator here" });
    assert_eq!(program.told(order).await, expected);
}
