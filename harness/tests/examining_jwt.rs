//! The examples of the chapter on services with JWTs are what they say.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use btx_harness::{
    lab::authority,
    target::{self, Claim},
};
use std::fs;

const CHAPTER: &str = include_str!("../../spec/text/examining-jwt.md");
/// The programs that are examined, each of which a reader could have written in an evening.
const SERVICES: [&str; 2] = [
    include_str!("../peers/python-counter/counter.py"),
    include_str!("../peers/node-caller/caller.js"),
];

/// The target files of the chapter.
fn target_files() -> Vec<&'static str> {
    let fences = CHAPTER.split("```toml\n").skip(1);
    let blocks = fences.filter_map(|rest| Some(rest.split_once("```")?.0));
    blocks.filter(|text| text.starts_with("[target]")).collect()
}

#[test]
fn its_target_files_are_such() {
    let folder = tempfile::tempdir().unwrap();
    let lab = authority::create().unwrap();
    fs::write(folder.path().join("lab-ca.pem"), &lab.certificate).unwrap();
    fs::write(folder.path().join("lab-ca.key"), &lab.key).unwrap();
    let files = target_files();
    assert!(files.len() > 1);
    for text in files {
        let file = folder.path().join("target.toml");
        fs::write(&file, text).unwrap();
        target::load(&file).unwrap_or_else(|e| panic!("spec/text/examining-jwt.md: {e}\n{text}"));
    }
}

#[test]
fn it_has_every_claim() {
    for claim in [
        Claim::JwtResource,
        Claim::HandsOutTokens,
        Claim::WantsTokens,
        Claim::JwtServer,
        Claim::JwtClient,
        Claim::UsesHandedOutTokens,
        Claim::AsksServers,
    ] {
        assert!(
            CHAPTER.contains(&format!("`{claim}`")),
            "spec/text/examining-jwt.md: explain the claim {claim}"
        );
    }
}

#[test]
fn the_services_are_small() {
    for service in SERVICES {
        assert!(service.lines().count() <= 80);
    }
}
