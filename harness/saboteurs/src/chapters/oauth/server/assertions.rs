//! Saboteurs of signed assertions of both kinds: of those by which a client proves itself, and of those about
//! service accounts.

use super::{
    asks::AsksForKeys,
    requests::{parameter, refusing},
    resign::{Of, Opened, blind},
};
use crate::{Saboteur, sabotage::ServerSabotage};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use btx_harness::embedded::Alterations;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};

/// Makes the alterations of a saboteur.
pub(super) type Made = fn() -> Alterations;

/// What both kinds have in common: what it does, and the saboteurs of clients and of accounts, each a
/// name and a requirement.
pub(super) fn saboteurs() -> Vec<Saboteur> {
    let two = |client: (&'static str, &'static str),
               account: (&'static str, &'static str),
               does: &'static str,
               made: [Made; 2]| {
        let [of_clients, of_accounts] = made;
        [
            Saboteur::of_the_authorization_server(client.0, client.1, does, of_clients),
            Saboteur::of_the_authorization_server(account.0, account.1, does, of_accounts),
        ]
    };
    let key_ids: &[&str] = &[
        "is a path",
        "piece of SQL",
        "10000 characters",
        "is nobody's",
    ];
    let mut all = Vec::new();
    all.extend(two(
        ("does-not-verify-proofs", "OA-AUS-101"),
        ("does-not-verify-assertions", "OA-AUS-132"),
        "Reads an assertion and does not verify it.",
        [
            || blind(Of::Client, unverified),
            || blind(Of::Account, unverified),
        ],
    ));
    all.extend(two(
        ("takes-the-algorithm-of-a-proof", "OA-AUS-102"),
        ("takes-the-algorithm-of-an-assertion", "OA-AUS-133"),
        "Takes the algorithm that the assertion names, whatever it is.",
        [
            || blind(Of::Client, of_any_algorithm),
            || blind(Of::Account, of_any_algorithm),
        ],
    ));
    all.extend(
        two(
            ("takes-the-key-of-a-proof", "OA-AUS-103"),
            ("takes-the-key-of-an-assertion", "OA-AUS-134"),
            "Verifies an assertion with the key that it brings.",
            [
                || blind(Of::Client, with_its_own_key),
                || blind(Of::Account, with_its_own_key),
            ],
        )
        .map(|s| s.only(&["that brings its own"])),
    );
    all.extend(
        two(
            ("takes-a-key-that-a-proof-names", "OA-AUS-103"),
            ("takes-a-key-that-an-assertion-names", "OA-AUS-134"),
            "Verifies an assertion with the key at a URL in its header.",
            [
                || blind(Of::Client, with_a_key_elsewhere),
                || blind(Of::Account, with_a_key_elsewhere),
            ],
        )
        .map(|s| s.only(&["by jku", "by x5u", "the URL of its own key"])),
    );
    all.extend(
        two(
            ("takes-any-key-id-of-a-proof", "OA-AUS-103"),
            ("takes-any-key-id-of-an-assertion", "OA-AUS-134"),
            "Verifies an assertion with whatever its kid leads to.",
            [
                || blind(Of::Client, of_any_key),
                || blind(Of::Account, of_any_key),
            ],
        )
        .map(|s| s.only(key_ids)),
    );
    all.extend(
        two(
            ("asks-where-the-key-of-a-proof-is", "OA-AUS-118"),
            ("asks-where-the-key-of-an-assertion-is", "OA-AUS-143"),
            "Sends a request to where an assertion says that its key is.",
            [
                || asking_for_keys(Of::Client),
                || asking_for_keys(Of::Account),
            ],
        )
        .map(|s| s.only(&["by jku", "by x5u", "the URL of its own key"])),
    );
    all.extend(two(
        ("lets-proofs-live-on", "OA-AUS-104"),
        ("lets-assertions-live-on", "OA-AUS-135"),
        "Does not look at the exp of an assertion.",
        [
            || blind(Of::Client, endless),
            || blind(Of::Account, endless),
        ],
    ));
    all.extend(two(
        ("takes-proofs-for-others", "OA-AUS-106"),
        ("takes-assertions-for-others", "OA-AUS-136"),
        "Takes an assertion whatever its audience is.",
        [
            || blind(Of::Client, for_another),
            || blind(Of::Account, for_another),
        ],
    ));
    all.extend(two(
        ("takes-proofs-again", "OA-AUS-110"),
        ("takes-assertions-again", "OA-AUS-138"),
        "Takes an assertion as often as it comes.",
        [
            || blind(Of::Client, once_more),
            || blind(Of::Account, once_more),
        ],
    ));
    all.extend(two(
        ("takes-other-tokens-for-proofs", "OA-AUS-113"),
        ("takes-other-tokens-for-assertions", "OA-AUS-139"),
        "Does not look at the typ of an assertion.",
        [
            || blind(Of::Client, of_any_type),
            || blind(Of::Account, of_any_type),
        ],
    ));
    all.extend(
        two(
            ("knows-every-claim-of-proofs", "OA-AUS-100"),
            ("knows-every-claim-of-assertions", "OA-AUS-130"),
            "Refuses an assertion with a claim that it does not know.",
            [
                || wary(Of::Client, |_, claims| claims.get("rutabagas").is_some()),
                || wary(Of::Account, |_, claims| claims.get("rutabagas").is_some()),
            ],
        )
        .map(|s| s.only(&["a claim that nobody knows"])),
    );
    all.extend(
        two(
            ("wants-no-beginning-of-proofs", "OA-AUS-100"),
            ("wants-no-beginning-of-assertions", "OA-AUS-130"),
            "Refuses an assertion that says since when it is valid.",
            [
                || wary(Of::Client, |_, claims| claims.get("nbf").is_some()),
                || wary(Of::Account, |_, claims| claims.get("nbf").is_some()),
            ],
        )
        .map(|s| s.only(&["valid since a minute ago"])),
    );
    all
}

