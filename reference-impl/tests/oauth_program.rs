//! The roles of OAuth as people start them: programs with a configuration file each, over real HTTPS.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod lab;

use std::net::SocketAddr;
use std::process::Stdio;

use btx_reference::local_ca::LocalCa;
use lab::program::{Running, program, said, wait_for};
use serde_json::{Value, json};

/// A laboratory with an authorization server, a resource and a client, each a program with a file of its
/// own.
struct Lab {
    folder: tempfile::TempDir,
    resolve: String,
}

const SECRET: &str = "rutabagas-by-the-thousand";

impl Lab {
    fn new() -> Self {
        let lab = Self {
            folder: tempfile::tempdir().unwrap(),
            resolve: String::new(),
        };
        let ca = LocalCa::new("laboratory").unwrap();
        lab.write("ca.pem", ca.pem());
        for name in ["farm.test", "api.test"] {
            let (certificate, key) = ca.issue_pem(&[name]).unwrap();
            lab.write(&format!("{name}.pem"), &certificate);
            lab.write(&format!("{name}.key"), &key);
        }
        let signing = rcgen::KeyPair::generate().unwrap();
        lab.write("signing.pem", &signing.serialize_pem());
        lab.write("shop.secret", &format!("{SECRET}\n"));
        lab.write("api.secret", "turnips-by-the-thousand\n");
        lab
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// The file of a program under this name, with these sections.
    fn config(&self, name: &str, sections: &str) -> std::path::PathBuf {
        let file = format!("{name}.toml");
        let resolve = &self.resolve;
        self.write(
            &file,
            &format!(
                "identifier = \"https://{name}\"\n\
                 listen = {{ protocol = \"127.0.0.1:0\" }}\n\
                 tls = {{ certificate = \"{name}.pem\", key = \"{name}.key\" }}\n\
                 log = {{ format = \"json\" }}\n\
                 outbound = {{ system_trust = false, trust = [\"ca.pem\"], \
                 public_networks = [\"127.0.0.0/8\"], resolve = {{ {resolve} }} }}\n\
                 {sections}"
            ),
        );
        self.folder.path().join(file)
    }

    /// Starts a server under this name, and lets the others find it.
    fn start(&mut self, command: &str, name: &str, sections: &str) -> Running {
        let config = self.config(name, sections);
        let mut child = program()
            .args([command, "--config"])
            .arg(config)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let output = child.stderr.take().unwrap();
        let running = Running(child);
        let address: SocketAddr = wait_for(output, |line| {
            let event: Value = serde_json::from_str(line).unwrap();
            event["address"]
                .as_str()
                .map(|address| address.parse().unwrap())
        });
        let before = if self.resolve.is_empty() { "" } else { ", " };
        self.resolve += &format!("{before}\"{name}:443\" = \"{address}\"");
        running
    }

    fn client(&self, sections: &str, call: &str) -> (i32, String, String) {
        let config = self.config("client.test", sections);
        let mut client = program();
        client.args(["client", "--config"]).arg(config);
        said(client.args(["--once", "farm", "--call", call]))
    }
}

const SERVER: &str = r#"
[authorization_server]
resources = ["https://api.test"]
signing_key = "signing.pem"
signing_algorithm = "ES256"
signing_key_id = "k1"
client = [
    { id = "shop", secret_file = "shop.secret", scopes = "read" },
    { id = "jwt-shop", secret_file = "shop.secret", scopes = "read", tokens = "jwt" },
    { id = "api", secret_file = "api.secret", scopes = "read", introspects = true },
]
"#;

const RESOURCE: &str = r#"
[resource_server]
read_scope = "read"
write_scope = "write"
issuer = [
    { issuer = "https://farm.test", jwks = "https://farm.test/oauth/jwks", algorithms = ["ES256"] },
]
[resource_server.introspection]
issuer = "https://farm.test"
url = "https://farm.test/oauth/introspect"
id = "api"
secret_file = "api.secret"
"#;

const CLIENT: &str = r#"
[[client.server]]
name = "farm"
issuer = "https://farm.test"
id = "shop"
auth = "client_secret_basic"
secret_file = "shop.secret"
scope = "read"
api = ["https://api.test/read-resource", "https://api.test/users-only"]
"#;

#[test]
fn server_resource_and_client_work_from_their_files() {
    let mut lab = Lab::new();
    let mut server = lab.start("authorization-server", "farm.test", SERVER);
    let mut resource = lab.start("resource", "api.test", RESOURCE);
    for (client, url, status) in [
        (CLIENT.to_owned(), "https://api.test/read-resource", 200),
        (
            CLIENT.replace("basic", "post"),
            "https://api.test/read-resource",
            200,
        ),
        (
            CLIENT.replace("\"shop\"", "\"jwt-shop\""),
            "https://api.test/read-resource",
            200,
        ),
        (CLIENT.to_owned(), "https://api.test/users-only", 403),
    ] {
        let (code, told, errors) = lab.client(&client, url);
        assert_eq!(code, 0, "{errors}");
        assert!(told.starts_with("farm: token in use until 20"), "{told}");
        assert!(told.ends_with(&format!("{url}: {status}\n")), "{told}");
        assert!(!errors.contains(SECRET) && !told.contains(SECRET));
    }
    let (code, told, errors) = lab.client(CLIENT, "https://api.test/write-resource");
    assert_eq!(code, 2, "{told}");
    assert!(
        errors.contains("the token may not be shown to that URL"),
        "{errors}"
    );

    lab.write("shop.secret", "swedes-by-the-thousand");
    let (code, told, errors) = lab.client(CLIENT, "https://api.test/read-resource");
    assert_eq!((code, told.as_str()), (1, ""));
    let expected = "farm: no token: the authorization server answered 401, invalid_client";
    assert!(errors.contains(expected), "{errors}");
    assert!(server.end());
    assert!(resource.end());
}

#[tokio::test]
async fn a_client_under_control_does_what_it_is_told() {
    let mut lab = Lab::new();
    let _server = lab.start("authorization-server", "farm.test", SERVER);
    let _resource = lab.start("resource", "api.test", RESOURCE);
    let controlled = format!("control = {{ listen = \"127.0.0.1:0\" }}\n{CLIENT}");
    let mut of_control = lab;
    let _client = of_control.start("client", "client.test", &controlled);
    let (_, address) = of_control.resolve.rsplit_once(" = ").unwrap();
    let control = format!("http://{}/", address.trim_matches('"'));
    let told = async |order: Value| -> Value {
        let request = reqwest::Client::new().post(&control).json(&order);
        request.send().await.unwrap().json().await.unwrap()
    };
    let start = json!({"id": 1, "verb": "start", "peer": "farm", "issuer": "", "token_call": ""});
    assert_eq!(
        told(start.clone()).await,
        json!({"id": 1, "outcome": "active"})
    );
    let url = "https://api.test/read-resource";
    let using = json!({"id": 2, "verb": "use", "peer": "farm", "issuer": "", "url": url});
    let used = json!({"id": 2, "token_sent": true, "status": 200});
    assert_eq!(told(using).await, used);
    let elsewhere = json!({"id": 3, "verb": "use", "peer": "farm", "issuer": "",
        "url": "https://farm.test/"});
    let refused = json!({"id": 3, "error": "the token may not be shown to that URL"});
    assert_eq!(told(elsewhere).await, refused);
    of_control.write("shop.secret", "swedes-by-the-thousand");
    let failed = told(start).await;
    assert_eq!(failed["outcome"], "failed");
    let reason = failed["reason"].as_str().unwrap();
    assert!(reason.ends_with("401, invalid_client"), "{reason}");
}

#[test]
fn a_mistake_in_a_section_is_named_with_its_line() {
    let lab = Lab::new();
    lab.write("short.secret", "short");
    lab.write("keys.json", r#"{"keys":[{"kty":"oct","k":"AAAA"}]}"#);
    for (command, sections, from, to, parts) in [
        (
            "authorization-server",
            SERVER,
            "shop.secret",
            "none.secret",
            ["line 13, key `secret_file`", "none.secret cannot be read"],
        ),
        (
            "authorization-server",
            SERVER,
            "shop.secret",
            "short.secret",
            ["line 13", "a secret needs at least 20 characters"],
        ),
        (
            "authorization-server",
            SERVER,
            "secret_file = \"shop.secret\", ",
            "",
            ["line 13", "either `secret_file` or `keys`"],
        ),
        (
            "authorization-server",
            SERVER,
            "secret_file = \"shop.secret\"",
            "keys = \"keys.json\"",
            ["line 13", "no key set"],
        ),
        (
            "authorization-server",
            SERVER,
            "\"shop\"",
            "\"api\"",
            ["line 15", "registered twice"],
        ),
        (
            "authorization-server",
            SERVER,
            "signing_key = \"signing.pem\"",
            "",
            ["line 14", "no `signing_key` to sign them with"],
        ),
        (
            "authorization-server",
            SERVER,
            "signing_key_id = \"k1\"",
            "",
            ["line 9, key `signing_key`", "`signing_key_id`"],
        ),
        (
            "authorization-server",
            SERVER,
            "signing.pem",
            "shop.secret",
            ["line 9, key `signing_key`", "the key is no use"],
        ),
        (
            "authorization-server",
            SERVER,
            "[authorization_server]",
            "[[partner]]",
            ["line ", "unknown field"],
        ),
        (
            "authorization-server",
            CLIENT,
            "",
            "",
            ["there is no section", "[authorization_server]"],
        ),
        (
            "resource",
            CLIENT,
            "",
            "",
            ["there is no section", "[resource_server]"],
        ),
        (
            "client",
            RESOURCE,
            "",
            "",
            ["there is no section", "[client]"],
        ),
        (
            "resource",
            RESOURCE,
            "secret_file = \"api.secret\"",
            "",
            ["line ", "missing field `secret_file`"],
        ),
        (
            "client",
            CLIENT,
            "secret_file = \"shop.secret\"",
            "",
            ["line 7", "this `auth` needs `secret_file`"],
        ),
        (
            "client",
            CLIENT,
            "id = \"shop\"",
            "",
            ["line 7", "expected `id` and `auth`"],
        ),
        (
            "client",
            CLIENT,
            "client_secret_basic",
            "password",
            ["line 11, key `auth`", "password"],
        ),
    ] {
        assert!(sections.contains(from), "{from}");
        let config = lab.config("farm.test", &sections.replacen(from, to, 1));
        let (code, told, errors) = said(program().args([command, "--config"]).arg(config));
        assert_eq!(code, 2, "{to}: {told} {errors}");
        for part in parts {
            assert!(errors.contains(part), "{part} is not in:\n{errors}");
        }
    }
}
