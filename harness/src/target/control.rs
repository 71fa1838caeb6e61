//! How a target is set off and controlled.

use std::collections::BTreeMap;
use url::Url;

/// A way to make the target do something that no message of the protocol makes it do.
///
/// In every text `{peer}` stands for the name of the peer, `{issuer}` for its identifier,
/// `{token_call}` or `{token}` for its URL that gives tokens, and `{url}` for the URL of its API.
#[derive(Debug, Clone)]
pub enum Hook {
    /// A request of the target's own.
    Request {
        /// The method.
        method: String,
        /// The URL.
        url: String,
        /// The fields.
        fields: BTreeMap<String, String>,
        /// The body.
        body: Option<String>,
    },
    /// A command, with its arguments.
    Command(Vec<String>),
    /// The verb of the target's control.
    Verb,
}

/// How a target is controlled: what takes the verbs, and which of them it has.
#[derive(Debug, Clone)]
pub struct Control {
    /// What takes them.
    pub channel: Channel,
    /// Those that it has.
    pub verbs: Vec<Verb>,
}

/// What takes the verbs of a control.
#[derive(Debug, Clone)]
pub enum Channel {
    /// A listener of its own: each request is the body of a POST to this URL.
    Http(Url),
    /// A command that the harness starts: a request is a line of its input, an answer one of its output.
    Command(Vec<String>),
}

/// A verb of a control.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verb {
    /// Gets a token from a peer.
    Start,
    /// Calls an API of a peer with the token that is held.
    Use,
    /// Registers peers, and removes them.
    Peers,
    /// Takes another key for service JWTs.
    Rotate,
}

impl Verb {
    /// Every verb there is.
    pub const ALL: [Self; 4] = [Self::Start, Self::Use, Self::Peers, Self::Rotate];

    /// The name of the verb.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Use => "use",
            Self::Peers => "peers",
            Self::Rotate => "rotate",
        }
    }
}
