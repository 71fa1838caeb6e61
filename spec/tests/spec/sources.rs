//! `spec/sources.toml`: what the text owes its sources. Every statement of the drafts,
//! every hole in them and every attack has its requirements, or the reason why it has none.

mod attacks;

use std::collections::{BTreeMap, BTreeSet};

use btx_spec::catalogue::RequirementId;
use serde::Deserialize;

use crate::catalogue::{catalogue, place};
use crate::{no_complaints, spec};

const EXAMPLE: &str = "[[source]]\nid = \"H-12\"\ntext = \"204 before the token is durable\"\n\
                       requirements = [\"EX-INI-004\"]   # or: reason = \"...\"";

/// The lists of sources: the prefix of the ids, and how many there are.
const LISTS: [(&str, usize); 5] = [
    ("D1-", 41),
    ("D2-", 14),
    ("H-", 65),
    ("BR-", 27),
    ("T-", 45),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sources {
    #[serde(default)]
    source: Vec<Source>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    id: String,
    text: String,
    #[serde(default)]
    requirements: Vec<String>,
    #[serde(default)]
    reason: String,
    /// What shows an attack: a file below `features`, and the name of one of its scenarios.
    #[serde(default)]
    scenarios: Vec<String>,
    /// Why no scenario can show an attack.
    #[serde(default)]
    unseen: String,
}

fn sources() -> Vec<Source> {
    let path = spec().join("sources.toml");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!("spec/sources.toml: {error}; write it, with entries such as\n\n{EXAMPLE}\n")
    });
    let read: Result<Sources, _> = toml::from_str(&text);
    read.unwrap_or_else(|error| panic!("spec/sources.toml: {error}\nan entry is\n\n{EXAMPLE}\n"))
        .source
}

fn expected_ids() -> BTreeSet<String> {
    let ids = |(prefix, count): (&'static str, usize)| {
        (1..=count).map(move |number| format!("{prefix}{number:02}"))
    };
    LISTS.into_iter().flat_map(ids).collect()
}

/// The ids in a source line that have the form of the lists; the rest, such as RFCs, are
/// for the reader.
fn listed_ids(source_line: &str) -> BTreeSet<String> {
    source_line
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
        .filter(|word| LISTS.iter().any(|(prefix, _)| has_form(word, prefix)))
        .map(str::to_owned)
        .collect()
}

fn has_form(word: &str, prefix: &str) -> bool {
    word.strip_prefix(prefix)
        .is_some_and(|number| number.len() == 2 && number.bytes().all(|byte| byte.is_ascii_digit()))
}

#[test]
fn every_source_is_listed_once() {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for source in sources() {
        *counts.entry(source.id).or_default() += 1;
    }
    let expected = expected_ids();
    let mut complaints = Vec::new();
    for id in &expected {
        match counts.get(id) {
            None => complaints.push(format!("spec/sources.toml: add an entry for {id}")),
            Some(1) => {}
            Some(count) => complaints.push(format!("spec/sources.toml: {id} has {count} entries")),
        }
    }
    for id in counts.keys().filter(|id| !expected.contains(*id)) {
        complaints.push(format!(
            "spec/sources.toml: {id} is in no list of sources; remove it"
        ));
    }
    no_complaints(&complaints);
}

#[test]
fn every_source_has_requirements_or_a_reason() {
    let mut complaints = Vec::new();
    for source in sources() {
        let id = &source.id;
        if source.text.trim().is_empty() {
            complaints.push(format!(
                "spec/sources.toml: {id}: say in `text` what it is about"
            ));
        }
        if source.requirements.is_empty() == source.reason.trim().is_empty() {
            complaints.push(format!(
                "spec/sources.toml: {id}: give either `requirements` or a `reason` why there are none"
            ));
        }
        for name in &source.requirements {
            let requirement = name
                .parse::<RequirementId>()
                .ok()
                .and_then(|id| catalogue().get(&id));
            match requirement {
                None => complaints.push(format!(
                    "spec/sources.toml: {id}: {name} stands in no chapter; correct it"
                )),
                Some(found) if !listed_ids(&found.sources).contains(id) => {
                    complaints.push(format!(
                        "{}: add {id} to the source line of {name}, or remove {name} from {id} in \
                     spec/sources.toml",
                        place(found)
                    ))
                }
                Some(_) => {}
            }
        }
    }
    no_complaints(&complaints);
}

#[test]
fn source_lines_are_listed_back() {
    let sources: BTreeMap<String, Vec<String>> = sources()
        .into_iter()
        .map(|source| (source.id, source.requirements))
        .collect();
    let mut complaints = Vec::new();
    for requirement in catalogue().iter() {
        let id = requirement.id.to_string();
        for listed in listed_ids(&requirement.sources) {
            let back = sources
                .get(&listed)
                .is_some_and(|requirements| requirements.contains(&id));
            if !back {
                complaints.push(format!(
                    "{}: {id} has {listed} as a source: add \"{id}\" to the requirements of \
                     {listed} in spec/sources.toml, or remove {listed} from the source line",
                    place(requirement)
                ));
            }
        }
    }
    no_complaints(&complaints);
}

#[test]
fn ids_are_found_in_source_lines() {
    let ids = listed_ids("CRTE-PUBLIC-DRAFT-1 (D1-09); T-09, T-15; RFC 9110 section 15.4, H-7");
    assert_eq!(
        ids,
        BTreeSet::from(["D1-09", "T-09", "T-15"].map(str::to_owned))
    );
}
