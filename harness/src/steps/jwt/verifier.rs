//! What scenarios about both verifiers have in common: which of the two is asked, and what it answers.

use super::token::{Facts, Token};
use crate::{
    lab::jwt::Host,
    steps::{Failure, Stop, registry::steps},
    target::oauth::AuthorizationServer,
    wire::{Fields, Response},
    world::{Answer, World},
};
use btx_spec::{
    jose::SigningKey,
    jwt::{GRANT_TYPE_JWT, SERVICE_TYPE},
};
use futures::future::join_all;
use serde_json::{Map, Value};
use std::{
    sync::Arc,
    time::{Instant, SystemTime, UNIX_EPOCH},
};
use url::form_urlencoded::Serializer;

/// The grant by which an assertion gets a token.
pub(super) const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// Who verifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Verifier {
    /// The resource, by a service JWT.
    #[default]
    Resource,
    /// The authorization server, by an assertion.
    Server,
}

/// What such a scenario has seen and done.
#[derive(Default)]
pub struct Seen {
    /// Who verifies.
    pub(super) verifier: Verifier,
    /// The answers to all that was shown, in their order.
    pub(super) answers: Vec<Answer>,
    /// When the first of it was shown.
    pub(super) since: Option<Instant>,
    /// A key that the first client no longer has.
    pub(super) gone: Option<Arc<SigningKey>>,
}

steps! {
    "a client of the resource" => |world| {
        at(world, Verifier::Resource, 1).await
    }
    "a client of the authorization server" => |world| {
        at(world, Verifier::Server, 1).await
    }
    "a client that the resource has let in" => |world| {
        at(world, Verifier::Resource, 1).await?;
        control(world, 0).await
    }
    "a client that the authorization server has let in" => |world| {
        at(world, Verifier::Server, 1).await?;
        control(world, 0).await
    }
    "two clients that the resource has let in" => |world| {
        at(world, Verifier::Resource, 2).await?;
        control(world, 0).await?;
        control(world, 1).await
    }
    "two clients that the authorization server has let in" => |world| {
        at(world, Verifier::Server, 2).await?;
        control(world, 0).await?;
        control(world, 1).await
    }
    "it asks to be let in" => |world| {
        ask(world, 0).await
    }
    "it asks to be let in {count} times" => |world, count| {
        for _ in 0..number(&count)? {
            ask(world, 0).await?;
        }
        Ok(())
    }
    "it asks to be let in {count} times at once" => |world, count| {
        let jwts: Result<Vec<String>, Stop> = (0..number(&count)?).map(|_| jwt(world, 0)).collect();
        let jwts = jwts?;
        let there: &World = world;
        let answers = join_all(jwts.iter().map(|jwt| present(there, jwt))).await;
        for answer in answers {
            world.jwt.verifier.answers.push(answer?);
        }
        Ok(())
    }
    "it asks to be let in by a JWT {words}" => |world, fault| {
        let jwt = Token::with(&fault, &facts(world, 0)?)?.text()?;
        show(world, &jwt).await
    }
    "another client without the fault is let in" => |world| {
        world.timeline.heading("the control: a client without the fault");
        let client = world.publish(Host::Main).await?;
        control(world, client).await
    }
    "it is let in" => |world| {
        world.jwt.verifier.answers.last().map_or_else(nothing_shown, |answer| let_in(world, answer))
    }
    "it is let in each time" => |world| {
        world.jwt.verifier.answers.iter().try_for_each(|answer| let_in(world, answer))
    }
    "it is not let in" => |world| {
        match world.jwt.verifier.answers.as_slice() {
            [] => nothing_shown(),
            all => all.iter().try_for_each(|answer| not_let_in(world, answer)),
        }
    }
}

/// Brings in clients that a verifier has never met.
async fn at(world: &mut World, verifier: Verifier, clients: usize) -> Result<(), Stop> {
    world.jwt.verifier.verifier = verifier;
    match verifier {
        Verifier::Resource => drop(resource(world)?),
        Verifier::Server => drop(issuer(world)?),
    }
    for _ in 0..clients {
        world.publish(Host::Main).await?;
    }
    Ok(())
}

/// Shows a JWT of a client without fault.
pub(super) async fn ask(world: &mut World, client: usize) -> Result<(), Stop> {
    let jwt = jwt(world, client)?;
    show(world, &jwt).await
}

/// Shows a JWT, and keeps what is answered.
pub(super) async fn show(world: &mut World, jwt: &str) -> Result<(), Stop> {
    world.jwt.verifier.since.get_or_insert_with(Instant::now);
    let answer = present(world, jwt).await?;
    world.jwt.verifier.answers.push(answer);
    Ok(())
}

/// Shows a JWT of a client, without which nothing can be said if it is not let in.
pub(super) async fn control(world: &World, client: usize) -> Result<(), Stop> {
    let answer = present(world, &jwt(world, client)?).await?;
    if is_let_in(world, &answer) {
        return Ok(());
    }
    Err(Stop::Control(format!(
        "a client without fault was answered {}",
        answer.words()
    )))
}

