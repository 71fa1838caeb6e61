//! What people see while a run goes on and when it is over.

use super::{Closing, Opening, quoted, timeline, visible};
use crate::{
    run::Outcome,
    verdict::{RunVerdict, Verdict, broken, of_scenario},
};
use anstyle::{AnsiColor, Style};
use btx_spec::catalogue::{Catalogue, RequirementId};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
    collections::BTreeMap,
    io::{self, IsTerminal as _, Write as _},
};

const GREEN: Style = AnsiColor::Green.on_default().bold();
const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const DIM: Style = Style::new().dimmed();
const BOLD: Style = Style::new().bold();

/// How many scenarios of one reason are named one by one.
const NAMED: usize = 5;

/// The terminal.
pub struct Terminal {
    progress: ProgressBar,
    /// Whether requests and responses are shown of all scenarios.
    trace: bool,
}

impl Terminal {
    /// Says what is examined, and begins to show progress if someone is watching.
    pub fn open(opening: &Opening<'_>, trace: bool) -> Self {
        let claims: Vec<String> = opening
            .target
            .claims
            .iter()
            .map(ToString::to_string)
            .collect();
        anstream::println!(
            "{BOLD}btx {}{BOLD:#} examines {BOLD}{}{BOLD:#} ({}) with {} {} {DIM}(seed {}){DIM:#}",
            env!("CARGO_PKG_VERSION"),
            visible(&opening.target.name),
            claims.join(", "),
            opening.scenarios,
            if opening.scenarios == 1 {
                "scenario"
            } else {
                "scenarios"
            },
            opening.seed,
        );
        let progress = if io::stderr().is_terminal() {
            ProgressBar::new(opening.scenarios as u64)
        } else {
            ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden())
        };
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len}  {msg}") {
            progress.set_style(style);
        }
        Self { progress, trace }
    }

    /// Shows the outcome of a scenario: a line while it goes on, and the whole if it failed.
    pub fn scenario(&self, outcome: &Outcome, catalogue: &Catalogue) {
        self.progress.inc(1);
        self.progress.set_message(outcome.scenario.feature.clone());
        let verdict = of_scenario(outcome, catalogue);
        let text = match verdict {
            Verdict::Failed | Verdict::Warned | Verdict::HarnessError => {
                failure(outcome, verdict, catalogue)
            }
            _ if self.trace => traced(outcome, verdict),
            _ => return,
        };
        self.progress.suspend(|| anstream::print!("{text}"));
    }

    /// Ends the progress of a run that is given up.
    pub fn abandon(&self) {
        self.progress.abandon();
    }

    /// Shows what came out of the run.
    pub fn close(&self, closing: &Closing<'_>) {
        self.progress.finish_and_clear();
        anstream::print!("{}", features(closing));
        anstream::print!("{}", unexercised(closing));
        anstream::print!("{}", summary(closing));
        let _ = io::stdout().flush();
    }
}

/// A failed scenario: the sentence that it breaks, expected and actual, and both legs.
#[must_use]
pub fn failure(outcome: &Outcome, verdict: Verdict, catalogue: &Catalogue) -> String {
    let (mark, style) = match verdict {
        Verdict::Warned => ("!", YELLOW),
        _ => ("✗", RED),
    };
    let mut text = format!(
        "\n{style}{mark} {}{style:#}  {DIM}{}{DIM:#}\n",
        outcome.scenario.name,
        outcome.scenario.id()
    );
    for id in broken(outcome) {
        text.push_str(&sentence(&id, catalogue));
    }
    if let Some(step) = outcome.step.and_then(|i| outcome.scenario.steps.get(i)) {
        text.push_str(&format!("  step      {} {}\n", step.keyword, step.text));
    }
    match &outcome.failure {
        Some(failure) => text.push_str(&format!(
            "  expected  {BOLD}{}{BOLD:#}\n  actual    {style}{}{style:#}\n",
            quoted(&failure.expected),
            quoted(&failure.actual)
        )),
        None => text.push_str(&format!("  reason    {}\n", quoted(&outcome.reason))),
    }
    text.push_str(&legs(outcome));
    text
}

fn traced(outcome: &Outcome, verdict: Verdict) -> String {
    let reason = if outcome.reason.is_empty() {
        String::new()
    } else {
        format!(": {}", quoted(&outcome.reason))
    };
    format!(
        "\n{BOLD}{}{BOLD:#}  {DIM}{}{DIM:#}\n  {verdict}{reason}\n{}",
        outcome.scenario.name,
        outcome.scenario.id(),
        legs(outcome)
    )
}

