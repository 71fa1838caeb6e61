//! What a saboteur has seen of sessions: who has logged in with which password, and what each session was given.

use super::requests::{Shown, brought, is_login, is_logout, is_success, session_token};
use crate::{
    inbound::{Layer, pass},
    ledger::lock,
    message::{Asked, Told, members, text},
    sabotage::LcIssuerSabotage,
};
use axum::middleware::Next;
use futures::future::BoxFuture;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

/// What was seen, shared by all replicas of all issuers.
#[derive(Clone, Default)]
pub(super) struct Diary(Arc<Mutex<Pages>>);

#[derive(Default)]
struct Pages {
    /// Passwords, by name.
    passwords: HashMap<String, String>,
    /// Sessions, by name.
    sessions: HashMap<String, Known>,
}

/// A session.
#[derive(Clone)]
pub(super) struct Known {
    /// Its token.
    pub(super) token: String,
    /// How many began before it.
    number: usize,
    /// The issuer that it is of.
    issuer: String,
    /// Whose it is.
    pub(super) subject: String,
    /// Its bearers, the newest last.
    pub(super) bearers: Vec<String>,
    /// When its first bearer was issued, in seconds of the epoch.
    pub(super) began: i64,
    /// Whether it has logged out.
    pub(super) ended: bool,
}

impl Diary {
    /// A saboteur that keeps this diary.
    pub(super) fn kept(&self) -> LcIssuerSabotage {
        LcIssuerSabotage::new().layer(Keeping(self.clone()))
    }

    /// The password of a name.
    pub(super) fn password(&self, name: &str) -> Option<String> {
        lock(&self.0).passwords.get(name).cloned()
    }

    /// Somebody who has that password.
    pub(super) fn owner(&self, password: &str) -> Option<String> {
        let pages = lock(&self.0);
        let mut all = pages.passwords.iter();
        all.find(|(_, own)| *own == password)
            .map(|(name, _)| name.clone())
    }

    /// The session that bearers call so.
    pub(super) fn named(&self, name: &str) -> Option<Known> {
        lock(&self.0).sessions.get(name).cloned()
    }

    /// The session of a token.
    pub(super) fn of_token(&self, token: &str) -> Option<Known> {
        self.find(|known| known.token == token)
    }

    /// The session of a bearer that was issued.
    pub(super) fn of_bearer(&self, bearer: &str) -> Option<Known> {
        self.find(|known| known.bearers.iter().any(|own| own == bearer))
    }

    /// A live session of the subject of another: the newest there, since older ones may have come to their end.
    pub(super) fn beside(&self, other: &Known) -> Option<Known> {
        let pages = lock(&self.0);
        let all = pages.sessions.values();
        let live = all.filter(|known| {
            known.subject == other.subject && known.issuer == other.issuer && !known.ended
        });
        live.max_by_key(|known| known.number).cloned()
    }

    fn find(&self, fits: impl Fn(&Known) -> bool) -> Option<Known> {
        lock(&self.0)
            .sessions
            .values()
            .find(|known| fits(known))
            .cloned()
    }

    fn note(&self, asked: &Asked, told: &Told) {
        if !is_success(told) {
            return;
        }
        if is_login(asked) {
            self.note_login(asked, told);
        } else if is_logout(asked) {
            self.note_logout(asked);
        } else if let Some(new) = brought(told, "bearer_token") {
            self.note_bearer(&new);
        }
    }

    fn note_login(&self, asked: &Asked, told: &Told) {
        let mut pages = lock(&self.0);
        if let (Some(name), Some(password)) = (asked.text("username"), asked.text("password")) {
            pages.passwords.insert(name, password);
        }
        let given = members(&told.body).unwrap_or_default();
        let (Some(token), Some(bearer)) =
            (text(&given, "session_token"), text(&given, "bearer_token"))
        else {
            return;
        };
        if let Some(shown) = Shown::read(&bearer) {
            let known = Known {
                token,
                number: pages.sessions.len(),
                issuer: shown.claim("iss").to_owned(),
                subject: shown.claim("sub").to_owned(),
                bearers: vec![bearer],
                began: shown.number("iat"),
                ended: false,
            };
            pages.sessions.insert(shown.claim("sid").to_owned(), known);
        }
    }

    fn note_logout(&self, asked: &Asked) {
        let Some(ended) = session_token(asked).and_then(|token| self.of_token(&token)) else {
            return;
        };
        let everywhere = !asked.body.is_empty();
        for known in lock(&self.0).sessions.values_mut() {
            let same_subject = everywhere && known.subject == ended.subject;
            known.ended |= same_subject || known.token == ended.token;
        }
    }

    fn note_bearer(&self, bearer: &str) {
        let Some(shown) = Shown::read(bearer) else {
            return;
        };
        if let Some(known) = lock(&self.0).sessions.get_mut(shown.claim("sid")) {
            known.bearers.push(bearer.to_owned());
        }
    }
}

/// Keeps a diary.
struct Keeping(Diary);

impl Layer for Keeping {
    fn take(&self, asked: Asked, next: Next) -> BoxFuture<'static, Told> {
        let diary = self.0.clone();
        Box::pin(async move {
            let told = pass(asked.clone(), next).await;
            diary.note(&asked, &told);
            told
        })
    }
}
