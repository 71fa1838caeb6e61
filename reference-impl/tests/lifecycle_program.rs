//! The roles of sessions as people start them: a program with a configuration file each.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod lab;

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::Stdio;

use btx_reference::lifecycle::issuer::{HashCost, Password};
use btx_reference::local_ca::LocalCa;
use btx_reference::random::SystemRandom;
use lab::program::{Running, program, said, wait_for};
use serde_json::{Value, json};

const COST: HashCost = HashCost {
    memory: 8,
    passes: 1,
};

const RESOURCE: &str = r#"
[[session_resource.signer]]
identifier = "https://farm.test"
key_set = "https://farm.test/keys"
algorithms = ["ES256"]
"#;

const CALLER: &str = r#"
[session_caller]
[[session_caller.peer]]
name = "farm"
issuer = "https://farm.test"
login = "https://farm.test/login"
api = ["https://farm.test/api", "https://mill.test/api"]
account = "anna"
password_file = "anna.password"
"#;

fn issuer(account: &str, password: &str) -> String {
    let hash = Password::of(password, COST, &SystemRandom).unwrap();
    format!(
        "[session_issuer]\naudience = \"https://mill.test\"\nalgorithm = \"ES256\"\n\
         password_cost = {{ memory = 8, passes = 1 }}\n\
         [[session_issuer.account]]\nname = \"{account}\"\npassword_hash = \"{hash}\"\n"
    )
}

