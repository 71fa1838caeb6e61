//! The examples of OAuth: forms, proofs of clients, answers, metadata and key sets are of their forms,
//! and every JWT that is shown verifies with a key that the book prints.

use btx_spec::examples::Example;
use btx_spec::jose::{Algorithm, Claims, KeySet, SignedToken};
use btx_spec::oauth::form::Form;
use btx_spec::oauth::{
    AccessToken, Introspection, OauthError, ResourceMetadata, Scope, ServerMetadata, TokenAnswer,
    ToldError, basic, challenge,
};
use serde_json::Value;

use super::jwt::{self, Web};
use super::lifecycle;
use super::message::{Message, read};

/// Parameters that have no place in a URI: each is a secret or carries one.
const SECRET: [&str; 7] = [
    "access_token",
    "api_key",
    "assertion",
    "client_assertion",
    "client_secret",
    "password",
    "token",
];

/// What the sound examples of the book have printed: keys, and the tokens that these signed.
#[derive(Default)]
pub(super) struct Printed {
    keys: Vec<KeySet>,
    /// Those that a message brings, or that stand alone: what an issuer of bearers has published.
    published: Vec<KeySet>,
    /// The header and the claims of each token.
    tokens: Vec<(Value, Value)>,
    /// What lies at addresses: the documents of clients among it.
    web: Web,
}

impl Printed {
    pub(super) fn of(examples: &[Example]) -> Self {
        let sound = || examples.iter().filter(|example| !example.invalid);
        let keys = sound().filter_map(|example| KeySet::parse(example.text.as_bytes()).ok());
        let published =
            sound().filter_map(|example| KeySet::parse(read(example).ok()?.body.as_bytes()).ok());
        let tokens = sound().flat_map(|example| compact_tokens(&example.text));
        let parts = |text: &str| {
            let token = SignedToken::parse(text).ok()?;
            Some((token.header().clone().into(), token.claims().clone().into()))
        };
        Self {
            keys: keys.collect(),
            published: published.collect(),
            tokens: tokens.filter_map(parts).collect(),
            web: Web::of(examples),
        }
    }

    /// How many tokens are shown, each counted once.
    pub(super) fn distinct_tokens(&self) -> usize {
        let mut seen: Vec<&Value> = Vec::new();
        for (_, claims) in &self.tokens {
            if !seen.contains(&claims) {
                seen.push(claims);
            }
        }
        seen.len()
    }

    fn verify(&self, text: &str) -> Result<(), String> {
        if let Some(verified) = self.web.verify(text) {
            return verified;
        }
        if let Some(verified) = lifecycle::verify(&self.published, text) {
            return verified;
        }
        let token = SignedToken::parse(text).map_err(|fault| format!("a JWT: {fault}"))?;
        let id = token.key_id().ok_or(
            "a JWT names no key, so that nobody knows which one verifies it; give it `kid`",
        )?;
        Claims::read(token.claims()).map_err(|fault| format!("the claims of a JWT: {fault}"))?;
        let holders: Vec<&KeySet> = self.keys.iter().filter(|set| set.has(id)).collect();
        let [keys] = holders[..] else {
            return Err(format!(
                "{} examples print the key \"{id}\" of a JWT; exactly one has to",
                holders.len()
            ));
        };
        keys.verify(&token, &Algorithm::ALL)
            .map_err(|fault| format!("a JWT does not verify with the key \"{id}\": {fault}"))
    }

    /// Headers and claims that are shown beside a token are those of a token.
    fn shows(&self, part: &Value) -> Result<(), String> {
        let parts = self.tokens.iter();
        if parts
            .flat_map(|(header, claims)| [header, claims])
            .any(|it| it == part)
        {
            Ok(())
        } else {
            Err("no example shows a JWT with this header or these claims".to_owned())
        }
    }
}

/// What looks like a JWT in a text.
pub(super) fn compact_tokens(text: &str) -> impl Iterator<Item = &str> {
    let inside = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    text.split(move |c| !inside(c))
        .filter(|word| word.starts_with("eyJ") && word.matches('.').count() == 2)
}

