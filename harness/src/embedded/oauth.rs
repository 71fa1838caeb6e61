//! The OAuth part of the embedded reference: an authorization server and a resource behind two front doors
//! each, and a client.

use super::{Base, OutboundSetup, Running, StartError, exchange::endpoints, jwt, setup};
use crate::{
    server_peers::{self, Counts, Layout},
    target::{
        Hook,
        oauth::{
            self as target, ApiKeys, ClientKind, Oauth, PeerAuth, RegisteredClient, ServerPeer,
            TokenSource,
        },
    },
};
use axum::Router;
use btx_reference::{
    oauth::{Parts, client, resource, server, store::MemoryTokens},
    outbound::{Outbound, Trust, address::Network},
    random::SystemRandom,
};
use btx_spec::{
    HttpsUrl, Identifier,
    jose::{Algorithm, KeySet, SigningKey},
    oauth::Scope,
};
use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

/// The name of authorization server and resource, which the harness finds by `connect`.
pub(super) const NAME: &str = "oauth.reference.test";
/// The domain of the servers that the harness plays.
const DOMAIN: &str = "harness.test";
/// Their front doors; those of one role share one store, as replicas do.
const REPLICAS: usize = 2;
/// How many servers the harness plays: so many scenarios run at once.
const PEERS: Counts = Counts {
    secret: 24,
    assertion: 4,
    discovery: 4,
};
/// How long the tokens of a client of the kind short-lived live.
const SHORT_LIFE: Duration = Duration::from_secs(2);
/// The resource that is no part of the reference, and that tokens are issued for as well.
const OTHER_RESOURCE: &str = "https://other.reference.test";

/// What a test exchanges of the OAuth part before it is started; nothing as a rule.
pub struct Alterations {
    /// Changes the configuration of the authorization server.
    pub server_config: Box<dyn Fn(&mut server::Config) + Send>,
    /// Puts other components in the place of those of a replica of it, counted from 0.
    pub server_parts: Box<dyn Fn(usize, Parts) -> Parts + Send>,
    /// Wraps the router of a replica of it.
    pub server_router: Box<dyn Fn(usize, Router) -> Router + Send>,
    /// Changes the configuration of the resource.
    pub resource_config: Box<dyn Fn(&mut resource::Config) + Send>,
    /// Puts other components in the place of those of a replica of it.
    pub resource_parts: Box<dyn Fn(usize, Parts) -> Parts + Send>,
    /// Wraps the router of a replica of it.
    pub resource_router: Box<dyn Fn(usize, Router) -> Router + Send>,
    /// Changes the configuration of the client.
    pub client_config: Box<dyn Fn(&mut client::Config) + Send>,
    /// Puts other components in the place of those of the client.
    pub client_parts: Box<dyn Fn(Parts) -> Parts + Send>,
}

impl Default for Alterations {
    fn default() -> Self {
        Self {
            server_config: Box::new(|_| {}),
            server_parts: Box::new(|_, parts| parts),
            server_router: Box::new(|_, router| router),
            resource_config: Box::new(|_| {}),
            resource_parts: Box::new(|_, parts| parts),
            resource_router: Box::new(|_, router| router),
            client_config: Box::new(|_| {}),
            client_parts: Box::new(|parts| parts),
        }
    }
}

/// The OAuth part, started.
pub(super) struct Started {
    /// What the target file would say of it.
    pub(super) target: Oauth,
    /// The client itself.
    pub(super) client: client::Client,
    /// Where its peers would listen.
    pub(super) listen: SocketAddr,
    /// The way to them.
    pub(super) outbound: Arc<dyn Outbound>,
}

