//! What a sound authorization server answers, and a sound API beside it.
//!
//! It gives a token to whoever proves to be the client, and takes a good deal beside: how a client has to ask
//! is judged by the scenarios, from the requests themselves.

use super::{
    super::reception::json,
    keys,
    servers::{bearer, form_value},
};
use crate::{
    target::oauth::{PeerAuth, ServerPeer},
    wire::{Fields, Request, Response},
};
use base64::{Engine as _, prelude::BASE64_STANDARD, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use std::time::SystemTime;
use url::Url;

/// How long the tokens live, in seconds.
const LIFETIME: u64 = 3600;

/// What is asked, of whom and when.
pub(super) struct Asked<'a> {
    /// The server.
    pub(super) peer: &'a ServerPeer,
    /// The request.
    pub(super) request: &'a Request,
    /// When it came.
    pub(super) now: SystemTime,
    /// What a token is made of.
    pub(super) random: &'a [u8],
}

/// A new token, or the refusal.
pub(super) fn token(asked: &Asked<'_>) -> Result<String, Response> {
    let form = form_of(asked.request)?;
    let grant = form_value(&form, "grant_type");
    let Some(grant) = grant else {
        return Err(error(400, "invalid_request"));
    };
    authenticate(asked, &form)?;
    if grant != "client_credentials" {
        return Err(error(400, "unsupported_grant_type"));
    }
    Ok(BASE64_URL_SAFE_NO_PAD.encode(asked.random))
}

/// The answer that brings a token.
pub(super) fn token_answer(token: &str) -> Response {
    json(
        200,
        &json!({"access_token": token, "token_type": "Bearer", "expires_in": LIFETIME}),
    )
}

/// The key set of a server.
pub(super) fn jwks(peer: &ServerPeer) -> Response {
    json(200, &json!({"keys": [keys::public(&peer.key)]}))
}

/// What is to be said of a token to an authenticated caller; `known` has the members of those that are active.
pub(super) fn introspection(
    asked: &Asked<'_>,
    known: impl Fn(&str) -> Option<Map<String, Value>>,
) -> Response {
    let form = match form_of(asked.request) {
        Ok(form) => form,
        Err(refusal) => return refusal,
    };
    if let Err(refusal) = authenticate(asked, &form) {
        return refusal;
    }
    let Some(token) = form_value(&form, "token") else {
        return error(400, "invalid_request");
    };
    match known(&token) {
        Some(mut members) => {
            members.insert("active".to_owned(), Value::Bool(true));
            json(200, &Value::Object(members))
        }
        None => json(200, &json!({"active": false})),
    }
}

/// The metadata of a server (RFC 8414).
pub(super) fn metadata(peer: &ServerPeer) -> Response {
    let method = match peer.client.auth {
        PeerAuth::Secret(_) => vec!["client_secret_basic", "client_secret_post"],
        PeerAuth::PrivateKeyJwt(_) => vec!["private_key_jwt"],
    };
    json(
        200,
        &json!({
            "issuer": peer.identifier(),
            "token_endpoint": peer.token().as_str(),
            "jwks_uri": peer.jwks().as_str(),
            "introspection_endpoint": peer.introspection().as_str(),
            "grant_types_supported": ["client_credentials"],
            "response_types_supported": [],
            "token_endpoint_auth_methods_supported": method,
            "token_endpoint_auth_signing_alg_values_supported": ["ES256", "EdDSA", "PS256", "RS256"],
        }),
    )
}

/// Where the metadata of an issuer are (RFC 8414 section 3.1).
pub(super) fn metadata_url(issuer: &Url) -> Url {
    let mut url = issuer.clone();
    let path = issuer.path().trim_end_matches('/');
    url.set_path(&format!("/.well-known/oauth-authorization-server{path}"));
    url
}

