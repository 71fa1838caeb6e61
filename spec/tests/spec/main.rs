//! What has to hold between chapters, schemas, vectors, features and the code that speaks
//! the protocol. Each message says what to write, and where.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy.toml permits them in test functions, not in the functions that these call"
)]

mod catalogue;
mod examples;
mod features;
mod jose;
mod jwt;
mod jwt_properties;
mod lifecycle;
mod oauth;
mod oauth_properties;
mod pending;
mod properties;
mod schemas;
mod sources;
mod text;
mod vectors;

use std::path::{Path, PathBuf};

/// The folder of this crate.
fn spec() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of the whole project.
fn project() -> PathBuf {
    spec().parent().map(Path::to_path_buf).unwrap()
}

/// Fails with every complaint at once, so that one run shows all that is to be done.
#[track_caller]
fn no_complaints(complaints: &[String]) {
    assert!(
        complaints.is_empty(),
        "{} to do:\n\n{}\n",
        complaints.len(),
        complaints.join("\n")
    );
}
