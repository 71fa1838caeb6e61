//! Verdicts: of a scenario, of a requirement, and of the run.

use crate::{
    run::{Outcome, TARGET_GONE},
    steps::Blame,
};
use btx_spec::catalogue::{Catalogue, RequirementId};
use std::{collections::BTreeMap, fmt};

/// The verdict of a scenario or of a requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// The target did as it should.
    Passed,
    /// It is about something that the target does not claim.
    NotClaimed,
    /// Nothing can be said, for a reason that is given.
    NotExercised,
    /// A SHOULD was not met.
    Warned,
    /// A MUST was not met.
    Failed,
    /// The harness itself is wrong.
    HarnessError,
}

impl Verdict {
    /// Every verdict, in the order in which they are counted.
    pub const ALL: [Self; 6] = [
        Self::Passed,
        Self::Failed,
        Self::Warned,
        Self::NotExercised,
        Self::NotClaimed,
        Self::HarnessError,
    ];

    /// The verdict as a word of reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Warned => "warned",
            Self::NotExercised => "not_exercised",
            Self::NotClaimed => "not_claimed",
            Self::HarnessError => "harness_error",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name().replace('_', " "))
    }
}

/// What became of a requirement.
#[derive(Debug, Clone)]
pub struct RequirementVerdict {
    /// Its id.
    pub id: RequirementId,
    /// Whether it is a MUST.
    pub must: bool,
    /// The verdict.
    pub verdict: Verdict,
    /// The scenarios that were about it, by id.
    pub scenarios: Vec<String>,
}

/// The verdict of a run, and the exit code that it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunVerdict {
    /// Every MUST of every claimed profile passed.
    Conformant,
    /// All failures are known ones.
    NotConformantAsExpected,
    /// A MUST failed, or a SHOULD with `--strict`.
    NotConformant,
    /// Nothing was run.
    NothingRun,
    /// The target went away.
    TargetGone,
    /// The harness itself is wrong.
    HarnessError,
    /// Nothing failed, and some MUSTs were not exercised.
    Incomplete,
    /// The same, and `--allow-incomplete` was given.
    IncompleteAllowed,
}

impl RunVerdict {
    /// The word of reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Conformant => "conformant",
            Self::NotConformantAsExpected => "not-conformant-as-expected",
            Self::NotConformant => "not-conformant",
            Self::NothingRun => "nothing-run",
            Self::TargetGone => "target-gone",
            Self::HarnessError => "harness-error",
            Self::Incomplete | Self::IncompleteAllowed => "incomplete",
        }
    }

    /// The exit code of `btx check`.
    #[must_use]
    pub fn exit(self) -> u8 {
        match self {
            Self::Conformant | Self::NotConformantAsExpected | Self::IncompleteAllowed => 0,
            Self::NotConformant => 1,
            Self::TargetGone => 3,
            Self::NothingRun => 4,
            Self::HarnessError => 5,
            Self::Incomplete => 6,
        }
    }
}

/// The verdict of a scenario in the light of the levels of its requirements: what breaks no MUST is
/// a warning.
#[must_use]
pub fn of_scenario(outcome: &Outcome, catalogue: &Catalogue) -> Verdict {
    let broken = broken(outcome);
    let must = broken.is_empty() || broken.iter().any(|id| is_must(id, catalogue));
    match outcome.verdict {
        Verdict::Failed if !must => Verdict::Warned,
        verdict => verdict,
    }
}

/// The requirements that a failed scenario shows to be broken.
#[must_use]
pub fn broken(outcome: &Outcome) -> Vec<RequirementId> {
    let Some(failure) = &outcome.failure else {
        return Vec::new();
    };
    let all = &outcome.scenario.requirements;
    let named = |id: &RequirementId, names: &[&str]| names.contains(&id.to_string().as_str());
    let blamed: Vec<RequirementId> = match failure.blames {
        Blame::All => all.clone(),
        Blame::Only(one) => all.iter().filter(|id| named(id, &[one])).copied().collect(),
        Blame::AllBut(others) => all
            .iter()
            .filter(|id| !named(id, others))
            .copied()
            .collect(),
    };
    if blamed.is_empty() {
        all.clone()
    } else {
        blamed
    }
}

