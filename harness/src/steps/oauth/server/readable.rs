//! Access tokens that can be read (RFC 9068), and the keys that verify them.

use super::{
    asking::{all, the_last},
    granted::{fail, granted_scope, the_token},
    introspection::told_about,
    metadata,
    parties::{server, the_party},
    reading::{granted, members, response, scopes, text, words},
};
use crate::{
    steps::{Stop, registry::steps},
    wire::Fields,
    world::{Answer, World},
};
use btx_spec::jose::{Algorithm, KeySet, SignedToken};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use url::Url;

/// The algorithms of access tokens: all that are signatures.
const SIGNATURES: [Algorithm; 4] = [
    Algorithm::ES256,
    Algorithm::EdDSA,
    Algorithm::PS256,
    Algorithm::RS256,
];
/// The members of a key that only its owner may have.
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

steps! {
    "the published keys of the server are asked for" => |world| {
        let metadata = metadata::of_the_server(world).await?;
        let address = text(&metadata, "jwks_uri").and_then(|url| Url::parse(url).ok());
        let address = address.ok_or_else(|| Stop::NotExercised("the metadata name no jwks_uri".to_owned()))?;
        let answer = world.ask(&address, "GET", Fields::default(), Vec::new()).await;
        world.oauth.server.keys = Some(answer);
        Ok(())
    }
    "they hold nothing private and nothing symmetric" => |world| {
        let answer = the_keys(world)?;
        let secret = keys(answer)?.iter().any(is_secret);
        if secret {
            return fail("public keys only", "a key with a part that only its owner may know".to_owned(), answer);
        }
        Ok(())
    }
    "one of them verifies the access token" => |world| {
        let published = keys(the_keys(world)?)?;
        let set = public_set(&published)?;
        let (granted, answer) = the_token(world)?;
        match SignedToken::parse(&granted.token).and_then(|token| set.verify(&token, &SIGNATURES)) {
            Ok(()) => Ok(()),
            Err(fault) => fail("an access token that a published key verifies", fault.to_string(), answer),
        }
    }
    "the access token has the typ at+jwt" => |world| {
        let (granted, answer) = the_token(world)?;
        let token = signed(&granted.token, answer)?;
        let typ = token.typ().map(str::to_ascii_lowercase).unwrap_or_default();
        if matches!(typ.as_str(), "at+jwt" | "application/at+jwt") {
            return Ok(());
        }
        fail("typ: at+jwt", format!("typ: {typ}"), answer)
    }
    "the access token has every claim that it needs, in its form" => |world| {
        let (granted, answer) = the_token(world)?;
        let token = signed(&granted.token, answer)?;
        let wrong = unfit_claims(token.claims());
        if wrong.is_empty() {
            return Ok(());
        }
        fail("iss, exp, aud, sub, client_id, iat and jti", format!("no fitting {}", wrong.join(", ")), answer)
    }
    "the iss of the access token is the issuer of the server" => |world| {
        let own = server(world)?.issuer.clone();
        let own = own.ok_or_else(|| Stop::NotExercised("the target file has no issuer in [authorization_server]".to_owned()))?;
        claim_is(world, "iss", &json!(own))
    }
    "the sub of the access token is the id of the client" => |world| {
        let own = the_party(world)?.subject().to_owned();
        claim_is(world, "sub", &json!(own))
    }
    "the token is about the account" => |world| {
        let account = the_party(world)?.subject().to_owned();
        let (granted, answer) = the_token(world)?;
        let sub = told(world, &granted.token).await?.get("sub").cloned().unwrap_or_default();
        if sub == json!(account) {
            return Ok(());
        }
        fail(&format!("sub: {account}"), format!("sub: {sub}"), answer)
    }
    "the token is for that resource only" => |world| {
        let resource = server(world)?.resources.last().cloned().unwrap_or_default();
        let (granted, answer) = the_token(world)?;
        let aud = told(world, &granted.token).await?.get("aud").cloned().unwrap_or_default();
        if aud == json!(resource) || aud == json!([resource]) {
            return Ok(());
        }
        fail(&format!("aud: {resource}"), format!("aud: {aud}"), answer)
    }
    "the scope of the access token is what was granted" => |world| {
        let granted_text = granted_scope(the_last(world)?).unwrap_or_default();
        let (granted, answer) = the_token(world)?;
        let token = signed(&granted.token, answer)?;
        let claimed = text(token.claims(), "scope").unwrap_or_default().to_owned();
        if scopes(&claimed) == scopes(&granted_text) {
            return Ok(());
        }
        fail(&format!("scope: {granted_text}"), format!("scope: {claimed}"), answer)
    }
    "each access token has a jti of its own" => |world| {
        let mut seen = BTreeSet::new();
        for asked in all(world)? {
            let granted = granted(&asked.answer).ok_or_else(|| Stop::Control(format!("no token came: {}", words(&asked.answer))))?;
            let token = signed(&granted.token, &asked.answer)?;
            let jti = token.claims().get("jti").cloned().unwrap_or_default();
            if !seen.insert(jti.to_string()) {
                return fail("another jti in each token", format!("jti: {jti} once more"), &asked.answer);
            }
        }
        Ok(())
    }
}

