//! Saboteurs of how a client proves itself.

use super::{
    master::{Master, shown},
    requests::{
        CLIENT_CREDENTIALS, asks_for, calling, complaining, edit_form, form, is_token, parameter,
        reading, refusing, take,
    },
};
use crate::{Saboteur, message::Asked, sabotage::ServerSabotage};
use axum::http::{HeaderValue, header};
use base64::{Engine as _, engine::general_purpose::STANDARD};

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_the_field();
    all.extend(of_who_it_is());
    all.extend(of_the_refusal());
    all.extend(of_several_proofs());
    all
}

fn of_the_field() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_authorization_server(
            "does-not-decode-ids",
            "OA-AUS-020",
            "Compares an id as it stands in the field, without decoding it.",
            || {
                refusing("invalid_client", |asked| {
                    let pair = asked.field("authorization").and_then(|f| f.split_once(' '));
                    let pair = pair.and_then(|(_, pair)| STANDARD.decode(pair).ok());
                    pair.is_some_and(|pair| {
                        let mut id = pair.iter().take_while(|b| **b != b':');
                        id.any(|b| matches!(b, b'%' | b'+'))
                    })
                })
            },
        ),
        Saboteur::of_the_authorization_server(
            "knows-basic-in-one-spelling",
            "OA-AUS-021",
            "Takes the scheme Basic in this one spelling only.",
            || {
                refusing("invalid_client", |asked| {
                    asked
                        .field("authorization")
                        .is_some_and(|field| !field.starts_with("Basic "))
                })
            },
        ),
        Saboteur::of_the_authorization_server(
            "takes-secrets-from-the-field-only",
            "OA-AUS-029",
            "Takes no secret from the form.",
            || {
                refusing("invalid_client", |asked| {
                    asked.field("authorization").is_none()
                        && parameter(asked, "client_secret").is_some()
                })
            },
        ),
    ]
}

fn of_who_it_is() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_authorization_server(
            "believes-every-secret",
            "OA-AUS-022",
            "Takes any secret for the one of its client.",
            || {
                Master::default()
                    .admitting(|_, asked, shown| {
                        let id = shown.map(|shown| shown.id.clone());
                        id.filter(|_| is_token(asked))
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_authorization_server(
            "takes-strangers-for-a-client",
            "OA-AUS-023",
            "Takes a client that it does not know for one that it knows.",
            || {
                Master::default()
                    .admitting(|master, asked, shown| {
                        let stranger = shown.is_some_and(|shown| !master.knows(&shown.id));
                        (is_token(asked) && stranger).then(|| master.anybody())
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_authorization_server(
            "folds-the-case-of-ids",
            "OA-AUS-023",
            "Takes the id of a client in any letter case.",
            || folding(|id| id.to_ascii_lowercase()),
        )
        .only(&["in other case"]),
        Saboteur::of_the_authorization_server(
            "trims-client-ids",
            "OA-AUS-023",
            "Takes the id of a client with spaces around it.",
            || folding(|id| id.trim().to_owned()),
        )
        .only(&["followed by a space"]),
        Saboteur::of_the_authorization_server(
            "believes-who-proves-nothing",
            "OA-AUS-024",
            "Gives a token to whoever asks for one and proves nothing.",
            || {
                Master::default()
                    .admitting(|master, asked, shown| {
                        let proves = shown.is_some()
                            || asked.field("authorization").is_some()
                            || form(asked).iter().any(|(name, _)| {
                                name.starts_with("client_assertion") || name == "client_secret"
                            });
                        let asks = asks_for(asked, CLIENT_CREDENTIALS);
                        let plain = asked.head.uri.query().is_none();
                        (asks && plain && !proves).then(|| master.anybody())
                    })
                    .alterations()
            },
        ),
    ]
}

fn folding(fold: fn(&str) -> String) -> btx_harness::embedded::Alterations {
    Master::default()
        .admitting(move |master, asked, shown| {
            let folded = fold(&shown?.id);
            let known = is_token(asked) && !master.knows(&shown?.id) && master.knows(&folded);
            known.then_some(folded)
        })
        .alterations()
}

fn of_the_refusal() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_authorization_server(
            "calls-a-wrong-proof-a-wrong-grant",
            "OA-AUS-025",
            "Refuses a client that fails to prove itself with the error invalid_grant.",
            || {
                calling("invalid_client", "invalid_grant", |asked| {
                    parameter(asked, "client_assertion").is_none()
                })
            },
        ),
        Saboteur::of_the_authorization_server(
            "refuses-clients-without-a-challenge",
            "OA-AUS-026",
            "Answers a wrong proof with 401 and no challenge.",
            || complaining(|_, told| told.remove(&header::WWW_AUTHENTICATE)),
        ),
        Saboteur::of_the_authorization_server(
            "refuses-clients-with-400",
            "OA-AUS-026",
            "Answers a wrong field with 400.",
            || {
                complaining(|_, told| {
                    if told.is(401) {
                        told.status(400);
                    }
                })
            },
        ),
        Saboteur::of_the_authorization_server(
            "tells-which-clients-there-are",
            "OA-AUS-028",
            "Says of a client that it does not know that it does not know it.",
            || {
                let master = Master::default();
                let known = master.clone();
                master
                    .admitting(|_, _, _| None)
                    .told(move |asked, told| {
                        let stranger = shown(asked).is_some_and(|shown| !known.knows(&shown.id));
                        if is_token(asked) && told.is(401) && stranger {
                            told.edit(|members| {
                                members
                                    .insert("error_description".to_owned(), "Who is that?".into());
                            });
                        }
                    })
                    .alterations()
            },
        ),
    ]
}

fn of_several_proofs() -> Vec<Saboteur> {
    const FIELDS: &[&str] = &["after the right one", "twice"];
    vec![
        Saboteur::of_the_authorization_server(
            "takes-one-of-two-proofs",
            "OA-AUS-027",
            "Takes one proof of a client that proves itself twice, and does not look at the other.",
            || {
                reading(|asked| {
                    let signed = parameter(asked, "client_assertion").is_some();
                    if signed {
                        asked.head.headers.remove(header::AUTHORIZATION);
                    }
                    if signed || asked.field("authorization").is_some() {
                        edit_form(asked, |form| take(form, "client_secret"));
                    }
                })
            },
        ),
        Saboteur::of_the_authorization_server(
            "takes-the-first-of-two-authorization-fields",
            "OA-AUS-030",
            "Takes the first of two Authorization fields.",
            || one_field(|values| values.first().cloned()),
        )
        .only(FIELDS),
        Saboteur::of_the_authorization_server(
            "takes-the-last-of-two-authorization-fields",
            "OA-AUS-030",
            "Takes the last of two Authorization fields.",
            || one_field(|values| values.last().cloned()),
        )
        .only(&["before the right one", "twice"]),
    ]
}

fn one_field(
    choose: fn(&[HeaderValue]) -> Option<HeaderValue>,
) -> btx_harness::embedded::Alterations {
    ServerSabotage::new()
        .asked(move |asked: &mut Asked| {
            let all = asked.head.headers.get_all(header::AUTHORIZATION);
            let all: Vec<HeaderValue> = all.iter().cloned().collect();
            if let Some(one) = choose(&all) {
                asked.head.headers.insert(header::AUTHORIZATION, one);
            }
        })
        .alterations()
}
