//! Saboteurs of what is signed, by whom and how.

use super::{
    mend::{Shown, blind},
    requests::{Opened, fields, jwt, refusal},
};
use crate::{
    Saboteur,
    inbound::{Layer, pass},
    ledger::lock,
    message::{Asked, Told},
    sabotage::JwtResourceSabotage,
};
use axum::middleware::Next;
use btx_harness::embedded::Alterations;
use btx_reference::outbound::{Outbound, OutboundRequest};
use btx_spec::jose::Algorithm;
use futures::future::BoxFuture;
use serde_json::Value;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

/// Longer than any key id of the lab.
const LONG: usize = 1000;
/// How long a `jti` of a UUID is.
const UUID: usize = 36;
/// The names of members that mean something.
const KNOWN: [&str; 9] = [
    "alg", "kid", "typ", "iss", "sub", "aud", "iat", "exp", "jti",
];

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_forms();
    all.extend(of_algorithms());
    all.extend(of_key_ids());
    all.extend(of_headers());
    all.push(
        Saboteur::of_the_jwt_resource(
            "verifies-no-signature-of-a-client",
            "JW-RES-007",
            "Verifies no signature that the named key of the client could have made.",
            || {
                blind(|shown| {
                    shown.opened.head("alg") == "ES256"
                        && shown.names_a_key()
                        && shown.is_plain()
                        && !shown.opened.brings_a_key()
                        && !shown.is_signed()
                })
            },
        )
        .also(
            "JW-ANY-036",
            &["A key of one client"],
            "the signature of another client is none of this one",
        ),
    );
    all
}

/// A resource that refuses the JWTs of one form.
fn refusing(which: fn(&Opened, &str) -> bool) -> Alterations {
    JwtResourceSabotage::new()
        .instead(move |asked| {
            let text = jwt(asked)?;
            which(&Opened::of(text)?, text).then(refusal)
        })
        .alterations()
}

fn of_forms() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_jwt_resource(
            "wants-to-know-every-member-of-a-jwt",
            "JW-RES-001",
            "Refuses a service JWT with members that it does not know.",
            || {
                refusing(|opened, text| {
                    let mut names = opened.header.keys().chain(opened.claims.keys());
                    text.len() < 4096 && names.any(|name| !KNOWN.contains(&name.as_str()))
                })
            },
        )
        .only(&["that nobody knows"]),
        Saboteur::of_the_jwt_resource(
            "wants-times-of-whole-seconds",
            "JW-RES-001",
            "Refuses a service JWT whose times have fractions.",
            || refusing(|opened, _| opened.claims.get("exp").is_some_and(Value::is_f64)),
        )
        .only(&["in fractions of a second"]),
        Saboteur::of_the_jwt_resource(
            "wants-short-lives",
            "JW-RES-001",
            "Refuses a service JWT that lives for five minutes.",
            || {
                refusing(|opened, _| {
                    let time = |name: &str| opened.claims.get(name).and_then(Value::as_i64);
                    time("exp")
                        .zip(time("iat"))
                        .is_some_and(|(exp, iat)| exp - iat == 300)
                })
            },
        )
        .only(&["that lives for 300 seconds"]),
        Saboteur::of_the_jwt_resource(
            "allows-clocks-no-difference",
            "JW-RES-001",
            "Allows the clocks of clients no difference.",
            || {
                JwtResourceSabotage::new()
                    .config(|config| config.verifier.clock_skew = Duration::ZERO)
                    .alterations()
            },
        )
        .only(&["within the allowed difference of clocks"]),
        Saboteur::of_the_jwt_resource(
            "takes-uuids-as-jti-only",
            "JW-RES-001",
            "Refuses a jti that is no UUID.",
            || refusing(|opened, _| opened.claim("jti").len() != UUID),
        )
        .only(&["with a jti of"]),
        Saboteur::of_the_jwt_resource(
            "takes-short-jwts-only",
            "JW-RES-001",
            "Refuses a service JWT of more than four kilobytes.",
            || refusing(|_, text| text.len() > 4096),
        )
        .only(&["as long as it may be"]),
        Saboteur::of_the_jwt_resource(
            "looks-at-the-first-key-only",
            "JW-RES-001",
            "Finds no key of a client but the first.",
            || refusing(|opened, _| opened.head("kid").starts_with("of-")),
        )
        .only(&["with each algorithm"]),
    ]
}

