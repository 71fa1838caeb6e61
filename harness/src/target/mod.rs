//! The implementation under test: what it claims, where it is, what it declares, and which peers it
//! knows.

mod check;
mod claim;
mod control;
mod control_check;
mod file;
pub mod jwt;
mod jwt_check;
mod jwt_claims;
mod jwt_file;
pub mod lifecycle;
mod lifecycle_check;
mod lifecycle_claims;
mod lifecycle_file;
mod limits_check;
pub mod oauth;
mod oauth_check;
mod oauth_claims;
mod oauth_file;
mod peer;
mod peers_check;
pub mod span;

pub(crate) use check::CANARY_4;
pub use claim::Claim;
pub use control::{Channel, Control, Hook, Verb};
pub use file::{load, of_text};
pub use peer::{AsIssuer, Peer, PeerKind};

use ipnet::IpNet;
use std::{
    collections::BTreeMap,
    fmt,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    time::Duration,
};
use url::Url;

/// An implementation under test, as its target file describes it.
#[derive(Debug, Clone)]
pub struct Target {
    /// What people call it.
    pub name: String,
    /// What it claims to implement; the rest is reported as not claimed.
    pub claims: Vec<Claim>,
    /// PEM certificates by which the harness trusts it; without them the system's are used.
    pub trust: Vec<u8>,
    /// `host:port` as in a URL, and where that really is.
    pub connect: BTreeMap<String, String>,
    /// Whether it is examined over plain HTTP on loopback.
    pub plain_http: bool,
    /// The limits that it declares.
    pub limits: Limits,
    /// Its issuer, if it has one.
    pub issuer: Option<Issuer>,
    /// Its initiator, if it has one.
    pub initiator: Option<Initiator>,
    /// How it is controlled, if it can be.
    pub control: Option<Control>,
    /// Where the harness listens for it.
    pub harness: Harness,
    /// The parties that the harness plays, all registered at the target.
    pub peers: Vec<Peer>,
    /// Its OAuth side.
    pub oauth: oauth::Oauth,
    /// What it has of service JWTs.
    pub jwt: jwt::Jwt,
    /// What it has of the lifecycle of keys and sessions.
    pub lifecycle: lifecycle::Lifecycle,
}

/// The limits that an implementation declares. Scenarios wait as long as these say, and no longer.
#[derive(Debug, Clone)]
pub struct Limits {
    /// How long a token call may take from its last byte to its answer.
    pub exchange_deadline: Duration,
    /// The difference of clocks that it allows.
    pub clock_skew: Duration,
    /// How many exchanges one initiator may have open at once; at least 4.
    pub parallel_per_peer: usize,
    /// How long its initiator waits for the answer to a token call.
    pub call_deadline: Duration,
    /// The longest that a `Retry-After` makes its initiator wait between two polls.
    pub longest_pause: Duration,
    /// How long a verifier of service JWTs waits for document and keys, both together.
    pub document_deadline: Duration,
    /// How often a verifier fetches for unknown names of keys, for each client.
    pub keys_interval: Duration,
    /// How long a verifier takes document and keys for fresh at least, whatever they say.
    pub least_freshness: Duration,
    /// How long a verifier goes on with what it holds when that cannot be fetched anew.
    pub longest_stale: Duration,
    /// How long a bearer of an issuer with sessions lives.
    pub bearer_lifetime: Duration,
    /// How long after its end a bearer can be refreshed.
    pub refresh_window: Duration,
    /// How long a session lives.
    pub session_lifetime: Duration,
    /// How long the previous key of an issuer verifies.
    pub rotation_window: Duration,
    /// How long after a refresh another one of the same session brings the same.
    pub refresh_repeat: Duration,
    /// How many refused logins of an account are answered before there is a pause.
    pub login_attempts: usize,
    /// How long that pause is.
    pub login_pause: Duration,
}

impl Default for Limits {
    /// What counts without a declaration.
    fn default() -> Self {
        Self {
            exchange_deadline: Duration::from_secs(10),
            clock_skew: Duration::from_secs(60),
            parallel_per_peer: 4,
            call_deadline: Duration::from_secs(15),
            longest_pause: Duration::from_secs(60),
            document_deadline: Duration::from_secs(5),
            keys_interval: Duration::from_secs(30),
            least_freshness: Duration::ZERO,
            longest_stale: Duration::from_secs(3600),
            bearer_lifetime: Duration::from_secs(420),
            refresh_window: Duration::from_secs(420),
            session_lifetime: Duration::from_secs(7200),
            rotation_window: Duration::from_secs(900),
            refresh_repeat: Duration::from_secs(10),
            login_attempts: 10,
            login_pause: Duration::from_secs(60),
        }
    }
}

