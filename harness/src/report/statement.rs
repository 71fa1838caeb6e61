//! The report as a statement that can be handed on, in Markdown: what was claimed, what was run, what
//! passed, and everything that was not looked at.

use super::{Closing, claims, limits, moment, put, quoted, visible};
use crate::{
    run::Outcome,
    verdict::{RequirementVerdict, Verdict, broken, of_scenario},
};
use btx_spec::catalogue::RequirementId;
use std::{collections::BTreeMap, fs, io, path::Path};

/// A known failure, as it is written down.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct KnownFailure {
    /// The id of a requirement, or the place of a scenario.
    pub id: String,
    /// Why it fails.
    pub reason: String,
}

/// The known failures of a file with their reasons.
///
/// # Errors
/// What is wrong with the file.
pub fn known_failures(path: &Path) -> Result<Vec<KnownFailure>, String> {
    #[derive(serde::Deserialize)]
    struct File {
        #[serde(default)]
        known_failure: Vec<KnownFailure>,
    }
    let text = fs::read_to_string(path).map_err(|e| e.to_string())?;
    let file: File = toml::from_str(&text).map_err(|e| e.to_string())?;
    Ok(file.known_failure)
}

/// Writes the statement about a run that is over.
///
/// # Errors
/// When the file cannot be written.
pub fn write(path: &Path, closing: &Closing<'_>) -> io::Result<()> {
    put(path, statement(closing).as_bytes())
}

/// The statement as Markdown.
#[must_use]
pub fn statement(closing: &Closing<'_>) -> String {
    let mut parts = vec![
        opening(closing),
        facts(closing),
        counts(closing),
        broken_requirements(closing),
        not_exercised(closing),
        not_claimed(closing),
        passed(closing),
        known(closing),
        attested(closing),
    ];
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}

fn opening(closing: &Closing<'_>) -> String {
    let standing = closing.standing();
    let mut text = format!(
        "# {} and {}\n\n**{}**: {}.\n",
        plain(&closing.opening.target.name),
        btx_spec::VERSION,
        capital(standing.word),
        standing.words
    );
    if closing.selected {
        text.push_str(&format!(
            "\nThis is no statement of conformance. Only a selection was run, {} of the {} scenarios of the suite.\n",
            closing.opening.scenarios, closing.opening.all
        ));
    }
    text
}

fn facts(closing: &Closing<'_>) -> String {
    let opening = &closing.opening;
    let declared: Vec<String> = limits(opening.target)
        .into_iter()
        .map(|(name, value)| format!("`{name}` {value}"))
        .collect();
    let mut ways = Vec::new();
    if closing.strictness.strict {
        ways.push("`--strict`: a SHOULD that is not met is a failure");
    }
    if closing.strictness.allow_incomplete {
        ways.push("`--allow-incomplete`");
    }
    let rows = [
        (
            "Specification",
            format!("{}, as in the suite", btx_spec::VERSION),
        ),
        ("Suite", format!("btx {}", env!("CARGO_PKG_VERSION"))),
        ("Claims", claims(opening.target).join(", ")),
        ("Declared limits", declared.join(", ")),
        (
            "Run",
            format!(
                "{}, {:.1} s, seed {}",
                moment(opening.began),
                closing.took.as_secs_f64(),
                opening.seed
            ),
        ),
        (
            "Scenarios",
            format!(
                "{} of the {} of the suite",
                closing.outcomes.len(),
                opening.all
            ),
        ),
        ("Options", ways.join(", ")),
    ];
    let mut text = "| | |\n| --- | --- |\n".to_owned();
    for (name, value) in rows.iter().filter(|(_, value)| !value.is_empty()) {
        text.push_str(&format!("| {name} | {value} |\n"));
    }
    text
}

fn counts(closing: &Closing<'_>) -> String {
    let mut text = "## Counts\n\n|".to_owned();
    for verdict in Verdict::ALL {
        text.push_str(&format!(" | {verdict}"));
    }
    text.push_str(" |\n| ---");
    text.push_str(&" | ---:".repeat(Verdict::ALL.len()));
    text.push_str(" |\n");
    let mut row = |name: &str, count: &dyn Fn(Verdict) -> usize| {
        let numbers = Verdict::ALL.map(|v| count(v).to_string());
        text.push_str(&format!("| {name} | {} |\n", numbers.join(" | ")));
    };
    row("requirements", &|v| closing.requirements(v));
    row("of these at the level of MUST", &|v| closing.musts(v));
    row("scenarios", &|v| closing.scenarios(v));
    for role in closing.roles() {
        row(&format!("of these about the {role}"), &|v| {
            closing.scenarios_of(role, v)
        });
    }
    text
}

fn broken_requirements(closing: &Closing<'_>) -> String {
    let mut text = String::new();
    for (verdict, heading) in [
        (Verdict::Failed, "Broken"),
        (Verdict::Warned, "Warnings"),
        (Verdict::HarnessError, "Defects of the suite"),
    ] {
        let mut lines = String::new();
        for requirement in of(closing, verdict) {
            lines.push_str(&sentence(&requirement.id, closing));
            for outcome in concerned(closing, requirement) {
                if of_scenario(outcome, closing.catalogue) < Verdict::Warned
                    || outcome.failure.is_some() && !broken(outcome).contains(&requirement.id)
                {
                    continue;
                }
                let known = if closing.known.expects(outcome) {
                    " (a known failure)"
                } else {
                    ""
                };
                lines.push_str(&format!(
                    "  - {}: {}{known}\n",
                    scenario(outcome),
                    reason(outcome)
                ));
            }
        }
        if !lines.is_empty() {
            text.push_str(&format!("## {heading}\n\n{lines}\n"));
        }
    }
    text.trim_end().to_owned() + if text.is_empty() { "" } else { "\n" }
}

