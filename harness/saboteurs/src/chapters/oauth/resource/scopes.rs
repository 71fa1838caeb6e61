//! Saboteurs of what a token is enough for.

use super::{
    mend::blind,
    requests::{USERS, is_at, token},
    showing::opening,
};
use crate::{Saboteur, sabotage::ResourceSabotage};
use axum::http::header::WWW_AUTHENTICATE;
use btx_spec::oauth::Scope;
use serde_json::{Value, json};

pub(super) fn saboteurs() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_resource(
            "does-not-look-at-scopes",
            "OA-RES-001",
            "Lets every live token write.",
            || {
                ResourceSabotage::new()
                    .config(|config| config.write_scope = Scope::default())
                    .alterations()
            },
        )
        .except(&["a scope that is an object"])
        .also(
            "OA-RES-002",
            &["is told so"],
            "what is opened is not refused",
        )
        .also(
            "OA-RES-009",
            &["is challenged"],
            "what is opened is not refused",
        ),
        Saboteur::of_the_resource(
            "reads-scopes-of-any-form",
            "OA-RES-001",
            "Reads the names of the members of an object as scopes.",
            || {
                blind(|token, _| {
                    let scope = token.claims.get("scope").and_then(Value::as_object);
                    let names = scope.and_then(|members| members.keys().next().cloned());
                    let found = names.is_some();
                    token.say("scope", json!(names));
                    found
                })
            },
        )
        .only(&["a scope that is an object"]),
        Saboteur::of_the_resource(
            "answers-401-for-want-of-a-scope",
            "OA-RES-002",
            "Answers 401 in the place of 403.",
            || {
                ResourceSabotage::new()
                    .told(|_, told| {
                        if told.is(403) {
                            told.status(401);
                        }
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_resource(
            "refuses-for-want-of-a-scope-without-a-challenge",
            "OA-RES-009",
            "Answers 403 without a challenge.",
            || {
                ResourceSabotage::new()
                    .told(|_, told| {
                        if told.is(403) {
                            told.remove(&WWW_AUTHENTICATE);
                        }
                    })
                    .alterations()
            },
        )
        .also(
            "OA-RES-002",
            &["is told so"],
            "the error stands in the challenge",
        ),
        Saboteur::of_the_resource(
            "takes-services-for-users",
            "OA-RES-007",
            "Lets whoever has a token act as a user.",
            || opening(|asked| is_at(asked, USERS) && token(asked).is_some()),
        ),
    ]
}
