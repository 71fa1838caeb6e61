//! `btx-reference provider`: an authorization server with its resource on this machine, for the consumer to
//! talk to. Its certificate authority, its secrets and its tokens are new each time and end with it.

mod hand_over;

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use btx_reference::local_ca::LocalCa;
use btx_reference::oauth::client::Secret;
use btx_reference::oauth::resource::{self, Introspection, ResourceServer};
use btx_reference::oauth::server::{self, AuthorizationServer, Client, ClientAuth, SecretDigest};
use btx_reference::oauth::store::MemoryTokens;
use btx_reference::oauth::{Parts, server::metadata};
use btx_reference::outbound::{HttpsOutbound, Overrides, Trust};
use btx_reference::random::{Random as _, SystemRandom};
use btx_reference::serve::{self, Running};
use btx_spec::oauth::Scope;
use btx_spec::{HttpsUrl, Identifier};

use super::shutdown::Shutdown;
use super::{Failed, block_on};

pub(super) use hand_over::{HandOver, usual_path};

/// The name of the provider, which its certificate is for.
const HOST: &str = "localhost";

/// The id under which its resource asks about tokens.
const RESOURCE: &str = "resource";

pub(super) type Anything = Box<dyn std::error::Error + Send + Sync>;

/// Runs until it is told to end.
pub(super) fn run(listen: SocketAddr, path: Option<PathBuf>) -> Result<(), Failed> {
    if !listen.ip().is_loopback() {
        return Err(Failed::Unusable(format!(
            "--listen {listen}: expected a loopback address, such as 127.0.0.1:8443"
        )));
    }
    let path = path.unwrap_or_else(usual_path);
    block_on(async {
        let outcome = serve_until_told(listen, &path).await;
        outcome.map_err(|error| Failed::Broken(error.to_string()))
    })
}

async fn serve_until_told(listen: SocketAddr, path: &Path) -> Result<(), Anything> {
    let shutdown = Shutdown::on_signal()?;
    let (provider, hand_over) = start(listen, shutdown.begun()).await?;
    let written = hand_over.write(path);
    written.map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
    anstream::println!("[Provider]: listening at {}", hand_over.origin);
    anstream::println!(
        "[Provider]: certificate authority and credentials for the consumer: {}",
        path.display()
    );
    provider.ended().await?;
    // Nobody is there any more, so that nobody is to be sent there.
    std::fs::remove_file(path)?;
    Ok(())
}

/// Starts a provider, which ends when `shutdown` resolves.
pub(super) async fn start(
    listen: SocketAddr,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(Running, HandOver), Anything> {
    let listener = TcpListener::bind(listen)?;
    let address = listener.local_addr()?;
    let authority = LocalCa::new("provider")?;
    let tls = authority.issue(&[HOST])?;
    let hand_over = HandOver {
        origin: format!("https://{HOST}:{}", address.port()),
        address,
        authority: authority.pem().to_owned(),
        id: "consumer".to_owned(),
        secret: random_secret()?,
    };
    let running = serve::https(router(&hand_over)?, listener, tls, shutdown).await?;
    Ok((running, hand_over))
}

/// Both roles under one name. They do not know each other: the resource asks about tokens as any other
/// would, by HTTPS and with a secret.
fn router(hand_over: &HandOver) -> Result<Router, Anything> {
    let outbound = Arc::new(way_to(hand_over)?);
    let parts = Parts::new(Arc::new(MemoryTokens::new()), outbound);
    let secret = random_secret()?;
    let server = AuthorizationServer::new(server_config(hand_over, &secret)?, parts.clone());
    let resource = ResourceServer::new(resource_config(hand_over, secret)?, parts);
    Ok(server.router().merge(resource.router()))
}

fn server_config(hand_over: &HandOver, of_resource: &str) -> Result<server::Config, Anything> {
    let client = |id: &str, secret: &str| {
        let digest = SecretDigest::of(secret, &SystemRandom)?;
        let scopes = Scope::parse("read write")?;
        Ok::<_, Anything>(Client::new(id, ClientAuth::Secret(digest), scopes))
    };
    let mut config = server::Config::new(Identifier::parse(&hand_over.origin)?);
    config.resources = vec![hand_over.origin.clone()];
    let mut resource = client(RESOURCE, of_resource)?;
    resource.introspects = true;
    config.clients = vec![client(&hand_over.id, &hand_over.secret)?, resource];
    Ok(config)
}

fn resource_config(hand_over: &HandOver, secret: String) -> Result<resource::Config, Anything> {
    let (read, write) = (Scope::parse("read")?, Scope::parse("write")?);
    let identifier = Identifier::parse(&hand_over.origin)?;
    let mut config = resource::Config::new(identifier, read, write);
    config.introspection = Some(Introspection {
        issuer: hand_over.origin.clone(),
        url: HttpsUrl::parse(&format!("{}{}", hand_over.origin, metadata::INTROSPECT))?,
        id: RESOURCE.to_owned(),
        secret: Secret::held(secret),
    });
    Ok(config)
}

/// The way to the provider, which nothing else is reached by.
pub(super) fn way_to(hand_over: &HandOver) -> Result<HttpsOutbound, Anything> {
    let name = format!("{HOST}:{}", hand_over.address.port());
    let resolve = Overrides::from([(name, hand_over.address)]);
    let loopback = vec!["127.0.0.0/8".parse()?, "::1/128".parse()?];
    let trust = Trust::only(hand_over.authority.as_str());
    Ok(HttpsOutbound::new(&trust, &resolve, loopback)?)
}

/// 256 unpredictable bits.
fn random_secret() -> Result<String, Anything> {
    let mut bytes = zeroize::Zeroizing::new([0; 32]);
    SystemRandom.fill(bytes.as_mut_slice())?;
    Ok(URL_SAFE_NO_PAD.encode(bytes.as_slice()))
}