/// What an API answers that takes the tokens of this server which `live` knows.
pub(super) fn api(asked: &Asked<'_>, live: impl Fn(&str) -> bool) -> Response {
    match bearer(asked.request) {
        Some(token) if live(&token) => json(200, &json!({})),
        Some(_) => challenged(401, "Bearer error=\"invalid_token\""),
        None => challenged(401, "Bearer"),
    }
}

/// The form in a request. Of which media type it says that it is, is for a scenario to judge.
fn form_of(request: &Request) -> Result<Vec<u8>, Response> {
    if request.method != "POST" {
        let fields = Fields::from([("allow", "POST"), ("cache-control", "no-store")]);
        return Err(Response::new(405, fields, b""));
    }
    Ok(request.body.clone())
}

/// Whether the caller is the client that this server knows; one proof is enough.
fn authenticate(asked: &Asked<'_>, form: &[u8]) -> Result<(), Response> {
    let field = asked.request.fields.get("authorization");
    let secret = form_value(form, "client_secret");
    let assertion = form_value(form, "client_assertion");
    let client = &asked.peer.client;
    let proven = match &client.auth {
        PeerAuth::Secret(expected) => match (field, secret) {
            (Some(field), _) => is_basic(field, &client.id, expected),
            (None, Some(secret)) => {
                secret == *expected
                    && form_value(form, "client_id").as_deref() == Some(client.id.as_str())
            }
            (None, None) => false,
        },
        PeerAuth::PrivateKeyJwt(known) => assertion
            .as_ref()
            .is_some_and(|assertion| keys::verify(known, assertion, asked)),
    };
    match proven {
        true => Ok(()),
        false => Err(refused_client(field.is_some())),
    }
}

/// Whether a field has that id and secret. Those that a client did not encode as a form are taken as well, as
/// many servers do: that the client has to is for a scenario to say.
fn is_basic(field: &str, id: &str, secret: &str) -> bool {
    let Some((id_sent, secret_sent)) = basic(field) else {
        return false;
    };
    (decoded(&id_sent) == id && decoded(&secret_sent) == secret)
        || (id_sent == id && secret_sent == secret)
}

