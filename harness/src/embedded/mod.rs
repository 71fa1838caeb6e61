//! The reference implementation as the target of `btx` without a target file.
//!
//! This is the one place of the harness that knows it. From here on it is a target like any other,
//! behind HTTPS.

mod exchange;
pub mod jwt;
pub mod lifecycle;
pub mod oauth;

use crate::{
    lab::{
        authority::{self, AuthorityError},
        listener::Sockets,
    },
    target::{
        Authority, Channel, Claim, Control, Harness, Limits, Target, Verb, jwt::Jwt,
        lifecycle::Lifecycle, oauth::Oauth,
    },
};
use btx_reference::{
    Parts, control, initiator, issuer,
    outbound::{HttpsOutbound, Outbound, Overrides, SetupError, Trust, address::Network},
    serve,
    store::memory::MemoryStore,
};
use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket},
    sync::Arc,
};
use tokio::sync::oneshot;

/// Where the peers are: an address that only this machine has, declared public to the target.
const LAB: Ipv4Addr = Ipv4Addr::new(127, 0, 1, 1);

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

/// Which parts of the reference are started: one profile has nothing to do with another.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Starts {
    /// All of them.
    #[default]
    Everything,
    /// The exchange only.
    Exchange,
    /// OAuth only.
    Oauth,
    /// Service JWTs only, with an authorization server of their own.
    Jwt,
    /// Keys and sessions only.
    Lifecycle,
}

impl Starts {
    fn exchange(self) -> bool {
        matches!(self, Self::Everything | Self::Exchange)
    }

    fn oauth(self) -> bool {
        matches!(self, Self::Everything | Self::Oauth)
    }

    fn jwt(self) -> bool {
        matches!(self, Self::Everything | Self::Jwt)
    }

    fn lifecycle(self) -> bool {
        matches!(self, Self::Everything | Self::Lifecycle)
    }
}

/// What a test exchanges before the reference implementation is started; nothing as a rule.
pub struct Alterations {
    /// Which parts of the reference are started.
    pub starts: Starts,
    /// What is exchanged of its OAuth part.
    pub oauth: oauth::Alterations,
    /// What is exchanged of its service JWTs.
    pub jwt: jwt::Alterations,
    /// What is exchanged of its keys and sessions.
    pub lifecycle: lifecycle::Alterations,
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
            starts: Starts::Everything,
            oauth: oauth::Alterations::default(),
            jwt: jwt::Alterations::default(),
            lifecycle: lifecycle::Alterations::default(),
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

/// What all parts have in common.
struct Base<'a> {
    /// Where the peers are.
    address: IpAddr,
    /// By whom they are believed, and the target.
    authority: &'a Authority,
    /// The certificate of the target.
    tls: Arc<rustls::ServerConfig>,
    /// The name server of the lab.
    dns: Option<SocketAddr>,
}

/// What has been started so far.
#[derive(Default)]
struct Running {
    /// The sockets of the peers.
    sockets: Vec<TcpListener>,
    /// Where the names of the target really are.
    connect: BTreeMap<String, String>,
    stop: Vec<oneshot::Sender<()>>,
}

impl Running {
    /// The base URL of a front door under a name, which the harness finds by `connect`.
    fn name(&mut self, name: &str, door: &TcpListener) -> std::io::Result<String> {
        let place = door.local_addr()?;
        let named = format!("{name}:{}", place.port());
        let url = format!("https://{named}");
        self.connect.insert(named, place.to_string());
        Ok(url)
    }

    /// Serves a router behind a door of the target, until everything ends.
    async fn https(
        &mut self,
        router: axum::Router,
        door: TcpListener,
        base: &Base<'_>,
    ) -> Result<(), StartError> {
        let stopped = self.until();
        serve::https(router, door, base.tls.clone(), stopped).await?;
        Ok(())
    }

