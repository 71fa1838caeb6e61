//! The exchange part of the embedded reference: an issuer behind two front doors, and an initiator.

use super::{Alterations, Base, OutboundSetup, Running, StartError, setup};
use crate::{
    peers::{self, DOMAIN, Layout},
    target::{CANARY_4, Harness, Hook, Initiator, Issuer, Limits, Peer, PeerKind},
};
use btx_reference::{
    Parts,
    initiator::{self, IssuerEntry},
    issuer::{self, Partner},
    outbound::{Trust, address::Network},
    store::memory::MemoryStore,
};
use btx_spec::{HttpsUrl, Identifier, ReceiveUrl};
use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

/// How many good peers the embedded target knows.
const PEERS: u16 = 48;
/// How long an exchange may take at most: short, since some scenarios wait for it.
const EXCHANGE_DEADLINE: Duration = Duration::from_secs(3);
/// How long its initiator waits for the answer to a token call: longer than that.
pub(super) const CALL_DEADLINE: Duration = Duration::from_secs(4);
/// The longest that a Retry-After makes its initiator wait.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// How long one attempt at a token issue may take.
const ATTEMPT: Duration = Duration::from_millis(1500);
/// How long the tokens of a peer of the kind short-lived live.
const SHORT_LIFE: Duration = Duration::from_secs(4);
/// Its front doors; they share one store, as replicas do.
const REPLICAS: usize = 2;
/// The name of the issuer, which the harness finds by `connect`.
pub(super) const NAME: &str = "issuer.reference.test";
/// The name of its initiator.
pub(super) const INITIATOR: &str = "initiator.reference.test";

/// The exchange part, started.
pub(super) struct Exchange {
    /// What the target file would say of the issuer.
    pub(super) issuer: Issuer,
    /// Of the initiator.
    pub(super) initiator: Initiator,
    /// Of the limits.
    pub(super) limits: Limits,
    /// Of the peers.
    pub(super) peers: Vec<Peer>,
    /// Of the harness.
    pub(super) harness: Harness,
    /// Whether it has the asynchronous form.
    pub(super) asynchronous: bool,
    /// The issuer itself, at its first front door.
    pub(super) issuing: issuer::Issuer,
    /// The initiator itself.
    pub(super) initiating: initiator::Initiator,
    /// What the initiator is made of.
    pub(super) parts: Parts,
}

/// Starts it.
pub(super) async fn start(
    base: &Base<'_>,
    running: &mut Running,
    alterations: &Alterations,
) -> Result<Exchange, StartError> {
    let canaries = [CANARY_4.into(), Ipv6Addr::LOCALHOST.into()];
    let (layout, sockets) = Layout::bind(base.address, &canaries)?;
    running.sockets.extend(sockets);
    let initiator_door = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let initiator_url = running.name(INITIATOR, &initiator_door)?;
    let token_issue = [format!("{initiator_url}/btx/token-issue")];
    let peers = peers::propose(PEERS, &layout, Some(DOMAIN), &token_issue);
    let doors = (0..REPLICAS)
        .map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
        .collect::<Result<Vec<_>, _>>()?;
    let urls = doors
        .iter()
        .map(|door| running.name(NAME, door))
        .collect::<Result<Vec<String>, std::io::Error>>()?;

    let config = configure(&peers, &urls, alterations)?;
    let outbound = (alterations.outbound)(OutboundSetup {
        trust: Trust::only(base.authority.certificate.as_bytes()),
        resolve: whereabouts(&peers, base.address)?,
        public_networks: vec![setup(base.address.to_string().parse::<Network>())?],
        nameservers: base.dns.into_iter().collect(),
    });
    let parts = Parts::new(Arc::new(MemoryStore::new()), setup(outbound)?);
    let mut first = None;
    for (replica, door) in doors.into_iter().enumerate() {
        let issuer =
            issuer::Issuer::new(config.clone(), (alterations.parts)(replica, parts.clone()));
        let router = (alterations.router)(replica, issuer.router());
        first.get_or_insert(issuer);
        running
            .https(router, (alterations.door)(door)?, base)
            .await?;
    }
    let mut own = configure_initiator(&peers, &initiator_url)?;
    (alterations.initiator_config)(&mut own);
    let parts = (alterations.initiator_parts)(parts);
    let initiating = initiator::Initiator::new(own, parts.clone());
    let router = (alterations.initiator_router)(initiating.router());
    let door = (alterations.initiator_door)(initiator_door)?;
    running.https(router, door, base).await?;
    Ok(Exchange {
        issuer: Issuer {
            identifier: config.identifier.as_str().to_owned(),
            token_call: endpoints(&urls, "/btx/token-call")?,
            resource: endpoints(&urls, "/api/whoami")?,
        },
        initiator: Initiator {
            identifier: initiator_url,
            start: Hook::Verb,
            use_token: Some(Hook::Verb),
        },
        limits: Limits {
            exchange_deadline: config.limits.exchange_deadline,
            clock_skew: Duration::from_secs(60),
            parallel_per_peer: config.limits.parallel_per_partner,
            call_deadline: CALL_DEADLINE,
            longest_pause: LONGEST_PAUSE,
            ..Limits::default()
        },
        peers,
        harness: Harness {
            listen: layout.shared,
            dns: base.dns,
            public_networks: vec![base.address.into()],
            canaries: canaries.to_vec(),
            authority: base.authority.clone(),
        },
        asynchronous: config.asynchronous,
        issuing: first.ok_or_else(|| StartError::Setup("an issuer without doors".to_owned()))?,
        initiating,
        parts,
    })
}

