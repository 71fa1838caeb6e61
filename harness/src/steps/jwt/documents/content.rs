//! What a document says, by the words that scenarios have for it.

use super::answers::{altered, with_body};
use crate::{
    lab::jwt::{DocPlace, Published},
    steps::{Stop, calls::unknown, registry::steps},
    wire::Response,
};
use serde_json::{Map, Value, json};

/// The client id of somebody else.
const ANOTHER: &str = "https://another.example/client.json";
/// The member that only makes it longer.
const FILLER: &str = "filler";

steps! {
    "its document says {words}" => |world, words| {
        let client = world.published(0)?;
        match twice(&words, client) {
            Some((beginning, end)) => {
                client.desk.set(DocPlace::Document, vec![altered(move |response| {
                    insert(response, &beginning, &end);
                })]);
                Ok(())
            }
            None => say(client, &words),
        }
    }
    "its document has {count} octets" => |world, count| {
        let octets = super::super::verifier::number(&count)?;
        let desk = &world.published(0)?.desk;
        desk.alter_document(move |members| fill(members, octets));
        Ok(())
    }
    "its document says that the keys are {words}" => |world, place| {
        let client = world.published(0)?;
        let place = match place.as_str() {
            "at another origin" => format!("{}/jwks.json", client.elsewhere),
            "at an address without https" => client.jwks.replace("https:", "http:"),
            "at a place that is no URL" => "/jwks.json".to_owned(),
            _ => return Err(unknown("place of keys", &place)),
        };
        client.desk.alter_document(move |members| {
            members.insert("jwks_uri".to_owned(), json!(place));
        });
        Ok(())
    }
}

/// Lets the document say something else.
fn say(client: &Published, words: &str) -> Result<(), Stop> {
    let id = &client.id;
    let value = match words {
        "no client_id" => ("client_id", None),
        "the client_id of another" => ("client_id", Some(json!(ANOTHER))),
        "its client_id with a slash more" => ("client_id", Some(json!(format!("{id}/")))),
        "its client_id with the usual port of another scheme" => {
            ("client_id", Some(json!(id.replacen("https:", "http:", 1))))
        }
        "its client_id in capital letters" => ("client_id", Some(json!(id.to_ascii_uppercase()))),
        "its client_id with a query" => ("client_id", Some(json!(format!("{id}?v=1")))),
        "its client_id in a list" => ("client_id", Some(json!([id]))),
        "where its keys are, and has them as well" => {
            let own = client.key.public().to_jwk();
            ("jwks", Some(json!({ "keys": [own] })))
        }
        "nothing of its keys" => ("jwks_uri", None),
        "a client_secret" => ("client_secret", Some(json!("no-secret-any-more"))),
        "when a secret ends" => ("client_secret_expires_at", Some(json!(0))),
        "the method client_secret_basic" => method("client_secret_basic"),
        "the method client_secret_post" => method("client_secret_post"),
        "the method client_secret_jwt" => method("client_secret_jwt"),
        _ => return Err(unknown("saying of a document", words)),
    };
    let (name, value) = (value.0.to_owned(), value.1);
    client.desk.alter_document(move |members| {
        match value.clone() {
            Some(value) => members.insert(name.clone(), value),
            None => members.remove(&name),
        };
    });
    Ok(())
}

fn method(name: &str) -> (&'static str, Option<Value>) {
    ("token_endpoint_auth_method", Some(json!(name)))
}

/// What is put at the beginning and at the end of an object, so that a name stands twice in it.
fn twice(words: &str, client: &Published) -> Option<(String, String)> {
    let member = |name: &str, value: &str| format!("{name:?}:{value:?}");
    Some(match words {
        "two client_ids, the right one last" => (member("client_id", ANOTHER), String::new()),
        "two client_ids, the right one first" => (String::new(), member("client_id", ANOTHER)),
        "twice where its keys are" => (member("jwks_uri", &client.jwks), String::new()),
        "a name twice inside a member" => (
            String::new(),
            r#""contact":{"name":"a","name":"b"}"#.to_owned(),
        ),
        _ => return None,
    })
}

/// Puts members at the beginning and at the end of the object of a response.
pub(super) fn insert(response: &mut Response, beginning: &str, end: &str) {
    let text = String::from_utf8_lossy(&response.body).into_owned();
    let inner = text
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'));
    let parts = [beginning, inner.unwrap_or_default(), end];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    *response = with_body(response, format!("{{{}}}", parts.join(",")).as_bytes());
}

/// Makes a JSON object as long as that.
pub(super) fn fill(members: &mut Map<String, Value>, octets: usize) {
    members.insert(FILLER.to_owned(), json!(""));
    let short = Value::Object(members.clone()).to_string().len();
    let filler = "f".repeat(octets.saturating_sub(short));
    members.insert(FILLER.to_owned(), json!(filler));
}
