//! What a deployment decides about its initiator.

use std::time::Duration;

use btx_spec::{HttpsUrl, Identifier, ReceiveUrl};

/// The configuration of an initiator.
#[derive(Debug, Clone)]
pub struct Config {
    /// The name under which the issuers know this initiator.
    pub identifier: Identifier,
    /// The issuers that it gets tokens from, from the start. An identifier or a name that stands twice is
    /// that of the first.
    pub issuers: Vec<IssuerEntry>,
    /// Whether it asks issuers not to keep it waiting.
    pub asynchronous: bool,
    /// For how long.
    pub limits: Limits,
}

impl Config {
    /// An initiator that waits for each outcome, with the default limits.
    pub fn new(identifier: Identifier, issuers: Vec<IssuerEntry>) -> Self {
        Self {
            identifier,
            issuers,
            asynchronous: false,
            limits: Limits::default(),
        }
    }
}

/// An issuer that tokens come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerEntry {
    /// A short name, for people.
    pub name: String,
    /// Its identifier.
    pub identifier: Identifier,
    /// Where token calls go.
    pub token_call: HttpsUrl,
    /// Where its token issues arrive: a URL of our own that this issuer knows. Issuers may share
    /// one.
    pub receives: ReceiveUrl,
    /// Whether this issuer is asked not to keep us waiting, where that differs from the rest.
    pub asynchronous: Option<bool>,
}

/// For how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long the answer to a token call may take.
    pub call_deadline: Duration,
    /// How long to go on asking after a 202, unless the issuer names an earlier end.
    pub pending_deadline: Duration,
    /// The longest that a `Retry-After` makes it wait before it asks again after a 202 (EX-INI-083).
    pub longest_pause: Duration,
    /// How many seconds the clocks of the parties may differ.
    pub clock_skew: Duration,
    /// How long before its expiry a token is renewed.
    pub renew_ahead: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            call_deadline: Duration::from_secs(15),
            pending_deadline: Duration::from_secs(300),
            longest_pause: Duration::from_secs(60),
            clock_skew: Duration::from_secs(60),
            renew_ahead: Duration::from_secs(300),
        }
    }
}

/// The path at which token issues of this issuer arrive, as clients write it.
pub(super) fn receive_path(issuer: &IssuerEntry) -> String {
    let mut target = request_target(&issuer.receives);
    target.truncate(target.find('?').unwrap_or(target.len()));
    target
}

/// The target of a request for this URL, as clients write it: path and query.
pub(super) fn request_target(url: &ReceiveUrl) -> String {
    let Ok(url) = url::Url::parse(url.as_str()) else {
        return "/".to_owned();
    };
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}
