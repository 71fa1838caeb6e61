//! The vectors are of their form, and this crate agrees with each.

use std::collections::{BTreeMap, BTreeSet};

use btx_spec::catalogue::{Catalogue, RequirementId};
use btx_spec::vectors::{self, Expected, Refusal, Subject};
use serde_json::Value;

use crate::no_complaints;

#[test]
fn every_file_matches_the_schema() {
    let texts = vectors::texts();
    let schema: Value = serde_json::from_str(texts[vectors::SCHEMA]).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut complaints = Vec::new();
    for (name, text) in texts
        .into_iter()
        .filter(|(name, _)| *name != vectors::SCHEMA)
    {
        let file: Value = serde_json::from_str(text).unwrap();
        for error in validator.iter_errors(&file) {
            complaints.push(format!(
                "spec/vectors/{name}: {}: {error}",
                error.instance_path()
            ));
        }
    }
    no_complaints(&complaints);
}

#[test]
fn there_are_vectors_for_every_subject() {
    let subjects: BTreeSet<String> = vectors::files()
        .unwrap()
        .values()
        .map(|file| format!("{:?}", file.subject))
        .collect();
    assert_eq!(
        subjects.len(),
        28,
        "one file in spec/vectors for each subject: {subjects:?}"
    );
}

#[test]
fn ids_are_unique_over_all_files() {
    let mut places: BTreeMap<String, &str> = BTreeMap::new();
    let mut complaints = Vec::new();
    for (name, file) in vectors::files().unwrap() {
        for vector in file.tests {
            if let Some(first) = places.insert(vector.id.clone(), name) {
                complaints.push(format!(
                    "spec/vectors/{name}: \"{}\" stands already in {first}; give it another id",
                    vector.id
                ));
            }
        }
    }
    no_complaints(&complaints);
}

#[test]
fn flags_are_defined_and_used() {
    let mut complaints = Vec::new();
    for (name, file) in vectors::files().unwrap() {
        let defined: BTreeSet<&String> = file.flags.keys().collect();
        let used: BTreeSet<&String> = file.tests.iter().flat_map(|test| &test.flags).collect();
        for flag in used.difference(&defined) {
            complaints.push(format!(
                "spec/vectors/{name}: define the flag {flag} in \"flags\""
            ));
        }
        for flag in defined.difference(&used) {
            complaints.push(format!(
                "spec/vectors/{name}: no vector has the flag {flag}; remove it"
            ));
        }
    }
    no_complaints(&complaints);
}

#[test]
fn this_crate_agrees_with_every_vector() {
    let mut complaints = Vec::new();
    for (name, file) in vectors::files().unwrap() {
        for vector in &file.tests {
            let judged = file.subject.judge(vector);
            let unreadable = matches!(judged, Err(Refusal::NoInput(_)));
            if unreadable || !vector.result.agrees_with(judged.is_ok()) {
                complaints.push(format!(
                    "spec/vectors/{name}: \"{}\" ({}) is {:?}, and this crate says {judged:?}",
                    vector.id, vector.comment, vector.result
                ));
            }
        }
    }
    no_complaints(&complaints);
}

#[test]
fn faults_of_messages_have_the_class_that_is_written() {
    let mut complaints = Vec::new();
    for (name, file) in vectors::files().unwrap() {
        for vector in &file.tests {
            let judged = file.subject.judge(vector);
            let class = judged.as_ref().err().and_then(Refusal::class);
            if vector.error.as_deref() != class {
                complaints.push(format!(
                    "spec/vectors/{name}: \"{}\": write \"error\": {class:?}, not {:?}",
                    vector.id, vector.error
                ));
            }
        }
    }
    no_complaints(&complaints);
}

#[test]
fn every_fault_of_messages_has_a_vector() {
    let classes = [
        "not-json",
        "not-an-object",
        "too-deep",
        "duplicate-member",
        "unsupported-version",
        "missing",
        "wrong-type",
        "bad-value",
    ];
    for name in ["token-call.json", "token-issue.json"] {
        let file = &vectors::files().unwrap()[name];
        for class in classes {
            assert!(
                file.tests
                    .iter()
                    .any(|vector| vector.error.as_deref() == Some(class)),
                "spec/vectors/{name} has no vector for {class}; write one"
            );
        }
    }
}

