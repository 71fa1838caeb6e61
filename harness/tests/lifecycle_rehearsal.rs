//! A set-up of the roles of keys and sessions that is not ready is told as such, with the key to look at.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use btx_harness::{
    caller::{Caller, Outcome, Outgoing, Pace, request_to},
    embedded::{self, Alterations, Embedded, Starts},
    lab::listener::Lab,
    run::{self, Context},
    steps,
    target::{
        Claim, Hook, Target,
        lifecycle::{Account, SessionIssuer},
    },
    wire::Fields,
};
use serde_json::json;
use std::{fs, sync::Arc, time::Duration};

/// The embedded target in one role, with something else in its target file.
async fn started(role: Claim, alter: impl Fn(&mut Target)) -> (Embedded, Arc<Context>) {
    let alterations = Alterations {
        starts: Starts::Lifecycle,
        ..Alterations::default()
    };
    let mut embedded = embedded::start_altered(&alterations).await.unwrap();
    let sockets = std::mem::take(&mut embedded.sockets);
    let mut target = embedded.target.clone();
    target
        .claims
        .retain(|claim| !Claim::ROLES.contains(claim) || *claim == role);
    // Enough to see one that is wrong among others.
    target.lifecycle.issuers.truncate(2);
    target.lifecycle.accounts.truncate(3);
    alter(&mut target);
    let caller = Caller::new(&target).unwrap();
    let lab = Lab::open(&target, sockets).await.unwrap();
    let context = Context::new(target, caller, lab, steps::all().unwrap());
    (embedded, context)
}

/// What the rehearsal says of it.
async fn rehearsed(role: Claim, alter: impl Fn(&mut Target)) -> Result<(), String> {
    let (_embedded, context) = started(role, alter).await;
    run::rehearse(&context).await.map_err(|e| e.to_string())
}

/// What the rehearsal says with something else in the table of the second issuer, which has a key set.
async fn with_issuer(alter: impl Fn(&mut SessionIssuer)) -> Result<(), String> {
    let alter = |target: &mut Target| alter(&mut target.lifecycle.issuers[1]);
    rehearsed(Claim::LifecycleIssuer, alter).await
}

fn assert_says(told: Result<(), String>, parts: &[&str]) {
    let words = told.unwrap_err();
    for part in parts {
        assert!(words.contains(part), "no \"{part}\" in\n{words}");
    }
    assert!(
        !words.contains("in a laboratory"),
        "a password is in\n{words}"
    );
}

#[tokio::test]
async fn a_sound_set_up_is_ready() {
    for role in [
        Claim::LifecycleIssuer,
        Claim::LifecycleResource,
        Claim::LifecycleCaller,
    ] {
        assert_eq!(rehearsed(role, |_| {}).await, Ok(()), "{role}");
    }
}

#[tokio::test]
async fn an_account_that_is_not_known_is_told() {
    let told = rehearsed(Claim::LifecycleIssuer, |target| {
        target.lifecycle.accounts[2].password = "a swede of another field".to_owned();
    });
    let parts = [
        "the set-up is not ready: as lifecycle/issuer",
        "401",
        "see `login` of the [[session_issuer]] \"https://sessions.reference.test:",
        "the account \"account-3\" of [[account]]",
    ];
    assert_says(told.await, &parts);
}

#[tokio::test]
async fn a_url_of_one_replica_that_is_wrong_is_told() {
    let told = with_issuer(|issuer| issuer.login[1].set_path("/elsewhere")).await;
    assert_says(
        told,
        &["404", "see `login`", "/elsewhere: does it take logins"],
    );
    let told = with_issuer(|issuer| issuer.api[1].set_path("/elsewhere")).await;
    assert_says(told, &["404", "see `api`", "/elsewhere: does GET open it"]);
    let told = with_issuer(|issuer| issuer.missing = issuer.api.first().cloned()).await;
    assert_says(told, &["200", "see `missing`", "leave the key out"]);
}

#[tokio::test]
async fn a_key_set_that_is_none_or_of_another_issuer_is_told() {
    let told = with_issuer(|issuer| issuer.key_set = issuer.missing.clone()).await;
    assert_says(told, &["401", "see `key_set`", "are the public keys there"]);
    let told = rehearsed(Claim::LifecycleIssuer, |target| {
        let issuers = &mut target.lifecycle.issuers;
        issuers[0].key_set = issuers[1].key_set.clone();
    });
    assert_says(
        told.await,
        &[
            "without the key of a bearer",
            "is it the key set of this issuer?",
        ],
    );
}