/// The issuer of the target.
#[derive(Debug, Clone)]
pub struct Issuer {
    /// Its identifier, as token calls have to name it.
    pub identifier: String,
    /// The URLs that take token calls, one for each replica.
    pub token_call: Vec<Url>,
    /// URLs that a live token opens with GET, one for each replica.
    pub resource: Vec<Url>,
}

/// The initiator of the target.
#[derive(Debug, Clone)]
pub struct Initiator {
    /// Its identifier, as token issues have to name it.
    pub identifier: String,
    /// What sets it off to get a token from a peer.
    pub start: Hook,
    /// What makes it call an API of a peer with the token that it holds, if there is such a thing.
    pub use_token: Option<Hook>,
}

/// The harness's side of the wire.
#[derive(Debug, Clone)]
pub struct Harness {
    /// Where the peers listen; a peer whose URLs have another port listens at the same address on
    /// that port.
    pub listen: SocketAddr,
    /// Where its name server listens, if the target asks it for names.
    pub dns: Option<SocketAddr>,
    /// The networks that the target takes for public beside those that are.
    pub public_networks: Vec<IpNet>,
    /// Addresses of special use that the target must never connect to, at which the harness watches.
    pub canaries: Vec<IpAddr>,
    /// The authority that signs the certificates of the peers.
    pub authority: Authority,
}

/// A certificate authority of the lab, as PEM.
#[derive(Clone)]
pub struct Authority {
    /// The certificate, which the target has to trust.
    pub certificate: String,
    /// The key, which nobody else needs.
    pub key: String,
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authority(…)")
    }
}

impl Target {
    /// Whether the target claims this.
    #[must_use]
    pub fn claims(&self, claim: Claim) -> bool {
        self.claims.contains(&claim)
    }

    /// The URLs of the target at which it is examined.
    pub fn places(&self) -> impl Iterator<Item = &Url> {
        let issuer = self
            .issuer
            .iter()
            .flat_map(|i| i.token_call.iter().chain(&i.resource));
        let examined = self.claims(Claim::ExchangeInitiator);
        let peers = self.peers.iter().filter(move |_| examined);
        // One URL for token issues tells enough of them all.
        let initiator = peers.filter_map(|p| p.as_issuer.as_ref()).take(1);
        let server = self.oauth.server.iter().flat_map(|s| &s.token);
        let resource = self.oauth.resource.iter().flat_map(|r| &r.read);
        issuer
            .chain(initiator.flat_map(|i| &i.token_issue))
            .chain(server)
            .chain(resource)
            .chain(self.jwt.resource.iter().flat_map(|r| &r.read))
            .chain(self.lifecycle.issuers.iter().flat_map(|i| &i.api))
            .chain(self.lifecycle.resource.iter().flat_map(|r| &r.read))
    }

    /// Whether the target has a verb.
    #[must_use]
    pub fn has_verb(&self, verb: Verb) -> bool {
        self.control
            .as_ref()
            .is_some_and(|c| c.verbs.contains(&verb))
    }

    /// How many replicas the issuer has.
    #[must_use]
    pub fn replicas(&self) -> usize {
        self.issuer.as_ref().map_or(0, |i| i.token_call.len())
    }

    /// The peers of a kind.
    pub fn peers_of(&self, kind: PeerKind) -> impl Iterator<Item = &Peer> {
        self.peers.iter().filter(move |peer| peer.kind == kind)
    }
}

/// What is wrong with a target file, in the words of the person who wrote it.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// A file could not be read.
    #[error("{}: {error}\n  {hint}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
        /// What to do.
        hint: String,
    },
    /// A line of the file is wrong.
    #[error("{0}")]
    Wrong(Box<span::Mistake>),
}

impl Harness {
    /// Where the harness listens for what it plays at a URL.
    #[must_use]
    pub fn place_at(&self, url: &Url) -> SocketAddr {
        let port = url.port_or_known_default();
        SocketAddr::new(self.listen.ip(), port.unwrap_or(self.listen.port()))
    }

    /// Where the harness listens for a peer: the address of its URL if that is what the peer is about, or
    /// else the one of `listen`, and the port of the peer's URLs.
    #[must_use]
    pub fn place_of(&self, peer: &Peer) -> SocketAddr {
        let port = peer.receives.port_or_known_default();
        let own = match peer.receives.host() {
            Some(url::Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(url::Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            _ => None,
        };
        let own = own.filter(|_| peer.kind == PeerKind::SpecialUse);
        SocketAddr::new(
            own.unwrap_or(self.listen.ip()),
            port.unwrap_or(self.listen.port()),
        )
    }
}
