//! What the target registers, and what it refuses to: seen through the verb `peers`, and judged on the
//! wire as well.

use super::{Failure, Stop, calls::unknown, initiator, registry::steps};
use crate::{
    draft::Draft,
    lab::PeerAnswer,
    run::{Absence, Again},
    target::{AsIssuer, Peer, PeerKind, Verb},
    wire::{Fields, Response},
    world::{Answer, World},
};
use btx_spec::hooks::{Order, Registration, Report};
use std::time::Duration;
use url::Url;

/// How long a registration may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// The canary 127.0.2.1 as one number, decimal and hexadecimal: what some URL libraries take for it.
const CANARY_DECIMAL: &str = "2130706945";
const CANARY_HEX: &str = "0x7f000201";

/// What a target was asked to register.
#[derive(Debug, Default)]
pub struct Registrations {
    /// What it says of the registration that the scenario is about.
    verdict: Option<Said>,
    /// The party that this registration was about.
    faulty: Option<usize>,
    /// What a token call in its name was answered, where there was one.
    call: Option<Answer>,
    /// The identifiers to remove when the scenario is over.
    leftover: Vec<String>,
}

/// What a target says of a registration.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Said {
    Registered,
    Refused,
}

steps! {
    "an initiator is to be registered {words}" => |world, fault| {
        let guest = guest(world, 0)?;
        let mut entry = as_initiator(&guest);
        alter(world, &mut entry, &fault)?;
        faulty(world, guest, entry).await?;
        world.registrations.call = Some(call_as_faulty(world).await?);
        Ok(())
    }
    "a stranger at its side makes a token call" => |world| {
        let stranger = guest_named(world, 0, "stranger")?;
        let party = world.invite(0, stranger)?;
        world.registrations.faulty = Some(party);
        let values = world.fresh_values(party)?;
        let draft = Draft::faultless(&values);
        let mut call = world.send(party, values, draft, 0)?;
        call.finish().await;
        world.call = Some(call);
        Ok(())
    }
    "nothing was sent to the stranger" => |world| {
        let party = world.registrations.faulty.ok_or_else(nothing)?;
        let lease = world.party(party)?.lease.clone();
        let mailbox = world.the_call()?.mailbox.clone();
        let sent = mailbox.deliveries().into_iter().chain(lease.strays()).next();
        if let Some(sent) = sent {
            return Err(Failure::new("no message to a stranger", "one", Some(sent.event)).into());
        }
        world.absences.push(Absence::NoIssue { mailbox, allowed: 0, again: Again::IsLate, lease });
        Ok(())
    }
    "an issuer is to be registered {words}" => |world, fault| {
        let guest = guest(world, 0)?;
        let mut entry = as_issuer(&guest)?;
        alter(world, &mut entry, &fault)?;
        faulty(world, guest, entry).await
    }
    "an issuer of which the target holds no token" => |world| {
        world.lease(PeerKind::Good, 1).await?;
        initiator::as_issuer(world, 0)?;
        // Where nobody can be registered, it is one of which it holds an older token.
        if world.context.target.has_verb(Verb::Peers) {
            let guest = guest(world, 0)?;
            let entry = as_issuer(&guest)?;
            let party = world.invite(0, guest)?;
            registered(world, entry).await?;
            world.parties.swap(0, party);
        }
        Ok(())
    }
    "the same is registered without the fault, and gets a token" => |world| {
        let guest = guest(world, 0)?;
        let entry = as_initiator(&guest);
        let party = world.invite(0, guest)?;
        registered(world, entry).await?;
        super::calls::control(world, party).await
    }
    "the same is registered without the fault, and issues a token" => |world| {
        let guest = guest(world, 0)?;
        let entry = as_issuer(&guest)?;
        let party = world.invite(0, guest)?;
        registered(world, entry).await?;
        initiator::control(world, party).await
    }
    "the faulty registration was refused" => |world| {
        refused(world)?;
        let path = super::answers::elsewhere_path(world)?;
        if world.context.lab.was_reached_elsewhere(&path) {
            return Err(Failure::new("no message to a URL that was not registered", "one", None).into());
        }
        Ok(())
    }
    "the target is set off for what was not registered" => |world| {
        let party = world.registrations.faulty.ok_or_else(nothing)?;
        initiator::desk(world, party)?.refuse_calls(true);
        initiator::start(world, party)?;
        initiator::ended(world).await;
        Ok(())
    }
    "nothing was sent to where the faulty registration led" => |world| {
        let faulty = world.registrations.faulty.ok_or_else(nothing)?;
        let party = world.party(faulty)?;
        let theirs = world.others.iter().filter(|e| e.party == faulty);
        let issues = theirs.flat_map(|e| e.deliveries()).next().map(|d| d.event);
        let strays = party.lease.strays().first().map(|s| s.event).or(issues);
        let calls = party.lease.desk.calls().first().map(|c| c.visit.event);
        match strays.or(calls) {
            None => Ok(()),
            event => Err(Failure::new("no message to a party that was not registered", "one", event).into()),
        }
    }
    "an initiator that was registered just now, with a token" => |world| {
        world.lease(PeerKind::Good, 1).await?;
        let guest = guest(world, 0)?;
        let entry = as_initiator(&guest);
        let party = world.invite(0, guest)?;
        registered(world, entry).await?;
        super::calls::control(world, party).await
    }
    "its registration is removed" => |world| {
        let removed = std::mem::take(&mut world.registrations.leftover);
        let order = Order::Peers { register: Vec::new(), remove: removed };
        world.timeline.note("btx", "target", "removes the registration");
        let report = world.context.order(order, PATIENCE).await;
        report.map(drop).map_err(Stop::Control)
    }
    "it is registered anew" => |world| {
        let entry = as_initiator(&world.party(1)?.peer);
        registered(world, entry).await
    }
    "its registration is removed while it holds a token issue" => |world| {
        world.set_answers(1, vec![PeerAnswer::Hold])?;
        let mut call = world.begin(1)?;
        let mailbox = call.mailbox.clone();
        let held = tokio::select! {
            _ = mailbox.first() => true,
            _ = call.finish() => false,
        };
        world.call = Some(call);
        if !held {
            return Err(Stop::Control("no token issue came".to_owned()));
        }
        let remove = world.registrations.leftover.clone();
        let order = Order::Peers { register: Vec::new(), remove };
        world.context.order(order, PATIENCE).await.map_err(Stop::Control)?;
        mailbox.release(Response::new(204, Fields::default(), b""));
        world.the_answer().await?;
        Ok(())
    }
    "the token opens nothing any more, at no replica" => |world| {
        let exchange = world.call.as_ref().or(world.others.first());
        let token = exchange.and_then(crate::world::Exchange::token);
        let token = token.ok_or_else(|| Stop::Control("there is no token".to_owned()))?;
        for replica in 0..world.issuer()?.resource.len() {
            let answer = super::tokens::show(world, &token, replica).await?;
            if matches!(answer.status(), Some(200..=299)) {
                return Err(Failure::new("4xx to a token of an initiator that was removed", answer.words(), Some(answer.event)).into());
            }
        }
        Ok(())
    }
}

