//! Saboteurs of what is signed, by whom and how.

use super::{
    mend::blind,
    opened::Opened,
    requests::{fields, refusal, token},
};
use crate::{
    Saboteur,
    inbound::{Layer, pass},
    ledger::lock,
    message::{Asked, Told},
    sabotage::ResourceSabotage,
};
use axum::middleware::Next;
use btx_harness::embedded::Alterations;
use btx_reference::outbound::{Outbound, OutboundRequest};
use futures::future::BoxFuture;
use serde_json::json;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

/// The scenarios about signatures, without those about keys that are not there.
pub(super) const FORGED: &[&str] = &["none of its issuer's"];
/// Key ids that lead nowhere.
const LEADING: [&str; 4] = ["/dev/null", "UNION", "echo", "nobody-knows"];
/// Longer than any key id of the lab.
const LONG: usize = 1000;

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_valid_tokens();
    all.extend(of_signatures());
    all.extend(of_algorithms());
    all.extend(of_keys());
    all.extend(of_headers());
    all
}

/// A resource that refuses the tokens of one form.
fn refusing(which: fn(&Opened) -> bool) -> Alterations {
    ResourceSabotage::new()
        .instead(move |asked| {
            let opened = token(asked).and_then(Opened::of)?;
            which(&opened).then(refusal)
        })
        .alterations()
}

fn of_valid_tokens() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_resource(
            "knows-one-spelling-of-the-type",
            "OA-RES-020",
            "Refuses a token whose type is written with application/.",
            || refusing(|token| token.head("typ") == "application/at+jwt"),
        )
        .only(&["application/at+jwt"]),
        Saboteur::of_the_resource(
            "wants-one-audience",
            "OA-RES-020",
            "Refuses a token whose audience is an array.",
            || {
                refusing(|token| {
                    let audience = token.claims.get("aud").and_then(|aud| aud.as_array());
                    audience.is_some_and(|all| !all.is_empty())
                })
            },
        )
        .only(&["that is an array with the resource"]),
        Saboteur::of_the_resource(
            "wants-whole-seconds",
            "OA-RES-020",
            "Refuses a token whose exp has a fraction.",
            || {
                refusing(|token| {
                    token
                        .claims
                        .get("exp")
                        .is_some_and(serde_json::Value::is_f64)
                })
            },
        )
        .only(&["with a fraction"]),
        Saboteur::of_the_resource(
            "wants-no-beginning",
            "OA-RES-020",
            "Refuses every token with nbf.",
            || refusing(|token| token.claims.contains_key("nbf")),
        )
        .only(&["an nbf that has passed"]),
        Saboteur::of_the_resource(
            "wants-to-know-every-member",
            "OA-RES-020",
            "Refuses a token with members that it does not know.",
            || {
                refusing(|token| {
                    let names = token.header.keys().chain(token.claims.keys());
                    let mut unknown =
                        names.filter(|n| n.contains("btx.example") || n.starts_with("btx_"));
                    unknown.next().is_some() && !token.header.contains_key("crit")
                })
            },
        )
        .only(&["that nobody knows"]),
    ]
}

/// A resource that verifies no signature that a key of the issuer could have made.
pub(super) fn verifies_nothing() -> Alterations {
    blind(|token, _| {
        token.head("alg") == "ES256"
            && token.names_the_key_of_its_issuer()
            && !token.brings_a_key()
            && is_plain(token)
    })
}

/// Whether nothing else than the signature can be what a scenario is about.
fn is_plain(token: &Opened) -> bool {
    !token.header.contains_key("crit")
        && !token.repeats_in_its_header()
        && !token.repeats_in_its_claims()
}

fn of_signatures() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_resource(
            "verifies-no-signature",
            "OA-RES-021",
            "Verifies no signature that a key of its issuer could have made.",
            verifies_nothing,
        )
        .only(FORGED)
        .also(
            "HT-RES-006",
            &[
                "near its end",
                "without its last character",
                "a character more",
            ],
            "a changed token has a signature that is none",
        )
        .also(
            "OA-RES-030",
            &["with a key id of the other"],
            "a signature of the wrong issuer is none",
        ),
        Saboteur::of_the_resource(
            "follows-key-ids",
            "OA-RES-021",
            "Takes a key from wherever the key id leads.",
            || {
                blind(|token, place| {
                    let key_id = token.head("kid");
                    let leads = LEADING.iter().any(|part| key_id.contains(part));
                    let no_text = token.header.get("kid").is_some_and(|id| !id.is_string());
                    let trusted = place.issuers.iter().any(|i| i == token.claim("iss"));
                    trusted && (leads || no_text || key_id.len() > LONG)
                })
            },
        )
        .only(&["A key id that leads to no key"]),
    ]
}

