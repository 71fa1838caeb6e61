//! The reference implementation as the target of `btx` without a target file.
//!
//! This is the one place of the harness that knows it. From here on it is a target like any other,
//! behind HTTPS.

use crate::{
    lab::{
        authority::{self, AuthorityError},
        listener::Sockets,
    },
    peers::{self, DOMAIN, Layout},
    target::{
        CANARY_4, Channel, Claim, Control, Harness, Hook, Initiator, Issuer, Limits, Peer,
        PeerKind, Target, Verb,
        oauth::Oauth,
    },
};
use btx_reference::{
    Parts, control,
    initiator::{self, IssuerEntry},
    issuer::{self, Partner},
    outbound::{HttpsOutbound, Outbound, Overrides, SetupError, Trust, address::Network},
    serve,
    store::memory::MemoryStore,
};
use btx_spec::{HttpsUrl, Identifier, ReceiveUrl};
use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, UdpSocket},
    sync::Arc,
    time::Duration,
};
use tokio::sync::oneshot;

/// How many good peers the embedded target knows.
const PEERS: u16 = 48;
/// How long an exchange may take at most: short, since some scenarios wait for it.
const EXCHANGE_DEADLINE: Duration = Duration::from_secs(3);
/// How long its initiator waits for the answer to a token call: longer than that.
const CALL_DEADLINE: Duration = Duration::from_secs(4);
/// The longest that a Retry-After makes its initiator wait.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// How long one attempt at a token issue may take.
const ATTEMPT: Duration = Duration::from_millis(1500);
/// How long the tokens of a peer of the kind short-lived live.
const SHORT_LIFE: Duration = Duration::from_secs(4);
/// Its front doors; they share one store, as replicas do.
const REPLICAS: usize = 2;
/// Where the peers are: an address that only this machine has, declared public to the target.
const LAB: Ipv4Addr = Ipv4Addr::new(127, 0, 1, 1);
/// The name of the target, which the harness finds by `connect`.
const NAME: &str = "issuer.reference.test";
/// The name of its initiator.
const INITIATOR: &str = "initiator.reference.test";

/// Why the reference implementation could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A socket.
    #[error("no socket for the reference implementation: {0}")]
    Socket(#[from] std::io::Error),
    /// A certificate.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// Something that is the same every time.
    #[error("the reference implementation cannot be set up: {0}")]
    Setup(String),
}

/// The reference implementation, started. It stops when this is dropped.
pub struct Embedded {
    /// How it is examined.
    pub target: Target,
    /// The sockets of the lab, bound already.
    pub sockets: Sockets,
    _stop: Vec<oneshot::Sender<()>>,
}

/// What a test exchanges before the reference implementation is started; nothing as a rule.
pub struct Alterations {
    /// Puts other components in the place of those of the reference.
    pub parts: Box<dyn Fn(usize, Parts) -> Parts + Send>,
    /// Changes its configuration.
    pub config: Box<dyn Fn(&mut issuer::Config) + Send>,
    /// Wraps the router of a replica, counted from 0.
    pub router: Box<dyn Fn(usize, axum::Router) -> axum::Router + Send>,
    /// Puts other components in the place of those of the initiator, and of what calls APIs for it.
    pub initiator_parts: Box<dyn Fn(Parts) -> Parts + Send>,
    /// Changes the configuration of the initiator.
    pub initiator_config: Box<dyn Fn(&mut initiator::Config) + Send>,
    /// Wraps the router of the initiator.
    pub initiator_router: Box<dyn Fn(axum::Router) -> axum::Router + Send>,
    /// Builds the outbound client.
    pub outbound: BuildOutbound,
    /// Stands in front of the listeners of the issuer: takes the one that was announced, and gives the one
    /// that is served.
    pub door: Box<dyn Fn(TcpListener) -> std::io::Result<TcpListener> + Send>,
    /// Stands in front of the listener of the initiator.
    pub initiator_door: Box<dyn Fn(TcpListener) -> std::io::Result<TcpListener> + Send>,
    /// Wraps the router of the control.
    pub control: Box<dyn Fn(axum::Router) -> axum::Router + Send>,
}