/// The requirements that can be tested without a network: each has vectors.
const PURE: [&str; 149] = [
    "EX-ANY-001",
    "EX-INI-041",
    "EX-INI-046",
    "EX-INI-050",
    "EX-ISS-002",
    "EX-ISS-003",
    "EX-ISS-005",
    "EX-ISS-011",
    "EX-ISS-012",
    "EX-ISS-022",
    "EX-ISS-050",
    "EX-ISS-100",
    "HT-ANY-008",
    "HT-ANY-009",
    "HT-ANY-010",
    "HT-ANY-011",
    "HT-ANY-012",
    "HT-ANY-013",
    "JW-ANY-001",
    "JW-ANY-007",
    "JW-ANY-008",
    "JW-ANY-009",
    "JW-ANY-010",
    "JW-ANY-011",
    "JW-ANY-012",
    "JW-ANY-013",
    "JW-ANY-014",
    "JW-ANY-015",
    "JW-ANY-016",
    "JW-ANY-017",
    "JW-ANY-018",
    "JW-ANY-026",
    "JW-ANY-029",
    "JW-AUS-003",
    "JW-AUS-004",
    "JW-AUS-005",
    "JW-AUS-006",
    "JW-AUS-010",
    "JW-AUS-014",
    "JW-CLI-001",
    "JW-CLI-003",
    "JW-CLI-004",
    "JW-CLI-005",
    "JW-CLI-030",
    "JW-CLI-031",
    "JW-CLI-032",
    "JW-CLI-033",
    "JW-CLI-034",
    "JW-CLI-035",
    "JW-CLI-036",
    "JW-CLI-037",
    "JW-CLI-054",
    "JW-CLI-066",
    "JW-RES-001",
    "JW-RES-002",
    "JW-RES-003",
    "JW-RES-004",
    "JW-RES-005",
    "JW-RES-006",
    "JW-RES-008",
    "JW-RES-009",
    "JW-RES-011",
    "JW-RES-012",
    "JW-RES-013",
    "JW-RES-014",
    "JW-RES-019",
    "JW-RES-020",
    "JW-RES-040",
    "JW-RES-046",
    "LC-CLI-010",
    "LC-CLI-013",
    "LC-ISS-001",
    "LC-ISS-002",
    "LC-ISS-010",
    "LC-ISS-011",
    "LC-ISS-012",
    "LC-ISS-013",
    "LC-ISS-014",
    "LC-ISS-017",
    "LC-ISS-030",
    "LC-ISS-033",
    "LC-ISS-034",
    "LC-ISS-035",
    "LC-ISS-062",
    "LC-ISS-100",
    "LC-RES-002",
    "LC-RES-003",
    "LC-RES-004",
    "LC-RES-005",
    "LC-RES-006",
    "LC-RES-011",
    "LC-RES-017",
    "LC-RES-019",
    "OA-AUS-001",
    "OA-AUS-005",
    "OA-AUS-006",
    "OA-AUS-007",
    "OA-AUS-009",
    "OA-AUS-020",
    "OA-AUS-021",
    "OA-AUS-024",
    "OA-AUS-026",
    "OA-AUS-029",
    "OA-AUS-040",
    "OA-AUS-041",
    "OA-AUS-044",
    "OA-AUS-046",
    "OA-AUS-055",
    "OA-AUS-063",
    "OA-AUS-064",
    "OA-AUS-065",
    "OA-AUS-100",
    "OA-AUS-101",
    "OA-AUS-102",
    "OA-AUS-103",
    "OA-AUS-114",
    "OA-AUS-115",
    "OA-AUS-130",
    "OA-AUS-132",
    "OA-AUS-133",
    "OA-AUS-134",
    "OA-AUS-151",
    "OA-AUS-158",
    "OA-AUS-201",
    "OA-AUS-202",
    "OA-AUS-203",
    "OA-AUS-204",
    "OA-AUS-241",
    "OA-CLI-002",
    "OA-CLI-030",
    "OA-CLI-031",
    "OA-CLI-032",
    "OA-CLI-033",
    "OA-CLI-034",
    "OA-CLI-045",
    "OA-CLI-047",
    "OA-CLI-061",
    "OA-RES-002",
    "OA-RES-020",
    "OA-RES-021",
    "OA-RES-022",
    "OA-RES-023",
    "OA-RES-029",
    "OA-RES-031",
    "OA-RES-050",
    "OA-RES-051",
    "OA-RES-054",
    "OA-RES-071",
    "OA-RES-072",
];

#[test]
fn every_vector_names_the_requirements_that_it_exercises() {
    let Ok(catalogue) = Catalogue::embedded() else {
        panic!("the catalogue has errors; see the test catalogue::it_can_be_read");
    };
    let mut complaints = Vec::new();
    for (name, file) in vectors::files().unwrap() {
        // What the drafts before BTX-1 signed is history, and no requirement of today.
        let history = file.subject == Subject::AncestorCrte;
        for vector in file.tests {
            if vector.requirements.is_empty() && !history {
                complaints.push(format!(
                    "spec/vectors/{name}: \"{}\" exercises nothing: write the id of a requirement into its \"requirements\"",
                    vector.id
                ));
            }
            for id in vector.requirements {
                let parsed = id.parse::<RequirementId>();
                if !parsed.is_ok_and(|id| catalogue.get(&id).is_some()) {
                    complaints.push(format!(
                        "spec/vectors/{name}: \"{}\" names {id}, which no chapter has: correct the id, or write the requirement into a chapter",
                        vector.id
                    ));
                }
                if !PURE.contains(&id.as_str()) {
                    complaints.push(format!(
                        "spec/tests/spec/vectors.rs: add {id} to PURE, since \"{}\" in spec/vectors/{name} exercises it",
                        vector.id
                    ));
                }
            }
        }
    }
    no_complaints(&complaints);
}

#[test]
fn every_requirement_that_is_pure_has_vectors() {
    let files = vectors::files().unwrap();
    let named: BTreeSet<&str> = files
        .values()
        .flat_map(|file| &file.tests)
        .flat_map(|vector| vector.requirements.iter().map(String::as_str))
        .collect();
    let complaints: Vec<String> = PURE
        .iter()
        .filter(|id| !named.contains(*id))
        .map(|id| {
            format!("spec/vectors: no vector names {id}: write one, or take {id} out of PURE in spec/tests/spec/vectors.rs")
        })
        .collect();
    no_complaints(&complaints);
}

#[test]
fn every_file_has_good_and_bad_values() {
    for (name, file) in vectors::files().unwrap() {
        for expected in [Expected::Valid, Expected::Invalid] {
            assert!(
                file.tests.iter().any(|vector| vector.result == expected),
                "spec/vectors/{name} has no {expected:?} vector; a file of one kind proves nothing"
            );
        }
    }
}
