//! From a configuration file to the parts of a role.

use std::collections::HashSet;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use btx_reference::initiator::IssuerEntry;
use btx_reference::issuer::Partner;
use btx_reference::outbound::{HttpsOutbound, Trust};
use btx_reference::registration::{issuer_entry, partner};
use btx_reference::serve::tls_config;
use btx_reference::{Parts, initiator, issuer};
use rustls::ServerConfig;

use super::config_error::ConfigError;
use super::config_file::Loaded;
use super::{Failed, peers_file, store};

/// What is wrong with a second registration under one identifier.
const TWICE: &str = "this identifier is registered twice";

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
    let outbound = outbound(loaded)?;
    Ok(Parts::new(store::exchanges(loaded)?, Arc::new(outbound)))
}

/// The way to other servers.
pub(super) fn outbound(loaded: &Loaded) -> Result<HttpsOutbound, ConfigError> {
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
    let nameservers = outbound.nameservers.iter().map(|server| server.0);
    HttpsOutbound::with_nameservers(
        &trust,
        &resolve.collect(),
        public.collect(),
        &nameservers.collect::<Vec<_>>(),
    )
    .map_err(|error| ConfigError::general(&loaded.path, error.to_string()))
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
        partners: partners(loaded)?.into(),
        limits: section.limits(),
        asynchronous: section.asynchronous,
        realm: realm.clone(),
    })
}

/// The partners of this file and of the partners file. A name has one registrant (EX-ANY-003).
fn partners(loaded: &Loaded) -> Result<Vec<Partner>, ConfigError> {
    let mut partners = Vec::new();
    let mut names = HashSet::new();
    let mut add = |partner: Partner| {
        if !names.insert(partner.identifier.clone()) {
            return Err(TWICE.to_owned());
        }
        partners.push(partner);
        Ok(())
    };
    for entry in &loaded.config.partner {
        let partner = entry.get_ref().partner();
        let added = partner.and_then(&mut add);
        added.map_err(|why| loaded.mistake(entry, why))?;
    }
    if let Some(path) = &loaded.config.issuer.partners_file {
        peers_file::read(loaded, path, partner, add)?;
    }
    Ok(partners)
}

/// The configuration of the initiator.
pub(super) fn initiator(loaded: &Loaded) -> Result<initiator::Config, ConfigError> {
    let section = &loaded.config.initiator;
    Ok(initiator::Config {
        identifier: loaded.config.identifier.0.clone(),
        issuers: issuers(loaded)?,
        asynchronous: section.asynchronous,
        limits: section.limits(),
    })
}

/// The issuers of this file and of the issuers file. A name has one registrant (EX-ANY-003), and a receive
/// URL is one of our own (EX-ISS-001 on this side).
fn issuers(loaded: &Loaded) -> Result<Vec<IssuerEntry>, ConfigError> {
    let own = loaded.config.identifier.0.origin();
    let mut issuers: Vec<IssuerEntry> = Vec::new();
    let mut add = |issuer: IssuerEntry| {
        if issuer.receives.origin() != own {
            let why = "token issues must arrive at the scheme, host and port of `identifier`";
            return Err(why.to_owned());
        }
        if issuers
            .iter()
            .any(|one| one.identifier == issuer.identifier)
        {
            return Err(TWICE.to_owned());
        }
        if issuers.iter().any(|one| one.name == issuer.name) {
            return Err("this name is given twice".to_owned());
        }
        issuers.push(issuer);
        Ok(())
    };
    for entry in &loaded.config.initiator.issuer {
        let added = add(entry.get_ref().entry());
        added.map_err(|why| loaded.mistake(entry, why))?;
    }
    if let Some(path) = &loaded.config.initiator.issuers_file {
        peers_file::read(loaded, path, issuer_entry, add)?;
    }
    Ok(issuers)
}

/// Listens at this address.
pub(super) fn listen(address: SocketAddr) -> Result<TcpListener, Failed> {
    TcpListener::bind(address)
        .map_err(|error| Failed::Broken(format!("cannot listen at {address}: {error}")))
}