fn of_algorithms() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_jwt_resource(
            "takes-service-jwts-of-the-algorithm-none",
            "JW-RES-002",
            "Takes a service JWT of the algorithm none, however that is written.",
            || {
                blind(|shown| {
                    shown.names_a_key() && shown.opened.head("alg").eq_ignore_ascii_case("none")
                })
            },
        )
        .only(&[
            "of the algorithm no",
            "of the algorithm nO",
            "of no algorithm",
        ]),
        Saboteur::of_the_jwt_resource(
            "keys-an-hmac-with-the-key-of-a-client",
            "JW-RES-002",
            "Takes the public key of the client for the key of an HMAC, if the JWT says HS256.",
            || blind(|shown| shown.names_a_key() && shown.opened.head("alg") == "HS256"),
        )
        .only(&["of HS256"]),
        Saboteur::of_the_jwt_resource(
            "goes-by-the-key-for-the-algorithm",
            "JW-RES-002",
            "Verifies by the algorithm of the key, whatever the JWT says.",
            || {
                blind(|shown| {
                    let named = shown.opened.head("alg");
                    shown.names_a_key() && (named.is_empty() || named == "PS256")
                })
            },
        )
        .only(&["under the name of another", "without alg"]),
        Saboteur::of_the_jwt_resource(
            "has-no-list-of-algorithms",
            "JW-RES-002",
            "Takes every algorithm that it knows.",
            || {
                JwtResourceSabotage::new()
                    .config(|config| config.verifier.algorithms = Algorithm::ALL.to_vec())
                    .alterations()
            },
        )
        .only(&["A key of an algorithm"]),
    ]
}

fn of_key_ids() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_jwt_resource(
            "tries-all-keys-of-a-client",
            "JW-RES-005",
            "Tries all keys of the client where the JWT names none of them.",
            || blind(|shown| !shown.names_a_key() && signed_but_for_its_name(shown)),
        )
        .except(&["is a path", "is a piece of SQL"])
        .also(
            "JW-ANY-030",
            &["Unknown names of one client are not in the way"],
            "a name that no key has is no reason to refuse",
        ),
        Saboteur::of_the_jwt_resource(
            "follows-the-kid-of-a-jwt",
            "JW-RES-005",
            "Takes a key from wherever the kid leads.",
            || {
                blind(|shown| {
                    let key_id = shown.opened.head("kid");
                    key_id.contains("/dev/null") || key_id.contains("UNION")
                })
            },
        )
        .only(&["is a path", "is a piece of SQL"]),
    ]
}

/// Whether a key of its client has signed a JWT that names none of them. A `kid` that is no name, or none that
/// anybody could read, is taken for none at all.
fn signed_but_for_its_name(shown: &Shown) -> bool {
    let key_id = shown.opened.header.get("kid");
    let is_none = |id: &Value| id.as_str().is_none_or(|id| id.len() > LONG);
    shown.is_signed() || key_id.is_some_and(is_none)
}

fn of_headers() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_jwt_resource(
            "believes-the-key-in-a-service-jwt",
            "JW-RES-006",
            "Verifies a service JWT with the key in its own header.",
            || {
                blind(|shown| {
                    let header = &shown.opened.header;
                    header.contains_key("jwk") || header.contains_key("x5c")
                })
            },
        )
        .only(&["that brings its own"]),
        Saboteur::of_the_jwt_resource(
            "believes-the-key-that-a-service-jwt-names",
            "JW-RES-006",
            "Verifies a service JWT with a key that it has kept of a URL in its header.",
            || blind(|shown| url_of_a_key(&shown.opened).is_some()),
        )
        .only(&["by jku", "by x5u", "whose kid is the URL"]),
        Saboteur::of_the_jwt_resource(
            "asks-for-the-key-that-a-service-jwt-names",
            "JW-RES-006",
            "Asks for the key at a URL in the header of a service JWT, and does not believe it.",
            || {
                let way: Way = Arc::default();
                let known = way.clone();
                JwtResourceSabotage::new()
                    .parts(move |_, parts| {
                        *lock(&known) = Some(parts.outbound.clone());
                        parts
                    })
                    .layer(Curious {
                        way,
                        leads: Box::new(|text| url_of_a_key(&Opened::of(text)?)),
                    })
                    .alterations()
            },
        )
        .only(&["by jku", "by x5u", "whose kid is the URL"]),
    ]
}

/// Where the key of a JWT is, if it says so.
fn url_of_a_key(opened: &Opened) -> Option<String> {
    let names = ["jku", "x5u", "kid"];
    let mut urls = names.iter().map(|name| opened.head(name));
    urls.find(|url| url.starts_with("https://"))
        .map(str::to_owned)
}

/// The way of the reference to other servers, once it is there.
pub(super) type Way = Arc<Mutex<Option<Arc<dyn Outbound>>>>;

/// Where a JWT leads.
type Leads = Box<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// Goes where a JWT leads before it is judged, and forgets what it finds there.
pub(super) struct Curious {
    /// By which way.
    pub(super) way: Way,
    /// Where a JWT leads.
    pub(super) leads: Leads,
}

impl Layer for Curious {
    fn take(&self, asked: Asked, next: Next) -> BoxFuture<'static, Told> {
        let shown = jwt(&asked).filter(|_| fields(&asked) == 1);
        let url = shown.and_then(&self.leads);
        let way = lock(&self.way).clone();
        Box::pin(async move {
            if let (Some(url), Some(way)) = (url, way) {
                let deadline = tokio::time::Instant::now() + Duration::from_secs(2);
                drop(way.get(OutboundRequest::bare(url, deadline)).await);
            }
            pass(asked, next).await
        })
    }
}
