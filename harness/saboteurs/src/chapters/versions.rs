//! Saboteurs of the chapter "Versions".

use crate::{Saboteur, message::edit_text, sabotage::Sabotage};
use btx_spec::ProblemType;
use serde_json::{Value, json};

pub(super) fn saboteurs() -> Vec<Saboteur> {
    vec![
        Saboteur::new(
            "speaks-any-version",
            "EX-ISS-100",
            "Does not look at the version of a token call.",
            || {
                Sabotage::new()
                    .call_members(|m| {
                        m.insert("version".to_owned(), "BTX-1".into());
                    })
                    .alterations()
            },
        )
        .also(
            "EX-ISS-101",
            &["lists the versions"],
            "nothing is refused, so nothing is listed",
        )
        .also("EX-ISS-102", &["answered 400"], "nothing is refused")
        .also(
            "EX-ISS-015",
            &["a version that nobody speaks, and"],
            "the first fault is none to it",
        ),
        Saboteur::new(
            "assumes-its-own-version",
            "EX-ISS-100",
            "Takes a token call without a version, or with an empty one, as one of BTX-1.",
            || {
                Sabotage::new()
                    .call_members(|m| {
                        if m.get("version").is_none_or(|v| v == "") {
                            m.insert("version".to_owned(), "BTX-1".into());
                        }
                    })
                    .alterations()
            },
        )
        .only(&["no version", "an empty version"])
        .also(
            "EX-ISS-101",
            &["no version"],
            "nothing is refused, so nothing is listed",
        )
        .also("EX-ISS-102", &["no version"], "nothing is refused"),
        Saboteur::new(
            "reads-the-version-loosely",
            "EX-ISS-100",
            "Takes the version in any letter case and with spaces around it.",
            || {
                Sabotage::new()
                    .call_members(|m| {
                        edit_text(m, "version", |v| v.trim().to_ascii_uppercase());
                    })
                    .alterations()
            },
        )
        .only(&["small letters", "followed by a space"]),
        Saboteur::new(
            "speaks-the-ancestor",
            "EX-ISS-100",
            "Takes the version of the ancestor of this protocol for its own.",
            || {
                Sabotage::new()
                    .call_members(|m| {
                        edit_text(m, "version", |v| v.replace("CRTE-PUBLIC-DRAFT-1", "BTX-1"));
                    })
                    .alterations()
            },
        )
        .only(&["the ancestor"]),
        Saboteur::new(
            "keeps-its-versions-to-itself",
            "EX-ISS-101",
            "Refuses a version without accept_versions.",
            || accept_versions(|| None),
        ),
        Saboteur::new(
            "lists-its-versions-as-text",
            "EX-ISS-101",
            "Gives accept_versions as one text.",
            || accept_versions(|| Some("BTX-1".into())),
        ),
        Saboteur::new(
            "lists-a-version-twice",
            "EX-ISS-101",
            "Gives accept_versions with one version twice.",
            || accept_versions(|| Some(json!(["BTX-1", "BTX-1"]))),
        ),
        Saboteur::new(
            "answers-a-version-with-406",
            "EX-ISS-102",
            "Answers another version with 406.",
            || {
                Sabotage::new()
                    .status_of(ProblemType::UnsupportedVersion, 406)
                    .alterations()
            },
        )
        .also(
            "EX-ISS-015",
            &["a version that nobody speaks, and"],
            "it expects 400 as well",
        ),
    ]
}

/// Another value, or none, in the place of `accept_versions`.
fn accept_versions(make: fn() -> Option<Value>) -> btx_harness::embedded::Alterations {
    Sabotage::new()
        .call_answers(move |_, told| {
            told.edit(|m| {
                if m.remove("accept_versions").is_none() {
                    return;
                }
                if let Some(other) = make() {
                    m.insert("accept_versions".to_owned(), other);
                }
            });
        })
        .alterations()
}