/// The token, taken apart.
fn signed<'a>(token: &'a str, answer: &Answer) -> Result<SignedToken<'a>, Stop> {
    SignedToken::parse(token).or_else(|fault| {
        fail("a JWT as access token", fault.to_string(), answer)?;
        Err(Stop::Harness("a failure is no failure".to_owned()))
    })
}

/// What a token says of itself, or what the server says of it.
async fn told(world: &World, token: &str) -> Result<Map<String, Value>, Stop> {
    match SignedToken::parse(token) {
        Ok(token) => Ok(token.claims().clone()),
        Err(_) => told_about(world, token).await,
    }
}

fn claim_is(world: &World, name: &str, expected: &Value) -> Result<(), Stop> {
    let (granted, answer) = the_token(world)?;
    let token = signed(&granted.token, answer)?;
    match token.claims().get(name) {
        Some(value) if value == expected => Ok(()),
        other => {
            let other = other.map_or("none".to_owned(), Value::to_string);
            fail(
                &format!("{name}: {expected}"),
                format!("{name}: {other}"),
                answer,
            )
        }
    }
}

/// The claims of RFC 9068 that are not there or not in their form.
fn unfit_claims(claims: &Map<String, Value>) -> Vec<&'static str> {
    let is_text = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
    let are_texts = |value: &Value| {
        let list = value.as_array();
        list.is_some_and(|list| !list.is_empty() && list.iter().all(is_text))
    };
    let fits = |name: &str, value: &Value| match name {
        "exp" | "iat" => value.is_number(),
        "aud" => is_text(value) || are_texts(value),
        _ => is_text(value),
    };
    ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"]
        .into_iter()
        .filter(|name| !claims.get(*name).is_some_and(|value| fits(name, value)))
        .collect()
}

fn the_keys(world: &World) -> Result<&Answer, Stop> {
    let answer = world.oauth.server.keys.as_ref();
    answer.ok_or_else(|| Stop::Harness("the keys were not asked for".to_owned()))
}

/// The keys of a set, as they stand there.
fn keys(answer: &Answer) -> Result<Vec<Map<String, Value>>, Stop> {
    let (response, _) = response(answer)?;
    let members = members(response).filter(|_| response.status == 200);
    let keys = members.and_then(|m| m.get("keys").and_then(Value::as_array).cloned());
    let keys = keys.ok_or_else(|| Stop::Control(format!("no key set came: {}", words(answer))))?;
    Ok(keys
        .into_iter()
        .filter_map(|key| key.as_object().cloned())
        .collect())
}

fn is_secret(key: &Map<String, Value>) -> bool {
    let symmetric = text(key, "kty") == Some("oct");
    symmetric || PRIVATE.iter().any(|name| key.contains_key(*name))
}

/// The public halves, whatever else was published: whether more was is another question.
fn public_set(keys: &[Map<String, Value>]) -> Result<KeySet, Stop> {
    let public: Vec<Map<String, Value>> = keys
        .iter()
        .filter(|key| text(key, "kty") != Some("oct"))
        .map(|key| {
            let mut key = key.clone();
            key.retain(|name, _| !PRIVATE.contains(&name.as_str()));
            key
        })
        .collect();
    let set = json!({ "keys": public }).to_string();
    KeySet::parse(set.as_bytes())
        .map_err(|fault| Stop::Control(format!("the key set cannot be read: {fault}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_that_are_missing_or_of_another_form_are_named() {
        let claims = json!({
            "iss": "https://as.example", "exp": "soon", "aud": [], "sub": "s",
            "client_id": "", "iat": 1, "jti": "j",
        });
        let claims = claims.as_object().cloned().unwrap_or_default();
        assert_eq!(unfit_claims(&claims), ["exp", "aud", "client_id"]);
    }

    #[test]
    fn a_key_with_a_private_part_is_seen() {
        let key = |value: Value| value.as_object().cloned().unwrap_or_default();
        assert!(is_secret(&key(
            json!({ "kty": "EC", "x": "", "y": "", "d": "" })
        )));
        assert!(is_secret(&key(json!({ "kty": "oct" }))));
        assert!(!is_secret(&key(
            json!({ "kty": "RSA", "n": "", "e": "AQAB" })
        )));
    }
}
