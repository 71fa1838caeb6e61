//! The service JWTs of the embedded reference: a resource behind two front doors, an authorization server that
//! knows clients by their documents, and a client.

use super::{
    Base, OutboundSetup, Running, StartError, exchange::endpoints, oauth as oauth_part, setup,
};
use crate::{
    jwt_peers::{self, Layout},
    target::{
        CANARY_4, Hook,
        jwt::{Jwt, JwtClient, JwtPeer, JwtResource},
        oauth::AuthorizationServer,
    },
};
use axum::Router;
use btx_reference::{
    jwt::{client, resource, verifier},
    oauth::{Parts, resource as by_server, server, store::MemoryTokens},
    outbound::{Outbound, Trust, address::Network},
};
use btx_spec::{HttpsUrl, Identifier, jose::Algorithm, jwt::ClientId, oauth::Scope};
use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

/// The name of the resource, which the harness finds by `connect`.
pub(super) const NAME: &str = "counter.reference.test";
/// The name of the client.
pub(super) const CALLER: &str = "caller.reference.test";
/// How long the JWTs of the client live: short, so that an old key may go while the suite runs.
const LIFETIME: Duration = Duration::from_secs(10);
/// The name of the hosts of documents that the name server of the lab leads.
const CLIENTS: &str = "clients.harness.test";
/// How many resources of each sort the harness plays: so many scenarios run at once.
const PEERS: u16 = 8;
/// How long the access tokens live that it hands out: short, since a scenario waits for it.
const HANDED_OUT: Duration = Duration::from_secs(3);
/// The algorithms of both verifiers: all but one, which they have to refuse.
const ALGORITHMS: [Algorithm; 3] = [Algorithm::ES256, Algorithm::EdDSA, Algorithm::PS256];
/// How long document and keys may take.
pub(super) const DOCUMENT_DEADLINE: Duration = Duration::from_secs(2);
/// How often unknown names of keys are looked for.
pub(super) const KEYS_INTERVAL: Duration = Duration::from_secs(1);
/// How long what is held is used although it cannot be fetched anew.
pub(super) const LONGEST_STALE: Duration = Duration::from_secs(2);

/// What a test exchanges of this part before it is started; nothing as a rule.
pub struct Alterations {
    /// Changes the configuration of the resource.
    pub resource_config: Box<dyn Fn(&mut resource::Config) + Send>,
    /// Puts other components in the place of those of a replica of it, counted from 0.
    pub resource_parts: Box<dyn Fn(usize, Parts) -> Parts + Send>,
    /// Wraps the router of a replica of it.
    pub resource_router: Box<dyn Fn(usize, Router) -> Router + Send>,
    /// Changes the configuration of the authorization server.
    pub server_config: Box<dyn Fn(&mut server::Config) + Send>,
    /// Puts other components in the place of those of a replica of it.
    pub server_parts: Box<dyn Fn(usize, Parts) -> Parts + Send>,
    /// Wraps the router of a replica of it.
    pub server_router: Box<dyn Fn(usize, Router) -> Router + Send>,
    /// Changes the configuration of the client.
    pub client_config: Box<dyn Fn(&mut client::Config) + Send>,
    /// Puts other components in the place of those of the client.
    pub client_parts: Box<dyn Fn(Parts) -> Parts + Send>,
    /// Wraps the router of the client, which publishes its document and its keys.
    pub client_router: Box<dyn Fn(Router) -> Router + Send>,
}

impl Default for Alterations {
    fn default() -> Self {
        Self {
            resource_config: Box::new(|_| {}),
            resource_parts: Box::new(|_, parts| parts),
            resource_router: Box::new(|_, router| router),
            server_config: Box::new(|_| {}),
            server_parts: Box::new(|_, parts| parts),
            server_router: Box::new(|_, router| router),
            client_config: Box::new(|_| {}),
            client_parts: Box::new(|parts| parts),
            client_router: Box::new(|router| router),
        }
    }
}

/// This part, started.
pub(super) struct Started {
    /// What the target file would say of it.
    pub(super) target: Jwt,
    /// The client itself.
    pub(super) client: client::Client,
    /// The authorization server, where it is of this part alone.
    pub(super) server: Option<AuthorizationServer>,
    /// Where its peers would listen.
    pub(super) listen: SocketAddr,
    /// The addresses of special use at which it is watched.
    pub(super) canaries: Vec<IpAddr>,
    /// The way to them.
    pub(super) outbound: Arc<dyn Outbound>,
}

