//! The peers that the harness proposes: names, kinds, ports and URLs.

use crate::target::{AsIssuer, Peer, PeerKind};
use std::net::{IpAddr, SocketAddr};
use url::Url;

/// The kinds of which one peer is enough, each on a port of its own where its certificate asks for it.
pub const SPECIAL: [PeerKind; 5] = [
    PeerKind::ShortLived,
    PeerKind::ExpiredCert,
    PeerKind::SelfSigned,
    PeerKind::WrongName,
    PeerKind::OtherCa,
];

/// How many ports the peers need: one for the sound ones, and one for each faulty certificate.
pub const PORTS: usize = 5;

/// Proposes `count` good peers and one of each special kind, on these ports.
///
/// With the target's base URLs for token issues, the peers are issuers too, and the target has a URL of
/// its own for each: the base, a slash and the name of the peer.
/// With a domain each peer has a name of its own, otherwise a path of its own at the address.
#[must_use]
pub fn propose(
    count: u16,
    address: IpAddr,
    ports: [u16; PORTS],
    domain: Option<&str>,
    token_issue: &[String],
) -> Vec<Peer> {
    let [sound, faulty @ ..] = ports;
    let mut faulty = faulty.into_iter();
    let good = (1..=count).map(|n| (format!("b{n}"), PeerKind::Good));
    let special = SPECIAL
        .into_iter()
        .map(|kind| (kind.name().to_owned(), kind));
    good.chain(special)
        .filter_map(|(name, kind)| {
            let port = if kind.has_sound_certificate() {
                sound
            } else {
                faulty.next()?
            };
            let base = match domain {
                Some(domain) => format!("https://{name}.{domain}:{port}"),
                None => format!("https://{}/{name}", SocketAddr::new(address, port)),
            };
            let receives = Url::parse(&format!("{base}/token-issue")).ok()?;
            Some(Peer {
                identifier: base.clone(),
                receives,
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
    use std::net::Ipv4Addr;

    #[test]
    fn proposes_well_formed_identifiers_and_a_peer_of_each_kind() {
        for domain in [None, Some("harness.test")] {
            let peers = propose(
                2,
                Ipv4Addr::LOCALHOST.into(),
                [9443, 9444, 9445, 9446, 9447],
                domain,
                &[],
            );
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
}
