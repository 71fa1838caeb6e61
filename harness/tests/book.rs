//! The examples of the book that are files of the harness are such files.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use btx_harness::{known_failures::KnownFailures, lab::authority, scenario, target};
use std::fs;

const EXAMINING: &str = include_str!("../../spec/text/examining.md");
const EXAMINING_OAUTH: &str = include_str!("../../spec/text/examining-oauth.md");
const EXAMINING_LIFECYCLE: &str = include_str!("../../spec/text/examining-lifecycle.md");

/// The fenced TOML blocks of a chapter.
fn examples(chapter: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut block: Option<String> = None;
    for line in chapter.lines() {
        match (&mut block, line) {
            (None, "```toml") => block = Some(String::new()),
            (Some(_), "```") => blocks.extend(block.take()),
            (Some(text), line) => text.push_str(&format!("{line}\n")),
            (None, _) => {}
        }
    }
    blocks
}

/// The first block of a chapter that has this table.
fn example_with(chapter: &str, table: &str) -> String {
    let mut blocks = examples(chapter).into_iter();
    blocks
        .find(|block| block.lines().any(|line| line == table))
        .unwrap_or_else(|| panic!("spec/text: no example has the table {table}"))
}

/// Reads a target file of the book, beside files such as it names.
fn load(text: &str) -> target::Target {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let lab = authority::create().unwrap();
    write("lab-ca.pem", &lab.certificate);
    write("lab-ca.key", &lab.key);
    for name in ["mill.pem", "servers.pem"] {
        write(name, &rcgen::KeyPair::generate().unwrap().serialize_pem());
    }
    let edwards = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    write("cluster.pem", &edwards.serialize_pem());
    write("target.toml", text);
    target::load(&folder.path().join("target.toml")).unwrap_or_else(|e| panic!("spec/text: {e}"))
}

#[test]
fn the_target_files_of_the_book_are_such() {
    let exchange = load(&example_with(EXAMINING, "[issuer]"));
    assert_eq!(exchange.peers.len(), 2);
    let oauth = load(&example_with(EXAMINING, "[authorization_server]")).oauth;
    assert_eq!(oauth.server.unwrap().clients.len(), 3);
    assert!(oauth.resource.is_some() && oauth.client.is_some());
    for table in ["[authorization_server]", "[client]"] {
        load(&example_with(EXAMINING_OAUTH, table));
    }
}

#[test]
fn the_target_files_about_keys_and_sessions_are_such() {
    let issuer = load(&example_with(EXAMINING_LIFECYCLE, "[[session_issuer]]")).lifecycle;
    assert_eq!((issuer.issuers.len(), issuer.accounts.len()), (1, 4));
    let resource = load(&example_with(EXAMINING_LIFECYCLE, "[session_resource]")).lifecycle;
    assert_eq!(resource.signers.len(), 2);
    let caller = load(&example_with(EXAMINING_LIFECYCLE, "[session_caller]")).lifecycle;
    assert_eq!(caller.peers.len(), 2);
}

#[test]
fn the_known_failures_of_the_book_are_such() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("known.toml");
    for chapter in [EXAMINING, EXAMINING_OAUTH] {
        fs::write(&file, example_with(chapter, "[[known_failure]]")).unwrap();
        KnownFailures::load(&file, &scenario::all().unwrap())
            .unwrap_or_else(|e| panic!("spec/text: {e}"));
    }
}

#[test]
fn the_book_has_every_kind_of_peer_and_every_exit_code() {
    for kind in target::PeerKind::ALL {
        let cell = format!("| `{}` |", kind.name());
        assert!(
            EXAMINING.contains(&cell),
            "spec/text/examining.md: add a row {cell}"
        );
    }
    for exit in 0..=6 {
        assert!(
            EXAMINING.contains(&format!("| {exit} |")),
            "spec/text/examining.md: add exit code {exit}"
        );
    }
}

#[test]
fn every_claim_is_explained_where_claims_are() {
    let conformance = include_str!("../../spec/text/conformance.md");
    for claim in target::Claim::ALL {
        for (name, chapter) in [("examining", EXAMINING), ("conformance", conformance)] {
            assert!(
                chapter.contains(&format!("`{claim}`")),
                "spec/text/{name}.md: explain the claim {claim}"
            );
        }
    }
}
