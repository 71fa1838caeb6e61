//! The parties of the exchange that the harness plays.

use url::Url;

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
