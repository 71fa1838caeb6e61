//! The OAuth side of a target: its authorization server, its resource and its client, and the parties
//! that the harness plays for them.

use super::{Hook, PeerKind};
use btx_spec::jose::SigningKey;
use std::{fmt, sync::Arc};
use url::Url;

/// The OAuth side of a target; every part of it is there only if the target file has it.
#[derive(Debug, Clone, Default)]
pub struct Oauth {
    /// The authorization server of the target.
    pub server: Option<AuthorizationServer>,
    /// Its resource.
    pub resource: Option<ResourceServer>,
    /// Its client.
    pub client: Option<Client>,
    /// The authorization servers that the harness plays: for the client of the target, and as issuers
    /// whose tokens its resource takes.
    pub peers: Vec<ServerPeer>,
}

/// The authorization server of a target.
#[derive(Debug, Clone)]
pub struct AuthorizationServer {
    /// Its issuer identifier; the audience of assertions, and where its metadata are found.
    pub issuer: Option<String>,
    /// The URLs of its token endpoint, one for each replica.
    pub token: Vec<Url>,
    /// Its introspection endpoint.
    pub introspection: Option<Url>,
    /// Its revocation endpoint.
    pub revocation: Option<Url>,
    /// The address of its metadata; without it the one that RFC 8414 section 3.1 makes of the issuer.
    pub metadata: Option<Url>,
    /// The resources that it issues tokens for (RFC 8707), if it tells resources apart.
    pub resources: Vec<String>,
    /// URLs that a token of it opens with GET, if the target file has no resource whose tokens come from
    /// it.
    pub opens: Vec<Url>,
    /// The clients that are registered with it, all played by the harness.
    pub clients: Vec<RegisteredClient>,
    /// The issuers of assertions that it trusts, all played by the harness.
    pub trusted_issuers: Vec<TrustedIssuer>,
}

/// A client that the harness plays.
#[derive(Debug, Clone)]
pub struct RegisteredClient {
    /// A short name of it, for reports.
    pub name: String,
    /// Its client id.
    pub id: String,
    /// How it proves itself.
    pub auth: ClientAuth,
    /// What is special about it.
    pub kind: ClientKind,
    /// The scopes that it may have, in the order in which they are asked for.
    pub scopes: Vec<String>,
    /// Whether its access tokens are JWTs (RFC 9068).
    pub jwt_tokens: bool,
}

/// How a client proves itself.
#[derive(Clone)]
pub enum ClientAuth {
    /// By a secret, with the scheme `Basic`.
    SecretBasic(String),
    /// By a secret in the form.
    SecretPost(String),
    /// By an assertion that it signs.
    PrivateKeyJwt(Arc<SigningKey>),
}

impl fmt::Debug for ClientAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SecretBasic(_) => "client_secret_basic",
            Self::SecretPost(_) => "client_secret_post",
            Self::PrivateKeyJwt(_) => "private_key_jwt",
        })
    }
}

/// What is special about a client.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClientKind {
    /// Nothing: it may use the client credentials grant, and all of its scopes.
    #[default]
    Good,
    /// Its id and its secret have characters that a form encodes: `:`, `+`, `%`, a space.
    Awkward,
    /// It is registered, and may not use the client credentials grant.
    WithoutGrant,
    /// It is a resource server, which may ask about tokens.
    ResourceServer,
    /// Its tokens live a few seconds only.
    ShortLived,
}

impl ClientKind {
    /// Every kind there is.
    pub const ALL: [Self; 5] = [
        Self::Good,
        Self::Awkward,
        Self::WithoutGrant,
        Self::ResourceServer,
        Self::ShortLived,
    ];

    /// The name of the kind in a target file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Awkward => "awkward",
            Self::WithoutGrant => "without-grant",
            Self::ResourceServer => "resource-server",
            Self::ShortLived => "short-lived",
        }
    }
}

/// An issuer of assertions that the harness plays.
#[derive(Debug, Clone)]
pub struct TrustedIssuer {
    /// Its identifier, the `iss` of its assertions.
    pub issuer: String,
    /// Its key; the target knows the public half.
    pub key: Arc<SigningKey>,
    /// A service account that it may speak for, the `sub` of its assertions.
    pub account: String,
    /// The scopes that the account may have.
    pub scopes: Vec<String>,
    /// The client that proves itself beside the assertion, where the server wants one (RFC 7521 section 4.1).
    pub client: Option<RegisteredClient>,
}

