//! Answers and metadata of OAuth. The first byte is a place at which a mark is put in.
#![no_main]

use btx_fuzz::{holds, marked};
use btx_spec::FormError;
use btx_spec::oauth::{
    Introspection, ResourceMetadata, ServerMetadata, TokenAnswer, ToldError, well_known,
};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use std::fmt::Debug;
use url::Url;

const MARK: &str = "Quatsch4711";

type Parse<T> = fn(&[u8]) -> Result<T, FormError>;
type Write<T> = fn(&T) -> Vec<u8>;

fuzz_target!(|data: &[u8]| {
    let Some((place, body)) = data.split_first() else {
        return;
    };
    for body in [body, &marked(body, *place, MARK)] {
        check(body, TokenAnswer::parse, |answer| answer.to_json().to_vec());
        check(body, Introspection::parse, Introspection::to_json);
        check(body, ServerMetadata::parse, ServerMetadata::to_json);
        check(body, ResourceMetadata::parse, ResourceMetadata::to_json);
        let _ = ToldError::parse(body);
        if let Ok(metadata) = ServerMetadata::parse(body) {
            check_address(&metadata.issuer);
        }
    }
});

fn check<T: PartialEq + Debug>(body: &[u8], parse: Parse<T>, write: Write<T>) {
    match parse(body) {
        Ok(message) => {
            let written = write(&message);
            assert_eq!(
                parse(&written).as_ref(),
                Ok(&message),
                "written and read again"
            );
            check_object(body, &written);
        }
        Err(error) => {
            assert!(!holds(error.to_string().as_bytes(), MARK), "{error}");
            assert!(error.to_string().len() < 200, "{error}");
        }
    }
}

/// Another reader of JSON finds the members in it that were written; values may be written in another form.
fn check_object(body: &[u8], written: &[u8]) {
    let body: Value = serde_json::from_slice(body).unwrap();
    let written: Value = serde_json::from_slice(written).unwrap();
    for (name, value) in written.as_object().unwrap() {
        let found = &body[name];
        let other_form = ["scope", "aud", "exp", "iat", "nbf"].contains(&name.as_str());
        assert!(
            found == value || (other_form && !found.is_null()),
            "{name}: {value} and {found}"
        );
    }
}

/// The well-known address is one of the same origin.
fn check_address(issuer: &str) {
    let Ok(issuer) = Url::parse(issuer) else {
        return;
    };
    if matches!(issuer.scheme(), "https" | "http") {
        for suffix in ["oauth-authorization-server", "oauth-protected-resource"] {
            let address = well_known(&issuer, suffix);
            assert_eq!(address.origin(), issuer.origin());
            assert!(
                address
                    .path()
                    .starts_with(&format!("/.well-known/{suffix}"))
            );
        }
    }
}
