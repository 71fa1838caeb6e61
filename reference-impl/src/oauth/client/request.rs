//! The request for a token: pure, but for the material that it is made of.

use btx_spec::jose::SigningKey;
use btx_spec::oauth::{basic, form};
use bytes::Bytes;
use serde_json::{Map, Value, json};
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::config::ServerEntry;
use crate::outbound::OutboundRequest;

/// How long an assertion may live, in seconds (OA-CLI-024).
const LONGEST_ASSERTION: i64 = 300;

/// The `grant_type` of RFC 7523 section 2.1.
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// The `client_assertion_type` of RFC 7523 section 2.2.
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What a request is made of that must not be seen, fresh for each.
pub(super) struct Material {
    /// How the client proves who it is.
    pub(super) proof: Option<Shown>,
    /// The assertion that stands for the grant, if it is that grant.
    pub(super) assertion: Option<Zeroizing<String>>,
}

/// A proof, ready to be shown. It is one of these, so that no request has two (OA-CLI-003).
pub(super) enum Shown {
    /// A secret, with the scheme `Basic`.
    Basic(Zeroizing<String>),
    /// A secret in the form.
    Post(Zeroizing<String>),
    /// An assertion that the client has signed.
    Assertion(Zeroizing<String>),
}

/// The request for a token to this endpoint. Everything that is secret stands in the body or in a field, and
/// nothing in the URL (OA-CLI-001, OA-CLI-004).
pub(super) fn token_request(
    url: &str,
    entry: &ServerEntry,
    material: &Material,
    deadline: Instant,
) -> OutboundRequest {
    let mut members = Vec::new();
    match &material.assertion {
        None => members.push(("grant_type", "client_credentials")),
        Some(assertion) => {
            members.push(("grant_type", JWT_BEARER));
            members.push(("assertion", assertion.as_str()));
        }
    }
    let scope = entry.scope.as_ref().map(ToString::to_string);
    members.extend(scope.as_deref().map(|scope| ("scope", scope)));
    let resource = entry.resource.as_deref();
    members.extend(resource.map(|resource| ("resource", resource)));

    let id = entry.identity.as_ref().map(|identity| identity.id.as_str());
    let id = id.unwrap_or_default();
    let mut credentials = None;
    match &material.proof {
        None => {}
        // OA-CLI-002
        Some(Shown::Basic(secret)) => credentials = Some(basic::encode(id, secret)),
        Some(Shown::Post(secret)) => {
            members.extend([("client_id", id), ("client_secret", secret.as_str())]);
        }
        Some(Shown::Assertion(assertion)) => members.extend([
            ("client_assertion_type", ASSERTION_TYPE),
            ("client_assertion", assertion.as_str()),
        ]),
    }

    let body = Zeroizing::new(form::encode(&members).into_bytes());
    let mut request = OutboundRequest::bare(url, deadline)
        .with("content-type", "application/x-www-form-urlencoded")
        .with("accept", "application/json");
    request.body = Bytes::from_owner(body);
    match credentials {
        Some(credentials) => request.with("authorization", credentials.as_str()),
        None => request,
    }
}

/// What the client signs to prove who it is (OA-CLI-020 to OA-CLI-022, OA-CLI-024).
pub(super) fn assertion_claims(
    client: &str,
    issuer: &str,
    now: i64,
    lifetime: i64,
    jti: &str,
) -> Map<String, Value> {
    let exp = now.saturating_add(lifetime.clamp(1, LONGEST_ASSERTION));
    let claims = json!({
        "iss": client, "sub": client, "aud": issuer, "iat": now, "exp": exp, "jti": jti,
    });
    match claims {
        Value::Object(claims) => claims,
        _ => Map::new(),
    }
}

/// Signs these claims as proof of the client and as nothing else (OA-CLI-023).
pub(super) fn sign(key: &SigningKey, claims: &Map<String, Value>) -> Option<Zeroizing<String>> {
    key.sign(Some("client-authentication+jwt"), claims)
        .ok()
        .map(Zeroizing::new)
}
