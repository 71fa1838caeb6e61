//! Why there is no token.

use btx_spec::oauth::OauthError;

use super::secret::SecretError;

/// Why there is no token. As text it is made of our own words, and of names that the protocol defines.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The server answered with something other than success.
    #[error("the authorization server answered {status}{}", in_words(*error))]
    Refused {
        /// The status of the answer.
        status: u16,
        /// The error, if it is one that the protocol defines.
        error: Option<OauthError>,
        /// How long the server asks to wait, in seconds.
        retry_after: Option<u64>,
    },
    /// An answer of success that gives no token that can be used.
    #[error("the authorization server answered 200, and {0}")]
    BadAnswer(&'static str),
    /// Nothing of the request was sent.
    #[error("no connection to the authorization server came about")]
    Unreachable,
    /// Nobody knows what became of the request.
    #[error("the authorization server did not answer")]
    Unanswered,
    /// What the client has to prove who it is, or the assertion that it hands over, cannot be had.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The metadata of the server do not say where to ask.
    #[error("the metadata of the authorization server cannot be used: {0}")]
    BadMetadata(&'static str),
    /// The API refused a token, and the one that was got in its place as well.
    #[error("the API refuses the tokens of this authorization server")]
    RefusedAgain,
    /// There is no server of that name.
    #[error("no authorization server of that name is configured")]
    UnknownServer,
    /// Something of our own did not work.
    #[error("something of our own did not work")]
    Broken,
}

fn in_words(error: Option<OauthError>) -> String {
    error.map_or_else(String::new, |error| format!(", {}", error.name()))
}

impl Failure {
    /// Whether the server does not know the client, so that asking again is no use (OA-CLI-008).
    pub(super) fn is_final(&self) -> bool {
        matches!(
            self,
            Self::Refused {
                error: Some(OauthError::InvalidClient),
                ..
            }
        )
    }

    /// How long the server asks to wait, in seconds.
    pub(super) fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Refused { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}
