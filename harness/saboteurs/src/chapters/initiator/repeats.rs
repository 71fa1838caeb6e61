//! Saboteurs of the section "Repeats and parallel exchanges", as initiators: ids and keys that are used
//! again, calls that are sent again.

use crate::{
    Saboteur,
    diary::{Diary, mac},
    ledger::lock,
    outbound::status,
    sabotage::Sabotage,
};
use btx_harness::embedded::Alterations;
use btx_reference::{
    outbound::{OutboundOutcome, OutboundRequest},
    random::{Random, RandomError},
};
use btx_spec::{ExchangeId, HmacKey, TokenCall, TokenIssue, signature::sign};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock},
    time::Duration,
};
use tokio::time::Instant;

/// How long the answer to a call that is sent again is waited for.
const SHORT: Duration = Duration::from_millis(300);
/// The scenarios about several calls to one issuer.
const ALL: &[&str] = &["all calls have different ids"];
const SAME: &str = "the same scenarios are about both";

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_ids_and_keys();
    all.extend(of_calls());
    all
}

fn of_ids_and_keys() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_initiator(
            "has-one-id",
            "EX-INI-011",
            "Sends every token call with the same exchange_id.",
            || {
                disguised(|call, _| {
                    Some(TokenCall {
                        exchange_id: ExchangeId::from_random([0xab; 16]),
                        ..call.clone()
                    })
                })
            },
        )
        .also("EX-INI-073", ALL, SAME)
        .also(
            "EX-INI-015",
            &["not sent twice"],
            "a call is known by its id",
        )
        .also(
            "EX-INI-043",
            &["refused: signed with the key of its own"],
            "what is for another exchange is not for another id",
        )
        .also(
            "EX-INI-050",
            &[],
            "the scenario is about the signature as well",
        )
        .also(
            "EX-INI-046",
            &["open at once are accepted"],
            "what is signed for the first is no token issue of the last",
        ),
        Saboteur::of_the_initiator(
            "has-one-key",
            "EX-INI-012",
            "Sends every token call with the same hmac_key.",
            || {
                Sabotage::of_the_initiator()
                    .parts(|_, mut parts| {
                        parts.random = Arc::new(OneKey {
                            inner: parts.random,
                            key: OnceLock::new(),
                        });
                        parts
                    })
                    .alterations()
            },
        )
        .also("EX-INI-073", ALL, SAME)
        .also(
            "EX-INI-050",
            &["in the name of the first, signed"],
            "the key of one exchange is that of the other",
        )
        .also(
            "EX-INI-043",
            &[],
            "the scenario is about the parties as well",
        ),
        Saboteur::of_the_initiator(
            "has-a-key-for-each-issuer",
            "EX-INI-012",
            "Sends every token call to one issuer with the same hmac_key.",
            || {
                disguised(|call, _| {
                    let key = mac(b"one key for each", call.issuer.as_str());
                    Some(TokenCall {
                        hmac_key: HmacKey::from_bytes(key.try_into().ok()?),
                        ..call.clone()
                    })
                })
            },
        )
        .except(&["several issuers"])
        .also("EX-INI-073", ALL, SAME),
        Saboteur::of_the_initiator(
            "tries-again-with-the-same-id",
            "EX-INI-073",
            "Makes the next call after a failed one with its exchange_id.",
            || {
                disguised(|call, failed| {
                    Some(TokenCall {
                        exchange_id: failed?.exchange_id.clone(),
                        ..call.clone()
                    })
                })
            },
        )
        .also("EX-INI-011", ALL, SAME)
        .also(
            "EX-INI-015",
            &["not sent twice"],
            "a call is known by its id",
        ),
        Saboteur::of_the_initiator(
            "tries-again-with-the-same-key",
            "EX-INI-073",
            "Makes the next call after a failed one with its hmac_key.",
            || {
                disguised(|call, failed| {
                    Some(TokenCall {
                        hmac_key: failed?.hmac_key.clone(),
                        ..call.clone()
                    })
                })
            },
        )
        .also("EX-INI-012", ALL, SAME),
    ]
}

struct OneKey {
    inner: Arc<dyn Random>,
    key: OnceLock<[u8; 32]>,
}

impl Random for OneKey {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        self.inner.fill(bytes)?;
        if let Ok(key) = <[u8; 32]>::try_from(&*bytes) {
            bytes.copy_from_slice(self.key.get_or_init(|| key));
        }
        Ok(())
    }
}

/// What a call is sent as in the place of itself: the call, and the last one to its issuer as it was sent, if
/// that one has failed.
type Disguise = fn(&TokenCall, Option<&TokenCall>) -> Option<TokenCall>;

