//! A set-up of the roles of service JWTs that is not ready is told as such, with what to do.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use btx_harness::{
    caller::Caller,
    embedded::{self, Alterations, Starts},
    lab::listener::Lab,
    run::{self, Context},
    steps,
    target::{Claim, Hook, Target},
};

/// What the rehearsal says of the embedded target in one role, with something else in its target file.
async fn rehearsed(role: Claim, alter: impl Fn(&mut Target)) -> Result<(), String> {
    let alterations = Alterations {
        starts: Starts::Jwt,
        ..Alterations::default()
    };
    let mut embedded = embedded::start_altered(&alterations).await.unwrap();
    let sockets = std::mem::take(&mut embedded.sockets);
    let mut target = embedded.target.clone();
    target
        .claims
        .retain(|claim| !Claim::ROLES.contains(claim) || *claim == role);
    alter(&mut target);
    let caller = Caller::new(&target).unwrap();
    let lab = Lab::open(&target, sockets).await.unwrap();
    let context = Context::new(target, caller, lab, steps::all().unwrap());
    run::rehearse(&context).await.map_err(|e| e.to_string())
}

fn assert_says(told: Result<(), String>, parts: &[&str]) {
    let words = told.unwrap_err();
    for part in parts {
        assert!(words.contains(part), "no \"{part}\" in\n{words}");
    }
}

#[tokio::test]
async fn a_sound_set_up_is_ready() {
    for role in [Claim::JwtResource, Claim::JwtServer, Claim::JwtClient] {
        assert_eq!(rehearsed(role, |_| {}).await, Ok(()), "{role}");
    }
}

#[tokio::test]
async fn an_audience_that_the_resource_does_not_want_is_told() {
    let told = rehearsed(Claim::JwtResource, |target| {
        target.jwt.resource.as_mut().unwrap().identifier = "https://another.test".to_owned();
    });
    let parts = [
        "the set-up is not ready: as jwt/resource",
        "401",
        "[jwt_resource] identifier",
    ];
    assert_says(told.await, &parts);
}

#[tokio::test]
async fn an_issuer_that_the_server_is_not_is_told() {
    let told = rehearsed(Claim::JwtServer, |target| {
        target.oauth.server.as_mut().unwrap().issuer = Some("https://another.test".to_owned());
    });
    let parts = [
        "as jwt/authorization-server",
        "400",
        "[authorization_server] issuer",
    ];
    assert_says(told.await, &parts);
}

#[tokio::test]
async fn a_client_without_a_document_or_that_does_nothing_is_told() {
    let told = rehearsed(Claim::JwtClient, |target| {
        let client = target.jwt.client.as_mut().unwrap();
        client.id = client.id.join("/no-document.json").unwrap();
    });
    assert_says(
        told.await,
        &["as jwt/client", "404", "[jwt_client] id is the client id"],
    );
    let told = rehearsed(Claim::JwtClient, |target| {
        target.jwt.client.as_mut().unwrap().use_token = Hook::Command(vec!["true".to_owned()]);
    });
    assert_says(told.await, &["see whether [jwt_client] use is right"]);
}
