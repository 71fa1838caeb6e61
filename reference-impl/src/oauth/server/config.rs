//! What a deployment decides about its authorization server.

use std::sync::Arc;
use std::time::Duration;

use btx_spec::Identifier;
use btx_spec::jose::{Algorithm, KeySet, SigningKey};
use btx_spec::oauth::Scope;

use super::secret::SecretDigest;
use crate::jwt::verifier;

/// The configuration of an authorization server.
#[derive(Clone)]
pub struct Config {
    /// Its issuer identifier, the one audience of the assertions that it takes. The endpoints are at the
    /// origin of it.
    pub issuer: Identifier,
    /// The clients that are registered. Of several with one id the last counts.
    pub clients: Vec<Client>,
    /// Whose assertions about service accounts are taken.
    pub trusted_issuers: Vec<TrustedIssuer>,
    /// The service accounts.
    pub accounts: Vec<Account>,
    /// How clients are judged that are known by their documents alone; without it, none are taken.
    pub documents: Option<verifier::Config>,
    /// What such a client gets, and in which form.
    pub document_tokens: TokenRules,
    /// The resources that tokens are issued for, by their identifiers. The first is meant by a request that
    /// names none.
    pub resources: Vec<String>,
    /// What signs access tokens that are JWTs. Without it there are none.
    pub signing_key: Option<Arc<SigningKey>>,
    /// Whether a secret may stand in the form, for clients that cannot send it as a header field.
    pub secrets_in_form: bool,
    /// How long an access token lives.
    pub token_lifetime: Duration,
    /// How long an assertion of a client may live.
    pub assertion_lifetime: Duration,
    /// How long an assertion about a service account may live: longer, since who starts a service does
    /// not know when it will be ready.
    pub account_assertion_lifetime: Duration,
    /// How far the clocks of others may be off.
    pub clock_skew: Duration,
}

impl Config {
    /// A server without clients, with the usual limits.
    pub fn new(issuer: Identifier) -> Self {
        Self {
            issuer,
            clients: Vec::new(),
            trusted_issuers: Vec::new(),
            accounts: Vec::new(),
            documents: None,
            document_tokens: TokenRules::new(Scope::default()),
            resources: Vec::new(),
            signing_key: None,
            secrets_in_form: true,
            token_lifetime: Duration::from_secs(3600),
            assertion_lifetime: Duration::from_secs(5 * 60),
            account_assertion_lifetime: Duration::from_secs(3600),
            clock_skew: Duration::from_secs(60),
        }
    }
}

/// A registered client.
#[derive(Clone)]
pub struct Client {
    /// Its id.
    pub id: String,
    /// How it proves itself.
    pub auth: ClientAuth,
    /// The grants that it may use.
    pub grants: Vec<Grant>,
    /// What it gets, and in which form.
    pub tokens: TokenRules,
    /// Whether it may ask about tokens of other clients, as a resource does.
    pub introspects: bool,
}

impl Client {
    /// A client that may use the client credentials grant, for opaque tokens of these scopes, and gets all
    /// of them if it asks for none.
    pub fn new(id: impl Into<String>, auth: ClientAuth, scopes: Scope) -> Self {
        Self {
            id: id.into(),
            auth,
            grants: vec![Grant::ClientCredentials],
            tokens: TokenRules::new(scopes),
            introspects: false,
        }
    }
}

/// How a client proves itself. It has one way, and no other is tried.
#[derive(Clone)]
pub enum ClientAuth {
    /// By a secret.
    Secret(SecretDigest),
    /// By assertions that it signs.
    PrivateKeyJwt {
        /// Its public keys.
        keys: Arc<KeySet>,
        /// The algorithms that it may sign with.
        algorithms: Vec<Algorithm>,
    },
}

/// How a token may be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    /// By a client, for itself (RFC 6749 section 4.4).
    ClientCredentials,
    /// For a service account, by an assertion of a trusted issuer (RFC 7523 section 2.1).
    JwtBearer,
}

impl Grant {
    /// Every grant there is.
    pub const ALL: [Self; 2] = [Self::ClientCredentials, Self::JwtBearer];

    /// Its `grant_type`.
    pub fn name(self) -> &'static str {
        match self {
            Self::ClientCredentials => "client_credentials",
            Self::JwtBearer => "urn:ietf:params:oauth:grant-type:jwt-bearer",
        }
    }
}

/// What tokens a client or a service account gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRules {
    /// The scopes that it may have.
    pub scopes: Scope,
    /// What it gets if it asks for no scope; without it, such a request is refused.
    pub default_scope: Option<Scope>,
    /// The form of its tokens.
    pub form: TokenForm,
    /// How long they live, where that differs from the rest.
    pub lifetime: Option<Duration>,
}

impl TokenRules {
    /// Opaque tokens of these scopes, all of them if none is asked for.
    pub fn new(scopes: Scope) -> Self {
        Self {
            default_scope: Some(scopes.clone()),
            scopes,
            form: TokenForm::Opaque,
            lifetime: None,
        }
    }
}

/// The form of an access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenForm {
    /// Random; what it means is known here only.
    Opaque,
    /// A signed JWT (RFC 9068), which a resource can judge by itself.
    Jwt,
}

/// An issuer whose word about service accounts is taken.
#[derive(Clone)]
pub struct TrustedIssuer {
    /// Its identifier, the `iss` of its assertions.
    pub issuer: String,
    /// Its public keys.
    pub keys: Arc<KeySet>,
    /// The algorithms that it may sign with.
    pub algorithms: Vec<Algorithm>,
}

/// A service account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its name, the `sub` of assertions about it.
    pub name: String,
    /// The identifiers of the trusted issuers that may speak for it.
    pub issuers: Vec<String>,
    /// What it gets, and in which form.
    pub tokens: TokenRules,
}
