//! What requests to the resource show, and its answers.

pub(super) use crate::chapters::oauth::resource::requests::{fields, refusal, show, token};

use crate::message::Asked;

/// The field of a session token.
const SESSION: &str = "x-session-token";

/// Whether a request went to where a bearer opens.
pub(super) fn is_at_the_door(asked: &Asked) -> bool {
    asked.head.uri.path() == "/api/read"
}

/// The bearer that it shows there.
pub(super) fn bearer(asked: &Asked) -> Option<&str> {
    token(asked).filter(|shown| is_at_the_door(asked) && shown.contains('.'))
}

/// Whether it shows a token there that is no bearer.
pub(super) fn is_opaque(asked: &Asked) -> bool {
    is_at_the_door(asked) && token(asked).is_some_and(|shown| !shown.contains('.'))
}

/// Whether it shows nothing at all there.
pub(super) fn is_bare(asked: &Asked) -> bool {
    is_at_the_door(asked) && asked.field("authorization").is_none()
}

/// Whether it comes with a session token in the field that is there for it.
pub(super) fn has_session_token(asked: &Asked) -> bool {
    asked.field(SESSION).is_some()
}
