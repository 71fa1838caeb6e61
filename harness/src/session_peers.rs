//! The issuers that the harness proposes to play for a resource and for a caller: places and names.

use crate::target::{
    PeerKind,
    lifecycle::{SessionPeer, SessionSigner},
};
use btx_spec::jose::Algorithm;
use std::net::{IpAddr, SocketAddr, TcpListener};
use url::Url;

/// The faulty certificates, each at a port of its own.
const FAULTY: [PeerKind; 4] = [
    PeerKind::ExpiredCert,
    PeerKind::SelfSigned,
    PeerKind::WrongName,
    PeerKind::OtherCa,
];
/// The name of the account that the caller has everywhere.
const ACCOUNT: &str = "caller";

/// Where they listen.
#[derive(Debug, Clone)]
pub struct Layout {
    /// The issuers for a resource, which share a port.
    pub signers: SocketAddr,
    /// The issuers for a caller that share a port.
    pub shared: SocketAddr,
    /// Those that each have one of their own, in the order of their kinds.
    pub apart: Vec<SocketAddr>,
}

impl Layout {
    /// The ports from one on, as many as are needed; nothing if there are not that many.
    #[must_use]
    pub fn consecutive(first: SocketAddr) -> Option<Self> {
        let mut ports = first.port()..=u16::MAX;
        Self::of(|| Some(SocketAddr::new(first.ip(), ports.next()?)))
    }

    /// The same, with ports that the system chooses, at an address of this machine.
    ///
    /// # Errors
    /// When the system has no ports left at that address.
    pub fn bind(address: IpAddr) -> std::io::Result<(Self, Vec<TcpListener>)> {
        let sockets = (0..FAULTY.len() + 2)
            .map(|_| TcpListener::bind((address, 0)))
            .collect::<Result<Vec<_>, _>>()?;
        let places = sockets.iter().map(TcpListener::local_addr);
        let mut places = places.collect::<Result<Vec<_>, _>>()?.into_iter();
        let layout = Self::of(|| places.next());
        let layout = layout.ok_or_else(|| std::io::Error::other("a socket is missing"))?;
        Ok((layout, sockets))
    }

    fn of(mut next: impl FnMut() -> Option<SocketAddr>) -> Option<Self> {
        Some(Self {
            signers: next()?,
            shared: next()?,
            apart: FAULTY.iter().map(|_| next()).collect::<Option<_>>()?,
        })
    }
}

/// That many issuers for a resource, each at a path of its own.
#[must_use]
pub fn signers(count: u16, layout: &Layout, algorithms: &[Algorithm]) -> Vec<SessionSigner> {
    let signer = |number: u16| {
        let identifier = format!("https://{}/s{number}", layout.signers);
        Some(SessionSigner {
            name: format!("signer-{number}"),
            key_set: Url::parse(&format!("{identifier}/keys")).ok()?,
            identifier,
            algorithms: algorithms.to_vec(),
        })
    };
    (1..=count).filter_map(signer).collect()
}

/// That many good issuers for a caller, and one for each faulty certificate, each at a path of its own. All have one
/// password, which is drawn by whoever proposes them.
#[must_use]
pub fn peers(count: u16, layout: &Layout, password: &str) -> Vec<SessionPeer> {
    let good = (1..=count).map(|n| (format!("session-{n}"), PeerKind::Good, layout.shared));
    let faulty = FAULTY.into_iter().zip(&layout.apart);
    let faulty = faulty.map(|(kind, place)| (format!("session-{}", kind.name()), kind, *place));
    good.chain(faulty)
        .filter_map(|(name, kind, place)| {
            Some(SessionPeer {
                issuer: Url::parse(&format!("https://{place}/{name}")).ok()?,
                name,
                account: ACCOUNT.to_owned(),
                password: password.to_owned(),
                kind,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn everything_has_a_place_of_its_own() {
        let first = SocketAddr::from(([127, 0, 1, 1], 9500));
        let layout = Layout::consecutive(first).unwrap();
        let signers = signers(2, &layout, &[Algorithm::ES256]);
        assert_eq!(signers[1].identifier, "https://127.0.1.1:9500/s2");
        let peers = peers(2, &layout, "secret");
        let ports: BTreeSet<_> = peers.iter().filter_map(|p| p.issuer.port()).collect();
        assert_eq!(ports, (9501..=9505).collect());
        let urls: BTreeSet<&str> = peers.iter().map(|p| p.issuer.as_str()).collect();
        assert_eq!((peers.len(), urls.len()), (6, 6));
    }

    #[test]
    fn there_are_not_always_that_many_ports() {
        let first = SocketAddr::from(([127, 0, 1, 1], 65533));
        assert!(Layout::consecutive(first).is_none());
    }
}