/// The key of RFC 7515 appendix A.3.
fn key(kid: &str) -> Value {
    json!({
        "kty": "EC", "crv": "P-256", "alg": "ES256", "kid": kid,
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        "d": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
    })
}

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
        write("anna.password".to_owned(), "pa55 wörd\n");
        let mut places = Vec::new();
        for name in ["farm.test", "mill.test", "shop.test"] {
            let (certificate, key) = ca.issue_pem(&[name]).unwrap();
            write(format!("{name}.pem"), &certificate);
            write(format!("{name}.key"), &key);
            places.push((name, free()));
        }
        Self { folder, places }
    }

    fn config(&self, name: &str, control: Option<SocketAddr>, sections: &str) -> PathBuf {
        let place = |(name, at): &(&str, SocketAddr)| format!("\"{name}:443\" = \"{at}\"");
        let resolve: Vec<String> = self.places.iter().map(place).collect();
        let resolve = resolve.join(", ");
        let own = self.places.iter().find(|(one, _)| *one == name);
        let listen = own.unwrap().1;
        let control = control.map(|at| format!("control = {{ listen = \"{at}\" }}\n"));
        let text = format!(
            "identifier = \"https://{name}\"\n\
             listen = {{ protocol = \"{listen}\" }}\n\
             tls = {{ certificate = \"{name}.pem\", key = \"{name}.key\" }}\n\
             outbound = {{ system_trust = false, trust = [\"ca.pem\"], \
             public_networks = [\"127.0.0.0/8\"], resolve = {{ {resolve} }} }}\n\
             {}{sections}",
            control.unwrap_or_default()
        );
        let file = self.folder.path().join(format!("{name}.toml"));
        std::fs::write(&file, text).unwrap();
        file
    }

    fn start(&self, command: &str, config: PathBuf, last: &'static str) -> Running {
        let mut child = program()
            .args([command, "--config"])
            .arg(config)
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

async fn told(control: SocketAddr, order: Value) -> Value {
    let request = reqwest::Client::new().post(format!("http://{control}/"));
    let answer = request.json(&order).send().await.unwrap();
    answer.json().await.unwrap()
}

#[tokio::test]
async fn a_caller_under_control_goes_on_while_the_keys_rotate() {
    let lab = Lab::new();
    let (at_farm, at_shop) = (free(), free());
    let farm = lab.config("farm.test", Some(at_farm), &issuer("anna", "pa55 wörd"));
    let mut farm = lab.start("session-issuer", farm, "control is on");
    let mill = lab.config("mill.test", None, RESOURCE);
    let mut mill = lab.start("session-resource", mill, "ready");
    let shop = lab.config("shop.test", Some(at_shop), CALLER);
    let mut shop = lab.start("session-caller", shop, "control is on");
    let using = async |url: &str| {
        let order = json!({"id": 1, "verb": "use", "peer": "farm", "issuer": "", "url": url});
        told(at_shop, order).await
    };
    let status = |status: u16| json!({"id": 1, "token_sent": true, "status": status});
    let (api, elsewhere) = ("https://farm.test/api/whoami", "https://mill.test/api/read");
    assert_eq!(using(api).await, status(200));
    assert_eq!(using(elsewhere).await, status(200));

    // The bearer of the old key is replaced by the first answer.
    let rotated = told(at_farm, json!({"id": 2, "verb": "rotate"})).await;
    assert!(rotated["kid"].is_string(), "{rotated}");
    assert_eq!(using(api).await, status(200));
    assert_eq!(using(elsewhere).await, status(200));

    // After an emergency nothing that was issued opens anything, and the next call logs in.
    let named = "https://farm.test";
    let urgent = json!({
        "id": 3, "verb": "rotate", "issuer": named, "urgent": true, "key": key("given-1"),
    });
    assert_eq!(
        told(at_farm, urgent.clone()).await,
        json!({"id": 3, "kid": "given-1"})
    );
    assert_eq!(using(api).await, status(401));
    assert_eq!(using(api).await, status(200));

    let error = |answer: &Value, part: &str| {
        let error = answer["error"].as_str().unwrap_or_default();
        assert!(error.contains(part), "{answer}");
    };
    error(&told(at_farm, urgent).await, "a key of that name");
    let weak = json!({"id": 3, "verb": "rotate", "key": {"kty": "oct", "kid": "x", "k": "AAAA"}});
    error(&told(at_farm, weak).await, "no key to sign with");
    let nobody = json!({"id": 3, "verb": "rotate", "issuer": "https://mill.test"});
    error(&told(at_farm, nobody).await, "nobody");
    error(
        &using("https://farm.test/login").await,
        "not one of that issuer",
    );
    assert!(farm.end() && mill.end() && shop.end());
}

#[tokio::test]
async fn a_password_that_is_wrong_opens_no_session() {
    let lab = Lab::new();
    let control = free();
    let farm = lab.config("farm.test", None, &issuer("anna", "another"));
    let _farm = lab.start("session-issuer", farm, "ready");
    let shop = lab.config("shop.test", Some(control), CALLER);
    let _shop = lab.start("session-caller", shop, "control is on");
    let url = "https://farm.test/api/whoami";
    let order = json!({"id": 1, "verb": "use", "peer": "farm", "issuer": "", "url": url});
    let nothing = json!({"id": 1, "token_sent": false, "status": null});
    assert_eq!(told(control, order).await, nothing);
}

#[test]
fn mistakes_in_the_configuration_are_told() {
    let lab = Lab::new();
    let mistake = |command: &str, sections: &str, part: &str| {
        let config = lab.config("farm.test", None, sections);
        let (code, _, text) = said(program().args([command, "--config"]).arg(config));
        assert_eq!(code, 2, "{text}");
        assert!(text.contains(part), "{text}");
    };
    let good = issuer("anna", "pa55");
    for command in ["session-issuer", "session-resource", "session-caller"] {
        mistake(command, "", "there is no section [session_");
    }
    let twice =
        format!("{good}[[session_issuer.account]]\nname = \"anna\"\npassword_hash = \"\"\n");
    mistake("session-issuer", &twice, "this name is given twice");
    let other_hash = good.replace("argon2id", "argon2i");
    mistake("session-issuer", &other_hash, "no Argon2id hash");
    let costless = good.replace("memory = 8", "memory = 0");
    mistake("session-issuer", &costless, "cannot have that cost");
    let unknown = good.replace("ES256", "none");
    mistake("session-issuer", &unknown, "\"HS512\"");
    let quoted = good.replace("algorithm", "realm = 'a\"b'\nalgorithm");
    mistake("session-issuer", &quoted, "without quotes");
    mistake(
        "session-resource",
        &format!("{RESOURCE}{RESOURCE}"),
        "trusted twice",
    );
    let away = CALLER.replace("https://farm.test/login", "https://mill.test/login");
    mistake("session-caller", &away, "a URL of its origin");
    let missing = CALLER.replace("anna.password", "bert.password");
    mistake("session-caller", &missing, "cannot be read");
}