fn is_must(id: &RequirementId, catalogue: &Catalogue) -> bool {
    catalogue.get(id).is_none_or(|r| r.level.is_must())
}

/// The verdicts of all requirements that the outcomes are about: the worst of their scenarios.
#[must_use]
pub fn of_requirements(outcomes: &[Outcome], catalogue: &Catalogue) -> Vec<RequirementVerdict> {
    let mut found: BTreeMap<RequirementId, RequirementVerdict> = BTreeMap::new();
    for outcome in outcomes {
        let broken = broken(outcome);
        for id in &outcome.scenario.requirements {
            let must = is_must(id, catalogue);
            let verdict = match outcome.verdict {
                Verdict::Failed if !broken.contains(id) => Verdict::NotExercised,
                Verdict::Failed if !must => Verdict::Warned,
                verdict => verdict,
            };
            let entry = found.entry(*id).or_insert(RequirementVerdict {
                id: *id,
                must,
                verdict,
                scenarios: Vec::new(),
            });
            entry.verdict = worse(entry.verdict, verdict);
            entry.scenarios.push(outcome.scenario.id());
        }
    }
    found.into_values().collect()
}

/// A requirement that has passed where it was claimed has passed.
fn worse(one: Verdict, other: Verdict) -> Verdict {
    match (one, other) {
        (Verdict::Passed, Verdict::NotClaimed) | (Verdict::NotClaimed, Verdict::Passed) => {
            Verdict::Passed
        }
        _ => one.max(other),
    }
}

/// What the user has asked for that bears on the verdict of the run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Strictness {
    /// A SHOULD that is not met is a failure.
    pub strict: bool,
    /// A MUST that was not exercised does not spoil the exit code.
    pub allow_incomplete: bool,
}

