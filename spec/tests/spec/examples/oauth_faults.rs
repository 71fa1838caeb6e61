//! The faults that an example of OAuth can have are found.

use btx_spec::examples::{examples, examples_of};
use btx_spec::jose::SignedToken;

use super::complaints;
use super::oauth::{Printed, compact_tokens};

/// What is found in a chapter of this text.
fn found(text: &str) -> String {
    complaints(&examples_of(&[("a.md", text)])).concat()
}

fn chapter(wanted: &str) -> String {
    let all = btx_spec::chapters::chapters();
    let chapter = all.iter().find(|(path, _)| *path == wanted);
    chapter.unwrap().1.to_owned()
}

#[test]
fn faults_of_oauth_examples_are_found() {
    let token = "HTTP/1.1 200 OK\nContent-Type: application/json\nCache-Control: no-store\n\n";
    let error =
        "HTTP/1.1 400 Bad Request\nContent-Type: application/json\nCache-Control: no-store\n\n";
    let post = "POST /t HTTP/1.1\nContent-Type: application/x-www-form-urlencoded\n";
    let cases = [
        (
            "POST /t?client_secret=a HTTP/1.1\nHost: a".to_owned(),
            "no place in a URI",
        ),
        (
            "GET / HTTP/1.1\nAuthorization: Basic YTpiOmM=".to_owned(),
            "not encoded as form values",
        ),
        (
            "GET / HTTP/1.1\nAuthorization: Basic a".to_owned(),
            "Basic: ",
        ),
        (
            "GET / HTTP/1.1\nAuthorization: Bearer a b".to_owned(),
            "no `b64token`",
        ),
        (
            "HTTP/1.1 401 No\nWWW-Authenticate: Bearer realm=\"a".to_owned(),
            "the challenge: ",
        ),
        (
            format!("{post}\ngrant_type=client_credentials&scope=a&scope=b"),
            "`scope` stands twice",
        ),
        (format!("{post}\nscope=a"), "needs `token`"),
        (
            format!("{post}\ngrant_type=password"),
            "not one of this book",
        ),
        (
            format!("{post}\ngrant_type=client_credentials&scope=%22"),
            "the scope: ",
        ),
        (
            format!("{post}\ngrant_type=client_credentials&client_assertion=a"),
            "needs `client_assertion_type`",
        ),
        (
            format!("{post}Authorization: Basic YTpi\n\ntoken=a&client_secret=b"),
            "more than one way",
        ),
        (
            format!("{token}{{\"access_token\":\"a b\",\"token_type\":\"Bearer\"}}"),
            "access_token",
        ),
        (
            format!("{token}{{\"access_token\":\"a\",\"token_type\":\"mac\"}}"),
            "is not Bearer",
        ),
        (
            format!("{token}{{\"active\":false,\"sub\":\"a\"}}"),
            "OA-AUS-203",
        ),
        (
            token.replace("Cache-Control", "X") + "{\"active\":false}",
            "no-store",
        ),
        (
            token.replace("/json", "/jose") + "{\"active\":false}",
            "is application/json",
        ),
        (
            format!("{error}{{\"error\":\"no_such\"}}"),
            "no error of OAuth",
        ),
        (
            format!("{error}{{\"error\":\"invalid_grant\",\"error_description\":\"\\\"\"}}"),
            "OA-AUS-054",
        ),
        (
            error.replace("400", "401") + "{\"error\":\"invalid_client\"}",
            "has the field www-authenticate",
        ),
        (
            error.replace("400", "403") + "{\"error\":\"invalid_scope\"}",
            "is 400",
        ),
    ];
    for (text, message) in cases {
        let complaint = found(&format!("```http\n{text}\n```\n"));
        assert!(complaint.contains(message), "{text}: {complaint}");
        let marked = found(&format!("```http,invalid\n{text}\n```\n"));
        assert_eq!(marked, "", "{text}");
    }
    let part = found("```json\n{\"iss\":\"shop\",\"exp\":1}\n```\n");
    assert!(part.contains("no example shows a JWT"), "{part}");
    let symmetric = found("```json\n{\"keys\":[{\"kty\":\"oct\",\"k\":\"YQ\"}]}\n```\n");
    assert!(symmetric.contains("the key set: "), "{symmetric}");
}

#[test]
fn tokens_of_the_book_verify_with_its_keys() {
    let text = chapter("oauth-jwt.md");
    assert_eq!(found(&text), "");
    let token = compact_tokens(&text).next().unwrap().to_owned();
    let other = if token.ends_with('A') { "Q" } else { "A" };
    let forged = text.replace(&token, &format!("{}{other}", &token[..token.len() - 1]));
    assert!(found(&forged).contains("a JWT"), "{}", found(&forged));
    let id = SignedToken::parse(&token)
        .unwrap()
        .key_id()
        .unwrap()
        .to_owned();
    let elsewhere = text.replace(&format!("\"kid\": \"{id}\",\n      \"use\""), "\"use\"");
    assert!(found(&elsewhere).contains(&format!("0 examples print the key \"{id}\"")));
    let shown = Printed::of(&examples());
    assert!(
        shown.distinct_tokens() >= 5,
        "the book has lost examples of JWTs"
    );
}
