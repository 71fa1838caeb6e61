//! The testable requirements that no saboteur of a side breaks yet, each with the reason. The tests fail on
//! an entry that has got its saboteur.

use crate::Side;

/// Side, requirement and reason.
pub const UNSABOTAGED: &[(Side, &str, &str)] = &[];

/// Scenarios that no saboteur turns red yet: requirement, words of the scenario, reason.
pub const UNNOTICED: &[(&str, &str, &str)] = &[
    (
        "EX-ISS-022",
        "A token call without fault",
        "its failure is that of an issuer that refuses everything",
    ),
    (
        "EX-ISS-013",
        "is cut off",
        "of a call that breaks off there is nothing by which its initiator could be found",
    ),
    (
        "EX-INI-047",
        "cut off within its head",
        "what never becomes a request reaches no part of the reference that could be exchanged",
    ),
    (
        "EX-INI-043",
        "in the name of the first, signed with the key of its own",
        "it names the right parties: its fault is the signature",
    ),
    (
        "EX-INI-081",
        "with http",
        "nobody at the laboratory hears a request without TLS",
    ),
    (
        "EX-INI-081",
        "at another port",
        "the server at the other port has no certificate for the name of the issuer",
    ),
    (
        "EX-INI-046",
        "A token issue without fault",
        "its failure is that of an initiator that refuses everything",
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
    (
        "EX-ISS-022",
        "comes in small pieces",
        "the HTTP library of the reference puts the pieces together, and nothing makes it worse",
    ),
    (
        "EX-INI-046",
        "comes in small pieces",
        "the HTTP library of the reference puts the pieces together, and nothing makes it worse",
    ),
    (
        "OA-AUS-001",
        "A valid request gets a token",
        "its failure is that of a server that refuses everyone",
    ),
    (
        "OA-AUS-100",
        "A valid assertion proves its client",
        "its failure is that of a server that refuses everyone",
    ),
    (
        "OA-AUS-112",
        "an assertion without typ",
        "an assertion without a type is what every other scenario shows",
    ),
    (
        "OA-AUS-130",
        "A valid assertion about an account gets a token",
        "its failure is that of a server that refuses everyone",
    ),
    (
        "OA-RES-020",
        "A valid JWT access token is taken: no fault",
        "its failure is that of a resource that refuses everybody",
    ),
    (
        "JW-ANY-001",
        "of 513 characters",
        "the reference has no place for such an id, and nothing from outside makes one",
    ),
    (
        "JW-RES-001",
        "is taken: without fault",
        "its failure is that of a resource that refuses everybody",
    ),
    (
        "LC-RES-001",
        "is taken: without fault",
        "its failure is that of a resource that refuses everybody",
    ),
    (
        "JW-ANY-013",
        "at an address without https",
        "the outbound client of the reference speaks to nobody without TLS",
    ),
    (
        "JW-ANY-021",
        "No document is fetched at an address of special use: an address of loopback within an IPv6 address",
        "the reference refuses the client id for its form, whatever the address",
    ),
];
