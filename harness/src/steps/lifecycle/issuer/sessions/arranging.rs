//! Sessions that begin, and bearers that end.

use super::{
    Seen, Session, clock,
    clock::Clock,
    issuer, newest,
    obtain::{Entered, enter},
    seen, seen_mut, session,
};
use crate::{
    lenient::Members,
    steps::{Stop, lifecycle::bearer::Read, registry::steps},
    target::lifecycle::Account,
    world::World,
};

steps! {
    "a session" => |world| {
        world.lease_issuer().await?;
        let account = world.lease_account().await?;
        begin(world, account, 0).await
    }
    "a session at the beginning of a second" => |world| {
        world.lease_issuer().await?;
        let account = world.lease_account().await?;
        clock::beginning_of_a_second(world).await;
        begin(world, account, 0).await
    }
    "a session of an issuer with the compatibility option" => |world| {
        world.lease_issuer().await?;
        if !issuer(world)?.authorization_field {
            return Err(Stop::NotExercised("no [[session_issuer]] has `authorization_field = true`".to_owned()));
        }
        let account = world.lease_account().await?;
        begin(world, account, 0).await
    }
    "another session of its account" => |world| {
        let account = session(world, 0)?.account.clone();
        begin(world, account, 1).await
    }
    "a session of another account" => |world| {
        let account = world.lease_account().await?;
        begin(world, account, 1).await
    }
    "a second has passed" => |world| {
        let iat = newest(world, 0)?.second("iat").unwrap_or_default();
        clock::until_after(world, clock::exact(iat) + 1.0, "a second passes").await
    }
    "its bearer has expired" => |world| {
        let ends = seen(world).sessions.iter().filter_map(|s| s.newest()?.second("exp"));
        let last = ends.max().ok_or_else(|| Stop::Control("the bearer has no exp".to_owned()))?;
        clock::until_after(world, clock::exact(last), "the bearer expires").await
    }
}

/// Logs an account in at a replica, which has to succeed, and keeps its session.
async fn begin(world: &mut World, account: Account, replica: usize) -> Result<(), Stop> {
    let sent = clock::now();
    let Entered { body, answer, .. } = enter(world, &account, replica).await?;
    let received = clock::now();
    let members = Members::read(&body);
    let member = |name: &str| members.as_ref().and_then(|members| members.text(name));
    let lives = members
        .as_ref()
        .and_then(|m| m.number("session_expires_in"));
    let (Some(token), Some(text)) = (member("session_token"), member("bearer_token")) else {
        return Err(Stop::Control("a login brought no tokens".to_owned()));
    };
    let bearer = Read::from(&text);
    let iat = bearer.second("iat").unwrap_or_default();
    let declared = world.context.target.limits.session_lifetime.as_secs();
    let Seen {
        sessions,
        clock,
        begun,
        ..
    } = seen_mut(world);
    if sessions.is_empty() {
        *clock = Clock::that_showed(iat, sent, received);
        *begun = answer;
    }
    sessions.push(Session {
        account,
        token,
        ends: clock::exact(iat)
            + clock::exact(i64::try_from(lives.unwrap_or(declared)).unwrap_or(0)),
        bearers: vec![bearer],
    });
    Ok(())
}
