//! The peers that the harness proposes: names, kinds, places and URLs.

use crate::target::{AsIssuer, Peer, PeerKind};
use std::net::{IpAddr, SocketAddr};
use url::Url;

/// The kinds that have a port of their own at the address of the harness, in the order of their ports.
const APART: [PeerKind; 5] = [
    PeerKind::ExpiredCert,
    PeerKind::SelfSigned,
    PeerKind::WrongName,
    PeerKind::OtherCa,
    PeerKind::StalledTls,
];

/// The kinds that share a port with the good ones.
const BESIDE: [PeerKind; 2] = [PeerKind::ShortLived, PeerKind::Synchronous];

/// How many peers have names that the lab's name server leads anywhere: so many scenarios about names
/// run at once.
const NAMED: usize = 2;

/// The domain of names in the lab, where nobody has chosen another.
pub const DOMAIN: &str = "harness.test";

/// Where the proposed peers listen.
#[derive(Debug, Clone)]
pub struct Layout {
    /// The peers that share a port.
    pub shared: SocketAddr,
    /// Those that each have one of their own, in the order of their kinds.
    pub apart: Vec<SocketAddr>,
    /// Those with a special-use address: one for each canary.
    pub special_use: Vec<SocketAddr>,
    /// Those that are found by name; none without a name server.
    pub named: Vec<SocketAddr>,
}

impl Layout {
    /// The ports from that of `listen` on, as many as are needed; nothing if there are not that many.
    #[must_use]
    pub fn consecutive(listen: SocketAddr, canaries: &[IpAddr], names: bool) -> Option<Self> {
        let mut ports = listen.port()..=u16::MAX;
        let mut next = |address: IpAddr| Some(SocketAddr::new(address, ports.next()?));
        let own = listen.ip();
        let named = if names { NAMED } else { 0 };
        Some(Self {
            shared: next(own)?,
            apart: APART.iter().map(|_| next(own)).collect::<Option<_>>()?,
            special_use: canaries.iter().map(|c| next(*c)).collect::<Option<_>>()?,
            named: (0..named).map(|_| next(own)).collect::<Option<_>>()?,
        })
    }

    /// The same, with ports that the system chooses, at an address of this machine.
    ///
    /// # Errors
    /// When the system has no ports left at that address.
    pub fn bind(
        address: IpAddr,
        canaries: &[IpAddr],
    ) -> std::io::Result<(Self, Vec<std::net::TcpListener>)> {
        let mut sockets = Vec::new();
        let mut bind = |address: IpAddr| {
            let socket = std::net::TcpListener::bind((address, 0))?;
            let place = socket.local_addr()?;
            sockets.push(socket);
            Ok::<SocketAddr, std::io::Error>(place)
        };
        let mut layout = Self {
            shared: bind(address)?,
            apart: APART
                .iter()
                .map(|_| bind(address))
                .collect::<Result<_, _>>()?,
            // Not every system has these addresses.
            special_use: canaries.iter().filter_map(|c| bind(*c).ok()).collect(),
            named: Vec::new(),
        };

        for _ in 0..NAMED {
            layout
                .named
                .push(bind_with_canaries(address, canaries, &mut sockets)?);
        }
        Ok((layout, sockets))
    }
}

/// How often a port is looked for that is free at the canaries too.
const ATTEMPTS: usize = 16;

/// Binds a port at an address, and the same at the canaries that this system has.
pub(crate) fn bind_with_canaries(
    address: IpAddr,
    canaries: &[IpAddr],
    sockets: &mut Vec<std::net::TcpListener>,
) -> std::io::Result<SocketAddr> {
    let mut left = ATTEMPTS;
    loop {
        left -= 1;
        let socket = std::net::TcpListener::bind((address, 0))?;
        let place = socket.local_addr()?;
        let watching: Vec<_> = canaries
            .iter()
            .map(|canary| std::net::TcpListener::bind((*canary, place.port())))
            .collect();
        let in_use = |e: &std::io::Error| e.kind() == std::io::ErrorKind::AddrInUse;
        if left > 0 && watching.iter().any(|w| w.as_ref().is_err_and(in_use)) {
            continue;
        }
        sockets.push(socket);
        sockets.extend(watching.into_iter().flatten());
        return Ok(place);
    }
}

