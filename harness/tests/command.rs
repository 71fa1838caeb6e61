//! The command as users run it: messages, exit codes, reports.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use assert_cmd::Command;
use btx_harness::{embedded, target::Target};
use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    path::Path,
    time::Duration,
};

fn btx(arguments: &[&str]) -> (i32, String) {
    let output = Command::cargo_bin("btx")
        .unwrap()
        .args(arguments)
        .env("NO_COLOR", "1")
        .timeout(Duration::from_secs(120))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    (output.status.code().unwrap_or(-1), text)
}

/// A folder with what `btx init` writes for an issuer at that URL.
fn initialised(url: &str, more: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().display().to_string();
    let call = format!("{url}/btx/token-call");
    let resource = format!("{url}/api/whoami");
    let arguments = [
        &[
            "init",
            "--dir",
            &dir,
            "--issuer",
            url,
            "--token-call",
            &call,
            "--resource",
            &resource,
        ],
        more,
    ]
    .concat();
    let (exit, text) = btx(&arguments);
    assert_eq!(exit, 0, "{text}");
    folder
}

fn check(folder: &tempfile::TempDir) -> (i32, String) {
    btx(&[
        "check",
        "--target",
        &folder.path().join("target.toml").display().to_string(),
    ])
}

fn edit(folder: &tempfile::TempDir, from: &str, to: &str) {
    let path = folder.path().join("target.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{from} in {text}");
    std::fs::write(path, text.replacen(from, to, 1)).unwrap();
}

fn assert_says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "\"{part}\" is not in:\n{text}");
    }
}

#[test]
fn the_reference_is_conformant_and_the_reports_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("btx.jsonl");
    let junit = folder.path().join("btx.xml");
    let reports = format!("json={},junit={}", json.display(), junit.display());
    let (exit, text) = btx(&["--report", &reports, "--seed", "1"]);
    assert_eq!(exit, 0, "{text}");
    assert_says(&text, &["conformant: every MUST", "0 failed", "(seed 1)"]);
    assert!(!text.contains('\u{1b}'), "colour in a pipe");
    let last = std::fs::read_to_string(&json)
        .unwrap()
        .lines()
        .last()
        .unwrap()
        .to_owned();
    let summary: serde_json::Value = serde_json::from_str(&last).unwrap();
    assert_eq!(summary["type"], "summary");
    assert_eq!(summary["verdict"], "conformant");
    assert_eq!(summary["exit"], 0);
    let xml = std::fs::read_to_string(&junit).unwrap();
    assert_says(
        &xml,
        &["<testsuite ", "classname=\"features/exchange/issuer/"],
    );
}

#[test]
fn a_selection_that_matches_nothing_is_bad_usage() {
    for arguments in [
        ["--only", "EX-ISS-999"],
        ["--skip", "turnips"],
        ["--role", "farmer"],
    ] {
        let (exit, text) = btx(&arguments);
        assert_eq!(exit, 2, "{text}");
        assert_says(&text, &["matches no scenario", arguments[1]]);
    }
}

#[test]
fn nothing_to_run_is_not_green() {
    let (exit, text) = btx(&["--only", "EX-ISS-012", "--skip", "EX-ISS-012"]);
    assert_eq!(exit, 4, "{text}");
}

#[test]
fn only_what_is_not_claimed_is_not_green() {
    let (exit, text) = btx(&["--only", "EX-ISS-082"]);
    assert_eq!(exit, 4, "{text}");
    assert_says(&text, &["the target claims async"]);
}

#[test]
fn a_list_runs_nothing() {
    let (exit, text) = btx(&["check", "--list", "--only", "features/**/json.feature"]);
    assert_eq!(exit, 0, "{text}");
    assert_says(
        &text,
        &["json.feature:", "[HT-ANY-008 EX-ISS-013]", "scenarios"],
    );
}

#[test]
fn init_leaves_what_is_there() {
    let folder = initialised("https://127.0.0.1:1", &[]);
    let before = std::fs::read_to_string(folder.path().join("target.toml")).unwrap();
    let (exit, text) = btx(&["init", "--dir", &folder.path().display().to_string()]);
    assert_eq!(exit, 2, "{text}");
    assert_says(&text, &["is there already"]);
    assert_eq!(
        before,
        std::fs::read_to_string(folder.path().join("target.toml")).unwrap()
    );
}

#[test]
fn init_writes_the_authority_alone() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("lab");
    let (exit, text) = btx(&["init", "--only-ca", "--dir", &dir.display().to_string()]);
    assert_eq!(exit, 0, "{text}");
    let mut names: Vec<_> = std::fs::read_dir(&dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["lab-ca.key", "lab-ca.pem"]);
}

