//! Who asks for tokens: clients of the server, and issuers of assertions that it trusts.

use super::{draft::Draft, faults::Facts};
use crate::{
    steps::{Stop, registry::steps},
    target::{
        Claim,
        oauth::{AuthorizationServer, ClientAuth, ClientKind, RegisteredClient, TrustedIssuer},
    },
    world::World,
};
use std::time::{SystemTime, UNIX_EPOCH};

/// Who asks for a token.
#[derive(Debug, Clone)]
pub(super) enum Party {
    /// A client, for itself.
    Client(RegisteredClient),
    /// An issuer of assertions, for its service account.
    Account(TrustedIssuer),
}

steps! {
    "a client of the server" => |world| {
        let client = any_client(world)?;
        enter(world, client)
    }
    "another client of the server" => |world| {
        let first = the_client(world)?.id.clone();
        let other = find(world, "of the kind good, a second one", |c| c.kind == ClientKind::Good && c.id != first)?;
        world.oauth.server.second = Some(Party::Client(other));
        Ok(())
    }
    "a client with a secret" => |world| {
        let client = find(world, "of the kind good with auth = \"client_secret_basic\"", is_basic)?;
        enter(world, client)
    }
    "a client with a secret in the form" => |world| {
        let client = find(world, "of the kind good with auth = \"client_secret_post\"", |c| {
            c.kind == ClientKind::Good && matches!(c.auth, ClientAuth::SecretPost(_))
        })?;
        enter(world, client)
    }
    "a client that signs" => |world| {
        needs_issuer(world)?;
        let client = find(world, "of the kind good with auth = \"private_key_jwt\"", |c| {
            c.kind == ClientKind::Good && matches!(c.auth, ClientAuth::PrivateKeyJwt(_))
        })?;
        enter(world, client)
    }
    "a client whose id and secret have characters that a form encodes" => |world| {
        let client = find(world, "of the kind awkward", |c| c.kind == ClientKind::Awkward)?;
        enter(world, client)
    }
    "a client that may not use the grant" => |world| {
        let client = find(world, "of the kind without-grant", |c| c.kind == ClientKind::WithoutGrant)?;
        let sound = any_client(world)?;
        world.oauth.server.sound = Some(Party::Client(sound));
        enter(world, client)
    }
    "a client whose tokens live briefly" => |world| {
        let client = find(world, "of the kind short-lived", |c| c.kind == ClientKind::ShortLived)?;
        enter(world, client)
    }
    "a client with two scopes" => |world| {
        let client = find(world, "of the kind good with two scopes", |c| {
            c.kind == ClientKind::Good && c.scopes.len() > 1
        })?;
        enter(world, client)
    }
    "a client whose access tokens are JWTs" => |world| {
        let client = find(world, "of the kind good with jwt_tokens = true", |c| {
            c.kind == ClientKind::Good && c.jwt_tokens
        })?;
        enter(world, client)
    }
    "a client whose access tokens are opaque" => |world| {
        let client = find(world, "of the kind good without jwt_tokens", is_opaque)?;
        enter(world, client)
    }
    "an issuer of assertions that the server trusts" => |world| {
        needs_issuer(world)?;
        let issuer = server(world)?.trusted_issuers.first().cloned();
        let issuer = issuer.ok_or_else(|| lacks("[[authorization_server.trusted_issuer]]"))?;
        world.oauth.server.party = Some(Party::Account(issuer));
        Ok(())
    }
}

/// The authorization server of the target.
///
/// # Errors
/// When the target file has none.
pub(super) fn server(world: &World) -> Result<&AuthorizationServer, Stop> {
    let server = world.context.target.oauth.server.as_ref();
    server.ok_or_else(|| lacks("[authorization_server]"))
}

/// What a target file would need for the scenario.
pub(super) fn lacks(what: &str) -> Stop {
    Stop::NotExercised(format!("the target file has no {what}"))
}

fn needs_issuer(world: &World) -> Result<(), Stop> {
    match server(world)?.issuer {
        Some(_) => Ok(()),
        None => Err(lacks("issuer in [authorization_server]")),
    }
}

