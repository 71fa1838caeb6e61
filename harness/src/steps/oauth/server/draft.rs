//! A request to an endpoint of an authorization server before it is sent: faultless at first, and then
//! altered in the one way that a scenario describes in words.

use super::assertion::{self, Assertion};
use crate::{
    steps::Stop,
    target::oauth::{ClientAuth, RegisteredClient, TrustedIssuer},
    wire::Fields,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use url::form_urlencoded::byte_serialize;

/// The media type of a form.
pub(super) const FORM: &str = "application/x-www-form-urlencoded";
/// The grant by which a client gets a token for itself.
const CLIENT_CREDENTIALS: &str = "client_credentials";
/// The grant by which an assertion is exchanged for a token.
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// How an assertion is told to authenticate its client.
pub(super) const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A request before it is sent.
#[derive(Clone)]
pub(super) struct Draft {
    /// The method.
    pub(super) method: String,
    /// The fields, besides those that every request has and the one that proves the client.
    pub(super) fields: Fields,
    /// What stands in the query of the URL.
    pub(super) query: Vec<(String, String)>,
    /// The parameters of the form, in their order, besides those that prove the client.
    pub(super) parameters: Vec<(String, String)>,
    /// How the client proves itself.
    pub(super) proof: Proof,
    /// The assertion that is exchanged for a token.
    pub(super) grant: Option<Assertion>,
    /// What is sent in the place of the form, if anything.
    pub(super) body: Option<String>,
    /// Whether all parameters stand in the query and none in the form.
    pub(super) in_the_query: bool,
}

/// How a client proves itself.
#[derive(Clone)]
pub(super) enum Proof {
    /// Not at all.
    None,
    /// By an id and a secret, under that scheme.
    Basic {
        scheme: String,
        id: String,
        secret: String,
    },
    /// By an id and a secret in the form.
    Post { id: String, secret: String },
    /// By an assertion.
    Assertion(Assertion),
}

/// A request as it is sent.
#[derive(Clone)]
pub(super) struct Rendered {
    /// What the URL gets as its query.
    pub(super) query: String,
    /// The fields.
    pub(super) fields: Fields,
    /// The body.
    pub(super) body: Vec<u8>,
}

impl Draft {
    /// A form with these parameters, and nothing that proves anybody.
    #[must_use]
    pub(super) fn of(parameters: &[(&str, &str)]) -> Self {
        Self {
            method: "POST".to_owned(),
            fields: Fields::from([("content-type", FORM)]),
            query: Vec::new(),
            parameters: owned(parameters),
            proof: Proof::None,
            grant: None,
            body: None,
            in_the_query: false,
        }
    }

    /// A request by which a client asks for a token for itself, without fault.
    #[must_use]
    pub(super) fn of_client(client: &RegisteredClient, audience: &str, now: i64) -> Self {
        let mut draft = Self::of(&[("grant_type", CLIENT_CREDENTIALS)]);
        draft.set_scope(&client.scopes);
        draft.proof = Proof::of(client, audience, now);
        draft
    }

    /// A request by which an assertion about a service account is exchanged, without fault.
    #[must_use]
    pub(super) fn of_account(issuer: &TrustedIssuer, audience: &str, now: i64) -> Self {
        let mut draft = Self::of(&[("grant_type", JWT_BEARER)]);
        draft.set_scope(&issuer.scopes);
        draft.grant = Some(assertion::about_account(issuer, audience, now));
        if let Some(client) = &issuer.client {
            draft.proof = Proof::of(client, audience, now);
        }
        draft
    }

    fn set_scope(&mut self, scopes: &[String]) {
        if !scopes.is_empty() {
            self.set("scope", &scopes.join(" "));
        }
    }

    /// The first value of a parameter.
    #[must_use]
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let mut all = self.parameters.iter();
        all.find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// Puts one parameter in the place of all of its name.
    pub(super) fn set(&mut self, name: &str, value: &str) {
        match self.parameters.iter().position(|(n, _)| n == name) {
            Some(place) => {
                let mut at = 0;
                self.parameters.retain(|(n, _)| {
                    at += 1;
                    n != name || at == place + 1
                });
                if let Some(parameter) = self.parameters.get_mut(place) {
                    value.clone_into(&mut parameter.1);
                }
            }
            None => self.add(name, value),
        }
    }

    /// Adds a parameter after those that are there.
    pub(super) fn add(&mut self, name: &str, value: &str) {
        self.parameters.push((name.to_owned(), value.to_owned()));
    }

    /// Takes a parameter away.
    pub(super) fn remove(&mut self, name: &str) {
        self.parameters.retain(|(n, _)| n != name);
    }

    /// Makes plain parameters of all that stands in the form, the proof of the client among them.
    ///
    /// # Errors
    /// When an assertion cannot be signed.
    pub(super) fn spell_out(&mut self) -> Result<(), Stop> {
        if let Some(assertion) = self.grant.take() {
            self.add("assertion", &assertion.text()?);
        }
        match &self.proof {
            Proof::None | Proof::Basic { .. } => return Ok(()),
            Proof::Post { id, secret } => {
                let (id, secret) = (id.clone(), secret.clone());
                self.add("client_id", &id);
                self.add("client_secret", &secret);
            }
            Proof::Assertion(assertion) => {
                let text = assertion.text()?;
                if self.get("client_assertion_type").is_none() {
                    self.add("client_assertion_type", ASSERTION_TYPE);
                }
                self.add("client_assertion", &text);
            }
        }
        self.proof = Proof::None;
        Ok(())
    }

    /// The request as it is sent.
    ///
    /// # Errors
    /// When an assertion cannot be signed.
    pub(super) fn render(mut self) -> Result<Rendered, Stop> {
        if let Proof::Basic { scheme, id, secret } = &self.proof {
            self.fields.push("authorization", basic(scheme, id, secret));
        }
        self.spell_out()?;
        if self.in_the_query {
            self.query.append(&mut self.parameters);
        }
        let body = self.body.unwrap_or_else(|| encode(&self.parameters));
        Ok(Rendered {
            query: encode(&self.query),
            fields: self.fields,
            body: body.into_bytes(),
        })
    }
}

impl Proof {
    /// What proves a client, without fault.
    #[must_use]
    pub(super) fn of(client: &RegisteredClient, audience: &str, now: i64) -> Self {
        let id = client.id.clone();
        match &client.auth {
            ClientAuth::SecretBasic(secret) => Self::Basic {
                scheme: "Basic".to_owned(),
                id,
                secret: secret.clone(),
            },
            ClientAuth::SecretPost(secret) => Self::Post {
                id,
                secret: secret.clone(),
            },
            ClientAuth::PrivateKeyJwt(key) => {
                Self::Assertion(assertion::of_client(&id, key.clone(), audience, now))
            }
        }
    }
}

/// The value of an `Authorization` field with an id and a secret, each encoded as a form value.
#[must_use]
pub(super) fn basic(scheme: &str, id: &str, secret: &str) -> String {
    let pair = format!("{}:{}", encoded(id), encoded(secret));
    format!("{scheme} {}", STANDARD.encode(pair))
}

/// Parameters as a form.
#[must_use]
pub(super) fn encode(parameters: &[(String, String)]) -> String {
    let pairs: Vec<String> = parameters
        .iter()
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
        .collect();
    pairs.join("&")
}

fn encoded(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

fn owned(parameters: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    parameters.iter().map(own).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
    use super::*;
    use crate::target::oauth::ClientKind;
    use btx_spec::jose::{Algorithm, SigningKey};
    use std::sync::Arc;

    fn client(auth: ClientAuth) -> RegisteredClient {
        RegisteredClient {
            name: "one".to_owned(),
            id: "farm:é".to_owned(),
            auth,
            kind: ClientKind::Awkward,
            scopes: vec!["read".to_owned(), "write".to_owned()],
            jwt_tokens: false,
        }
    }

    fn sent(auth: ClientAuth) -> (Fields, String) {
        let rendered = Draft::of_client(&client(auth), "https://as.example", 0)
            .render()
            .unwrap();
        (rendered.fields, String::from_utf8(rendered.body).unwrap())
    }

    #[test]
    fn id_and_secret_are_encoded_before_they_are_joined() {
        let (fields, body) = sent(ClientAuth::SecretBasic("a+b %".to_owned()));
        let shown = fields.get("authorization").unwrap();
        let pair = STANDARD
            .decode(shown.strip_prefix("Basic ").unwrap())
            .unwrap();
        assert_eq!(pair, b"farm%3A%C3%A9:a%2Bb+%25");
        assert_eq!(body, "grant_type=client_credentials&scope=read+write");
    }

    #[test]
    fn a_client_may_prove_itself_beside_an_assertion() {
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
        let key = SigningKey::from_pkcs8_pem(Algorithm::ES256, "portal", &key.serialize_pem());
        let mut issuer = TrustedIssuer {
            issuer: "https://portal.example".to_owned(),
            key: Arc::new(key.unwrap()),
            account: "deployer".to_owned(),
            scopes: Vec::new(),
            client: None,
        };
        let proof = |issuer: &TrustedIssuer| {
            let draft = Draft::of_account(issuer, "https://as.example", 0);
            let fields = draft.render().unwrap().fields;
            fields.get("authorization").map(str::to_owned)
        };
        assert_eq!(proof(&issuer), None);
        issuer.client = Some(client(ClientAuth::SecretBasic("s".to_owned())));
        assert!(proof(&issuer).unwrap().starts_with("Basic "));
    }

    #[test]
    fn a_secret_in_the_form_needs_no_field() {
        let (fields, body) = sent(ClientAuth::SecretPost("s:1".to_owned()));
        assert_eq!(fields.get("authorization"), None);
        assert!(
            body.ends_with("&client_id=farm%3A%C3%A9&client_secret=s%3A1"),
            "{body}"
        );
    }

    #[test]
    fn a_parameter_is_set_in_its_place() {
        let mut draft = Draft::of(&[("a", "1"), ("b", "2"), ("a", "3")]);
        draft.set("a", "4");
        draft.set("c", "5");
        assert_eq!(encode(&draft.parameters), "a=4&b=2&c=5");
    }
}
