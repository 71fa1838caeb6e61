//! The checked-in JSON Schemas are those of the message types, and tell what they can
//! tell of messages.

use btx_spec::schemas::{file_text, schemas};
use btx_spec::vectors::{self, Subject};
use jsonschema::Validator;
use serde_json::Value;

use crate::{no_complaints, spec};

const UPDATE: &str = "UPDATE_SCHEMAS=1 cargo test -p btx-spec --test spec schemas";

#[test]
fn checked_in_schemas_are_fresh() {
    let folder = spec().join("schemas");
    for (name, schema) in schemas() {
        let path = folder.join(name);
        let fresh = file_text(&schema);
        if std::env::var_os("UPDATE_SCHEMAS").is_some() {
            std::fs::write(&path, &fresh).unwrap();
        }
        let checked_in = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            checked_in == fresh,
            "spec/schemas/{name} is not the schema of the message type; write it with\n  {UPDATE}"
        );
    }
}

/// A schema that is written by hand, since what it describes is no message of these types: the records that
/// `btx` reports, which its own tests hold against it.
const BY_HAND: &str = "report.schema.json";

#[test]
fn no_schema_is_left_over() {
    let known = schemas().map(|(name, _)| name);
    for file in std::fs::read_dir(spec().join("schemas")).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        assert!(
            known.contains(&name.as_str()) || name == BY_HAND,
            "spec/schemas/{name} is made from no message type: remove it, or add the type to \
             `schemas` in spec/src/schemas.rs"
        );
    }
}

#[test]
fn every_member_is_described() {
    for (name, schema) in schemas() {
        let schema = schema.as_value();
        for place in ["title", "description"] {
            assert!(
                schema[place].is_string(),
                "spec/schemas/{name} has no {place}"
            );
        }
        for (member, value) in schema["properties"].as_object().unwrap() {
            assert!(
                value["description"].is_string(),
                "spec/schemas/{name}: \"{member}\" has no description: write a doc comment"
            );
        }
    }
}

#[test]
fn schemas_agree_with_the_vectors() {
    let mut complaints = Vec::new();
    for (name, file) in vectors::files().unwrap() {
        let Some(validator) = validator_of(file.subject) else {
            continue;
        };
        for vector in &file.tests {
            let beyond = vector
                .flags
                .iter()
                .any(|flag| file.flags[flag].beyond_schema);
            let json = serde_json::from_slice::<Value>(&vector.body().unwrap());
            let (Ok(json), false) = (json, beyond) else {
                continue;
            };
            let valid = validator.is_valid(&json);
            if !vector.result.agrees_with(valid) {
                complaints.push(format!(
                    "spec/vectors/{name}: \"{}\" ({}) is {:?}, and the schema says valid = {valid}: \
                     correct the vector, tighten the pattern in spec/src/wire.rs, or set \
                     \"beyond_schema\" at one of its flags",
                    vector.id, vector.comment, vector.result
                ));
            }
        }
    }
    no_complaints(&complaints);
}

fn validator_of(subject: Subject) -> Option<Validator> {
    let wanted = match subject {
        Subject::TokenCall => "token-call.schema.json",
        Subject::TokenIssue => "token-issue.schema.json",
        Subject::TokenAnswer => "token-answer.schema.json",
        Subject::Introspection => "introspection.schema.json",
        Subject::ClientDocument => "client-document.schema.json",
        _ => return None,
    };
    let (_, schema) = schemas().into_iter().find(|(name, _)| *name == wanted)?;
    Some(jsonschema::validator_for(schema.as_value()).unwrap())
}