#[test]
fn init_certifies_a_host_beside_the_authority() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("lab");
    let (exit, text) = btx(&[
        "init",
        "--only-ca",
        "--host",
        "127.0.0.1,counter.test",
        "--dir",
        &dir.display().to_string(),
    ]);
    assert_eq!(exit, 0, "{text}");
    let certificate = CertificateDer::from_pem_file(dir.join("target.pem")).unwrap();
    // As a subject alternative name has them: an address in four octets, and a name.
    for host in [&[0x87, 4, 127, 0, 0, 1][..], b"counter.test"] {
        let mut places = certificate.windows(host.len());
        assert!(places.any(|place| place == host), "{host:?}");
    }
}

#[cfg(unix)]
#[test]
fn the_key_of_the_lab_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = initialised("https://127.0.0.1:1", &[]);
    let mode = folder
        .path()
        .join("lab-ca.key")
        .metadata()
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn mistakes_in_a_target_file_name_line_key_and_an_example() {
    let mistakes = [
        (
            "claims  =",
            "clams =",
            "target.clams",
            "unknown field `clams`",
            "claims = [",
        ),
        (
            "\"10s\"",
            "\"10\"",
            "target.limits.exchange_deadline",
            "a time between",
            "exchange_deadline = \"10s\"",
        ),
        (
            "\"10s\"",
            "10",
            "target.exchange_deadline",
            "a string",
            "exchange_deadline = \"10s\"",
        ),
        (
            "parallel_per_peer = 4",
            "parallel_per_peer = 1",
            "parallel_per_peer",
            "4 or more",
            "parallel_per_peer = 4",
        ),
        (
            "[\"exchange/issuer\"]",
            "[]",
            "target.claims",
            "no claim",
            "exchange/issuer",
        ),
        (
            "[\"exchange/issuer\"]",
            "[\"exchange/isuer\"]",
            "target.claims",
            "unknown variant",
            "exchange/issuer",
        ),
        (
            "identifier = \"https://127.0.0.1:1\"",
            "identifier = \"HTTPS://127.0.0.1:1\"",
            "issuer.identifier",
            "an identifier",
            "https://issuer.example",
        ),
        (
            "https://127.0.0.1:1/btx",
            "http://127.0.0.1:1/btx",
            "issuer.token_call",
            "plain_http = true",
            "token_call = [",
        ),
        (
            "kind = \"good\"",
            "kind = \"goood\"",
            "peer.kind",
            "one of `good`",
            "kind = \"good\"",
        ),
        (
            "127.0.0.1:9443/b1/token-issue",
            "127.0.0.2:9443/b1/token-issue",
            "peer.receives",
            "scheme, host and port",
            "receives",
        ),
        (
            "name = \"b2\"",
            "name = \"b1\"",
            "peer.name",
            "a second peer",
            "name",
        ),
        (
            "[harness]",
            "[harnes]",
            "harnes",
            "unknown field",
            "[harness]",
        ),
        (
            "listen = \"127.0.0.1:9443\"",
            "listen = \"here\"",
            "harness.listen",
            "socket address",
            "listen = \"127.0.0.1:9443\"",
        ),
        (
            "name    = \"My implementation\"",
            "name    = My implementation",
            "name",
            "",
            "name",
        ),
        (
            "\n[harness]",
            "\n[control]\nurl = \"http://192.0.2.7/\"\nverbs = [\"start\"]\n[harness]",
            "control.url",
            "on loopback",
            "http://127.0.0.1:9101/",
        ),
        (
            "\n[harness]",
            "\n[control]\nverbs = [\"start\"]\n[harness]",
            "control",
            "either a url or a command",
            "[control]",
        ),
        (
            "\n[harness]",
            "\n[control]\nurl = \"http://127.0.0.1:1/\"\nverbs = [\"begin\"]\n[harness]",
            "control.verbs",
            "one of `start`",
            "verbs = [",
        ),
        (
            "\n[harness]",
            "\n[initiator]\nidentifier = \"https://127.0.0.1:1\"\n[harness]",
            "initiator.start",
            "something has to set the initiator off",
            "start = {",
        ),
        (
            "[\"127.0.0.1/32\"]",
            "[\"lab\"]",
            "harness.public_networks",
            "a network such as",
            "public_networks = [",
        ),
        (
            "public_networks =",
            "canaries = [\"127.0.0.1\"]\npublic_networks =",
            "harness.canaries",
            "outside of the networks",
            "canaries = [",
        ),
        (
            "public_networks =",
            "canaries = [\"8.8.8.8\"]\npublic_networks =",
            "harness.canaries",
            "a special-use address",
            "canaries = [",
        ),
    ];
    for (from, to, key, why, example) in mistakes {
        let folder = initialised("https://127.0.0.1:1", &[]);
        edit(&folder, from, to);
        let (exit, text) = check(&folder);
        assert_eq!(exit, 2, "{to}: {text}");
        assert_says(&text, &["target.toml:", key, why, "example", example]);
    }
}

#[test]
fn a_target_that_is_not_there_is_not_reachable() {
    // A port that the system gives to nobody of its own accord.
    let folder = initialised("https://127.0.0.1:1", &[]);
    let (exit, text) = check(&folder);
    assert_eq!(exit, 3, "{text}");
    assert_says(&text, &["cannot be reached", "is it started?"]);
}

