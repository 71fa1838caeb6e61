//! Sessions whose keys rotate in the program: the sections of the configuration, and serving the roles.

pub(super) mod caller;
pub(super) mod issuer;
pub(super) mod memory;
pub(super) mod password;
pub(super) mod resource;
pub(super) mod serve;

use toml::Spanned;

use super::config_error::ConfigError;
use super::config_file::Loaded;

/// The name of the protected part, which stands in quotes in a challenge.
fn realm(loaded: &Loaded, set: &Spanned<String>) -> Result<String, ConfigError> {
    let plain = |c: char| (' '..='~').contains(&c) && c != '"' && c != '\\';
    if set.get_ref().chars().all(plain) {
        Ok(set.get_ref().clone())
    } else {
        let message = "expected printable ASCII without quotes and backslashes";
        Err(loaded.mistake(set, message))
    }
}
