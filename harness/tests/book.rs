//! The examples of the book that are files of the harness are such files.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use btx_harness::{known_failures::KnownFailures, lab::authority, scenario, target};
use std::fs;

/// The fenced TOML blocks of the chapter on examining.
fn examples() -> Vec<String> {
    let chapter = include_str!("../../spec/text/examining.md");
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

#[test]
fn the_target_file_of_the_book_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let lab = authority::create().unwrap();
    fs::write(folder.path().join("lab-ca.pem"), lab.certificate).unwrap();
    fs::write(folder.path().join("lab-ca.key"), lab.key).unwrap();
    let file = folder.path().join("target.toml");
    fs::write(&file, &examples()[0]).unwrap();
    let target = target::load(&file).unwrap_or_else(|e| panic!("spec/text/examining.md: {e}"));
    assert_eq!(target.peers.len(), 2);
}

#[test]
fn the_known_failures_of_the_book_are_such() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("known.toml");
    fs::write(&file, &examples()[1]).unwrap();
    KnownFailures::load(&file, &scenario::all().unwrap())
        .unwrap_or_else(|e| panic!("spec/text/examining.md: {e}"));
}

#[test]
fn the_book_has_every_kind_of_peer_and_every_exit_code() {
    let chapter = include_str!("../../spec/text/examining.md");
    for kind in target::PeerKind::ALL {
        let cell = format!("| `{}` |", kind.name());
        assert!(
            chapter.contains(&cell),
            "spec/text/examining.md: add a row {cell}"
        );
    }
    for claim in target::Claim::ALL {
        assert!(
            chapter.contains(&format!("`{claim}`")),
            "spec/text/examining.md: explain the claim {claim}"
        );
    }
    for exit in 0..=6 {
        assert!(
            chapter.contains(&format!("| {exit} |")),
            "spec/text/examining.md: add exit code {exit}"
        );
    }
}
