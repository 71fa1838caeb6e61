//! A secret that fits every client: by it a saboteur lets in whom the reference would refuse.

use super::requests::{Parameters, edit_form, form, put, take};
use crate::{ledger::lock, message::Asked, sabotage::ServerSabotage};
use axum::http::header;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use btx_reference::{
    oauth::server::{ClientAuth, Config, SecretDigest},
    random::SystemRandom,
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};
use url::form_urlencoded;

/// The secret.
const SECRET: &str = "a-secret-that-fits-every-client-of-it";

/// Who is let in.
#[derive(Clone, Default)]
pub(super) struct Master(Arc<Mutex<BTreeMap<String, SecretDigest>>>);

/// What a request shows of its client.
pub(super) struct Shown {
    /// The id.
    pub(super) id: String,
    /// The secret.
    pub(super) secret: String,
    in_the_form: bool,
}

impl Master {
    /// Puts the secret in the place of that of every client.
    fn take_over(&self, config: &mut Config) {
        for client in &mut config.clients {
            if let (ClientAuth::Secret(own), Ok(other)) =
                (&client.auth, SecretDigest::of(SECRET, &SystemRandom))
            {
                lock(&self.0).insert(client.id.clone(), own.clone());
                client.auth = ClientAuth::Secret(other);
            }
        }
    }

    /// Whether there is a client of that id with a secret.
    pub(super) fn knows(&self, id: &str) -> bool {
        lock(&self.0).contains_key(id)
    }

    /// Whether that is the secret of that client.
    pub(super) fn is_right(&self, shown: &Shown) -> bool {
        let clients = lock(&self.0);
        clients
            .get(&shown.id)
            .is_some_and(|own| own.fits(&shown.secret))
    }

    /// A client whose tokens are opaque.
    pub(super) fn anybody(&self) -> String {
        let clients = lock(&self.0);
        let mut ids = clients.keys().filter(|id| id.contains("resource"));
        ids.next().cloned().unwrap_or_default()
    }

    /// Another server with these clients: `admit` says as whom a request is let in that shows something,
    /// or nothing. Who shows the right secret is let in as itself where it says nothing.
    pub(super) fn admitting(
        &self,
        admit: impl Fn(&Self, &Asked, Option<&Shown>) -> Option<String> + Send + Sync + 'static,
    ) -> ServerSabotage {
        let (here, there) = (self.clone(), self.clone());
        ServerSabotage::new()
            .config(move |config| here.take_over(config))
            .asked(move |asked| {
                let shown = shown(asked);
                let right = shown.as_ref().filter(|shown| there.is_right(shown));
                let right = right.map(|shown| shown.id.clone());
                if let Some(id) = admit(&there, asked, shown.as_ref()).or(right) {
                    let in_the_form = shown.is_some_and(|shown| shown.in_the_form);
                    present(asked, &id, in_the_form);
                }
            })
    }
}

/// The id and the secret that a request shows, in one place.
pub(super) fn shown(asked: &Asked) -> Option<Shown> {
    let fields = asked.head.headers.get_all(header::AUTHORIZATION);
    match fields.iter().count() {
        0 => in_the_form(&form(asked)),
        1 => in_the_field(asked.field("authorization")?),
        _ => None,
    }
}

fn in_the_form(form: &Parameters) -> Option<Shown> {
    // What stands twice is read by nobody.
    let value = |name: &str| {
        let mut all = form.iter().filter(|(n, _)| n == name).map(|(_, v)| v);
        all.next().filter(|_| all.next().is_none()).cloned()
    };
    Some(Shown {
        id: value("client_id")?,
        secret: value("client_secret")?,
        in_the_form: true,
    })
}

fn in_the_field(field: &str) -> Option<Shown> {
    let (scheme, pair) = field.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(STANDARD.decode(pair).ok()?).ok()?;
    let (id, secret) = pair.split_once(':')?;
    let decoded = |text: &str| {
        let whole = format!("{text}=");
        let mut pairs = form_urlencoded::parse(whole.as_bytes());
        pairs
            .next()
            .map(|(name, _)| name.into_owned())
            .unwrap_or_default()
    };
    Some(Shown {
        id: decoded(id),
        secret: decoded(secret),
        in_the_form: false,
    })
}

fn present(asked: &mut Asked, id: &str, in_the_form: bool) {
    if in_the_form {
        edit_form(asked, |form| {
            put(form, "client_id", id);
            put(form, "client_secret", SECRET);
        });
        return;
    }
    if form(asked).iter().any(|(n, v)| n == "client_id" && v != id) {
        edit_form(asked, |form| take(form, "client_id"));
    }
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = format!("{}:{}", encode(id), encode(SECRET));
    asked.set(
        header::AUTHORIZATION,
        &format!("Basic {}", STANDARD.encode(pair)),
    );
}