/// The verdict of the run. `expected` says whether a scenario's failure is a known one, and
/// `surprises` whether a known failure did not fail.
#[must_use]
pub fn of_run(
    outcomes: &[Outcome],
    requirements: &[RequirementVerdict],
    catalogue: &Catalogue,
    strictness: Strictness,
    expected: impl Fn(&Outcome) -> bool,
    surprises: bool,
) -> RunVerdict {
    let counts = |verdict: Verdict| {
        outcomes
            .iter()
            .filter(|o| of_scenario(o, catalogue) == verdict)
            .count()
    };
    if counts(Verdict::HarnessError) > 0 {
        return RunVerdict::HarnessError;
    }
    if outcomes.len() == counts(Verdict::NotClaimed) {
        return RunVerdict::NothingRun;
    }
    if outcomes.iter().any(|o| o.reason == TARGET_GONE) {
        return RunVerdict::TargetGone;
    }
    let mut failures = outcomes
        .iter()
        .filter(|o| match of_scenario(o, catalogue) {
            Verdict::Failed => true,
            Verdict::Warned => strictness.strict,
            _ => false,
        })
        .peekable();
    let failed = failures.peek().is_some();
    if surprises || failures.any(|o| !expected(o)) {
        return RunVerdict::NotConformant;
    }
    // A known failure is no excuse for what was not looked at.
    if requirements
        .iter()
        .any(|r| r.must && r.verdict == Verdict::NotExercised)
    {
        return if strictness.allow_incomplete {
            RunVerdict::IncompleteAllowed
        } else {
            RunVerdict::Incomplete
        };
    }
    if failed {
        return RunVerdict::NotConformantAsExpected;
    }
    RunVerdict::Conformant
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{scenario::Scenario, steps::Failure};
    use std::time::Duration;

    fn outcome(ids: &[&str], verdict: Verdict, blames: Blame) -> Outcome {
        Outcome {
            scenario: Scenario {
                file: "f.feature".to_owned(),
                line: 1,
                feature: "F".to_owned(),
                name: "S".to_owned(),
                tags: Vec::new(),
                requirements: ids.iter().map(|id| id.parse().unwrap()).collect(),
                steps: Vec::new(),
            },
            verdict,
            reason: String::new(),
            step: None,
            failure: (verdict == Verdict::Failed)
                .then(|| Failure::new("one", "another", None).blaming(blames)),
            took: Duration::ZERO,
            late: None,
            events: Vec::new(),
        }
    }

    fn run(
        outcomes: &[Outcome],
        strictness: Strictness,
        known: bool,
        surprises: bool,
    ) -> RunVerdict {
        let catalogue = Catalogue::embedded().as_ref().unwrap();
        let requirements = of_requirements(outcomes, catalogue);
        of_run(
            outcomes,
            &requirements,
            catalogue,
            strictness,
            |_| known,
            surprises,
        )
    }

    const MUST: &str = "EX-ISS-011";
    const SHOULD: &str = "EX-ISS-030";

    #[test]
    fn the_verdict_of_a_run_follows_from_its_scenarios() {
        let passed = outcome(&[MUST], Verdict::Passed, Blame::All);
        let failed = outcome(&[MUST], Verdict::Failed, Blame::All);
        let warned = outcome(&[SHOULD], Verdict::Failed, Blame::All);
        let missed = outcome(&["EX-ISS-012"], Verdict::NotExercised, Blame::All);
        let unclaimed = outcome(&[MUST], Verdict::NotClaimed, Blame::All);
        let defect = outcome(&[MUST], Verdict::HarnessError, Blame::All);
        let plain = Strictness::default();
        let strict = Strictness {
            strict: true,
            ..plain
        };
        let lenient = Strictness {
            allow_incomplete: true,
            ..plain
        };
        let cases: [(&[&Outcome], Strictness, bool, bool, RunVerdict); 13] = [
            (&[&passed], plain, false, false, RunVerdict::Conformant),
            (
                &[&passed, &failed],
                plain,
                false,
                false,
                RunVerdict::NotConformant,
            ),
            (
                &[&passed, &failed],
                plain,
                true,
                false,
                RunVerdict::NotConformantAsExpected,
            ),
            (&[&passed], plain, true, true, RunVerdict::NotConformant),
            (
                &[&passed, &warned],
                plain,
                false,
                false,
                RunVerdict::Conformant,
            ),
            (
                &[&passed, &warned],
                strict,
                false,
                false,
                RunVerdict::NotConformant,
            ),
            (
                &[&passed, &missed],
                plain,
                false,
                false,
                RunVerdict::Incomplete,
            ),
            (
                &[&passed, &missed],
                lenient,
                false,
                false,
                RunVerdict::IncompleteAllowed,
            ),
            (
                &[&failed, &missed],
                plain,
                false,
                false,
                RunVerdict::NotConformant,
            ),
            (
                &[&failed, &missed],
                plain,
                true,
                false,
                RunVerdict::Incomplete,
            ),
            (&[&unclaimed], plain, false, false, RunVerdict::NothingRun),
            (&[], plain, false, false, RunVerdict::NothingRun),
            (
                &[&failed, &defect],
                plain,
                false,
                false,
                RunVerdict::HarnessError,
            ),
        ];
        for (index, (outcomes, strictness, known, surprises, expected)) in
            cases.into_iter().enumerate()
        {
            let outcomes: Vec<Outcome> = outcomes.iter().map(|o| (*o).clone()).collect();
            assert_eq!(
                run(&outcomes, strictness, known, surprises),
                expected,
                "case {index}"
            );
        }
    }

    #[test]
    fn a_failure_breaks_only_what_it_is_blamed_on() {
        let catalogue = Catalogue::embedded().as_ref().unwrap();
        let both = outcome(
            &[MUST, "EX-ISS-013"],
            Verdict::Failed,
            Blame::Only("EX-ISS-013"),
        );
        let verdicts: Vec<_> = of_requirements(&[both], catalogue)
            .into_iter()
            .map(|r| (r.id.to_string(), r.verdict))
            .collect();
        assert_eq!(
            verdicts,
            [
                (MUST.to_owned(), Verdict::NotExercised),
                ("EX-ISS-013".to_owned(), Verdict::Failed)
            ]
        );
    }

    #[test]
    fn a_requirement_has_the_worst_verdict_of_its_scenarios() {
        assert_eq!(worse(Verdict::Passed, Verdict::Failed), Verdict::Failed);
        assert_eq!(
            worse(Verdict::NotExercised, Verdict::Passed),
            Verdict::NotExercised
        );
        assert_eq!(worse(Verdict::NotClaimed, Verdict::Passed), Verdict::Passed);
        assert_eq!(
            worse(Verdict::NotClaimed, Verdict::NotExercised),
            Verdict::NotExercised
        );
    }
}
