//! The tables of keys and sessions in a target file, as they are written.

use super::{PeerKind, file::HookTable, lifecycle::KeyAlgorithm, oauth_file::AlgorithmName};
use std::fmt;
use toml::Spanned;

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SessionIssuerTable {
    pub(super) identifier: Spanned<String>,
    pub(super) audience: Option<Spanned<String>>,
    pub(super) login: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) obtain: Option<Spanned<HookTable>>,
    pub(super) logout: Spanned<Vec<Spanned<String>>>,
    pub(super) api: Spanned<Vec<Spanned<String>>>,
    pub(super) missing: Option<Spanned<String>>,
    pub(super) key_set: Option<Spanned<String>>,
    pub(super) notify: Option<Spanned<String>>,
    pub(super) algorithm: KeyAlgorithm,
    #[serde(default)]
    pub(super) authorization_field: bool,
}

/// A password of the laboratory, which is not printed all the same.
#[derive(serde::Deserialize)]
#[serde(transparent)]
pub(super) struct Password(pub(super) String);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountTable {
    pub(super) name: Spanned<String>,
    pub(super) password: Spanned<Password>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SessionResourceTable {
    pub(super) identifier: Spanned<String>,
    pub(super) read: Spanned<Vec<Spanned<String>>>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SessionSignerTable {
    pub(super) name: Spanned<String>,
    pub(super) identifier: Spanned<String>,
    pub(super) key_set: Spanned<String>,
    pub(super) algorithms: Option<Spanned<Vec<AlgorithmName>>>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SessionCallerTable {
    #[serde(rename = "use")]
    pub(super) use_token: Option<Spanned<HookTable>>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SessionPeerTable {
    pub(super) name: Spanned<String>,
    pub(super) issuer: Spanned<String>,
    pub(super) account: String,
    pub(super) password: Password,
    pub(super) kind: Spanned<PeerKind>,
}

/// A line that would be right, for each key and table of keys and sessions, by its full name.
pub(super) const EXAMPLES: &[(&str, &str)] = &[
    (
        "session_issuer",
        "[[session_issuer]]\nidentifier = \"https://s1.example\"\nlogin      = [\"https://s1.example/login\"]\nlogout     = [\"https://s1.example/logout\"]\napi        = [\"https://s1.example/api/whoami\"]\nalgorithm  = \"HS512\"",
    ),
    (
        "session_issuer.identifier",
        "identifier = \"https://s1.example\"",
    ),
    (
        "session_issuer.audience",
        "audience = \"https://s1.example\"",
    ),
    (
        "session_issuer.login",
        "login = [\"https://s1.example/login\"]",
    ),
    (
        "session_issuer.obtain",
        "obtain = { command = [\"./log-in\", \"{account}\", \"{password}\"] }",
    ),
    (
        "session_issuer.logout",
        "logout = [\"https://s1.example/logout\"]",
    ),
    (
        "session_issuer.api",
        "api = [\"https://s1.example/api/whoami\"]",
    ),
    (
        "session_issuer.missing",
        "missing = \"https://s1.example/api/nothing\"",
    ),
    (
        "session_issuer.key_set",
        "key_set = \"https://s1.example/keys\"",
    ),
    (
        "session_issuer.notify",
        "notify = \"https://s1.example/keys/changed\"",
    ),
    ("session_issuer.algorithm", "algorithm = \"HS512\""),
    (
        "session_issuer.authorization_field",
        "authorization_field = true",
    ),
    (
        "account",
        "[[account]]\nname     = \"a1\"\npassword = \"a password of the laboratory\"",
    ),
    ("account.name", "name = \"a1\""),
    (
        "account.password",
        "password = \"a password of the laboratory\"",
    ),
    (
        "session_resource",
        "[session_resource]\nidentifier = \"https://reader.example\"\nread       = [\"https://reader.example/api/read\"]",
    ),
    (
        "session_resource.identifier",
        "identifier = \"https://reader.example\"",
    ),
    (
        "session_resource.read",
        "read = [\"https://reader.example/api/read\"]",
    ),
    (
        "session_signer",
        "[[session_signer]]\nname       = \"s1\"\nidentifier = \"https://127.0.1.1:9500/s1\"\nkey_set    = \"https://127.0.1.1:9500/s1/keys\"\nalgorithms = [\"ES256\"]",
    ),
    ("session_signer.name", "name = \"s1\""),
    (
        "session_signer.identifier",
        "identifier = \"https://127.0.1.1:9500/s1\"",
    ),
    (
        "session_signer.key_set",
        "key_set = \"https://127.0.1.1:9500/s1/keys\"",
    ),
    ("session_signer.algorithms", "algorithms = [\"ES256\"]"),
    (
        "session_caller",
        "[session_caller]\nuse = { command = [\"./caller\", \"{peer}\", \"{url}\"] }",
    ),
    (
        "session_caller.use",
        "use = { command = [\"./caller\", \"{peer}\", \"{url}\"] }",
    ),
    (
        "session_peer",
        "[[session_peer]]\nname     = \"p1\"\nissuer   = \"https://127.0.1.1:9600/p1\"\naccount  = \"caller\"\npassword = \"a password of the laboratory\"\nkind     = \"good\"",
    ),
    ("session_peer.name", "name = \"p1\""),
    (
        "session_peer.issuer",
        "issuer = \"https://127.0.1.1:9600/p1\"",
    ),
    ("session_peer.account", "account = \"caller\""),
    (
        "session_peer.password",
        "password = \"a password of the laboratory\"",
    ),
    ("session_peer.kind", "kind = \"good\""),
];
