//! Saboteurs of the resource that wants tokens of an authorization server.

use super::requests::{Opened, is_by_server, token};
use crate::{
    Saboteur,
    message::{Told, edit},
    sabotage::JwtResourceSabotage,
};
use axum::http::header;
use btx_harness::embedded::Alterations;
use btx_spec::jwt::SERVICE_TYPE;
use serde_json::json;

/// Where the metadata of a resource are.
const METADATA: &str = "/.well-known/oauth-protected-resource";

pub(super) fn saboteurs() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_jwt_resource(
            "does-not-say-where-to-get-a-token",
            "JW-RES-050",
            "Has no resource_metadata in its challenge.",
            || {
                JwtResourceSabotage::new()
                    .told(|asked, told| {
                        if is_by_server(asked) && told.is(401) {
                            told.set(header::WWW_AUTHENTICATE, "Bearer realm=\"resource\"");
                        }
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_jwt_resource(
            "calls-itself-another-resource",
            "JW-RES-051",
            "Has another identifier than its own in its metadata.",
            || metadata("resource", || json!("https://another.example")),
        ),
        Saboteur::of_the_jwt_resource(
            "names-another-server",
            "JW-RES-051",
            "Has another authorization server in its metadata than its own.",
            || {
                metadata("authorization_servers", || {
                    json!(["https://another.example"])
                })
            },
        ),
        Saboteur::of_the_jwt_resource(
            "takes-a-service-jwt-for-a-token",
            "JW-RES-052",
            "Takes a service JWT where a token of an authorization server is wanted.",
            || {
                JwtResourceSabotage::new()
                    .instead(|asked| {
                        let opened = token(asked)
                            .filter(|_| is_by_server(asked))
                            .and_then(Opened::of)?;
                        (opened.head("typ") == SERVICE_TYPE).then(|| Told::empty(200))
                    })
                    .alterations()
            },
        ),
    ]
}

/// A resource with another value in its metadata.
fn metadata(name: &'static str, value: fn() -> serde_json::Value) -> Alterations {
    JwtResourceSabotage::new()
        .told(move |asked, told| {
            if asked.head.uri.path().starts_with(METADATA) {
                edit(&mut told.body, |members| {
                    members.insert(name.to_owned(), value());
                });
            }
        })
        .alterations()
}
