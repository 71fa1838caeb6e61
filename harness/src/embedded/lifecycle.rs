//! The keys and sessions of the embedded reference: issuers behind two front doors each, a resource that trusts
//! issuers of the harness, and a caller that logs in at others of these.

use super::{
    Base, OutboundSetup, Running, StartError,
    exchange::{CALL_DEADLINE, endpoints},
    oauth as oauth_part, setup,
};
use crate::{
    session_peers::{self, Layout},
    target::{
        Hook, Limits,
        lifecycle::{
            Account, KeyAlgorithm, Lifecycle, SessionCaller, SessionIssuer, SessionPeer,
            SessionResource, SessionSigner,
        },
    },
};
use axum::Router;
use btx_reference::{
    clock::SystemClock,
    lifecycle::{
        caller,
        issuer::{self, Accounts, HashCost, Password},
        keys::{Keys, MemoryKeys},
        resource,
        sessions::MemorySessions,
    },
    outbound::{Outbound, Trust, address::Network},
    random::SystemRandom,
};
use btx_spec::{HttpsUrl, Identifier, jose::Algorithm, lifecycle::RingAlgorithm};
use std::{
    collections::{BTreeMap, HashMap},
    net::SocketAddr,
    sync::Arc,
    time::Duration,
};

/// The name of the issuers and of the resource, each at ports of its own, which the harness finds by `connect`.
pub(super) const NAME: &str = "sessions.reference.test";
/// How long everything lives: short, since scenarios wait for it.
const BEARER: Duration = Duration::from_secs(2);
const REFRESH_WINDOW: Duration = Duration::from_secs(2);
const SESSION: Duration = Duration::from_secs(6);
const ROTATION_WINDOW: Duration = Duration::from_secs(2);
const REFRESH_REPEAT: Duration = Duration::from_secs(1);
/// How many refused logins there may be, and the pause after them.
const LOGIN_ATTEMPTS: u32 = 3;
const LOGIN_PAUSE: Duration = Duration::from_secs(2);
/// How much clocks may differ, as every part has it.
const CLOCK_SKEW: Duration = Duration::from_secs(60);
/// How often a key may be looked for that is not known, and how long old ones are used without new ones.
const KEYS_INTERVAL: Duration = Duration::from_secs(1);
const LONGEST_STALE: Duration = Duration::from_secs(2);
/// How many issuers of each sort the harness plays: so many scenarios run at once.
const PLAYED: u16 = 16;
/// How many accounts there are: so many scenarios about issuers run at once.
const ACCOUNTS: usize = 64;
/// What a password costs: as little as it can, since nothing is to be kept from anybody here.
const COST: HashCost = HashCost {
    memory: 8,
    passes: 1,
};
/// The algorithms that the resource takes from each issuer: all but one, which it has to refuse.
const ALGORITHMS: [Algorithm; 3] = [Algorithm::ES256, Algorithm::EdDSA, Algorithm::PS256];

/// The issuers: what they sign with, and whether new bearers are in `Authorization` as well. The first of each
/// kind of key are shared by the scenarios that leave the keys alone.
const ISSUERS: [(KeyAlgorithm, RingAlgorithm, bool); 10] = [
    (KeyAlgorithm::HS512, RingAlgorithm::HS512, false),
    (KeyAlgorithm::ES256, RingAlgorithm::ES256, false),
    (KeyAlgorithm::HS512, RingAlgorithm::HS512, false),
    (KeyAlgorithm::HS512, RingAlgorithm::HS512, false),
    (KeyAlgorithm::HS512, RingAlgorithm::HS512, false),
    (KeyAlgorithm::HS512, RingAlgorithm::HS512, false),
    (KeyAlgorithm::ES256, RingAlgorithm::ES256, false),
    (KeyAlgorithm::ES256, RingAlgorithm::ES256, false),
    (KeyAlgorithm::ES256, RingAlgorithm::ES256, false),
    (KeyAlgorithm::ES256, RingAlgorithm::ES256, true),
];

/// What a test exchanges of this part before it is started; nothing as a rule.
pub struct Alterations {
    /// Changes the configuration of the issuers.
    pub issuer_config: Box<dyn Fn(&mut issuer::Config) + Send>,
    /// Puts other components in the place of those of a replica of one, counted from 0.
    pub issuer_parts: Box<dyn Fn(usize, issuer::Parts) -> issuer::Parts + Send>,
    /// Wraps the router of a replica of one.
    pub issuer_router: Box<dyn Fn(usize, Router) -> Router + Send>,
    /// Changes the configuration of the resource.
    pub resource_config: Box<dyn Fn(&mut resource::Config) + Send>,
    /// Puts other components in the place of those of a replica of it.
    pub resource_parts: Box<dyn Fn(usize, resource::Parts) -> resource::Parts + Send>,
    /// Wraps the router of a replica of it.
    pub resource_router: Box<dyn Fn(usize, Router) -> Router + Send>,
    /// Changes the configuration of the caller.
    pub caller_config: Box<dyn Fn(&mut caller::Config) + Send>,
    /// Puts other components in the place of those of the caller.
    pub caller_parts: Box<dyn Fn(caller::Parts) -> caller::Parts + Send>,
}