#[tokio::test]
async fn an_issuer_that_the_control_does_not_know_is_told() {
    let told = with_issuer(|issuer| issuer.identifier = "https://another.test".to_owned()).await;
    assert_says(
        told,
        &[
            "what came  rotate: ",
            "see [control]",
            "\"https://another.test\"",
        ],
    );
}

#[tokio::test]
async fn a_resource_with_another_identifier_is_told() {
    let told = rehearsed(Claim::LifecycleResource, |target| {
        target.lifecycle.resource.as_mut().unwrap().identifier = "https://another.test".to_owned();
        target.limits.keys_interval = Duration::from_millis(1);
    });
    assert_says(
        told.await,
        &[
            "as lifecycle/resource",
            "401",
            "[session_resource] identifier",
        ],
    );
}

#[tokio::test]
async fn a_replica_of_the_resource_that_is_none_is_told() {
    let told = rehearsed(Claim::LifecycleResource, |target| {
        target.lifecycle.resource.as_mut().unwrap().read[1].set_path("/elsewhere");
    });
    assert_says(told.await, &["as lifecycle/resource", "404", "/elsewhere"]);
}

#[tokio::test]
async fn a_caller_that_does_nothing_is_told() {
    let told = rehearsed(Claim::LifecycleCaller, |target| {
        let caller = target.lifecycle.caller.as_mut().unwrap();
        caller.use_token = Hook::Command(vec!["true".to_owned()]);
    });
    assert_says(
        told.await,
        &[
            "as lifecycle/caller",
            "see whether [session_caller] use is right",
        ],
    );
}

/// One issuer and one account, whose sessions a command prints.
fn with_command(target: &mut Target, command: &[&str]) {
    target.lifecycle.issuers.truncate(1);
    target.lifecycle.accounts.truncate(1);
    let issuer = &mut target.lifecycle.issuers[0];
    issuer.login.clear();
    let words = command.iter().map(|word| (*word).to_owned());
    issuer.obtain = Some(Hook::Command(words.collect()));
}

/// What an issuer answers to a login.
async fn logged_in(context: &Context, account: &Account) -> Vec<u8> {
    let mut url = context.target.lifecycle.issuers[0].api[0].clone();
    url.set_path("/login");
    let body = json!({ "username": account.name, "password": account.password });
    let fields = Fields::from([("content-type", "application/json")]);
    let request = request_to(&url, "POST", fields, body.to_string().into_bytes());
    let outgoing = Outgoing {
        url,
        request,
        pace: Pace::Whole,
    };
    match context.caller.call(outgoing, Duration::from_secs(10)).await {
        Outcome::Answered(response) => response.body,
        _ => Vec::new(),
    }
}

#[tokio::test]
async fn a_command_that_prints_sessions_takes_the_place_of_the_login() {
    let folder = tempfile::tempdir().unwrap();
    let place = format!(
        "{}/{{account}} {{password}} {{replica}}",
        folder.path().display()
    );
    let alter = |target: &mut Target| with_command(target, &["cat", &place]);
    let (_embedded, context) = started(Claim::LifecycleIssuer, alter).await;
    let account = &context.target.lifecycle.accounts[0];
    let answer = logged_in(&context, account).await;
    for replica in 1..=2 {
        let name = format!("{} {} {replica}", account.name, account.password);
        fs::write(folder.path().join(name), &answer).unwrap();
    }
    let told = run::rehearse(&context).await.map_err(|e| e.to_string());
    assert_eq!(told, Ok(()));
}

#[tokio::test]
async fn a_command_that_brings_no_session_is_told() {
    for (command, came) in [
        (["false", "{account}"], "false ended with"),
        (
            ["echo", "{account}"],
            "something else than the answer to a login",
        ),
    ] {
        let alter = |target: &mut Target| with_command(target, &command);
        let told = rehearsed(Claim::LifecycleIssuer, alter).await;
        assert_says(told, &[came, "see `obtain` of the [[session_issuer]]"]);
    }
}
