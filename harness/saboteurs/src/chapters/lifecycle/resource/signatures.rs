//! Saboteurs of who has signed a bearer, and by which algorithm.

use super::{
    mend::{Shown, blind},
    requests::{bearer, refusal},
};
use crate::{
    Saboteur,
    chapters::oauth::resource::opened::Opened,
    inbound::{Layer, pass},
    ledger::lock,
    message::{Asked, Told},
    sabotage::LcResourceSabotage,
};
use axum::middleware::Next;
use btx_harness::embedded::Alterations;
use btx_reference::outbound::{Outbound, OutboundRequest};
use btx_spec::jose::Algorithm;
use futures::future::BoxFuture;
use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::time::Instant;

/// How many letters the name of a new key has.
const NEW: usize = 32;
const TAKEN: &str = "what is taken gets no challenge";

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_sound_ones();
    all.extend(of_signatures());
    all.extend(of_named_keys());
    all
}

/// A resource that refuses some bearers with which nothing is wrong.
fn refusing(which: fn(&Asked, &Opened) -> bool) -> Alterations {
    LcResourceSabotage::new()
        .instead(move |asked| {
            let opened = Opened::of(bearer(asked)?)?;
            which(asked, &opened).then(refusal)
        })
        .alterations()
}

fn of_sound_ones() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lc_resource(
            "wants-to-know-all-of-a-bearer",
            "LC-RES-001",
            "Refuses a bearer with a header parameter or a claim that it does not know.",
            || {
                refusing(|_, opened| {
                    opened.header.contains_key("rutabagas")
                        || opened.claims.contains_key("rutabagas")
                })
            },
        )
        .only(&["that nobody knows"])
        .also(
            "HT-RES-001",
            &["that nobody knows"],
            "what it refuses is a live token",
        ),
        Saboteur::of_the_lc_resource(
            "allows-no-difference-of-clocks",
            "LC-RES-001",
            "Refuses a bearer whose issuer has a clock that is ahead.",
            || {
                LcResourceSabotage::new()
                    .config(|config| config.clock_skew = Duration::ZERO)
                    .alterations()
            },
        )
        .only(&["within the allowed difference"])
        .also(
            "HT-RES-001",
            &["within the allowed difference"],
            "what it refuses is a live token",
        ),
        Saboteur::of_the_lc_resource(
            "takes-a-bearer-once",
            "HT-RES-001",
            "Takes a bearer for a password that is good once.",
            || {
                let used = Mutex::new(HashSet::new());
                LcResourceSabotage::new()
                    .instead(move |asked| {
                        let again = !lock(&used).insert(bearer(asked)?.to_owned());
                        again.then(refusal)
                    })
                    .alterations()
            },
        )
        .only(&["as often as it is shown"])
        .also(
            "LC-RES-001",
            &["as often as it is shown"],
            "nothing is wrong with what it refuses",
        )
        .also(
            "LC-RES-021",
            &["One fetch is for all"],
            "one bearer comes eight times there",
        ),
        Saboteur::of_the_lc_resource(
            "has-a-replica-that-takes-no-bearer",
            "LC-RES-001",
            "Takes no bearer at its second replica.",
            || refusing(|asked, _| asked.replica == 1),
        )
        .only(&["at every replica"])
        .also(
            "HT-RES-001",
            &["at every replica"],
            "what it refuses is a live token",
        ),
        Saboteur::of_the_lc_resource(
            "knows-one-algorithm-of-bearers",
            "LC-RES-001",
            "Takes bearers of ES256 alone.",
            || {
                LcResourceSabotage::new()
                    .config(|config| {
                        for signer in &mut config.signers {
                            signer.algorithms.retain(|one| *one == Algorithm::ES256);
                        }
                    })
                    .alterations()
            },
        )
        .only(&["with each algorithm"]),
    ]
}