impl Default for Alterations {
    fn default() -> Self {
        Self {
            issuer_config: Box::new(|_| {}),
            issuer_parts: Box::new(|_, parts| parts),
            issuer_router: Box::new(|_, router| router),
            resource_config: Box::new(|_| {}),
            resource_parts: Box::new(|_, parts| parts),
            resource_router: Box::new(|_, router| router),
            caller_config: Box::new(|_| {}),
            caller_parts: Box::new(|parts| parts),
        }
    }
}

/// This part, started.
pub(super) struct Started {
    /// What the target file would say of it.
    pub(super) target: Lifecycle,
    /// The keys of each issuer, by its identifier.
    pub(super) keys: HashMap<String, Arc<dyn Keys>>,
    /// The caller itself.
    pub(super) caller: caller::Caller,
    /// Whether it takes new bearers from `Authorization` as well.
    pub(super) reads_authorization_field: bool,
    /// Where the issuers of the harness would listen.
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
    let outbound = setup((alterations.outbound)(OutboundSetup {
        trust: Trust::only(base.authority.certificate.as_bytes()),
        resolve: BTreeMap::new(),
        public_networks: vec![setup(base.address.to_string().parse::<Network>())?],
        nameservers: Vec::new(),
    }))?;
    let alterations = &alterations.lifecycle;
    let accounts: Vec<Account> = (1..=ACCOUNTS).map(account).collect();
    let known = accounts_of(&accounts)?;
    let mut keys = HashMap::new();
    let mut issuers = Vec::new();
    for (key, algorithm, field) in ISSUERS {
        let (issuer, ring) =
            start_issuer(base, running, alterations, (key, algorithm, field), &known).await?;
        keys.insert(issuer.identifier.clone(), ring);
        issuers.push(issuer);
    }
    let signers = session_peers::signers(PLAYED, &layout, &ALGORITHMS);
    let resource = start_resource(base, running, alterations, &signers, &outbound).await?;
    let peers = session_peers::peers(PLAYED, &layout, &password("the caller"));
    let mut config = caller_config(&peers)?;
    (alterations.caller_config)(&mut config);
    let parts = (alterations.caller_parts)(caller::Parts::new(outbound.clone()));
    Ok(Started {
        keys,
        reads_authorization_field: config.authorization_field,
        caller: caller::Caller::new(config, parts),
        target: Lifecycle {
            issuers,
            accounts,
            resource: Some(resource),
            signers,
            caller: Some(SessionCaller {
                use_token: Hook::Verb,
            }),
            peers,
        },
        listen: layout.shared,
        outbound,
    })
}

/// Starts the replicas of an issuer, which share its keys and its sessions.
async fn start_issuer(
    base: &Base<'_>,
    running: &mut Running,
    alterations: &Alterations,
    (key, algorithm, field): (KeyAlgorithm, RingAlgorithm, bool),
    accounts: &Accounts,
) -> Result<(SessionIssuer, Arc<dyn Keys>), StartError> {
    let (doors, urls) = oauth_part::doors(running, NAME)?;
    let identifier = urls.first().cloned().unwrap_or_default();
    let mut config = setup(issuer_config(&identifier, algorithm, accounts))?;
    config.authorization_field = field;
    (alterations.issuer_config)(&mut config);
    let keys = setup(MemoryKeys::new(
        algorithm,
        config.lifetimes.rotation_window,
        Arc::new(SystemClock),
        Arc::new(SystemRandom),
    ))?;
    let shared = issuer::Parts::new(Arc::new(keys), Arc::new(MemorySessions::new()));
    let mut rotating = shared.keys.clone();
    for (replica, door) in doors.into_iter().enumerate() {
        let parts = (alterations.issuer_parts)(replica, shared.clone());
        if replica == 0 {
            rotating = parts.keys.clone();
        }
        let issuer = issuer::Issuer::new(config.clone(), parts);
        let router = (alterations.issuer_router)(replica, issuer.router());
        running.https(router, door, base).await?;
    }
    let first = |path: &str| Ok::<_, StartError>(endpoints(&urls, path)?.into_iter().next());
    let examined = SessionIssuer {
        audience: identifier.clone(),
        identifier,
        login: endpoints(&urls, "/login")?,
        obtain: None,
        logout: endpoints(&urls, "/logout")?,
        api: endpoints(&urls, "/api/whoami")?,
        missing: first("/api/nothing")?,
        key_set: first("/keys")?.filter(|_| algorithm.is_pair()),
        notify: first("/keys/changed")?,
        algorithm: key,
        authorization_field: field,
    };
    Ok((examined, rotating))
}

