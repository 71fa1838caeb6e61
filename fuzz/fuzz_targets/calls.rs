//! The token call of an initiator under test, as the harness takes it: leniently, and then answered by a
//! token issue that may be altered. The first byte says how.
#![no_main]

use btx_fuzz::{NOW, words::ALTERATIONS};
use btx_harness::issue_draft::{CallValues, IssueDraft};
use btx_spec::{TokenCall, TokenIssue, signature::verify};
use libfuzzer_sys::fuzz_target;

const TOKEN: &str = "abcdefghijklmnopqrstuvwxyz012345";
/// Seconds that the clocks may differ.
const SKEW: i64 = 60;

fuzz_target!(|data: &[u8]| {
    let Some((choice, body)) = data.split_first() else {
        return;
    };
    let values = CallValues::read(body);
    let call = TokenCall::parse(body).ok();
    if let Some(call) = &call {
        let values = values
            .as_ref()
            .expect("what is strictly right is leniently right");
        assert_eq!(values.exchange_id, call.exchange_id.as_str());
        assert_eq!(values.issuer, call.issuer.as_str());
        assert_eq!(values.initiator, call.initiator.as_str());
        assert_eq!(&values.key, call.hmac_key.as_bytes());
    }
    let Some(values) = values else { return };
    let mut draft = IssueDraft::right(values, TOKEN.to_owned(), NOW);
    let bytes = draft.message().bytes();
    if let Some(call) = &call {
        check_right(call, &bytes);
    }
    let words = ALTERATIONS[usize::from(*choice) % ALTERATIONS.len()];
    assert_eq!(
        draft.alter(words, NOW, SKEW),
        Ok(()),
        "the list of alterations is stale"
    );
    assert!(!draft.message().bytes().is_empty());
});

/// The draft is the right token issue for that call.
fn check_right(call: &TokenCall, bytes: &[u8]) {
    let issue = TokenIssue::parse(bytes).unwrap();
    assert_eq!(issue.exchange_id, call.exchange_id);
    assert_eq!(
        (&issue.issuer, &issue.initiator),
        (&call.issuer, &call.initiator)
    );
    assert!(verify(
        &call.hmac_key,
        &issue.issuer,
        &issue.initiator,
        &issue.exchange_id,
        &issue.expires_at,
        &issue.bearer_token,
        &issue.signature,
    ));
}
