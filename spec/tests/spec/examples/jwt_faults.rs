//! The faults that an example of JWT between services can have are found.

use btx_spec::examples::examples_of;

use super::complaints;

/// What is found in chapters of these texts.
fn found(texts: &[String]) -> String {
    let paths = ["documents.md", "tokens.md", "flows.md"];
    let texts = texts.iter().map(String::as_str);
    let chapters: Vec<(&str, &str)> = paths.into_iter().zip(texts).collect();
    complaints(&examples_of(&chapters)).join("\n")
}

/// The chapters whose examples lean on each other.
fn book() -> [String; 3] {
    let all = btx_spec::chapters::chapters();
    [
        "client-documents.md",
        "service-jwt-token.md",
        "service-jwt-flows.md",
    ]
    .map(|wanted| {
        let chapter = all.iter().find(|(path, _)| *path == wanted);
        chapter.unwrap().1.to_owned()
    })
}

/// What is found in the book when one text in it stands for another.
fn altered(from: &str, to: &str) -> String {
    let texts = book();
    assert!(texts.concat().contains(from), "the book has lost {from}");
    found(&texts.map(|text| text.replace(from, to)))
}

#[test]
fn faults_of_service_jwt_examples_are_found() {
    assert_eq!(found(&book()), "");
    let cases = [
        // A document lies where it says, and its keys where it says.
        (
            "GET /services/orders.json",
            "GET /services/other.json",
            "no example fetches the document of https://shop.example/services/orders.json",
        ),
        (
            "GET /services/orders-keys.json",
            "GET /services/keys.json",
            "no example fetches the keys at https://shop.example/services/orders-keys.json",
        ),
        (
            "\"client_name\": \"The barn's service\",",
            "\"client_secret\": \"rutabaga\",",
            "the client document: ",
        ),
        (
            "\"client_id\": \"https://barn.farm.example/service.json\"",
            "\"client_id\": \"https://barn.farm.example\"",
            "`client_id`: ",
        ),
        // Its keys verify its JWTs, under the name that these give.
        (
            "\"kid\": \"orders-2026-11\",\n      \"use\"",
            "\"kid\": \"orders-2026-10\",\n      \"use\"",
            "does not verify with the keys of its client",
        ),
        // A JWT is shown to whom it is for, and an assertion is for a server of the book.
        (
            "Host: stock.farm.example",
            "Host: stock.farm.example.mallory.example",
            "a JWT for https://stock.farm.example is shown at",
        ),
        (
            "\"issuer\": \"https://auth.farm.example\"",
            "\"issuer\": \"https://auth.farm.example/\"",
            "no example shows the metadata of https://auth.farm.example,",
        ),
        // A token is handed out as it may be.
        (
            "Cache-Control: no-store\nAuthentication-Info",
            "Cache-Control: private\nAuthentication-Info",
            "JW-RES-041",
        ),
        (
            "HTTP/1.1 200 OK\nContent-Type: application/json\nCache-Control: no-store\nAuthentication-Info",
            "HTTP/1.1 403 Forbidden\nContent-Type: application/json\nCache-Control: no-store\nAuthentication-Info",
            "JW-RES-042",
        ),
        (
            "expires_in=300",
            "expires_in=86400",
            "Authentication-Info: ",
        ),
        // What a challenge names is there.
        (
            "GET /.well-known/oauth-protected-resource/api",
            "GET /.well-known/oauth-protected-resource",
            "which a challenge names",
        ),
    ];
    for (from, to, message) in cases {
        let found = altered(from, to);
        assert!(found.contains(message), "{from}: {found}");
    }
}

/// A JWT of the book, with one character of its signature changed.
#[test]
fn a_forged_service_jwt_is_found() {
    let text = book().concat();
    let jwt = super::oauth::compact_tokens(&text).next().unwrap();
    let (signed, signature) = jwt.rsplit_once('.').unwrap();
    let other = if signature.starts_with('A') { "B" } else { "A" };
    let forged = format!("{signed}.{other}{}", &signature[1..]);
    let found = altered(jwt, &forged);
    assert!(
        found.contains("does not verify with the keys of its client"),
        "{found}"
    );
}