fn nothing() -> Stop {
    Stop::Harness("nothing was to be registered".to_owned())
}

/// A party that nobody knows yet, beside one that the target knows.
pub(super) fn guest(world: &World, host: usize) -> Result<Peer, Stop> {
    guest_named(world, host, "guest")
}

fn guest_named(world: &World, host: usize, kind: &str) -> Result<Peer, Stop> {
    let host = &world.party(host)?.peer;
    let name = format!("{kind}-{}", uuid::Uuid::new_v4().simple());
    let base = format!("{}/{name}", host.identifier.trim_end_matches('/'));
    let url = |path: &str| {
        Url::parse(&format!("{base}/{path}")).map_err(|e| Stop::Harness(e.to_string()))
    };
    let as_issuer = match &host.as_issuer {
        Some(issuer) => Some(AsIssuer {
            identifier: base.clone(),
            token_call: url("token-call")?,
            token_issue: issuer
                .token_issue
                .iter()
                .map(|u| own_issue_url(u, &host.name, &name))
                .collect(),
        }),
        None => None,
    };
    Ok(Peer {
        kind: PeerKind::Good,
        registered: false,
        receives: url("token-issue")?,
        identifier: base.clone(),
        as_issuer,
        name,
    })
}

/// The target's URL for the token issues of another peer: one of its own where the peers have their own.
fn own_issue_url(url: &Url, of: &str, name: &str) -> Url {
    let mut own = url.clone();
    if let Some(base) = url.path().strip_suffix(of) {
        own.set_path(&format!("{base}{name}"));
    }
    own
}

