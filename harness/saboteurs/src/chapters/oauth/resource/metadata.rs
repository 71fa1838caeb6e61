//! Saboteurs of the metadata of a resource, and of API keys.

use super::{requests::in_the_query, showing::challenging};
use crate::{Saboteur, message::Asked, sabotage::ResourceSabotage};
use axum::http::{HeaderName, header};
use btx_harness::embedded::Alterations;
use serde_json::json;

const KEY: HeaderName = HeaderName::from_static("x-api-key");
/// How long an API key of the lab is.
const LENGTH: usize = 71;

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_metadata();
    all.extend(of_api_keys());
    all
}

fn of_metadata() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_resource(
            "calls-its-metadata-text",
            "OA-RES-070",
            "Sends its metadata as text/plain.",
            || {
                ResourceSabotage::new()
                    .told(|asked, told| {
                        if is_metadata(asked) {
                            told.set(header::CONTENT_TYPE, "text/plain");
                        }
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_resource(
            "names-another-resource",
            "OA-RES-071",
            "Names another resource in its metadata.",
            || {
                ResourceSabotage::new()
                    .told(|asked, told| {
                        if is_metadata(asked) {
                            told.edit(|members| {
                                let other = json!("https://another-resource.example");
                                members.insert("resource".to_owned(), other);
                            });
                        }
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_resource(
            "does-not-say-where-its-metadata-are",
            "OA-RES-072",
            "Leaves its metadata out of its challenges.",
            || challenging(|c| c.replace("resource_metadata", "elsewhere")),
        ),
    ]
}

fn is_metadata(asked: &Asked) -> bool {
    asked.head.uri.path().starts_with("/.well-known/")
}

fn of_api_keys() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_resource(
            "takes-no-api-keys",
            "OA-RES-090",
            "Knows no API key.",
            || {
                ResourceSabotage::new()
                    .config(|config| config.api_keys.clear())
                    .alterations()
            },
        ),
        Saboteur::of_the_resource(
            "takes-api-keys-from-the-query",
            "OA-RES-091",
            "Takes an API key from the query.",
            || {
                ResourceSabotage::new()
                    .asked(|asked| {
                        if let Some(key) = in_the_query(asked, "api_key") {
                            asked.set(KEY, &key);
                        }
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_resource(
            "revokes-no-api-keys",
            "OA-RES-092",
            "Takes an API key that was revoked.",
            || {
                ResourceSabotage::new()
                    .config(|config| {
                        for key in &mut config.api_keys {
                            key.revoked = false;
                        }
                    })
                    .alterations()
            },
        )
        .only(&["that was revoked"]),
        Saboteur::of_the_resource(
            "takes-every-api-key-of-another-length",
            "OA-RES-092",
            "Takes an API key that is longer or shorter than those that it gave out.",
            || with_key(|key| key.len() != LENGTH),
        )
        .except(&["that was revoked"]),
    ]
}

/// Opens to some API keys in the place of the reference.
fn with_key(which: fn(&str) -> bool) -> Alterations {
    ResourceSabotage::new()
        .instead(move |asked| {
            let key = asked.field("x-api-key")?;
            which(key).then(|| crate::message::Told::empty(200))
        })
        .alterations()
}
