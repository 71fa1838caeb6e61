//! The implementation under test: what it claims, where it is, what it declares, and which peers it
//! knows.

mod check;
mod file;
pub mod oauth;
mod oauth_check;
mod oauth_claims;
mod oauth_file;
pub mod span;

pub(crate) use check::CANARY_4;
pub use file::{load, of_text};

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
}

/// Something that an implementation can claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
pub enum Claim {
    /// The exchange, in the role of the issuer, and the resource that its tokens open.
    #[serde(rename = "exchange/issuer")]
    ExchangeIssuer,
    /// The exchange, in the role of the initiator.
    #[serde(rename = "exchange/initiator")]
    ExchangeInitiator,
    /// The asynchronous form of the exchange.
    #[serde(rename = "async")]
    Async,
    /// OAuth, in the role of the authorization server.
    #[serde(rename = "oauth/authorization-server")]
    OauthServer,
    /// OAuth, in the role of the resource server.
    #[serde(rename = "oauth/resource")]
    OauthResource,
    /// OAuth, in the role of the client.
    #[serde(rename = "oauth/client")]
    OauthClient,
    /// An authorization server that takes secrets from the form.
    #[serde(rename = "client-secret-post")]
    ClientSecretPost,
    /// An authorization server whose clients may sign assertions.
    #[serde(rename = "private-key-jwt")]
    PrivateKeyJwt,
    /// An authorization server with the JWT bearer grant.
    #[serde(rename = "jwt-bearer")]
    JwtBearer,
    /// An authorization server that tells resources apart.
    #[serde(rename = "resource-indicators")]
    ResourceIndicators,
    /// An authorization server whose access tokens are JWTs.
    #[serde(rename = "jwt-access-tokens")]
    JwtAccessTokens,
    /// An authorization server that can be asked about tokens.
    #[serde(rename = "introspection")]
    Introspection,
    /// An authorization server at which tokens can be revoked.
    #[serde(rename = "revocation")]
    Revocation,
    /// An authorization server with metadata.
    #[serde(rename = "server-metadata")]
    ServerMetadata,
    /// A resource that reads JWTs of the harness's issuers.
    #[serde(rename = "takes-jwt")]
    TakesJwt,
    /// A resource that asks the harness about tokens.
    #[serde(rename = "takes-opaque")]
    TakesOpaque,
    /// A resource with metadata.
    #[serde(rename = "resource-metadata")]
    ResourceMetadata,
    /// A resource that takes API keys.
    #[serde(rename = "api-keys")]
    ApiKeys,
    /// A client that signs assertions.
    #[serde(rename = "client-private-key-jwt")]
    ClientPrivateKeyJwt,
    /// A client that finds its authorization server by metadata.
    #[serde(rename = "client-discovery")]
    ClientDiscovery,
}

impl Claim {
    /// Every claim there is.
    pub const ALL: [Self; 20] = [
        Self::ExchangeIssuer,
        Self::ExchangeInitiator,
        Self::Async,
        Self::OauthServer,
        Self::OauthResource,
        Self::OauthClient,
        Self::ClientSecretPost,
        Self::PrivateKeyJwt,
        Self::JwtBearer,
        Self::ResourceIndicators,
        Self::JwtAccessTokens,
        Self::Introspection,
        Self::Revocation,
        Self::ServerMetadata,
        Self::TakesJwt,
        Self::TakesOpaque,
        Self::ResourceMetadata,
        Self::ApiKeys,
        Self::ClientPrivateKeyJwt,
        Self::ClientDiscovery,
    ];

    /// The claims that stand for a role; the others stand beside one.
    pub const ROLES: [Self; 5] = [
        Self::ExchangeIssuer,
        Self::ExchangeInitiator,
        Self::OauthServer,
        Self::OauthResource,
        Self::OauthClient,
    ];

    /// The claim as it stands in a target file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ExchangeIssuer => "exchange/issuer",
            Self::ExchangeInitiator => "exchange/initiator",
            Self::Async => "async",
            Self::OauthServer => "oauth/authorization-server",
            Self::OauthResource => "oauth/resource",
            Self::OauthClient => "oauth/client",
            Self::ClientSecretPost => "client-secret-post",
            Self::PrivateKeyJwt => "private-key-jwt",
            Self::JwtBearer => "jwt-bearer",
            Self::ResourceIndicators => "resource-indicators",
            Self::JwtAccessTokens => "jwt-access-tokens",
            Self::Introspection => "introspection",
            Self::Revocation => "revocation",
            Self::ServerMetadata => "server-metadata",
            Self::TakesJwt => "takes-jwt",
            Self::TakesOpaque => "takes-opaque",
            Self::ResourceMetadata => "resource-metadata",
            Self::ApiKeys => "api-keys",
            Self::ClientPrivateKeyJwt => "client-private-key-jwt",
            Self::ClientDiscovery => "client-discovery",
        }
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
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

/// A way to make the target do something that no message of the protocol makes it do.
///
/// In every text `{peer}` stands for the name of the peer, `{issuer}` for its identifier,
/// `{token_call}` or `{token}` for its URL that gives tokens, and `{url}` for the URL of its API.
#[derive(Debug, Clone)]
pub enum Hook {
    /// A request of the target's own.
    Request {
        /// The method.
        method: String,
        /// The URL.
        url: String,
        /// The fields.
        fields: BTreeMap<String, String>,
        /// The body.
        body: Option<String>,
    },
    /// A command, with its arguments.
    Command(Vec<String>),
    /// The verb of the target's control.
    Verb,
}