    /// What ends when everything does.
    fn until(&mut self) -> impl Future<Output = ()> + Send + 'static {
        let (stopping, stopped) = oneshot::channel::<()>();
        self.stop.push(stopping);
        async {
            let _ = stopped.await;
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
    let authority = authority::create()?;
    let starts = alterations.starts;
    let names = [
        exchange::NAME,
        exchange::INITIATOR,
        oauth::NAME,
        jwt::NAME,
        jwt::CALLER,
        lifecycle::NAME,
    ]
    .map(str::to_owned);
    let leaf = authority::sign(&authority, &names)?;
    let dns = match starts {
        Starts::Oauth | Starts::Lifecycle => None,
        _ => Some(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?),
    };
    let base = Base {
        dns: dns.as_ref().map(UdpSocket::local_addr).transpose()?,
        address: lab_address(),
        authority: &authority,
        tls: setup(serve::tls_config(
            leaf.certificate.as_bytes(),
            leaf.key.as_bytes(),
        ))?,
    };
    let mut running = Running::default();
    let exchange = match starts.exchange() {
        true => Some(exchange::start(&base, &mut running, alterations).await?),
        false => None,
    };
    let oauth = match starts.oauth() {
        true => Some(oauth::start(&base, &mut running, alterations).await?),
        false => None,
    };
    let jwt = match starts.jwt() {
        true => {
            let server = oauth.as_ref().and_then(|o| o.target.server.as_ref());
            Some(jwt::start(&base, &mut running, alterations, server).await?)
        }
        false => None,
    };
    let lifecycle = match starts.lifecycle() {
        true => Some(lifecycle::start(&base, &mut running, alterations).await?),
        false => None,
    };
    let parts = Started {
        exchange: exchange.as_ref(),
        oauth: oauth.as_ref(),
        jwt: jwt.as_ref(),
        lifecycle: lifecycle.as_ref(),
    };
    let control = start_control(&mut running, &parts, alterations).await?;
    let claims = claims(&parts);
    let mut sockets = Sockets::default();
    let mut target = Target {
        name: "the reference implementation".to_owned(),
        claims,
        trust: authority.certificate.clone().into_bytes(),
        connect: std::mem::take(&mut running.connect),
        plain_http: false,
        limits: Limits::default(),
        issuer: None,
        initiator: None,
        control: Some(control),
        harness: Harness {
            listen: parts.listen().unwrap_or(SocketAddr::new(base.address, 0)),
            dns: base.dns,
            public_networks: vec![base.address.into()],
            canaries: Vec::new(),
            authority: authority.clone(),
        },
        peers: Vec::new(),
        oauth: oauth.map_or_else(Oauth::default, |oauth| oauth.target),
        jwt: Jwt::default(),
        lifecycle: Lifecycle::default(),
    };
    if let Some(jwt) = jwt {
        target.jwt = jwt.target;
        target.harness.canaries = jwt.canaries;
        target.oauth.server = jwt.server.or(target.oauth.server);
    }
    if let Some(exchange) = exchange {
        target.limits = exchange.limits;
        target.issuer = Some(exchange.issuer);
        target.initiator = Some(exchange.initiator);
        target.harness = exchange.harness;
        target.peers = exchange.peers;
    }
    if let Some(lifecycle) = lifecycle {
        target.lifecycle = lifecycle.target;
        lifecycle::declare(&mut target.limits);
    }
    target.limits.document_deadline = jwt::DOCUMENT_DEADLINE;
    target.limits.keys_interval = jwt::KEYS_INTERVAL;
    target.limits.longest_stale = jwt::LONGEST_STALE;
    sockets.dns = dns;
    sockets.tcp = running.sockets;
    Ok(Embedded {
        target,
        sockets,
        _stop: running.stop,
    })
}

/// The parts that were started.
struct Started<'a> {
    exchange: Option<&'a exchange::Exchange>,
    oauth: Option<&'a oauth::Started>,
    jwt: Option<&'a jwt::Started>,
    lifecycle: Option<&'a lifecycle::Started>,
}

