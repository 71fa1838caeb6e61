//! Issuers whose certificates nobody is to believe, from the beginning or from some moment on.

use super::{desk, issuers, seen};
use crate::{
    initiation::Before,
    steps::{Failure, Stop, calls::faulty_certificate, registry::steps},
    world::World,
};

steps! {
    "an issuer that the target knows, whose certificate is {words}" => |world, fault| {
        issuers(world, faulty_certificate(&fault)?, 1).await
    }
    "an issuer that the target knows, whose certificate becomes {words} later" => |world, fault| {
        issuers(world, faulty_certificate(&fault)?, 1).await?;
        world.party(0)?.lease.show_sound_certificate(true);
        Ok(())
    }
    "its certificate is {words} from now on" => |world, fault| {
        let party = world.party(0)?;
        if party.peer.kind != faulty_certificate(&fault)? {
            return Err(Stop::Harness(format!("the issuer of the scenario has no certificate that is {fault}")));
        }
        party.lease.show_sound_certificate(false);
        let before = Before { seen: seen(world, 0)?, connections: party.lease.connections() };
        world.initiation.before_faulty = Some(before);
        super::note(world, &format!("its certificate is {fault} from now on"));
        Ok(())
    }
    "no byte of a token call was sent to it" => |world| {
        match desk(world, 0)?.calls().first() {
            None => connected(world, 0),
            Some(call) => Err(sent("a token call", call.visit.event)),
        }
    }
    "no byte of a request was sent to it from then on" => |world| {
        let before = world.initiation.before_faulty.ok_or_else(|| Stop::Harness("its certificate has not changed".to_owned()))?;
        let desk = desk(world, 0)?;
        let call = desk.calls().get(before.seen.calls).map(|call| ("a token call", call.visit.event));
        let poll = desk.polls().get(before.seen.polls).map(|poll| ("a request for the status", poll.event));
        let used = desk.uses().get(before.seen.uses).map(|used| ("a call of its API", used.event));
        match call.or(poll).or(used) {
            None => connected(world, before.connections),
            Some((what, event)) => Err(sent(what, event)),
        }
    }
}

fn sent(what: &str, event: usize) -> Stop {
    Failure::new(
        "no request on a connection whose certificate is wrong",
        what,
        Some(event),
    )
    .into()
}

/// Whoever has not even connected has shown nothing about certificates.
fn connected(world: &World, before: usize) -> Result<(), Stop> {
    if world.party(0)?.lease.connections() > before {
        return Ok(());
    }
    Err(Stop::Control(
        "the target has not connected to the peer at all".to_owned(),
    ))
}
