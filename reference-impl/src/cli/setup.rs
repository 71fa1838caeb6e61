//! From a configuration file to the parts of a role.

use std::collections::HashSet;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;

use btx_reference::issuer::Partner;
use btx_reference::outbound::{HttpsOutbound, Trust};
use btx_reference::serve::tls_config;
use btx_reference::store::Store;
use btx_reference::store::durable::DurableStore;
use btx_reference::store::memory::MemoryStore;
use btx_reference::{Parts, initiator, issuer};
use rustls::ServerConfig;

use super::Failed;
use super::config_error::ConfigError;
use super::config_file::{Loaded, PartnerEntry};
use super::values::Checked;

impl From<ConfigError> for Failed {
    fn from(error: ConfigError) -> Self {
        Self::Unusable(error.to_string())
    }
}

/// What a server needs for TLS.
pub(super) fn tls(loaded: &Loaded) -> Result<Arc<ServerConfig>, ConfigError> {
    let tls = &loaded.config.tls;
    let (chain, key) = (loaded.bytes(&tls.certificate)?, loaded.bytes(&tls.key)?);
    tls_config(&chain, &key).map_err(|error| loaded.mistake(&tls.key, error.to_string()))
}

/// The components: the system's clock and randomness, the configured store and client.
pub(super) fn parts(loaded: &Loaded) -> Result<Parts, Failed> {
    let outbound = &loaded.config.outbound;
    let trust = Trust {
        system: outbound.system_trust,
        extra: outbound
            .trust
            .iter()
            .map(|path| loaded.bytes(path))
            .collect::<Result<_, _>>()?,
    };
    let public = outbound.public_networks.iter().map(|network| network.0);
    let resolve = outbound.resolve.iter();
    let resolve = resolve.map(|(name, address)| (name.clone(), address.0));
    let client = HttpsOutbound::new(&trust, &resolve.collect(), public.collect())
        .map_err(|error| ConfigError::general(&loaded.path, error.to_string()))?;
    Ok(Parts::new(store(loaded)?, Arc::new(client)))
}

fn store(loaded: &Loaded) -> Result<Arc<dyn Store>, Failed> {
    let path = &loaded.config.store.path;
    if path == Path::new("memory") {
        return Ok(Arc::new(MemoryStore::new()));
    }
    let store = DurableStore::open(&loaded.relative(path))
        .map_err(|error| Failed::Broken(error.to_string()))?;
    Ok(Arc::new(store))
}

/// The configuration of the issuer.
pub(super) fn issuer(loaded: &Loaded) -> Result<issuer::Config, ConfigError> {
    let section = &loaded.config.issuer;
    let realm = section.realm.get_ref();
    let plain = |c: char| (' '..='~').contains(&c) && c != '"' && c != '\\';
    if !realm.chars().all(plain) {
        let message = "expected printable ASCII without quotes and backslashes";
        return Err(loaded.mistake(&section.realm, message));
    }
    Ok(issuer::Config {
        identifier: loaded.config.identifier.0.clone(),
        origins: section
            .origins
            .iter()
            .map(|origin| origin.0.clone())
            .collect(),
        partners: partners(loaded)?,
        limits: section.limits(),
        asynchronous: section.asynchronous,
        realm: realm.clone(),
    })
}

/// The partners of this file and of the partners file. A name has one registrant (EX-ANY-003).
fn partners(loaded: &Loaded) -> Result<Vec<Partner>, ConfigError> {
    let mut partners = Vec::new();
    let mut names = HashSet::new();
    for entry in &loaded.config.partner {
        let partner = entry.get_ref().partner();
        let partner = partner.map_err(|why| loaded.mistake(entry, why))?;
        if !names.insert(partner.identifier.clone()) {
            return Err(loaded.mistake(entry, "this identifier is registered twice"));
        }
        partners.push(partner);
    }
    let Some(path) = &loaded.config.issuer.partners_file else {
        return Ok(partners);
    };
    let file = loaded.relative(path.get_ref());
    let entries: Vec<PartnerEntry> = serde_json::from_slice(&loaded.bytes(path)?)
        .map_err(|error| ConfigError::general(&file, error.to_string()))?;
    for (place, entry) in entries.iter().enumerate() {
        let at = |why: String| ConfigError::general(&file, format!("entry {}: {why}", place + 1));
        let partner = entry.partner().map_err(at)?;
        if !names.insert(partner.identifier.clone()) {
            return Err(at("this identifier is registered twice".to_owned()));
        }
        partners.push(partner);
    }
    Ok(partners)
}

/// The configuration of the initiator. Its receive URLs are its own (EX-ISS-001 on this side).
pub(super) fn initiator(loaded: &Loaded) -> Result<initiator::Config, ConfigError> {
    let Checked(identifier) = &loaded.config.identifier;
    let section = &loaded.config.initiator;
    let mut issuers = Vec::new();
    for entry in &section.issuer {
        let issuer = entry.get_ref().entry();
        if issuer.receives.origin() != identifier.origin() {
            let message = "`receives` must have the scheme, host and port of `identifier`";
            return Err(loaded.mistake(entry, message));
        }
        issuers.push(issuer);
    }
    Ok(initiator::Config {
        identifier: identifier.clone(),
        issuers,
        asynchronous: section.asynchronous,
        limits: section.limits(),
    })
}

/// Listens at this address.
pub(super) fn listen(address: SocketAddr) -> Result<TcpListener, Failed> {
    TcpListener::bind(address)
        .map_err(|error| Failed::Broken(format!("cannot listen at {address}: {error}")))
}
