//! Saboteurs of what the server tells about itself.

use super::requests::is_metadata;
use crate::{
    Saboteur,
    message::{Members, edit_text},
    sabotage::ServerSabotage,
};
use axum::http::header;
use btx_harness::embedded::Alterations;
use serde_json::{Value, json};

const ALGORITHMS: &str = "token_endpoint_auth_signing_alg_values_supported";

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let saboteur = Saboteur::of_the_authorization_server;
    vec![
        saboteur(
            "tells-of-itself-as-text",
            "OA-AUS-240",
            "Sends its metadata as text/plain.",
            || {
                ServerSabotage::new()
                    .told(|asked, told| {
                        if is_metadata(asked) {
                            told.set(header::CONTENT_TYPE, "text/plain");
                        }
                    })
                    .alterations()
            },
        ),
        saboteur(
            "goes-by-another-name",
            "OA-AUS-241",
            "Has the issuer identifier of another server in its metadata.",
            || telling(|members| edit_text(members, "issuer", |own| format!("{own}/"))),
        ),
        saboteur(
            "sends-clients-elsewhere",
            "OA-AUS-242",
            "Names another token endpoint in its metadata.",
            || telling(|members| edit_text(members, "token_endpoint", |own| format!("{own}/v2"))),
        ),
        saboteur(
            "does-not-name-its-grants",
            "OA-AUS-243",
            "Leaves its grants out of its metadata.",
            || {
                telling(|members| {
                    members.remove("grant_types_supported");
                })
            },
        ),
        saboteur(
            "does-not-name-secrets-in-forms",
            "OA-AUS-244",
            "Leaves client_secret_post out of its metadata.",
            || {
                telling(|members| {
                    let methods = members.get_mut("token_endpoint_auth_methods_supported");
                    if let Some(methods) = methods.and_then(Value::as_array_mut) {
                        methods.retain(|method| method != "client_secret_post");
                    }
                })
            },
        ),
        saboteur(
            "does-not-name-its-algorithms",
            "OA-AUS-245",
            "Leaves the algorithms of assertions out of its metadata.",
            || {
                telling(|members| {
                    members.remove(ALGORITHMS);
                })
            },
        ),
        saboteur(
            "names-none",
            "OA-AUS-246",
            "Has none among the algorithms of its metadata.",
            || {
                telling(|members| {
                    if let Some(all) = members.get_mut(ALGORITHMS).and_then(Value::as_array_mut) {
                        all.push(json!("none"));
                    }
                })
            },
        ),
    ]
}

fn telling(alter: impl Fn(&mut Members) + Send + Sync + 'static) -> Alterations {
    ServerSabotage::new()
        .told(move |asked, told| {
            if is_metadata(asked) {
                told.edit(|members| alter(members));
            }
        })
        .alterations()
}
