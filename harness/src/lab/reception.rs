//! The desk of a party during one scenario: what came to which of its places, and what that is answered.

use super::{PeerAnswer, Visit};
use crate::wire::{Fields, Response};
use serde_json::{Map, Value};
use std::{
    collections::HashMap,
    fmt,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::{Notify, oneshot};

/// What a server does with a request.
#[derive(Clone)]
pub enum ServerAnswer {
    /// What a sound server does.
    Sound,
    /// What a sound server would answer, with something else made of it.
    Altered(Arc<dyn Fn(Response) -> PeerAnswer + Send + Sync>),
    /// This, whatever came.
    Fixed(PeerAnswer),
    /// It waits until the scenario lets it go on.
    Held,
}

impl ServerAnswer {
    /// What a sound server would answer, with other members in its JSON.
    pub fn members(alter: impl Fn(&mut Map<String, Value>) + Send + Sync + 'static) -> Self {
        Self::Altered(Arc::new(move |response| {
            PeerAnswer::Respond(with_members(response, &alter))
        }))
    }

    /// A JSON body with that status, which may not be stored.
    #[must_use]
    pub fn json(status: u16, body: &Value) -> Self {
        Self::Fixed(PeerAnswer::Respond(json(status, body)))
    }
}

impl fmt::Debug for ServerAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sound => "Sound",
            Self::Altered(_) => "Altered",
            Self::Fixed(_) => "Fixed",
            Self::Held => "Held",
        })
    }
}

/// A response with other members in its JSON; one without stays as it is.
fn with_members(response: Response, alter: &dyn Fn(&mut Map<String, Value>)) -> Response {
    let Ok(Value::Object(mut members)) = serde_json::from_slice(&response.body) else {
        return response;
    };
    alter(&mut members);
    let body = Value::Object(members).to_string();
    Response::new(response.status, response.fields, body.as_bytes())
}

/// A JSON body with that status, which may not be stored.
pub(in crate::lab) fn json(status: u16, body: &Value) -> Response {
    let fields = Fields::from([
        ("content-type", "application/json"),
        ("cache-control", "no-store"),
    ]);
    Response::new(status, fields, body.to_string().as_bytes())
}

/// The desk of a party during one scenario; its places are of the type `P`.
pub struct Reception<P> {
    state: Mutex<State<P>>,
    arrived: Notify,
}

struct State<P> {
    visits: Vec<(P, Visit)>,
    answers: HashMap<P, Turns>,
    held: Vec<(P, oneshot::Sender<ServerAnswer>)>,
    given: Vec<String>,
    known: HashMap<String, Map<String, Value>>,
    closed: bool,
}

/// What requests are answered in turn; the last answer is for all that come later.
#[derive(Default)]
struct Turns {
    answers: Vec<ServerAnswer>,
    taken: usize,
}

impl Turns {
    fn next(&mut self) -> ServerAnswer {
        let answer = self.answers.get(self.taken).or(self.answers.last());
        let answer = answer.cloned().unwrap_or(ServerAnswer::Sound);
        self.taken += 1;
        answer
    }
}

impl<P> Default for Reception<P> {
    fn default() -> Self {
        Self {
            state: Mutex::new(State {
                visits: Vec::new(),
                answers: HashMap::new(),
                held: Vec::new(),
                given: Vec::new(),
                known: HashMap::new(),
                closed: false,
            }),
            arrived: Notify::new(),
        }
    }
}

impl<P: Copy + Eq + Hash> Reception<P> {
    /// Takes a request in. Its answer is there at once, unless it is held.
    pub(in crate::lab) fn take(&self, place: P, visit: Visit) -> oneshot::Receiver<ServerAnswer> {
        let (sender, receiver) = oneshot::channel();
        let mut state = self.lock();
        state.visits.push((place, visit));
        let answer = match state.answers.get_mut(&place) {
            Some(turns) => turns.next(),
            None => ServerAnswer::Sound,
        };
        match answer {
            ServerAnswer::Held if state.closed => drop(sender.send(ServerAnswer::Sound)),
            ServerAnswer::Held => state.held.push((place, sender)),
            answer => drop(sender.send(answer)),
        }
        drop(state);
        self.arrived.notify_waiters();
        receiver
    }

    /// Lets requests at a place be answered so from now on, in turn, and with the last answer for ever.
    pub fn answer_with(&self, place: P, answers: Vec<ServerAnswer>) {
        self.lock()
            .answers
            .insert(place, Turns { answers, taken: 0 });
    }

    /// Lets what is held at a place go on with this answer, and what comes from now on as well.
    pub fn release(&self, place: P, answer: &ServerAnswer) {
        let mut state = self.lock();
        let held = std::mem::take(&mut state.held);
        for (where_held, sender) in held {
            if where_held == place {
                // The other side may have given up.
                let _ = sender.send(answer.clone());
            } else {
                state.held.push((where_held, sender));
            }
        }
        let turns = Turns {
            answers: vec![answer.clone()],
            taken: 0,
        };
        state.answers.insert(place, turns);
    }

