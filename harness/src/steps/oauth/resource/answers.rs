//! What a server of the harness answers for its key set and to questions about tokens, by the words that
//! scenarios have for it.

use crate::{
    lab::{
        PeerAnswer,
        oauth::{Desk, Place, ServerAnswer},
    },
    wire::{Fields, Response},
};
use serde_json::{Value, json};

/// Lets a server answer soundly again.
pub(super) fn reset(desk: &Desk) {
    for place in [Place::Jwks, Place::Introspection] {
        desk.answer_with(place, vec![ServerAnswer::Sound]);
    }
}

/// What is answered for a key set.
pub(super) fn of_key_set(words: &str) -> Option<ServerAnswer> {
    Some(match words {
        "a JSON object without keys" => ServerAnswer::json(200, &json!({})),
        "an empty key set" => ServerAnswer::json(200, &json!({"keys": []})),
        _ => of_anything(words)?,
    })
}

/// What is answered to a question about a token, whoever it is about.
pub(super) fn of_question(words: &str) -> Option<ServerAnswer> {
    Some(match words {
        "an array that says that it is active" => {
            ServerAnswer::json(200, &json!([{"active": true}]))
        }
        "500, and that it is active" => ServerAnswer::Altered(std::sync::Arc::new(|mut sound| {
            sound.status = 500;
            PeerAnswer::Respond(sound)
        })),
        "an error of OAuth" => ServerAnswer::json(400, &json!({"error": "invalid_request"})),
        "that the client is not known" => {
            ServerAnswer::json(401, &json!({"error": "invalid_client"}))
        }
        _ => of_anything(words)?,
    })
}

/// What a server answers about a token that is active, altered as the words say.
pub(super) fn of_active(words: &str) -> Option<ServerAnswer> {
    let other = match words {
        "that it is not active" => json!(false),
        "that it is active as text" => json!("true"),
        "that it is active as a number" => json!(1),
        "null in the place of whether it is active" => Value::Null,
        "an array in the place of whether it is active" => json!([true]),
        "everything but whether it is active" => {
            return Some(ServerAnswer::members(|members| {
                members.remove("active");
            }));
        }
        _ => return None,
    };
    Some(ServerAnswer::members(move |members| {
        members.insert("active".to_owned(), other.clone());
    }))
}

fn of_anything(words: &str) -> Option<ServerAnswer> {
    Some(ServerAnswer::Fixed(match words {
        "a page" => PeerAnswer::Respond(Response::new(
            200,
            Fields::from([("content-type", "text/html")]),
            b"<!doctype html><p>Under repair</p>",
        )),
        "JSON that breaks off" => PeerAnswer::Respond(Response::new(
            200,
            Fields::from([("content-type", "application/json")]),
            b"{\"active\":true,\"keys\":[",
        )),
        "an empty body" => PeerAnswer::Respond(Response::new(
            200,
            Fields::from([("content-type", "application/json")]),
            b"",
        )),
        _ => PeerAnswer::from_words(words, "", "")?,
    }))
}

/// A key set of one key.
pub(super) fn key_set(key: &Value) -> ServerAnswer {
    ServerAnswer::json(200, &json!({"keys": [key]}))
}

/// A certificate, as PEM.
pub(super) fn certificate(base64: &str) -> ServerAnswer {
    let text = format!("-----BEGIN CERTIFICATE-----\n{base64}\n-----END CERTIFICATE-----\n");
    ServerAnswer::Fixed(PeerAnswer::Respond(Response::new(
        200,
        Fields::from([("content-type", "application/pem-certificate-chain")]),
        text.as_bytes(),
    )))
}
