//! The authorization servers that the harness proposes to play: names, kinds, places, keys and clients.

use crate::target::{
    PeerKind,
    oauth::{PeerAuth, PeerClient, ServerPeer},
};
use btx_spec::jose::{Algorithm, KeyFault, KeySet, SigningKey};
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};
use url::Url;

/// The kinds that have a port of their own, in the order of their ports.
const APART: [PeerKind; 4] = [
    PeerKind::ExpiredCert,
    PeerKind::SelfSigned,
    PeerKind::WrongName,
    PeerKind::OtherCa,
];

/// Characters that a form encodes: they end every id and every secret, so that it is seen whether a client
/// does.
const ENCODED: &str = " +%&=/";

/// Why servers cannot be proposed.
#[derive(Debug, thiserror::Error)]
pub enum ProposalError {
    /// A key could not be made.
    #[error("no key can be made: {0}")]
    Key(#[from] rcgen::Error),
    /// A key that was made is not usable.
    #[error("a key that was made cannot be used: {0}")]
    Unusable(#[from] KeyFault),
    /// There is no randomness.
    #[error("no randomness: {0}")]
    Random(getrandom::Error),
    /// A URL is none.
    #[error("a URL cannot be made: {0}")]
    Url(#[from] url::ParseError),
}

/// Where the proposed servers listen.
#[derive(Debug, Clone)]
pub struct Layout {
    /// Those that share a port.
    pub shared: SocketAddr,
    /// Those that each have one of their own, in the order of their kinds.
    pub apart: Vec<SocketAddr>,
}

impl Layout {
    /// The ports from one on, as many as are needed; nothing if there are not that many.
    #[must_use]
    pub fn consecutive(first: SocketAddr) -> Option<Self> {
        let mut ports = first.port()..=u16::MAX;
        let mut next = || Some(SocketAddr::new(first.ip(), ports.next()?));
        Some(Self {
            shared: next()?,
            apart: APART.iter().map(|_| next()).collect::<Option<_>>()?,
        })
    }

    /// The same, with ports that the system chooses, at an address of this machine.
    ///
    /// # Errors
    /// When the system has no ports left at that address.
    pub fn bind(address: IpAddr) -> std::io::Result<(Self, Vec<std::net::TcpListener>)> {
        let mut sockets = Vec::new();
        let mut bind = || {
            let socket = std::net::TcpListener::bind((address, 0))?;
            let place = socket.local_addr()?;
            sockets.push(socket);
            Ok::<SocketAddr, std::io::Error>(place)
        };
        let layout = Self {
            shared: bind()?,
            apart: APART.iter().map(|_| bind()).collect::<Result<_, _>>()?,
        };
        Ok((layout, sockets))
    }
}

/// How many servers of each sort are proposed, beside one for each faulty certificate.
#[derive(Debug, Clone, Copy)]
pub struct Counts {
    /// At which the client has a secret.
    pub secret: u16,
    /// At which it signs assertions.
    pub assertion: u16,
    /// Which it finds by metadata.
    pub discovery: u16,
}

/// A server with its key as PEM.
pub struct Proposed {
    /// The server.
    pub peer: ServerPeer,
    /// Its key, in PKCS #8.
    pub pem: String,
}

/// Proposes servers. Those at which the client signs know it by these keys.
///
/// With a domain each has a name of its own, otherwise a path of its own at the address. The first is the
/// one that the resource asks about tokens.
///
/// # Errors
/// When the system has no randomness.
pub fn propose(
    counts: Counts,
    layout: &Layout,
    domain: Option<&str>,
    client_keys: &Arc<KeySet>,
) -> Result<Vec<Proposed>, ProposalError> {
    let shared = layout.shared;
    let several = |prefix: &'static str, count: u16| {
        (1..=count).map(move |n| (format!("{prefix}{n}"), PeerKind::Good, shared))
    };
    let apart = APART.into_iter().zip(&layout.apart);
    let apart = apart.map(|(kind, place)| (format!("oauth-{}", kind.name()), kind, *place));
    let places = several("o", counts.secret)
        .chain(several("j", counts.assertion))
        .chain(several("d", counts.discovery))
        .chain(apart);
    let signs = |name: &str| name.starts_with('j');
    places
        .map(|(name, kind, place)| {
            let base = match domain {
                Some(domain) => format!("https://{name}.{domain}:{}", place.port()),
                None => format!("https://{place}/{name}"),
            };
            let pem = rcgen::KeyPair::generate()?.serialize_pem();
            let auth = match signs(&name) {
                true => PeerAuth::PrivateKeyJwt(client_keys.clone()),
                false => PeerAuth::Secret(secret()?),
            };
            let peer = ServerPeer {
                kind,
                issuer: Url::parse(&base)?,
                client: PeerClient {
                    id: match signs(&name) {
                        true => format!("client-{name}"),
                        false => format!("client-{name}{ENCODED}"),
                    },
                    auth,
                },
                discovery: name.starts_with('d'),
                introspection: name == "o1",
                key: Arc::new(SigningKey::from_pkcs8_pem(Algorithm::ES256, &name, &pem)?),
                name,
            };
            Ok(Proposed { peer, pem })
        })
        .collect()
}

/// A new secret: 32 random bytes, and characters that a form encodes.
///
/// # Errors
/// When the system has no randomness.
pub fn secret() -> Result<String, ProposalError> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(ProposalError::Random)?;
    let hex: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("{hex}{ENCODED}:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proposes_servers_of_each_sort_that_can_be_told_apart() {
        let listen = SocketAddr::from(([127, 0, 0, 1], 9463));
        let layout = Layout::consecutive(listen).unwrap();
        let counts = Counts {
            secret: 2,
            assertion: 1,
            discovery: 1,
        };
        let keys = Arc::new(KeySet::of(Vec::new()));
        for domain in [None, Some("lab.test")] {
            let servers = propose(counts, &layout, domain, &keys).unwrap();
            assert_eq!(servers.len(), 8);
            let mut issuers: Vec<String> = servers.iter().map(|s| s.peer.identifier()).collect();
            issuers.sort();
            issuers.dedup();
            assert_eq!(issuers.len(), 8);
            for kind in APART {
                assert!(servers.iter().any(|s| s.peer.kind == kind), "{kind:?}");
            }
            let asked = servers.iter().filter(|s| s.peer.introspection);
            assert_eq!(asked.count(), 1);
        }
    }

    #[test]
    fn ports_that_do_not_suffice_are_nothing() {
        let listen = SocketAddr::from(([127, 0, 0, 1], 65533));
        assert!(Layout::consecutive(listen).is_none());
    }
}
