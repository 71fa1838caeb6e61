//! The faults that an example of keys, sessions and rotation can have are found.

use btx_spec::chapters::chapters;
use btx_spec::examples::examples_of;

use super::complaints;

const CHAPTERS: [&str; 3] = [
    "lifecycle-keys.md",
    "lifecycle-sessions.md",
    "lifecycle-reissue.md",
];

/// What is found in the chapters when one text in them stands for another.
fn altered(from: &str, to: &str) -> String {
    let all = chapters();
    let texts: Vec<(&str, String)> = all
        .iter()
        .filter(|(path, _)| CHAPTERS.contains(path))
        .map(|(path, text)| (*path, text.replace(from, to)))
        .collect();
    let joined: String = all.iter().map(|(_, text)| *text).collect();
    assert!(joined.contains(from), "the book has lost {from}");
    let texts: Vec<(&str, &str)> = texts
        .iter()
        .map(|(path, text)| (*path, text.as_str()))
        .collect();
    complaints(&examples_of(&texts)).join("\n")
}

#[test]
fn faults_of_bearers_and_sessions_are_found() {
    assert_eq!(altered("# Keys that rotate", "# Keys that rotate"), "");
    let cases = [
        (
            "\"kid\": \"desk-2026-11\"",
            "\"kid\": \"desk\"",
            "no example prints the key",
        ),
        (
            "\"crv\": \"P-256\"",
            "\"crv\": \"P-521\"",
            "no example prints the key",
        ),
        ("expires_in=420", "expires_in=421", "of this bearer is 420"),
        ("expires_in=420", "expires_in=\"420\"", "(LC-ISS-100)"),
        (
            "\"expires_in\": 420",
            "\"expires_in\": 421",
            "of this bearer is 420",
        ),
        (
            "\"session_expires_in\": 7200,",
            "",
            "\"session_expires_in\"",
        ),
        ("HTTP/1.1 200 OK", "HTTP/1.1 404 Not Found", "of 2xx alone"),
        ("Cache-Control: no-store\n", "", "no-store"),
        ("POST /logout", "POST /other", "without a bearer"),
        (
            "X-Session-Token: ",
            "X-Session-Token: a b",
            "the session token",
        ),
        (
            "{\"everywhere\": true}",
            "{\"everywhere\": 1}",
            "everywhere",
        ),
        ("{\"username\": \"kim\"", "{\"username\": 7", "\"username\""),
        ("\"retired_at\": 1", "\"retired_at\": 0.1", "the key set: "),
    ];
    for (from, to, message) in cases {
        let found = altered(from, to);
        assert!(found.contains(message), "{from} -> {to}: {found}");
    }
}
