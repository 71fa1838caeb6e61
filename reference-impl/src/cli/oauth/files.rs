//! What the sections of OAuth name that stands in other files: keys and secrets.

use std::path::PathBuf;
use std::sync::Arc;

use btx_spec::jose::{Algorithm, KeySet, SigningKey};
use toml::Spanned;
use zeroize::Zeroizing;

use crate::cli::config_error::ConfigError;
use crate::cli::config_file::Loaded;
use crate::cli::values::Checked;

/// The command needs a section that is not there.
pub(in crate::cli) fn no_section(loaded: &Loaded, name: &str) -> ConfigError {
    ConfigError::general(&loaded.path, format!("there is no section [{name}]"))
}

/// A text in a file, without the white space around it.
pub(in crate::cli) fn text(
    loaded: &Loaded,
    path: &Spanned<PathBuf>,
) -> Result<Zeroizing<String>, ConfigError> {
    let bytes = Zeroizing::new(loaded.bytes(path)?);
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(Zeroizing::new(text.trim().to_owned())),
        Err(_) => Err(loaded.mistake(path, "the file is no text")),
    }
}

/// Public keys (RFC 7517).
pub(in crate::cli) fn key_set(
    loaded: &Loaded,
    path: &Spanned<PathBuf>,
) -> Result<KeySet, ConfigError> {
    let keys = KeySet::parse(&loaded.bytes(path)?);
    keys.map_err(|fault| loaded.mistake(path, format!("the file is no key set: {fault}")))
}

/// A private key with its algorithm and its id, which have to stand beside it.
pub(in crate::cli) fn signing_key(
    loaded: &Loaded,
    path: &Spanned<PathBuf>,
    algorithm: Option<&Checked<Algorithm>>,
    id: Option<&str>,
) -> Result<Arc<SigningKey>, ConfigError> {
    let (Some(algorithm), Some(id)) = (algorithm, id) else {
        let message = "a signing key needs `signing_algorithm` and `signing_key_id`";
        return Err(loaded.mistake(path, message));
    };
    let key = SigningKey::from_pkcs8_pem(algorithm.0, id, &text(loaded, path)?);
    let key = key.map_err(|fault| loaded.mistake(path, format!("the key is no use: {fault}")))?;
    Ok(Arc::new(key))
}

/// Algorithms, as they are.
pub(in crate::cli) fn algorithms(checked: &[Checked<Algorithm>]) -> Vec<Algorithm> {
    checked.iter().map(|algorithm| algorithm.0).collect()
}