    /// Ends the scenario: what is held goes on, and what comes from now on is answered as by a sound server.
    pub fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.answers.clear();
        for (_, sender) in state.held.drain(..) {
            let _ = sender.send(ServerAnswer::Sound);
        }
    }

    /// The requests at a place so far.
    #[must_use]
    pub fn visits(&self, place: P) -> Vec<Visit> {
        let state = self.lock();
        let at_place = state.visits.iter().filter(|(p, _)| *p == place);
        at_place.map(|(_, visit)| visit.clone()).collect()
    }

    /// All requests so far, in the order in which they came.
    #[must_use]
    pub fn all_visits(&self) -> Vec<(P, Visit)> {
        self.lock().visits.clone()
    }

    /// Notes a token that was given here.
    pub(in crate::lab) fn give(&self, token: &str) {
        self.lock().given.push(token.to_owned());
    }

    /// The tokens that were made here so far, in order, whatever was made of the answers that brought them.
    #[must_use]
    pub fn given(&self) -> Vec<String> {
        self.lock().given.clone()
    }

    /// Lets the introspection endpoint call a token active, with these members beside `active`.
    pub fn know(&self, token: &str, members: Map<String, Value>) {
        self.lock().known.insert(token.to_owned(), members);
    }

    /// Lets the introspection endpoint call a token inactive, as after a revocation.
    pub fn forget(&self, token: &str) {
        self.lock().known.remove(token);
    }

    /// What the introspection endpoint says of a token beside `active`, if that is so.
    #[must_use]
    pub fn known(&self, token: &str) -> Option<Map<String, Value>> {
        self.lock().known.get(token).cloned()
    }

    /// Whether a token is one of this scenario.
    pub(in crate::lab) fn has(&self, token: &str) -> bool {
        let state = self.lock();
        state.known.contains_key(token) || state.given.iter().any(|given| given == token)
    }

    /// Waits until something is there, no longer than `patience`.
    pub async fn wait_for<T>(
        &self,
        patience: Duration,
        found: impl Fn(&Self) -> Option<T>,
    ) -> Option<T> {
        let waiting = async {
            loop {
                let arrived = self.arrived.notified();
                tokio::pin!(arrived);
                arrived.as_mut().enable();
                if let Some(found) = found(self) {
                    return found;
                }
                arrived.await;
            }
        };
        tokio::time::timeout(patience, waiting).await.ok()
    }

    fn lock(&self) -> MutexGuard<'_, State<P>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        lab::oauth::{Desk, Place},
        timeline::EventId,
        wire::Request,
    };
    use std::time::Instant;

    fn visit(event: EventId) -> Visit {
        let request = Request {
            method: "POST".to_owned(),
            target: "/token".to_owned(),
            fields: Fields::default(),
            body: Vec::new(),
        };
        let at = Instant::now();
        Visit { request, event, at }
    }

    fn status(status: u16) -> ServerAnswer {
        ServerAnswer::json(status, &serde_json::json!({}))
    }

    /// The status of an answer that is there, 0 for one of a sound server, nothing for one that is held.
    fn came(waiting: &mut oneshot::Receiver<ServerAnswer>) -> Option<u16> {
        match waiting.try_recv().ok()? {
            ServerAnswer::Fixed(PeerAnswer::Respond(response)) => Some(response.status),
            _ => Some(0),
        }
    }

    #[test]
    fn answers_come_in_turn_and_the_last_one_for_ever() {
        let desk = Desk::default();
        assert_eq!(came(&mut desk.take(Place::Token, visit(0))), Some(0));
        desk.answer_with(Place::Token, vec![status(500), status(400)]);
        for expected in [500, 400, 400] {
            assert_eq!(came(&mut desk.take(Place::Token, visit(1))), Some(expected));
        }
        assert_eq!(came(&mut desk.take(Place::Api, visit(2))), Some(0));
        assert_eq!(desk.visits(Place::Token).len(), 4);
    }

    #[test]
    fn what_is_held_goes_on_when_it_is_released_or_the_scenario_ends() {
        let desk = Desk::default();
        desk.answer_with(Place::Token, vec![ServerAnswer::Held]);
        let mut first = desk.take(Place::Token, visit(0));
        assert_eq!(came(&mut first), None);
        desk.release(Place::Token, &status(401));
        assert_eq!(came(&mut first), Some(401));
        desk.answer_with(Place::Token, vec![ServerAnswer::Held]);
        let mut second = desk.take(Place::Token, visit(1));
        desk.close();
        assert_eq!(came(&mut second), Some(0));
        assert_eq!(came(&mut desk.take(Place::Token, visit(2))), Some(0));
    }

    #[test]
    fn members_are_altered_and_the_rest_stays() {
        let sound = json(
            200,
            &serde_json::json!({"access_token": "t", "expires_in": 3600}),
        );
        let ServerAnswer::Altered(alter) = ServerAnswer::members(|m| drop(m.remove("expires_in")))
        else {
            unreachable!()
        };
        let PeerAnswer::Respond(altered) = alter(sound) else {
            unreachable!()
        };
        assert_eq!(altered.body, br#"{"access_token":"t"}"#);
        assert_eq!(altered.fields.get("content-length"), Some("20"));
    }
}
