//! What an issuer of the harness has given out, and how a sound one decides. Signatures are not verified: it knows
//! every bearer of its own.

use crate::{
    lab::{door::not_found, oauth::bearer, reception::json},
    lenient::Members,
    wire::{Fields, Request, Response},
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use btx_spec::jose::{Algorithm, SigningKey};
use serde_json::{Map, Value, json};
use std::{io, time::Duration};

use super::SessionPlace;

/// The type of a bearer.
const BEARER: &str = "bearer+jwt";
/// The field in which a session token comes.
const SESSION_FIELD: &str = "x-session-token";
/// How long bearers live and can be refreshed, and sessions live, where a scenario does not say it.
const LIFETIME: Duration = Duration::from_secs(420);
const REFRESH_WINDOW: i64 = 420;
const SESSION: i64 = 7200;

/// An issuer at work.
pub(super) struct Office {
    identifier: String,
    lifetime: Duration,
    key: SigningKey,
    sessions: Vec<Session>,
    bearers: Vec<Given>,
}

/// A session that has begun.
struct Session {
    token: String,
    id: String,
    ends: i64,
}

/// A bearer that was given.
struct Given {
    text: String,
    session: String,
    key: String,
    expires: i64,
}

/// What comes, and when.
pub(super) struct Asked<'a> {
    /// The request.
    pub(super) request: &'a Request,
    /// The name and the password that are let in.
    pub(super) credentials: [&'a str; 2],
    /// The second of the epoch.
    pub(super) now: i64,
    /// What a session is made of.
    pub(super) random: &'a [u8; 48],
}

/// What a sound issuer answers, and the tokens that it has made for that.
pub(super) struct Decided {
    pub(super) response: Response,
    pub(super) given: Vec<String>,
}

impl From<Response> for Decided {
    fn from(response: Response) -> Self {
        Self {
            response,
            given: Vec::new(),
        }
    }
}

impl Office {
    /// An issuer that has given nothing out yet.
    pub(super) fn new(identifier: &str) -> io::Result<Self> {
        Ok(Self {
            identifier: identifier.to_owned(),
            lifetime: LIFETIME,
            key: new_key()?,
            sessions: Vec::new(),
            bearers: Vec::new(),
        })
    }

    /// How long the bearers live that it gives from now on.
    pub(super) fn bearers_live(&mut self, lifetime: Duration) {
        self.lifetime = lifetime;
    }

    /// Takes another key. The one before verifies for as long as a bearer of it lives.
    pub(super) fn rotate(&mut self) -> io::Result<()> {
        self.key = new_key()?;
        Ok(())
    }

    /// What a sound issuer answers at a place.
    pub(super) fn answer(&mut self, asked: &Asked<'_>, place: SessionPlace) -> io::Result<Decided> {
        match place {
            SessionPlace::Login => self.login(asked),
            SessionPlace::Api => self.api(asked),
            SessionPlace::Logout => Ok(self.logout(asked).into()),
            SessionPlace::Other => Ok(not_found().into()),
        }
    }

    fn login(&mut self, asked: &Asked<'_>) -> io::Result<Decided> {
        let members = Members::read(&asked.request.body);
        let member = |name: &str| members.as_ref().and_then(|members| members.text(name));
        let shown = [member("username"), member("password")];
        let known = asked.credentials.map(|one| Some(one.to_owned()));
        if asked.request.method != "POST" || shown != known {
            return Ok(challenged(None).into());
        }
        let (token, id) = asked.random.split_at(32);
        let session = Session {
            token: BASE64_URL_SAFE_NO_PAD.encode(token),
            id: BASE64_URL_SAFE_NO_PAD.encode(id),
            ends: asked.now + SESSION,
        };
        let expires = (asked.now + self.seconds()).min(session.ends);
        let bearer = self.mint(&session.id, asked, expires)?;
        let members = json!({
            "session_token": session.token,
            "session_expires_in": SESSION,
            "bearer_token": bearer,
            "expires_in": expires - asked.now,
        });
        let given = vec![session.token.clone(), bearer];
        self.sessions.push(session);
        Ok(Decided {
            response: json(200, &members),
            given,
        })
    }

    fn api(&mut self, asked: &Asked<'_>) -> io::Result<Decided> {
        let Some(shown) = bearer(asked.request) else {
            return Ok(challenged(None).into());
        };
        let refused = || Ok(challenged(Some("invalid_token")).into());
        let Some(given) = self.bearers.iter().find(|given| given.text == shown) else {
            return refused();
        };
        let session = self.sessions.iter().find(|one| one.id == given.session);
        let Some(session) = session.filter(|one| asked.now < one.ends) else {
            return refused();
        };
        if asked.now < given.expires {
            let expires = given.expires;
            return match given.key == self.key.key_id() {
                true => Ok(json(200, &json!({})).into()),
                false => self.bring(&session.id.clone(), asked, expires),
            };
        }
        let with_session = asked.request.fields.get(SESSION_FIELD) == Some(&session.token);
        if !with_session || asked.now >= given.expires + REFRESH_WINDOW {
            return refused();
        }
        let expires = (asked.now + self.seconds()).min(session.ends);
        self.bring(&session.id.clone(), asked, expires)
    }

    fn logout(&mut self, asked: &Asked<'_>) -> Response {
        let shown = asked.request.fields.get(SESSION_FIELD);
        let before = self.sessions.len();
        self.sessions
            .retain(|one| Some(one.token.as_str()) != shown);
        match self.sessions.len() < before {
            true => Response::new(204, Fields::from([("cache-control", "no-store")]), b""),
            false => challenged(Some("invalid_token")),
        }
    }

    /// Lets the caller in, and brings a new bearer.
    fn bring(&mut self, session: &str, asked: &Asked<'_>, expires: i64) -> io::Result<Decided> {
        let bearer = self.mint(session, asked, expires)?;
        let lives = expires - asked.now;
        let mut response = json(200, &json!({}));
        let value = format!("bearer_token=\"{bearer}\", expires_in={lives}");
        response.fields.push("authentication-info", value);
        Ok(Decided {
            response,
            given: vec![bearer],
        })
    }

    fn mint(&mut self, session: &str, asked: &Asked<'_>, expires: i64) -> io::Result<String> {
        let [subject, _] = asked.credentials;
        let claims = Map::from_iter([
            ("iss".to_owned(), json!(self.identifier)),
            ("aud".to_owned(), json!(self.identifier)),
            ("sub".to_owned(), json!(subject)),
            ("sid".to_owned(), Value::from(session)),
            ("iat".to_owned(), json!(asked.now)),
            ("exp".to_owned(), json!(expires)),
        ]);
        let text = self.key.sign(Some(BEARER), &claims).map_err(failed)?;
        self.bearers.push(Given {
            text: text.clone(),
            session: session.to_owned(),
            key: self.key.key_id().to_owned(),
            expires,
        });
        Ok(text)
    }

    fn seconds(&self) -> i64 {
        i64::try_from(self.lifetime.as_secs()).unwrap_or(i64::MAX)
    }
}

/// A key under a name that no other has.
fn new_key() -> io::Result<SigningKey> {
    let pem = rcgen::KeyPair::generate().map_err(failed)?.serialize_pem();
    let name = uuid::Uuid::new_v4().simple().to_string();
    SigningKey::from_pkcs8_pem(Algorithm::ES256, &name, &pem).map_err(failed)
}

fn failed(error: impl std::fmt::Display) -> io::Error {
    io::Error::other(error.to_string())
}

fn challenged(error: Option<&str>) -> Response {
    let mut challenge = "Bearer realm=\"lab\"".to_owned();
    if let Some(error) = error {
        challenge.push_str(&format!(", error=\"{error}\""));
    }
    let fields = Fields::from([
        ("www-authenticate", challenge.as_str()),
        ("cache-control", "no-store"),
    ]);
    Response::new(401, fields, b"")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use super::*;

    struct Desk {
        office: Office,
        now: i64,
        turn: u8,
    }

    impl Desk {
        fn new() -> Self {
            let office = Office::new("https://127.0.1.1:9600/p1").unwrap();
            Self {
                office,
                now: 1_000_000,
                turn: 0,
            }
        }

        fn ask(&mut self, place: SessionPlace, fields: &[(&str, &str)], body: &Value) -> Decided {
            let mut all = Fields::default();
            for (name, value) in fields {
                all.push(*name, *value);
            }
            let request = Request {
                method: "POST".to_owned(),
                target: "/p1".to_owned(),
                fields: all,
                body: body.to_string().into_bytes(),
            };
            self.turn += 1;
            let asked = Asked {
                request: &request,
                credentials: ["btx", "secret"],
                now: self.now,
                random: &[self.turn; 48],
            };
            self.office.answer(&asked, place).unwrap()
        }

        /// A session token and a bearer.
        fn log_in(&mut self) -> [String; 2] {
            let body = json!({"username": "btx", "password": "secret"});
            let given = self.ask(SessionPlace::Login, &[], &body).given;
            given.try_into().unwrap()
        }

        /// The status of a call, and the bearer that it brings.
        fn call(&mut self, bearer: &str, session: Option<&str>) -> (u16, Option<String>) {
            let shown = format!("Bearer {bearer}");
            let mut fields = vec![("authorization", shown.as_str())];
            fields.extend(session.map(|token| (SESSION_FIELD, token)));
            let decided = self.ask(SessionPlace::Api, &fields, &json!({}));
            (decided.response.status, decided.given.into_iter().next())
        }
    }

    #[test]
    fn only_the_account_of_the_caller_is_let_in() {
        let mut desk = Desk::new();
        let body = json!({"username": "btx", "password": "another"});
        let refused = desk.ask(SessionPlace::Login, &[], &body);
        assert_eq!((refused.response.status, refused.given.len()), (401, 0));
        let [_, bearer] = desk.log_in();
        assert_eq!(desk.call(&bearer, None), (200, None));
        assert_eq!(desk.call("another", None).0, 401);
    }

    #[test]
    fn an_expired_bearer_is_refreshed_with_its_session_and_not_without() {
        let mut desk = Desk::new();
        desk.office.bearers_live(Duration::from_secs(2));
        let [session, bearer] = desk.log_in();
        let [other, _] = desk.log_in();
        desk.now += 2;
        assert_eq!(desk.call(&bearer, None).0, 401);
        assert_eq!(desk.call(&bearer, Some(&other)).0, 401);
        let (status, new) = desk.call(&bearer, Some(&session));
        assert_eq!(status, 200);
        assert_eq!(desk.call(&new.unwrap(), None), (200, None));
        desk.now += REFRESH_WINDOW;
        assert_eq!(desk.call(&bearer, Some(&session)).0, 401);
    }

    #[test]
    fn a_bearer_of_the_key_before_brings_one_of_the_new_key() {
        let mut desk = Desk::new();
        let [_, bearer] = desk.log_in();
        desk.office.rotate().unwrap();
        let (status, new) = desk.call(&bearer, None);
        assert_eq!(status, 200);
        assert_eq!(desk.call(&new.unwrap(), None), (200, None));
    }

    #[test]
    fn a_session_that_was_logged_out_is_over() {
        let mut desk = Desk::new();
        let [session, bearer] = desk.log_in();
        let fields = [(SESSION_FIELD, session.as_str())];
        let mut out = || desk.ask(SessionPlace::Logout, &fields, &json!({}));
        assert_eq!(out().response.status, 204);
        assert_eq!(out().response.status, 401);
        assert_eq!(desk.call(&bearer, None).0, 401);
    }
}
