//! Saboteurs of the chapter "Identifiers", and of the TLS that tells one party from another.

use crate::{
    Saboteur,
    credulous::Credulous,
    ledger::lock,
    message::{Told, edit_text, members, text},
    old_tls,
    outbound::Courier,
    sabotage::Sabotage,
};
use btx_reference::outbound::{Answer, Outbound, OutboundOutcome, OutboundRequest};
use btx_spec::ProblemType;
use futures::future::BoxFuture;
use std::{
    collections::HashSet,
    sync::{Arc, Mutex, OnceLock},
};
use url::Url;

const OTHER: &str = "a call that is meant for another is none to it";
const STRANGER: &str = "nobody is a stranger to it";

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_the_comparison();
    all.extend(of_the_parties());
    all.extend(of_the_certificate());
    all
}

fn of_the_comparison() -> Vec<Saboteur> {
    vec![
        Saboteur::new(
            "compares-issuers-as-urls",
            "EX-ANY-002",
            "Takes every spelling of its own identifier that a URL library finds equal.",
            || {
                Sabotage::new()
                    .call_members(|m| edit_text(m, "issuer", normal))
                    .alterations()
            },
        )
        .only(&["the issuer's identifier with"]),
        Saboteur::new(
            "compares-initiators-as-urls",
            "EX-ANY-002",
            "Takes every spelling of a registered identifier that a URL library finds equal.",
            || {
                Sabotage::new()
                    .call_members(|m| edit_text(m, "initiator", normal))
                    .alterations()
            },
        )
        .only(&["the initiator's identifier with"]),
        Saboteur::new(
            "trims-identifiers",
            "EX-ANY-002",
            "Takes identifiers with spaces around them.",
            || {
                Sabotage::new()
                    .call_members(|m| {
                        edit_text(m, "issuer", |name| name.trim().to_owned());
                        edit_text(m, "initiator", |name| name.trim().to_owned());
                    })
                    .alterations()
            },
        )
        .only(&["followed by a space"]),
        Saboteur::new(
            "folds-the-case-of-identifiers",
            "EX-ANY-002",
            "Takes identifiers in any letter case.",
            || {
                Sabotage::new()
                    .call_members(|m| {
                        edit_text(m, "issuer", str::to_ascii_lowercase);
                        edit_text(m, "initiator", str::to_ascii_lowercase);
                    })
                    .alterations()
            },
        )
        .only(&["capital letters"]),
    ]
}

/// The identifier as a URL library writes it, without a slash that stands for an empty path.
fn normal(identifier: &str) -> String {
    if identifier.contains(' ') {
        return identifier.to_owned();
    }
    Url::parse(identifier).map_or_else(
        |_| identifier.to_owned(),
        |url| url.as_str().trim_end_matches('/').to_owned(),
    )
}

