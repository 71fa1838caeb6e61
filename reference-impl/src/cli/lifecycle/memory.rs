//! Where an issuer has its keys and its sessions: in its own memory, or in the store that its replicas share.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use btx_reference::clock::SystemClock;
use btx_reference::lifecycle::issuer::{Config, Parts};
use btx_reference::lifecycle::keys::{MemoryKeys, SealingKey, SharedKeys};
use btx_reference::lifecycle::sessions::MemorySessions;
use btx_reference::random::SystemRandom;
use btx_reference::store::shared::SharedStore;
use zeroize::Zeroizing;

use super::issuer::Section;
use crate::cli::config_error::ConfigError;
use crate::cli::config_file::Loaded;
use crate::cli::oauth::files;
use crate::cli::{Failed, store};

/// How long a replica works with a copy of the keys, where the configuration does not say it.
const LEASE: Duration = Duration::from_secs(1);

/// The components of the issuer of this configuration.
pub(super) fn parts(loaded: &Loaded, section: &Section, config: &Config) -> Result<Parts, Failed> {
    match store::shared(loaded)? {
        Some(store) => shared(loaded, section, config, store),
        None => alone(loaded, section, config),
    }
}

fn alone(loaded: &Loaded, section: &Section, config: &Config) -> Result<Parts, Failed> {
    let message = "this is for replicas, which have a `[store.shared]`";
    if let Some(file) = &section.sealing_key_file {
        return Err(loaded.mistake(file, message).into());
    }
    if let Some(lease) = &section.lease {
        return Err(loaded.mistake(lease, message).into());
    }
    let keys = MemoryKeys::new(
        config.algorithm,
        config.lifetimes.rotation_window,
        Arc::new(SystemClock),
        Arc::new(SystemRandom),
    );
    let keys = keys.map_err(|error| Failed::Broken(error.to_string()))?;
    Ok(Parts::new(Arc::new(keys), Arc::new(MemorySessions::new())))
}

fn shared(
    loaded: &Loaded,
    section: &Section,
    config: &Config,
    store: SharedStore,
) -> Result<Parts, Failed> {
    let keys = SharedKeys::new(
        store.clone(),
        config.algorithm,
        config.lifetimes.rotation_window,
        lease(loaded, section)?,
        sealing_key(loaded, section)?,
        Arc::new(SystemClock),
        Arc::new(SystemRandom),
    );
    Ok(Parts::new(Arc::new(keys), Arc::new(store)))
}

fn lease(loaded: &Loaded, section: &Section) -> Result<Duration, ConfigError> {
    let Some(set) = &section.lease else {
        return Ok(LEASE);
    };
    let lease = set.get_ref().0;
    if lease.is_zero() || lease > Duration::from_secs(60) {
        return Err(loaded.mistake(set, "a lease is longer than nothing, and 60 s at most"));
    }
    Ok(lease)
}

/// The key that seals the ring: the store is not to learn what signs.
fn sealing_key(loaded: &Loaded, section: &Section) -> Result<SealingKey, ConfigError> {
    let Some(file) = &section.sealing_key_file else {
        let message = "replicas need `sealing_key_file` in [session_issuer]: a file with 32 random octets in \
                       base64url, the same for all of them";
        return Err(ConfigError::general(&loaded.path, message.to_owned()));
    };
    let text = files::text(loaded, file)?;
    let octets = URL_SAFE_NO_PAD.decode(text.as_bytes()).map(Zeroizing::new);
    let octets = octets.ok().and_then(|octets| {
        let octets: Option<[u8; 32]> = octets.as_slice().try_into().ok();
        octets.map(Zeroizing::new)
    });
    let message =
        "the file does not hold 32 octets in base64url without padding, which is 43 characters";
    let octets = octets.ok_or_else(|| loaded.mistake(file, message))?;
    Ok(SealingKey::new(*octets))
}
