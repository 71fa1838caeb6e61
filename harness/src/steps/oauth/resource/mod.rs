//! Scenarios about the resource of the target: tokens of the harness, shown in all sorts of ways.

mod answers;
mod api_keys;
mod grants;
mod issuers;
mod judging;
mod jwt;
mod metadata;
mod questions;
mod shows;
mod source;

use crate::{
    lab::oauth::ServerLease,
    steps::{Stop, jose::stranger, registry::Step},
    target::oauth::ResourceServer,
    wire::Fields,
    world::World,
};
use std::sync::Arc;
use url::Url;

/// What such a scenario has seen and done.
#[derive(Default)]
pub struct Seen {
    /// The live token of the scenario.
    token: Option<String>,
    /// What its requests show, and so what the request without the fault has to show.
    about: About,
    /// Where its requests go.
    door: Door,
    /// Everything that has been shown, to see whether it comes back.
    credentials: Vec<String>,
    /// The desk at which questions about its tokens arrive.
    questions: Option<Arc<ServerLease>>,
    /// A key that its issuer has put into the key set.
    new_key: Option<Arc<stranger::Stranger>>,
    /// What was answered for the metadata.
    metadata: Option<crate::world::Answer>,
}

/// What the requests of a scenario show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum About {
    /// A token, of whichever kind the resource takes.
    #[default]
    Tokens,
    /// A JWT that an issuer of the scenario has signed.
    Jwts,
    /// A token that the resource asks about.
    Questions,
    /// An API key.
    ApiKeys,
}

/// Where the requests of a scenario go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Door {
    /// To what a token opens with GET.
    #[default]
    Reading,
    /// To what a token of that scope opens with POST.
    Writing,
    /// To what only users open.
    Users,
}

/// A request before it is sent.
struct Draft {
    url: Url,
    method: &'static str,
    fields: Fields,
    body: Vec<u8>,
}

/// The steps, one list for each file.
pub(super) fn steps() -> Vec<Vec<Step>> {
    vec![
        shows::steps(),
        issuers::steps(),
        questions::steps(),
        api_keys::steps(),
        metadata::steps(),
        judging::steps(),
    ]
}

/// The resource of the target.
fn resource(world: &World) -> Result<&ResourceServer, Stop> {
    let resource = world.context.target.oauth.resource.as_ref();
    resource.ok_or_else(|| missing("[resource_server]"))
}

fn missing(what: &str) -> Stop {
    Stop::NotExercised(format!("the target file has no {what}"))
}

impl Door {
    fn url(self, world: &World) -> Result<Url, Stop> {
        let resource = resource(world)?;
        match self {
            Self::Reading => world.replica(&resource.read, 0),
            Self::Writing => {
                let write = resource.write.clone();
                write.ok_or_else(|| missing("[resource_server] write"))
            }
            Self::Users => {
                let users_only = resource.users_only.clone();
                users_only.ok_or_else(|| missing("[resource_server] users_only"))
            }
        }
    }

    fn method(self) -> &'static str {
        match self {
            Self::Writing => "POST",
            Self::Reading | Self::Users => "GET",
        }
    }
}

/// Sends requests and keeps what is answered.
async fn send(world: &mut World, drafts: Vec<Draft>) -> Result<(), Stop> {
    for draft in drafts {
        let answer = world
            .ask(&draft.url, draft.method, draft.fields, draft.body)
            .await;
        let Some(response) = answer.response() else {
            return Err(Stop::Control(format!(
                "the resource gave no answer: {}",
                answer.words()
            )));
        };
        world.shown.push((response.clone(), answer.event));
    }
    Ok(())
}

/// Shows a token as it should be shown.
async fn show(world: &mut World, token: &str) -> Result<(), Stop> {
    let door = world.oauth.resource.door;
    let draft = shows::in_the_field(&door.url(world)?, door.method(), token);
    world.oauth.resource.credentials.push(token.to_owned());
    send(world, vec![draft]).await
}