fn configure_initiator(peers: &[Peer], url: &str) -> Result<initiator::Config, StartError> {
    let mut issuers = Vec::new();
    for peer in peers {
        if let Some(issuer) = &peer.as_issuer {
            let receives = issuer.token_issue.first().map_or("", |url| url.as_str());
            issuers.push(IssuerEntry {
                name: peer.name.clone(),
                identifier: setup(Identifier::parse(&issuer.identifier))?,
                token_call: setup(HttpsUrl::parse(issuer.token_call.as_str()))?,
                receives: setup(ReceiveUrl::parse(receives))?,
                asynchronous: (peer.kind == PeerKind::Synchronous).then_some(false),
            });
        }
    }
    let mut config = initiator::Config::new(setup(Identifier::parse(url))?, issuers);
    config.asynchronous = true;
    config.limits.call_deadline = CALL_DEADLINE;
    config.limits.longest_pause = LONGEST_PAUSE;
    Ok(config)
}

fn configure(
    peers: &[Peer],
    urls: &[String],
    alterations: &Alterations,
) -> Result<issuer::Config, StartError> {
    let mut partners = Vec::new();
    for peer in peers {
        let identifier = setup(Identifier::parse(&peer.identifier))?;
        let receives = setup(ReceiveUrl::parse(peer.receives.as_str()))?;
        let mut partner = setup(Partner::new(identifier, receives))?;
        if peer.kind == PeerKind::ShortLived {
            partner.token_lifetime = Some(SHORT_LIFE);
        }
        partners.push(partner);
    }
    let identifier = setup(Identifier::parse(&format!("https://{NAME}")))?;
    let mut config = issuer::Config::new(identifier, partners);
    config.asynchronous = true;
    config.limits.exchange_deadline = EXCHANGE_DEADLINE;
    config.limits.attempt_timeout = ATTEMPT;
    for url in urls {
        config.origins.push(setup(Identifier::parse(url))?.origin());
    }
    (alterations.config)(&mut config);
    Ok(config)
}

/// Where the names of the peers are, for the target. For some it asks the lab's name server.
fn whereabouts(
    peers: &[Peer],
    address: IpAddr,
) -> Result<BTreeMap<String, SocketAddr>, StartError> {
    let mut places = BTreeMap::new();
    for peer in peers.iter().filter(|p| p.kind != PeerKind::Named) {
        let host = peer.receives.host_str().unwrap_or_default();
        let port = setup(peer.receives.port().ok_or("a peer without a port"))?;
        if peer.kind != PeerKind::SpecialUse {
            places.insert(format!("{host}:{port}"), SocketAddr::new(address, port));
        }
    }
    Ok(places)
}

/// The same path at several front doors.
pub(super) fn endpoints(urls: &[String], path: &str) -> Result<Vec<url::Url>, StartError> {
    urls.iter()
        .map(|url| setup(url::Url::parse(&format!("{url}{path}"))))
        .collect()
}
