//! What both roles say and hear in HTTP: heads, bodies, problems, preferences, credentials.

pub mod bearer;
pub mod body;
pub mod head;
pub mod prefer;
pub mod refusal;
