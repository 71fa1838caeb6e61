//! The messages of an exchange, and problems. The first byte is a place at which a mark is put in.
#![no_main]

use btx_fuzz::{holds, marked};
use btx_spec::{FormError, Pending, Problem, TokenCall, TokenIssue};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use std::fmt::Debug;

const MARK: &str = "Quatsch4711";

type Parse<T> = fn(&[u8]) -> Result<T, FormError>;
type Write<T> = fn(&T) -> Vec<u8>;

fuzz_target!(|data: &[u8]| {
    let Some((place, body)) = data.split_first() else {
        return;
    };
    for body in [body, &marked(body, *place, MARK)] {
        check(body, TokenCall::parse, |call| call.to_json().to_vec());
        check(body, TokenIssue::parse, |issue| issue.to_json().to_vec());
        check(body, Pending::parse, Pending::to_json);
        check(body, Problem::parse, Problem::to_json);
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
            check_strictness(body, parse);
        }
        Err(error) => {
            assert!(!holds(error.to_string().as_bytes(), MARK), "{error}");
            assert!(error.to_string().len() < 200, "{error}");
        }
    }
}

/// Another reader of JSON finds the same values in it. A problem may have members of wrong types.
fn check_object(body: &[u8], written: &[u8]) {
    // A number that is beyond what the other reader takes is no matter of ours.
    let Ok(Value::Object(body)) = serde_json::from_slice(body) else {
        return;
    };
    let Value::Object(written) = serde_json::from_slice(written).unwrap() else {
        panic!("a message is an object");
    };
    let is_problem = written.contains_key("type");
    for (name, value) in written {
        let same = body.get(&name) == Some(&value);
        let unsaid = is_problem && name == "type" && value == "about:blank";
        assert!(same || unsaid, "{name}: {value} is not in the body");
    }
}

/// The same message with a member repeated, or with something after it, is refused.
fn check_strictness<T: Debug>(body: &[u8], parse: Parse<T>) {
    let end = body.iter().rposition(|b| *b == b'}').unwrap();
    let (before, after) = body.split_at(end);
    let comma: &[u8] = if before.trim_ascii_end().ends_with(b"{") {
        b""
    } else {
        b","
    };
    let twice = [before, comma, br#""x7":1,"\u00787":2"#, after].concat();
    assert!(
        matches!(parse(&twice), Err(FormError::DuplicateMember { .. })),
        "a member stands twice"
    );
    assert!(
        parse(&[body, b"x"].concat()).is_err(),
        "something follows the message"
    );
    assert!(
        parse(&[b"\xef\xbb\xbf", body].concat()).is_err(),
        "a byte order mark"
    );
}