/// The resource of a target.
#[derive(Debug, Clone)]
pub struct ResourceServer {
    /// Its identifier, the audience of its tokens.
    pub identifier: Option<String>,
    /// Where its tokens come from.
    pub tokens: TokenSource,
    /// URLs that a token opens with GET, one for each replica.
    pub read: Vec<Url>,
    /// The scope that reading needs, if it needs one.
    pub read_scope: Option<String>,
    /// A URL that a token with `write_scope` opens with POST.
    pub write: Option<Url>,
    /// The scope that writing needs; a token without it is to be refused.
    pub write_scope: Option<String>,
    /// A URL that only users may open with GET.
    pub users_only: Option<Url>,
    /// The address of its metadata; without it the one that RFC 9728 section 3.1 makes of the identifier.
    pub metadata: Option<Url>,
    /// An API key that opens `read`, and one that is revoked.
    pub api_keys: Option<ApiKeys>,
}

/// Where the tokens of a resource come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenSource {
    /// From the authorization server of the same target file.
    Server,
    /// From the authorization servers that the harness plays.
    Peers,
}

/// The API keys of a resource.
#[derive(Clone)]
pub struct ApiKeys {
    /// The field that they stand in.
    pub field: String,
    /// One that opens `read`.
    pub live: String,
    /// One that was revoked.
    pub revoked: String,
}

impl fmt::Debug for ApiKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKeys({}: …)", self.field)
    }
}

/// The client of a target.
#[derive(Debug, Clone)]
pub struct Client {
    /// What makes it get a new token from a peer, whatever it has and whatever came before.
    pub start: Hook,
    /// What makes it call the API of a peer, with the token that it has or gets.
    pub use_token: Hook,
}

/// An authorization server that the harness plays, with an API beside it.
#[derive(Debug, Clone)]
pub struct ServerPeer {
    /// A short name of it, for reports.
    pub name: String,
    /// What is special about it; one of those with faulty certificates, or good.
    pub kind: PeerKind,
    /// Its issuer identifier. Its endpoints are below it: `/token`, `/jwks`, `/introspect` and the API
    /// at `/api`.
    pub issuer: Url,
    /// How the client of the target proves itself here.
    pub client: PeerClient,
    /// Whether the client of the target knows nothing of it but the issuer identifier, and finds its token
    /// endpoint by its metadata.
    pub discovery: bool,
    /// Whether the resource of the target asks this one about tokens that it cannot read.
    pub introspection: bool,
    /// The key with which it signs the JWTs that the resource of the target takes.
    pub key: Arc<SigningKey>,
}

/// How the client of the target comes to a token of a peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// By a secret.
    Secret,
    /// By an assertion that it signs.
    Assertion,
    /// By a secret, at an endpoint that it finds by metadata.
    Discovery,
}

/// What the client of the target is at a peer.
#[derive(Clone)]
pub struct PeerClient {
    /// Its id.
    pub id: String,
    /// How it is expected to prove itself.
    pub auth: PeerAuth,
}

impl fmt::Debug for PeerClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PeerClient({})", self.id)
    }
}

/// How the client of the target is expected to prove itself at a peer.
#[derive(Clone)]
pub enum PeerAuth {
    /// By this secret, with the scheme `Basic` or in the form.
    Secret(String),
    /// By an assertion that one of these keys verifies.
    PrivateKeyJwt(Arc<btx_spec::jose::KeySet>),
}

impl ServerPeer {
    /// How the client of the target comes to a token here.
    #[must_use]
    pub fn access(&self) -> Access {
        match self.client.auth {
            _ if self.discovery => Access::Discovery,
            PeerAuth::Secret(_) => Access::Secret,
            PeerAuth::PrivateKeyJwt(_) => Access::Assertion,
        }
    }

    /// Its issuer identifier as text, without a slash where the path is empty.
    #[must_use]
    pub fn identifier(&self) -> String {
        let text = self.issuer.as_str();
        match self.issuer.path() {
            "/" => text.trim_end_matches('/').to_owned(),
            _ => text.to_owned(),
        }
    }

    /// Its token endpoint.
    #[must_use]
    pub fn token(&self) -> Url {
        self.below("token")
    }

    /// Its key set.
    #[must_use]
    pub fn jwks(&self) -> Url {
        self.below("jwks")
    }

    /// Its introspection endpoint.
    #[must_use]
    pub fn introspection(&self) -> Url {
        self.below("introspect")
    }

    /// Its API.
    #[must_use]
    pub fn api(&self) -> Url {
        self.below("api")
    }

    /// A place of its own below its issuer identifier.
    #[must_use]
    pub fn below(&self, name: &str) -> Url {
        let mut url = self.issuer.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push(name);
        }
        url
    }
}
