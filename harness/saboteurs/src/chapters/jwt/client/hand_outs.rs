//! Saboteurs of what a resource hands out.

use super::sign::jwt;
use crate::{
    Saboteur,
    chapters::oauth::client::messages::{bearer, set},
    ledger::lock,
    message::{members, text},
    outbound::altered,
    sabotage::{JwtClientSabotage, is_api},
};
use btx_harness::embedded::Alterations;
use btx_reference::outbound::{Answer, OutboundOutcome, OutboundRequest};
use btx_spec::jwt::authentication_info;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

pub(super) fn saboteurs() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_jwt_client(
            "overlooks-what-is-handed-out",
            "JW-CLI-050",
            "Does not see the field in which a token is handed out.",
            || {
                JwtClientSabotage::new()
                    .called(|answer| answer.authentication_info.clear())
                    .alterations()
            },
        ),
        Saboteur::of_the_jwt_client(
            "tells-resources-of-each-others-tokens",
            "JW-CLI-051",
            "Shows a resource what others have handed out to it.",
            tells_of_tokens,
        ),
        Saboteur::of_the_jwt_client(
            "believes-that-hand-outs-live-for-minutes",
            "JW-CLI-052",
            "Takes a token that lives one second for one of five minutes.",
            || {
                JwtClientSabotage::new()
                    .called(|answer| {
                        for field in &mut answer.authentication_info {
                            if field.ends_with("expires_in=1") {
                                field.push_str("00");
                            }
                        }
                    })
                    .alterations()
            },
        ),
        Saboteur::of_the_jwt_client(
            "keeps-a-token-that-was-refused",
            "JW-CLI-053",
            "Takes the first refusal of a token for a passing trouble, and keeps the token.",
            keeps_what_was_refused,
        ),
        Saboteur::of_the_jwt_client(
            "takes-whatever-is-handed-out",
            "JW-CLI-054",
            "Makes something of every token that it finds in an answer.",
            || JwtClientSabotage::new().called(mend).alterations(),
        ),
    ]
}

/// The token that an answer hands out as it has to.
fn handed_out(answer: &Answer) -> Option<String> {
    let fields = answer.authentication_info.iter().map(String::as_str);
    let fields: Vec<&str> = fields.collect();
    let found = authentication_info::parse(&fields).ok()??;
    Some(found.access_token.expose().to_owned())
}

fn tells_of_tokens() -> Alterations {
    let handed: Arc<Mutex<BTreeMap<String, String>>> = Arc::default();
    JwtClientSabotage::new()
        .getting(move |inner, mut request| {
            let handed = handed.clone();
            Box::pin(async move {
                let url = request.url.clone();
                if is_api(&url) {
                    tell(&mut request, &lock(&handed));
                }
                let outcome = inner.get(request).await;
                if let OutboundOutcome::Answered(answer) = &outcome
                    && let Some(token) = handed_out(answer)
                {
                    lock(&handed).insert(url, token);
                }
                outcome
            })
        })
        .alterations()
}

/// Puts the tokens of other resources into a request.
pub(super) fn tell(request: &mut OutboundRequest, tokens: &BTreeMap<String, String>) {
    let others = tokens.iter().filter(|(url, _)| **url != request.url);
    let others: Vec<&str> = others.map(|(_, token)| token.as_str()).collect();
    set(request, "x-known-tokens", others.join(" "));
}

/// Tokens that were handed out, and those of them that were refused once.
#[derive(Default)]
struct Kept {
    handed: BTreeSet<String>,
    refused: BTreeSet<String>,
}

fn keeps_what_was_refused() -> Alterations {
    let kept: Arc<Mutex<Kept>> = Arc::default();
    JwtClientSabotage::new()
        .getting(move |inner, request| {
            let kept = kept.clone();
            Box::pin(async move {
                let shown = bearer(&request).filter(|_| jwt(&request).is_none());
                let outcome = inner.get(request).await;
                altered(outcome, |answer| {
                    let mut kept = lock(&kept);
                    kept.handed.extend(handed_out(answer));
                    let ours = shown.filter(|token| kept.handed.contains(token));
                    if answer.status == 401 && ours.is_some_and(|t| kept.refused.insert(t)) {
                        answer.status = 502;
                    }
                })
            })
        })
        .alterations()
}

/// Makes a hand-out without fault of whatever looks like one.
fn mend(answer: &mut Answer) {
    let stored = answer.cache_control.as_deref() != Some("no-store");
    if handed_out(answer).is_some() && answer.status == 200 && !stored {
        return;
    }
    let field = answer.authentication_info.join(", ");
    let in_field = field.split_once("access_token=").map(|(_, rest)| {
        let rest = rest.trim_start_matches('"');
        let end = rest.find(['"', ',']).unwrap_or(rest.len());
        rest.get(..end).unwrap_or_default().to_owned()
    });
    let in_body = || text(&members(&answer.body)?, "access_token");
    let Some(found) = in_field.or_else(in_body) else {
        return;
    };
    let usable = found
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || "-_".contains(*c));
    let mut token: String = usable.take(4000).collect();
    if token.is_empty() {
        token = "nothing-at-all-and-that-is-a-token".to_owned();
    }
    answer.status = 200;
    answer.cache_control = Some("no-store".to_owned());
    answer.authentication_info = vec![format!("access_token=\"{token}\", expires_in=300")];
}
