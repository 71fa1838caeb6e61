//! The OAuth tables of a target file, as they are written.

use super::{
    PeerKind,
    file::HookTable,
    oauth::{ClientKind, TokenSource},
};
use btx_spec::jose::Algorithm;
use std::path::PathBuf;
use toml::Spanned;

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AuthorizationServerTable {
    pub(super) issuer: Option<Spanned<String>>,
    pub(super) token: Spanned<Vec<Spanned<String>>>,
    pub(super) introspection: Option<Spanned<String>>,
    pub(super) revocation: Option<Spanned<String>>,
    pub(super) metadata: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) resources: Vec<String>,
    #[serde(default)]
    pub(super) opens: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) client: Vec<RegisteredClientTable>,
    #[serde(default)]
    pub(super) trusted_issuer: Vec<TrustedIssuerTable>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RegisteredClientTable {
    pub(super) name: Spanned<String>,
    #[serde(default)]
    pub(super) kind: ClientKind,
    pub(super) id: String,
    pub(super) auth: Spanned<AuthMethod>,
    pub(super) secret: Option<Spanned<String>>,
    pub(super) key: Option<KeyTable>,
    #[serde(default)]
    pub(super) scopes: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) jwt_tokens: bool,
}

/// How a client proves itself, by the names of the registry of RFC 7591.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum AuthMethod {
    ClientSecretBasic,
    ClientSecretPost,
    PrivateKeyJwt,
}

/// A private key: the file that it is in, what it signs with, and how it is called.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyTable {
    pub(super) file: Spanned<PathBuf>,
    #[serde(default)]
    pub(super) algorithm: AlgorithmName,
    pub(super) kid: Option<String>,
}

/// An algorithm by its name in JOSE headers.
#[derive(Debug, Clone, Copy, Default, serde::Deserialize)]
pub(super) enum AlgorithmName {
    #[default]
    ES256,
    #[serde(rename = "EdDSA")]
    EdDsa,
    PS256,
    RS256,
}

