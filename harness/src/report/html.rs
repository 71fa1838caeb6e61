//! The report as one page that needs nothing else: no network, no fonts, no script to be read.
//!
//! Everything that a target sent goes through [`escape`] and is shortened by `redact` before it stands
//! in the page, and a policy in the head lets nothing run but the script that belongs to it.

mod diagram;
mod masthead;
mod requirements;
mod rows;
mod scenario;

use super::{Closing, put, quoted, visible};
use crate::{
    run::Outcome,
    verdict::{Verdict, of_scenario},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use scenario::Shown;
use sha2::{Digest as _, Sha256};
use std::{collections::BTreeMap, io, path::Path};

const STYLE: &str = include_str!("html/style.css");
const SCRIPT: &str = include_str!("html/script.js");

/// What the user wants of the page.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wishes<'a> {
    /// Whether the messages of all scenarios are shown, not only of those that have something to show.
    pub trace: bool,
    /// Where the book is, if its places are to be links.
    pub book: Option<&'a str>,
}

/// Writes the page about a run that is over.
///
/// # Errors
/// When the file cannot be written.
pub fn write(path: &Path, closing: &Closing<'_>, wishes: &Wishes<'_>) -> io::Result<()> {
    put(path, page(closing, wishes).as_bytes())
}

/// The page.
#[must_use]
pub fn page(closing: &Closing<'_>, wishes: &Wishes<'_>) -> String {
    let shown: Vec<Shown<'_>> = closing
        .outcomes
        .iter()
        .enumerate()
        .map(|(number, outcome)| Shown::new(number, outcome, closing))
        .collect();
    let sections = [
        findings(&shown, closing, wishes),
        unexercised(&shown),
        known_failures(closing),
        requirements::section(&shown, closing, wishes),
        scenarios(&shown, closing, wishes),
    ];
    let title = format!(
        "{}: {}",
        closing.opening.target.name,
        closing.standing().word
    );
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{masthead}\
         <main>\n{filters}{sections}</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n",
        policy = policy(),
        title = escape(&title),
        masthead = masthead::masthead(closing),
        filters = masthead::filters(),
        sections = sections.concat(),
    )
}

/// A text that stands for itself, between tags and in quoted attributes.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in visible(text).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(c),
        }
    }
    escaped
}

/// Lets the page show itself and do nothing else.
fn policy() -> String {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

/// A verdict as a label.
fn label(verdict: Verdict) -> String {
    format!("<span class=\"v {}\">{verdict}</span>", verdict.name())
}

fn count(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ => format!("{number} {noun}s"),
    }
}

/// Whether a scenario has something to show that somebody has to look at.
fn is_finding(verdict: Verdict) -> bool {
    matches!(
        verdict,
        Verdict::Failed | Verdict::Warned | Verdict::HarnessError
    )
}

/// The scenarios that somebody has to look at, the worst first, with all that is known about them.
fn findings(shown: &[Shown<'_>], closing: &Closing<'_>, wishes: &Wishes<'_>) -> String {
    let mut found: Vec<&Shown<'_>> = shown.iter().filter(|s| is_finding(s.verdict)).collect();
    found.sort_by_key(|s| std::cmp::Reverse(s.verdict));
    if found.is_empty() {
        return String::new();
    }
    let index: String = found
        .iter()
        .map(|s| format!("<li>{} {}</li>\n", label(s.verdict), s.link()))
        .collect();
    let all: String = found.iter().map(|s| s.markup(closing, wishes)).collect();
    format!(
        "<section id=\"findings\" class=\"group\">\n<h2>Findings <span class=\"number\">{}</span></h2>\n<ul class=\"index\">\n{index}</ul>\n{all}</section>\n",
        found.len()
    )
}

/// What was not exercised, by reason.
fn unexercised(shown: &[Shown<'_>]) -> String {
    let mut reasons: BTreeMap<&str, Vec<&Shown<'_>>> = BTreeMap::new();
    for shown in shown.iter().filter(|s| s.verdict == Verdict::NotExercised) {
        reasons
            .entry(&shown.outcome.reason)
            .or_default()
            .push(shown);
    }
    if reasons.is_empty() {
        return String::new();
    }
    let mut markup =
        "<section id=\"unexercised\">\n<h2>Not exercised</h2>\n<dl class=\"reasons\">\n".to_owned();
    for (reason, scenarios) in reasons {
        markup.push_str(&format!("<dt>{}</dt>\n", escape(&quoted(reason))));
        for shown in scenarios {
            markup.push_str(&format!("<dd>{}</dd>\n", shown.link()));
        }
    }
    markup + "</dl>\n</section>\n"
}

fn known_failures(closing: &Closing<'_>) -> String {
    if closing.known_failures.is_empty() {
        return String::new();
    }
    let mut markup =
        "<section id=\"known\">\n<h2>Known failures</h2>\n<dl class=\"reasons\">\n".to_owned();
    for known in closing.known_failures {
        let stale = closing.stale.iter().any(|s| s.id == known.id);
        markup.push_str(&format!(
            "<dt>{}{}</dt>\n<dd>{}</dd>\n",
            escape(&known.id),
            if stale {
                ": stale, it did not fail"
            } else {
                ""
            },
            escape(&known.reason)
        ));
    }
    markup + "</dl>\n</section>\n"
}

/// All other scenarios, by feature.
fn scenarios(shown: &[Shown<'_>], closing: &Closing<'_>, wishes: &Wishes<'_>) -> String {
    let mut features: BTreeMap<(&str, &str), Vec<&Shown<'_>>> = BTreeMap::new();
    for shown in shown.iter().filter(|s| !is_finding(s.verdict)) {
        let scenario = &shown.outcome.scenario;
        let key = (scenario.file.as_str(), scenario.feature.as_str());
        features.entry(key).or_default().push(shown);
    }
    if features.is_empty() {
        return String::new();
    }
    let mut markup = "<section id=\"scenarios\">\n<h2>Scenarios</h2>\n".to_owned();
    for ((file, feature), scenarios) in features {
        markup.push_str(&format!(
            "<section class=\"group\">\n<h3>{} <span class=\"place\">{}</span></h3>\n",
            escape(feature),
            escape(file)
        ));
        for shown in scenarios {
            markup.push_str(&shown.markup(closing, wishes));
        }
        markup.push_str("</section>\n");
    }
    markup + "</section>\n"
}

/// Whether the messages of a scenario are shown.
fn shows_messages(outcome: &Outcome, closing: &Closing<'_>, wishes: &Wishes<'_>) -> bool {
    let verdict = of_scenario(outcome, closing.catalogue);
    let told = is_finding(verdict) || verdict == Verdict::NotExercised || wishes.trace;
    told && !outcome.events.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_escaped_ends_what_it_stands_in() {
        assert_eq!(
            escape("</script><b a='\"'>&\0\u{202e}"),
            "&lt;/script&gt;&lt;b a=&#39;&quot;&#39;&gt;&amp;[U+0000][U+202E]"
        );
    }

    #[test]
    fn the_pieces_do_not_end_the_elements_that_they_stand_in() {
        assert!(!STYLE.contains("</") && !SCRIPT.contains("</"));
        for foreign in ["http:", "https:", "url(", "@import", "innerHTML", "eval("] {
            assert!(
                !STYLE.contains(foreign) && !SCRIPT.contains(foreign),
                "{foreign}"
            );
        }
    }
}