fn sentence(id: &RequirementId, catalogue: &Catalogue) -> String {
    match catalogue.get(id) {
        Some(requirement) => {
            let page = requirement.chapter.trim_end_matches(".md");
            format!(
                "  {BOLD}{id}{BOLD:#}  {}\n{DIM}            book: {page}.html#{id}{DIM:#}\n",
                requirement.sentence
            )
        }
        None => format!("  {BOLD}{id}{BOLD:#}\n"),
    }
}

fn legs(outcome: &Outcome) -> String {
    let marked = outcome.failure.as_ref().and_then(|f| f.event);
    let mut text = String::new();
    for entry in timeline::entries(&outcome.events, marked) {
        let (mark, style) = if entry.marked {
            ("▶", RED)
        } else {
            (" ", Style::new())
        };
        text.push_str(&format!("  {style}{mark} {}{style:#}\n", entry.line));
        for detail in entry.details {
            text.push_str(&format!("  {DIM}            {detail}{DIM:#}\n"));
        }
    }
    text
}

/// A line for each feature.
fn features(closing: &Closing<'_>) -> String {
    let mut counted: BTreeMap<(&str, &str), BTreeMap<Verdict, usize>> = BTreeMap::new();
    for outcome in closing.outcomes {
        let key = (
            outcome.scenario.file.as_str(),
            outcome.scenario.feature.as_str(),
        );
        let verdict = of_scenario(outcome, closing.catalogue);
        *counted.entry(key).or_default().entry(verdict).or_default() += 1;
    }
    let mut text = "\n".to_owned();
    for ((_, feature), verdicts) in counted {
        // What is not claimed at all is told once, below.
        if verdicts.keys().all(|v| *v == Verdict::NotClaimed) {
            continue;
        }
        let bad = verdicts
            .keys()
            .any(|v| matches!(v, Verdict::Failed | Verdict::HarnessError));
        let doubtful = verdicts
            .keys()
            .any(|v| matches!(v, Verdict::Warned | Verdict::NotExercised));
        let (mark, style) = if bad {
            ("✗", RED)
        } else if doubtful {
            ("!", YELLOW)
        } else if verdicts.contains_key(&Verdict::Passed) {
            ("✓", GREEN)
        } else {
            ("-", DIM)
        };
        let parts: Vec<String> = Verdict::ALL
            .iter()
            .filter_map(|v| verdicts.get(v).map(|n| format!("{n} {v}")))
            .collect();
        text.push_str(&format!(
            "{style}{mark}{style:#} {feature:<50} {}\n",
            parts.join(", ")
        ));
    }
    text
}

/// What was not exercised or not claimed, by reason.
fn unexercised(closing: &Closing<'_>) -> String {
    let mut text = String::new();
    for verdict in [Verdict::NotExercised, Verdict::NotClaimed] {
        let mut reasons: BTreeMap<&str, Vec<&Outcome>> = BTreeMap::new();
        for outcome in closing.outcomes.iter().filter(|o| o.verdict == verdict) {
            reasons.entry(&outcome.reason).or_default().push(outcome);
        }
        for (reason, outcomes) in reasons {
            let reason = quoted(reason);
            if verdict == Verdict::NotClaimed {
                let count = outcomes.len();
                let noun = if count == 1 { "scenario" } else { "scenarios" };
                text.push_str(&format!(
                    "\n{DIM}not claimed, {count} {noun}: {reason}{DIM:#}"
                ));
                continue;
            }
            text.push_str(&format!("\n{YELLOW}{verdict}{YELLOW:#}: {reason}\n"));
            for outcome in outcomes.iter().take(NAMED) {
                text.push_str(&format!(
                    "  {}  {DIM}{}{DIM:#}\n",
                    outcome.scenario.name,
                    outcome.scenario.id()
                ));
            }
            if outcomes.len() > NAMED {
                text.push_str(&format!(
                    "  {DIM}and {} more{DIM:#}\n",
                    outcomes.len() - NAMED
                ));
            }
        }
    }
    if closing.scenarios(Verdict::NotClaimed) > 0 {
        text.push('\n');
    }
    let incomplete: Vec<String> = closing
        .requirements
        .iter()
        .filter(|r| r.must && r.verdict == Verdict::NotExercised)
        .map(|r| r.id.to_string())
        .collect();
    if !incomplete.is_empty() {
        text.push_str(&format!(
            "\n{YELLOW}MUSTs not exercised{YELLOW:#}: {}\n",
            incomplete.join(" ")
        ));
    }
    if !closing.selected && !closing.uncovered.is_empty() {
        let ids: Vec<String> = closing.uncovered.iter().map(ToString::to_string).collect();
        text.push_str(&format!(
            "\n{DIM}MUSTs that no scenario examines yet: {}{DIM:#}\n",
            ids.join(" ")
        ));
    }
    for stale in closing.stale {
        text.push_str(&format!(
            "\n{RED}stale known failure{RED:#}: {} (line {}) did not fail: take the entry out\n",
            stale.id, stale.line
        ));
    }
    text
}

