//! Everything there is at one moment: the machines, the store, what is on its way, and what Mallory knows.

use std::collections::{BTreeMap, BTreeSet};

use btx_reference::store::LiveToken;
use btx_reference::{initiator, issuer};
use bytes::Bytes;

use super::parties::{Of, Party, machine};

/// How many replicas the honest issuer has.
pub(crate) const REPLICAS: usize = 2;

/// One run of an exchange: at which replica, and which.
pub(crate) type RunKey = (usize, Of);

/// A token, by the byte that it is made of.
pub(crate) type Token = u8;

/// The state of the whole.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct World {
    /// The initiator's exchange with the honest issuer.
    pub(crate) with_honest: Initiated,
    /// Its exchange with Mallory.
    pub(crate) with_mallory: Initiated,
    /// What runs at the honest issuer.
    pub(crate) runs: BTreeMap<RunKey, Run>,
    /// What its store knows.
    pub(crate) store: BTreeMap<Of, Kept>,
    /// Activations whose replica does not wait for them any more.
    pub(crate) late: BTreeSet<(Of, Token)>,
    /// Every message on its way, and how often it may still arrive.
    pub(crate) wire: BTreeMap<Message, u8>,
    /// What Mallory knows, and how much it may still do.
    pub(crate) mallory: Mallory,
    /// What has been said and done, which no later state may belie.
    pub(crate) record: Record,
    /// How many replicas may still die.
    pub(crate) deaths_left: u8,
    /// How many records of a failure may still be lost.
    pub(crate) losses_left: u8,
}

/// An exchange of the initiator.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Initiated {
    /// Its machine.
    pub(crate) machine: initiator::Exchange,
    /// Whether it has begun.
    pub(crate) begun: bool,
    /// The token that it has accepted.
    pub(crate) holds: Option<Token>,
    /// The token that it uses, if it ended well.
    pub(crate) uses: Option<Token>,
    /// Whether it has ended.
    pub(crate) ended: bool,
}

/// A run of an exchange at a replica.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Run {
    /// Its machine.
    pub(crate) machine: issuer::Exchange,
    /// Who waits for the answer to the token call.
    pub(crate) caller: Party,
    /// Where the token issue goes.
    pub(crate) receives: String,
    /// Which token it is about.
    pub(crate) token: Token,
    /// How often the token issue was sent.
    pub(crate) attempt: u8,
    /// The activation that is being written, if one is.
    pub(crate) activating: Option<LiveToken>,
}

/// What the store knows of an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kept {
    /// It has begun.
    Open,
    /// Its token is live.
    Live(Token),
    /// It has failed.
    Failed,
}

/// Something on its way.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Message {
    /// A token call to the honest issuer.
    Call {
        /// Who sent it, and waits for the answer.
        from: Party,
        /// Its body.
        body: Bytes,
    },
    /// A token issue.
    Issue {
        /// The URL that it goes to.
        to: String,
        /// Its body.
        body: Bytes,
        /// The run that waits for the answer, and at which attempt; none if Mallory sent it.
        answer_to: Option<(RunKey, u8)>,
    },
    /// The answer to a token issue.
    IssueAnswer {
        /// The run that it goes to.
        run: RunKey,
        /// The attempt that it belongs to.
        attempt: u8,
        /// The token that it is about.
        token: Token,
        /// Its status.
        status: u16,
    },
    /// The answer to a token call of the initiator.
    CallAnswer {
        /// Which of its exchanges.
        of: Of,
        /// Its status.
        status: u16,
    },
}

/// What Mallory knows, and how much it may still do.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Mallory {
    /// Exchanges whose id and key it knows.
    pub(crate) calls: BTreeSet<Of>,
    /// Tokens that it knows.
    pub(crate) tokens: BTreeSet<Token>,
    /// How many messages it may still send.
    pub(crate) sends_left: u8,
}

/// What has been said and done, which no later state may belie.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Record {
    /// Tokens that the initiator has accepted with 204.
    pub(crate) accepted: BTreeSet<Token>,
    /// Tokens whose failure was told, or whose refusal has arrived.
    pub(crate) dead: BTreeSet<Token>,
    /// Tokens whose success was told.
    pub(crate) told_live: BTreeSet<Token>,
    /// Every token that was made, and for which exchange.
    pub(crate) minted: BTreeSet<(Of, Token)>,
    /// Whether some token issue was sent again.
    pub(crate) resent: bool,
}

impl World {
    /// Nothing has happened.
    pub(crate) fn new(sends: u8, deaths: u8, losses: u8) -> Self {
        let initiated = |of| Initiated {
            machine: machine(of),
            begun: false,
            holds: None,
            uses: None,
            ended: false,
        };
        Self {
            with_honest: initiated(Of::Honest),
            with_mallory: initiated(Of::Mallory),
            runs: BTreeMap::new(),
            store: BTreeMap::new(),
            late: BTreeSet::new(),
            wire: BTreeMap::new(),
            mallory: Mallory {
                calls: BTreeSet::from([Of::Own]),
                tokens: BTreeSet::from([MALLORYS]),
                sends_left: sends,
            },
            record: Record::default(),
            deaths_left: deaths,
            losses_left: losses,
        }
    }

    /// The initiator's part of an exchange, if it has one.
    pub(crate) fn initiated(&mut self, of: Of) -> Option<&mut Initiated> {
        match of {
            Of::Honest => Some(&mut self.with_honest),
            Of::Mallory => Some(&mut self.with_mallory),
            Of::Own => None,
        }
    }

    /// The tokens that open the resource of the honest issuer now, and for whom.
    pub(crate) fn live(&self) -> impl Iterator<Item = (Of, Token)> {
        self.store.iter().filter_map(|(of, kept)| match kept {
            Kept::Live(token) => Some((*of, *token)),
            Kept::Open | Kept::Failed => None,
        })
    }

    /// Puts a message on its way. It arrives as often as that, or less often.
    pub(crate) fn send(&mut self, message: Message, times: u8) {
        self.wire.entry(message).or_insert(times);
    }
}

/// A token that Mallory has made itself.
pub(crate) const MALLORYS: Token = 99;