/// Builds an outbound client.
pub type BuildOutbound = Box<dyn Fn(OutboundSetup) -> Result<Arc<dyn Outbound>, SetupError> + Send>;

/// What the outbound client is built from.
pub struct OutboundSetup {
    /// The certificates that it believes.
    pub trust: Trust,
    /// Where names really are.
    pub resolve: Overrides,
    /// The networks that it takes for public.
    pub public_networks: Vec<Network>,
    /// The name servers that it asks.
    pub nameservers: Vec<SocketAddr>,
}

impl OutboundSetup {
    /// The client that the reference has.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn build(self) -> Result<Arc<dyn Outbound>, SetupError> {
        let client = HttpsOutbound::with_nameservers(
            &self.trust,
            &self.resolve,
            self.public_networks,
            &self.nameservers,
        )?;
        Ok(Arc::new(client))
    }
}

impl Default for Alterations {
    fn default() -> Self {
        Self {
            parts: Box::new(|_, parts| parts),
            config: Box::new(|_| {}),
            router: Box::new(|_, router| router),
            initiator_parts: Box::new(|parts| parts),
            initiator_config: Box::new(|_| {}),
            initiator_router: Box::new(|router| router),
            outbound: Box::new(OutboundSetup::build),
            door: Box::new(Ok),
            initiator_door: Box::new(Ok),
            control: Box::new(|router| router),
        }
    }
}

/// Starts the reference implementation as it is.
///
/// # Errors
/// When the system has no sockets or no randomness.
pub async fn start() -> Result<Embedded, StartError> {
    start_altered(&Alterations::default()).await
}

