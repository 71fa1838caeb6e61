//! A client that signs something else than the reference has made. It signs with a key of its own, which it
//! publishes beside the others, so that nothing but its fault is wrong.

use crate::{
    chapters::oauth::client::messages::{bearer, parameter, put, set},
    message::{Members, edit},
    sabotage::JwtClientSabotage,
};
use btx_harness::embedded::Alterations;
use btx_reference::outbound::OutboundRequest;
use btx_spec::jose::{Algorithm, SignedToken, SigningKey};
use serde_json::{Value, json};
use std::sync::Arc;

/// What the key of a saboteur is called.
const KEY_ID: &str = "saboteur-1";

/// Which JWTs are altered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// Those that a resource is shown.
    Resource,
    /// Those that an authorization server is shown.
    Server,
}

/// A JWT before it is signed.
pub(super) struct Draft<'a> {
    /// Its header.
    pub(super) header: Members,
    /// Its claims.
    pub(super) claims: Members,
    /// Where it is going to be shown.
    pub(super) url: &'a str,
}

impl Draft<'_> {
    /// Puts a claim in the place of what is there.
    pub(super) fn say(&mut self, name: &str, value: Value) {
        self.claims.insert(name.to_owned(), value);
    }

    /// Puts a member of the header in the place of what is there.
    pub(super) fn head(&mut self, name: &str, value: Value) {
        self.header.insert(name.to_owned(), value);
    }
}

/// A key of the saboteur.
pub(super) fn own_key() -> Option<SigningKey> {
    let pem = rcgen::KeyPair::generate().ok()?.serialize_pem();
    SigningKey::from_pkcs8_pem(Algorithm::ES256, KEY_ID, &pem).ok()
}

/// A client that alters its JWTs before it signs them.
pub(super) fn signing(
    of: Of,
    alter: impl Fn(&mut Draft<'_>) + Send + Sync + 'static,
) -> Alterations {
    let Some(key) = own_key().map(Arc::new) else {
        return Alterations::default();
    };
    let public = key.public().to_jwk();
    let sabotage = JwtClientSabotage::new()
        .told(move |_, told| edit(&mut told.body, |members| publish(members, &public)));
    match of {
        Of::Resource => sabotage.calling(move |request| {
            let signed = jwt(request).and_then(|text| anew(&text, &request.url, &key, &alter));
            if let Some(signed) = signed {
                show(request, &signed);
            }
        }),
        Of::Server => sabotage.asking(move |request| {
            let text = parameter(request, "assertion");
            let signed = text.and_then(|text| anew(&text, &request.url, &key, &alter));
            if let Some(signed) = signed {
                put(request, "assertion", &signed);
            }
        }),
    }
    .alterations()
}

/// Puts a key beside those that are published.
pub(super) fn publish(members: &mut Members, key: &Value) {
    if let Some(keys) = published(members) {
        keys.push(key.clone());
    }
}

/// The keys of a document or a key set.
pub(super) fn published(members: &mut Members) -> Option<&mut Vec<Value>> {
    let set = match members.contains_key("jwks") {
        true => members.get_mut("jwks")?.as_object_mut()?,
        false => members,
    };
    set.get_mut("keys")?.as_array_mut()
}

/// The JWT that a request shows.
pub(super) fn jwt(request: &OutboundRequest) -> Option<String> {
    bearer(request).filter(|text| is_jwt(text))
}

/// Whether a text has the form of a JWT.
pub(super) fn is_jwt(text: &str) -> bool {
    text.split('.').count() == 3
}

/// Shows a JWT or a token in the place of what a request shows.
pub(super) fn show(request: &mut OutboundRequest, text: &str) {
    set(request, "authorization", format!("Bearer {text}"));
}

fn anew(
    text: &str,
    url: &str,
    key: &SigningKey,
    alter: &impl Fn(&mut Draft<'_>),
) -> Option<String> {
    let token = SignedToken::parse(text).ok()?;
    let mut draft = Draft {
        header: token.header().clone(),
        claims: token.claims().clone(),
        url,
    };
    draft.head("alg", json!(Algorithm::ES256.name()));
    draft.head("kid", json!(KEY_ID));
    alter(&mut draft);
    let (header, claims) = (Value::Object(draft.header), Value::Object(draft.claims));
    key.sign_raw(&header.to_string(), &claims.to_string()).ok()
}