/// Starts it. Where the OAuth part is there, its authorization server is the one of this part too.
pub(super) async fn start(
    base: &Base<'_>,
    running: &mut Running,
    alterations: &super::Alterations,
    server: Option<&AuthorizationServer>,
) -> Result<Started, StartError> {
    let canaries = vec![CANARY_4.into(), Ipv6Addr::LOCALHOST.into()];
    let (layout, sockets) = Layout::bind(base.address, &canaries)?;
    running.sockets.extend(sockets);
    let outbound = setup((alterations.outbound)(OutboundSetup {
        trust: Trust::only(base.authority.certificate.as_bytes()),
        resolve: BTreeMap::new(),
        public_networks: vec![setup(base.address.to_string().parse::<Network>())?],
        nameservers: base.dns.into_iter().collect(),
    }))?;
    let parts = || Parts::new(Arc::new(MemoryTokens::new()), outbound.clone());
    let own = match server {
        Some(_) => None,
        None => Some(oauth_part::start_server(base, running, alterations, parts(), &[]).await?),
    };
    let issuer = server.or(own.as_ref()).and_then(|s| s.issuer.clone());
    let issuer = issuer.ok_or_else(|| StartError::Setup("a server without issuer".to_owned()))?;

    let alterations = &alterations.jwt;
    let (doors, urls) = oauth_part::doors(running, NAME)?;
    let identifier = urls.first().cloned().unwrap_or_default();
    let mut config = resource_config(&identifier, &issuer)?;
    (alterations.resource_config)(&mut config);
    let shared = parts();
    for (replica, door) in doors.into_iter().enumerate() {
        let parts = (alterations.resource_parts)(replica, shared.clone());
        let resource = resource::ServiceResource::new(config.clone(), parts);
        let router = (alterations.resource_router)(replica, resource.router());
        running.https(router, door, base).await?;
    }

    let peers = jwt_peers::propose(PEERS, &layout);
    let door = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let id = format!("{}/client.json", running.name(CALLER, &door)?);
    let mut config = client_config(&id, &peers)?;
    (alterations.client_config)(&mut config);
    let client = client::Client::new(config, (alterations.client_parts)(parts()));
    let router = (alterations.client_router)(client.router());
    running.https(router, door, base).await?;
    Ok(Started {
        client,
        target: Jwt {
            resource: Some(JwtResource {
                identifier,
                read: endpoints(&urls, "/counter")?,
                algorithms: ALGORITHMS.to_vec(),
                hands_out: endpoints(&urls, "/counter")?,
                wants_token: endpoints(&urls, "/by-server/counter")?.into_iter().next(),
                server: Some(issuer),
            }),
            client: Some(JwtClient {
                id: setup(url::Url::parse(&id))?,
                use_token: Hook::Verb,
            }),
            documents: jwt_peers::documents(&layout, CLIENTS),
            peers,
        },
        server: own,
        listen: layout.shared,
        canaries,
        outbound,
    })
}

/// The configuration of a client of all of these resources.
fn client_config(id: &str, peers: &[JwtPeer]) -> Result<client::Config, StartError> {
    let peers = peers.iter().map(|peer| {
        Ok(client::PeerEntry {
            name: peer.name.clone(),
            resource: setup(Identifier::parse(&peer.identifier()))?,
            api: vec![setup(HttpsUrl::parse(peer.api().as_str()))?],
            servers: vec![setup(Identifier::parse(peer.server().as_str()))?],
        })
    });
    let keys = client::SigningKeys::new(Arc::new(oauth_part::key("caller")?));
    let mut config = client::Config::new(setup(ClientId::parse(id))?, keys);
    config.peers = peers.collect::<Result<_, StartError>>()?;
    // Each scenario is about what the metadata say now.
    config.limits.metadata_lifetime = Duration::ZERO;
    config.limits.lifetime = LIFETIME;
    Ok(config)
}

/// How both verifiers judge: as the target file would declare it.
pub(super) fn verifier() -> verifier::Config {
    let mut config = verifier::Config {
        algorithms: ALGORITHMS.to_vec(),
        ..verifier::Config::default()
    };
    config.limits.deadline = DOCUMENT_DEADLINE;
    config.limits.keys_interval = KEYS_INTERVAL;
    config.limits.least_freshness = Duration::ZERO;
    config.limits.longest_stale = LONGEST_STALE;
    config
}

/// The configuration of a resource that hands out tokens, and leaves a part of itself to those of a server.
fn resource_config(identifier: &str, issuer: &str) -> Result<resource::Config, StartError> {
    let identifier = setup(Identifier::parse(identifier))?;
    let mut config = resource::Config::new(identifier.clone());
    config.verifier = verifier();
    config.hand_out = Some(HANDED_OUT);
    let nothing = Scope::default;
    let mut by_server = by_server::Config::new(identifier, nothing(), nothing());
    by_server.issuers.push(by_server::TrustedIssuer {
        issuer: issuer.to_owned(),
        jwks: setup(HttpsUrl::parse(&format!("{issuer}/oauth/jwks")))?,
        algorithms: vec![Algorithm::ES256],
    });
    config.server = Some(by_server);
    Ok(config)
}