fn of_signatures() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lc_resource(
            "does-not-verify-bearers-from-elsewhere",
            "LC-RES-002",
            "Does not verify the signature of a bearer whose kid it knows.",
            || {
                blind(|shown| {
                    let plain = shown.opened.head("alg") == "ES256" && !brings_a_key(shown);
                    shown.names_a_key() && plain && !shown.place.verified_by_anybody(shown.text)
                })
            },
        )
        .only(&["A signature that the key does not verify"])
        .also(
            "LC-RES-004",
            &["whose typ is a number"],
            "the library that verifies reads no such type, and to this saboteur that is a bad signature",
        ),
        Saboteur::of_the_lc_resource(
            "takes-bearers-of-unknown-keys-from-elsewhere",
            "LC-RES-002",
            "Takes a bearer that names no key of its issuer.",
            || {
                blind(|shown| {
                    let issuer = shown.opened.claim("iss");
                    let key_id = shown.opened.head("kid");
                    // Such a name may be that of a key that has not been fetched yet.
                    let is_new = key_id.len() == NEW || key_id.starts_with("https:");
                    shown.place.has_met(issuer) && !shown.names_a_key() && !is_new
                })
            },
        )
        .only(&["A kid that no key of the issuer has"])
        .also(
            "HT-RES-010",
            &["with invalid_token: whose kid is nobody's"],
            TAKEN,
        )
        .also("HT-RES-011", &["with 401: whose kid is nobody's"], TAKEN),
        Saboteur::of_the_lc_resource(
            "mixes-the-keys-of-issuers-up",
            "LC-RES-002",
            "Verifies a bearer with the key of that name of any issuer.",
            || {
                blind(|shown| {
                    let own = shown
                        .place
                        .verified_by(shown.opened.claim("iss"), shown.text);
                    shown.names_a_key() && !own && shown.place.verified_by_anybody(shown.text)
                })
            },
        )
        .only(&["The key of another issuer"]),
        Saboteur::of_the_lc_resource(
            "takes-bearers-of-any-algorithm-from-elsewhere",
            "LC-RES-003",
            "Takes a bearer whose alg is not that of the key that it names.",
            || blind(|shown| shown.names_a_key() && shown.opened.head("alg") != "ES256"),
        )
        .also(
            "HT-RES-010",
            &["with invalid_token: of the algorithm none"],
            TAKEN,
        )
        .also("HT-RES-011", &["with 401: of the algorithm none"], TAKEN),
    ]
}

fn brings_a_key(shown: &Shown) -> bool {
    shown.opened.brings_a_key()
}

fn of_named_keys() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lc_resource(
            "believes-the-key-in-a-bearer",
            "LC-RES-018",
            "Verifies a bearer with the key in its own header.",
            || {
                blind(|shown| {
                    let header = &shown.opened.header;
                    header.contains_key("jwk") || header.contains_key("x5c")
                })
            },
        )
        .only(&["that brings its own"]),
        Saboteur::of_the_lc_resource(
            "asks-for-the-key-that-a-bearer-names",
            "LC-RES-018",
            "Asks for the key at a URL in the header of a bearer.",
            || {
                let way: Way = Arc::default();
                let known = way.clone();
                LcResourceSabotage::new()
                    .parts(move |_, parts| {
                        *lock(&known) = Some(parts.outbound.clone());
                        parts
                    })
                    .layer(Curious(way))
                    .alterations()
            },
        )
        .only(&["by jku", "by x5u", "whose kid is the URL"]),
    ]
}

/// The way of the reference to other servers, once it is there.
type Way = Arc<Mutex<Option<Arc<dyn Outbound>>>>;

/// Goes where a bearer leads before it is judged, and forgets what it finds there.
struct Curious(Way);

impl Layer for Curious {
    fn take(&self, asked: Asked, next: Next) -> BoxFuture<'static, Told> {
        let url = bearer(&asked).and_then(Opened::of).and_then(|opened| {
            let mut urls = ["jku", "x5u", "kid"]
                .into_iter()
                .map(|name| opened.head(name));
            urls.find(|url| url.starts_with("https://"))
                .map(str::to_owned)
        });
        let way = lock(&self.0).clone();
        Box::pin(async move {
            if let (Some(url), Some(way)) = (url, way) {
                let deadline = Instant::now() + Duration::from_secs(2);
                drop(way.get(OutboundRequest::bare(url, deadline)).await);
            }
            pass(asked, next).await
        })
    }
}
