//! What a run tells: to a terminal while it goes on, and to files.

pub mod json;
pub mod junit;
pub mod terminal;
pub mod timeline;

use crate::{
    known_failures::Stale,
    run::Outcome,
    target::Target,
    verdict::{RequirementVerdict, RunVerdict, Strictness, Verdict, of_scenario},
};
use btx_spec::catalogue::{Catalogue, RequirementId};
use std::time::Duration;

/// The roles that scenarios are about, by their tags.
pub const ROLES: [&str; 2] = ["issuer", "initiator"];

/// What is known before the first scenario.
pub struct Opening<'a> {
    /// The implementation under test.
    pub target: &'a Target,
    /// How many scenarios are going to run.
    pub scenarios: usize,
    /// The seed of the run.
    pub seed: u64,
}

/// What is known after the last scenario.
pub struct Closing<'a> {
    /// The verdict of the run.
    pub verdict: RunVerdict,
    /// All outcomes, in the order of their files and lines.
    pub outcomes: &'a [Outcome],
    /// The verdicts of all requirements that were concerned.
    pub requirements: &'a [RequirementVerdict],
    /// Known failures that did not fail.
    pub stale: &'a [Stale],
    /// The catalogue of the specification.
    pub catalogue: &'a Catalogue,
    /// Whether only some of the scenarios were selected.
    pub selected: bool,
    /// Requirements that bind the target and that no scenario of the suite is about yet.
    pub uncovered: &'a [RequirementId],
    /// How long the run took.
    pub took: Duration,
    /// How strict it was.
    pub strictness: Strictness,
}

impl Closing<'_> {
    /// How many scenarios have that verdict.
    #[must_use]
    pub fn scenarios(&self, verdict: Verdict) -> usize {
        self.outcomes
            .iter()
            .filter(|o| of_scenario(o, self.catalogue) == verdict)
            .count()
    }

    /// How many scenarios of a role have that verdict; one that is about both roles counts for each.
    #[must_use]
    pub fn scenarios_of(&self, role: &str, verdict: Verdict) -> usize {
        let of_role = self.outcomes.iter().filter(|o| o.scenario.has_tag(role));
        of_role
            .filter(|o| of_scenario(o, self.catalogue) == verdict)
            .count()
    }

    /// How many requirements have that verdict.
    #[must_use]
    pub fn requirements(&self, verdict: Verdict) -> usize {
        self.requirements
            .iter()
            .filter(|r| r.verdict == verdict)
            .count()
    }
}
