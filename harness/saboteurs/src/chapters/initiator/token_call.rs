//! Saboteurs of the chapter "The token call": where it goes, what it has in it, and what a sender owes to
//! HTTP, JSON and TLS.

use super::{acceptance::named, location};
use crate::{
    Saboteur,
    credulous::Credulous,
    diary::{base, is_api, is_call},
    ledger::lock,
    message::edit_text,
    sabotage::Sabotage,
};
use btx_harness::embedded::Alterations;
use btx_reference::outbound::OutboundRequest;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_the_place();
    all.extend(of_the_body());
    all.extend(of_the_fields());
    all
}

fn of_the_place() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_initiator(
            "sends-calls-where-a-401-leads",
            "EX-INI-001",
            "Sends a token call once more where a 401 to it leads.",
            || {
                Sabotage::of_the_initiator()
                    .posting(|inner, request| {
                        Box::pin(async move {
                            let outcome = inner.post(request.clone()).await;
                            if let Some(url) = named(&outcome, "resource_metadata") {
                                inner.post(OutboundRequest { url, ..request }).await;
                            }
                            outcome
                        })
                    })
                    .alterations()
            },
        )
        .only(&["the answer says: a 401"])
        .also("HT-ANY-023", &[], "the scenario is about redirects as well"),
        Saboteur::of_the_initiator(
            "sends-calls-where-an-api-leads",
            "EX-INI-001",
            "Sends token calls to the URL that a 401 of an API named as well.",
            calling_where_an_api_leads,
        )
        .only(&["An API that names another server"]),
        Saboteur::of_the_initiator(
            "follows-redirects-of-calls",
            "EX-INI-001",
            "Sends a token call where a redirect leads.",
            || {
                Sabotage::of_the_initiator()
                    .posting(|inner, request| {
                        Box::pin(async move {
                            let outcome = inner.post(request.clone()).await;
                            match location(&outcome) {
                                Some(url) => inner.post(OutboundRequest { url, ..request }).await,
                                None => outcome,
                            }
                        })
                    })
                    .alterations()
            },
        )
        .only(&["the answer says: a redirect"])
        .also("HT-ANY-023", &[], "where a redirect leads is another URL"),
        Saboteur::of_the_initiator(
            "remembers-where-a-redirect-led",
            "EX-INI-001",
            "Sends the next token call where a redirect to the last one led.",
            remembering_redirects,
        )
        .only(&["the answer says: a redirect"])
        .also("HT-ANY-023", &[], "where a redirect leads is another URL")
        .also(
            "EX-INI-042",
            &["after a redirect"],
            "the exchange that follows is to show that the target still works",
        )
        .also(
            "EX-INI-065",
            &["is not used: a redirect 307"],
            "the exchange that follows is to show that the target still works",
        )
        .also("EX-INI-062", &[], "the same scenario is about both"),
        Saboteur::of_the_initiator(
            "believes-any-certificate-of-an-issuer",
            "HT-ANY-041",
            "Sends the token call whatever the certificate of the issuer.",
            || trusting(|request| is_call(&request.url)),
        )
        .only(&["No token call to an issuer"]),
        Saboteur::of_the_initiator(
            "believes-any-certificate-of-a-status",
            "HT-ANY-041",
            "Asks for the status whatever the certificate of who is at the status URL.",
            || trusting(|request| !is_call(&request.url) && !is_api(&request.url)),
        )
        .only(&["Nobody is asked for the status"]),
        Saboteur::of_the_initiator(
            "believes-any-certificate-of-an-api",
            "HT-ANY-041",
            "Shows the token at an API whatever its certificate.",
            || trusting(|request| is_api(&request.url)),
        )
        .only(&["A token is not shown to whom"]),
    ]
}

fn trusting(with: fn(&OutboundRequest) -> bool) -> Alterations {
    Sabotage::of_the_initiator()
        .courier(Credulous::of_certificates(with))
        .alterations()
}

