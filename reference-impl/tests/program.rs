//! The program as people use it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use assert_cmd::Command;

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_btx-reference"))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn config_prints_the_commented_configuration() {
    let output = program().arg("config").assert().success();
    let checked_in = include_str!("../reference.toml");
    assert_eq!(text(&output.get_output().stdout), checked_in);
}

#[test]
fn a_bad_configuration_is_exit_2_and_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("my.toml");
    let bad = include_str!("../reference.toml").replace(
        "exchange_deadline = \"10s\"",
        "exchange_deadline = \"soon\"",
    );
    std::fs::write(&path, bad).unwrap();
    let output = program()
        .args(["issuer", "--config"])
        .arg(&path)
        .assert()
        .code(2);
    let told = text(&output.get_output().stderr);
    for part in [
        "my.toml, line ",
        "key `exchange_deadline`",
        "expected a duration such as \"500ms\"",
        "example: exchange_deadline = \"10s\"",
    ] {
        assert!(told.contains(part), "{part} is not in:\n{told}");
    }
}

#[test]
fn what_a_configuration_needs_from_elsewhere_is_named_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("my.toml");
    let whole = include_str!("../reference.toml");
    std::fs::write(&path, whole).unwrap();
    let output = program()
        .args(["issuer", "--config"])
        .arg(&path)
        .assert()
        .code(2);
    let told = text(&output.get_output().stderr);
    assert!(told.contains("key `certificate`"), "{told}");
    assert!(told.contains("certificate.pem cannot be read"), "{told}");

    let missing = folder.path().join("none.toml");
    let output = program()
        .args(["initiator", "--config"])
        .arg(&missing)
        .assert()
        .code(2);
    assert!(text(&output.get_output().stderr).contains("none.toml"));
}

#[test]
fn the_story_ends_well_and_keeps_its_secrets() {
    let output = program().arg("rutabaga").assert().success();
    let told = text(&output.get_output().stdout);
    let in_order = [
        "401",
        "/btx/token-call",
        "/btx/from-the-farm",
        "authorization: Bearer ",
        "5000 × excellent rutabaga to 7 Turnip Lane, New Orleans",
    ];
    let mut rest = told.as_str();
    for part in in_order {
        let Some((_, after)) = rest.split_once(part) else {
            panic!("{part} is missing, or not in its place:\n{told}");
        };
        rest = after;
    }
    // No member of a message shows more than the beginning of a secret.
    for name in ["hmac_key:", "bearer_token:", "signature:", "authorization:"] {
        for line in told.lines().filter(|line| line.contains(name)) {
            assert!(line.contains('…'), "{line}");
        }
    }
    assert!(!told.contains('\u{1b}'), "colours in a pipe");
}

/// What the program says to this configuration, with these peers in `peers.json` beside it.
fn told_about(role: &str, config: &str, peers: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("peers.json"), peers).unwrap();
    let path = folder.path().join("my.toml");
    std::fs::write(&path, config).unwrap();
    let output = program().args([role, "--config"]).arg(&path).assert();
    text(&output.code(2).get_output().stderr)
}

#[test]
fn control_is_for_this_machine_only() {
    let whole = include_str!("../reference.toml");
    let off = "# [control]\n# listen = \"127.0.0.1:9101\"";
    assert!(whole.contains(off));
    for (role, address) in [
        ("issuer", "0.0.0.0:9101"),
        ("initiator", "[::]:9101"),
        ("both", "192.168.1.7:9101"),
    ] {
        let on = format!("[control]\nlisten = \"{address}\"");
        let told = told_about(role, &whole.replace(off, &on), "[]");
        for part in [
            "my.toml, line ",
            "key `listen`",
            "expected a loopback address",
            "example: listen = \"127.0.0.1:9101\"",
        ] {
            assert!(told.contains(part), "{part} is not in:\n{told}");
        }
    }
    // On an address of this machine the next thing is amiss.
    for address in ["127.0.0.2:0", "[::1]:0"] {
        let on = format!("[control]\nlisten = \"{address}\"");
        let told = told_about("both", &whole.replace(off, &on), "[]");
        assert!(told.contains("certificate.pem cannot be read"), "{told}");
    }
}

#[test]
fn a_mistake_in_the_file_of_peers_is_named() {
    let whole = include_str!("../reference.toml");
    let files = whole
        .replace("# issuers_file =", "issuers_file =")
        .replace("# partners_file =", "partners_file =");
    let entry = r#"[{"name":"mill","identifier":"https://mill.example","asynchronous":false,
        "receives":"https://mill.example/in","token_lifetime":"4s",
        "token_call":"https://mill.example/call","token_issue":["https://issuer.example/in"]}]"#;
    for role in ["issuer", "initiator", "both"] {
        let told = told_about(role, &files, entry);
        assert!(told.contains("certificate.pem cannot be read"), "{told}");
        let unknown = entry.replace("asynchronous", "asynchron");
        let told = told_about(role, &files, &unknown);
        assert!(told.contains("unknown field `asynchron`"), "{told}");
        assert!(told.contains("peers.json"), "{told}");
    }
    for (role, from, to, expected) in [
        (
            "issuer",
            "mill.example/in",
            "evil.example/in",
            "entry 1: the receive URL",
        ),
        ("issuer", "\"4s\"", "\"4\"", "entry 1: `token_lifetime`"),
        (
            "issuer",
            "mill.example",
            "initiator.example",
            "registered twice",
        ),
        (
            "initiator",
            "issuer.example/in",
            "mill.example/in",
            "entry 1: token issues",
        ),
        (
            "initiator",
            "https://mill.example\"",
            "https://farm.example\"",
            "registered twice",
        ),
        (
            "initiator",
            "\"mill\"",
            "\"farm\"",
            "this name is given twice",
        ),
        (
            "initiator",
            "\"token_call\":\"https://mill.example/call\",",
            "",
            "go together",
        ),
    ] {
        let told = told_about(role, &files, &entry.replace(from, to));
        assert!(told.contains(expected), "{expected} is not in:\n{told}");
    }
}
