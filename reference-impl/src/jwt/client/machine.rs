//! One call of a resource as the client sees it, in each of the three flows.
//!
//! ```text
//!   begun --a token is held-----------> token shown --401--> dropped, and once more:
//!     |                                                       a new token of its server, or a JWT
//!     +--the server is known----------> asking it --a token--> token shown
//!     |
//!     +--nothing is held--------------> JWT shown --2xx--> done; a token that came along is kept
//!                                          |
//!                                          +--401 with metadata--> theirs --> the server's --> asking it
//! ```
//!
//! The challenge says when, the metadata say which, the configuration says whether. Whatever is refused is sent
//! once more at most (JW-CLI-013).

use std::sync::Arc;

use btx_spec::HttpsUrl;
use btx_spec::oauth::AccessToken;

use super::answer::{handed_out, metadata_place, own_place, server_named};
use super::config::PeerEntry;
use super::failure::{Failure, Stopped};
use crate::oauth::client as oauth;
use crate::oauth::client::answer::{judge_metadata, judge_token};
use crate::outbound::Answer;

/// What the client keeps of one peer from call to call.
#[derive(Debug, Default)]
pub struct Memory {
    token: Option<Held>,
    server: Option<Known>,
}

/// A token. Another peer has a memory of its own, so that no token gets there (JW-CLI-051, JW-CLI-069).
#[derive(Debug, Clone)]
struct Held {
    token: Arc<AccessToken>,
    until: i64,
}

/// A server that the metadata have named, and where it is asked.
#[derive(Debug, Clone)]
struct Known {
    /// Its place in the configuration of the peer.
    server: usize,
    endpoint: HttpsUrl,
    until: i64,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// Somebody wants to call the resource.
    Begun,
    /// What was asked for last was answered.
    Answered(Answer),
    /// Metadata or a token were asked for, and no answer came.
    Missed(oauth::Failure),
}

/// What to do next.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Call the resource with a service JWT that is signed for this (JW-CLI-008).
    ShowJwt,
    /// Call it with this token.
    ShowToken(Arc<AccessToken>),
    /// Fetch the metadata of the resource.
    FetchResource(HttpsUrl),
    /// Fetch the metadata of this one of its servers.
    FetchServer(usize),
    /// Sign an assertion for this one of its servers, and ask for a token there.
    Ask {
        /// The place of the server in the configuration.
        server: usize,
        /// Where it is asked.
        endpoint: HttpsUrl,
    },
    /// That was it.
    Done(Answer),
    /// It came to no end.
    Failed(Failure),
}

/// For how long, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// How long a token lives whose answer does not say.
    pub assumed_lifetime: i64,
    /// How long metadata are believed.
    pub metadata_lifetime: i64,
}

#[derive(Debug)]
enum Stage {
    Idle,
    JwtShown { since: i64 },
    TokenShown(Arc<AccessToken>),
    ResourceWanted,
    ServerWanted(usize),
    Asked { since: i64 },
}

/// One call.
#[derive(Debug)]
pub struct Machine<'a> {
    peer: &'a PeerEntry,
    pace: Pace,
    stage: Stage,
    /// What the resource answered when it refused, if it has.
    refused: Option<u16>,
}

impl<'a> Machine<'a> {
    /// A call of this peer.
    pub fn new(peer: &'a PeerEntry, pace: Pace) -> Self {
        Self {
            peer,
            pace,
            stage: Stage::Idle,
            refused: None,
        }
    }

    /// Takes one event. `now` is in Unix seconds.
    pub fn on(&mut self, event: Event, memory: &mut Memory, now: i64) -> Step {
        let stage = std::mem::replace(&mut self.stage, Stage::Idle);
        match (stage, event) {
            (Stage::Idle, Event::Begun) => self.begin(memory, now),
            (Stage::JwtShown { since }, Event::Answered(answer)) => {
                self.jwt_answered(answer, since, memory, now)
            }
            (Stage::TokenShown(token), Event::Answered(answer)) => {
                self.token_answered(&token, answer, memory, now)
            }
            (Stage::ResourceWanted, Event::Answered(answer)) => {
                match server_named(&answer, self.peer) {
                    Ok(server) => self.fetch_server(server),
                    Err(why) => self.stop(why),
                }
            }
            (Stage::ServerWanted(server), Event::Answered(answer)) => {
                self.server_answered(server, &answer, memory, now)
            }
            (Stage::Asked { since }, Event::Answered(answer)) => {
                self.granted(&answer, since, memory, now)
            }
            (Stage::ResourceWanted, Event::Missed(_)) => self.stop(Stopped::NoResourceMetadata),
            (Stage::ServerWanted(_) | Stage::Asked { .. }, Event::Missed(why)) => {
                self.stop(why.into())
            }
            _ => Step::Failed(Failure::Broken),
        }
    }

