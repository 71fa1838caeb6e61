//! Asks the name servers of a configuration, and nobody else: no cache, no search domains, no hosts file.
//!
//! A cache would be a convenience to whoever lets a name point elsewhere a moment later: each connection has
//! a look of its own (EX-ISS-005).

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{
    LookupIpStrategy, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::Name;

/// How long one question to one server may take.
const QUESTION_TIMEOUT: Duration = Duration::from_secs(1);

/// How long a name may take in all: less than a connection may, of which it is a part.
const LOOKUP_TIMEOUT: Duration = Duration::from_millis(2500);

/// How often a question is asked again.
const REPETITIONS: usize = 1;

/// Name servers.
pub(super) struct Nameservers(TokioResolver);

/// A name has no address here.
#[derive(Debug, thiserror::Error)]
pub(super) enum LookupError {
    /// No server knows one.
    #[error("the name servers give no address: {0}")]
    NoAddress(#[from] NetError),
    /// No server said a word.
    #[error("the name servers did not answer in time")]
    TooSlow,
}

impl Nameservers {
    /// The servers at these addresses, by UDP, and by TCP where an answer is too long for that.
    pub(super) fn new(addresses: &[SocketAddr]) -> Result<Self, NetError> {
        let servers = addresses.iter().copied().map(server).collect();
        let config = ResolverConfig::from_parts(None, Vec::new(), servers);
        let resolver = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        Ok(Self(resolver.with_options(options()).build()?))
    }

    /// The addresses of a name, of both families.
    pub(super) async fn lookup(&self, name: &str) -> Result<Vec<IpAddr>, LookupError> {
        let mut name = Name::from_ascii(name).map_err(NetError::from)?;
        // It is complete as it stands, so that no domain is ever appended to it.
        name.set_fqdn(true);
        match tokio::time::timeout(LOOKUP_TIMEOUT, self.0.lookup_ip(name)).await {
            Ok(found) => Ok(found?.iter().collect()),
            Err(_) => Err(LookupError::TooSlow),
        }
    }
}

fn server(address: SocketAddr) -> NameServerConfig {
    let mut server = NameServerConfig::udp_and_tcp(address.ip());
    for connection in &mut server.connections {
        connection.port = address.port();
    }
    server
}

fn options() -> ResolverOpts {
    let mut options = ResolverOpts::default();
    options.cache_size = 0;
    options.use_hosts_file = ResolveHosts::Never;
    options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
    options.timeout = QUESTION_TIMEOUT;
    options.attempts = REPETITIONS;
    options
}