pub(super) fn as_initiator(peer: &Peer) -> Registration {
    Registration {
        name: peer.name.clone(),
        identifier: peer.identifier.clone(),
        receives: Some(peer.receives.to_string()),
        ..Registration::default()
    }
}

fn as_issuer(peer: &Peer) -> Result<Registration, Stop> {
    let issuer = peer.as_issuer.as_ref();
    let issuer = issuer.ok_or_else(|| {
        Stop::NotExercised("the peers are no issuers in the target file".to_owned())
    })?;
    Ok(Registration {
        name: peer.name.clone(),
        identifier: issuer.identifier.clone(),
        token_call: Some(issuer.token_call.to_string()),
        token_issue: issuer.token_issue.iter().map(Url::to_string).collect(),
        ..Registration::default()
    })
}

/// Puts one fault into a registration.
fn alter(world: &World, entry: &mut Registration, fault: &str) -> Result<(), Stop> {
    let rest = entry
        .identifier
        .strip_prefix("https://")
        .unwrap_or_default()
        .to_owned();
    let (authority, path) = rest.split_once('/').unwrap_or((&rest, ""));
    let (host, port) = authority.rsplit_once(':').unwrap_or((authority, "443"));
    let port_of_canary = world
        .context
        .target
        .peers_of(PeerKind::SpecialUse)
        .find_map(|p| p.receives.port())
        .map_or_else(|| port.to_owned(), |p| p.to_string());
    match fault {
        "with a scheme that is not https" => entry.identifier = format!("http://{rest}"),
        "with capital letters in its scheme" => entry.identifier = format!("HTTPS://{rest}"),
        "with user information" => entry.identifier = format!("https://me@{rest}"),
        "with a query" => entry.identifier.push_str("?x=1"),
        "with a fragment" => entry.identifier.push_str("#top"),
        "with a backslash" => entry.identifier.push_str("\\x"),
        "with a space" => entry.identifier.push_str(" x"),
        "with a letter that is not ASCII" => entry.identifier.push('ü'),
        "of 513 octets" => {
            let missing = 513_usize.saturating_sub(entry.identifier.len());
            entry.identifier.push_str(&"x".repeat(missing));
        }
        "with a dot at the end of its host" => {
            entry.identifier = format!("https://{host}.:{port}/{path}");
        }
        "with a leading zero in its port" => {
            entry.identifier = format!("https://{host}:0{port}/{path}");
        }
        "with capital letters in its host" => move_to(entry, "Guest.example", path),
        "with the default port written out" => move_to(entry, "guest.example:443", path),
        "with an octal number in its host" => {
            move_to(entry, &format!("0177.0.2.1:{port_of_canary}"), path);
        }
        "with a percent sign in its host" => move_to(entry, "guest%2eexample", path),
        "with a full-width dot in its host" => move_to(entry, "guest．example", path),
        "with an A-label in capitals" => move_to(entry, "XN--rbe-hoa.example", path),
        "with a label that is no A-label" => move_to(entry, "xn--a.example", path),
        "with a decimal number as its host" => {
            move_to(entry, &format!("{CANARY_DECIMAL}:{port_of_canary}"), path);
        }
        "with a hexadecimal number as its host" => {
            move_to(entry, &format!("{CANARY_HEX}:{port_of_canary}"), path);
        }
        "with a receive URL at another port" => {
            entry.receives = Some(super::answers::elsewhere(world)?);
        }
        "with a receive URL at another host" => {
            entry.receives = Some(format!("https://elsewhere.{host}:{port}/{path}"));
        }
        "with a receive URL that is not https" => {
            entry.receives = entry
                .receives
                .as_ref()
                .map(|u| u.replacen("https:", "http:", 1));
        }
        "under the identifier of another" => {
            entry
                .identifier
                .clone_from(&world.party(0)?.peer.identifier);
        }
        _ => return Err(unknown("fault", fault)),
    }
    Ok(())
}

