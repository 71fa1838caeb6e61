//! Requests for tokens.

use super::{
    draft::{Draft, Rendered},
    parties::{Party, facts_of, server, the_party},
    reading::{granted, no_answer},
};
use crate::{
    steps::{Stop, registry::steps},
    world::{Answer, World},
};
use url::Url;

/// A request that was made, and what it was answered.
#[derive(Clone)]
pub(super) struct Asked {
    method: String,
    rendered: Rendered,
    /// The scope that was asked for.
    pub(super) scope: Option<String>,
    /// The answer.
    pub(super) answer: Answer,
}

steps! {
    "it asks for a token" => |world| {
        ask(world, "no fault").await
    }
    "it asks for a token with {words}" => |world, fault| {
        ask(world, &fault).await
    }
    "it asks for {count} tokens, one after the other" => |world, count| {
        let count: usize = count.parse().map_err(|_| Stop::Harness(format!("no number: {count}")))?;
        for _ in 0..count {
            ask(world, "no fault").await?;
        }
        Ok(())
    }
    "it sends the same request again" => |world| {
        let last = the_last(world)?.clone();
        // At the next front door, if there is another: what counts once counts once at all of them.
        let url = world.replica(&server(world)?.token, 1)?;
        let again = send(world, &last.method, url, last.rendered, last.scope).await;
        world.oauth.server.asked.push(again);
        Ok(())
    }
    "it has a token" => |world| {
        ask(world, "no fault").await?;
        let answer = the_last(world)?.answer.clone();
        let granted = granted(&answer).ok_or_else(|| Stop::Control(format!("no token came: {}", answer.words())))?;
        world.oauth.server.token = Some(granted.token);
        Ok(())
    }
    "a request without the fault gets a token" => |world| {
        world.timeline.heading("the control: a request without the fault");
        let party = match &world.oauth.server.sound {
            Some(sound) => sound.clone(),
            None => the_party(world)?.clone(),
        };
        let (answer, _) = ask_of(world, &party, "no fault").await?;
        control(&answer.answer)
    }
}

/// Judges that a token came, where nothing can be said without one.
fn control(answer: &Answer) -> Result<(), Stop> {
    match granted(answer) {
        Some(_) => Ok(()),
        None => Err(Stop::Control(format!(
            "the request without the fault was answered with {}",
            answer.words()
        ))),
    }
}

/// Asks for a token as the party of the scenario, with that fault.
async fn ask(world: &mut World, fault: &str) -> Result<(), Stop> {
    let party = the_party(world)?.clone();
    let (asked, _) = ask_of(world, &party, fault).await?;
    world.oauth.server.asked.push(asked);
    Ok(())
}

/// Asks for a token as a party, with that fault.
///
/// # Errors
/// When the words of the fault mean nothing.
pub(super) async fn ask_of(
    world: &World,
    party: &Party,
    fault: &str,
) -> Result<(Asked, Draft), Stop> {
    let facts = facts_of(world, party)?;
    let mut draft = party.draft(&facts.issuer, facts.now);
    draft.alter(fault, &facts)?;
    let url = world.replica(&server(world)?.token, 0)?;
    Ok((dispatch(world, url, draft.clone()).await?, draft))
}

/// Sends a request and waits for what comes.
///
/// # Errors
/// When an assertion in it cannot be signed.
pub(super) async fn dispatch(world: &World, url: Url, draft: Draft) -> Result<Asked, Stop> {
    let (method, scope) = (draft.method.clone(), draft.get("scope").map(str::to_owned));
    let mut rendered = draft.render()?;
    if method == "GET" {
        rendered.body.clear();
    }
    Ok(send(world, &method, url, rendered, scope).await)
}

async fn send(
    world: &World,
    method: &str,
    mut url: Url,
    rendered: Rendered,
    scope: Option<String>,
) -> Asked {
    if !rendered.query.is_empty() {
        url.set_query(Some(&rendered.query));
    }
    let (fields, body) = (rendered.fields.clone(), rendered.body.clone());
    let answer = world.ask(&url, method, fields, body).await;
    Asked {
        method: method.to_owned(),
        rendered,
        scope,
        answer,
    }
}

/// The request that was made last.
///
/// # Errors
/// When none was made.
pub(super) fn the_last(world: &World) -> Result<&Asked, Stop> {
    let last = world.oauth.server.asked.last();
    last.ok_or_else(|| Stop::Harness("the scenario has asked for no token yet".to_owned()))
}

/// All requests that were made, each answered.
///
/// # Errors
/// When one was not answered.
pub(super) fn all(world: &World) -> Result<&[Asked], Stop> {
    let asked = &world.oauth.server.asked;
    match asked.iter().find(|a| a.answer.response().is_none()) {
        None => Ok(asked),
        Some(silent) => Err(no_answer(&silent.answer)),
    }
}
