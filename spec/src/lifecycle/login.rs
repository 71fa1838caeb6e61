//! Logging in and out.

use std::fmt;
use std::time::Duration;

use serde_json::{Map, Value, json};
use thiserror::Error;
use zeroize::Zeroizing;

use super::session_token::SessionToken;
use crate::jose::SignedToken;
use crate::strict::{ObjectFault, object};

/// How deep these messages may nest.
const MAX_NESTING: usize = 8;

/// Why bytes are no such message. Nothing of them stands in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum LoginFault {
    /// They are more than such a message has.
    #[error("it is too long")]
    TooLong,
    /// They are no strict JSON object.
    #[error("{0}")]
    Json(#[from] ObjectFault),
    /// A member is missing, or not of its form.
    #[error("the member \"{0}\" is missing or not as it has to be")]
    Member(&'static str),
}

impl LoginFault {
    /// The kind of fault in one word, as the vectors name it.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::TooLong => "too-long",
            Self::Json(fault) => fault.class(),
            Self::Member(_) => "member",
        }
    }
}

/// What a caller logs in with (LC-ISS-060). `Debug` shows neither name nor password.
#[derive(Clone, PartialEq, Eq)]
pub struct LoginRequest {
    /// The name of the account, of 1 to 255 characters.
    pub username: String,
    /// Its password, of 1 to 1024 characters.
    pub password: Zeroizing<String>,
}

impl LoginRequest {
    /// The most octets of a login.
    pub const MAX_LENGTH: usize = 16 * 1024;

    /// Reads a login. Members that are not known mean nothing.
    ///
    /// # Errors
    /// When it is too long, no JSON object, has a name twice, or lacks one of its strings.
    pub fn parse(bytes: &[u8]) -> Result<Self, LoginFault> {
        let members = members(bytes, Self::MAX_LENGTH)?;
        Ok(Self {
            username: text(&members, "username", 255)?.to_owned(),
            password: Zeroizing::new(text(&members, "password", 1024)?.to_owned()),
        })
    }

    /// The message.
    #[must_use]
    pub fn to_json(&self) -> Zeroizing<Vec<u8>> {
        let message = json!({ "username": self.username, "password": self.password.as_str() });
        Zeroizing::new(message.to_string().into_bytes())
    }
}

impl fmt::Debug for LoginRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LoginRequest(…)")
    }
}

/// What a login is answered with (LC-ISS-050). `Debug` shows no token.
#[derive(Clone, PartialEq, Eq)]
pub struct LoginAnswer {
    /// The session token.
    pub session_token: SessionToken,
    /// How long the session lasts, in whole seconds.
    pub session_expires_in: Duration,
    /// The first bearer.
    pub bearer_token: Zeroizing<String>,
    /// How long that lives, in whole seconds.
    pub expires_in: Duration,
}

impl LoginAnswer {
    /// The most octets of an answer (LC-CLI-024).
    pub const MAX_LENGTH: usize = 64 * 1024;

    /// Reads an answer. Members that are not known mean nothing.
    ///
    /// # Errors
    /// When it is too long, no JSON object, has a name twice, or lacks a member that it has to have.
    pub fn parse(bytes: &[u8]) -> Result<Self, LoginFault> {
        let members = members(bytes, Self::MAX_LENGTH)?;
        let session = text(&members, "session_token", SessionToken::MAX_LENGTH)?;
        let session =
            SessionToken::parse(session).map_err(|_| LoginFault::Member("session_token"))?;
        let bearer = text(&members, "bearer_token", SignedToken::MAX_LENGTH)?;
        SignedToken::parse(bearer).map_err(|_| LoginFault::Member("bearer_token"))?;
        Ok(Self {
            session_token: session,
            session_expires_in: seconds(&members, "session_expires_in")?,
            bearer_token: Zeroizing::new(bearer.to_owned()),
            expires_in: seconds(&members, "expires_in")?,
        })
    }

    /// The message.
    #[must_use]
    pub fn to_json(&self) -> Zeroizing<Vec<u8>> {
        let message = json!({
            "session_token": self.session_token.expose(),
            "session_expires_in": self.session_expires_in.as_secs(),
            "bearer_token": self.bearer_token.as_str(),
            "expires_in": self.expires_in.as_secs(),
        });
        Zeroizing::new(message.to_string().into_bytes())
    }
}

impl fmt::Debug for LoginAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LoginAnswer(…)")
    }
}

/// Which sessions a logout ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LogoutRequest {
    /// All of the subject, and not the one alone whose token is shown.
    pub everywhere: bool,
}

impl LogoutRequest {
    /// The most octets of a logout.
    pub const MAX_LENGTH: usize = 1024;

    /// Reads the body of a logout; that of none is [`LogoutRequest::default`]. Members that are not known mean
    /// nothing.
    ///
    /// # Errors
    /// When it is too long, no JSON object, has a name twice, or `everywhere` is neither true nor false.
    pub fn parse(bytes: &[u8]) -> Result<Self, LoginFault> {
        let members = members(bytes, Self::MAX_LENGTH)?;
        match members.get("everywhere") {
            None => Ok(Self::default()),
            Some(Value::Bool(everywhere)) => Ok(Self {
                everywhere: *everywhere,
            }),
            Some(_) => Err(LoginFault::Member("everywhere")),
        }
    }
}

fn members(bytes: &[u8], longest: usize) -> Result<Map<String, Value>, LoginFault> {
    if bytes.len() > longest {
        return Err(LoginFault::TooLong);
    }
    Ok(object(bytes, MAX_NESTING)?)
}

fn text<'m>(
    members: &'m Map<String, Value>,
    name: &'static str,
    longest: usize,
) -> Result<&'m str, LoginFault> {
    let text = members.get(name).and_then(Value::as_str);
    let fits = |text: &&str| (1..=longest).contains(&text.chars().count());
    text.filter(fits).ok_or(LoginFault::Member(name))
}

fn seconds(members: &Map<String, Value>, name: &'static str) -> Result<Duration, LoginFault> {
    let seconds = members.get(name).and_then(Value::as_u64);
    let seconds = seconds.filter(|seconds| *seconds > 0 && *seconds <= u64::from(u32::MAX));
    seconds
        .map(Duration::from_secs)
        .ok_or(LoginFault::Member(name))
}
