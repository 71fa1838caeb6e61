//! Why a call came to no end.

use crate::oauth::client as oauth;

/// Why a call came to no end. As text it is made of our own words, and of names that the protocol defines.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// There is no peer of that name.
    #[error("no resource of that name is configured")]
    UnknownPeer,
    /// The URL is none of that resource.
    #[error("the URL is not one of that resource")]
    NotAllowed,
    /// Nothing of the request was sent.
    #[error("no connection to the resource came about")]
    Unreachable,
    /// Nobody knows what became of the request.
    #[error("the resource did not answer")]
    Unanswered,
    /// The resource wants a token of an authorization server, and there is none.
    #[error("there is no token for the resource: {why}")]
    NoToken {
        /// What the resource answered to what it was shown, if it was called at all.
        refused: Option<u16>,
        /// Why there is none.
        why: Stopped,
    },
    /// Something of our own did not work.
    #[error("something of our own did not work")]
    Broken,
}

/// Where the way to a token ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Stopped {
    /// JW-CLI-064.
    #[error("the challenge names metadata at another origin")]
    OtherOrigin,
    /// The metadata of the resource did not come, or are none.
    #[error("the metadata of the resource cannot be had")]
    NoResourceMetadata,
    /// JW-CLI-061.
    #[error("the metadata are those of another resource")]
    OtherResource,
    /// JW-CLI-062.
    #[error("no server that the metadata name is allowed for this resource")]
    NotAllowed,
    /// What the authorization server had to say, or its metadata.
    #[error(transparent)]
    Server(#[from] oauth::Failure),
}
