//! Scenarios about sessions: login, using and refreshing bearers, logout, and bearers that come unasked.

mod arranging;
mod bearer;
mod clock;
mod judging;
mod login;
mod logout;
mod messages;
pub(crate) mod obtain;
pub(super) mod outlook;
mod renewed;
mod rotating;
mod shows;
mod together;

use super::{answered, is_success, issuer};
use crate::{
    steps::{Stop, lifecycle::bearer::Read, registry::Step},
    target::lifecycle::Account,
    timeline::EventId,
    wire::{Fields, Response},
    world::{Answer, World, describe},
};
use bearer::brought;
use clock::Clock;
use url::Url;

/// What such a scenario has seen and done.
#[derive(Default)]
pub(crate) struct Seen {
    /// The sessions that it has begun, in the order of its steps.
    sessions: Vec<Session>,
    /// The clock of the issuer.
    clock: Clock,
    /// What was answered to the login that began the first session.
    begun: Option<Answer>,
    /// What was answered to the logins that it is about.
    logins: Vec<(Response, EventId)>,
    /// What was answered to its logouts.
    logouts: Vec<(Response, EventId)>,
    /// What was answered to the other sessions.
    others: Vec<(Response, EventId)>,
    /// What was answered to requests that have to bring a new bearer.
    renewals: Vec<(Response, EventId)>,
    /// The bearers that came with what was shown.
    came: Vec<(Read, EventId)>,
    /// What was answered when these were shown.
    fresh: Vec<(Response, EventId)>,
    /// The rotation that it has seen to.
    rotation: Option<rotating::Rotated>,
}

/// A session that the scenario has begun.
struct Session {
    /// Whose it is.
    account: Account,
    /// Its token.
    token: String,
    /// Its end, by the clock of the issuer.
    ends: f64,
    /// Its bearers, the newest last.
    bearers: Vec<Read>,
}

impl Session {
    fn first(&self) -> Option<&Read> {
        self.bearers.first()
    }

    fn newest(&self) -> Option<&Read> {
        self.bearers.last()
    }
}

/// The steps, one list for each file.
pub(super) fn steps() -> Vec<Vec<Step>> {
    vec![
        arranging::steps(),
        login::steps(),
        messages::steps(),
        shows::steps(),
        together::steps(),
        logout::steps(),
        rotating::steps(),
        judging::steps(),
        renewed::steps(),
    ]
}

fn seen(world: &World) -> &Seen {
    &world.lifecycle.issuer_seen.sessions
}

fn seen_mut(world: &mut World) -> &mut Seen {
    &mut world.lifecycle.issuer_seen.sessions
}

/// A session of the scenario, counted from 0.
fn session(world: &World, index: usize) -> Result<&Session, Stop> {
    let missing = || Stop::Harness("the scenario has not begun that session".to_owned());
    seen(world).sessions.get(index).ok_or_else(missing)
}

/// The bearer of a session that came last.
fn newest(world: &World, index: usize) -> Result<Read, Stop> {
    let missing = || Stop::Harness("the session has no bearer".to_owned());
    session(world, index)?.newest().cloned().ok_or_else(missing)
}

/// The bearer that came with the login of a session.
fn first(world: &World, index: usize) -> Result<Read, Stop> {
    let missing = || Stop::Harness("the session has no bearer".to_owned());
    session(world, index)?.first().cloned().ok_or_else(missing)
}

/// Where a bearer opens, at a replica counted from 0, around.
fn api(world: &World, replica: usize) -> Result<Url, Stop> {
    world.replica(&issuer(world)?.api, replica)
}

/// Shows a bearer and session tokens at a replica, and gives what is answered.
async fn show(
    world: &World,
    bearer: &str,
    tokens: &[&str],
    replica: usize,
) -> Result<(Response, EventId), Stop> {
    let fields = fields(bearer, tokens);
    answered(
        world
            .ask(&api(world, replica)?, "GET", fields, Vec::new())
            .await,
    )
}

/// The fields that show a bearer and session tokens.
fn fields(bearer: &str, tokens: &[&str]) -> Fields {
    let shown = format!("Bearer {bearer}");
    let mut fields = Fields::from([("authorization", shown.as_str())]);
    for token in tokens {
        fields.push(btx_spec::lifecycle::SESSION_FIELD, *token);
    }
    fields
}

/// Refreshes a bearer of a session, which has to succeed, and keeps what came.
async fn refresh(world: &mut World, index: usize, bearer: &Read) -> Result<(), Stop> {
    let token = session(world, index)?.token.clone();
    let (response, event) = show(world, &bearer.text, &[&token], index).await?;
    granted(&response)?;
    let Some(new) = brought(&response) else {
        return Err(Stop::Control("a refresh brought no bearer".to_owned()));
    };
    let seen = seen_mut(world);
    seen.renewals.push((response, event));
    if let Some(session) = seen.sessions.get_mut(index) {
        session.bearers.push(new);
    }
    Ok(())
}

/// The control of a scenario: an answer that has to be a success.
pub(super) fn granted(response: &Response) -> Result<(), Stop> {
    if is_success(response) {
        return Ok(());
    }
    Err(Stop::Control(format!(
        "a request without fault was answered {}",
        describe(response)
    )))
}

/// How many replicas the issuer has.
fn replicas(world: &World) -> Result<usize, Stop> {
    Ok(issuer(world)?.api.len())
}
