//! Whether the scenarios have told a saboteur apart. Pure: outcomes in, complaints out.

use crate::{
    Saboteur,
    saboteur::is_about,
};
use btx_harness::{
    run::Outcome,
    scenario::Scenario,
    verdict::{self, Verdict},
};
use btx_spec::catalogue::Catalogue;
use std::collections::BTreeSet;

/// How far apart the scenarios of the sample are.
const EVERY: usize = 12;

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
    match (is_red(outcome, catalogue), saboteur.concerns(&outcome.scenario)) {
        (true, false) => Some(format!(
            "{place} turned red: {}; blamed: {}\n  what to do: break less, or declare the scenario with .also and the reason",
            outcome.reason,
            blamed(outcome),
        )),
        (false, true) => Some(format!(
            "{place} stayed {}{}\n  what to do: mend the scenario, break more, or leave the row out with .only",
            outcome.verdict,
            if outcome.reason.is_empty() { String::new() } else { format!(" ({})", outcome.reason) },
        )),
        (true, true) if is_about(&outcome.scenario, saboteur.breaks) && !blames(outcome, saboteur.breaks) => {
            Some(format!(
                "{place} turned red and blames {} instead: {}",
                blamed(outcome),
                outcome.reason
            ))
        }
        _ => None,
    }
}

fn blames(outcome: &Outcome, requirement: &str) -> bool {
    verdict::broken(outcome)
        .iter()
        .any(|id| id.to_string() == requirement)
}

fn blamed(outcome: &Outcome) -> String {
    let ids: Vec<String> = verdict::broken(outcome).iter().map(ToString::to_string).collect();
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
    let undeclared = bad.difference(&declared).map(|id| {
        format!("{id} was blamed\n  what to do: break less, or declare it with .also and the reason")
    });
    let unblamed = declared
        .difference(&bad)
        .map(|id| format!("{id} was not blamed\n  what to do: take it out of .also"));
    undeclared.chain(unblamed).collect()
}
