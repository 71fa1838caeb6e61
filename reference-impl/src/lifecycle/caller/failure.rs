//! Why a call came to no end.

/// Why a call came to no end. As text it is made of our own words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// There is no peer of that name.
    #[error("no issuer of that name is configured")]
    UnknownPeer,
    /// The URL is none of that peer.
    #[error("the URL is not one of that issuer")]
    NotAllowed,
    /// There is nothing to call with.
    #[error("there is no bearer: {0}")]
    NoBearer(#[from] NoBearer),
    /// Nothing of the request was sent.
    #[error("no connection came about")]
    Unreachable,
    /// Nobody knows what became of the request.
    #[error("there was no answer")]
    Unanswered,
}

/// Why a login brought nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoBearer {
    /// The name or the password was refused.
    #[error("the login was refused")]
    Refused,
    /// The issuer takes no login now (LC-CLI-023).
    #[error("the issuer takes no login at the moment")]
    Paused,
    /// No connection with a valid certificate came about, or no answer came.
    #[error("the issuer did not answer the login")]
    Unanswered,
    /// LC-CLI-020, LC-CLI-024.
    #[error("the answer to the login is of no use")]
    Unusable,
    /// The time for the call was over while it waited.
    #[error("it took too long")]
    TooLate,
}
