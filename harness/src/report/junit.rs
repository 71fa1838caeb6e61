//! The report as JUnit XML: a suite for each feature, failures as failures, skips with their reasons.

use super::{Closing, claims, moment, put, quoted, timeline, visible};
use crate::{
    run::Outcome,
    verdict::{Verdict, of_scenario},
};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use std::{collections::BTreeMap, io, path::Path, time::Duration};

/// Writes the report of a run that is over.
///
/// # Errors
/// When the file cannot be written.
pub fn write(path: &Path, closing: &Closing<'_>) -> io::Result<()> {
    put(path, xml(closing)?.as_bytes())
}

/// The report as XML.
///
/// # Errors
/// None that is known: what serialises it could have some.
pub fn xml(closing: &Closing<'_>) -> io::Result<String> {
    let mut suites: BTreeMap<&str, (TestSuite, Duration)> = BTreeMap::new();
    for outcome in closing.outcomes {
        let scenario = &outcome.scenario;
        let (suite, took) = suites
            .entry(&scenario.file)
            .or_insert_with(|| (suite(outcome, closing), Duration::ZERO));
        let verdict = of_scenario(outcome, closing.catalogue);
        suite.add_test_case(case(outcome, verdict, closing));
        *took += outcome.took;
    }
    let mut report = Report::new("btx");
    report.set_time(closing.took);
    for (mut suite, took) in suites.into_values() {
        suite.set_time(took);
        report.add_test_suite(suite);
    }
    report.to_string().map_err(io::Error::other)
}

/// The suite of a feature, without its scenarios.
fn suite(outcome: &Outcome, closing: &Closing<'_>) -> TestSuite {
    let scenario = &outcome.scenario;
    let opening = &closing.opening;
    let mut suite = TestSuite::new(format!("{} ({})", scenario.feature, scenario.file));
    for (name, value) in [
        ("target", visible(&opening.target.name)),
        ("claims", claims(opening.target).join(" ")),
        ("seed", opening.seed.to_string()),
        ("began", moment(opening.began)),
        ("suite", env!("CARGO_PKG_VERSION").to_owned()),
        ("specification", btx_spec::VERSION.to_owned()),
    ] {
        suite.add_property((name, value.as_str()));
    }
    suite
}

fn case(outcome: &Outcome, verdict: Verdict, closing: &Closing<'_>) -> TestCase {
    let mut status = match verdict {
        Verdict::Passed => TestCaseStatus::success(),
        Verdict::Failed => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Verdict::Warned if closing.strictness.strict => {
            TestCaseStatus::non_success(NonSuccessKind::Failure)
        }
        Verdict::HarnessError => TestCaseStatus::non_success(NonSuccessKind::Error),
        Verdict::Warned | Verdict::NotExercised | Verdict::NotClaimed => TestCaseStatus::skipped(),
    };
    if verdict != Verdict::Passed {
        status.set_type(verdict.name());
        let known = if closing.known.expects(outcome) {
            "known failure, "
        } else {
            ""
        };
        status.set_message(format!("{known}{verdict}: {}", quoted(&outcome.reason)));
        // What is skipped without having run has no more to tell.
        if !matches!(verdict, Verdict::NotClaimed) {
            status.set_description(visible(&description(outcome, closing)));
        }
    }
    let mut case = TestCase::new(outcome.scenario.name.clone(), status);
    case.set_classname(outcome.scenario.id());
    case.set_time(outcome.took);
    case
}

fn description(outcome: &Outcome, closing: &Closing<'_>) -> String {
    let mut lines = Vec::new();
    for id in crate::verdict::broken(outcome) {
        if let Some(requirement) = closing.catalogue.get(&id) {
            lines.push(format!("{id}: {}", requirement.sentence));
        }
    }
    if let Some(step) = outcome.step.and_then(|i| outcome.scenario.steps.get(i)) {
        lines.push(format!("step: {} {}", step.keyword, step.text));
    }
    let marked = outcome.failure.as_ref().and_then(|f| f.event);
    for entry in timeline::entries(&outcome.events, marked) {
        lines.push(format!(
            "{} {}",
            if entry.marked { ">" } else { " " },
            entry.line
        ));
        lines.extend(entry.details.into_iter().map(|d| format!("      {d}")));
    }
    lines.join("\n")
}
