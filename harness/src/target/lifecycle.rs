//! What a target has of the lifecycle of keys and sessions: its issuers, its resource and its caller, and the
//! issuers that the harness plays for the last two.

use super::{Hook, PeerKind};
use btx_spec::jose::Algorithm;
use std::fmt;
use url::Url;

/// What a target has of it; every part is there only if the target file has it.
#[derive(Debug, Clone, Default)]
pub struct Lifecycle {
    /// Its issuers, each with a key ring of its own.
    pub issuers: Vec<SessionIssuer>,
    /// Those who can log in at them.
    pub accounts: Vec<Account>,
    /// Its resource.
    pub resource: Option<SessionResource>,
    /// The issuers that the harness plays for the resource.
    pub signers: Vec<SessionSigner>,
    /// Its caller.
    pub caller: Option<SessionCaller>,
    /// The issuers that the harness plays for the caller.
    pub peers: Vec<SessionPeer>,
}

/// An issuer of the target: its replicas share keys and sessions.
#[derive(Debug, Clone)]
pub struct SessionIssuer {
    /// Its identifier.
    pub identifier: String,
    /// The audience of its bearers.
    pub audience: String,
    /// Where somebody logs in, one for each replica; none where sessions are obtained otherwise.
    pub login: Vec<Url>,
    /// What obtains a session where nobody logs in by HTTP.
    pub obtain: Option<Hook>,
    /// Where somebody logs out, one for each replica.
    pub logout: Vec<Url>,
    /// What a bearer opens with GET, one for each replica.
    pub api: Vec<Url>,
    /// A protected URL that answers 404 to whoever is let in.
    pub missing: Option<Url>,
    /// Where its key set is.
    pub key_set: Option<Url>,
    /// Where it is told that its keys have changed.
    pub notify: Option<Url>,
    /// The algorithm of its keys.
    pub algorithm: KeyAlgorithm,
    /// Whether its answers have new bearers in `Authorization` as well.
    pub authorization_field: bool,
}

impl SessionIssuer {
    /// How many replicas it has, by the longest list of them.
    #[must_use]
    pub fn replicas(&self) -> usize {
        self.login.len().max(self.api.len())
    }

    /// Whether its keys are secret keys, which only its replicas know.
    #[must_use]
    pub fn has_secret_keys(&self) -> bool {
        matches!(self.algorithm, KeyAlgorithm::HS256 | KeyAlgorithm::HS512)
    }
}

/// The algorithms of the keys of an issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Deserialize)]
pub enum KeyAlgorithm {
    /// HMAC with SHA-256.
    HS256,
    /// HMAC with SHA-512.
    HS512,
    /// ECDSA on P-256.
    ES256,
    /// Ed25519.
    EdDSA,
    /// RSASSA-PSS with SHA-256.
    PS256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RS256,
}

impl KeyAlgorithm {
    /// Its name (RFC 7518).
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::HS256 => "HS256",
            Self::HS512 => "HS512",
            Self::ES256 => "ES256",
            Self::EdDSA => "EdDSA",
            Self::PS256 => "PS256",
            Self::RS256 => "RS256",
        }
    }
}

/// Somebody who can log in at the issuers of the target.
#[derive(Clone)]
pub struct Account {
    /// The name.
    pub name: String,
    /// The password.
    pub password: String,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Account({}, …)", self.name)
    }
}

/// The resource of the target, which verifies bearers of issuers elsewhere.
#[derive(Debug, Clone)]
pub struct SessionResource {
    /// Its identifier, the audience of bearers for it.
    pub identifier: String,
    /// URLs that a bearer opens with GET, one for each replica.
    pub read: Vec<Url>,
}

/// An issuer that the harness plays for the resource of the target.
#[derive(Debug, Clone)]
pub struct SessionSigner {
    /// A short name of it, for reports.
    pub name: String,
    /// Its identifier.
    pub identifier: String,
    /// Where its key set is.
    pub key_set: Url,
    /// The algorithms that the resource takes from it.
    pub algorithms: Vec<Algorithm>,
}

/// The caller of the target.
#[derive(Debug, Clone)]
pub struct SessionCaller {
    /// What makes it call the API of an issuer.
    pub use_token: Hook,
}

/// An issuer that the harness plays for the caller of the target.
#[derive(Clone)]
pub struct SessionPeer {
    /// A short name of it, for reports.
    pub name: String,
    /// Its identifier.
    pub issuer: Url,
    /// The name by which the caller logs in there.
    pub account: String,
    /// Its password.
    pub password: String,
    /// What is special about it; one of those with faulty certificates, or good.
    pub kind: PeerKind,
}

impl fmt::Debug for SessionPeer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionPeer({}, {})", self.name, self.issuer)
    }
}

impl SessionPeer {
    /// Where the caller logs in.
    #[must_use]
    pub fn login(&self) -> Url {
        below(&self.issuer, "login")
    }

    /// Where it logs out.
    #[must_use]
    pub fn logout(&self) -> Url {
        below(&self.issuer, "logout")
    }

    /// Its API.
    #[must_use]
    pub fn api(&self) -> Url {
        below(&self.issuer, "api")
    }
}

/// A place below another.
fn below(url: &Url, name: &str) -> Url {
    let mut url = url.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().push(name);
    }
    url
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use super::*;

    #[test]
    fn a_peer_has_its_places_below_its_identifier_and_keeps_its_password() {
        let peer = SessionPeer {
            name: "p1".to_owned(),
            issuer: Url::parse("https://127.0.1.1:9600/p1").unwrap(),
            account: "btx".to_owned(),
            password: "correct horse".to_owned(),
            kind: PeerKind::Good,
        };
        assert_eq!(peer.login().as_str(), "https://127.0.1.1:9600/p1/login");
        assert_eq!(peer.logout().as_str(), "https://127.0.1.1:9600/p1/logout");
        assert_eq!(peer.api().as_str(), "https://127.0.1.1:9600/p1/api");
        assert!(!format!("{peer:?}").contains("horse"));
    }
}
