//! Saboteurs of the way to an authorization server.

use super::{
    sending::value,
    sign::{Of, jwt, signing},
};
use crate::{
    Saboteur,
    chapters::oauth::client::messages::put,
    message::{edit, members},
    outbound::altered,
    sabotage::JwtClientSabotage,
};
use btx_reference::outbound::{Answer, Outbound, OutboundOutcome, OutboundRequest};
use serde_json::{Value, json};

/// Where the metadata of a resource are, between host and path.
const OF_RESOURCE: &str = "/.well-known/oauth-protected-resource";
/// Where those of a server are.
const OF_SERVER: &str = "/.well-known/oauth-authorization-server";

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_the_metadata();
    all.extend(of_steering());
    all.extend(of_the_grant());
    all
}

fn of_the_metadata() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_jwt_client(
            "guesses-the-metadata-of-a-resource",
            "JW-CLI-060",
            "Takes for granted what the metadata of a resource would say.",
            || {
                JwtClientSabotage::new()
                    .getting(|inner, request| {
                        let guessed = guessed(&request.url);
                        Box::pin(async move {
                            match guessed {
                                Some(answer) => OutboundOutcome::Answered(answer),
                                None => inner.get(request).await,
                            }
                        })
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_jwt_client(
            "looks-at-the-first-server-alone",
            "JW-CLI-060",
            "Does not see the servers behind the first in the metadata of a resource.",
            || {
                told_of(OF_RESOURCE, |members, _| {
                    let servers = members.get_mut("authorization_servers");
                    if let Some(servers) = servers.and_then(Value::as_array_mut) {
                        servers.truncate(1);
                    }
                })
            },
        )
        .only(&["a server that nobody knows before the own one"]),
        Saboteur::of_the_jwt_client(
            "overlooks-whose-metadata-they-are",
            "JW-CLI-061",
            "Does not look at resource in the metadata.",
            || {
                told_of(OF_RESOURCE, |members, resource| {
                    members.insert("resource".to_owned(), json!(resource));
                })
            },
        ),
        Saboteur::of_the_jwt_client(
            "overlooks-the-issuer-of-a-server",
            "JW-CLI-063",
            "Does not look at issuer in the metadata of a server.",
            || {
                told_of(OF_SERVER, |members, issuer| {
                    members.insert("issuer".to_owned(), json!(issuer));
                })
            },
        ),
    ]
}

fn of_steering() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_jwt_client(
            "asks-whatever-server-the-metadata-name",
            "JW-CLI-062",
            "Asks each server in the metadata of a resource, whether or not it is allowed.",
            || {
                JwtClientSabotage::new()
                    .getting(|inner, request| Box::pin(ask_all(inner, request)))
                    .alterations()
            },
        ),
        Saboteur::of_the_jwt_client(
            "fetches-metadata-anywhere",
            "JW-CLI-064",
            "Fetches metadata wherever a challenge says that they are.",
            || {
                JwtClientSabotage::new()
                    .getting(|inner, request| {
                        Box::pin(look(inner, request, |challenge| {
                            value(challenge, "resource_metadata")
                        }))
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_jwt_client(
            "asks-the-server-that-a-challenge-names",
            "JW-CLI-067",
            "Asks the server that a challenge names in iss.",
            || {
                JwtClientSabotage::new()
                    .getting(|inner, request| {
                        Box::pin(look(inner, request, |challenge| {
                            metadata_of(&value(challenge, "iss")?)
                        }))
                    })
                    .alterations()
            },
        ),
    ]
}

fn of_the_grant() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_jwt_client(
            "asks-by-client-credentials",
            "JW-CLI-065",
            "Asks by the grant of clients, with its assertion beside.",
            || {
                JwtClientSabotage::new()
                    .asking(|request| put(request, "grant_type", "client_credentials"))
                    .alterations()
            },
        ),
        Saboteur::of_the_jwt_client(
            "asks-for-the-address-of-an-api",
            "JW-CLI-065",
            "Asks for a token for the URL of the API, and not for the resource.",
            || {
                JwtClientSabotage::new()
                    .asking(|request| {
                        let api = request.url.replace("/as/token", "/api");
                        put(request, "resource", &api);
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_jwt_client(
            "shows-a-server-what-it-shows-a-resource",
            "JW-CLI-066",
            "Gives its assertion the type of a service JWT.",
            || signing(Of::Server, |jwt| jwt.head("typ", json!("service+jwt"))),
        ),
        Saboteur::of_the_jwt_client(
            "signs-an-assertion-for-the-token-endpoint",
            "JW-CLI-066",
            "Puts the URL of the token endpoint into aud, beside the server.",
            || {
                signing(Of::Server, |jwt| {
                    let server = jwt.claims.get("aud").cloned().unwrap_or_default();
                    let both = json!([server, jwt.url]);
                    jwt.say("aud", both);
                })
            },
        ),
        Saboteur::of_the_jwt_client(
            "gives-an-assertion-no-name",
            "JW-CLI-066",
            "Leaves jti out of its assertions.",
            || {
                signing(Of::Server, |jwt| {
                    jwt.claims.remove("jti");
                })
            },
        ),
    ]
}

/// Alters the members of metadata, given whose they should be by the place at which they were fetched.
fn told_of(
    place: &'static str,
    alter: fn(&mut crate::message::Members, &str),
) -> btx_harness::embedded::Alterations {
    JwtClientSabotage::new()
        .getting(move |inner, request| {
            let whose = request
                .url
                .contains(place)
                .then(|| request.url.replace(place, ""));
            Box::pin(async move {
                let outcome = inner.get(request).await;
                altered(outcome, |answer| {
                    if let Some(whose) = whose {
                        edit(&mut answer.body, |members| alter(members, &whose));
                    }
                })
            })
        })
        .alterations()
}

/// What the metadata of a resource would say, without having asked.
fn guessed(url: &str) -> Option<Answer> {
    let resource = url
        .contains(OF_RESOURCE)
        .then(|| url.replace(OF_RESOURCE, ""))?;
    let body = json!({
        "resource": resource,
        "authorization_servers": [format!("{resource}/as")],
    });
    Some(Answer {
        status: 200,
        content_type: Some("application/json".to_owned()),
        body: body.to_string().into(),
        ..Answer::default()
    })
}

/// Where the metadata of a server are.
fn metadata_of(issuer: &str) -> Option<String> {
    let mut url = url::Url::parse(issuer).ok()?;
    let path = format!("{OF_SERVER}{}", url.path().trim_end_matches('/'));
    url.set_path(&path);
    Some(url.to_string())
}

/// Fetches the metadata of each server that the metadata of a resource name.
async fn ask_all(inner: &dyn Outbound, request: OutboundRequest) -> OutboundOutcome {
    let (of_resource, deadline) = (request.url.contains(OF_RESOURCE), request.deadline);
    let outcome = inner.get(request).await;
    if let (true, OutboundOutcome::Answered(answer)) = (of_resource, &outcome) {
        let told = members(&answer.body).unwrap_or_default();
        let servers = told.get("authorization_servers").and_then(Value::as_array);
        for server in servers.into_iter().flatten().filter_map(Value::as_str) {
            if let Some(url) = metadata_of(server) {
                inner.get(OutboundRequest::bare(url, deadline)).await;
            }
        }
    }
    outcome
}

/// Fetches what the challenge to a refused JWT names.
async fn look(
    inner: &dyn Outbound,
    request: OutboundRequest,
    named: fn(&str) -> Option<String>,
) -> OutboundOutcome {
    let (refusable, deadline) = (jwt(&request).is_some(), request.deadline);
    let outcome = inner.get(request).await;
    if let (true, OutboundOutcome::Answered(answer)) = (refusable, &outcome) {
        let challenge = answer.www_authenticate.as_deref().unwrap_or_default();
        if let Some(url) = named(challenge) {
            inner.get(OutboundRequest::bare(url, deadline)).await;
        }
    }
    outcome
}