fn issuer_config(
    identifier: &str,
    algorithm: RingAlgorithm,
    accounts: &Accounts,
) -> Result<issuer::Config, StartError> {
    let identifier = setup(Identifier::parse(identifier))?;
    let mut config = setup(issuer::Config::new(identifier, algorithm))?;
    config.lifetimes = issuer::Lifetimes {
        bearer: BEARER,
        refresh_window: REFRESH_WINDOW,
        session: SESSION,
        rotation_window: ROTATION_WINDOW,
        refresh_repeat: REFRESH_REPEAT,
    };
    config.login = issuer::Login {
        attempts: LOGIN_ATTEMPTS,
        pause: LOGIN_PAUSE,
    };
    config.clock_skew = CLOCK_SKEW;
    config.look_interval = KEYS_INTERVAL;
    config.accounts = accounts.clone();
    Ok(config)
}

/// Starts the replicas of a resource that trusts these issuers.
async fn start_resource(
    base: &Base<'_>,
    running: &mut Running,
    alterations: &Alterations,
    signers: &[SessionSigner],
    outbound: &Arc<dyn Outbound>,
) -> Result<SessionResource, StartError> {
    let (doors, urls) = oauth_part::doors(running, NAME)?;
    let identifier = urls.first().cloned().unwrap_or_default();
    let mut config = resource::Config::new(setup(Identifier::parse(&identifier))?);
    let trusted = signers.iter().map(|signer| {
        Ok(resource::TrustedSigner {
            identifier: setup(Identifier::parse(&signer.identifier))?,
            key_set: setup(HttpsUrl::parse(signer.key_set.as_str()))?,
            algorithms: signer.algorithms.clone(),
        })
    });
    config.signers = trusted.collect::<Result<_, StartError>>()?;
    config.lifetime = BEARER;
    config.clock_skew = CLOCK_SKEW;
    config.limits.deadline = super::jwt::DOCUMENT_DEADLINE;
    config.limits.keys_interval = KEYS_INTERVAL;
    config.limits.longest_stale = LONGEST_STALE;
    (alterations.resource_config)(&mut config);
    for (replica, door) in doors.into_iter().enumerate() {
        let parts = resource::Parts::new(outbound.clone());
        let parts = (alterations.resource_parts)(replica, parts);
        let resource = resource::SessionResource::new(config.clone(), parts);
        let router = (alterations.resource_router)(replica, resource.router());
        running.https(router, door, base).await?;
    }
    Ok(SessionResource {
        identifier,
        read: endpoints(&urls, "/api/read")?,
    })
}

/// The configuration of a caller of all of these issuers.
fn caller_config(peers: &[SessionPeer]) -> Result<caller::Config, StartError> {
    let peers = peers.iter().map(|peer| {
        Ok(caller::Peer {
            name: peer.name.clone(),
            issuer: setup(Identifier::parse(peer.issuer.as_str()))?,
            login: setup(HttpsUrl::parse(peer.login().as_str()))?,
            api: vec![setup(HttpsUrl::parse(peer.api().as_str()))?],
            account: peer.account.clone(),
            password: caller::Password::new(peer.password.clone()),
        })
    });
    Ok(caller::Config {
        peers: peers.collect::<Result<_, StartError>>()?,
        deadline: CALL_DEADLINE,
        authorization_field: true,
    })
}

/// What it declares.
pub(super) fn declare(limits: &mut Limits) {
    limits.bearer_lifetime = BEARER;
    limits.refresh_window = REFRESH_WINDOW;
    limits.session_lifetime = SESSION;
    limits.rotation_window = ROTATION_WINDOW;
    limits.refresh_repeat = REFRESH_REPEAT;
    limits.login_attempts = usize::try_from(LOGIN_ATTEMPTS).unwrap_or(usize::MAX);
    limits.login_pause = LOGIN_PAUSE;
    limits.call_deadline = CALL_DEADLINE;
}

/// An account, by its number.
fn account(number: usize) -> Account {
    let name = format!("account-{number}");
    Account {
        password: password(&name),
        name,
    }
}

/// A password of the laboratory.
fn password(name: &str) -> String {
    format!("the password of {name}, in a laboratory")
}

/// These accounts, as an issuer keeps them.
fn accounts_of(accounts: &[Account]) -> Result<Accounts, StartError> {
    let mut known = setup(Accounts::new(COST))?;
    for account in accounts {
        let password = Password::of(&account.password, COST, &SystemRandom);
        known.add(&account.name, setup(password)?);
    }
    Ok(known)
}
