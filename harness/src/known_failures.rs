//! Failures that are known and have a reason: a file of requirement or scenario ids.

use crate::{
    run::Outcome,
    scenario::Scenario,
    selection,
    target::span::{Mistake, line_of},
    verdict::{Verdict, broken},
};
use btx_spec::catalogue::RequirementId;
use std::path::Path;
use toml::Spanned;

/// The known failures of an implementation.
#[derive(Debug, Default)]
pub struct KnownFailures {
    entries: Vec<Entry>,
}

/// A known failure.
#[derive(Debug)]
struct Entry {
    id: String,
    line: usize,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    known_failure: Vec<Table>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    id: Spanned<String>,
    reason: Spanned<String>,
}

const EXAMPLE: &str = "[[known_failure]]\nid = \"EX-ISS-086\"\nreason = \"our gateway removes Retry-After; ticket 1234\"";

/// An entry that has gone stale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stale {
    /// Its id.
    pub id: String,
    /// Its line in the file.
    pub line: usize,
}

impl KnownFailures {
    /// Reads the file, and checks that each entry means something.
    ///
    /// # Errors
    /// What is wrong with the file, with line, key and example.
    pub fn load(path: &Path, scenarios: &[Scenario]) -> Result<Self, String> {
        let name = path.display().to_string();
        let text =
            std::fs::read_to_string(path).map_err(|e| format!("--known-failures {name}: {e}"))?;
        let wrong = |line, key: &str, found: String, expected: &str| {
            Mistake {
                file: name.clone(),
                line,
                key: key.to_owned(),
                found,
                expected: expected.to_owned(),
                example: EXAMPLE.to_owned(),
            }
            .to_string()
        };
        let file: File = toml::from_str(&text).map_err(|e| {
            let line = e.span().map_or(0, |s| line_of(&text, &s));
            wrong(
                line,
                "known_failure",
                e.message().to_owned(),
                "entries with an id and a reason",
            )
        })?;
        let mut entries = Vec::new();
        for table in file.known_failure {
            let line = line_of(&text, &table.id.span());
            if table.reason.get_ref().trim().is_empty() {
                return Err(wrong(
                    line,
                    "known_failure.reason",
                    "no reason".to_owned(),
                    "why it fails, in words",
                ));
            }
            let id = table.id.into_inner();
            if !scenarios.iter().any(|s| means(&id, s)) {
                return Err(wrong(
                    line,
                    "known_failure.id",
                    format!("\"{id}\", which means no scenario"),
                    "the id of a requirement, or FILE:LINE of a scenario",
                ));
            }
            entries.push(Entry { id, line });
        }
        Ok(Self { entries })
    }

    /// Whether the failure of a scenario is a known one.
    #[must_use]
    pub fn expects(&self, outcome: &Outcome) -> bool {
        self.entries.iter().any(|entry| covers(&entry.id, outcome))
    }

    /// The entries of which everything was run and nothing failed.
    #[must_use]
    pub fn stale(&self, outcomes: &[Outcome]) -> Vec<Stale> {
        let unfailing = |entry: &&Entry| {
            let mut concerned = outcomes
                .iter()
                .filter(|o| means(&entry.id, &o.scenario))
                .peekable();
            concerned.peek().is_some()
                && concerned.all(|o| {
                    o.verdict == Verdict::Passed
                        || o.verdict == Verdict::Failed && !covers(&entry.id, o)
                })
        };
        self.entries
            .iter()
            .filter(unfailing)
            .map(|entry| Stale {
                id: entry.id.clone(),
                line: entry.line,
            })
            .collect()
    }
}

fn means(id: &str, scenario: &Scenario) -> bool {
    match id.parse::<RequirementId>() {
        Ok(id) => scenario.requirements.contains(&id),
        Err(_) => id.contains(".feature:") && selection::matches(id, scenario),
    }
}

fn covers(id: &str, outcome: &Outcome) -> bool {
    if outcome.verdict != Verdict::Failed {
        return false;
    }
    match id.parse::<RequirementId>() {
        Ok(id) => broken(outcome).contains(&id),
        Err(_) => means(id, &outcome.scenario),
    }
}
