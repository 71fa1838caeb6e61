//! JWTs between services in the program: the sections of the configuration, and serving the roles.

pub(super) mod client;
pub(super) mod resource;
pub(super) mod serve;
pub(super) mod verifier;
