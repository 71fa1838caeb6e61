//! The implementation under test: what it claims, where it is, what it declares, and which peers it
//! knows.

mod check;
mod file;
pub mod span;

pub use file::load;

use std::{collections::BTreeMap, fmt, net::SocketAddr, path::PathBuf, time::Duration};
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
    /// Where the harness listens for it.
    pub harness: Harness,
    /// The parties that the harness plays, all registered at the target.
    pub peers: Vec<Peer>,
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
}

impl Claim {
    /// Every claim there is.
    pub const ALL: [Self; 3] = [Self::ExchangeIssuer, Self::ExchangeInitiator, Self::Async];
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ExchangeIssuer => "exchange/issuer",
            Self::ExchangeInitiator => "exchange/initiator",
            Self::Async => "async",
        })
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
/// `{token_call}` for its URL, and `{url}` for the URL of its API.
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
}

/// The harness's side of the wire.
#[derive(Debug, Clone)]
pub struct Harness {
    /// Where the peers listen; a peer whose URLs have another port listens at the same address on
    /// that port.
    pub listen: SocketAddr,
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
}

impl PeerKind {
    /// Every kind there is.
    pub const ALL: [Self; 6] = [
        Self::Good,
        Self::ExpiredCert,
        Self::SelfSigned,
        Self::WrongName,
        Self::OtherCa,
        Self::ShortLived,
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
        }
    }

    /// Whether the certificate of such a peer is right.
    #[must_use]
    pub fn has_sound_certificate(self) -> bool {
        matches!(self, Self::Good | Self::ShortLived)
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
        issuer.chain(initiator.flat_map(|i| &i.token_issue))
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
pub(crate) use check::listen_address;
