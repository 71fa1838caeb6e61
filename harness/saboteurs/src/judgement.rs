//! Whether the scenarios have told a saboteur apart. Pure: outcomes in, complaints out.

use crate::{Saboteur, saboteur::is_about};
use btx_harness::{
    run::Outcome,
    scenario::Scenario,
    verdict::{self, Verdict},
};
use btx_spec::catalogue::Catalogue;
use std::collections::BTreeSet;

/// How far apart the scenarios of the sample are.
const EVERY: usize = 12;

/// What to do about a scenario or requirement too many.
const LESS: &str = "what to do: break less, or declare it with .also and the reason";
/// What to do about a scenario that has not noticed anything.
const MORE: &str =
    "what to do: mend the scenario, break more, or leave it out with .only or .except";

/// The scenarios that a saboteur is run against: all of its requirement, all that have to notice it,
/// and a sample of the rest that takes no long wait: the first of each feature and every twelfth.
#[must_use]
pub fn sample(saboteur: &Saboteur, all: &[Scenario]) -> Vec<Scenario> {
    let mut features = BTreeSet::new();
    all.iter()
        .enumerate()
        .filter(|(place, scenario)| {
            let first = features.insert(scenario.file.as_str());
            let sampled = (first || place % EVERY == 0) && !scenario.has_tag("waits");
            sampled || is_about(scenario, saboteur.breaks) || saboteur.concerns(scenario)
        })
        .map(|(_, scenario)| scenario.clone())
        .collect()
}

/// Whether a scenario has noticed something.
#[must_use]
pub fn is_red(outcome: &Outcome, catalogue: &Catalogue) -> bool {
    matches!(
        verdict::of_scenario(outcome, catalogue),
        Verdict::Failed | Verdict::Warned
    )
}

/// What is wrong with the outcomes of a run against a saboteur; nothing, if every scenario that has
/// to notice it does, blames the right requirement, and no other scenario notices anything.
#[must_use]
pub fn complaints(saboteur: &Saboteur, outcomes: &[Outcome], catalogue: &Catalogue) -> Vec<String> {
    let mut found: Vec<String> = outcomes
        .iter()
        .filter_map(|outcome| about_scenario(saboteur, outcome, catalogue))
        .collect();
    if !outcomes.iter().any(|o| saboteur.concerns(&o.scenario)) {
        found.push(format!(
            "no scenario has to notice it: no scenario of {} has any of the words {:?}",
            saboteur.breaks, saboteur.only
        ));
    }
    found.extend(about_requirements(saboteur, outcomes, catalogue));
    found
        .into_iter()
        .map(|what| format!("{} ({}): {what}", saboteur.name, saboteur.breaks))
        .collect()
}

fn about_scenario(saboteur: &Saboteur, outcome: &Outcome, catalogue: &Catalogue) -> Option<String> {
    let place = format!("{} \"{}\"", outcome.scenario.id(), outcome.scenario.name);
    if outcome.verdict == Verdict::HarnessError {
        return Some(format!("{place}: error of the harness: {}", outcome.reason));
    }
    let red = is_red(outcome, catalogue);
    let due = saboteur.concerns(&outcome.scenario);
    let reason = &outcome.reason;
    if red && !due {
        let blamed = blamed(outcome);
        return Some(format!(
            "{place} turned red: {reason}; blamed: {blamed}\n  {LESS}"
        ));
    }
    if due && !red {
        let verdict = outcome.verdict;
        return Some(format!("{place} stayed {verdict} {reason}\n  {MORE}"));
    }
    if red && saboteur.breaks_in(&outcome.scenario) && !blames(outcome, saboteur.breaks) {
        let blamed = blamed(outcome);
        return Some(format!(
            "{place} turned red and blames {blamed} instead: {reason}"
        ));
    }
    None
}

fn blames(outcome: &Outcome, requirement: &str) -> bool {
    verdict::broken(outcome)
        .iter()
        .any(|id| id.to_string() == requirement)
}

fn blamed(outcome: &Outcome) -> String {
    let ids: Vec<String> = verdict::broken(outcome)
        .iter()
        .map(ToString::to_string)
        .collect();
    ids.join(", ")
}

