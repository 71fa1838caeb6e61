//! What is promised of every state, and what has to happen in some.

use stateright::{Model, Property};

use super::act::{Act, happen, possible};
use super::parties::Of;
use super::world::World;

/// How the exchanges are set up.
#[derive(Clone, Copy)]
pub(crate) struct Exchanges {
    /// The honest issuer does not look at the audience of a token call.
    pub(crate) any_audience: bool,
    /// The initiator gets the tokens of all issuers at one URL.
    pub(crate) one_url_for_all_issuers: bool,
    /// The store carries out an activation however late.
    pub(crate) store_takes_what_is_late: bool,
    /// Whether the initiator begins an exchange with the honest issuer.
    pub(crate) with_honest: bool,
    /// Whether it begins one with Mallory.
    pub(crate) with_mallory: bool,
    /// How often a message of an honest party may arrive.
    pub(crate) arrivals: u8,
    /// How many messages Mallory may send.
    pub(crate) sends: u8,
    /// How many replicas may die.
    pub(crate) deaths: u8,
    /// How many records of a failure may be lost.
    pub(crate) losses: u8,
}

impl Exchanges {
    /// One exchange with an honest issuer: messages arrive twice, and a replica dies.
    pub(crate) const WITH_FAULTS: Self = Self {
        any_audience: false,
        one_url_for_all_issuers: false,
        store_takes_what_is_late: false,
        with_honest: true,
        with_mallory: false,
        arrivals: 2,
        sends: 0,
        deaths: 1,
        losses: 1,
    };

    /// An exchange with an honest issuer beside one that somebody has begun with Mallory.
    pub(crate) const BESIDE: Self = Self {
        with_mallory: true,
        deaths: 0,
        losses: 0,
        ..Self::WITH_FAULTS
    };

    /// An exchange with Mallory, who has an exchange of its own with the honest issuer.
    pub(crate) const DISHONEST: Self = Self {
        with_honest: false,
        with_mallory: true,
        arrivals: 1,
        sends: 2,
        deaths: 0,
        losses: 0,
        ..Self::WITH_FAULTS
    };
}

/// Something that holds in every state, or is seen in one.
pub(crate) struct Claim {
    /// In words.
    pub(crate) name: &'static str,
    /// Whether it is so.
    holds: fn(&Exchanges, &World) -> bool,
}

/// The promise that Mallory breaks when it can relay.
pub(crate) const STOLEN: &str =
    "no token that opens a resource for the initiator is known to Mallory";

/// The promise that a late store breaks.
pub(crate) const REVIVED: &str =
    "a token whose failure was told or whose refusal has arrived opens nothing";

/// A hope of every setting with the honest issuer.
pub(crate) const SUCCEEDS: &str = "an exchange succeeds";

/// A hope where messages get lost.
pub(crate) const RESENT: &str = "one succeeds although its token issue had to be sent again";

/// A hope where Mallory is called.
pub(crate) const MALLORYS: &str = "Mallory gives the initiator a token of its own";

/// What holds in every state.
pub(crate) const NEVER: [Claim; 6] = [
    Claim {
        name: STOLEN,
        holds: |_, world| {
            let known = &world.mallory.tokens;
            world
                .live()
                .all(|(of, token)| of == Of::Own || !known.contains(&token))
        },
    },
    Claim {
        name: REVIVED,
        holds: |_, world| {
            world
                .live()
                .all(|(_, token)| !world.record.dead.contains(&token))
        },
    },
    Claim {
        name: "a token opens a resource for the initiator only after its 204",
        holds: |_, world| {
            let accepted = &world.record.accepted;
            world
                .live()
                .all(|(of, token)| of == Of::Own || accepted.contains(&token))
        },
    },
    Claim {
        name: "a token whose success was told opens the resource",
        holds: |_, world| {
            let live: Vec<_> = world.live().map(|(_, token)| token).collect();
            world
                .record
                .told_live
                .iter()
                .all(|token| live.contains(token))
        },
    },
    Claim {
        name: "the initiator uses no token of the honest issuer that does not open its resource",
        holds: |_, world| {
            let used = world.with_honest.uses;
            used.is_none_or(|used| {
                world
                    .live()
                    .any(|(of, token)| (of, token) == (Of::Honest, used))
            })
        },
    },
    Claim {
        name: "one exchange makes one token, however often and wherever its call arrives",
        holds: |_, world| {
            let minted = &world.record.minted;
            Of::ALL
                .iter()
                .all(|of| minted.iter().filter(|(made, _)| made == of).count() <= 1)
        },
    },
];

/// What has to be seen in some state, or the promises would be kept by doing nothing.
pub(crate) const HOPES: [Claim; 3] = [
    Claim {
        name: SUCCEEDS,
        holds: |_, world| world.with_honest.uses.is_some(),
    },
    Claim {
        name: RESENT,
        holds: |_, world| world.with_honest.uses.is_some() && world.record.resent,
    },
    Claim {
        name: MALLORYS,
        holds: |_, world| world.with_mallory.uses.is_some(),
    },
];

impl Model for Exchanges {
    type State = World;
    type Action = Act;

    fn init_states(&self) -> Vec<World> {
        vec![World::new(self.sends, self.deaths, self.losses)]
    }

    fn actions(&self, state: &World, acts: &mut Vec<Act>) {
        possible(self, state, acts);
    }

    fn next_state(&self, before: &World, act: Act) -> Option<World> {
        happen(self, before, act)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let always = NEVER.map(|claim| Property::always(claim.name, claim.holds));
        let sometimes = HOPES.map(|claim| Property::sometimes(claim.name, claim.holds));
        always.into_iter().chain(sometimes).collect()
    }
}
