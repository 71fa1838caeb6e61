//! The report as JUnit XML: a suite for each feature, failures as failures, skips with their reasons.

use super::{Closing, timeline};
use crate::{
    run::Outcome,
    verdict::{Verdict, of_scenario},
};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use std::{collections::BTreeMap, fs::File, io, path::Path};

/// Writes the report of a run that is over.
///
/// # Errors
/// When the file cannot be written.
pub fn write(path: &Path, closing: &Closing<'_>) -> io::Result<()> {
    let mut suites: BTreeMap<&str, TestSuite> = BTreeMap::new();
    for outcome in closing.outcomes {
        let scenario = &outcome.scenario;
        let suite = suites
            .entry(&scenario.file)
            .or_insert_with(|| TestSuite::new(format!("{} ({})", scenario.feature, scenario.file)));
        suite.add_test_case(case(
            outcome,
            of_scenario(outcome, closing.catalogue),
            closing,
        ));
    }
    let mut report = Report::new("btx");
    report.set_time(closing.took);
    report.add_test_suites(suites.into_values());
    report
        .serialize(File::create(path)?)
        .map_err(io::Error::other)
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
        status.set_message(format!("{verdict}: {}", outcome.reason));
        status.set_description(description(outcome, closing));
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
