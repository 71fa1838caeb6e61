//! Forms, client authentication by the scheme Basic, scopes and challenges.
#![no_main]

use btx_spec::oauth::form::{self, Form};
use btx_spec::oauth::{AccessToken, Scope, basic, challenge};
use libfuzzer_sys::fuzz_target;
use std::collections::BTreeSet;

fuzz_target!(|bytes: &[u8]| {
    check_form(bytes);
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    check_basic(text);
    check_scope(text);
    check_challenges(text);
    check_token(text);
});

fn check_form(body: &[u8]) {
    let Ok(form) = Form::parse(body) else {
        return;
    };
    // A lenient reader finds the same wherever the strict one finds anything.
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(body).into_owned().collect();
    let names: BTreeSet<&str> = pairs.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(form.names(), names);
    for name in names {
        let values: Vec<&str> = form.every(name).collect();
        let of_name = pairs.iter().filter(|(own, _)| own == name);
        assert!(
            values
                .iter()
                .copied()
                .eq(of_name.map(|(_, value)| value.as_str()))
        );
        let expected = match values.as_slice() {
            [only] => Some(Some(*only).filter(|value| !value.is_empty())),
            _ => None,
        };
        assert_eq!(form.get(name).ok(), expected);
        assert_eq!(form.repeated().contains(name), expected.is_none());
    }
    let borrowed: Vec<(&str, &str)> = pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let written = form::encode(&borrowed);
    if written.len() <= Form::MAX_LENGTH {
        assert_eq!(
            Form::parse(written.as_bytes()).unwrap().names(),
            form.names()
        );
    }
}

fn check_basic(field: &str) {
    let Ok((id, secret)) = basic::decode(field) else {
        return;
    };
    assert!(!id.chars().chain(secret.chars()).any(char::is_control));
    let written = basic::encode(&id, &secret);
    if written.len() <= basic::MAX_LENGTH {
        assert_eq!(basic::decode(&written).ok(), Some((id, secret)));
    }
}

fn check_scope(text: &str) {
    if let Ok(scope) = Scope::parse(text) {
        let tokens: BTreeSet<&str> = text.split(' ').collect();
        assert!(scope.tokens().eq(tokens));
        assert_eq!(Scope::parse(&scope.to_string()), Ok(scope));
    }
}

fn check_challenges(field: &str) {
    let Ok(challenges) = challenge::parse(field) else {
        return;
    };
    assert!(!challenges.is_empty());
    let written: Vec<String> = challenges.iter().map(ToString::to_string).collect();
    // Quoting makes it longer.
    let written = written.join(", ");
    if written.len() <= challenge::MAX_LENGTH {
        assert_eq!(challenge::parse(&written), Ok(challenges), "{written}");
    }
}

fn check_token(text: &str) {
    if let Some(token) = AccessToken::parse(text) {
        assert_eq!(token.expose(), text);
        assert!(
            text.bytes()
                .all(|byte| (0x21..0x7f).contains(&byte) && byte != b'"')
        );
        assert_eq!(format!("{token:?}"), "AccessToken(…)");
    }
}
