//! What a deployment decides about its caller.

use std::fmt;
use std::time::Duration;

use btx_spec::{HttpsUrl, Identifier};
use zeroize::Zeroizing;

/// The configuration of a caller.
#[derive(Debug, Clone)]
pub struct Config {
    /// The issuers that it logs in to. Of two with one name, the first counts.
    pub peers: Vec<Peer>,
    /// How long a call may take, with the login and the wait for others (LC-CLI-025).
    pub deadline: Duration,
    /// The compatibility option: whether a new bearer in an `Authorization` field is taken, too.
    pub authorization_field: bool,
}

impl Default for Config {
    /// A caller that calls nobody.
    fn default() -> Self {
        Self {
            peers: Vec::new(),
            deadline: Duration::from_secs(30),
            authorization_field: false,
        }
    }
}

/// An issuer, and the account that the caller has there.
#[derive(Debug, Clone)]
pub struct Peer {
    /// A short name, for people and for the control verbs.
    pub name: String,
    /// The issuer. A session token goes to its origin only.
    pub issuer: Identifier,
    /// Where to log in.
    pub login: HttpsUrl,
    /// The URLs that a bearer may be shown to: these themselves and what is below their paths.
    pub api: Vec<HttpsUrl>,
    /// The name of the account.
    pub account: String,
    /// Its password.
    pub password: Password,
}

/// A password as it is typed. It is wiped when dropped, and never shown by `Debug`.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// Takes it.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The password itself. For the wire, and for nothing else.
    pub(super) fn expose(&self) -> &Zeroizing<String> {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}
