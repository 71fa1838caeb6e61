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
    let bad = include_str!("../reference.toml").replace("\"10s\"", "\"soon\"");
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