/// With the right header, and a signature that is none.
fn unverified(assertion: &mut Opened) -> bool {
    let plain = ["jwk", "jku", "x5u", "x5c", "crit"]
        .iter()
        .all(|name| !assertion.brings(name));
    let own = assertion.has_the_algorithm_of_its_key();
    own && plain && !assertion.repeats && !assertion.is_signed() && !is_of_a_stranger(assertion)
}

/// Whether it names a party that has another key than the one that it names.
pub(super) fn is_of_a_stranger(assertion: &Opened) -> bool {
    assertion.text("iss") == Some("https://another.example")
}

fn of_any_algorithm(assertion: &mut Opened) -> bool {
    assertion.names_a_key() && !assertion.has_the_algorithm_of_its_key()
}

fn with_its_own_key(assertion: &mut Opened) -> bool {
    assertion.brings("jwk") || assertion.brings("x5c")
}

fn with_a_key_elsewhere(assertion: &mut Opened) -> bool {
    assertion.brings("jku") || assertion.brings("x5u") || has_a_url_for_a_key_id(assertion)
}

fn of_any_key(assertion: &mut Opened) -> bool {
    !assertion.names_a_key() && !has_a_url_for_a_key_id(assertion)
}

fn has_a_url_for_a_key_id(assertion: &Opened) -> bool {
    let kid = assertion.header.get("kid").and_then(Value::as_str);
    kid.is_some_and(|kid| kid.starts_with("http"))
}

fn endless(assertion: &mut Opened) -> bool {
    let now = assertion.now;
    let ended = assertion
        .claims
        .get("exp")
        .and_then(Value::as_i64)
        .is_none_or(|exp| exp <= now);
    if ended {
        assertion.renew();
    }
    ended && assertion.is_signed()
}

fn for_another(assertion: &mut Opened) -> bool {
    let own = assertion.issuer.clone();
    let named = |one: &Value| {
        one.as_str()
            .is_some_and(|one| one == own || one == format!("{own}/oauth/token"))
    };
    let audience = assertion.claims.get("aud");
    let fits = match audience {
        Some(Value::Array(all)) => all.iter().any(named),
        Some(one) => named(one),
        None => false,
    };
    assertion.say("aud", json!(own));
    !fits && !assertion.repeats && assertion.is_signed()
}

fn once_more(assertion: &mut Opened) -> bool {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let fresh = COUNT.fetch_add(1, Ordering::Relaxed);
    let own = assertion.text("jti").unwrap_or_default().to_owned();
    assertion.say("jti", json!(format!("{own}-{fresh}")));
    assertion.is_signed()
}

fn of_any_type(assertion: &mut Opened) -> bool {
    assertion.header.remove("typ").is_some() && assertion.is_signed()
}

/// A server that refuses an assertion for what is in it.
pub(super) fn wary(of: Of, which: fn(&Value, &Value) -> bool) -> Alterations {
    let error = match of {
        Of::Client => "invalid_client",
        Of::Account => "invalid_grant",
    };
    refusing(error, move |asked| {
        let text = parameter(asked, of.parameter()).unwrap_or_default();
        let mut parts = text.split('.').map(|part| {
            let json = URL_SAFE_NO_PAD.decode(part).unwrap_or_default();
            serde_json::from_slice(&json).unwrap_or_default()
        });
        let (header, claims) = (
            parts.next().unwrap_or_default(),
            parts.next().unwrap_or_default(),
        );
        which(&header, &claims)
    })
}

fn asking_for_keys(of: Of) -> Alterations {
    ServerSabotage::new()
        .layer(AsksForKeys { of })
        .alterations()
}