#[derive(Default)]
struct Disguises {
    /// The calls, true and as they were sent, by the paths of their token issues and by their ids as sent.
    worn: HashMap<(String, String), (TokenCall, TokenCall)>,
    /// The last call to an issuer, as it was sent, if it has failed.
    failed: HashMap<String, TokenCall>,
}

/// Sends calls with other values than the reference has chosen, and turns what comes in for them back.
fn disguised(disguise: Disguise) -> Alterations {
    let paths = Diary::default();
    let (of_calls, of_issues) = (Arc::new(Mutex::new(Disguises::default())), paths.clone());
    let arriving = of_calls.clone();
    Sabotage::of_the_initiator()
        .posting(move |inner, mut request| {
            let (worn, paths) = (of_calls.clone(), of_issues.clone());
            Box::pin(async move {
                let call = TokenCall::parse(&request.body).ok();
                let known = call.and_then(|c| Some((paths.path_of(&c.issuer)?, c)));
                let Some((path, call)) = known else {
                    return inner.post(request).await;
                };
                let failed = lock(&worn).failed.remove(&path);
                let sent = disguise(&call, failed.as_ref()).unwrap_or_else(|| call.clone());
                request.body = sent.to_json().to_vec().into();
                let key = (path.clone(), sent.exchange_id.as_str().to_owned());
                lock(&worn).worn.insert(key, (call, sent.clone()));
                let outcome = inner.post(request).await;
                if !matches!(status(&outcome), Some(202 | 204)) {
                    lock(&worn).failed.insert(path, sent);
                }
                outcome
            })
        })
        .keeping(&paths)
        .arriving(move |issue| {
            let Ok(text) = String::from_utf8(issue.body.to_vec()) else {
                return;
            };
            let path = issue.head.uri.path();
            let disguises = lock(&arriving);
            let mut worn = disguises.worn.iter();
            let found = worn.find(|((at, id), _)| at == path && text.contains(id));
            if let Some(((_, id), (call, sent))) = found {
                let body = text.replace(id, call.exchange_id.as_str());
                issue.body = signed_again(&text, body, call, sent).into();
            }
        })
        .alterations()
}

/// The same token issue with another id, signed with the key of the call if it was signed with that of the
/// call as it was sent. Nothing else is altered, not even what is wrong with it.
fn signed_again(before: &str, after: String, call: &TokenCall, sent: &TokenCall) -> String {
    let issues = TokenIssue::parse(before.as_bytes()).ok();
    let Some((was, is)) = issues.zip(TokenIssue::parse(after.as_bytes()).ok()) else {
        return after;
    };
    let mac = |call: &TokenCall, issue: &TokenIssue| {
        sign(
            &call.hmac_key,
            &issue.issuer,
            &issue.initiator,
            &issue.exchange_id,
            &issue.expires_at,
            &issue.bearer_token,
        )
    };
    if mac(sent, &was) != was.signature {
        return after;
    }
    let (wrong, right) = (is.signature.to_base64(), mac(call, &is).to_base64());
    after.replace(&wrong, &right)
}

fn of_calls() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_initiator(
            "sends-unanswered-calls-again",
            "EX-INI-015",
            "Sends a token call again when no answer came.",
            || again(|outcome| matches!(outcome, OutboundOutcome::NoAnswer(_))),
        )
        .only(&["nothing, the connection"])
        .also("EX-INI-011", &["after nothing", "lost answer"], SAME)
        .also("EX-INI-073", &["after nothing", "lost answer"], SAME),
        Saboteur::of_the_initiator(
            "sends-refused-calls-again",
            "EX-INI-015",
            "Sends a token call again when it was answered that it should come later.",
            || again(|outcome| matches!(status(outcome), Some(408 | 429 | 503))),
        )
        .only(&["even if 503", "even if 429", "even if 408"])
        .also("EX-INI-011", &["after 503", "over many runs"], SAME)
        .also("EX-INI-073", &["after 503"], SAME),
    ]
}

/// Sends a call again after such an outcome, and does not wait long for what comes of it.
fn again(after: fn(&OutboundOutcome) -> bool) -> Alterations {
    Sabotage::of_the_initiator()
        .posting(move |inner, request| {
            Box::pin(async move {
                let outcome = inner.post(request.clone()).await;
                if after(&outcome) {
                    let deadline = request.deadline.min(Instant::now() + SHORT);
                    inner
                        .post(OutboundRequest {
                            deadline,
                            ..request
                        })
                        .await;
                }
                outcome
            })
        })
        .alterations()
}
