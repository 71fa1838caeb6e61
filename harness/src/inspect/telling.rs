//! What people read of an inspection, and what programs do. Of the signature nothing is shown, and nothing of
//! a document or a key set but what every verifier may see.

use super::finding::{Finding, Verdict};
use super::inspection::{Inspection, Key};
use crate::check::NoVerdict;
use crate::page::{BOLD, DIM, GREEN, PLAIN, Page, RED, YELLOW, counted};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// The most characters of one value of a stranger that are shown.
const LONGEST: usize = 160;

/// The inspection for people.
pub(super) fn text(seen: &Inspection, page: Page) -> String {
    let mut text = String::new();
    if let Some((header, claims)) = &seen.token {
        text.push_str(&members("Header", header, page));
        text.push_str(&members("Claims", claims, page));
    }
    if let Some(document) = &seen.document {
        text.push_str(&heading("Document", &document.from, page));
        if let Some(name) = &document.what.name {
            text.push_str(&row("name", &quoted(name), page));
        }
        let keys = document
            .what
            .keys_at
            .as_deref()
            .unwrap_or("in the document");
        text.push_str(&row("keys", keys, page));
        text.push('\n');
    }
    if let Some(keys) = &seen.keys {
        text.push_str(&heading("Keys", &keys.from, page));
        for key in &keys.what {
            text.push_str(&one_key(key, page));
        }
        text.push('\n');
    }
    for (part, findings) in seen
        .parts
        .iter()
        .filter(|(_, findings)| !findings.is_empty())
    {
        text.push_str(&format!("{BOLD}{part}{BOLD:#}\n"));
        for finding in findings {
            text.push_str(&one(finding, page));
        }
        text.push('\n');
    }
    text + &verdict(seen, page)
}

fn heading(what: &str, from: &str, page: Page) -> String {
    page.hanging(&format!("{what}  "), BOLD, &printable(from), DIM)
}

fn members(what: &str, members: &Map<String, Value>, page: Page) -> String {
    let mut text = format!("{BOLD}{what}{BOLD:#}\n");
    for (name, value) in members {
        let mut shown = match value {
            Value::String(text) => printable(text),
            other => printable(&other.to_string()),
        };
        let is_time = ["exp", "iat", "nbf"].contains(&name.as_str());
        if let (true, Some(seconds)) = (is_time, value.as_f64()) {
            shown = format!("{shown}  {}", instant(seconds));
        }
        text.push_str(&row(&printable(name), &shown, page));
    }
    text + "\n"
}

fn row(name: &str, value: &str, page: Page) -> String {
    page.hanging(&format!("  {name:<5} "), DIM, value, PLAIN)
}

fn one_key(key: &Key, page: Page) -> String {
    let id = key
        .id
        .as_deref()
        .map_or_else(|| "without a kid".to_owned(), printable);
    let named = if key.named { ", named by the JWT" } else { "" };
    row(
        "kid",
        &format!("{id}  {}{named}", key.algorithms.join(", ")),
        page,
    )
}

fn one(finding: &Finding, page: Page) -> String {
    let (mark, style) = match finding.verdict {
        Verdict::Right => ("✓", GREEN),
        Verdict::Wrong => ("✗", RED),
        Verdict::Open => ("?", YELLOW),
    };
    let id = finding.requirement.unwrap_or_default();
    let lead = format!("  {mark} {id:<10}  ");
    let words = match finding.verdict {
        Verdict::Wrong => BOLD,
        _ => PLAIN,
    };
    let mut text = page.hanging(&lead, style, &finding.says, words);
    if let Some(advice) = &finding.advice {
        text.push_str(&page.paragraph(lead.chars().count(), advice, PLAIN));
    }
    text
}

fn verdict(seen: &Inspection, page: Page) -> String {
    let (wrong, open) = (seen.count(Verdict::Wrong), seen.count(Verdict::Open));
    let mut text = String::new();
    for absent in &seen.absent {
        text.push_str(&page.hanging("not fetched  ", YELLOW, &printable(absent), PLAIN));
    }
    let judged = match (wrong, open) {
        (0, 0) => format!("{GREEN}All is right.{GREEN:#}"),
        (0, _) if seen.absent.is_empty() => {
            format!(
                "{GREEN}All that can be judged here is right{GREEN:#}; {} cannot be.",
                counted(open, "rule")
            )
        }
        (0, _) => format!("{YELLOW}Not everything came{YELLOW:#}: {open} cannot be judged."),
        (_, 0) => format!("{RED}{}{RED:#}.", is_broken(wrong)),
        _ => format!("{RED}{}{RED:#}, {open} cannot be judged.", is_broken(wrong)),
    };
    text + &judged + "\n"
}

fn is_broken(wrong: usize) -> String {
    let are = if wrong == 1 { "is" } else { "are" };
    format!("{} {are} broken", counted(wrong, "rule"))
}

/// The inspection for programs.
///
/// # Errors
/// A defect of the harness.
pub(super) fn json(seen: &Inspection) -> Result<String, NoVerdict> {
    let keys = seen.keys.as_ref().map(|keys| {
        let key =
            |key: &Key| json!({ "kid": key.id, "algorithms": key.algorithms, "named": key.named });
        json!({ "from": keys.from, "keys": keys.what.iter().map(key).collect::<Vec<_>>() })
    });
    let document = seen.document.as_ref().map(|document| {
        json!({
            "from": document.from,
            "client_name": document.what.name,
            "jwks_uri": document.what.keys_at,
        })
    });
    let findings: Vec<Value> = seen
        .parts
        .iter()
        .flat_map(|(part, findings)| findings.iter().map(move |finding| (part, finding)))
        .map(|(part, finding)| {
            json!({
                "part": part,
                "verdict": finding.verdict,
                "requirement": finding.requirement,
                "says": finding.says,
                "advice": finding.advice,
            })
        })
        .collect();
    let whole = json!({
        "header": seen.token.as_ref().map(|(header, _)| header),
        "claims": seen.token.as_ref().map(|(_, claims)| claims),
        "document": document,
        "keys": keys,
        "findings": findings,
        "absent": seen.absent,
        "exit": seen.exit(),
    });
    let text = serde_json::to_string_pretty(&whole).map_err(|error| NoVerdict {
        exit: 5,
        words: error.to_string(),
    })?;
    Ok(text + "\n")
}

/// A value of a stranger between quotation marks.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", printable(text))
}

/// A text of a stranger, of bounded length and without anything that a terminal obeys or that nobody sees.
fn printable(text: &str) -> String {
    let mut shown = String::new();
    for character in text.chars().take(LONGEST) {
        match character {
            '"' | '\'' | '\\' => shown.push(character),
            other => shown.extend(other.escape_debug()),
        }
    }
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}

/// An instant for people; nothing for one that no calendar has.
pub(super) fn instant(seconds: f64) -> String {
    let whole = seconds.floor();
    let known = (whole.abs() < 1e12).then(|| Timestamp::from_second(whole as i64).ok());
    known
        .flatten()
        .map_or_else(|| "no date".to_owned(), |time| time.to_string())
}
