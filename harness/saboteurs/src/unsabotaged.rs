//! The testable requirements of the issuer's side that no saboteur breaks yet, each with the reason.
//! The tests fail on an entry that has got its saboteur.

/// Requirement and reason.
pub const UNSABOTAGED: &[(&str, &str)] = &[
    (
        "EX-ISS-022",
        "whoever breaks it refuses everything, and is examined by itself",
    ),
    (
        "HT-ANY-025",
        "the outbound client of the reference has no other method for a message",
    ),
    (
        "HT-ANY-040",
        "the TLS of the reference has no version below 1.2 that could be let in",
    ),
];

/// Scenarios that no saboteur turns red yet: requirement, words of the scenario, reason.
pub const UNNOTICED: &[(&str, &str, &str)] = &[
    (
        "EX-ISS-022",
        "A token call without fault",
        "its failure is that of an issuer that refuses everything",
    ),
    (
        "EX-ISS-080",
        "answered 202 unasked",
        "no alteration makes the reference answer a call while it waits for the initiator",
    ),
    (
        "EX-ISS-060",
        "in any form that HTTP allows",
        "the outbound client of the reference reads answers with a library, which nothing makes worse",
    ),
    ("HT-ANY-025", "is sent by POST", "see the requirement"),
    ("HT-ANY-040", "A handshake below", "see the requirement"),
];
