//! What a resource hands out, as it has to and otherwise.

use super::{desk, mark};
use crate::{
    lab::{
        PeerAnswer,
        jwt::{HostAnswer, PeerPlace},
    },
    steps::{Stop, calls::unknown, registry::steps},
    wire::Response,
};
use serde_json::json;
use std::sync::Arc;

/// The field in which a token is handed out.
const FIELD: &str = "authentication-info";

steps! {
    "the resource hands out {words}" => |world, words| {
        let alter = altered(&words)?;
        let answer = HostAnswer::Altered(Arc::new(move |mut response| {
            // Where nothing is handed out there is nothing to alter.
            if let Some(token) = token(&response) {
                alter(&mut response, &token);
            }
            PeerAnswer::Respond(response)
        }));
        desk(world, 0)?.answer_with(PeerPlace::Api, vec![answer]);
        mark(world)
    }
}

/// The token that a sound answer hands out.
fn token(response: &Response) -> Option<String> {
    let field = response.fields.get(FIELD)?;
    let (_, rest) = field.split_once("access_token=\"")?;
    Some(rest.split_once('"')?.0.to_owned())
}

/// Puts a value in the place of the field.
fn field(response: &mut Response, value: String) {
    response.fields.remove(FIELD);
    response.fields.push(FIELD, value);
}

type Alter = fn(&mut Response, &str);

fn altered(words: &str) -> Result<Alter, Stop> {
    Ok(match words {
        "a token that lives one second" => |r, t| hand_out(r, t, "1"),
        "a token of two words" => |r, t| hand_out(r, &format!("{t} more"), "300"),
        "a token with a letter beyond ASCII" => |r, t| hand_out(r, &format!("{t}\u{e9}"), "300"),
        "an empty token" => |r, _| hand_out(r, "", "300"),
        "a token without quotes" => |r, t| field(r, format!("access_token={t}, expires_in=300")),
        "a token of more than 4096 characters" => {
            |r, t| hand_out(r, &format!("{t}{}", "a".repeat(4096)), "300")
        }
        "a token without expires_in" => |r, t| field(r, format!("access_token=\"{t}\"")),
        "a token that lives no second" => |r, t| hand_out(r, t, "0"),
        "a token that lives a year" => |r, t| hand_out(r, t, "31536000"),
        "a token twice in one field" => |r, t| {
            let twice = format!("access_token=\"{t}\", expires_in=300, access_token=\"{t}x\"");
            field(r, twice);
        },
        "two fields with a token each" => |r, t| {
            let other = format!("access_token=\"{t}x\", expires_in=300");
            r.fields.push(FIELD, other);
        },
        "a token without no-store" => |r, _| {
            r.fields.remove("cache-control");
            r.fields.push("cache-control", "max-age=60");
        },
        "a token in the body alone" => |r, t| {
            let body = json!({"access_token": t, "token_type": "Bearer", "expires_in": 300});
            r.fields.remove(FIELD);
            *r = Response::new(r.status, r.fields.clone(), body.to_string().as_bytes());
        },
        "a token with the status 403" => |r, _| r.status = 403,
        "a token with the status 500" => |r, _| r.status = 500,
        _ => return Err(unknown("hand-out", words)),
    })
}

fn hand_out(response: &mut Response, token: &str, seconds: &str) {
    field(
        response,
        format!("access_token=\"{token}\", expires_in={seconds}"),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Fields;

    #[test]
    fn each_fault_is_one_and_the_sound_field_is_none() {
        let value = format!("access_token=\"{}\", expires_in=300", "t".repeat(43));
        let sound = Response::new(
            200,
            Fields::from([(FIELD, value.as_str()), ("cache-control", "no-store")]),
            b"{}",
        );
        let handed_out = |response: &Response| {
            let fields: Vec<&str> = response.fields.all(FIELD).collect();
            btx_spec::jwt::authentication_info::parse(&fields).is_ok_and(|found| found.is_some())
        };
        assert!(handed_out(&sound));
        for words in [
            "a token of two words",
            "an empty token",
            "a token without quotes",
            "a token of more than 4096 characters",
            "a token without expires_in",
            "a token that lives no second",
            "a token that lives a year",
            "a token twice in one field",
            "two fields with a token each",
            "a token in the body alone",
        ] {
            let mut response = sound.clone();
            let token = token(&response).unwrap();
            altered(words).unwrap()(&mut response, &token);
            assert!(!handed_out(&response), "{words}");
        }
        let mut brief = sound.clone();
        altered("a token that lives one second").unwrap()(&mut brief, "t23456789012345678901");
        assert!(handed_out(&brief));
    }
}