fn not_exercised(closing: &Closing<'_>) -> String {
    let mut text = String::new();
    for requirement in of(closing, Verdict::NotExercised) {
        text.push_str(&sentence(&requirement.id, closing));
        for outcome in concerned(closing, requirement) {
            let why = match outcome.verdict {
                Verdict::NotExercised => reason(outcome),
                Verdict::Failed => "it failed for another requirement before".to_owned(),
                _ => continue,
            };
            text.push_str(&format!("  - {}: {why}\n", scenario(outcome)));
        }
    }
    for id in closing.uncovered {
        text.push_str(&sentence(id, closing));
        text.push_str("  - the suite has no scenario about it\n");
    }
    if text.is_empty() {
        return text;
    }
    format!("## Not exercised\n\n{text}")
}

fn not_claimed(closing: &Closing<'_>) -> String {
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for outcome in closing.outcomes {
        if outcome.verdict == Verdict::NotClaimed {
            *reasons.entry(&outcome.reason).or_default() += 1;
        }
    }
    let lines: String = reasons
        .into_iter()
        .map(|(reason, count)| format!("- {}: {count} of the scenarios\n", plain(reason)))
        .collect();
    if lines.is_empty() {
        return lines;
    }
    format!("## Not claimed\n\n{lines}")
}

/// The requirements that passed, by chapter of the book.
fn passed(closing: &Closing<'_>) -> String {
    let mut text = String::new();
    let mut chapter = "";
    let passed: Vec<RequirementId> = of(closing, Verdict::Passed).map(|r| r.id).collect();
    for requirement in closing.catalogue.iter() {
        if !passed.contains(&requirement.id) {
            continue;
        }
        if requirement.chapter == chapter {
            text.push_str(&format!(" {}", requirement.id));
        } else {
            chapter = &requirement.chapter;
            text.push_str(&format!(
                "\n- {}: {}",
                requirement.chapter_title, requirement.id
            ));
        }
    }
    if text.is_empty() {
        return text;
    }
    format!("## Passed\n{text}\n")
}

fn known(closing: &Closing<'_>) -> String {
    if closing.known_failures.is_empty() {
        return String::new();
    }
    let mut text = "## Known failures\n\n".to_owned();
    for known in closing.known_failures {
        let stale = if closing.stale.iter().any(|s| s.id == known.id) {
            " (stale: it did not fail)"
        } else {
            ""
        };
        text.push_str(&format!(
            "- {}: {}{stale}\n",
            plain(&known.id),
            plain(&known.reason)
        ));
    }
    text
}

fn attested(closing: &Closing<'_>) -> String {
    if closing.attested.is_empty() {
        return String::new();
    }
    let mut text =
        "## To be attested\n\nNo peer can see these, and this run says nothing about them. \
                    Whoever claims conformance states how each is kept.\n\n"
            .to_owned();
    for id in closing.attested {
        text.push_str(&sentence(id, closing));
    }
    text
}

fn of<'a>(
    closing: &'a Closing<'_>,
    verdict: Verdict,
) -> impl Iterator<Item = &'a RequirementVerdict> {
    closing
        .requirements
        .iter()
        .filter(move |r| r.verdict == verdict)
}

fn concerned<'a>(
    closing: &'a Closing<'_>,
    requirement: &'a RequirementVerdict,
) -> impl Iterator<Item = &'a Outcome> {
    closing
        .outcomes
        .iter()
        .filter(|o| o.scenario.requirements.contains(&requirement.id))
}

/// A requirement as an entry of a list. Its sentence is Markdown already.
fn sentence(id: &RequirementId, closing: &Closing<'_>) -> String {
    match closing.catalogue.get(id) {
        Some(requirement) => format!("- **{id}** {}\n", requirement.sentence),
        None => format!("- **{id}**\n"),
    }
}

fn scenario(outcome: &Outcome) -> String {
    format!(
        "{} ({})",
        plain(&outcome.scenario.name),
        plain(&outcome.scenario.id())
    )
}

fn reason(outcome: &Outcome) -> String {
    plain(&quoted(&outcome.reason))
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// A text that means itself in Markdown, on one line.
fn plain(text: &str) -> String {
    let text = visible(text);
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut plain = String::new();
    for c in words.join(" ").chars() {
        if matches!(
            c,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '&' | '~' | '!' | '$'
        ) {
            plain.push('\\');
        }
        plain.push(c);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_target_sent_means_itself() {
        assert_eq!(
            plain("<img src=x>\n# [a](b) | `c` \u{202e}\u{85}"),
            "\\<img src=x\\> \\# \\[a\\](b) \\| \\`c\\` \\[U+202E\\]\\[U+0085\\]"
        );
    }
}