impl Started<'_> {
    /// Where the peers would listen.
    fn listen(&self) -> Option<SocketAddr> {
        let oauth = self.oauth.map(|o| o.listen);
        let jwt = self.jwt.map(|j| j.listen);
        oauth.or(jwt).or(self.lifecycle.map(|l| l.listen))
    }

    /// The way to them.
    fn outbound(&self) -> Option<Arc<dyn Outbound>> {
        let oauth = self.oauth.map(|o| o.outbound.clone());
        let jwt = self.jwt.map(|j| j.outbound.clone());
        let lifecycle = self.lifecycle.map(|l| l.outbound.clone());
        oauth.or(jwt).or(lifecycle)
    }
}

/// The control of all roles that were started.
async fn start_control(
    running: &mut Running,
    started: &Started<'_>,
    alterations: &Alterations,
) -> Result<Control, StartError> {
    let Started {
        exchange, oauth, ..
    } = started;
    let door = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let url = format!("http://{}/", door.local_addr()?);
    let roles = control::Roles {
        issuer: exchange.map(|e| e.issuing.clone()),
        initiator: exchange.map(|e| e.initiating.clone()),
        client: oauth.map(|o| o.client.clone()),
        jwt_client: started.jwt.map(|j| j.client.clone()),
        session_keys: started
            .lifecycle
            .map(|l| l.keys.clone())
            .unwrap_or_default(),
        session_caller: started.lifecycle.map(|l| l.caller.clone()),
    };
    let parts = match (exchange, started.outbound()) {
        (Some(exchange), _) => exchange.parts.clone(),
        (None, Some(outbound)) => Parts::new(Arc::new(MemoryStore::new()), outbound),
        (None, None) => return Err(StartError::Setup("nothing is started".to_owned())),
    };
    let router = (alterations.control)(control::verbs(roles, parts));
    let stopped = running.until();
    serve::http(router, door, stopped).await?;
    Ok(Control {
        channel: Channel::Http(setup(url::Url::parse(&url))?),
        verbs: verbs(started),
    })
}

/// The verbs that the parts that were started have.
fn verbs(started: &Started<'_>) -> Vec<Verb> {
    let has = |verb: &Verb| match verb {
        Verb::Start => started.exchange.is_some() || started.oauth.is_some(),
        Verb::Use => true,
        Verb::Peers => started.exchange.is_some(),
        Verb::Rotate => started.jwt.is_some() || started.lifecycle.is_some(),
    };
    Verb::ALL.into_iter().filter(has).collect()
}

/// Everything that the parts that were started have.
fn claims(started: &Started<'_>) -> Vec<Claim> {
    let (exchange, jwt) = (started.exchange, started.jwt);
    let lifecycle = started.lifecycle.is_some();
    let has = |claim: &Claim| match claim {
        Claim::ExchangeIssuer | Claim::ExchangeInitiator => exchange.is_some(),
        Claim::Async => exchange.is_some_and(|e| e.asynchronous),
        Claim::JwtResource | Claim::JwtServer | Claim::HandsOutTokens | Claim::WantsTokens => {
            jwt.is_some()
        }
        Claim::JwtClient | Claim::UsesHandedOutTokens | Claim::AsksServers => jwt.is_some(),
        Claim::LifecycleIssuer | Claim::LifecycleResource | Claim::LifecycleCaller => lifecycle,
        Claim::PublishesKeys | Claim::TakesKeys | Claim::LogsIn => lifecycle,
        Claim::AuthorizationField => lifecycle,
        Claim::ReadsAuthorizationField => started
            .lifecycle
            .is_some_and(|l| l.reads_authorization_field),
        _ => started.oauth.is_some(),
    };
    Claim::ALL.into_iter().filter(has).collect()
}

/// The lab's own address, or plain loopback where the system has no other (macOS).
fn lab_address() -> IpAddr {
    match TcpListener::bind((LAB, 0)) {
        Ok(_) => LAB.into(),
        Err(_) => Ipv4Addr::LOCALHOST.into(),
    }
}

fn setup<T, E: std::fmt::Display>(result: Result<T, E>) -> Result<T, StartError> {
    result.map_err(|e| StartError::Setup(e.to_string()))
}