/// Id and secret as they stand in a field of the scheme `Basic`, still encoded.
pub(crate) fn basic(field: &str) -> Option<(String, String)> {
    let (scheme, text) = field.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = BASE64_STANDARD.decode(text.trim()).ok()?;
    let text = String::from_utf8(text).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

/// A value of a form as it was before it was encoded.
pub(crate) fn decoded(value: &str) -> String {
    // Only here `&` and `=` are letters like others.
    let kept = value.replace('&', "%26").replace('=', "%3D");
    let mut pairs = url::form_urlencoded::parse(kept.as_bytes());
    pairs
        .next()
        .map(|(n, _)| n.into_owned())
        .unwrap_or_default()
}

/// An error of a token endpoint (RFC 6749 section 5.2).
fn error(status: u16, name: &str) -> Response {
    json(status, &json!({"error": name}))
}

fn refused_client(by_field: bool) -> Response {
    let mut refusal = error(401, "invalid_client");
    if by_field {
        refusal
            .fields
            .push("www-authenticate", "Basic realm=\"lab\"");
    }
    refusal
}

fn challenged(status: u16, challenge: &str) -> Response {
    let fields = Fields::from([
        ("www-authenticate", challenge),
        ("cache-control", "no-store"),
    ]);
    Response::new(status, fields, b"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server_peers::{Counts, Layout, propose};
    use btx_spec::jose::{Algorithm, KeySet, SigningKey};
    use std::{net::SocketAddr, sync::Arc};

    /// A server at which the client has a secret, one at which it signs, and its key.
    fn servers() -> (ServerPeer, ServerPeer, SigningKey) {
        let pem = rcgen::KeyPair::generate().unwrap().serialize_pem();
        let key = SigningKey::from_pkcs8_pem(Algorithm::ES256, "own", &pem).unwrap();
        let keys = Arc::new(KeySet::of(vec![key.public()]));
        let layout = Layout::consecutive(SocketAddr::from(([127, 0, 0, 1], 9463))).unwrap();
        let counts = Counts {
            secret: 1,
            assertion: 1,
            discovery: 0,
        };
        let mut proposed = propose(counts, &layout, Some("lab.test"), &keys).unwrap();
        let signing = proposed.remove(1).peer;
        (proposed.remove(0).peer, signing, key)
    }

    fn ask(peer: &ServerPeer, field: Option<String>, body: &str) -> Result<String, u16> {
        let mut fields = Fields::default();
        if let Some(field) = field {
            fields.push("authorization", field);
        }
        let request = Request {
            method: "POST".to_owned(),
            target: "/token".to_owned(),
            fields,
            body: body.as_bytes().to_vec(),
        };
        let asked = Asked {
            peer,
            request: &request,
            now: SystemTime::now(),
            random: &[7; 32],
        };
        token(&asked).map_err(|refusal| refusal.status)
    }

    #[test]
    fn gives_a_token_to_whoever_has_the_secret() {
        let (peer, ..) = servers();
        let PeerAuth::Secret(secret) = &peer.client.auth else {
            unreachable!()
        };
        let id = &peer.client.id;
        let encode = |text: &str| -> String {
            url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
        };
        let field = |id: &str, secret: &str| {
            Some(format!(
                "Basic {}",
                BASE64_STANDARD.encode(format!("{id}:{secret}"))
            ))
        };
        let grant = "grant_type=client_credentials";
        assert!(ask(&peer, field(&encode(id), &encode(secret)), grant).is_ok());
        assert!(ask(&peer, field(id, secret), grant).is_ok());
        let form = format!(
            "{grant}&client_id={}&client_secret={}",
            encode(id),
            encode(secret)
        );
        assert!(ask(&peer, None, &form).is_ok());
        assert_eq!(ask(&peer, field(id, "guessed"), grant), Err(401));
        assert_eq!(ask(&peer, None, grant), Err(401));
        assert_eq!(ask(&peer, field(id, secret), "scope=read"), Err(400));
        assert_eq!(
            ask(&peer, field(id, secret), "grant_type=password"),
            Err(400)
        );
    }

    #[test]
    fn gives_a_token_for_an_assertion_that_is_meant_for_it() {
        let (_, peer, key) = servers();
        let now = SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap()
            .as_secs();
        let asking = |aud: &str, exp: u64| {
            let claims =
                json!({"iss": peer.client.id, "sub": peer.client.id, "aud": aud, "exp": exp});
            let signed = key.sign(None, claims.as_object().unwrap()).unwrap();
            ask(
                &peer,
                None,
                &format!("grant_type=client_credentials&client_assertion={signed}"),
            )
        };
        assert!(asking(&peer.identifier(), now + 60).is_ok());
        assert!(asking(peer.token().as_str(), now + 60).is_ok());
        assert_eq!(asking("https://another.test", now + 60), Err(401));
        assert_eq!(asking(&peer.identifier(), now - 60), Err(401));
    }

    #[test]
    fn a_value_of_a_form_is_decoded_whatever_is_in_it() {
        assert_eq!(decoded("a+b%2B%25%26%3D%2F%3A"), "a b+%&=/:");
        assert_eq!(decoded("a&b=c"), "a&b=c");
        assert_eq!(
            basic("basic YTpiOmM="),
            Some(("a".to_owned(), "b:c".to_owned()))
        );
        assert_eq!(basic("Bearer YTpi"), None);
    }

    #[test]
    fn metadata_are_found_between_host_and_path() {
        let url = |text: &str| metadata_url(&Url::parse(text).unwrap()).to_string();
        let known = "https://a.test/.well-known/oauth-authorization-server";
        assert_eq!(url("https://a.test"), known);
        assert_eq!(url("https://a.test/o1"), format!("{known}/o1"));
    }
}