/// Proposes `count` good peers and one of each special kind, or several where there are several places.
///
/// With the target's base URLs for token issues, the peers are issuers too, and the target has a URL of
/// its own for each: the base, a slash and the name of the peer.
/// With a domain each peer has a name of its own, otherwise a path of its own at the address. A peer that
/// is found by name has one in any case, and one at a special-use address never.
#[must_use]
pub fn propose(
    count: u16,
    layout: &Layout,
    domain: Option<&str>,
    token_issue: &[String],
) -> Vec<Peer> {
    let good = (1..=count).map(|n| (format!("b{n}"), PeerKind::Good, layout.shared, domain));
    let beside = BESIDE.map(|kind| (kind.name().to_owned(), kind, layout.shared, domain));
    let apart = APART.into_iter().zip(&layout.apart);
    let apart = apart.map(|(kind, place)| (kind.name().to_owned(), kind, *place, domain));
    let several = |kind: PeerKind, places: &[SocketAddr], domain| {
        let places: Vec<_> = places.iter().copied().zip(1..).collect();
        places
            .into_iter()
            .map(move |(place, n)| (format!("{}-{n}", kind.name()), kind, place, domain))
    };
    let special_use = several(PeerKind::SpecialUse, &layout.special_use, None);
    let named = several(PeerKind::Named, &layout.named, domain.or(Some(DOMAIN)));
    good.chain(beside)
        .chain(apart)
        .chain(special_use)
        .chain(named)
        .filter_map(|(name, kind, place, domain)| {
            let base = match domain {
                Some(domain) => format!("https://{name}.{domain}:{}", place.port()),
                None => format!("https://{place}/{name}"),
            };
            let receives = Url::parse(&format!("{base}/token-issue")).ok()?;
            Some(Peer {
                identifier: base.clone(),
                receives,
                registered: true,
                as_issuer: as_issuer(&base, token_issue, &name),
                name,
                kind,
            })
        })
        .collect()
}

fn as_issuer(base: &str, token_issue: &[String], name: &str) -> Option<AsIssuer> {
    if token_issue.is_empty() {
        return None;
    }
    let urls = token_issue
        .iter()
        .map(|url| Url::parse(&format!("{url}/{name}")));
    Some(AsIssuer {
        identifier: base.to_owned(),
        token_call: Url::parse(&format!("{base}/token-call")).ok()?,
        token_issue: urls.collect::<Result<_, _>>().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Ipv4Addr, Ipv6Addr};

    const CANARIES: [IpAddr; 2] = [
        IpAddr::V4(Ipv4Addr::new(127, 0, 2, 1)),
        IpAddr::V6(Ipv6Addr::LOCALHOST),
    ];

    #[test]
    fn proposes_well_formed_identifiers_and_a_peer_of_each_kind() {
        let listen = SocketAddr::from(([127, 0, 0, 1], 9443));
        let layout = Layout::consecutive(listen, &CANARIES, true).unwrap();
        for domain in [None, Some("lab.test")] {
            let peers = propose(2, &layout, domain, &[]);
            for kind in PeerKind::ALL {
                assert!(peers.iter().any(|p| p.kind == kind), "{kind:?}");
            }
            for peer in peers {
                let identifier = btx_spec::Identifier::parse(&peer.identifier).unwrap();
                let receives = btx_spec::ReceiveUrl::parse(peer.receives.as_str()).unwrap();
                assert_eq!(identifier.origin(), receives.origin());
            }
        }
    }

    #[test]
    fn without_canaries_and_names_these_kinds_are_missing() {
        let listen = SocketAddr::from(([127, 0, 0, 1], 9443));
        let layout = Layout::consecutive(listen, &[], false).unwrap();
        let kinds: Vec<_> = propose(2, &layout, None, &[])
            .iter()
            .map(|p| p.kind)
            .collect();
        assert!(!kinds.contains(&PeerKind::Named) && !kinds.contains(&PeerKind::SpecialUse));
    }

    #[test]
    fn ports_that_do_not_suffice_are_nothing() {
        let listen = SocketAddr::from(([127, 0, 0, 1], 65533));
        assert!(Layout::consecutive(listen, &CANARIES, true).is_none());
    }
}