#[test]
fn plain_http_is_said_so() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().take(2) {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 100]);
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        }
    });
    let folder = initialised(&format!("https://127.0.0.1:{port}"), &[]);
    let (exit, text) = check(&folder);
    assert_eq!(exit, 3, "{text}");
    assert_says(&text, &["does not speak TLS", "plain_http = true"]);
}

/// Writes the target file of an implementation that is running already.
fn target_file(folder: &Path, target: &Target, ca: Option<&str>) -> String {
    std::fs::write(folder.join("their-ca.pem"), &target.trust).unwrap();
    std::fs::write(
        folder.join("lab-ca.pem"),
        &target.harness.authority.certificate,
    )
    .unwrap();
    std::fs::write(folder.join("lab-ca.key"), &target.harness.authority.key).unwrap();
    let ca = ca.map_or(String::new(), |ca| format!("ca = \"{ca}\""));
    let connect: Vec<String> = target
        .connect
        .iter()
        .map(|(k, v)| format!("{k:?} = {v:?}"))
        .collect();
    let peer = &target.peers[0];
    let issuer = target.issuer.as_ref().unwrap();
    let text = format!(
        "[target]\nname = \"x\"\nclaims = [\"exchange/issuer\"]\n{ca}\nconnect = {{ {} }}\n\
         [issuer]\nidentifier = \"{}\"\ntoken_call = [\"{}\"]\nresource = [\"{}\"]\n\
         [harness]\nlisten = \"{}\"\nca = \"lab-ca.pem\"\nca_key = \"lab-ca.key\"\n\
         [[peer]]\nname = \"b1\"\nkind = \"good\"\nas_initiator = {{ identifier = \"{}\", receives = \"{}\" }}\n",
        connect.join(", "),
        issuer.identifier,
        issuer.token_call[0],
        issuer.resource[0],
        target.harness.listen,
        peer.identifier,
        peer.receives,
    );
    let path = folder.join("target.toml");
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_file_examines_what_is_running() {
    let mut running = embedded::start().await.unwrap();
    running.sockets = Default::default();
    let folder = tempfile::tempdir().unwrap();
    let file = target_file(folder.path(), &running.target, Some("their-ca.pem"));
    let run = move |more: &'static [&'static str]| {
        let file = file.clone();
        tokio::task::spawn_blocking(move || btx(&[&["check", "--target", &file], more].concat()))
    };
    let (exit, text) = run(&["--only", "versions.feature"]).await.unwrap();
    assert_eq!(exit, 0, "{text}");
    // One peer is not enough for two initiators, and that is no green run.
    let (exit, text) = run(&["--only", "EX-ISS-018"]).await.unwrap();
    assert_eq!(exit, 6, "{text}");
    assert_says(
        &text,
        &[
            "it needs 2 peer(s) of the kind good, and there are 1",
            "MUSTs not exercised: EX-ISS-018",
        ],
    );
    let (exit, text) = run(&["--only", "EX-ISS-018", "--allow-incomplete"])
        .await
        .unwrap();
    assert_eq!(exit, 0, "{text}");
    assert_says(&text, &["incomplete"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_authority_is_said_so() {
    let mut running = embedded::start().await.unwrap();
    running.sockets = Default::default();
    let folder = tempfile::tempdir().unwrap();
    let file = target_file(folder.path(), &running.target, None);
    let (exit, text) = tokio::task::spawn_blocking(move || btx(&["check", "--target", &file]))
        .await
        .unwrap();
    assert_eq!(exit, 3, "{text}");
    assert_says(&text, &["is not trusted", "[target] ca = "]);
}

#[test]
fn a_known_failure_that_does_not_fail_is_stale() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("known.toml");
    std::fs::write(
        &file,
        "[[known_failure]]\nid = \"EX-ISS-101\"\nreason = \"seen last year\"\n",
    )
    .unwrap();
    let known = file.display().to_string();
    let (exit, text) = btx(&["--only", "versions.feature", "--known-failures", &known]);
    assert_eq!(exit, 1, "{text}");
    assert_says(&text, &["stale known failure: EX-ISS-101 (line 2)"]);
}

#[test]
fn a_known_failure_that_means_nothing_is_bad_usage() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("known.toml");
    for (text, why) in [
        (
            "[[known_failure]]\nid = \"EX-ISS-999\"\nreason = \"x\"\n",
            "means no scenario",
        ),
        (
            "[[known_failure]]\nid = \"EX-ISS-101\"\nreason = \" \"\n",
            "no reason",
        ),
        ("[[known_failures]]\nid = \"EX-ISS-101\"\n", "unknown field"),
    ] {
        std::fs::write(&file, text).unwrap();
        let (exit, said) = btx(&["--known-failures", &file.display().to_string()]);
        assert_eq!(exit, 2, "{said}");
        assert_says(&said, &["known.toml", why, "example"]);
    }
}
