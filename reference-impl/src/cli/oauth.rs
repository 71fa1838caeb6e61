//! The roles of OAuth in the program: their sections of the configuration, and serving them.

pub(super) mod authorization_server;
pub(super) mod client;
pub(super) mod files;
pub(super) mod once;
pub(super) mod resource_server;
pub(super) mod serve;