/// The last lines: requirements and scenarios by verdict, and the verdict of the run.
fn summary(closing: &Closing<'_>) -> String {
    let line = |count: &dyn Fn(Verdict) -> usize| -> String {
        let parts: Vec<String> = Verdict::ALL
            .iter()
            .filter(|v| count(**v) > 0 || matches!(v, Verdict::Passed | Verdict::Failed))
            .map(|v| format!("{} {v}", count(*v)))
            .collect();
        parts.join(", ")
    };
    let style = match closing.verdict.exit() {
        0 => GREEN,
        6 => YELLOW,
        _ => RED,
    };
    let words = match closing.verdict {
        RunVerdict::Conformant if closing.selected => "every MUST of what was selected passed",
        RunVerdict::Conformant => "every MUST of what is claimed passed",
        RunVerdict::NotConformantAsExpected => "all failures are known ones",
        RunVerdict::NotConformant if !closing.stale.is_empty() => {
            "a failure that is known did not happen: see above"
        }
        RunVerdict::NotConformant => "see above",
        RunVerdict::NothingRun => "no scenario concerns this target",
        RunVerdict::TargetGone => "the target went away during the run",
        RunVerdict::HarnessError => "the harness itself is wrong: please report it",
        RunVerdict::Incomplete | RunVerdict::IncompleteAllowed
            if closing.scenarios(Verdict::Failed) > 0 =>
        {
            "nothing failed but what is known, and some MUSTs were not exercised"
        }
        RunVerdict::Incomplete | RunVerdict::IncompleteAllowed => {
            "nothing failed, and some MUSTs were not exercised"
        }
    };
    let roles = closing.roles();
    let width = roles.iter().map(|role| role.len() + 2).max().unwrap_or(0);
    let roles: String = roles
        .into_iter()
        .map(|role| {
            let counted = line(&|v| closing.scenarios_of(role, v));
            format!(
                "  {:<width$}{counted}\n",
                format!("{role}:"),
                width = width.max(12)
            )
        })
        .collect();
    let late = closing.outcomes.iter().filter(|o| o.late.is_some()).count();
    let late = match late {
        0 => String::new(),
        _ => format!(
            "  {late} of them ran a second time: bearers had expired while the first was under way\n"
        ),
    };
    format!(
        "\nrequirements: {}\nscenarios:    {}\n{roles}{late}{style}{}{style:#}: {words} {DIM}({:.1} s){DIM:#}\n",
        line(&|v| closing.requirements(v)),
        line(&|v| closing.scenarios(v)),
        closing.verdict.name(),
        closing.took.as_secs_f64(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        scenario::Scenario,
        steps::Failure,
        timeline::{Event, What},
        wire::{Fields, Response},
    };
    use std::time::Duration;

    const HOSTILE: &str = "\u{1b}[2J\u{1b}]0;title\u{7}\u{202e}gpj";

    #[test]
    fn no_terminal_obeys_what_a_target_sent() {
        let response = Response {
            status: 400,
            fields: Fields::from([("x-hostile", HOSTILE)]),
            body: HOSTILE.as_bytes().to_vec(),
        };
        let event = |what| Event {
            at: Duration::ZERO,
            from: "target".to_owned(),
            to: "b1".to_owned(),
            what,
        };
        let outcome = Outcome {
            scenario: Scenario {
                file: "f.feature".to_owned(),
                line: 1,
                feature: "F".to_owned(),
                name: "S".to_owned(),
                tags: Vec::new(),
                requirements: Vec::new(),
                steps: Vec::new(),
            },
            verdict: Verdict::Failed,
            reason: HOSTILE.to_owned(),
            step: None,
            failure: Some(Failure::new(HOSTILE, HOSTILE, Some(0))),
            took: Duration::ZERO,
            late: None,
            events: vec![
                event(What::Response(response)),
                event(What::Note(HOSTILE.to_owned())),
            ],
        };
        let catalogue = Catalogue::embedded().as_ref().unwrap();
        for text in [
            failure(&outcome, Verdict::Failed, catalogue),
            traced(&outcome, Verdict::Failed),
        ] {
            assert!(text.contains("[U+001B][2J"), "{text:?}");
            for unwanted in ["\u{1b}[2J", "\u{1b}]", "\u{7}", "\u{202e}"] {
                assert!(!text.contains(unwanted), "{unwanted:?} in {text:?}");
            }
        }
    }
}