/// How a target is controlled: what takes the verbs, and which of them it has.
#[derive(Debug, Clone)]
pub struct Control {
    /// What takes them.
    pub channel: Channel,
    /// Those that it has.
    pub verbs: Vec<Verb>,
}

/// What takes the verbs of a control.
#[derive(Debug, Clone)]
pub enum Channel {
    /// A listener of its own: each request is the body of a POST to this URL.
    Http(Url),
    /// A command that the harness starts: a request is a line of its input, an answer one of its output.
    Command(Vec<String>),
}

/// A verb of a control.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verb {
    /// Gets a token from a peer.
    Start,
    /// Calls an API of a peer with the token that is held.
    Use,
    /// Registers peers, and removes them.
    Peers,
}

impl Verb {
    /// Every verb there is.
    pub const ALL: [Self; 3] = [Self::Start, Self::Use, Self::Peers];

    /// The name of the verb.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Use => "use",
            Self::Peers => "peers",
        }
    }
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

/// A party that the harness plays.
#[derive(Debug, Clone)]
pub struct Peer {
    /// A short name of it, for reports.
    pub name: String,
    /// What is special about it.
    pub kind: PeerKind,
    /// Whether the target knows it; a target may refuse to register a peer at a special-use address.
    pub registered: bool,
    /// Its identifier.
    pub identifier: String,
    /// The URL that receives its token issues, as an initiator.
    pub receives: Url,
    /// What it is as an issuer, if the target knows it as one.
    pub as_issuer: Option<AsIssuer>,
}

/// A peer as an issuer.
#[derive(Debug, Clone)]
pub struct AsIssuer {
    /// Its identifier.
    pub identifier: String,
    /// The URL that takes token calls.
    pub token_call: Url,
    /// The target's URLs for the token issues of this peer, one for each replica.
    pub token_issue: Vec<Url>,
}

/// What is special about a peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PeerKind {
    /// Nothing: it behaves as its scenario says.
    Good,
    /// Its certificate has expired.
    ExpiredCert,
    /// Its certificate is signed by itself.
    SelfSigned,
    /// Its certificate is for another name.
    WrongName,
    /// Its certificate is of an authority that the target does not trust.
    OtherCa,
    /// The target gives it tokens that live a few seconds only.
    ShortLived,
    /// The target knows it as an issuer without the asynchronous form.
    Synchronous,
    /// It has a name that the lab's name server leads wherever a scenario wants.
    Named,
    /// Its URL has a special-use address that the target has not been told to take for public.
    SpecialUse,
    /// It takes connections and never goes through with the TLS handshake.
    StalledTls,
}

impl PeerKind {
    /// Every kind there is.
    pub const ALL: [Self; 10] = [
        Self::Good,
        Self::ExpiredCert,
        Self::SelfSigned,
        Self::WrongName,
        Self::OtherCa,
        Self::ShortLived,
        Self::Synchronous,
        Self::Named,
        Self::SpecialUse,
        Self::StalledTls,
    ];

    /// The name of the kind in a target file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::ExpiredCert => "expired-cert",
            Self::SelfSigned => "self-signed",
            Self::WrongName => "wrong-name",
            Self::OtherCa => "other-ca",
            Self::ShortLived => "short-lived",
            Self::Synchronous => "synchronous",
            Self::Named => "named",
            Self::SpecialUse => "special-use",
            Self::StalledTls => "stalled-tls",
        }
    }

    /// How there come to be peers of the kind, where `btx init` does not write them in any case.
    #[must_use]
    pub fn hint(self) -> Option<&'static str> {
        match self {
            Self::Named => Some(
                "`btx init --dns ADDRESS` writes them, for a target that can be told to ask the harness for names",
            ),
            Self::SpecialUse => Some(
                "`btx init` writes them where the harness listens on loopback; otherwise [harness] canaries has to have addresses of this machine",
            ),
            _ => None,
        }
    }

    /// Whether such peers show a certificate that nobody is to believe.
    #[must_use]
    pub fn has_a_faulty_certificate(self) -> bool {
        matches!(
            self,
            Self::ExpiredCert | Self::SelfSigned | Self::WrongName | Self::OtherCa
        )
    }

    /// Whether such peers can share a port: their certificates are right, and nothing is special about
    /// their connections.
    #[must_use]
    pub fn shares_its_port(self) -> bool {
        matches!(self, Self::Good | Self::ShortLived | Self::Synchronous)
    }
}

impl AsIssuer {
    /// Where its status URLs are, each with one more segment.
    #[must_use]
    pub fn status(&self) -> Url {
        self.beside("status")
    }

    /// Its API, which the tokens that it issues open.
    #[must_use]
    pub fn api(&self) -> Url {
        self.beside("api")
    }

    /// The URL of its token calls with another last segment.
    fn beside(&self, name: &str) -> Url {
        let mut url = self.token_call.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().pop().push(name);
        }
        url
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
    /// Where the harness listens for an authorization server that it plays.
    #[must_use]
    pub fn place_of_server(&self, peer: &oauth::ServerPeer) -> SocketAddr {
        let port = peer.issuer.port_or_known_default();
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
