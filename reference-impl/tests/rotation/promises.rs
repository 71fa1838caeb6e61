//! What is promised, and what is hoped for.

use btx_reference::lifecycle::issuer::judge::Verdict;

use crate::world::{Answer, Operator, REPLICAS, Rotations, World};

/// A sentence about a state.
pub(crate) struct Sentence {
    pub(crate) name: &'static str,
    pub(crate) holds: fn(&Rotations, &World) -> bool,
}

/// LC-ISS-020
const OLD: &str = "after a rotation nothing is signed with the key from before";
/// LC-ISS-025
pub(crate) const STOLEN: &str =
    "after an emergency no replica takes what an earlier key has signed";
/// LC-ISS-027
pub(crate) const STRANGER: &str = "what a replica signs no other refuses";
/// LC-ISS-090
pub(crate) const LOGGED_OUT: &str = "after a logout no replica takes a bearer of the session";

/// For worlds in which there are troubles.
pub(crate) const CUT_OFF: &str = "a replica that is cut off cannot say";

/// What holds whatever happens.
pub(crate) const ALWAYS: [Sentence; 4] = [
    Sentence {
        name: OLD,
        holds: |_, world| !world.signed_with_old,
    },
    Sentence {
        name: STOLEN,
        holds: |model, world| {
            let (Operator::Ended { old }, true) = (&world.operators[1], model.hurry) else {
                return true;
            };
            let stolen = |bearer| old.iter().any(|old| old == world.key_of(bearer));
            all(world, |replica, bearer, look| {
                let opens = matches!(
                    world.answer(*model, replica, bearer, look),
                    Answer::Opens(_)
                );
                !(opens && stolen(bearer))
            })
        },
    },
    Sentence {
        name: STRANGER,
        holds: |model, world| {
            // While an emergency gets around, the old and the new are both refused somewhere.
            let quiet = matches!(world.operators[1], Operator::Idle | Operator::Read(_));
            let quiet = quiet || !model.hurry;
            // What the store itself takes, every replica takes that can say anything at all.
            let newest = world.store.0.at(world.now);
            let sound = |bearer: usize| newest.current.id() == world.key_of(bearer);
            !quiet
                || world.logged_out
                || all(world, |replica, bearer, look| {
                    let refuses = world.answer(*model, replica, bearer, look) == Answer::Refuses;
                    !(refuses && sound(bearer) && world.is_young(bearer))
                })
        },
    },
    Sentence {
        name: LOGGED_OUT,
        holds: |model, world| {
            !world.logged_out
                || all(world, |replica, bearer, look| {
                    !matches!(
                        world.answer(*model, replica, bearer, look),
                        Answer::Opens(_)
                    )
                })
        },
    },
];

/// What happens at least once, so that the promises are not kept by doing nothing.
pub(crate) const SOMETIMES: [Sentence; 5] = [
    Sentence {
        name: "a live bearer of the previous key brings a new one",
        holds: |model, world| any_opens(model, world, Verdict::OpenAndReissue),
    },
    Sentence {
        name: "an expired bearer is refreshed",
        holds: |model, world| any_opens(model, world, Verdict::Refresh),
    },
    Sentence {
        name: CUT_OFF,
        holds: |model, world| {
            !all(world, |replica, bearer, look| {
                world.answer(*model, replica, bearer, look) != Answer::Undecided
            })
        },
    },
    Sentence {
        name: "both rotations end",
        holds: |_, world| {
            let ended = |one: &Operator| matches!(one, Operator::Ended { .. });
            world.operators.iter().all(ended)
        },
    },
    Sentence {
        name: "a bearer that was signed after both opens",
        holds: |model, world| {
            let ended = |one: &Operator| matches!(one, Operator::Ended { .. });
            world.operators.iter().all(ended) && any_opens(model, world, Verdict::Open)
        },
    },
];

fn any_opens(model: &Rotations, world: &World, how: Verdict) -> bool {
    !all(world, |replica, bearer, look| {
        world.answer(*model, replica, bearer, look) != Answer::Opens(how)
    })
}

/// Whether it holds for every bearer at every replica, whether that may look for newer keys or may not.
fn all(world: &World, holds: impl Fn(usize, usize, bool) -> bool) -> bool {
    let bearers = world.bearers.len();
    (0..REPLICAS).all(|replica| {
        (0..bearers).all(|bearer| holds(replica, bearer, false) && holds(replica, bearer, true))
    })
}
