//! Where token issues may go: names that lead to addresses of special use, and such addresses themselves.

use super::{Failure, Stop, calls::unknown, registry::steps};
use crate::{lab::names::Leads, run::Absence, target::PeerKind, world::World};
use std::net::{IpAddr, Ipv4Addr};

steps! {
    "a registered initiator whose name the lab resolves" => |world| {
        world.lease(PeerKind::Named, 1).await?;
        if world.context.target.harness.dns.is_none() {
            return Err(Stop::NotExercised("the target file has no [harness] dns".to_owned()));
        }
        Ok(())
    }
    "initiators that are registered at special-use addresses" => |world| {
        // Where the system lacks one of the addresses, the others are still looked at.
        let left_out = world.context.lab.left_out();
        let peers = world.context.target.peers_of(PeerKind::SpecialUse);
        let all = peers.filter(|p| !left_out.contains_key(&p.name)).count();
        world.lease(PeerKind::SpecialUse, all.max(1)).await
    }
    "its name leads to {words}" => |world, place| {
        let leads = leads(world, &place)?;
        let name = name_of(world)?;
        world.timeline.note("btx", "btx", format!("leads {name} to {}", words(&leads)));
        world.context.lab.names().lead(&name, leads);
        Ok(())
    }
    "it makes a token call, for which its name is looked up" => |world| {
        let mut call = world.begin(0)?;
        call.finish().await;
        world.call = Some(call);
        looked_up(world)
    }
    "each of them makes a token call" => |world| {
        for party in 0..world.parties.len() {
            let mut call = world.begin(party)?;
            let status = call.finish().await.status();
            let peer = &world.party(party)?.peer;
            if peer.registered && status == Some(404) {
                return Err(Stop::NotExercised(format!(
                    "the target does not know the peer {}: register it, or let the target file say `registered = false` if the target refuses to",
                    peer.name
                )));
            }
            world.others.push(call);
        }
        Ok(())
    }
    "no connection came to an address that is not public" => |world| {
        for party in &world.parties {
            if let Some(event) = party.lease.touched().first() {
                return Err(Failure::new(
                    "no connection to a special-use address that was not declared public",
                    "a connection",
                    Some(*event),
                ).into());
            }
        }
        let leases: Vec<_> = world.parties.iter().map(|p| p.lease.clone()).collect();
        world.absences.extend(leases.into_iter().map(|lease| Absence::NotTouched { lease }));
        Ok(())
    }
    "none of these calls succeeded" => |world| {
        for call in world.others.iter().filter(|c| is_special(world, c.party)) {
            if let Some(answer) = call.answer.as_ref().filter(|a| a.status() == Some(204)) {
                return Err(Failure::new("a refusal", answer.words(), Some(answer.event)).into());
            }
        }
        Ok(())
    }
}

fn is_special(world: &World, party: usize) -> bool {
    world
        .party(party)
        .is_ok_and(|p| p.peer.kind == PeerKind::SpecialUse)
}

fn name_of(world: &World) -> Result<String, Stop> {
    let host = world.party(0)?.peer.receives.host_str().map(str::to_owned);
    host.ok_or_else(|| Stop::Harness("a peer without a host".to_owned()))
}

/// Without a question to the name server the call says nothing about names.
fn looked_up(world: &World) -> Result<(), Stop> {
    if world.context.lab.names().asked(&name_of(world)?) > 0 {
        return Ok(());
    }
    Err(Stop::NotExercised(
        "the target has not asked the lab's name server, [harness] dns".to_owned(),
    ))
}

/// Where a name leads, in words.
fn leads(world: &World, place: &str) -> Result<Leads, Stop> {
    let public = world.context.target.harness.listen.ip();
    let canary_4 = canary(world, IpAddr::is_ipv4);
    let canary_6 = canary(world, IpAddr::is_ipv6);
    Ok(match place {
        "a public address" => vec![vec![public]],
        "an address of loopback" => vec![vec![canary_4?]],
        "the IPv6 address of loopback" => vec![vec![canary_6?]],
        "an address of loopback within an IPv6 address" => vec![vec![mapped(canary_4?)]],
        "an address of loopback and a public one" => vec![vec![canary_4?, public]],
        "a public address at first, and one of loopback from then on" => {
            vec![vec![public], vec![canary_4?]]
        }
        _ => return Err(unknown("place", place)),
    })
}

/// An address at which the lab watches, of the one or the other kind.
fn canary(world: &World, kind: fn(&IpAddr) -> bool) -> Result<IpAddr, Stop> {
    let canaries = world.context.lab.canaries();
    let found = canaries.iter().copied().find(kind);
    found.ok_or_else(|| {
        let mut unwatched = world.context.lab.unwatched().iter();
        let why = unwatched.find(|(address, _)| kind(address));
        Stop::NotExercised(match why {
            Some((_, why)) => format!("the lab cannot watch at {why}"),
            None => "the lab watches at no such address: see [harness] canaries".to_owned(),
        })
    })
}

fn mapped(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(address) => Ipv4Addr::to_ipv6_mapped(&address).into(),
        IpAddr::V6(_) => address,
    }
}

fn words(leads: &Leads) -> String {
    let one = |answer: &Vec<IpAddr>| {
        let all: Vec<String> = answer.iter().map(ToString::to_string).collect();
        all.join(" and ")
    };
    let all: Vec<String> = leads.iter().map(one).collect();
    all.join(", and then to ")
}
