//! Saboteurs of the chapter "HTTP", where it is about JSON, as initiators that read token issues.

use crate::{
    Saboteur,
    chapters::json::{fill_in, first_wins, flatten},
    diary::Diary,
    message::{Members, members},
    sabotage::Sabotage,
};
use btx_harness::embedded::Alterations;
use btx_spec::ProblemType;
use serde_json::Value;

const FAULT: &str = "what it takes is no fault to it";

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_the_syntax();
    all.extend(of_names());
    all.extend(of_members());
    all
}

fn of_the_syntax() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_initiator(
            "reads-issues-loosely",
            "HT-ANY-008",
            "Takes what is not quite JSON, or more than one object, as far as it can be read.",
            || {
                reading(|text| {
                    let text = text.trim_start_matches('\u{feff}').trim_start_matches('[');
                    let text = text.replace("/* the shop's call */", "").replace(",}", "}");
                    let mut values = serde_json::Deserializer::from_str(&text).into_iter();
                    let first: Members = values.next()?.ok()?;
                    Some(Value::Object(first).to_string())
                })
            },
        )
        .except(&["that is not JSON", "an empty body"]),
        Saboteur::of_the_initiator(
            "thanks-for-what-is-no-json",
            "HT-ANY-008",
            "Answers what is no JSON at all with 204, and goes on waiting.",
            || {
                Sabotage::of_the_initiator()
                    .issue_verdicts(|asked, told| {
                        let starts = asked.body.first().is_some_and(|b| b"[{\xef".contains(b));
                        if told.problem() == Some(ProblemType::MalformedMessage) && !starts {
                            *told = crate::message::Told::empty(204);
                        }
                    })
                    .alterations()
            },
        )
        .only(&["that is not JSON", "an empty body"])
        .also("EX-INI-030", &["a body that is not JSON"], FAULT),
    ]
}

/// A reader that makes something of a body that the reference would refuse, and leaves the others alone.
fn reading(read: fn(&str) -> Option<String>) -> Alterations {
    Sabotage::of_the_initiator()
        .arriving(move |issue| {
            let whole = std::str::from_utf8(&issue.body)
                .is_ok_and(|text| serde_json::from_str::<Members>(text).is_ok());
            if !whole && let Some(text) = read(&String::from_utf8_lossy(&issue.body)) {
                issue.body = text.into();
            }
        })
        .alterations()
}

fn of_names() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_initiator(
            "takes-the-first-of-two-members-of-an-issue",
            "HT-ANY-009",
            "Takes the first of two members of one name.",
            || {
                Sabotage::of_the_initiator()
                    .arriving(|issue| issue.body = first_wins(&issue.body))
                    .alterations()
            },
        )
        .also(
            "EX-INI-041",
            &["bearer_token twice"],
            "it takes the first of them",
        ),
        Saboteur::of_the_initiator(
            "takes-strange-members-twice",
            "HT-ANY-009",
            "Takes two members of one name if it does not know the name.",
            || {
                Sabotage::of_the_initiator()
                    .arriving(|issue| {
                        let text = String::from_utf8_lossy(&issue.body);
                        if text.matches("\"note\"").count() > 1 {
                            issue.body = first_wins(&issue.body);
                        }
                    })
                    .alterations()
            },
        )
        .only(&["an unknown member twice"]),
        Saboteur::of_the_initiator(
            "reads-the-names-of-an-issue-in-any-case",
            "HT-ANY-011",
            "Takes a member whose name differs in letter case for the one that is missing.",
            || {
                Sabotage::of_the_initiator()
                    .arriving_members(|m| {
                        let other = m.keys().find(|k| k.eq_ignore_ascii_case("exchange_id"));
                        let value = other.cloned().and_then(|other| m.get(&other).cloned());
                        if let Some(value) = value.filter(|_| !m.contains_key("exchange_id")) {
                            m.insert("exchange_id".to_owned(), value);
                        }
                    })
                    .alterations()
            },
        ),
    ]
}

fn of_members() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_initiator(
            "fills-in-what-is-missing",
            "HT-ANY-010",
            "Takes what is missing in a token issue, or is no text, from the exchange at that URL.",
            || {
                let diary = Diary::default();
                Sabotage::of_the_initiator()
                    .keeping(&diary)
                    .arriving(move |issue| {
                        let Some(entry) = diary.at(issue.head.uri.path()) else {
                            return;
                        };
                        issue.edit(|m| {
                            fill_in(m, "version", btx_spec::VERSION);
                            fill_in(m, "exchange_id", entry.call.exchange_id.as_str());
                            fill_in(m, "issuer", entry.call.issuer.as_str());
                            fill_in(m, "initiator", entry.call.initiator.as_str());
                        });
                    })
                    .alterations()
            },
        )
        .also(
            "EX-INI-104",
            &["no version"],
            "a version that is missing is filled in",
        )
        .also(
            "HT-ANY-011",
            &["Exchange_Id"],
            "an id under another name is missing",
        ),
        Saboteur::of_the_initiator(
            "takes-known-members-of-an-issue-only",
            "HT-ANY-012",
            "Refuses a token issue with a member that it does not know.",
            || {
                Sabotage::of_the_initiator()
                    .refusing_issues(ProblemType::MalformedMessage, |issue| {
                        let strange = |name: &String| !KNOWN.contains(&name.as_str());
                        members(&issue.body).is_some_and(|m| m.keys().any(strange))
                            || is_number(&issue.body)
                    })
                    .alterations()
            },
        )
        .also(
            "EX-INI-040",
            &["members that nobody knows"],
            "they are what makes it large",
        )
        .also(
            "HT-ANY-015",
            &["answered 413"],
            "such a member is what makes it too large",
        ),
        Saboteur::of_the_initiator(
            "stumbles-over-numbers",
            "HT-ANY-012",
            "Refuses a token issue with a number that is too large for it.",
            || {
                Sabotage::of_the_initiator()
                    .refusing_issues(ProblemType::MalformedMessage, |issue| {
                        is_number(&issue.body)
                    })
                    .alterations()
            },
        )
        .only(&["5000 digits"]),
        Saboteur::of_the_initiator(
            "takes-issues-of-any-depth",
            "HT-ANY-013",
            "Takes a token issue whatever the depth to which it is nested.",
            || Sabotage::of_the_initiator().arriving(flatten).alterations(),
        ),
    ]
}

const KNOWN: [&str; 7] = [
    "version",
    "exchange_id",
    "issuer",
    "initiator",
    "bearer_token",
    "expires_at",
    "signature",
];

/// Whether there is a number that no floating-point type holds.
fn is_number(body: &[u8]) -> bool {
    String::from_utf8_lossy(body).contains(&"9".repeat(400))
}