impl From<AlgorithmName> for Algorithm {
    fn from(name: AlgorithmName) -> Self {
        match name {
            AlgorithmName::ES256 => Self::ES256,
            AlgorithmName::EdDsa => Self::EdDSA,
            AlgorithmName::PS256 => Self::PS256,
            AlgorithmName::RS256 => Self::RS256,
        }
    }
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TrustedIssuerTable {
    pub(super) issuer: Spanned<String>,
    pub(super) key: KeyTable,
    pub(super) account: String,
    #[serde(default)]
    pub(super) scopes: Vec<Spanned<String>>,
    pub(super) client: Option<Spanned<String>>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ResourceServerTable {
    pub(super) identifier: Option<Spanned<String>>,
    pub(super) tokens: Spanned<TokenSource>,
    pub(super) read: Spanned<Vec<Spanned<String>>>,
    pub(super) read_scope: Option<Spanned<String>>,
    pub(super) write: Option<Spanned<String>>,
    pub(super) write_scope: Option<Spanned<String>>,
    pub(super) users_only: Option<Spanned<String>>,
    pub(super) metadata: Option<Spanned<String>>,
    pub(super) api_keys: Option<ApiKeysTable>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ApiKeysTable {
    pub(super) field: String,
    pub(super) live: String,
    pub(super) revoked: String,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClientTable {
    pub(super) start: Option<Spanned<HookTable>>,
    #[serde(rename = "use")]
    pub(super) use_token: Option<Spanned<HookTable>>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ServerPeerTable {
    pub(super) name: Spanned<String>,
    pub(super) kind: Spanned<PeerKind>,
    pub(super) issuer: Spanned<String>,
    pub(super) client: Spanned<PeerClientTable>,
    #[serde(default)]
    pub(super) discovery: bool,
    #[serde(default)]
    pub(super) introspection: bool,
    pub(super) key: KeyTable,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PeerClientTable {
    pub(super) id: String,
    pub(super) secret: Option<String>,
    pub(super) jwks: Option<Spanned<PathBuf>>,
}

/// A line that would be right, for each key and table of OAuth, by its full name.
pub(super) const EXAMPLES: &[(&str, &str)] = &[
    (
        "authorization_server",
        "[authorization_server]\nissuer = \"https://as.example\"\ntoken  = [\"https://as.example/oauth/token\"]",
    ),
    (
        "authorization_server.issuer",
        "issuer = \"https://as.example\"",
    ),
    (
        "authorization_server.token",
        "token = [\"https://as.example/oauth/token\"]",
    ),
    (
        "authorization_server.introspection",
        "introspection = \"https://as.example/oauth/introspect\"",
    ),
    (
        "authorization_server.revocation",
        "revocation = \"https://as.example/oauth/revoke\"",
    ),
    (
        "authorization_server.metadata",
        "metadata = \"https://as.example/.well-known/oauth-authorization-server\"",
    ),
    (
        "authorization_server.resources",
        "resources = [\"https://api.example\"]",
    ),
    (
        "authorization_server.opens",
        "opens = [\"https://api.example/whoami\"]",
    ),
    (
        "authorization_server.client",
        "[[authorization_server.client]]\nname   = \"c1\"\nid     = \"client-1\"\nauth   = \"client_secret_basic\"\nsecret = \"a long random text\"\nscopes = [\"read\", \"write\"]",
    ),
    ("authorization_server.client.id", "id = \"client-1\""),
    ("authorization_server.client.kind", "kind = \"good\""),
    (
        "authorization_server.client.auth",
        "auth = \"client_secret_basic\"",
    ),
    (
        "authorization_server.client.secret",
        "secret = \"a long random text\"",
    ),
    (
        "authorization_server.client.scopes",
        "scopes = [\"read\", \"write\"]",
    ),
    (
        "authorization_server.client.key",
        "key = { file = \"c1.pem\", algorithm = \"ES256\", kid = \"c1\" }",
    ),
    (
        "authorization_server.client.jwt_tokens",
        "jwt_tokens = true",
    ),
    (
        "authorization_server.trusted_issuer",
        "[[authorization_server.trusted_issuer]]\nissuer  = \"https://portal.example\"\nkey     = { file = \"portal.pem\" }\naccount = \"deployer\"\nscopes  = [\"read\"]",
    ),
    (
        "authorization_server.trusted_issuer.client",
        "client = \"shop\"",
    ),
    (
        "authorization_server.trusted_issuer.account",
        "account = \"deployer\"",
    ),
    (
        "resource_server",
        "[resource_server]\ntokens = \"server\"\nread   = [\"https://api.example/read\"]\nwrite  = \"https://api.example/write\"\nwrite_scope = \"write\"",
    ),
    (
        "resource_server.identifier",
        "identifier = \"https://api.example\"",
    ),
    ("resource_server.tokens", "tokens = \"peers\""),
    (
        "resource_server.read",
        "read = [\"https://api.example/read\"]",
    ),
    ("resource_server.read_scope", "read_scope = \"read\""),
    (
        "resource_server.write",
        "write = \"https://api.example/write\"",
    ),
    ("resource_server.write_scope", "write_scope = \"write\""),
    (
        "resource_server.users_only",
        "users_only = \"https://api.example/users-only\"",
    ),
    (
        "resource_server.metadata",
        "metadata = \"https://api.example/.well-known/oauth-protected-resource\"",
    ),
    (
        "resource_server.api_keys",
        "api_keys = { field = \"x-api-key\", live = \"one that opens `read`\", revoked = \"one that does no more\" }",
    ),
    (
        "client",
        "[client]\nstart = { command = [\"./client\", \"start\", \"{peer}\"] }\nuse   = { command = [\"./client\", \"use\", \"{peer}\", \"{url}\"] }",
    ),
    (
        "client.start",
        "start = { command = [\"./client\", \"start\", \"{peer}\"] }",
    ),
    (
        "client.use",
        "use = { command = [\"./client\", \"use\", \"{peer}\", \"{url}\"] }",
    ),
    (
        "server_peer",
        "[[server_peer]]\nname   = \"o1\"\nkind   = \"good\"\nissuer = \"https://127.0.0.1:9463/o1\"\nclient = { id = \"client-o1\", secret = \"a long random text\" }\nkey    = { file = \"o1.pem\" }",
    ),
    ("server_peer.kind", "kind = \"good\""),
    ("server_peer.name", "name = \"o1\""),
    (
        "server_peer.issuer",
        "issuer = \"https://127.0.0.1:9463/o1\"",
    ),
    (
        "server_peer.client",
        "client = { id = \"client-o1\", secret = \"a long random text\" }",
    ),
    ("server_peer.key", "key = { file = \"o1.pem\" }"),
    ("server_peer.discovery", "discovery = true"),
    ("server_peer.introspection", "introspection = true"),
];
