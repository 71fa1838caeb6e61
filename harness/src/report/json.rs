//! The report as JSON Lines: one record for each event, so that a run that is cut off leaves what it
//! had. `spec/schemas/report.schema.json` says what each record holds.

use super::{Closing, Opening, ROLES, claims, limits, moment};
use crate::{
    redact,
    run::Outcome,
    timeline::{Event, What},
    verdict::{RequirementVerdict, Verdict, broken, of_scenario},
    wire::Fields,
};
use btx_spec::catalogue::Catalogue;
use serde_json::{Map, Value, json};
use std::{
    fs::File,
    io::{self, Write as _},
    path::Path,
};

/// A report that is being written.
pub struct Report {
    file: File,
}

impl Report {
    /// Creates the file and writes the record of the run.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn create(path: &Path, opening: &Opening<'_>) -> io::Result<Self> {
        let mut report = Self {
            file: File::create(path)?,
        };
        let declared: Map<String, Value> = limits(opening.target)
            .into_iter()
            .map(|(name, value)| (name.to_owned(), json!(value)))
            .collect();
        report.record(&json!({
            "type": "run",
            "suite": env!("CARGO_PKG_VERSION"),
            "specification": btx_spec::VERSION,
            "target": opening.target.name,
            "claims": claims(opening.target),
            "limits": declared,
            "scenarios": opening.scenarios,
            "all_scenarios": opening.all,
            "seed": opening.seed,
            "began": moment(opening.began),
        }))?;
        Ok(report)
    }

    /// Writes the record of a scenario.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn scenario(&mut self, outcome: &Outcome, catalogue: &Catalogue) -> io::Result<()> {
        let ids = |all: &[btx_spec::catalogue::RequirementId]| -> Vec<String> {
            all.iter().map(ToString::to_string).collect()
        };
        let verdict = of_scenario(outcome, catalogue);
        let mut record = json!({
            "type": "scenario",
            "id": outcome.scenario.id(),
            "name": outcome.scenario.name,
            "feature": outcome.scenario.feature,
            "tags": outcome.scenario.tags,
            "requirements": ids(&outcome.scenario.requirements),
            "verdict": verdict.name(),
            "milliseconds": milliseconds(outcome.took),
        });
        if let Some(members) = record.as_object_mut() {
            if let Some(late) = &outcome.late {
                members.insert("late".to_owned(), json!(redacted(late)));
            }
            if verdict != Verdict::Passed {
                add_failure(members, outcome);
                members.insert("broken".to_owned(), json!(ids(&broken(outcome))));
            }
        }
        self.record(&record)
    }

    /// Writes the records of the requirements and the summary.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn close(&mut self, closing: &Closing<'_>) -> io::Result<()> {
        for requirement in closing.requirements {
            self.record(&requirement_record(requirement, closing.catalogue))?;
        }
        let stale: Vec<&str> = closing.stale.iter().map(|s| s.id.as_str()).collect();
        let mut summary = json!({
            "type": "summary",
            "verdict": closing.verdict.name(),
            "exit": closing.verdict.exit(),
            "milliseconds": milliseconds(closing.took),
            "requirements": counts(|v| closing.requirements(v)),
            "scenarios": counts(|v| closing.scenarios(v)),
            "roles": roles(closing),
            "selected": closing.selected,
            "uncovered": closing.uncovered.iter().map(ToString::to_string).collect::<Vec<_>>(),
        });
        if let Some(members) = summary.as_object_mut()
            && !stale.is_empty()
        {
            members.insert("stale_known_failures".to_owned(), json!(stale));
        }
        self.record(&summary)
    }

    fn record(&mut self, value: &Value) -> io::Result<()> {
        self.file.write_all(format!("{value}\n").as_bytes())
    }
}

fn add_failure(members: &mut Map<String, Value>, outcome: &Outcome) {
    members.insert("reason".to_owned(), json!(redacted(&outcome.reason)));
    if let Some(step) = outcome.step.and_then(|i| outcome.scenario.steps.get(i)) {
        members.insert(
            "step".to_owned(),
            json!(format!("{} {}", step.keyword, step.text)),
        );
    }
    if let Some(failure) = &outcome.failure {
        members.insert("expected".to_owned(), json!(redacted(&failure.expected)));
        members.insert("actual".to_owned(), json!(redacted(&failure.actual)));
    }
    let marked = outcome.failure.as_ref().and_then(|f| f.event);
    let timeline: Vec<Value> = outcome
        .events
        .iter()
        .enumerate()
        .map(|(id, event)| event_record(event, marked == Some(id)))
        .collect();
    members.insert("timeline".to_owned(), json!(timeline));
}

fn event_record(event: &Event, marked: bool) -> Value {
    let mut record = json!({
        "milliseconds": milliseconds(event.at),
        "from": event.from,
        "to": event.to,
    });
    let what = match &event.what {
        What::Note(words) | What::Heading(words) => json!({"note": redacted(words)}),
        What::Request(url, request) => json!({"request": {
            "method": request.method,
            "url": redact::target(url),
            "fields": fields(&request.fields),
            "body": redact::body(&request.body),
        }}),
        What::Response(response) => json!({"response": {
            "status": response.status,
            "fields": fields(&response.fields),
            "body": redact::body(&response.body),
        }}),
    };
    if let (Some(members), Value::Object(what)) = (record.as_object_mut(), what) {
        members.extend(what);
        if marked {
            members.insert("offending".to_owned(), json!(true));
        }
    }
    record
}

/// Words that may quote a message.
fn redacted(words: &str) -> String {
    redact::body(words.as_bytes())
}

fn fields(fields: &Fields) -> Vec<[String; 2]> {
    redact::fields(fields)
        .map(|(name, value)| [name, value])
        .collect()
}

fn requirement_record(requirement: &RequirementVerdict, catalogue: &Catalogue) -> Value {
    json!({
        "type": "requirement",
        "id": requirement.id.to_string(),
        "level": catalogue.get(&requirement.id).map(|r| r.level.to_string()),
        "verdict": requirement.verdict.name(),
        "scenarios": requirement.scenarios,
    })
}

/// The scenarios of each role, by verdict.
fn roles(closing: &Closing<'_>) -> Value {
    let counted = ROLES.map(|role| {
        let counts = counts(|v| closing.scenarios_of(role, v));
        (role.to_owned(), counts)
    });
    Value::Object(counted.into_iter().collect())
}

fn counts(count: impl Fn(Verdict) -> usize) -> Value {
    Verdict::ALL
        .iter()
        .map(|v| (v.name().to_owned(), json!(count(*v))))
        .collect::<Map<String, Value>>()
        .into()
}

fn milliseconds(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