/// The rules for every message: its target, its fields, its form, and the tokens in it.
pub(super) fn judge(message: &Message<'_>, text: &str, printed: &Printed) -> Result<(), String> {
    let target = message.target.as_deref().unwrap_or_default();
    judge_target(target)?;
    for (name, value) in &message.fields {
        judge_field(name, value)?;
    }
    if message.has_type("application/x-www-form-urlencoded") {
        judge_form(message)?;
    }
    printed.web.judge_fields(message)?;
    compact_tokens(text).try_for_each(|token| printed.verify(token))
}

fn judge_target(target: &str) -> Result<(), String> {
    let (_, query) = target.split_once('?').unwrap_or_default();
    let form = Form::parse(query.as_bytes()).map_err(|fault| format!("the query: {fault}"))?;
    match SECRET.into_iter().find(|name| form.names().contains(name)) {
        Some(name) => Err(format!("`{name}` has no place in a URI")),
        None => Ok(()),
    }
}

fn judge_field(name: &str, value: &str) -> Result<(), String> {
    let (scheme, credentials) = value.split_once(' ').unwrap_or((value, ""));
    match name {
        "www-authenticate" => challenge::parse(value)
            .map(drop)
            .map_err(|fault| format!("the challenge: {fault}")),
        "authorization" if scheme.eq_ignore_ascii_case("Basic") => {
            let (id, secret) = basic::decode(value).map_err(|fault| format!("Basic: {fault}"))?;
            let right = basic::encode(&id, &secret);
            if *right == value {
                Ok(())
            } else {
                Err("id and secret are not encoded as form values (OA-AUS-020)".to_owned())
            }
        }
        "authorization" if scheme.eq_ignore_ascii_case("Bearer") => AccessToken::parse(credentials)
            .map(drop)
            .ok_or_else(|| "what follows Bearer is no `b64token`".to_owned()),
        _ => Ok(()),
    }
}

fn judge_form(message: &Message<'_>) -> Result<(), String> {
    let form =
        Form::parse(message.body.as_bytes()).map_err(|fault| format!("the form: {fault}"))?;
    if let Some(name) = form.repeated().into_iter().find(|name| *name != "resource") {
        return Err(format!("`{name}` stands twice (OA-AUS-007)"));
    }
    let get = |name| form.get(name).ok().flatten();
    let needs = |what: &str, other| match get(other) {
        Some(_) => Ok(()),
        None => Err(format!("{what} needs `{other}`")),
    };
    let proofs = [
        message.field("authorization").is_some(),
        get("client_secret").is_some(),
        get("client_assertion").is_some(),
    ];
    if proofs.into_iter().filter(|proof| *proof).count() > 1 {
        return Err("the client proves itself in more than one way (OA-AUS-027)".to_owned());
    }
    if get("client_assertion").is_some() {
        needs("`client_assertion`", "client_assertion_type")?;
    }
    if let Some(scope) = get("scope") {
        Scope::parse(scope).map_err(|fault| format!("the scope: {fault}"))?;
    }
    match get("grant_type") {
        Some("client_credentials") => Ok(()),
        Some("urn:ietf:params:oauth:grant-type:jwt-bearer") => needs("this grant", "assertion"),
        Some(other) => Err(format!("the grant `{other}` is not one of this book")),
        None => needs("a form without `grant_type`", "token"),
    }
}

/// What a JSON object is for OAuth.
#[derive(Clone, Copy)]
enum Kind {
    TokenAnswer,
    Error,
    Introspection,
    ServerMetadata,
    ResourceMetadata,
    ClientDocument,
    KeySet,
    /// The header or the claims of a JWT, taken out of it.
    PartOfToken,
}

impl Kind {
    fn of(message: &Message<'_>, json: &Value) -> Option<Self> {
        let has = |name| json.get(name).is_some();
        if has("access_token") {
            Some(Self::TokenAnswer)
        } else if has("active") {
            Some(Self::Introspection)
        } else if has("error") && message.status.is_some() && !has("id") {
            Some(Self::Error)
        } else if has("token_endpoint") {
            Some(Self::ServerMetadata)
        } else if has("authorization_servers") {
            Some(Self::ResourceMetadata)
        } else if jwt::is_document(json) {
            Some(Self::ClientDocument)
        } else if has("keys") {
            Some(Self::KeySet)
        } else if (has("iss") && has("exp")) || (has("alg") && has("typ")) {
            Some(Self::PartOfToken)
        } else {
            None
        }
    }

