//! Where the tokens of a scenario come from: from the authorization server of the target, or from those
//! that the harness plays.

use super::{
    About, grants,
    jwt::{Facts, Jwt},
    missing, resource,
};
use crate::{
    lab::oauth::ServerLease,
    steps::{Stop, jose::stranger},
    target::{
        Claim, PeerKind,
        oauth::{ResourceServer, TokenSource},
    },
    world::World,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use btx_spec::jose::SigningKey;
use serde_json::{Map, Value, json};
use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// How far a token reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// It has all scopes that the target file names.
    Everything,
    /// It has not the scope that writing needs.
    Reading,
}

/// How many seconds beyond the allowed difference of clocks a token has ended.
const BEYOND: i64 = 5;
/// For how long the server of the scenario calls a token active, in seconds.
const LIFETIME: i64 = 300;

/// A live token, of whichever kind the resource takes.
///
/// # Errors
/// When there is none to be had.
pub(super) async fn live(world: &mut World, reach: Reach) -> Result<String, Stop> {
    let scope = scope(resource(world)?, reach);
    if resource(world)?.tokens == TokenSource::Server {
        // Without a scope, a server may give all that there are.
        if scope.is_empty() && reach == Reach::Reading {
            return Err(missing("[resource_server] read_scope"));
        }
        return grants::token(world, &scope).await;
    }
    let claims = |claim| world.context.target.claims(claim);
    if claims(Claim::TakesJwt) {
        if world.servers.is_empty() {
            world.lease_server(PeerKind::Good, 1).await?;
        }
        return signed(world, 0, |jwt, _| {
            jwt.claims.set("scope", json!(scope));
            Ok(())
        });
    }
    if claims(Claim::TakesOpaque) {
        let mut members = active(world)?;
        members.insert("scope".to_owned(), json!(scope));
        return asked_about(world, members);
    }
    Err(Stop::NotExercised(
        "the resource takes neither JWTs nor opaque tokens of the harness".to_owned(),
    ))
}

/// A token whose time is over. One of the harness was never live; one of the target's own server has to
/// live its life first, and the difference of clocks that the target declares.
///
/// # Errors
/// When there is none to be had.
pub(super) async fn expired(world: &mut World) -> Result<String, Stop> {
    let skew = world.context.target.limits.clock_skew;
    let ended = now() - i64::try_from(skew.as_secs()).unwrap_or(60) - BEYOND;
    if resource(world)?.tokens == TokenSource::Server {
        let (token, lifetime) = grants::short_lived(world).await?;
        world
            .wait(lifetime + skew + Duration::from_secs(1), "the token ends")
            .await;
        return Ok(token);
    }
    if world.context.target.claims(Claim::TakesJwt) {
        return signed(world, 0, |jwt, _| {
            jwt.claims.set("exp", json!(ended));
            Ok(())
        });
    }
    let mut members = active(world)?;
    members.insert("exp".to_owned(), json!(ended));
    asked_about(world, members)
}

/// A token without fault, of the kind that the scenario is about.
///
/// # Errors
/// When there is none to be had.
pub(super) async fn faultless(world: &mut World, about: About) -> Result<String, Stop> {
    match about {
        About::Jwts => signed(world, 0, |_, _| Ok(())),
        About::Questions => {
            let members = active(world)?;
            asked_about(world, members)
        }
        About::Tokens | About::ApiKeys => live(world, Reach::Everything).await,
    }
}

/// A JWT of an issuer of the scenario, counted from 0, altered before it is signed.
///
/// # Errors
/// When the scenario has no such issuer, or the alteration means nothing.
pub(super) fn signed(
    world: &World,
    issuer: usize,
    alter: impl FnOnce(&mut Jwt, &Facts) -> Result<(), Stop>,
) -> Result<String, Stop> {
    let peer = &world.server(issuer)?.peer;
    let stranger = stranger::of(peer.key.algorithm())?;
    let facts = facts(world, issuer, &stranger)?;
    let mut jwt = Jwt::faultless(&facts);
    alter(&mut jwt, &facts)?;
    let compact = jwt.compact(&peer.key, &stranger.key);
    compact.map_err(|e| Stop::Harness(format!("a token could not be signed: {e}")))
}