fn of_the_parties() -> Vec<Saboteur> {
    vec![
        Saboteur::new(
            "answers-to-any-name",
            "EX-ISS-002",
            "Takes a token call whatever issuer it names.",
            || {
                let own = Arc::new(OnceLock::new());
                let told = own.clone();
                Sabotage::new()
                    .config(move |config| {
                        let _ = told.set(config.identifier.as_str().to_owned());
                    })
                    .call_members(move |m| {
                        let own = own.get().map_or("", String::as_str);
                        edit_text(m, "issuer", |name| {
                            // Another spelling of its own name is another requirement.
                            let known = name.to_ascii_lowercase().starts_with(own);
                            if known {
                                name.to_owned()
                            } else {
                                own.to_owned()
                            }
                        });
                    })
                    .alterations()
            },
        )
        .also("EX-ISS-031", &["Another issuer's name"], OTHER)
        .also("EX-ISS-083", &["another issuer's identifier"], OTHER)
        .also(
            "EX-ISS-015",
            &["another issuer's identifier, and the identifier"],
            OTHER,
        ),
        Saboteur::new(
            "welcomes-strangers",
            "EX-ISS-003",
            "Answers the token call of an initiator that is not registered with 204.",
            || {
                Sabotage::new()
                    .call_answers(|asked, told| {
                        let stranger = told.problem() == Some(ProblemType::UnknownInitiator)
                            && asked
                                .text("initiator")
                                .is_some_and(|i| i.contains("stranger"));
                        if stranger {
                            *told = Told::empty(204);
                        }
                    })
                    .alterations()
            },
        )
        .also("EX-ISS-032", &["A stranger"], STRANGER)
        .also("EX-ISS-083", &["a party that is not registered"], STRANGER),
        Saboteur::new(
            "sends-a-copy-beside",
            "EX-ISS-004",
            "Sends a copy of the token issue below the registered URL when the call names a URL.",
            || {
                let steered: Arc<Mutex<HashSet<String>>> = Arc::default();
                let noted = steered.clone();
                Sabotage::new()
                    .calls(move |call| {
                        let steers = call.text("callback").is_some()
                            || call.field("x-callback-url").is_some();
                        if let (true, Some(id)) = (steers, call.text("exchange_id")) {
                            lock(&noted).insert(id);
                        }
                    })
                    .courier(CopiesBeside(steered))
                    .alterations()
            },
        ),
        Saboteur::new(
            "follows-redirects",
            "HT-ANY-023",
            "Sends the token issue again to where a redirect leads.",
            || {
                Sabotage::new()
                    .courier(Follows {
                        at_home_only: false,
                    })
                    .alterations()
            },
        ),
        Saboteur::new(
            "follows-redirects-at-home",
            "HT-ANY-023",
            "Sends the token issue again to where a redirect leads within the initiator's origin.",
            || {
                Sabotage::new()
                    .courier(Follows { at_home_only: true })
                    .alterations()
            },
        )
        .only(&["a path beside"]),
    ]
}

/// Sends a copy of the token issues of these exchanges.
struct CopiesBeside(Arc<Mutex<HashSet<String>>>);

impl Courier for CopiesBeside {
    fn post<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        let id = members(&request.body).and_then(|m| text(&m, "exchange_id"));
        let steered = id.is_some_and(|id| lock(&self.0).contains(&id));
        Box::pin(async move {
            if steered {
                let url = format!("{}/copy", request.url);
                inner
                    .post(OutboundRequest {
                        url,
                        ..request.clone()
                    })
                    .await;
            }
            inner.post(request).await
        })
    }
}

/// Follows redirects, all of them or those within one origin.
struct Follows {
    at_home_only: bool,
}

impl Courier for Follows {
    fn post<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        Box::pin(async move {
            let outcome = inner.post(request.clone()).await;
            let OutboundOutcome::Answered(Answer {
                location: Some(location),
                ..
            }) = &outcome
            else {
                return outcome;
            };
            let origin = |url: &str| Url::parse(url).map(|u| u.origin().ascii_serialization());
            if self.at_home_only && origin(location) != origin(&request.url) {
                return outcome;
            }
            let there = OutboundRequest {
                url: location.clone(),
                ..request
            };
            inner.post(there).await
        })
    }
}

fn of_the_certificate() -> Vec<Saboteur> {
    vec![
        Saboteur::new(
            "believes-any-certificate",
            "HT-ANY-041",
            "Sends the token issue whatever the certificate of the initiator.",
            || {
                Sabotage::new()
                    .courier(Credulous::of_certificates(|request| {
                        // An address of special use is not reached for another reason.
                        let url = Url::parse(&request.url).ok();
                        url.is_some_and(|url| url.domain().is_some())
                    }))
                    .alterations()
            },
        )
        .also(
            "EX-ISS-036",
            &["cannot be reached"],
            "it reaches an initiator that nobody should reach",
        ),
        Saboteur::new(
            "goes-on-with-old-tls",
            "HT-ANY-040",
            "Answers a ClientHello of TLS 1.0 or 1.1 with a ServerHello.",
            || Sabotage::new().door(old_tls::in_front_of).alterations(),
        ),
    ]
}
