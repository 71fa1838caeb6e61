//! The tables of service JWTs in a target file, as they are written.

use super::{PeerKind, file::HookTable, jwt::Flow, oauth_file::AlgorithmName};
use toml::Spanned;

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DocumentsTable {
    pub(super) url: Spanned<String>,
    pub(super) named: Option<Spanned<String>>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct JwtResourceTable {
    pub(super) identifier: Spanned<String>,
    pub(super) read: Spanned<Vec<Spanned<String>>>,
    pub(super) algorithms: Option<Spanned<Vec<AlgorithmName>>>,
    pub(super) hands_out: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) wants_token: Option<Spanned<String>>,
    pub(super) server: Option<Spanned<String>>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct JwtClientTable {
    pub(super) id: Spanned<String>,
    #[serde(rename = "use")]
    pub(super) use_token: Option<Spanned<HookTable>>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct JwtPeerTable {
    pub(super) name: Spanned<String>,
    pub(super) resource: Spanned<String>,
    pub(super) flow: Flow,
    pub(super) kind: Spanned<PeerKind>,
}

/// A line that would be right, for each key and table of service JWTs, by its full name.
pub(super) const EXAMPLES: &[(&str, &str)] = &[
    (
        "documents",
        "[documents]\nurl   = \"https://127.0.1.1:9470\"\nnamed = \"https://clients.harness.test:9478\"",
    ),
    ("documents.url", "url = \"https://127.0.1.1:9470\""),
    (
        "documents.named",
        "named = \"https://clients.harness.test:9478\"",
    ),
    (
        "jwt_resource",
        "[jwt_resource]\nidentifier = \"https://counter.example\"\nread       = [\"https://counter.example/counter\"]\nalgorithms = [\"ES256\"]",
    ),
    (
        "jwt_resource.identifier",
        "identifier = \"https://counter.example\"",
    ),
    (
        "jwt_resource.read",
        "read = [\"https://counter.example/counter\"]",
    ),
    (
        "jwt_resource.algorithms",
        "algorithms = [\"ES256\", \"EdDSA\"]",
    ),
    (
        "jwt_resource.hands_out",
        "hands_out = [\"https://counter.example/counter\"]",
    ),
    (
        "jwt_resource.wants_token",
        "wants_token = \"https://counter.example/by-server/counter\"",
    ),
    ("jwt_resource.server", "server = \"https://as.example\""),
    (
        "jwt_client",
        "[jwt_client]\nid  = \"https://caller.example/client.json\"\nuse = { command = [\"./caller\", \"{peer}\", \"{url}\"] }",
    ),
    (
        "jwt_client.id",
        "id = \"https://caller.example/client.json\"",
    ),
    (
        "jwt_client.use",
        "use = { command = [\"./caller\", \"{peer}\", \"{url}\"] }",
    ),
    (
        "jwt_peer",
        "[[jwt_peer]]\nname     = \"j1\"\nresource = \"https://127.0.1.1:9480/j1\"\nflow     = \"alone\"\nkind     = \"good\"",
    ),
    ("jwt_peer.name", "name = \"j1\""),
    (
        "jwt_peer.resource",
        "resource = \"https://127.0.1.1:9480/j1\"",
    ),
    ("jwt_peer.flow", "flow = \"alone\""),
    ("jwt_peer.kind", "kind = \"good\""),
];
