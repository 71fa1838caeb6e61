//! What a deployment decides about its client.

use std::sync::Arc;
use std::time::Duration;

use btx_spec::jose::SigningKey;
use btx_spec::oauth::Scope;
use btx_spec::{HttpsUrl, Identifier};

use super::secret::Secret;

/// The configuration of a client.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Where it gets tokens, and what for. Each entry has a name of its own and a token of its own; of two
    /// with one name, the first counts.
    pub servers: Vec<ServerEntry>,
    /// For how long.
    pub limits: Limits,
}

impl Config {
    /// A client of these servers, with the default limits.
    pub fn new(servers: Vec<ServerEntry>) -> Self {
        Self {
            servers,
            limits: Limits::default(),
        }
    }
}

/// One authorization server, and what is asked of it.
#[derive(Debug, Clone)]
pub struct ServerEntry {
    /// A short name, for people and for the control verbs.
    pub name: String,
    /// The issuer identifier of the server.
    pub issuer: Identifier,
    /// Where its token endpoint is.
    pub token: TokenEndpoint,
    /// By what right a token is asked for.
    pub grant: Grant,
    /// How the client proves itself; nothing where the assertion of [`Grant::JwtBearer`] says enough.
    pub identity: Option<Identity>,
    /// The scope that is asked for; the server's default without one.
    pub scope: Option<Scope>,
    /// The resource that the token is to be for (RFC 8707).
    pub resource: Option<String>,
    /// The URLs that the token may be shown to: these themselves and what is below their paths.
    pub api: Vec<HttpsUrl>,
}

/// Where a token endpoint is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenEndpoint {
    /// Here.
    At(HttpsUrl),
    /// Where the metadata of the issuer say (RFC 8414), under the origin of the issuer.
    Discovered,
}

/// By what right a token is asked for. Neither comes with a refresh token.
#[derive(Debug, Clone)]
pub enum Grant {
    /// The client speaks for itself.
    ClientCredentials,
    /// It hands over an assertion that an issuer signed which the server trusts (RFC 7523), such as the
    /// short-lived one that a platform gave to the service when it started.
    JwtBearer {
        /// The assertion.
        assertion: Secret,
    },
}

/// Who the client is, and how it proves it.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The client id.
    pub id: String,
    /// The proof.
    pub proof: Proof,
}

/// How a client proves who it is.
#[derive(Debug, Clone)]
pub enum Proof {
    /// By a secret, with the scheme `Basic`.
    SecretBasic(Secret),
    /// By a secret in the form.
    SecretPost(Secret),
    /// By an assertion that it signs (RFC 7523).
    PrivateKeyJwt(Arc<SigningKey>),
}

/// For how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long the answer of an authorization server may take.
    pub token_deadline: Duration,
    /// How long the answer of an API may take.
    pub call_deadline: Duration,
    /// How long before its end a token is renewed, or half of its life if that is shorter.
    pub renew_ahead: Duration,
    /// How long a token lives whose answer does not say.
    pub assumed_lifetime: Duration,
    /// How long an assertion of the client lives; never longer than five minutes (OA-CLI-024).
    pub assertion_lifetime: Duration,
    /// How long the metadata of a server are believed.
    pub metadata_lifetime: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            token_deadline: Duration::from_secs(10),
            call_deadline: Duration::from_secs(30),
            renew_ahead: Duration::from_secs(300),
            assumed_lifetime: Duration::from_secs(300),
            assertion_lifetime: Duration::from_secs(60),
            metadata_lifetime: Duration::from_secs(3600),
        }
    }
}