/// The requirements that got a bad verdict have to be those of the saboteur, all of them.
fn about_requirements(
    saboteur: &Saboteur,
    outcomes: &[Outcome],
    catalogue: &Catalogue,
) -> Vec<String> {
    let bad: BTreeSet<String> = verdict::of_requirements(outcomes, catalogue)
        .into_iter()
        .filter(|r| matches!(r.verdict, Verdict::Failed | Verdict::Warned))
        .map(|r| r.id.to_string())
        .collect();
    let declared: BTreeSet<String> = std::iter::once(saboteur.breaks)
        .chain(saboteur.extras.iter().map(|e| e.requirement))
        .map(str::to_owned)
        .collect();
    let undeclared = bad
        .difference(&declared)
        .map(|id| format!("{id} was blamed\n  {LESS}"));
    let unblamed = declared
        .difference(&bad)
        .map(|id| format!("{id} was not blamed\n  what to do: take it out of .also"));
    undeclared.chain(unblamed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use btx_harness::{
        embedded::Alterations,
        scenario,
        steps::{Blame, Failure},
    };
    use std::time::Duration;

    const FEATURE: &str = "\
@exchange @issuer
Feature: F
  @EX-ISS-011 @EX-ISS-013
  Scenario Outline: Ids: <fault>
    Given a fault

    Examples:
      | fault    |
      | capitals |
      | braces   |

  @EX-ISS-012
  Scenario: Keys
    Given a fault
";

    fn saboteur() -> Saboteur {
        Saboteur::new("s", "EX-ISS-011", "Does it.", Alterations::default).only(&["capitals"])
    }

    /// The outcomes of the three scenarios: red where it says so, with that blame.
    fn outcomes(red: [Option<Failure>; 3]) -> Vec<Outcome> {
        let scenarios = scenario::read("f", FEATURE).unwrap();
        assert_eq!(scenarios.len(), red.len());
        scenarios
            .into_iter()
            .zip(red)
            .map(|(scenario, failure)| Outcome {
                scenario,
                verdict: if failure.is_some() {
                    Verdict::Failed
                } else {
                    Verdict::Passed
                },
                reason: String::new(),
                step: None,
                failure,
                took: Duration::ZERO,
                late: None,
                events: Vec::new(),
            })
            .collect()
    }

    fn failure(blames: Blame) -> Option<Failure> {
        Some(Failure::new("this", "that", None).blaming(blames))
    }

    fn found(saboteur: &Saboteur, red: [Option<Failure>; 3]) -> String {
        let catalogue = Catalogue::embedded().as_ref().unwrap();
        complaints(saboteur, &outcomes(red), catalogue).join("\n")
    }

    const OWN: Blame = Blame::Only("EX-ISS-011");

    #[test]
    fn who_is_noticed_where_it_should_be_is_proven() {
        assert_eq!(found(&saboteur(), [failure(OWN), None, None]), "");
    }

    #[test]
    fn who_is_not_noticed_is_named() {
        let found = found(&saboteur(), [None, None, None]);
        assert!(found.contains("Ids: capitals\" stayed passed"), "{found}");
        assert!(found.contains("EX-ISS-011 was not blamed"), "{found}");
    }

    #[test]
    fn what_turns_red_besides_is_named() {
        let found = found(&saboteur(), [failure(OWN), None, failure(Blame::All)]);
        assert!(found.contains("\"Keys\" turned red"), "{found}");
        assert!(found.contains("EX-ISS-012 was blamed"), "{found}");
    }

    #[test]
    fn what_is_declared_may_turn_red_and_has_to() {
        let saboteur = saboteur().also("EX-ISS-012", &["Keys"], "both are one");
        assert_eq!(
            found(&saboteur, [failure(OWN), None, failure(Blame::All)]),
            ""
        );
        let found = found(&saboteur, [failure(OWN), None, None]);
        assert!(found.contains("\"Keys\" stayed passed"), "{found}");
    }

    #[test]
    fn who_blames_another_requirement_is_named() {
        let found = found(
            &saboteur(),
            [failure(Blame::Only("EX-ISS-013")), None, None],
        );
        assert!(found.contains("blames EX-ISS-013 instead"), "{found}");
    }
}
