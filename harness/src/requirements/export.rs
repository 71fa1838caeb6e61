//! Requirements for other programs: JSON and Markdown.

use crate::{
    check::NoVerdict,
    knowledge::{About, profile_name, role_name},
    scenario::Scenario,
};
use serde::Serialize;

/// A requirement as `--format json` writes it. The help of the command lists the fields.
#[derive(Serialize)]
struct Record<'a> {
    id: String,
    profile: &'static str,
    role: &'static str,
    level: String,
    sentence: &'a str,
    source: &'a str,
    chapter: &'a str,
    anchor: String,
    place: String,
    not_testable: Option<&'a str>,
    retired: bool,
    scenarios: Vec<String>,
    saboteurs: Vec<&'a str>,
}

/// One array, indented, with a line feed at its end.
///
/// # Errors
/// None that can happen; serialisation has the form of something that can fail.
pub(crate) fn json(shown: &[About<'_>]) -> Result<String, NoVerdict> {
    let records: Vec<Record<'_>> = shown.iter().map(record).collect();
    let text = serde_json::to_string_pretty(&records).map_err(|e| NoVerdict {
        exit: 5,
        words: e.to_string(),
    })?;
    Ok(text + "\n")
}

fn record<'a>(about: &'a About<'_>) -> Record<'a> {
    let requirement = about.requirement;
    Record {
        id: requirement.id.to_string(),
        profile: profile_name(&requirement.id),
        role: role_name(&requirement.id),
        level: requirement.level.to_string(),
        sentence: &requirement.sentence,
        source: &requirement.sources,
        chapter: &requirement.chapter_title,
        anchor: about.anchor(),
        place: about.place(),
        not_testable: requirement.not_testable.as_deref(),
        retired: requirement.retired,
        scenarios: about.scenarios.iter().map(|s| Scenario::id(s)).collect(),
        saboteurs: about.saboteurs.iter().map(|s| s.name.as_str()).collect(),
    }
}

/// A heading and a table for each chapter.
#[must_use]
pub(crate) fn markdown(shown: &[About<'_>]) -> String {
    let chapters = shown.chunk_by(|a, b| a.requirement.chapter == b.requirement.chapter);
    let chapters: Vec<String> = chapters.map(chapter).collect();
    chapters.join("\n")
}

fn chapter(shown: &[About<'_>]) -> String {
    let title = shown
        .first()
        .map_or("", |a| a.requirement.chapter_title.as_str());
    let mut text = format!(
        "## {title}\n\n| Id | Level | Requirement | Source | Scenarios |\n| --- | --- | --- | --- | --- |\n"
    );
    for about in shown {
        let requirement = about.requirement;
        let tested = match (&requirement.not_testable, about.scenarios.len()) {
            (Some(reason), _) => format!("not testable: {reason}"),
            (None, number) => number.to_string(),
        };
        let cells = [
            &requirement.id.to_string(),
            &requirement.level.to_string(),
            &requirement.sentence,
            &requirement.sources,
            &tested,
        ];
        let cells: Vec<String> = cells.iter().map(|c| c.replace('|', "\\|")).collect();
        text.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    text
}
