//! Saboteurs of signatures, algorithms and the names of keys.

use super::mend::{Shown, blind};
use crate::Saboteur;
use btx_spec::jose::SignedToken;
use serde_json::Value;

/// Names that no reader of JWTs gets as far as to look for.
const NO_TEXT: &[&str] = &[
    "whose kid is a number",
    "whose kid is null",
    "whose kid is a list",
];

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_signatures();
    all.extend(of_algorithms());
    all.extend(of_names());
    all
}

fn of_signatures() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lifecycle_issuer(
            "does-not-verify-bearers",
            "LC-ISS-010",
            "Takes a bearer with whatever signature.",
            || {
                blind(|shown| {
                    let key = shown.key()?;
                    let named = shown.opened.head("alg") == key.algorithm().name();
                    let alone = !shown.with_session && shown.signed_by().is_none();
                    shown.issuer().filter(|_| named && alone)
                })
            },
        )
        .also(
            "LC-ISS-040",
            &["under the name of its own"],
            "whatever key has signed, it takes a bearer that names one of its own",
        )
        .also(
            "LC-ISS-012",
            &["whose typ is a number", "whose typ is a list"],
            "the library that verifies reads no such type, and to this saboteur that is a bad signature",
        ),
        Saboteur::of_the_lifecycle_issuer(
            "verifies-bearers-with-any-key",
            "LC-ISS-010",
            "Takes a bearer that any of its keys has signed, whichever it names.",
            || {
                blind(|shown| {
                    let signed = shown.signed_by().is_none() && !shown.with_session;
                    shown.key()?;
                    shown.signed_by_any().filter(|_| signed)
                })
            },
        )
        .only(&["another key of the ring"]),
        Saboteur::of_the_lifecycle_issuer(
            "verifies-bearers-with-the-key-that-they-bring",
            "LC-ISS-010",
            "Takes a bearer that brings the key it is signed with, or says where that is.",
            || {
                blind(|shown| {
                    let issuer = shown.issuer();
                    issuer.filter(|_| shown.opened.brings_a_key() && !shown.with_session)
                })
            },
        )
        .only(&["that brings its own", "that names its own"]),
    ]
}

fn of_algorithms() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lifecycle_issuer(
            "takes-bearers-of-no-algorithm",
            "LC-ISS-011",
            "Takes a bearer whose algorithm is none.",
            || {
                blind(|shown| {
                    let none = shown.opened.head("alg").eq_ignore_ascii_case("none");
                    shown.issuer().filter(|_| none && !shown.with_session)
                })
            },
        )
        .only(&["of the algorithm n", "of no algorithm"]),
        Saboteur::of_the_lifecycle_issuer(
            "lets-bearers-choose-their-algorithm",
            "LC-ISS-011",
            "Verifies by the algorithm of the bearer, with the key that it names.",
            || {
                blind(|shown| {
                    let algorithm = shown.opened.head("alg");
                    let another = algorithm != shown.key()?.algorithm().name();
                    let some = !algorithm.eq_ignore_ascii_case("none");
                    shown.issuer().filter(|_| another && some)
                })
            },
        )
        .except(&["of the algorithm n", "of no algorithm"]),
    ]
}

fn of_names() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lifecycle_issuer(
            "tries-all-keys-for-bearers-without-a-kid",
            "LC-ISS-017",
            "Tries its keys where a bearer names none of them.",
            || {
                blind(|shown| {
                    let signed = shown.signed_by_any();
                    signed.filter(|_| shown.key().is_none())
                })
            },
        )
        .only(&["under no name, or another"])
        .except(NO_TEXT),
        Saboteur::of_the_lifecycle_issuer(
            "takes-kids-that-are-no-text-for-its-own",
            "LC-ISS-017",
            "Takes a bearer whose kid is no text.",
            || {
                blind(|shown| {
                    let no_text = shown
                        .opened
                        .header
                        .get("kid")
                        .is_some_and(|kid| !kid.is_string());
                    let issuer = shown.known.called(shown.opened.claim("iss"));
                    issuer.filter(|_| no_text)
                })
            },
        )
        .only(NO_TEXT),
        Saboteur::of_the_lifecycle_issuer(
            "takes-bearers-of-unknown-keys",
            "LC-ISS-017",
            "Takes a bearer whose kid names no key of it.",
            || {
                blind(|shown| {
                    let named = shown.opened.header.get("kid").is_some_and(Value::is_string);
                    let unknown = named && shown.key().is_none() && !is_signed(shown);
                    let issuer = shown.known.called(shown.opened.claim("iss"));
                    issuer.filter(|_| unknown && !shown.with_session)
                })
            },
        )
        .only(&["that no key of the issuer has"])
        .also(
            "LC-ISS-040",
            &["does not verify: a new key"],
            "a key that a notification names is as unknown as any other",
        ),
    ]
}

/// Whether any key of any issuer has signed it.
fn is_signed(shown: &Shown) -> bool {
    let token = SignedToken::parse(shown.text);
    token.is_ok_and(|token| shown.known.signer_of(&token).is_some())
}