/// Gives a party another authority in all of its URLs.
fn move_to(entry: &mut Registration, authority: &str, path: &str) {
    let base = format!("https://{authority}/{path}");
    if entry.receives.is_some() {
        entry.receives = Some(format!("{base}/token-issue"));
    }
    if entry.token_call.is_some() {
        entry.token_call = Some(format!("{base}/token-call"));
    }
    entry.identifier = base;
}

/// Asks the target to register something that is faulty, and keeps what it says.
async fn faulty(world: &mut World, mut guest: Peer, entry: Registration) -> Result<(), Stop> {
    guest.identifier.clone_from(&entry.identifier);
    if let Some(issuer) = &mut guest.as_issuer {
        issuer.identifier.clone_from(&entry.identifier);
    }
    let party = world.invite(0, guest)?;
    world.registrations.faulty = Some(party);
    let said = register(world, entry).await?;
    world.registrations.verdict = Some(said);
    Ok(())
}

/// Registers something that nothing is wrong with, or the scenario has no control.
async fn registered(world: &mut World, entry: Registration) -> Result<(), Stop> {
    match register(world, entry).await? {
        Said::Registered => Ok(()),
        Said::Refused => Err(Stop::Control(
            "the target refuses to register what nothing is wrong with".to_owned(),
        )),
    }
}

async fn register(world: &mut World, entry: Registration) -> Result<Said, Stop> {
    let (name, identifier) = (entry.name.clone(), entry.identifier.clone());
    world.timeline.note(
        "btx",
        "target",
        format!("asks it to register {identifier:?}"),
    );
    let order = Order::Peers {
        register: vec![entry],
        remove: Vec::new(),
    };
    let report = world.context.order(order, PATIENCE).await;
    let said = match report {
        Ok(Report::Peers { registered, .. }) if registered.contains(&name) => Said::Registered,
        Ok(Report::Peers { refused, .. }) if refused.iter().any(|r| r.name == name) => {
            Said::Refused
        }
        Ok(_) => {
            return Err(Stop::Control(
                "the answer to `peers` does not say what became of the registration".to_owned(),
            ));
        }
        Err(words) => return Err(Stop::Control(words)),
    };
    world
        .timeline
        .note("target", "btx", format!("{said:?}").to_lowercase());
    let shared = world.party(0)?.peer.identifier == identifier;
    if said == Said::Registered && !shared {
        world.registrations.leftover.push(identifier);
    }
    Ok(said)
}

/// A token call in the name of the party that should not have been registered.
async fn call_as_faulty(world: &mut World) -> Result<Answer, Stop> {
    let party = world.registrations.faulty.ok_or_else(nothing)?;
    let values = world.fresh_values(party)?;
    let draft = Draft::faultless(&values);
    let mut call = world.send(party, values, draft, 0)?;
    let answer = call.finish().await.clone();
    world.others.push(call);
    Ok(answer)
}

/// What the target says counts only together with what it does.
fn refused(world: &World) -> Result<(), Stop> {
    let said = world.registrations.verdict.as_ref().ok_or_else(nothing)?;
    if *said == Said::Registered {
        return Err(Failure::new("a refusal", "the target has registered it", None).into());
    }
    let shared = world.registrations.faulty.is_some_and(|party| {
        let of = |index| world.party(index).map(|p| p.peer.identifier.clone()).ok();
        of(party) == of(0)
    });
    match &world.registrations.call {
        // The identifier is another party's, and its call is that party's.
        Some(_) if shared => Ok(()),
        // 502 and 504 say that the party was called back.
        Some(answer) if matches!(answer.status(), Some(200..=299 | 502 | 504)) => Err(Failure::new(
            "a refusal of the token call without a call back, as the target says that it knows no such party",
            answer.words(),
            Some(answer.event),
        )
        .into()),
        _ => Ok(()),
    }
}

/// Removes what the scenario has registered.
pub(crate) async fn settle(world: &mut World) {
    let remove = std::mem::take(&mut world.registrations.leftover);
    if !remove.is_empty() {
        let register = Vec::new();
        // A target that cannot remove has them until it is started anew; the next run uses others.
        let _ = world
            .context
            .order(Order::Peers { register, remove }, PATIENCE)
            .await;
    }
}