/// Starts the reference implementation with some of it exchanged: what the proof that the scenarios
/// can fail is made of.
///
/// # Errors
/// When the system has no sockets or no randomness.
pub async fn start_altered(alterations: &Alterations) -> Result<Embedded, StartError> {
    let address = lab_address();
    let canaries = [CANARY_4.into(), Ipv6Addr::LOCALHOST.into()];
    let (layout, tcp) = Layout::bind(address, &canaries)?;
    let dns = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    let dns_place = dns.local_addr()?;
    let initiator_door = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let initiator_place = initiator_door.local_addr()?;
    let initiator_url = format!("https://{INITIATOR}:{}", initiator_place.port());
    let token_issue = [format!("{initiator_url}/btx/token-issue")];
    let peers = peers::propose(PEERS, &layout, Some(DOMAIN), &token_issue);
    let authority = authority::create()?;
    let doors = (0..REPLICAS)
        .map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
        .collect::<Result<Vec<_>, _>>()?;
    let urls = doors
        .iter()
        .map(|door| Ok(format!("https://{NAME}:{}", door.local_addr()?.port())))
        .collect::<Result<Vec<String>, std::io::Error>>()?;

    let config = configure(&peers, &urls, alterations)?;
    let outbound = (alterations.outbound)(OutboundSetup {
        trust: Trust::only(authority.certificate.as_bytes()),
        resolve: whereabouts(&peers, address)?,
        public_networks: vec![setup(address.to_string().parse::<Network>())?],
        nameservers: vec![dns_place],
    });
    let parts = Parts::new(Arc::new(MemoryStore::new()), setup(outbound)?);
    let leaf = authority::sign(&authority, &[NAME.to_owned(), INITIATOR.to_owned()])?;
    let tls = setup(serve::tls_config(
        leaf.certificate.as_bytes(),
        leaf.key.as_bytes(),
    ))?;
    let mut stop = Vec::new();
    let mut first_issuer = None;
    let mut connect = BTreeMap::new();
    for (replica, door) in doors.into_iter().enumerate() {
        let place = door.local_addr()?;
        connect.insert(format!("{NAME}:{}", place.port()), place.to_string());
        let issuer =
            issuer::Issuer::new(config.clone(), (alterations.parts)(replica, parts.clone()));
        let router = (alterations.router)(replica, issuer.router());
        first_issuer.get_or_insert(issuer);
        let (stopping, stopped) = oneshot::channel::<()>();
        stop.push(stopping);
        let door = (alterations.door)(door)?;
        serve::https(router, door, tls.clone(), ended(stopped)).await?;
    }
    connect.insert(
        format!("{INITIATOR}:{}", initiator_place.port()),
        initiator_place.to_string(),
    );
    let mut own = configure_initiator(&peers, &initiator_url)?;
    (alterations.initiator_config)(&mut own);
    let parts = (alterations.initiator_parts)(parts);
    let initiator = initiator::Initiator::new(own, parts.clone());
    let (stopping, stopped) = oneshot::channel::<()>();
    stop.push(stopping);
    serve::https(
        (alterations.initiator_router)(initiator.router()),
        (alterations.initiator_door)(initiator_door)?,
        tls.clone(),
        ended(stopped),
    )
    .await?;
    let control_door = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let control_place = control_door.local_addr()?;
    let (stopping, stopped) = oneshot::channel::<()>();
    stop.push(stopping);
    let roles = control::Roles {
        issuer: first_issuer,
        initiator: Some(initiator),
    };
    let control = (alterations.control)(control::verbs(roles, parts));
    serve::http(control, control_door, ended(stopped)).await?;
    let target = Target {
        name: "the reference implementation".to_owned(),
        claims: Claim::ALL
            .into_iter()
            .filter(|c| matches!(c, Claim::ExchangeIssuer | Claim::ExchangeInitiator) || (*c == Claim::Async && config.asynchronous))
            .collect(),
        trust: authority.certificate.clone().into_bytes(),
        connect,
        plain_http: false,
        limits: Limits {
            exchange_deadline: config.limits.exchange_deadline,
            clock_skew: Duration::from_secs(60),
            parallel_per_peer: config.limits.parallel_per_partner,
            call_deadline: CALL_DEADLINE,
            longest_pause: LONGEST_PAUSE,
        },
        issuer: Some(Issuer {
            identifier: config.identifier.as_str().to_owned(),
            token_call: endpoints(&urls, "/btx/token-call")?,
            resource: endpoints(&urls, "/api/whoami")?,
        }),
        initiator: Some(Initiator {
            identifier: initiator_url,
            start: Hook::Verb,
            use_token: Some(Hook::Verb),
        }),
        control: Some(Control {
            channel: Channel::Http(setup(url::Url::parse(&format!("http://{control_place}/")))?),
            verbs: Verb::ALL.to_vec(),
        }),
        harness: Harness {
            listen: layout.shared,
            dns: Some(dns_place),
            public_networks: vec![address.into()],
            canaries: canaries.to_vec(),
            authority,
        },
        peers,
        oauth: Oauth::default(),
    };
    Ok(Embedded {
        target,
        sockets: Sockets {
            tcp,
            dns: Some(dns),
        },
        _stop: stop,
    })
}

async fn ended(stopped: oneshot::Receiver<()>) {
    let _ = stopped.await;
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

/// The lab's own address, or plain loopback where the system has no other (macOS).
fn lab_address() -> IpAddr {
    match TcpListener::bind((LAB, 0)) {
        Ok(_) => LAB.into(),
        Err(_) => Ipv4Addr::LOCALHOST.into(),
    }
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

fn endpoints(urls: &[String], path: &str) -> Result<Vec<url::Url>, StartError> {
    urls.iter()
        .map(|url| setup(url::Url::parse(&format!("{url}{path}"))))
        .collect()
}

fn setup<T, E: std::fmt::Display>(result: Result<T, E>) -> Result<T, StartError> {
    result.map_err(|e| StartError::Setup(e.to_string()))
}
