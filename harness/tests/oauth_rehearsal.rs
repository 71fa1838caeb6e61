//! A set-up of the OAuth roles that is not ready is told as such, with what to do.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use btx_harness::{
    caller::Caller,
    embedded::{self, Alterations, Starts},
    lab::listener::Lab,
    run::{self, Context},
    steps,
    target::{
        Claim, Hook, Target,
        oauth::{ClientAuth, PeerAuth, TokenSource},
    },
};

/// What the rehearsal says of the embedded target in one role, with something else in its target file.
async fn rehearsed(role: Claim, alter: impl Fn(&mut Target)) -> Result<(), String> {
    let alterations = Alterations {
        starts: Starts::Oauth,
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
    for role in [Claim::OauthServer, Claim::OauthResource, Claim::OauthClient] {
        assert_eq!(rehearsed(role, |_| {}).await, Ok(()), "{role}");
    }
}

#[tokio::test]
async fn a_client_that_the_server_does_not_know_is_told() {
    let told = rehearsed(Claim::OauthServer, |target| {
        for client in &mut target.oauth.server.as_mut().unwrap().clients {
            client.auth = ClientAuth::SecretBasic("not the one that it has".to_owned());
        }
    });
    let parts = [
        "the set-up is not ready: as oauth/authorization-server",
        "401",
        "[[authorization_server.client]]",
        "/oauth/token",
    ];
    assert_says(told.await, &parts);
}

#[tokio::test]
async fn tokens_that_the_resource_does_not_trust_are_told() {
    let told = rehearsed(Claim::OauthResource, |target| {
        target.oauth.resource.as_mut().unwrap().tokens = TokenSource::Server;
    });
    let parts = ["as oauth/resource", "401", "[resource_server] tokens"];
    assert_says(told.await, &parts);
}

#[tokio::test]
async fn a_client_that_has_another_secret_or_does_nothing_is_told() {
    let told = rehearsed(Claim::OauthClient, |target| {
        for peer in &mut target.oauth.peers {
            peer.client.auth = PeerAuth::Secret("not the one that it has".to_owned());
        }
    });
    let parts = ["as oauth/client", "[[server_peer]]", "ids and secrets"];
    assert_says(told.await, &parts);
    let told = rehearsed(Claim::OauthClient, |target| {
        target.oauth.client.as_mut().unwrap().start = Hook::Command(vec!["true".to_owned()]);
    });
    let parts = [
        "no token request came",
        "see whether [client] start is right",
    ];
    assert_says(told.await, &parts);
}