    /// The token that is held and lives (JW-CLI-050, JW-CLI-068), and otherwise what leads to one.
    fn begin(&mut self, memory: &mut Memory, now: i64) -> Step {
        // JW-CLI-052
        memory.token.take_if(|held| held.until <= now);
        match &memory.token {
            Some(held) => self.show_token(Arc::clone(&held.token)),
            None => self.without_token(memory, now),
        }
    }

    /// Whoever has learned that a server is to be asked asks it, and does not show a JWT that will be refused.
    fn without_token(&mut self, memory: &mut Memory, now: i64) -> Step {
        memory.server.take_if(|known| known.until <= now);
        match &memory.server {
            Some(known) => self.ask(known.server, known.endpoint.clone(), now),
            None => self.show_jwt(now),
        }
    }

    fn jwt_answered(&mut self, answer: Answer, since: i64, memory: &mut Memory, now: i64) -> Step {
        if answer.status == 401 && self.refused.is_none() {
            return self.jwt_refused(answer);
        }
        if let Some((token, lifetime)) = handed_out(&answer) {
            memory.keep(token, since, lifetime, now);
        }
        Step::Done(answer)
    }

    /// Another JWT would be as good as this one was, so that without a way to a server it ends here.
    fn jwt_refused(&mut self, answer: Answer) -> Step {
        match metadata_place(&answer).filter(|_| !self.peer.servers.is_empty()) {
            Some(place) => self.fetch_resource(&place, answer.status),
            None => Step::Done(answer),
        }
    }

    fn token_answered(
        &mut self,
        token: &Arc<AccessToken>,
        answer: Answer,
        memory: &mut Memory,
        now: i64,
    ) -> Step {
        if answer.status != 401 {
            return Step::Done(answer);
        }
        // JW-CLI-053: this one, and not one that somebody else has got meanwhile.
        memory.token.take_if(|held| Arc::ptr_eq(&held.token, token));
        if self.refused.is_some() {
            return Step::Done(answer);
        }
        self.refused = Some(answer.status);
        self.begin(memory, now)
    }

    /// JW-CLI-060, JW-CLI-064.
    fn fetch_resource(&mut self, place: &str, status: u16) -> Step {
        self.refused = Some(status);
        match own_place(place, self.peer) {
            Ok(url) => {
                self.stage = Stage::ResourceWanted;
                Step::FetchResource(url)
            }
            Err(why) => self.stop(why),
        }
    }

    fn fetch_server(&mut self, server: usize) -> Step {
        self.stage = Stage::ServerWanted(server);
        Step::FetchServer(server)
    }

    fn server_answered(
        &mut self,
        server: usize,
        answer: &Answer,
        memory: &mut Memory,
        now: i64,
    ) -> Step {
        let Some(issuer) = self.peer.servers.get(server) else {
            return Step::Failed(Failure::Broken);
        };
        // JW-CLI-063
        match judge_metadata(answer, issuer) {
            Ok(endpoint) => {
                memory.server = Some(Known {
                    server,
                    endpoint: endpoint.clone(),
                    until: now.saturating_add(self.pace.metadata_lifetime),
                });
                self.ask(server, endpoint, now)
            }
            Err(why) => self.stop(why.into()),
        }
    }

    fn granted(&mut self, answer: &Answer, since: i64, memory: &mut Memory, now: i64) -> Step {
        match judge_token(answer) {
            Ok(granted) => {
                let assumed = self.pace.assumed_lifetime.unsigned_abs();
                let lifetime = granted.lifetime.unwrap_or(assumed);
                memory.keep(Arc::clone(&granted.token), since, lifetime, now);
                self.show_token(granted.token)
            }
            Err(why) => {
                // The next call begins with the challenge: perhaps the resource has moved to another server.
                memory.server = None;
                self.stop(why.into())
            }
        }
    }

    fn show_jwt(&mut self, now: i64) -> Step {
        self.stage = Stage::JwtShown { since: now };
        Step::ShowJwt
    }

    fn show_token(&mut self, token: Arc<AccessToken>) -> Step {
        self.stage = Stage::TokenShown(Arc::clone(&token));
        Step::ShowToken(token)
    }

    fn ask(&mut self, server: usize, endpoint: HttpsUrl, now: i64) -> Step {
        self.stage = Stage::Asked { since: now };
        Step::Ask { server, endpoint }
    }

    fn stop(&self, why: Stopped) -> Step {
        Step::Failed(Failure::NoToken {
            refused: self.refused,
            why,
        })
    }
}

impl Memory {
    /// The life of a token is counted from when the request for it was sent. It is kept a little shorter, since
    /// it still has to travel.
    fn keep(&mut self, token: Arc<AccessToken>, since: i64, lifetime: u64, now: i64) {
        let lifetime = i64::try_from(lifetime).unwrap_or(i64::MAX);
        let until = since.saturating_add(lifetime - (lifetime / 20).min(5));
        if now < until {
            self.token = Some(Held { token, until });
        }
    }
}
