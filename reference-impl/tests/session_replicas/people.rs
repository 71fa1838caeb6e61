//! Those who log in, and what they know of their sessions.

use std::fmt;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use btx_reference::lifecycle::keys::{Keys as _, Rotation};
use btx_spec::lifecycle::new_bearer;
use serde_json::{Value, json};

use crate::chance::Chance;
use crate::farm::{ACCOUNT, Answer, Farm, PASSWORD, REPLICAS};

/// A session, and the newest bearer of it.
#[derive(Debug, Clone)]
struct Session {
    token: String,
    bearer: String,
    /// Why it is dead, once it is.
    why: &'static str,
}

/// All of them.
#[derive(Default)]
pub(crate) struct People {
    living: Vec<Session>,
    /// Of which nobody knows whether they are.
    unsure: Vec<Session>,
    dead: Vec<Session>,
    logins: usize,
    logouts: usize,
    renewed: usize,
    rotations: usize,
    emergencies: usize,
    undecided: usize,
    refused: usize,
}

/// A login.
pub(crate) fn login() -> Request<Body> {
    let body = json!({ "username": ACCOUNT, "password": PASSWORD }).to_string();
    let request = Request::post("/login").header("content-type", "application/json");
    request.body(Body::from(body)).unwrap()
}

fn show(session: &Session) -> Request<Body> {
    Request::get("/api/whoami")
        .header("authorization", format!("Bearer {}", session.bearer))
        .header("x-session-token", &session.token)
        .body(Body::empty())
        .unwrap()
}

impl People {
    /// Somebody logs in.
    pub(crate) async fn log_in(&mut self, farm: &Farm, replica: usize) {
        let answer = farm.ask(replica, login()).await;
        match answer.status {
            StatusCode::OK => {
                let given: Value = serde_json::from_slice(&answer.body).unwrap();
                let text = |name: &str| given[name].as_str().unwrap().to_owned();
                self.living.push(Session {
                    token: text("session_token"),
                    bearer: text("bearer_token"),
                    why: "",
                });
                self.logins += 1;
            }
            _ => self.undecided(&answer),
        }
    }

    /// Somebody logs out.
    pub(crate) async fn log_out(&mut self, farm: &Farm, replica: usize, chance: &mut Chance) {
        let Some(session) = taken(&mut self.living, chance) else {
            return;
        };
        let request = Request::post("/logout").header("x-session-token", &session.token);
        let request = request.body(Body::empty()).unwrap();
        let answer = farm.ask(replica, request).await;
        match answer.status {
            StatusCode::NO_CONTENT => {
                self.logouts += 1;
                self.die(session, "it has logged out");
            }
            _ => {
                self.undecided(&answer);
                self.unsure.push(session);
            }
        }
    }

    /// Somebody shows a bearer, and keeps the one that comes.
    pub(crate) async fn show_one(&mut self, farm: &Farm, replica: usize, chance: &mut Chance) {
        if let Some(session) = taken(&mut self.living, chance) {
            self.show(farm, replica, session).await;
        }
    }

    async fn show(&mut self, farm: &Farm, replica: usize, mut session: Session) {
        let answer = farm.ask(replica, show(&session)).await;
        match answer.status {
            StatusCode::OK => {
                if let Some(new) = new_bearer_of(&answer) {
                    session.bearer = new;
                    self.renewed += 1;
                }
                self.living.push(session);
            }
            _ => {
                self.undecided(&answer);
                self.unsure.push(session);
            }
        }
    }

    /// The keys rotate. Before that everybody gets a bearer of the current key: the one before that dies with it.
    pub(crate) async fn rotate(&mut self, farm: &Farm, replica: usize, urgent: bool) {
        for session in std::mem::take(&mut self.living) {
            self.show(farm, replica, session).await;
        }
        let rotation = Rotation {
            urgent,
            given: None,
        };
        let rotated = farm.keys(replica).rotate(rotation).await;
        match (rotated, urgent) {
            (Ok(_), false) => self.rotations += 1,
            (Ok(_), true) => {
                self.emergencies += 1;
                let all = std::mem::take(&mut self.living);
                for session in all.into_iter().chain(std::mem::take(&mut self.unsure)) {
                    self.die(session, "its key went in an emergency");
                }
            }
            (Err(_), false) => {}
            // It may have come about all the same.
            (Err(_), true) => self.unsure.append(&mut self.living),
        }
    }

    /// The store has lost everything.
    pub(crate) fn all_is_lost(&mut self) {
        let all = std::mem::take(&mut self.living);
        for session in all.into_iter().chain(std::mem::take(&mut self.unsure)) {
            self.die(session, "the store has lost it");
        }
    }

    fn die(&mut self, session: Session, why: &'static str) {
        self.dead.push(Session { why, ..session });
    }

    /// What is dead opens nothing, anywhere.
    pub(crate) async fn dead_ones_open_nothing(&mut self, farm: &Farm, round: usize) {
        // The youngest are those that a fault could revive.
        let youngest = self.dead.len().saturating_sub(4);
        for session in self.dead.clone().iter().skip(youngest) {
            for replica in 0..REPLICAS {
                let answer = farm.ask(replica, show(session)).await;
                let opens = answer.status == StatusCode::OK;
                assert!(
                    !opens,
                    "round {round}, replica {replica}: opens, although {}",
                    session.why
                );
                match answer.status {
                    StatusCode::UNAUTHORIZED => self.refused += 1,
                    _ => self.undecided(&answer),
                }
            }
        }
    }

    /// What lives opens, everywhere.
    pub(crate) async fn living_ones_live(&mut self, farm: &Farm, round: usize) {
        for session in self.living.clone() {
            for replica in 0..REPLICAS {
                let answer = farm.ask(replica, show(&session)).await;
                let opens = answer.status == StatusCode::OK;
                assert!(
                    opens,
                    "round {round}, replica {replica}: a live session got {answer:?}"
                );
            }
        }
        // A short list is as good as a long one, and quicker.
        let surplus = self.living.len().saturating_sub(4);
        self.living.drain(..surplus);
    }

    /// An answer that decides nothing has to say so.
    fn undecided(&mut self, answer: &Answer) {
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{answer:?}");
        self.undecided += 1;
    }

    /// A run in which nothing was tried says nothing.
    pub(crate) fn something_happened(&self) {
        let tried = [self.logins, self.logouts, self.refused, self.undecided];
        assert!(tried.iter().all(|count| *count > 0), "{self}");
        assert!(self.rotations + self.emergencies > 0, "{self}");
    }
}

impl fmt::Display for People {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} logins, {} logouts, {} bearers renewed, {} rotations, {} emergencies, {} requests undecided, {} dead \
             ones refused",
            self.logins,
            self.logouts,
            self.renewed,
            self.rotations,
            self.emergencies,
            self.undecided,
            self.refused
        )
    }
}

fn new_bearer_of(answer: &Answer) -> Option<String> {
    let fields = answer.headers.get_all("authentication-info").iter();
    let fields: Vec<&str> = fields.map(|value| value.to_str().unwrap()).collect();
    let new = new_bearer::parse(&fields).unwrap()?;
    Some(new.bearer.to_string())
}

fn taken(sessions: &mut Vec<Session>, chance: &mut Chance) -> Option<Session> {
    let length = u64::try_from(sessions.len()).unwrap();
    (length > 0).then(|| sessions.remove(usize::try_from(chance.below(length)).unwrap()))
}