/// Starts it.
pub(super) async fn start(
    base: &Base<'_>,
    running: &mut Running,
    alterations: &super::Alterations,
) -> Result<Started, StartError> {
    let (layout, sockets) = setup(Layout::bind(base.address))?;
    running.sockets.extend(sockets);
    let own_key = Arc::new(key("client")?);
    let known = Arc::new(KeySet::of(vec![own_key.public()]));
    let proposed = setup(server_peers::propose(PEERS, &layout, Some(DOMAIN), &known))?;
    let peers: Vec<ServerPeer> = proposed.into_iter().map(|p| p.peer).collect();
    let outbound = setup((alterations.outbound)(OutboundSetup {
        trust: Trust::only(base.authority.certificate.as_bytes()),
        resolve: whereabouts(&peers, base.address)?,
        public_networks: vec![setup(base.address.to_string().parse::<Network>())?],
        nameservers: base.dns.into_iter().collect(),
    }))?;
    let parts = || Parts::new(Arc::new(MemoryTokens::new()), outbound.clone());
    let all = alterations;
    let alterations = &all.oauth;
    let (resource_doors, resource_urls) = doors(running, NAME)?;
    let identifier = |urls: &[String]| urls.first().cloned().unwrap_or_default();
    let own = [identifier(&resource_urls)];
    let examined = start_server(base, running, all, parts(), &own).await?;

    let keys = ApiKeys {
        field: "x-api-key".to_owned(),
        live: setup(server_peers::secret())?,
        revoked: setup(server_peers::secret())?,
    };
    let mut config = resource_config(&identifier(&resource_urls), &peers, &keys)?;
    (alterations.resource_config)(&mut config);
    let shared = parts();
    for (replica, door) in resource_doors.into_iter().enumerate() {
        let parts = (alterations.resource_parts)(replica, shared.clone());
        let resource = resource::ResourceServer::new(config.clone(), parts);
        let router = (alterations.resource_router)(replica, resource.router());
        running.https(router, door, base).await?;
    }

    let mut config = client_config(&peers, &own_key)?;
    (alterations.client_config)(&mut config);
    let client = client::Client::new(config, (alterations.client_parts)(parts()));
    Ok(Started {
        target: Oauth {
            server: Some(examined),
            resource: Some(examined_resource(&resource_urls, keys)?),
            client: Some(target::Client {
                start: Hook::Verb,
                use_token: Hook::Verb,
            }),
            peers,
        },
        client,
        listen: layout.shared,
        outbound,
    })
}

/// Starts the authorization server, which issues tokens for these resources, and for one that is no part of the
/// reference.
pub(super) async fn start_server(
    base: &Base<'_>,
    running: &mut Running,
    alterations: &super::Alterations,
    shared: Parts,
    resources: &[String],
) -> Result<target::AuthorizationServer, StartError> {
    let (doors, urls) = doors(running, NAME)?;
    let mut resources = resources.to_vec();
    resources.push(OTHER_RESOURCE.to_owned());
    let examined = examined_server(&urls, &resources)?;
    let mut config = server_config(&examined)?;
    (alterations.oauth.server_config)(&mut config);
    (alterations.jwt.server_config)(&mut config);
    for (replica, door) in doors.into_iter().enumerate() {
        let parts = (alterations.oauth.server_parts)(replica, shared.clone());
        let parts = (alterations.jwt.server_parts)(replica, parts);
        let server = server::AuthorizationServer::new(config.clone(), parts);
        let router = (alterations.oauth.server_router)(replica, server.router());
        let router = (alterations.jwt.server_router)(replica, router);
        running.https(router, door, base).await?;
    }
    Ok(examined)
}

/// The front doors of a role under a name, and their base URLs.
pub(super) fn doors(
    running: &mut Running,
    name: &str,
) -> Result<(Vec<TcpListener>, Vec<String>), StartError> {
    let doors = (0..REPLICAS)
        .map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
        .collect::<Result<Vec<_>, _>>()?;
    let urls = doors.iter().map(|door| running.name(name, door));
    let urls = urls.collect::<Result<Vec<_>, _>>()?;
    Ok((doors, urls))
}

