//! The examples of JWT between services: a client document lies where it says, its keys verify the JWTs of
//! that client, and a token is handed out as it may be.

use btx_spec::examples::Example;
use btx_spec::jose::{Algorithm, KeySet, SignedToken};
use btx_spec::jwt::{
    ClientDocument, ClientId, GRANT_TYPE_JWT, Keys, SERVICE_TYPE, ServiceClaims,
    authentication_info, key_set,
};
use btx_spec::oauth::{ServerMetadata, challenge};
use serde_json::Value;

use super::message::{Message, read};

/// What the sound examples of the book show at addresses: a request, and the answer right behind it.
#[derive(Default)]
pub(super) struct Web {
    /// The URL and the body of each answer of 200.
    pages: Vec<(String, String)>,
}

impl Web {
    pub(super) fn of(examples: &[Example]) -> Self {
        let pages = examples.windows(2).filter_map(|pair| {
            let [asked, answered] = pair else { return None };
            let sound = !asked.invalid && !answered.invalid && asked.chapter == answered.chapter;
            let (request, answer) = (read(asked).ok()?, read(answered).ok()?);
            let url = format!(
                "https://{}{}",
                request.field("host")?,
                request.target.as_deref()?
            );
            (sound && answer.status == Some(200)).then(|| (url, answer.body.to_owned()))
        });
        Self {
            pages: pages.collect(),
        }
    }

    fn at<'a>(&'a self, url: &'a str) -> impl Iterator<Item = &'a str> {
        let pages = self.pages.iter().filter(move |(at, _)| at == url);
        pages.map(|(_, body)| body.as_str())
    }

    /// The keys of a client, as a verifier would find them.
    fn keys(&self, client: &ClientId) -> Result<KeySet, String> {
        let body = self
            .at(client.as_str())
            .next()
            .ok_or_else(|| format!("no example fetches the document of {client}"))?;
        let document = ClientDocument::parse(body.as_bytes(), client)
            .map_err(|fault| format!("the document of {client}: {fault}"))?;
        match document.keys() {
            Keys::Inline(keys) => Ok(keys.clone()),
            Keys::At(url) => {
                let body = self
                    .at(url.as_str())
                    .next()
                    .ok_or_else(|| format!("no example fetches the keys at {}", url.as_str()))?;
                key_set(body.as_bytes()).map_err(|fault| format!("the keys of {client}: {fault}"))
            }
        }
    }

    /// Whether some server of the book calls itself so.
    fn has_issuer(&self, issuer: &str) -> bool {
        let metadata = self.pages.iter();
        metadata
            .filter_map(|(_, body)| ServerMetadata::parse(body.as_bytes()).ok())
            .any(|server| server.issuer == issuer)
    }

    /// Verifies a JWT of a client, if it is one; `None` if it is of another kind.
    pub(super) fn verify(&self, text: &str) -> Option<Result<(), String>> {
        let token = SignedToken::parse(text).ok()?;
        let typ = [SERVICE_TYPE, GRANT_TYPE_JWT]
            .into_iter()
            .find(|typ| token.is_of_type(typ))?;
        Some(self.judge_token(&token, typ))
    }

    fn judge_token(&self, token: &SignedToken<'_>, typ: &str) -> Result<(), String> {
        let claims = ServiceClaims::read(token, typ)
            .map_err(|fault| format!("a JWT of `{typ}`: {fault}"))?;
        super::matches("service-jwt.schema.json", &token.claims().clone().into())?;
        if typ == GRANT_TYPE_JWT && !self.has_issuer(&claims.audience) {
            return Err(format!(
                "no example shows the metadata of {}, the audience of an assertion",
                claims.audience
            ));
        }
        self.keys(&claims.client)?
            .verify(token, &Algorithm::ALL)
            .map_err(|fault| format!("a JWT does not verify with the keys of its client: {fault}"))
    }

    /// The rules for a client document.
    pub(super) fn judge_document(&self, json: &Value, body: &str) -> Result<(), String> {
        let id = json["client_id"].as_str().unwrap_or_default();
        let id = ClientId::parse(id).map_err(|fault| format!("`client_id`: {fault}"))?;
        ClientDocument::parse(body.as_bytes(), &id)
            .map_err(|fault| format!("the client document: {fault}"))?;
        self.keys(&id).map(drop)
    }

    /// The rules for the fields of this profile, and for where a JWT is shown.
    pub(super) fn judge_fields(&self, message: &Message<'_>) -> Result<(), String> {
        judge_handed_out(message)?;
        self.judge_challenge(message)?;
        judge_audience(message)
    }

    fn judge_challenge(&self, message: &Message<'_>) -> Result<(), String> {
        let field = message.field("www-authenticate").unwrap_or_default();
        let challenges = challenge::parse(field).unwrap_or_default();
        let mut named = challenges.iter().filter_map(|it| it.resource_metadata());
        match named.find(|url| self.at(url).next().is_none()) {
            Some(url) => Err(format!("no example fetches {url}, which a challenge names")),
            None => Ok(()),
        }
    }
}

/// Whether a JSON object is a client document. Claims and answers about tokens have a `client_id` too.
pub(super) fn is_document(json: &Value) -> bool {
    let has = |name| json.get(name).is_some();
    has("client_id") && !has("iss") && !has("active")
}

fn judge_handed_out(message: &Message<'_>) -> Result<(), String> {
    let fields: Vec<&str> = message
        .fields
        .iter()
        .filter(|(name, _)| name == "authentication-info")
        .map(|(_, value)| *value)
        .collect();
    let handed_out = authentication_info::parse(&fields)
        .map_err(|fault| format!("Authentication-Info: {fault}"))?;
    if handed_out.is_none() {
        return Ok(());
    }
    if message.status.is_none_or(|status| status / 100 != 2) {
        return Err("a token is handed out in an answer of 2xx alone (JW-RES-042)".to_owned());
    }
    if message.field("cache-control") != Some("no-store") {
        return Err("an answer with a token has `Cache-Control: no-store` (JW-RES-041)".to_owned());
    }
    Ok(())
}

/// A service JWT is shown at the origin of its audience.
fn judge_audience(message: &Message<'_>) -> Result<(), String> {
    let field = message.field("authorization").unwrap_or_default();
    let Some(token) = field
        .split_once(' ')
        .and_then(|(_, token)| SignedToken::parse(token).ok())
        .filter(|token| token.is_of_type(SERVICE_TYPE))
    else {
        return Ok(());
    };
    let audience = token.claims()["aud"].as_str().unwrap_or_default();
    let host = message.field("host").unwrap_or_default();
    let origin = format!("https://{host}");
    let rest = audience.strip_prefix(&origin);
    if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
        Ok(())
    } else {
        Err(format!("a JWT for {audience} is shown at {host}"))
    }
}
