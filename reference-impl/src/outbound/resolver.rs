//! From a name to the addresses that may be connected to.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address::{Network, is_allowed};
use super::nameservers::Nameservers;

/// Where names really are: `host:port` as in a URL, and the socket to connect to instead. For
/// laboratories; the address policy applies to these as to every other address.
pub type Overrides = BTreeMap<String, SocketAddr>;

/// The address policy has refused an address.
#[derive(Debug, thiserror::Error)]
#[error("the address has a special use and lies in no declared public network")]
pub(super) struct Refused;

/// Resolves a name and lets its addresses pass only if every one of them is allowed. The
/// connection then goes to one of exactly these addresses: nothing is resolved a second time.
pub(super) struct CheckedResolver {
    pub(super) source: Source,
    pub(super) public_networks: Arc<[Network]>,
}

/// Where addresses come from.
#[derive(Clone)]
pub(super) enum Source {
    /// From an override: every name is here.
    Fixed(SocketAddr),
    /// From the operating system.
    System,
    /// From these servers.
    Nameservers(Arc<Nameservers>),
}

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let source = self.source.clone();
        let public_networks = Arc::clone(&self.public_networks);
        Box::pin(async move {
            // The port is for the HTTP library to set, except in an override.
            let addresses: Vec<SocketAddr> = match source {
                Source::Fixed(address) => vec![address],
                Source::System => tokio::net::lookup_host((name.as_str(), 0)).await?.collect(),
                Source::Nameservers(servers) => {
                    let found = servers.lookup(name.as_str()).await?;
                    found.into_iter().map(|ip| SocketAddr::new(ip, 0)).collect()
                }
            };
            if !may_connect(&addresses, &public_networks) {
                return Err(Refused.into());
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// EX-ISS-005: one bad answer spoils all: a name that is public and private at once is a trick.
fn may_connect(addresses: &[SocketAddr], public_networks: &[Network]) -> bool {
    addresses
        .iter()
        .all(|address| is_allowed(address.ip(), public_networks))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_one_special_address_is_refused() {
        let address = |text: &str| SocketAddr::new(text.parse().unwrap(), 0);
        let (public, private) = (address("93.184.216.34"), address("10.0.0.5"));
        assert!(may_connect(&[public, public], &[]));
        assert!(!may_connect(&[public, private], &[]));
        assert!(!may_connect(&[private, public], &[]));
        assert!(may_connect(
            &[public, private],
            &["10.0.0.0/8".parse().unwrap()]
        ));
    }
}
