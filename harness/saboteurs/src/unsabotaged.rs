//! The testable requirements of the issuer's side that no saboteur breaks yet, each with the reason.
//! The tests fail on an entry that has got its saboteur.

/// Requirement and reason.
pub const UNSABOTAGED: &[(&str, &str)] = &[
];
