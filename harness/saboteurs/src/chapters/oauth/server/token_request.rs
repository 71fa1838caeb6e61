//! Saboteurs of how a token request is read.

use super::requests::{
    CLIENT_CREDENTIALS, FORM, JWT_BEARER, calling, form, from_the_query, parameter, put, reading,
    reading_forms, refusing, take,
};
use crate::{
    Saboteur,
    message::{Asked, members},
    sabotage::ServerSabotage,
};
use axum::http::{Method, header};
use btx_reference::oauth::server::Grant;

/// The parameters that the server knows.
const KNOWN: [&str; 10] = [
    "grant_type",
    "scope",
    "resource",
    "assertion",
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "username",
    "password",
];

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_the_message();
    all.extend(of_the_parameters());
    all.extend(of_the_grant());
    all
}

fn of_the_message() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_authorization_server(
            "wants-the-grant-first",
            "OA-AUS-001",
            "Refuses a token request whose first parameter is another than the grant.",
            || {
                refusing("invalid_request", |asked| {
                    form(asked).first().is_some_and(|(name, _)| name == "scope")
                })
            },
        )
        .only(&["in another order"]),
        Saboteur::of_the_authorization_server(
            "does-not-decode-names",
            "OA-AUS-001",
            "Refuses a token request with a percent sign in the name of a parameter.",
            || refusing("invalid_request", |asked| asked.body.starts_with(b"%67")),
        )
        .only(&["a percent sign"]),
        Saboteur::of_the_authorization_server(
            "knows-forms-in-one-spelling",
            "OA-AUS-001",
            "Takes the media type of a form in one spelling only.",
            || {
                refusing("invalid_request", |asked| {
                    asked.field("content-type").is_some_and(|kind| kind != FORM)
                })
            },
        )
        .only(&["the media type"]),
        Saboteur::of_the_authorization_server(
            "takes-every-method-for-post",
            "OA-AUS-002",
            "Reads a token request of any method.",
            || reading(|asked| asked.head.method = Method::POST),
        ),
        Saboteur::of_the_authorization_server(
            "answers-a-token-request-by-put-with-400",
            "OA-AUS-003",
            "Answers another method than POST with 400 and without the field Allow.",
            || {
                ServerSabotage::new()
                    .told(|_, told| {
                        if told.is(405) {
                            told.status(400);
                            told.remove(&header::ALLOW);
                        }
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_authorization_server(
            "reads-parameters-from-the-uri",
            "OA-AUS-004",
            "Takes the parameters in the URI for those of the form.",
            || reading(from_the_query),
        ),
        Saboteur::of_the_authorization_server(
            "reads-any-body-as-a-form",
            "OA-AUS-008",
            "Reads a token request whatever media type it has, JSON among them.",
            || {
                reading(|asked| {
                    if let Some(members) = members(&asked.body) {
                        asked.body.clear();
                        super::requests::edit_form(asked, |form| {
                            for (name, value) in members {
                                put(form, &name, value.as_str().unwrap_or_default());
                            }
                        });
                    }
                    asked.set(header::CONTENT_TYPE, FORM);
                })
            },
        ),
    ]
}

fn of_the_parameters() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_authorization_server(
            "refuses-what-it-does-not-know",
            "OA-AUS-005",
            "Refuses a token request with a parameter that it does not know.",
            || {
                refusing("invalid_request", |asked| {
                    form(asked)
                        .iter()
                        .any(|(name, _)| !KNOWN.contains(&name.as_str()))
                })
            },
        ),
        Saboteur::of_the_authorization_server(
            "takes-empty-for-a-value",
            "OA-AUS-006",
            "Takes a parameter without a value for one with an empty value.",
            || {
                let named = |name: &'static str| move |asked: &Asked| has_empty(asked, name);
                ServerSabotage::new()
                    .instead(move |asked| {
                        let shows_a_field = asked.field("authorization").is_some();
                        let error = match asked {
                            _ if !super::requests::is_token(asked) => return None,
                            _ if named("grant_type")(asked) => "unsupported_grant_type",
                            _ if named("scope")(asked) => "invalid_scope",
                            _ if named("resource")(asked) => "invalid_target",
                            _ if shows_a_field && named("client_secret")(asked) => {
                                "invalid_request"
                            }
                            _ if shows_a_field && named("client_assertion")(asked) => {
                                "invalid_request"
                            }
                            _ => return None,
                        };
                        Some(super::requests::refusal(400, error))
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_authorization_server(
            "takes-the-first-of-two-values",
            "OA-AUS-007",
            "Takes the first value of a parameter that stands twice.",
            || {
                reading_forms(|form| {
                    let mut first = Vec::new();
                    for (name, value) in form.drain(..) {
                        if !first.iter().any(|(n, _)| *n == name) {
                            first.push((name, value));
                        }
                    }
                    *form = first;
                })
            },
        ),
    ]
}

fn has_empty(asked: &Asked, name: &str) -> bool {
    form(asked)
        .iter()
        .any(|(n, value)| n == name && value.is_empty())
}

fn of_the_grant() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_authorization_server(
            "takes-the-grant-for-granted",
            "OA-AUS-009",
            "Takes a request without a grant for one for client credentials.",
            || {
                reading(|asked| {
                    if parameter(asked, "grant_type").is_none() && asked.head.uri.query().is_none()
                    {
                        super::requests::edit_form(asked, |form| {
                            put(form, "grant_type", CLIENT_CREDENTIALS);
                        });
                    }
                })
            },
        ),
        Saboteur::of_the_authorization_server(
            "takes-any-grant-for-client-credentials",
            "OA-AUS-010",
            "Takes every grant that it does not know for client credentials.",
            || {
                reading(|asked| {
                    let grant = parameter(asked, "grant_type");
                    let known = [CLIENT_CREDENTIALS, JWT_BEARER, "password"];
                    if grant.is_some_and(|grant| !known.contains(&grant.as_str())) {
                        super::requests::edit_form(asked, |form| {
                            put(form, "grant_type", CLIENT_CREDENTIALS);
                        });
                    }
                })
            },
        ),
        Saboteur::of_the_authorization_server(
            "calls-an-unknown-grant-a-wrong-request",
            "OA-AUS-010",
            "Refuses a grant that it does not know with the error invalid_request.",
            || calling("unsupported_grant_type", "invalid_request", |_| true),
        ),
        Saboteur::of_the_authorization_server(
            "gives-tokens-for-passwords",
            "OA-AUS-011",
            "Gives a token for the password of a user.",
            || {
                reading_forms(|form| {
                    if form.iter().any(|(_, value)| value == "password") {
                        put(form, "grant_type", CLIENT_CREDENTIALS);
                        take(form, "username");
                        take(form, "password");
                    }
                })
            },
        ),
        Saboteur::of_the_authorization_server(
            "looks-passwords-up",
            "OA-AUS-011",
            "Looks the password of a user up, and says that it is wrong.",
            || {
                refusing("invalid_grant", |asked| {
                    parameter(asked, "grant_type").as_deref() == Some("password")
                })
            },
        ),
        Saboteur::of_the_authorization_server(
            "gives-every-client-every-grant",
            "OA-AUS-012",
            "Lets every client use every grant.",
            || {
                ServerSabotage::new()
                    .config(|config| {
                        for client in &mut config.clients {
                            client.grants = Grant::ALL.to_vec();
                        }
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_authorization_server(
            "calls-a-grant-that-is-not-allowed-a-wrong-client",
            "OA-AUS-012",
            "Refuses a client that may not use the grant with the error invalid_client.",
            || calling("unauthorized_client", "invalid_client", |_| true),
        ),
    ]
}
