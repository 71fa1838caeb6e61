//! The roles of JWTs between services as people start them: a program with a configuration file each.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod lab;

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::Stdio;

use btx_reference::local_ca::LocalCa;
use lab::program::{Running, program, said, wait_for};
use serde_json::{Value, json};

const RESOURCE: &str = r#"
[jwt_resource]
hand_out = "1m"
algorithms = ["ES256"]
[jwt_resource.server]
issuer = "https://auth.test"
jwks = "https://auth.test/oauth/jwks"
algorithms = ["ES256"]
"#;

const SERVER: &str = r#"
[authorization_server]
resources = ["https://farm.test"]
signing_key = "signing.pem"
signing_algorithm = "ES256"
signing_key_id = "k1"
[authorization_server.documents]
scopes = "read"
tokens = "jwt"
"#;

const CLIENT: &str = r#"
[jwt_client]
id = "https://shop.test/orders.json"
signing_key = "signing.pem"
signing_algorithm = "ES256"
signing_key_id = "orders-1"
[[jwt_client.peer]]
name = "farm"
resource = "https://farm.test"
api = ["https://farm.test/counter"]
[[jwt_client.peer]]
name = "by-server"
resource = "https://farm.test"
api = ["https://farm.test/by-server"]
servers = ["https://auth.test"]
"#;

/// Three programs, each at a place that all know before they are started.
struct Lab {
    folder: tempfile::TempDir,
    places: Vec<(&'static str, SocketAddr)>,
}

impl Lab {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: String, text: &str| {
            std::fs::write(folder.path().join(name), text).unwrap();
        };
        let ca = LocalCa::new("laboratory").unwrap();
        write("ca.pem".to_owned(), ca.pem());
        let mut places = Vec::new();
        for name in ["farm.test", "auth.test", "shop.test"] {
            let (certificate, key) = ca.issue_pem(&[name]).unwrap();
            write(format!("{name}.pem"), &certificate);
            write(format!("{name}.key"), &key);
            places.push((name, free()));
        }
        let signing = rcgen::KeyPair::generate().unwrap();
        write("signing.pem".to_owned(), &signing.serialize_pem());
        Self { folder, places }
    }

    fn config(&self, name: &str, sections: &str) -> PathBuf {
        let place = |(name, at): &(&str, SocketAddr)| format!("\"{name}:443\" = \"{at}\"");
        let resolve: Vec<String> = self.places.iter().map(place).collect();
        let resolve = resolve.join(", ");
        let own = self.places.iter().find(|(one, _)| *one == name);
        let listen = own.unwrap().1;
        let text = format!(
            "identifier = \"https://{name}\"\n\
             listen = {{ protocol = \"{listen}\" }}\n\
             tls = {{ certificate = \"{name}.pem\", key = \"{name}.key\" }}\n\
             outbound = {{ system_trust = false, trust = [\"ca.pem\"], \
             public_networks = [\"127.0.0.0/8\"], resolve = {{ {resolve} }} }}\n\
             {sections}"
        );
        let file = self.folder.path().join(format!("{name}.toml"));
        std::fs::write(&file, text).unwrap();
        file
    }

    fn start(&self, command: &str, name: &str, sections: &str, last: &'static str) -> Running {
        let mut child = program()
            .args([command, "--config"])
            .arg(self.config(name, sections))
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let output = child.stderr.take().unwrap();
        let running = Running(child);
        wait_for(output, |line| line.contains(last).then_some(()));
        running
    }
}

fn free() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

#[tokio::test]
async fn a_client_under_control_proves_itself_by_its_document() {
    let lab = Lab::new();
    let control = free();
    let controlled = format!("control = {{ listen = \"{control}\" }}\n{CLIENT}");
    let mut resource = lab.start("jwt-resource", "farm.test", RESOURCE, "ready");
    let mut server = lab.start("authorization-server", "auth.test", SERVER, "ready");
    let mut client = lab.start("jwt-client", "shop.test", &controlled, "control is on");
    let told = async |order: Value| -> Value {
        let request = reqwest::Client::new().post(format!("http://{control}/"));
        let answer = request.json(&order).send().await.unwrap();
        answer.json().await.unwrap()
    };
    let using = |peer: &str, path: &str| {
        let url = format!("https://farm.test{path}");
        json!({"id": 1, "verb": "use", "peer": peer, "issuer": "", "url": url})
    };
    let used = json!({"id": 1, "token_sent": true, "status": 200});
    assert_eq!(told(using("farm", "/counter")).await, used);
    // What was handed out is what opens it now.
    assert_eq!(told(using("farm", "/counter")).await, used);
    let rotated = told(json!({"id": 2, "verb": "rotate"})).await;
    assert_ne!(rotated["kid"].as_str().unwrap(), "orders-1");
    let by_server = using("by-server", "/by-server/counter");
    assert_eq!(told(by_server.clone()).await, used);
    assert!(server.end());
    // The token is held, and the resource holds the key of the server.
    assert_eq!(told(by_server).await, used);
    let elsewhere = told(using("farm", "/by-server/counter")).await;
    assert_eq!(elsewhere["error"], "the URL is not one of that resource");
    assert!(resource.end());
    let gone = told(using("by-server", "/by-server/counter")).await;
    assert_eq!(gone, json!({"id": 1, "token_sent": false, "status": null}));
    assert!(client.end());
}

#[test]
fn a_mistake_is_shown_where_it_is() {
    let lab = Lab::new();
    for (command, from, to, expected) in [
        (
            "jwt-client",
            "https://shop.test/orders",
            "https://farm.test/orders",
            "expected a URL of the origin of `identifier`",
        ),
        ("jwt-client", "/orders.json", "", "it has no path"),
        (
            "jwt-client",
            "\"by-server\"",
            "\"farm\"",
            "this name is given twice",
        ),
        ("jwt-client", "signing_key_id", "# ", "a signing key needs"),
        (
            "jwt-resource",
            "hand_out = \"1m\"",
            "hand_out = 60",
            "expected a duration",
        ),
        (
            "jwt-resource",
            "hand_out = \"1m\"",
            "identifier = \"https://farm.test/api\"",
            "expected an https URL without a path",
        ),
    ] {
        let sections = format!("{RESOURCE}{CLIENT}");
        assert!(sections.contains(from), "{from}");
        let config = lab.config("shop.test", &sections.replacen(from, to, 1));
        let (code, _, errors) = said(program().args([command, "--config"]).arg(config));
        assert_eq!(code, 2, "{to}: {errors}");
        assert!(errors.contains(expected), "{to}: {errors}");
        assert!(errors.contains(", line "), "{to}: {errors}");
    }
    let config = lab.config("shop.test", SERVER);
    let (code, _, errors) = said(program().args(["jwt-client", "--config"]).arg(config));
    assert_eq!(code, 2, "{errors}");
    assert!(
        errors.contains("there is no section [jwt_client]"),
        "{errors}"
    );
}
