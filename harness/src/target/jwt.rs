//! What a target has of service JWTs: its resource and its client, where the harness publishes the documents
//! of clients, and the resources that it plays.
//!
//! The authorization server of the profile is the one of OAuth.

use super::{Hook, PeerKind};
use btx_spec::jose::Algorithm;
use url::Url;

/// What a target has of service JWTs; every part of it is there only if the target file has it.
#[derive(Debug, Clone, Default)]
pub struct Jwt {
    /// The resource of the target.
    pub resource: Option<JwtResource>,
    /// Its client.
    pub client: Option<JwtClient>,
    /// Where the harness publishes documents, for a resource or an authorization server that verifies.
    pub documents: Option<Documents>,
    /// The resources that the harness plays for the client of the target.
    pub peers: Vec<JwtPeer>,
}

/// The resource of a target.
#[derive(Debug, Clone)]
pub struct JwtResource {
    /// Its identifier, the audience of service JWTs.
    pub identifier: String,
    /// URLs that a service JWT opens with GET, one for each replica.
    pub read: Vec<Url>,
    /// The algorithms of its list.
    pub algorithms: Vec<Algorithm>,
    /// URLs at which a service JWT is answered with an access token, one for each replica.
    pub hands_out: Vec<Url>,
    /// A URL that only a token of an authorization server opens.
    pub wants_token: Option<Url>,
    /// The issuer identifier of the authorization server that its metadata name.
    pub server: Option<String>,
}

/// The client of a target.
#[derive(Debug, Clone)]
pub struct JwtClient {
    /// Its client id, where its document is.
    pub id: Url,
    /// What makes it call the API of a peer.
    pub use_token: Hook,
}

/// Where the harness publishes the documents of clients. Nothing of it is registered with the target.
#[derive(Debug, Clone)]
pub struct Documents {
    /// The origin of most documents.
    pub main: Url,
    /// Another origin.
    pub elsewhere: Url,
    /// An origin for each faulty certificate.
    pub faulty: Vec<(PeerKind, Url)>,
    /// An origin that never goes through with the TLS handshake.
    pub stalled: Url,
    /// An origin below whose name each client can have a name of its own, which the name server of the lab
    /// leads wherever a scenario wants.
    pub named: Option<Url>,
}

impl Documents {
    /// The kinds of faulty certificates, in the order of their ports.
    pub const FAULTY: [PeerKind; 4] = [
        PeerKind::ExpiredCert,
        PeerKind::SelfSigned,
        PeerKind::WrongName,
        PeerKind::OtherCa,
    ];
}

/// How a resource that the harness plays lets a client in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flow {
    /// By the JWT alone.
    Alone,
    /// By a token that it hands out for a JWT, or another JWT.
    HandsOut,
    /// By a token from its authorization server alone.
    Server,
}

impl Flow {
    /// Its name in a target file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Alone => "alone",
            Self::HandsOut => "hands-out",
            Self::Server => "server",
        }
    }
}

/// A resource that the harness plays, with an authorization server of its own.
#[derive(Debug, Clone)]
pub struct JwtPeer {
    /// A short name of it, for reports.
    pub name: String,
    /// Its identifier, the audience of service JWTs.
    pub resource: Url,
    /// How it lets the client in.
    pub flow: Flow,
    /// What is special about it; one of those with faulty certificates, or good.
    pub kind: PeerKind,
}

impl JwtPeer {
    /// Its identifier as text, without a slash where the path is empty.
    #[must_use]
    pub fn identifier(&self) -> String {
        let text = self.resource.as_str();
        match self.resource.path() {
            "/" => text.trim_end_matches('/').to_owned(),
            _ => text.to_owned(),
        }
    }

    /// Its API.
    #[must_use]
    pub fn api(&self) -> Url {
        below(&self.resource, "api")
    }

    /// Its metadata (RFC 9728 section 3.1).
    #[must_use]
    pub fn metadata(&self) -> Url {
        well_known(&self.resource, "oauth-protected-resource")
    }

    /// The issuer identifier of its authorization server.
    #[must_use]
    pub fn server(&self) -> Url {
        below(&self.resource, "as")
    }

    /// The metadata of that server (RFC 8414 section 3.1).
    #[must_use]
    pub fn server_metadata(&self) -> Url {
        well_known(&self.server(), "oauth-authorization-server")
    }

    /// The token endpoint of that server.
    #[must_use]
    pub fn token(&self) -> Url {
        below(&self.server(), "token")
    }
}

/// A place below another.
fn below(url: &Url, name: &str) -> Url {
    let mut url = url.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().push(name);
    }
    url
}

/// The well-known place of that name, between host and path.
fn well_known(url: &Url, name: &str) -> Url {
    let mut place = url.clone();
    let path = url.path().trim_end_matches('/');
    place.set_path(&format!("/.well-known/{name}{path}"));
    place
}
