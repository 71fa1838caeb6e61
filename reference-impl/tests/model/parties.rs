//! Who takes part: an initiator, an honest issuer, and one that is not, which is an initiator of the other, too.

use std::sync::LazyLock;
use std::time::Duration;

use btx_reference::initiator;
use btx_reference::issuer::{Partner, Partners};
use btx_reference::random::{Random, RandomError};
use btx_spec::{ExchangeId, HmacKey, Identifier, ReceiveUrl, TokenCall, Version};

/// Unix seconds, all the time.
pub(crate) const NOW: i64 = 1_767_225_600;

/// Who can be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Party {
    /// The initiator.
    Initiator,
    /// The honest issuer.
    Honest,
    /// The dishonest one.
    Mallory,
}

impl Party {
    /// Its identifier.
    pub(crate) fn identifier(self) -> Identifier {
        Identifier::parse(match self {
            Self::Initiator => "https://initiator.example",
            Self::Honest => "https://honest.example",
            Self::Mallory => "https://mallory.example",
        })
        .unwrap()
    }
}

/// The exchanges that there are: two of the initiator, and one that Mallory begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Of {
    /// The initiator's with the honest issuer.
    Honest,
    /// The initiator's with Mallory.
    Mallory,
    /// Mallory's own with the honest issuer.
    Own,
}

impl Of {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::Honest, Self::Mallory, Self::Own];

    /// The token call as its sender makes it.
    pub(crate) fn call(self) -> &'static TokenCall {
        static CALLS: LazyLock<[TokenCall; 3]> = LazyLock::new(|| Of::ALL.map(Of::new_call));
        let [honest, mallory, own] = &*CALLS;
        match self {
            Self::Honest => honest,
            Self::Mallory => mallory,
            Self::Own => own,
        }
    }

    fn new_call(self) -> TokenCall {
        let (initiator, issuer) = match self {
            Self::Honest => (Party::Initiator, Party::Honest),
            Self::Mallory => (Party::Initiator, Party::Mallory),
            Self::Own => (Party::Mallory, Party::Honest),
        };
        TokenCall {
            version: Version,
            exchange_id: ExchangeId::from_random([self as u8 + 1; 16]),
            issuer: issuer.identifier(),
            initiator: initiator.identifier(),
            hmac_key: HmacKey::from_bytes([self as u8 + 1; 32]),
        }
    }

    /// Which exchange an id belongs to.
    pub(crate) fn with_id(id: &ExchangeId) -> Self {
        let found = Self::ALL
            .into_iter()
            .find(|of| of.call().exchange_id == *id);
        found.unwrap()
    }
}

/// The initiator's state machine of one of its exchanges.
pub(crate) fn machine(of: Of) -> initiator::Exchange {
    initiator::Exchange::new(of.call().clone(), 60, Duration::from_secs(60))
}

/// Where the initiator gets the tokens of an issuer.
pub(crate) fn receives(issuer: Party, one_url_for_all: bool) -> &'static str {
    match issuer {
        _ if one_url_for_all => "https://initiator.example/issue",
        Party::Honest => "https://initiator.example/issue/honest",
        Party::Mallory | Party::Initiator => "https://initiator.example/issue/mallory",
    }
}

/// Where Mallory gets tokens.
pub(crate) const MALLORY_RECEIVES: &str = "https://mallory.example/issue";

/// Who is registered with the honest issuer.
pub(crate) fn partners(one_url_for_all: bool) -> &'static Partners {
    static EACH: LazyLock<[Partners; 2]> = LazyLock::new(|| [false, true].map(register));
    let [apart, together] = &*EACH;
    if one_url_for_all { together } else { apart }
}

fn register(one_url_for_all: bool) -> Partners {
    let registered = [
        (Party::Initiator, receives(Party::Honest, one_url_for_all)),
        (Party::Mallory, MALLORY_RECEIVES),
    ];
    let partner = |(party, url): (Party, &str)| {
        Partner::new(party.identifier(), ReceiveUrl::parse(url).unwrap()).unwrap()
    };
    Partners::from(Vec::from(registered.map(partner)))
}

/// Randomness that gives one byte again and again, so that states can be told apart and are found again.
pub(crate) struct Same(pub u8);

impl Random for Same {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        bytes.fill(self.0);
        Ok(())
    }
}
