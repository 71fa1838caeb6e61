//! What the steps of the scenarios do.
//!
//! Arranging and acting never judge: they record. Judging steps come last, after the control of the
//! scenario, and say what was expected and what came.

mod addresses;
mod answers;
mod asynchronous;
mod calls;
mod controlled;
mod initiator;
mod issues;
mod jose;
pub mod jwt;
pub mod lifecycle;
pub mod oauth;
mod parallel;
mod reflection;
mod refusals;
mod registration;
pub mod registry;
mod resource;
mod tls;
mod tokens;

use crate::timeline::EventId;
pub(crate) use answers::followed as answers_followed;
pub(crate) use asynchronous::settle as settle_asynchronous;
pub(crate) use calls::rehearse as rehearse_issuer;
pub(crate) use initiator::{
    judging::sent_twice, rehearse as rehearse_initiator, settle as settle_initiator,
};
pub use jwt::JwtWorld;
pub(crate) use jwt::settle as settle_jwt;
pub use lifecycle::LifecycleSeen;
pub(crate) use lifecycle::issuer::sessions::obtain::obtain as obtain_session;
pub(crate) use lifecycle::settle as settle_lifecycle;
pub use oauth::OauthWorld;
pub(crate) use oauth::settle_client;
pub use registration::Registrations;
pub(crate) use registration::settle as settle_registration;
use registry::Steps;

/// Why a scenario does not go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// The target did what it must not do, or not what it must.
    Failed(Failure),
    /// The control of the scenario failed, so that nothing can be said.
    Control(String),
    /// Something that the scenario needs is not there.
    NotExercised(String),
    /// The harness itself is wrong.
    Harness(String),
}

impl Stop {
    /// Why, in words.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Failed(failure) => failure.actual.clone(),
            Self::Control(words) | Self::NotExercised(words) | Self::Harness(words) => {
                words.clone()
            }
        }
    }
}

/// What was expected, and what came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What was expected, in words.
    pub expected: String,
    /// What came.
    pub actual: String,
    /// The message that shows it.
    pub event: Option<EventId>,
    /// The requirements of the scenario that are broken, if it is not all of them.
    pub blames: Blame,
}

/// Which requirements of a scenario a failure breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// All of them.
    All,
    /// This one only.
    Only(&'static str),
    /// All but these.
    AllBut(&'static [&'static str]),
}

impl Failure {
    /// A failure that breaks all requirements of its scenario.
    pub fn new(
        expected: impl Into<String>,
        actual: impl Into<String>,
        event: Option<EventId>,
    ) -> Self {
        Self {
            expected: expected.into(),
            actual: actual.into(),
            event,
            blames: Blame::All,
        }
    }

    /// The same failure, blamed otherwise.
    #[must_use]
    pub fn blaming(mut self, blames: Blame) -> Self {
        self.blames = blames;
        self
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// All steps there are.
///
/// # Errors
/// A pattern that is no Cucumber expression.
pub fn all() -> Result<Steps, String> {
    Steps::compile(
        [
            calls::steps(),
            answers::steps(),
            addresses::steps(),
            registration::steps(),
            controlled::steps(),
            issues::steps(),
            tokens::steps(),
            refusals::steps(),
            parallel::steps(),
            asynchronous::steps(),
            resource::steps(),
            tls::steps(),
            reflection::steps(),
            initiator::steps(),
            initiator::issues::steps(),
            initiator::uses::steps(),
            initiator::judging::steps(),
            initiator::polling::steps(),
            initiator::certificates::steps(),
            initiator::patience::steps(),
            initiator::together::steps(),
        ]
        .into_iter()
        .chain(oauth::steps())
        .chain(jwt::steps())
        .chain(lifecycle::steps())
        .flatten()
        .collect(),
    )
}