/// What a target file would say of the authorization server: clients of every kind, and two issuers that
/// may speak for an account each.
fn examined_server(
    urls: &[String],
    resources: &[String],
) -> Result<target::AuthorizationServer, StartError> {
    let basic = || {
        Ok::<_, StartError>(target::ClientAuth::SecretBasic(setup(
            server_peers::secret(),
        )?))
    };
    let client = |name: &str, auth, kind| RegisteredClient {
        name: name.to_owned(),
        id: format!("client-{name}"),
        auth,
        kind,
        scopes: vec!["read".to_owned(), "write".to_owned()],
        jwt_tokens: false,
    };
    let post = target::ClientAuth::SecretPost(setup(server_peers::secret())?);
    let signing =
        |name: &str| Ok::<_, StartError>(target::ClientAuth::PrivateKeyJwt(Arc::new(key(name)?)));
    let mut clients = vec![
        client("c1", basic()?, ClientKind::Good),
        client("c2", basic()?, ClientKind::Good),
        client("awkward", basic()?, ClientKind::Awkward),
        client("post", post, ClientKind::Good),
        client("signing", signing("signing")?, ClientKind::Good),
        client("signing-too", signing("signing-too")?, ClientKind::Good),
        client("without-grant", basic()?, ClientKind::WithoutGrant),
        client("resource", basic()?, ClientKind::ResourceServer),
        client("short-lived", basic()?, ClientKind::ShortLived),
        client("jwt", basic()?, ClientKind::Good),
    ];
    for client in &mut clients {
        client.jwt_tokens = client.name == "jwt";
        if client.kind == ClientKind::Awkward {
            client.id = "client awkward:+%&=/".to_owned();
        }
    }
    let issuer = |name: &str| {
        Ok::<_, StartError>(target::TrustedIssuer {
            issuer: format!("https://{name}.harness.test"),
            key: Arc::new(key(name)?),
            account: format!("account-of-{name}"),
            scopes: vec!["read".to_owned()],
            client: None,
        })
    };
    let url = urls.first().cloned().unwrap_or_default();
    let at =
        |path: &str| Ok::<_, StartError>(Some(setup(url::Url::parse(&format!("{url}{path}")))?));
    Ok(target::AuthorizationServer {
        introspection: at("/oauth/introspect")?,
        revocation: at("/oauth/revoke")?,
        metadata: None,
        token: endpoints(urls, "/oauth/token")?,
        issuer: Some(url.clone()),
        resources: resources.to_vec(),
        opens: Vec::new(),
        clients,
        trusted_issuers: vec![issuer("portal")?, issuer("other-portal")?],
    })
}

/// The configuration of a server that knows all of these.
fn server_config(examined: &target::AuthorizationServer) -> Result<server::Config, StartError> {
    let issuer = examined.issuer.as_deref().unwrap_or_default();
    let mut config = server::Config::new(setup(Identifier::parse(issuer))?);
    config.resources = examined.resources.clone();
    config.signing_key = Some(Arc::new(key("server")?));
    config.documents = Some(jwt::verifier());
    // A JWT shows whom it speaks for, so that it can be judged.
    config.document_tokens.form = server::TokenForm::Jwt;
    for client in &examined.clients {
        let auth = match &client.auth {
            target::ClientAuth::SecretBasic(secret) | target::ClientAuth::SecretPost(secret) => {
                let digest = server::SecretDigest::of(secret, &SystemRandom);
                server::ClientAuth::Secret(setup(digest)?)
            }
            target::ClientAuth::PrivateKeyJwt(key) => server::ClientAuth::PrivateKeyJwt {
                keys: Arc::new(KeySet::of(vec![key.public()])),
                algorithms: vec![key.algorithm()],
            },
        };
        let mut registered = server::Client::new(&client.id, auth, scope(&client.scopes)?);
        match client.kind {
            ClientKind::WithoutGrant => registered.grants = Vec::new(),
            ClientKind::ResourceServer => registered.introspects = true,
            ClientKind::ShortLived => registered.tokens.lifetime = Some(SHORT_LIFE),
            ClientKind::Good | ClientKind::Awkward => {}
        }
        if client.jwt_tokens {
            registered.tokens.form = server::TokenForm::Jwt;
        }
        config.clients.push(registered);
    }
    for trusted in &examined.trusted_issuers {
        config.trusted_issuers.push(server::TrustedIssuer {
            issuer: trusted.issuer.clone(),
            keys: Arc::new(KeySet::of(vec![trusted.key.public()])),
            algorithms: vec![trusted.key.algorithm()],
        });
        config.accounts.push(server::Account {
            name: trusted.account.clone(),
            issuers: vec![trusted.issuer.clone()],
            tokens: server::TokenRules::new(scope(&trusted.scopes)?),
        });
    }
    Ok(config)
}