fn of_algorithms() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_resource(
            "takes-the-algorithm-none",
            "OA-RES-022",
            "Takes a token of the algorithm none, however that is written.",
            || blind(|token, _| token.head("alg").eq_ignore_ascii_case("none")),
        )
        .only(&[
            "the algorithm none",
            "the algorithm None",
            "the algorithm NONE",
            "the algorithm nOnE",
        ]),
        Saboteur::of_the_resource(
            "keys-an-hmac-with-a-public-key",
            "OA-RES-022",
            "Takes the public key for the key of an HMAC, if the token says HS256.",
            || {
                blind(|token, _| {
                    token.head("alg") == "HS256" && token.names_the_key_of_its_issuer()
                })
            },
        )
        .only(&["an HMAC keyed with"]),
        Saboteur::of_the_resource(
            "believes-the-name-of-an-algorithm",
            "OA-RES-022",
            "Takes a signature by one algorithm under the name of another.",
            || {
                blind(|token, _| {
                    let others = ["PS256", "RS256", "EdDSA", "ES384"];
                    others.contains(&token.head("alg"))
                })
            },
        )
        .only(&[
            "the algorithm PS256",
            "the algorithm RS256",
            "the algorithm EdDSA",
            "the algorithm ES384",
        ]),
        Saboteur::of_the_resource(
            "guesses-the-algorithm",
            "OA-RES-022",
            "Goes by the key where the header names no algorithm that there is.",
            || {
                blind(|token, _| {
                    let named = token.header.get("alg");
                    named.is_none_or(|alg| !alg.is_string()) || token.head("alg") == "es256"
                })
            },
        )
        .only(&["in small letters", "no algorithm", "that is a number"]),
    ]
}

fn of_keys() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_resource(
            "believes-the-key-that-a-token-brings",
            "OA-RES-023",
            "Verifies a token with the key in its own header.",
            || {
                blind(|token, _| {
                    token.header.contains_key("jwk") || token.header.contains_key("x5c")
                })
            },
        )
        .only(&["in jwk", "in x5c"]),
        Saboteur::of_the_resource(
            "believes-the-key-that-a-token-names",
            "OA-RES-023",
            "Verifies a token with the key at a URL in its own header.",
            || blind(|token, _| url_of_a_key(token).is_some()),
        )
        .only(&["at a URL"]),
        Saboteur::of_the_resource(
            "asks-for-the-key-that-a-token-names",
            "OA-RES-011",
            "Asks for the key at a URL in the header of a token, and does not believe it.",
            || {
                let way: Way = Arc::default();
                let known = way.clone();
                ResourceSabotage::new()
                    .parts(move |_, parts| {
                        *lock(&known) = Some(parts.outbound.clone());
                        parts
                    })
                    .layer(Curious(way))
                    .alterations()
            },
        )
        .only(&["at a URL"]),
        Saboteur::of_the_resource(
            "does-not-tie-keys-to-issuers",
            "OA-RES-030",
            "Takes a token that any of its issuers has signed, whoever it says it is of.",
            || {
                blind(|token, place| {
                    let mut issuers = place.issuers.iter();
                    let signer = issuers.any(|issuer| token.names_a_key_of(issuer));
                    let mut issuers = place.issuers.iter();
                    let trusted = issuers.any(|issuer| issuer == token.claim("iss"));
                    signer && trusted && !token.names_the_key_of_its_issuer()
                })
            },
        )
        .except(&["with a key id of the other"]),
        Saboteur::of_the_resource(
            "tries-the-keys-of-all-issuers",
            "OA-RES-030",
            "Takes any signature for one of some issuer that it trusts.",
            verifies_nothing,
        )
        .only(&["with a key id of the other"])
        .also(
            "OA-RES-021",
            FORGED,
            "it takes any signature for one of them",
        )
        .also(
            "HT-RES-006",
            &[
                "near its end",
                "without its last character",
                "a character more",
            ],
            "it takes any signature for one of them",
        ),
    ]
}

/// Where the key of a token is, if it says so.
fn url_of_a_key(token: &Opened) -> Option<String> {
    let names = ["jku", "x5u", "kid"];
    let mut urls = names.iter().map(|name| token.head(name));
    urls.find(|url| url.starts_with("https://"))
        .map(str::to_owned)
}

type Way = Arc<Mutex<Option<Arc<dyn Outbound>>>>;

/// Asks for a key, and forgets it.
struct Curious(Way);

impl Layer for Curious {
    fn take(&self, asked: Asked, next: Next) -> BoxFuture<'static, Told> {
        let shown = token(&asked).filter(|_| fields(&asked) == 1);
        let url = shown.and_then(Opened::of).and_then(|t| url_of_a_key(&t));
        let way = lock(&self.0).clone();
        Box::pin(async move {
            if let (Some(url), Some(way)) = (url, way) {
                let deadline = tokio::time::Instant::now() + Duration::from_secs(2);
                drop(way.get(OutboundRequest::bare(url, deadline)).await);
            }
            pass(asked, next).await
        })
    }
}

fn of_headers() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_resource(
            "takes-any-jwt-for-an-access-token",
            "OA-RES-024",
            "Does not look at the type of a token.",
            || {
                blind(|token, _| {
                    let sound = ["at+jwt", "application/at+jwt"].contains(&token.head("typ"));
                    token.header.insert("typ".to_owned(), json!("at+jwt"));
                    !sound && token.head("alg") == "ES256"
                })
            },
        ),
        Saboteur::of_the_resource(
            "passes-over-what-is-critical",
            "OA-RES-029",
            "Does not look whether a header has critical extensions.",
            || blind(|token, _| token.header.contains_key("crit")),
        ),
        Saboteur::of_the_resource(
            "reads-the-last-of-two-members-of-a-token",
            "OA-RES-031",
            "Reads the last of two members of one name.",
            || blind(|token, _| token.repeats_in_its_claims() || token.repeats_in_its_header()),
        )
        .except(&["the second of"]),
        Saboteur::of_the_resource(
            "reads-the-first-of-two-claims-of-a-token",
            "OA-RES-031",
            "Reads the first of two claims of one name.",
            || {
                blind(|token, _| {
                    let repeats = token.repeats_in_its_claims();
                    token.prefer_the_first();
                    repeats
                })
            },
        )
        .only(&["the second of", "two claims sub"]),
    ]
}
