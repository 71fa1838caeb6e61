//! How the parties answer token issues.

use super::{Failure, Stop, calls::unknown, registry::steps};
use crate::{lab::PeerAnswer, run::Absence, world::World};

steps! {
    "it answers token issues with {words}" => |world, words| {
        let answer = in_words(world, &words)?;
        world.set_answers(0, vec![answer])
    }
    "it answers the first token issue with {words}, and the next with {count}" => |world, words, next| {
        let first = in_words(world, &words)?;
        let next = in_words(world, &next)?;
        world.set_answers(0, vec![first, next])
    }
    "it holds token issues" => |world| {
        world.set_answers(0, vec![PeerAnswer::Hold])
    }
    "the redirect was not followed" => |world| {
        let path = elsewhere_path(world)?;
        let party = world.party(0)?;
        let stray = party.lease.strays().first().map(|s| s.event);
        if stray.is_some() || world.context.lab.was_reached_elsewhere(&path) {
            return Err(followed(stray).into());
        }
        let absence = Absence::NotReached { lease: party.lease.clone(), elsewhere: path };
        world.absences.push(absence);
        Ok(())
    }
}

pub(crate) fn followed(event: Option<usize>) -> Failure {
    Failure::new(
        "no request to where the redirect led",
        "a request arrived there",
        event,
    )
    .blaming(super::Blame::Only("HT-ANY-023"))
}

/// A URL of the server where redirects lead that is this party's alone.
pub(super) fn elsewhere(world: &World) -> Result<String, Stop> {
    Ok(format!(
        "{}{}",
        world.context.lab.elsewhere(),
        elsewhere_path(world)?
    ))
}

/// A path of the server where redirects lead that is this party's alone.
pub(super) fn elsewhere_path(world: &World) -> Result<String, Stop> {
    let party = world.party(0)?;
    let timeline = world.timeline.id();
    Ok(format!("/{}/{timeline}", party.peer.name))
}

fn in_words(world: &World, words: &str) -> Result<PeerAnswer, Stop> {
    let beside = format!("{}/beside", world.party(0)?.peer.receives);
    let elsewhere = elsewhere(world)?;
    PeerAnswer::from_words(words, &beside, &elsewhere).ok_or_else(|| unknown("answer", words))
}
