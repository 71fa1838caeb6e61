//! Saboteurs of what a client takes for a token.

use super::messages::{edit_answer, member};
use crate::{Saboteur, message::members, sabotage::ClientSabotage};
use btx_reference::outbound::Answer;
use serde_json::{Value, json};

/// The members of an answer that a client with a narrow mind knows.
const KNOWN: [&str; 4] = ["access_token", "token_type", "expires_in", "scope"];

pub(super) fn saboteurs() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_client(
            "takes-a-token-of-any-type",
            "OA-CLI-030",
            "Shows a token of any type as a bearer token.",
            || {
                ClientSabotage::new()
                    .granted(|answer| {
                        edit_answer(answer, |m| {
                            m.insert("token_type".to_owned(), json!("Bearer"));
                        });
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_client(
            "reads-the-type-in-one-letter-case",
            "OA-CLI-031",
            "Understands a token type only if it is written as Bearer.",
            || {
                ClientSabotage::new()
                    .granted(|answer| {
                        edit_answer(answer, |m| {
                            let known = m.get("token_type") == Some(&json!("Bearer"));
                            if !known && m.contains_key("token_type") {
                                m.insert("token_type".to_owned(), json!("unknown"));
                            }
                        });
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_client(
            "refuses-an-answer-with-more",
            "OA-CLI-032",
            "Takes no token from an answer with a member that it does not know.",
            || {
                ClientSabotage::new()
                    .granted(|answer| {
                        let more = members(&answer.body)
                            .is_some_and(|m| m.keys().any(|name| !KNOWN.contains(&name.as_str())));
                        if more && answer.status == 200 {
                            answer.status = 500;
                        }
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_client(
            "shows-as-much-as-can-be-shown",
            "OA-CLI-033",
            "Makes a bearer token of something that is none, by leaving out what does not fit.",
            || ClientSabotage::new().granted(mend).alterations(),
        ),
        Saboteur::of_the_client(
            "takes-a-token-from-a-refusal",
            "OA-CLI-034",
            "Takes a token from an answer of any status.",
            || {
                ClientSabotage::new()
                    .granted(|answer| {
                        if member(answer, "access_token").is_some() {
                            answer.status = 200;
                        }
                    })
                    .alterations()
            },
        ),
    ]
}

fn mend(answer: &mut Answer) {
    edit_answer(answer, |members| {
        let shown = match members.get("access_token") {
            // As a careless program writes what it has not got.
            Some(Value::String(text)) if text.is_empty() => "undefined".to_owned(),
            Some(Value::String(text)) => {
                let fits = |c: &char| c.is_ascii_alphanumeric() || "-._~+/".contains(*c);
                text.chars().filter(fits).collect()
            }
            Some(Value::Number(number)) => number.to_string(),
            _ => return,
        };
        members.insert("access_token".to_owned(), Value::String(shown));
    });
}
