//! From files: what is said of each rule, and of what is not judged.

use crate::{
    AUDIENCE, CLIENT, Folder, NOW, assert_says, claims, document, header, inspect, key, keys,
    signed,
};
use serde_json::{Map, Value, json};

type Alter = fn(&mut Map<String, Value>, &mut Map<String, Value>);

#[test]
fn what_is_right_is_said_to_be_right() {
    let folder = Folder::new();
    let token = signed(&header(), &claims(CLIENT));
    let ended = folder.inspect(&token, &["--audience", AUDIENCE]);
    assert_eq!(
        (ended.exit, ended.wrong()),
        (0, Vec::new()),
        "{}",
        ended.out
    );
    let told = ended.json();
    assert_eq!(told["claims"]["iss"], CLIENT);
    assert_eq!(told["document"]["client_name"], "Orders");
    assert_eq!(told["keys"]["keys"][0]["kid"], "k1");
    assert_eq!(told["keys"]["keys"][0]["named"], true);
    let open: Vec<&Value> = told["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["verdict"] == "open")
        .collect();
    assert_eq!(open.len(), 1, "{open:?}");
    assert_eq!(open[0]["requirement"], "JW-RES-015");
}

/// Header and claims, each altered in one place, and the one requirement that is said to be broken by it: by
/// a service JWT, and by an assertion.
#[test]
fn each_rule_of_a_jwt_is_found_broken_alone() {
    let cases: [(&str, &str, &str, Alter); 20] = [
        ("JW-RES-003", "JW-AUS-004", "typ is \"JWT\"", |h, _| {
            set(h, "typ", "JWT".into())
        }),
        ("JW-RES-003", "JW-AUS-004", "there is no typ", |h, _| {
            drop(h.remove("typ"))
        }),
        ("JW-RES-005", "JW-CLI-003", "kid is missing", |h, _| {
            drop(h.remove("kid"))
        }),
        ("JW-RES-004", "JW-AUS-014", "the header has crit", |h, _| {
            set(h, "crit", json!(["x"]))
        }),
        ("JW-ANY-001", "JW-ANY-001", "iss is missing", |_, c| {
            drop(c.remove("iss"))
        }),
        ("JW-ANY-001", "JW-ANY-001", "it has no path", |_, c| {
            set(c, "iss", "https://shop.example".into());
            set(c, "sub", "https://shop.example".into());
        }),
        ("JW-RES-008", "JW-AUS-005", "sub is not the same", |_, c| {
            set(c, "sub", "alice".into())
        }),
        (
            "JW-RES-009",
            "JW-AUS-003",
            "aud is not one string",
            |_, c| set(c, "aud", json!([AUDIENCE])),
        ),
        (
            "JW-RES-009",
            "JW-AUS-003",
            "and not \"https://stock",
            |_, c| {
                set(c, "aud", "https://stock.farm.example/".into());
            },
        ),
        ("JW-RES-012", "JW-AUS-006", "iat is missing", |_, c| {
            drop(c.remove("iat"))
        }),
        (
            "JW-RES-012",
            "JW-AUS-006",
            "iat is 61 seconds after",
            |_, c| {
                set(c, "iat", (NOW + 71).into());
            },
        ),
        ("JW-RES-011", "JW-AUS-006", "exp is missing", |_, c| {
            drop(c.remove("exp"))
        }),
        (
            "JW-RES-011",
            "JW-AUS-006",
            "it has ended 60 seconds before",
            |_, c| {
                set(c, "iat", (NOW - 100).into());
                set(c, "exp", (NOW - 50).into());
            },
        ),
        (
            "JW-RES-013",
            "JW-AUS-006",
            "more than 300 seconds",
            |_, c| {
                set(c, "exp", (NOW + 301).into());
            },
        ),
        ("JW-RES-014", "JW-AUS-014", "jti is missing", |_, c| {
            drop(c.remove("jti"))
        }),
        (
            "JW-RES-014",
            "JW-AUS-014",
            "jti has 4 characters",
            |_, c| set(c, "jti", "jti1".into()),
        ),
        (
            "JW-RES-005",
            "JW-AUS-010",
            "no key of the client",
            |h, _| set(h, "kid", "k2".into()),
        ),
        (
            "JW-RES-007",
            "JW-AUS-010",
            "the key \"k1\" is for ES256",
            |h, _| {
                set(h, "alg", "EdDSA".into());
            },
        ),
        ("JW-RES-020", "JW-RES-020", "\"alg\" is missing", |h, _| {
            drop(h.remove("alg"))
        }),
        ("JW-RES-020", "JW-RES-020", "characters", |_, c| {
            set(c, "x", "x".repeat(8000).into())
        }),
    ];
    let folder = Folder::new();
    for (service, grant, words, alter) in cases {
        for (requirement, typ, kind) in [
            (service, "service+jwt", "service"),
            (grant, "authorization-grant+jwt", "grant"),
        ] {
            let (mut header, mut claims) = (header(), claims(CLIENT));
            set(&mut header, "typ", typ.into());
            alter(&mut header, &mut claims);
            let token = signed(&header, &claims);
            let ended = folder.inspect(&token, &["--audience", AUDIENCE, "--as", kind]);
            let wrong = ended.wrong();
            assert_eq!(ended.exit, 1, "{words}: {}", ended.out);
            assert_eq!(wrong.len(), 1, "{words}: {wrong:?}");
            assert_eq!(wrong[0].0, requirement, "{words}: {wrong:?}");
            assert_says(&wrong[0].1, &[words]);
        }
    }
}

#[test]
fn an_algorithm_that_nobody_takes_is_wrong() {
    let mut header = header();
    set(&mut header, "alg", "HS256".into());
    let ended = Folder::new().inspect(&signed(&header, &claims(CLIENT)), &[]);
    assert_eq!(ended.wrong()[0].0, "JW-RES-002");
    assert_says(&ended.wrong()[0].1, &["\"HS256\""]);
}

#[test]
fn a_name_that_stands_twice_is_wrong() {
    let token = key()
        .sign_raw(
            r#"{"alg":"ES256","kid":"k1","typ":"service+jwt"}"#,
            r#"{"aud":1,"aud":2}"#,
        )
        .unwrap();
    let ended = Folder::new().inspect(&token, &[]);
    assert_eq!(ended.wrong()[0].0, "JW-RES-019");
    let grant = Folder::new().inspect(&token, &["--as", "grant"]);
    assert_eq!(grant.wrong()[0].0, "JW-AUS-014");
}

/// Makes something wrong.
type Spoil<T> = fn(&mut T);

#[test]
fn a_signature_of_something_else_is_wrong() {
    let token = signed(&header(), &claims(CLIENT));
    let other = signed(&header(), &claims("https://shop.example/other.json"));
    let signature = other.rsplit('.').next().unwrap();
    let (signed, _) = token.rsplit_once('.').unwrap();
    let ended = Folder::new().inspect(&format!("{signed}.{signature}"), &[]);
    assert_eq!(ended.wrong()[0].0, "JW-RES-007");
    let unsigned = Folder::new().inspect(&format!("{signed}."), &[]);
    assert_eq!(unsigned.wrong()[0].0, "JW-RES-007");
    // A SEQUENCE of two numbers, as most cryptographic libraries write it.
    let der = format!("{signed}.MEUC{}", "A".repeat(90));
    let ended = Folder::new().inspect(&der, &[]);
    assert_says(&ended.out, &["The signature is in DER"]);
}

#[test]
fn each_rule_of_a_document_is_found_broken() {
    let cases: [(&str, Spoil<Value>); 9] = [
        ("JW-ANY-008", |d| d["x"] = "x".repeat(5120).into()),
        ("JW-ANY-011", |d| {
            d["client_id"] = "https://shop.example/".into()
        }),
        ("JW-ANY-012", |d| d["jwks"] = keys()),
        ("JW-ANY-012", |d| {
            drop(d.as_object_mut().unwrap().remove("jwks_uri"))
        }),
        ("JW-ANY-013", |d| {
            d["jwks_uri"] = "https://keys.example/".into()
        }),
        ("JW-ANY-013", |d| {
            d["jwks_uri"] = "http://shop.example/".into()
        }),
        ("JW-ANY-017", |d| d["client_secret"] = "hunter2".into()),
        ("JW-ANY-017", |d| {
            d["token_endpoint_auth_method"] = "client_secret_post".into()
        }),
        ("JW-ANY-014", |d| {
            *d = json!({ "client_id": CLIENT, "jwks": keys() });
            d["jwks"]["keys"][0]["d"] = "AAAA".into();
        }),
    ];
    let token = signed(&header(), &claims(CLIENT));
    let folder = Folder::new();
    for (requirement, alter) in cases {
        let mut altered = document();
        alter(&mut altered);
        folder.write("client.json", &altered.to_string());
        let ended = folder.inspect(&token, &[]);
        let wrong = ended.wrong();
        assert_eq!(
            (ended.exit, wrong.len()),
            (1, 1),
            "{requirement}: {wrong:?}"
        );
        assert_eq!(wrong[0].0, requirement);
        assert!(!ended.out.contains("hunter2"), "a secret is shown");
    }
    for (requirement, text) in [
        (
            "JW-ANY-018",
            format!(r#"{{"client_id":"{CLIENT}","x":1,"x":1}}"#),
        ),
        ("JW-CLI-031", "<html>".to_owned()),
    ] {
        folder.write("client.json", &text);
        assert_eq!(folder.inspect(&token, &[]).wrong()[0].0, requirement);
    }
}

#[test]
fn each_rule_of_keys_is_found_broken() {
    let cases: [(&str, Spoil<Vec<Value>>); 6] = [
        ("JW-ANY-010", |keys| *keys = vec![json!({ "kty": "x" }); 17]),
        ("JW-ANY-014", |keys| keys[0]["d"] = "AAAA".into()),
        ("JW-ANY-014", |keys| {
            keys.push(json!({ "kty": "oct", "k": "AAAA" }))
        }),
        ("JW-ANY-015", |keys| keys.push(keys[0].clone())),
        ("JW-ANY-016", |keys| {
            let x = keys[0]["x"].clone();
            keys[0]["y"] = x;
        }),
        ("JW-ANY-016", |keys| {
            keys.push(json!({ "kty": "RSA", "n": "_w", "e": "AQAB" }))
        }),
    ];
    let token = signed(&header(), &claims(CLIENT));
    let folder = Folder::new();
    for (requirement, alter) in cases {
        let mut all = keys()["keys"].as_array().unwrap().clone();
        alter(&mut all);
        folder.write("keys.json", &json!({ "keys": all }).to_string());
        let ended = folder.inspect(&token, &[]);
        let wrong = ended.wrong();
        assert_eq!(
            (ended.exit, wrong.len()),
            (1, 1),
            "{requirement}: {wrong:?}"
        );
        assert_eq!(wrong[0].0, requirement);
    }
}

#[test]
fn what_cannot_be_judged_is_said_to_be_so() {
    let token = signed(&header(), &claims(CLIENT));
    let now = NOW.to_string();
    let ended = inspect(&token, &["--offline", "--at", &now]);
    assert_eq!(ended.exit, 0, "{}", ended.out);
    let open = [
        "? JW-RES-009  aud is one string",
        "--audience would tell",
        "the document: nothing is fetched",
        "? JW-RES-007  the signature: there are no keys",
        "? JW-RES-015  whether jti was used before",
        "All that can be judged here is right",
    ];
    assert_says(&ended.out, &open);
}

#[test]
fn the_page_is_narrow_and_shows_no_signature() {
    let folder = Folder::new();
    let mut claims = claims(CLIENT);
    set(&mut claims, "note", "a\u{1b}[31m\u{202e}b".into());
    let token = signed(&header(), &claims);
    let path = folder.path("client.json");
    let arguments = [
        "--offline",
        "--document",
        path.to_str().unwrap(),
        "--audience",
        "https://b.example",
    ];
    let ended = inspect(&token, &arguments);
    assert_eq!(ended.exit, 1);
    for line in ended.out.lines() {
        assert!(
            line.chars().count() <= 80 || line.contains("/tmp/"),
            "{line}"
        );
    }
    assert!(!ended.out.contains(token.rsplit('.').next().unwrap()));
    assert!(!ended.out.contains(['\u{1b}', '\u{202e}']), "{}", ended.out);
    assert_says(
        &ended.out,
        &[
            "2026-11-22T12:01:00Z",
            "✗ JW-RES-009",
            "Sign a new one for each",
            "2 rules are broken",
        ],
    );
}

#[test]
fn what_means_nothing_is_bad_usage() {
    for (arguments, words) in [
        (&["--at", "noon"][..], "a number of seconds since 1970"),
        (&["--connect", "shop.example=1"], "HOST:PORT=ADDR"),
        (&["--as", "farmer"], "possible values: service, grant"),
        (&["--keys", "/nowhere/keys.json"], "/nowhere/keys.json: "),
        (&["--ca", "/nowhere/ca.pem"], "/nowhere/ca.pem: "),
        (&["a.b.c", "d"], "unexpected argument"),
    ] {
        let ended = inspect("x", arguments);
        assert_eq!(ended.exit, 2, "{}{}", ended.out, ended.err);
        assert_says(&ended.err, &[words]);
    }
    let folder = Folder::new();
    folder.write("ca.pem", "no certificate");
    let path = folder.path("ca.pem");
    let ended = inspect("x", &["--ca", path.to_str().unwrap()]);
    assert_eq!(ended.exit, 2);
    assert_says(&ended.err, &["--ca: no usable certificate"]);
    let nothing = inspect("", &["--offline"]);
    assert_eq!(nothing.exit, 2);
    assert_says(&nothing.err, &["no JWT came"]);
}

fn set(members: &mut Map<String, Value>, name: &str, value: Value) {
    members.insert(name.to_owned(), value);
}
