//! The story of the counter, as the program tells it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod lab;

use lab::program::{program, said};

const STORY: [&str; 14] = [
    "1. The JWT alone",
    "shop → stock  GET /counter\n",
    "typ: \"service+jwt\"",
    "stock → shop  GET /services/orders.json\n",
    "stock → shop  GET /services/orders.json/keys\n",
    "shop ← stock  200 OK",
    "Nothing was fetched this time",
    "2. A token from the resource",
    "authentication-info: access_token=",
    "3. A token from an authorization server",
    "resource_metadata=\n          \"https://barn.farm.example:",
    "shop → auth  POST /oauth/token",
    "typ: \"authorization-grant+jwt\"",
    "the key has never left the shop",
];

#[test]
fn the_story_is_told_to_its_end() {
    let (code, told, errors) = said(program().arg("counter"));
    assert_eq!(code, 0, "{errors}\n{told}");
    let mut rest = told.as_str();
    for part in STORY {
        let Some((_, after)) = rest.split_once(part) else {
            panic!("{part} is missing, or not in its place:\n{told}");
        };
        rest = after;
    }
    for line in told.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

#[test]
fn no_secret_is_told_whole() {
    let (_, told, _) = said(program().arg("counter"));
    // Nothing that is long has the letters of a token or a signature; addresses and coordinates of keys do.
    let secrets = ["authorization: Bearer ", "access_token=\"", "signature  "];
    for (_, shown) in secrets.iter().flat_map(|before| {
        let after = told.match_indices(before);
        after.map(|(at, _)| told.split_at(at + before.len()))
    }) {
        let shown: String = shown.chars().take_while(|c| !c.is_whitespace()).collect();
        assert!(shown.chars().count() <= 9, "{shown}");
    }
}