/// A JWT of an issuer of the scenario, signed with that key of it.
///
/// # Errors
/// When the scenario has no such issuer.
pub(super) fn signed_with(world: &World, issuer: usize, key: &SigningKey) -> Result<String, Stop> {
    let stranger = stranger::of(key.algorithm())?;
    let facts = facts(world, issuer, &stranger)?;
    let mut jwt = Jwt::faultless(&facts);
    jwt.header.set("kid", json!(key.key_id()));
    let compact = jwt.compact(key, key);
    compact.map_err(|e| Stop::Harness(format!("a token could not be signed: {e}")))
}

fn facts(world: &World, issuer: usize, stranger: &stranger::Stranger) -> Result<Facts, Stop> {
    let peer = &world.server(issuer)?.peer;
    let resource = resource(world)?;
    let identifier = resource.identifier.clone();
    let beside = world.servers.iter().enumerate();
    let mut other = beside.filter(|(place, _)| *place != issuer).map(|(_, s)| s);
    let other = other.next_back().map(|server| &server.peer);
    let trap = other.unwrap_or(peer);
    Ok(Facts {
        issuer: peer.identifier(),
        other_issuer: other.map(crate::target::oauth::ServerPeer::identifier),
        other_key_id: other.map(|other| other.key.key_id().to_owned()),
        key_id: peer.key.key_id().to_owned(),
        algorithm: peer.key.algorithm().to_string(),
        public: peer.key.public().to_jwk(),
        // Whoever asks for the key of the stranger finds it under the id that the token names.
        strange: stranger.jwk(peer.key.key_id()),
        certificate: stranger.certificate.clone(),
        trap: trap.below("strange-keys").to_string(),
        resource: identifier.ok_or_else(|| missing("[resource_server] identifier"))?,
        scope: scope(resource, Reach::Everything),
        now: now(),
        skew: i64::try_from(world.context.target.limits.clock_skew.as_secs()).unwrap_or(60),
    })
}

/// What is said of a token with which nothing is wrong, beside that it is active.
///
/// # Errors
/// When the target file has no resource.
pub(super) fn active(world: &World) -> Result<Map<String, Value>, Stop> {
    let resource = resource(world)?;
    let mut members = Map::new();
    let mut put = |name: &str, value: Value| members.insert(name.to_owned(), value);
    put("scope", json!(scope(resource, Reach::Everything)));
    put("client_id", json!("btx-client"));
    put("sub", json!("btx-client"));
    put("token_type", json!("Bearer"));
    put("iat", json!(now()));
    put("exp", json!(now() + LIFETIME));
    if let Some(identifier) = &resource.identifier {
        put("aud", json!(identifier));
    }
    Ok(members)
}

/// A token that means nothing but to the servers of the harness, which say this of it.
///
/// # Errors
/// When the system has no randomness.
pub(super) fn asked_about(world: &mut World, members: Map<String, Value>) -> Result<String, Stop> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|e| Stop::Harness(format!("no randomness: {e}")))?;
    let token = URL_SAFE_NO_PAD.encode(bytes);
    let questions = questions(world)?;
    questions.desk.know(&token, members);
    Ok(token)
}

/// The desk at which questions about the tokens of the scenario arrive. The server is leased to nobody for
/// that: a question finds its scenario by the token in it.
fn questions(world: &mut World) -> Result<Arc<ServerLease>, Stop> {
    if let Some(questions) = &world.oauth.resource.questions {
        return Ok(questions.clone());
    }
    let mut peers = world.context.target.oauth.peers.iter();
    let asked = peers.find(|peer| peer.introspection);
    let asked = asked.ok_or_else(|| missing("[[server_peer]] with introspection = true"))?;
    let server = world.context.lab.oauth().server(&asked.name);
    let server = server.ok_or_else(|| Stop::Harness(format!("{} has no desk", asked.name)))?;
    let questions = server.share(world.timeline.clone());
    world.oauth.resource.questions = Some(questions.clone());
    Ok(questions)
}

/// The scopes of a token, as one text.
fn scope(resource: &ResourceServer, reach: Reach) -> String {
    let write = resource.write_scope.as_deref();
    let write = write.filter(|_| reach == Reach::Everything);
    let both: Vec<&str> = resource
        .read_scope
        .as_deref()
        .into_iter()
        .chain(write)
        .collect();
    both.join(" ")
}

/// The time, in seconds of the epoch.
pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_secs()).unwrap_or_default()
    })
}
