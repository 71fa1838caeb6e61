//! The hosts of documents that the harness proposes to play, and the resources for a client: places and names.

use crate::{
    peers::bind_with_canaries,
    target::{
        PeerKind,
        jwt::{Documents, Flow, JwtPeer},
    },
};
use std::net::{IpAddr, SocketAddr};
use url::Url;

/// How many ports there are for documents without names: two that are sound, one for each faulty certificate,
/// and one that stalls.
const DOCUMENT_PORTS: usize = Documents::FAULTY.len() + 3;

/// Where they listen.
#[derive(Debug, Clone)]
pub struct Layout {
    /// The hosts of documents, in the order of their ports.
    pub documents: Vec<SocketAddr>,
    /// The one that is found by name.
    pub named: Option<SocketAddr>,
    /// The resources that share a port.
    pub shared: SocketAddr,
    /// Those that each have one of their own, in the order of their kinds.
    pub apart: Vec<SocketAddr>,
}

impl Layout {
    /// The ports from one on, as many as are needed; nothing if there are not that many.
    #[must_use]
    pub fn consecutive(first: SocketAddr, named: bool) -> Option<Self> {
        let mut ports = first.port()..=u16::MAX;
        let mut next = || Some(SocketAddr::new(first.ip(), ports.next()?));
        Some(Self {
            documents: (0..DOCUMENT_PORTS).map(|_| next()).collect::<Option<_>>()?,
            named: match named {
                true => Some(next()?),
                false => None,
            },
            shared: next()?,
            apart: Documents::FAULTY
                .iter()
                .map(|_| next())
                .collect::<Option<_>>()?,
        })
    }

    /// The same, with ports that the system chooses, at an address of this machine. The first host of documents
    /// and the named one have theirs at the canaries too.
    ///
    /// # Errors
    /// When the system has no ports left at that address.
    pub fn bind(
        address: IpAddr,
        canaries: &[IpAddr],
    ) -> std::io::Result<(Self, Vec<std::net::TcpListener>)> {
        let mut sockets = Vec::new();
        let main = bind_with_canaries(address, canaries, &mut sockets)?;
        let named = bind_with_canaries(address, canaries, &mut sockets)?;
        let mut bind = || {
            let socket = std::net::TcpListener::bind((address, 0))?;
            let place = socket.local_addr()?;
            sockets.push(socket);
            Ok::<SocketAddr, std::io::Error>(place)
        };
        let mut documents = vec![main];
        for _ in 1..DOCUMENT_PORTS {
            documents.push(bind()?);
        }
        let layout = Self {
            documents,
            named: Some(named),
            shared: bind()?,
            apart: Documents::FAULTY
                .iter()
                .map(|_| bind())
                .collect::<Result<_, _>>()?,
        };
        Ok((layout, sockets))
    }
}

/// The hosts of documents at these places; the one that is found by name has this name.
#[must_use]
pub fn documents(layout: &Layout, name: &str) -> Option<Documents> {
    let mut urls = layout
        .documents
        .iter()
        .map(|place| Url::parse(&format!("https://{place}")).ok());
    let mut next = || urls.next().flatten();
    let (main, elsewhere) = (next()?, next()?);
    let faulty = Documents::FAULTY.into_iter();
    Some(Documents {
        main,
        elsewhere,
        faulty: faulty
            .map(|kind| Some((kind, next()?)))
            .collect::<Option<_>>()?,
        stalled: next()?,
        named: layout
            .named
            .and_then(|place| Url::parse(&format!("https://{name}:{}", place.port())).ok()),
    })
}

/// That many resources for each way in, and one for each faulty certificate, each at a path of its own.
#[must_use]
pub fn propose(count: u16, layout: &Layout) -> Vec<JwtPeer> {
    let flows = [
        ("j-alone", Flow::Alone),
        ("j-hands-out", Flow::HandsOut),
        ("j-server", Flow::Server),
    ];
    let good = flows.into_iter().flat_map(|(name, flow)| {
        (1..=count).map(move |n| (format!("{name}-{n}"), flow, PeerKind::Good))
    });
    let good = good.map(|(name, flow, kind)| (name, flow, kind, layout.shared));
    let faulty = Documents::FAULTY.into_iter().zip(&layout.apart);
    let faulty =
        faulty.map(|(kind, place)| (format!("j-{}", kind.name()), Flow::Alone, kind, *place));
    good.chain(faulty)
        .filter_map(|(name, flow, kind, place)| {
            Some(JwtPeer {
                resource: Url::parse(&format!("https://{place}/{name}")).ok()?,
                name,
                flow,
                kind,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn everything_has_a_place_of_its_own() {
        let first = SocketAddr::from(([127, 0, 1, 1], 9470));
        let layout = Layout::consecutive(first, true).unwrap();
        let documents = documents(&layout, "clients.harness.test").unwrap();
        assert_eq!(documents.main.as_str(), "https://127.0.1.1:9470/");
        assert_eq!(documents.faulty.len(), Documents::FAULTY.len());
        assert_eq!(documents.stalled.port(), Some(9476));
        let named = documents.named.unwrap();
        assert_eq!(named.as_str(), "https://clients.harness.test:9477/");
        let peers = propose(2, &layout);
        let urls: BTreeSet<String> = peers.iter().map(JwtPeer::identifier).collect();
        assert_eq!((peers.len(), urls.len()), (10, 10));
        let ports = peers.iter().filter(|p| p.kind == PeerKind::Good);
        assert!(ports.map(|p| p.resource.port()).all(|p| p == Some(9478)));
    }

    #[test]
    fn there_are_not_always_that_many_ports() {
        let first = SocketAddr::from(([127, 0, 1, 1], 65530));
        assert!(Layout::consecutive(first, true).is_none());
    }
}