/// A JWT of a client of the scenario without fault.
pub(super) fn jwt(world: &World, client: usize) -> Result<String, Stop> {
    Token::faultless(&facts(world, client)?).text()
}

/// What a JWT of a client of the scenario is about, counted from 0.
pub(super) fn facts(world: &World, client: usize) -> Result<Facts, Stop> {
    let published = world.published(client)?;
    let (typ, audience) = match world.jwt.verifier.verifier {
        Verifier::Resource => (SERVICE_TYPE, resource(world)?),
        Verifier::Server => (GRANT_TYPE_JWT, issuer(world)?),
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let seconds = |time: u64| i64::try_from(time).unwrap_or_default();
    Ok(Facts {
        client: published.id.clone(),
        key: published.key.clone(),
        typ,
        audience,
        elsewhere: published.id.replace("client.json", "strange-keys.json"),
        now: seconds(now.map_or(0, |since| since.as_secs())),
        skew: seconds(world.context.target.limits.clock_skew.as_secs()),
    })
}

/// Shows a JWT to the verifier of the scenario, and gives what is answered.
pub(super) async fn present(world: &World, jwt: &str) -> Result<Answer, Stop> {
    match world.jwt.verifier.verifier {
        Verifier::Resource => {
            let target = world.context.target.jwt.resource.as_ref();
            let urls = target.map_or(&[][..], |resource| &resource.read);
            let shown = format!("Bearer {jwt}");
            let fields = Fields::from([("authorization", shown.as_str())]);
            let url = world.replica(urls, 0)?;
            Ok(world.ask(&url, "GET", fields, Vec::new()).await)
        }
        Verifier::Server => exchange(world, jwt, &[]).await,
    }
}

/// Shows an assertion to the authorization server, with these parameters in addition to the usual ones, or in
/// the place of them.
pub(super) async fn exchange(
    world: &World,
    assertion: &str,
    altered: &[(&str, &str)],
) -> Result<Answer, Stop> {
    let server = server(world)?;
    let resource = server.resources.first().map(String::as_str);
    let mut parameters = vec![("grant_type", JWT_BEARER), ("assertion", assertion)];
    parameters.extend(resource.map(|resource| ("resource", resource)));
    parameters.retain(|(name, _)| !altered.iter().any(|(other, _)| other == name));
    parameters.extend_from_slice(altered);
    let body = Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish();
    let fields = Fields::from([("content-type", "application/x-www-form-urlencoded")]);
    let url = world.replica(&server.token, 0)?;
    Ok(world.ask(&url, "POST", fields, body.into_bytes()).await)
}

/// Judges that an answer lets the client in.
pub(super) fn let_in(world: &World, answer: &Answer) -> Result<(), Stop> {
    match is_let_in(world, answer) {
        true => Ok(()),
        false => Err(Failure::new("it is let in", answer.words(), Some(answer.event)).into()),
    }
}

/// Judges that an answer lets nobody in. What is not answered proves nothing.
pub(super) fn not_let_in(world: &World, answer: &Answer) -> Result<(), Stop> {
    if answer.response().is_none() {
        return Err(Stop::Control(format!("no answer came: {}", answer.words())));
    }
    match is_let_in(world, answer) {
        false => Ok(()),
        true => Err(Failure::new("a refusal", answer.words(), Some(answer.event)).into()),
    }
}

/// Whether an answer lets the client in: a success of the resource, or a token of the server.
pub(super) fn is_let_in(world: &World, answer: &Answer) -> bool {
    let Some(response) = answer.response() else {
        return false;
    };
    match world.jwt.verifier.verifier {
        Verifier::Resource => (200..300).contains(&response.status),
        Verifier::Server => members(response).contains_key("access_token"),
    }
}

/// The members of a body, none if it is no JSON object.
pub(super) fn members(response: &Response) -> Map<String, Value> {
    serde_json::from_slice(&response.body).unwrap_or_default()
}

/// The authorization server of the target.
pub(super) fn server(world: &World) -> Result<&AuthorizationServer, Stop> {
    let server = world.context.target.oauth.server.as_ref();
    server.ok_or_else(|| missing("[authorization_server]"))
}

/// Its issuer identifier.
pub(super) fn issuer(world: &World) -> Result<String, Stop> {
    let issuer = server(world)?.issuer.clone();
    issuer.ok_or_else(|| missing("issuer in [authorization_server]"))
}

fn resource(world: &World) -> Result<String, Stop> {
    let resource = world.context.target.jwt.resource.as_ref();
    let resource = resource.ok_or_else(|| missing("[jwt_resource]"))?;
    Ok(resource.identifier.clone())
}

fn missing(what: &str) -> Stop {
    Stop::NotExercised(format!("the target file has no {what}"))
}

fn nothing_shown() -> Result<(), Stop> {
    Err(Stop::Harness(
        "the scenario has shown nothing yet".to_owned(),
    ))
}

/// A number of a step.
pub(super) fn number(text: &str) -> Result<usize, Stop> {
    let number = text.parse();
    number.map_err(|_| Stop::Harness(format!("no number: {text}")))
}