fn enter(world: &mut World, client: RegisteredClient) -> Result<(), Stop> {
    world.oauth.server.party = Some(Party::Client(client));
    Ok(())
}

/// A client without anything special: one with a secret, rather than one that signs.
pub(super) fn any_client(world: &World) -> Result<RegisteredClient, Stop> {
    let good = |c: &RegisteredClient| c.kind == ClientKind::Good;
    find(world, "", is_basic)
        .or_else(|_| {
            let post = |c: &RegisteredClient| matches!(c.auth, ClientAuth::SecretPost(_));
            find(world, "", |c| good(c) && post(c))
        })
        .or_else(|_| find(world, "of the kind good", good))
}

fn is_basic(client: &RegisteredClient) -> bool {
    client.kind == ClientKind::Good && matches!(client.auth, ClientAuth::SecretBasic(_))
}

fn is_opaque(client: &RegisteredClient) -> bool {
    client.kind == ClientKind::Good && !client.jwt_tokens
}

fn find(
    world: &World,
    what: &str,
    fits: impl Fn(&RegisteredClient) -> bool,
) -> Result<RegisteredClient, Stop> {
    let found = server(world)?.clients.iter().find(|c| fits(c)).cloned();
    found.ok_or_else(|| lacks(&format!("[[authorization_server.client]] {what}")))
}

/// The client that asks.
///
/// # Errors
/// When no step has brought one in.
pub(super) fn the_client(world: &World) -> Result<&RegisteredClient, Stop> {
    match &world.oauth.server.party {
        Some(Party::Client(client)) => Ok(client),
        _ => Err(Stop::Harness(
            "the scenario has not brought in a client".to_owned(),
        )),
    }
}

/// Who asks.
///
/// # Errors
/// When no step has brought anybody in.
pub(super) fn the_party(world: &World) -> Result<&Party, Stop> {
    let party = world.oauth.server.party.as_ref();
    party.ok_or_else(|| Stop::Harness("the scenario has not brought in anybody".to_owned()))
}

impl Party {
    /// The request by which it asks for a token, without fault.
    #[must_use]
    pub(super) fn draft(&self, audience: &str, now: i64) -> Draft {
        match self {
            Self::Client(client) => Draft::of_client(client, audience, now),
            Self::Account(issuer) => Draft::of_account(issuer, audience, now),
        }
    }

    /// The id of the client, or the name of the account: what its tokens are about.
    #[must_use]
    pub(super) fn subject(&self) -> &str {
        match self {
            Self::Client(client) => &client.id,
            Self::Account(issuer) => &issuer.account,
        }
    }

    /// The scopes that it may have.
    #[must_use]
    pub(super) fn scopes(&self) -> &[String] {
        match self {
            Self::Client(client) => &client.scopes,
            Self::Account(issuer) => &issuer.scopes,
        }
    }
}

/// What the faults of a request of a party are made from.
///
/// # Errors
/// When the target has no such server.
pub(super) fn facts_of(world: &World, party: &Party) -> Result<Facts, Stop> {
    let server = server(world)?;
    let mut others = server.clients.iter().filter(|c| c.id != party.subject());
    let other = others.find(|c| c.kind == ClientKind::Good);
    Ok(Facts {
        party: party.clone(),
        other: other.cloned(),
        issuer: server.issuer.clone().unwrap_or_default(),
        token_endpoint: world.replica(&server.token, 0)?.to_string(),
        resource: server.resources.last().cloned(),
        elsewhere: format!("{}{}", world.context.lab.elsewhere(), elsewhere_path(world)),
        now: now(),
        skew: i64::try_from(world.context.target.limits.clock_skew.as_secs()).unwrap_or(60),
    })
}

/// A path of the server of the lab that nobody has to ask which is this scenario's alone.
pub(super) fn elsewhere_path(world: &World) -> String {
    format!("/keys/{}", world.timeline.id())
}

/// The seconds since 1970.
pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(0))
}

/// Whether the target claims that.
pub(super) fn claims(world: &World, claim: Claim) -> bool {
    world.context.target.claims(claim)
}
