//! The examples of the chapter on OAuth targets are what they say.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use btx_harness::{
    known_failures::KnownFailures,
    lab::authority,
    scenario,
    target::{self, Claim, oauth::ClientKind},
};
use std::fs;

const CHAPTER: &str = include_str!("../../spec/text/examining-oauth.md");
const ADAPTER: &str = include_str!("../peers/oauth4webapi/adapter.js");

/// The fenced blocks of a language.
fn blocks(language: &str) -> Vec<String> {
    let opens = format!("```{language}");
    let mut blocks = Vec::new();
    let mut block: Option<String> = None;
    for line in CHAPTER.lines() {
        match (&mut block, line) {
            (None, line) if line == opens => block = Some(String::new()),
            (Some(_), "```") => blocks.extend(block.take()),
            (Some(text), line) => text.push_str(&format!("{line}\n")),
            (None, _) => {}
        }
    }
    blocks
}

#[test]
fn its_target_files_are_such() {
    let folder = tempfile::tempdir().unwrap();
    let lab = authority::create().unwrap();
    fs::write(folder.path().join("lab-ca.pem"), &lab.certificate).unwrap();
    fs::write(folder.path().join("lab-ca.key"), &lab.key).unwrap();
    // Any private key will do for that of the peers.
    fs::write(folder.path().join("servers.pem"), &lab.key).unwrap();
    let blocks = blocks("toml");
    let (mut files, rest): (Vec<String>, Vec<String>) = blocks
        .into_iter()
        .partition(|block| block.starts_with("[target]"));
    // What is added to the first.
    let is_added = |block: &String| block.starts_with("[[authorization_server.client]]");
    let clients: String = rest.into_iter().filter(is_added).collect();
    assert!(files.len() == 2 && !clients.is_empty());
    files.push(format!("{}{clients}", files[0]));
    for text in files {
        let file = folder.path().join("target.toml");
        fs::write(&file, &text).unwrap();
        target::load(&file).unwrap_or_else(|e| panic!("spec/text/examining-oauth.md: {e}\n{text}"));
    }
}

#[test]
fn its_known_failures_are_such() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("known.toml");
    let block = blocks("toml")
        .into_iter()
        .find(|b| b.starts_with("[[known_failure]]"));
    fs::write(&file, block.unwrap()).unwrap();
    KnownFailures::load(&file, &scenario::all().unwrap())
        .unwrap_or_else(|e| panic!("spec/text/examining-oauth.md: {e}"));
}

#[test]
fn its_adapter_is_the_one_that_is_examined() {
    assert_eq!(blocks("js"), [ADAPTER]);
    assert!(ADAPTER.lines().count() <= 60);
}

#[test]
fn it_has_every_claim_and_every_kind_of_client() {
    let elsewhere = [
        Claim::ExchangeIssuer,
        Claim::ExchangeInitiator,
        Claim::Async,
        Claim::JwtResource,
        Claim::HandsOutTokens,
        Claim::WantsTokens,
        Claim::JwtServer,
        Claim::JwtClient,
        Claim::UsesHandedOutTokens,
        Claim::AsksServers,
        Claim::LifecycleIssuer,
        Claim::LifecycleResource,
        Claim::LifecycleCaller,
        Claim::PublishesKeys,
        Claim::TakesKeys,
        Claim::LogsIn,
        Claim::AuthorizationField,
        Claim::ReadsAuthorizationField,
    ];
    for claim in Claim::ALL {
        assert!(
            elsewhere.contains(&claim) || CHAPTER.contains(&format!("`{claim}`")),
            "spec/text/examining-oauth.md: explain the claim {claim}"
        );
    }
    for kind in ClientKind::ALL {
        assert!(
            CHAPTER.contains(&format!("| `{}` |", kind.name())),
            "spec/text/examining-oauth.md: explain the kind {}",
            kind.name()
        );
    }
}