fn calling_where_an_api_leads() -> Alterations {
    let led: Arc<Mutex<HashMap<String, String>>> = Arc::default();
    let noted = led.clone();
    Sabotage::of_the_initiator()
        .getting(move |inner, request| {
            let noted = noted.clone();
            Box::pin(async move {
                let url = request.url.clone();
                let outcome = inner.get(request).await;
                if let Some(place) = named(&outcome, "resource_metadata").filter(|_| is_api(&url)) {
                    lock(&noted).insert(base(&url).to_owned(), place);
                }
                outcome
            })
        })
        .posting(move |inner, request| {
            let place = lock(&led).remove(base(&request.url));
            Box::pin(async move {
                if let Some(url) = place {
                    let there = OutboundRequest {
                        url,
                        ..request.clone()
                    };
                    inner.post(there).await;
                }
                inner.post(request).await
            })
        })
        .alterations()
}

fn remembering_redirects() -> Alterations {
    let led: Arc<Mutex<HashMap<String, String>>> = Arc::default();
    Sabotage::of_the_initiator()
        .posting(move |inner, request| {
            let led = led.clone();
            Box::pin(async move {
                let remembered = lock(&led).remove(&request.url);
                let called = request.url.clone();
                let url = remembered.unwrap_or_else(|| called.clone());
                let outcome = inner.post(OutboundRequest { url, ..request }).await;
                if let Some(place) = location(&outcome) {
                    lock(&led).insert(called, place);
                }
                outcome
            })
        })
        .alterations()
}

fn of_the_body() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_initiator(
            "leaves-out-the-padding-of-the-key",
            "EX-INI-010",
            "Writes the key in base64 without its final equals sign.",
            || {
                Sabotage::of_the_initiator()
                    .sending_members(|m| {
                        edit_text(m, "hmac_key", |key| key.trim_end_matches('=').to_owned());
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_initiator(
            "repeats-a-name-in-its-call",
            "HT-ANY-024",
            "Puts a member of one name twice into the token call.",
            || {
                Sabotage::of_the_initiator()
                    .sending(|request| {
                        let text = String::from_utf8_lossy(&request.body).into_owned();
                        let more = ",\"note\":\"one\",\"note\":\"two\"}";
                        let text = text.trim_end_matches('}').to_owned() + more;
                        request.body = text.into();
                    })
                    .alterations()
            },
        )
        .also(
            "EX-INI-010",
            &["five members"],
            "what repeats a name is no message at all",
        ),
        Saboteur::of_the_initiator(
            "begins-its-call-with-a-byte-order-mark",
            "HT-ANY-024",
            "Puts a byte order mark before the token call.",
            || {
                Sabotage::of_the_initiator()
                    .sending(|request| {
                        let text = String::from_utf8_lossy(&request.body).into_owned();
                        request.body = format!("\u{feff}{text}").into();
                    })
                    .alterations()
            },
        )
        .also(
            "EX-INI-010",
            &["five members"],
            "what is no JSON is no message at all",
        ),
    ]
}

fn of_the_fields() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_initiator(
            "calls-by-get",
            "HT-ANY-025",
            "Sends the token call by GET.",
            || {
                Sabotage::of_the_initiator()
                    .posting(|inner, request| inner.get(request))
                    .alterations()
            },
        ),
        Saboteur::of_the_initiator(
            "sends-its-call-as-text",
            "HT-ANY-020",
            "Sends the token call as text/plain.",
            || {
                Sabotage::of_the_initiator()
                    .sending(|request| {
                        request.headers.retain(|(name, _)| *name != "content-type");
                        *request = request.clone().with("content-type", "text/plain");
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_initiator(
            "says-that-it-compresses-its-call",
            "HT-ANY-021",
            "Sends the token call with Content-Encoding: gzip.",
            || with_field("content-encoding", "gzip"),
        ),
        Saboteur::of_the_initiator(
            "calls-with-credentials",
            "HT-ANY-022",
            "Sends the token call with an Authorization field.",
            || with_field("authorization", "Basic c2hvcDpydXRhYmFnYQ=="),
        ),
        Saboteur::of_the_initiator(
            "calls-with-a-cookie",
            "HT-ANY-022",
            "Sends the token call with a Cookie field.",
            || with_field("cookie", "session=1"),
        ),
    ]
}

fn with_field(name: &'static str, value: &'static str) -> Alterations {
    Sabotage::of_the_initiator()
        .sending(move |request| *request = request.clone().with(name, value))
        .alterations()
}