/// The configuration of a resource that takes the JWTs of all of these peers, and asks one of them.
fn resource_config(
    identifier: &str,
    peers: &[ServerPeer],
    keys: &ApiKeys,
) -> Result<resource::Config, StartError> {
    let scopes = |name: &str| scope(&[name.to_owned()]);
    let identifier = setup(Identifier::parse(identifier))?;
    let mut config = resource::Config::new(identifier, scopes("read")?, scopes("write")?);
    for peer in peers {
        config.issuers.push(resource::TrustedIssuer {
            issuer: peer.identifier(),
            jwks: setup(HttpsUrl::parse(peer.jwks().as_str()))?,
            algorithms: vec![peer.key.algorithm()],
        });
        if let (true, PeerAuth::Secret(secret)) = (peer.introspection, &peer.client.auth) {
            config.introspection = Some(resource::Introspection {
                issuer: peer.identifier(),
                url: setup(HttpsUrl::parse(peer.introspection().as_str()))?,
                id: peer.client.id.clone(),
                secret: client::Secret::held(secret.clone()),
            });
        }
    }
    // A scenario looks for a new key although another one may just have done so.
    config.limits.keys_interval = Duration::ZERO;
    config.api_keys = vec![
        resource::ApiKey::of("live", &keys.live, scopes("read")?),
        resource::ApiKey {
            revoked: true,
            ..resource::ApiKey::of("revoked", &keys.revoked, scopes("read")?)
        },
    ];
    Ok(config)
}

/// What a target file would say of the resource.
fn examined_resource(urls: &[String], keys: ApiKeys) -> Result<target::ResourceServer, StartError> {
    let first = |path: &str| Ok::<_, StartError>(endpoints(urls, path)?.into_iter().next());
    Ok(target::ResourceServer {
        identifier: urls.first().cloned(),
        tokens: TokenSource::Peers,
        read: endpoints(urls, "/read-resource")?,
        read_scope: Some("read".to_owned()),
        write: first("/write-resource")?,
        write_scope: Some("write".to_owned()),
        users_only: first("/users-only")?,
        metadata: None,
        api_keys: Some(keys),
    })
}

/// The configuration of a client of all of these peers.
fn client_config(
    peers: &[ServerPeer],
    own_key: &Arc<SigningKey>,
) -> Result<client::Config, StartError> {
    let servers = peers.iter().map(|peer| {
        let proof = match &peer.client.auth {
            PeerAuth::Secret(secret) => {
                client::Proof::SecretBasic(client::Secret::held(secret.clone()))
            }
            PeerAuth::PrivateKeyJwt(_) => client::Proof::PrivateKeyJwt(own_key.clone()),
        };
        Ok(client::ServerEntry {
            name: peer.name.clone(),
            issuer: setup(Identifier::parse(&peer.identifier()))?,
            token: match peer.discovery {
                true => client::TokenEndpoint::Discovered,
                false => client::TokenEndpoint::At(setup(HttpsUrl::parse(peer.token().as_str()))?),
            },
            grant: client::Grant::ClientCredentials,
            identity: Some(client::Identity {
                id: peer.client.id.clone(),
                proof,
            }),
            scope: None,
            resource: None,
            api: vec![setup(HttpsUrl::parse(peer.api().as_str()))?],
        })
    });
    let mut config = client::Config::new(servers.collect::<Result<_, StartError>>()?);
    // Each scenario is about what the metadata say now.
    config.limits.metadata_lifetime = Duration::ZERO;
    Ok(config)
}

fn scope(names: &[String]) -> Result<Scope, StartError> {
    setup(names.join(" ").parse::<Scope>())
}

/// A new key.
pub(super) fn key(name: &str) -> Result<SigningKey, StartError> {
    let pem = setup(rcgen::KeyPair::generate())?.serialize_pem();
    setup(SigningKey::from_pkcs8_pem(Algorithm::ES256, name, &pem))
}

/// Where the names of the peers are, for the target.
fn whereabouts(
    peers: &[ServerPeer],
    address: IpAddr,
) -> Result<BTreeMap<String, SocketAddr>, StartError> {
    let mut places = BTreeMap::new();
    for peer in peers {
        let host = peer.issuer.host_str().unwrap_or_default();
        let port = setup(peer.issuer.port().ok_or("a server without a port"))?;
        places.insert(format!("{host}:{port}"), SocketAddr::new(address, port));
    }
    Ok(places)
}