    /// The file of its schema, if it has one.
    fn schema(self) -> Option<&'static str> {
        match self {
            Self::TokenAnswer => Some("token-answer.schema.json"),
            Self::Error => Some("error-answer.schema.json"),
            Self::Introspection => Some("introspection.schema.json"),
            Self::ServerMetadata => Some("server-metadata.schema.json"),
            Self::ResourceMetadata => Some("resource-metadata.schema.json"),
            Self::ClientDocument => Some("client-document.schema.json"),
            Self::KeySet | Self::PartOfToken => None,
        }
    }
}

/// The rules for the body of a message, if it is one of OAuth.
pub(super) fn judge_json(
    message: &Message<'_>,
    json: &Value,
    printed: &Printed,
) -> Option<Result<(), String>> {
    let kind = Kind::of(message, json)?;
    let judged = judge_kind(kind, message, json, printed);
    Some(judged.and_then(|()| match kind.schema() {
        Some(schema) => super::matches(schema, json),
        None => Ok(()),
    }))
}

fn judge_kind(
    kind: Kind,
    message: &Message<'_>,
    json: &Value,
    printed: &Printed,
) -> Result<(), String> {
    let body = message.body.as_bytes();
    let form = |error: btx_spec::FormError| error.to_string();
    if message.status.is_some() && !message.has_type("application/json") {
        return Err("the Content-Type of this body is application/json".to_owned());
    }
    match kind {
        Kind::TokenAnswer => {
            let answer = TokenAnswer::parse(body).map_err(form)?;
            is_not_stored(message)?;
            answer
                .is_bearer()
                .then_some(())
                .ok_or_else(|| "`token_type` is not Bearer".to_owned())
        }
        Kind::Error => judge_error(&ToldError::parse(body).map_err(form)?, message),
        Kind::Introspection => {
            let answer = Introspection::parse(body).map_err(form)?;
            is_not_stored(message)?;
            let told = json.as_object().map_or(0, serde_json::Map::len);
            if !answer.active && told > 1 {
                return Err("more is told of a token that is not live (OA-AUS-203)".to_owned());
            }
            Ok(())
        }
        Kind::ServerMetadata => ServerMetadata::parse(body).map(drop).map_err(form),
        Kind::ResourceMetadata => ResourceMetadata::parse(body).map(drop).map_err(form),
        Kind::ClientDocument => printed.web.judge_document(json, message.body),
        Kind::KeySet => KeySet::parse(body)
            .map(drop)
            .map_err(|fault| format!("the key set: {fault}")),
        Kind::PartOfToken => printed.shows(json),
    }
}

fn judge_error(told: &ToldError, message: &Message<'_>) -> Result<(), String> {
    let Some(error) = told.known() else {
        return Err(format!("`{}` is no error of OAuth", told.error));
    };
    is_not_stored(message)?;
    let status = message.status.unwrap_or_default();
    let fits = match error {
        OauthError::InvalidClient => [400, 401].contains(&status),
        OauthError::InvalidRequest => [400, 405, 415].contains(&status),
        other => status == other.status(),
    };
    let needs = match status {
        401 => "www-authenticate",
        405 => "allow",
        _ => "content-type",
    };
    let printable = |c: char| matches!(c, ' '..='~') && !"\"\\".contains(c);
    let description = told.description.as_deref().unwrap_or_default();
    if !fits {
        Err(format!(
            "the status of {} is {}",
            error.name(),
            error.status()
        ))
    } else if message.field(needs).is_none() {
        Err(format!("an answer of {status} has the field {needs}"))
    } else if !description.chars().all(printable) {
        Err("`error_description` has a character that it may not have (OA-AUS-054)".to_owned())
    } else {
        Ok(())
    }
}

fn is_not_stored(message: &Message<'_>) -> Result<(), String> {
    let stored = message.status.is_some() && message.field("cache-control") != Some("no-store");
    if stored {
        Err("this answer carries `Cache-Control: no-store`".to_owned())
    } else {
        Ok(())
    }
}
