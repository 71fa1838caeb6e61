//! What a sound resource answers a client, and a sound authorization server beside it.
//!
//! They take a good deal: how a client has to ask is judged by the scenarios, from the requests themselves.

use super::{
    super::{
        door::not_found,
        oauth::{bearer, form_value},
        reception::json,
    },
    ClientKeys, PeerDesk, PeerPlace,
};
use crate::{
    target::jwt::{Flow, JwtPeer},
    wire::{Fields, Request, Response},
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::json;
use std::time::SystemTime;

/// How long the tokens live, in seconds.
const LIFETIME: u64 = 300;
/// The type of a service JWT.
const SERVICE: &str = "service+jwt";
/// The type of an assertion.
const ASSERTION: &str = "authorization-grant+jwt";
/// The grant by which an assertion is shown.
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// What is asked, of whom and when.
pub(super) struct Asked<'a> {
    /// The resource.
    pub(super) peer: &'a JwtPeer,
    /// The keys of the client.
    pub(super) keys: &'a ClientKeys,
    /// What is known of the scenario.
    pub(super) desk: &'a PeerDesk,
    /// The request.
    pub(super) request: &'a Request,
    /// When it came.
    pub(super) now: SystemTime,
    /// What a token is made of.
    pub(super) random: &'a [u8],
}

/// What a sound party answers at a place.
pub(super) async fn answer(asked: &Asked<'_>, place: PeerPlace) -> Response {
    let peer = asked.peer;
    match place {
        PeerPlace::Api => api(asked).await,
        PeerPlace::Token => token(asked).await,
        PeerPlace::ResourceMetadata => json(
            200,
            &json!({
                "resource": peer.identifier(),
                "authorization_servers": [peer.server().as_str()],
                "bearer_methods_supported": ["header"],
            }),
        ),
        PeerPlace::ServerMetadata => json(
            200,
            &json!({
                "issuer": peer.server().as_str(),
                "token_endpoint": peer.token().as_str(),
                "grant_types_supported": [GRANT],
                "response_types_supported": [],
                "token_endpoint_auth_methods_supported": ["none"],
                "client_id_metadata_document_supported": true,
            }),
        ),
        PeerPlace::Other => not_found(),
    }
}

async fn api(asked: &Asked<'_>) -> Response {
    let Some(shown) = bearer(asked.request) else {
        return challenged(asked.peer, None);
    };
    if asked.desk.has(&shown) {
        return json(200, &json!({}));
    }
    let audience = asked.peer.identifier();
    let flow = asked.peer.flow;
    let by_jwt = flow != Flow::Server
        && asked
            .keys
            .verify(&shown, SERVICE, &audience, asked.now)
            .await;
    if !by_jwt {
        return challenged(asked.peer, Some("invalid_token"));
    }
    let mut response = json(200, &json!({}));
    if flow == Flow::HandsOut {
        let token = new_token(asked);
        let value = format!("access_token=\"{token}\", expires_in={LIFETIME}");
        response.fields.push("authentication-info", value);
    }
    response
}

async fn token(asked: &Asked<'_>) -> Response {
    let value = |name| form_value(&asked.request.body, name);
    if asked.request.method != "POST" {
        let fields = Fields::from([("allow", "POST"), ("cache-control", "no-store")]);
        return Response::new(405, fields, b"");
    }
    match value("grant_type") {
        Some(grant) if grant == GRANT => {}
        Some(_) => return error("unsupported_grant_type"),
        None => return error("invalid_request"),
    }
    let audience = asked.peer.server().to_string();
    let assertion = value("assertion").unwrap_or_default();
    let sound = asked
        .keys
        .verify(&assertion, ASSERTION, &audience, asked.now)
        .await;
    if !sound {
        return error("invalid_grant");
    }
    if value("resource") != Some(asked.peer.identifier()) {
        return error("invalid_target");
    }
    let members = json!({
        "access_token": new_token(asked),
        "token_type": "Bearer",
        "expires_in": LIFETIME,
    });
    json(200, &members)
}

/// A token that opens the API from now on.
fn new_token(asked: &Asked<'_>) -> String {
    let token = BASE64_URL_SAFE_NO_PAD.encode(asked.random);
    asked.desk.give(&token);
    token
}

fn error(name: &str) -> Response {
    json(400, &json!({"error": name}))
}

/// A refusal, with the place of the metadata where a token is wanted.
fn challenged(peer: &JwtPeer, error: Option<&str>) -> Response {
    let mut challenge = "Bearer realm=\"lab\"".to_owned();
    if let Some(error) = error {
        challenge.push_str(&format!(", error=\"{error}\""));
    }
    if peer.flow == Flow::Server {
        challenge.push_str(&format!(", resource_metadata=\"{}\"", peer.metadata()));
    }
    let fields = Fields::from([
        ("www-authenticate", challenge.as_str()),
        ("cache-control", "no-store"),
    ]);
    Response::new(401, fields, b"")
}
