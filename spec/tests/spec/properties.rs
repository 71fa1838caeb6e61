//! What holds for arbitrary input: nothing panics, what was written is read again, and a
//! signed token issue tolerates no change.

use btx_spec::catalogue::Catalogue;
use btx_spec::signature::{sign, verify};
use btx_spec::{
    BearerToken, ExchangeId, FormError, HmacKey, HttpsUrl, Identifier, Pending, Problem,
    ProblemType, Signature, Timestamp, TokenCall, TokenIssue, Version,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

fn identifier() -> impl Strategy<Value = Identifier> {
    let name = "[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,3})?(\\.[a-z][a-z0-9]{0,8}){0,3}";
    let port = proptest::option::of((1_u16..).prop_filter("the default", |port| *port != 443));
    let path = "(/[!\"$->@A-Z_a-z~]{0,20}){0,3}";
    (name, port, path).prop_map(|(name, port, path)| {
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        Identifier::parse(&format!("https://{name}{port}{path}")).unwrap()
    })
}

fn token() -> impl Strategy<Value = BearerToken> {
    "[A-Za-z0-9._~+/-]{20,60}={0,3}".prop_map(|text| BearerToken::parse(&text).unwrap())
}

fn timestamp() -> impl Strategy<Value = Timestamp> {
    (Timestamp::FIRST..=Timestamp::LAST).prop_map(Timestamp::from_unix)
}

fn call() -> impl Strategy<Value = TokenCall> {
    (
        any::<[u8; 16]>(),
        identifier(),
        identifier(),
        any::<[u8; 32]>(),
    )
        .prop_map(|(id, issuer, initiator, key)| TokenCall {
            version: Version,
            exchange_id: ExchangeId::from_random(id),
            issuer,
            initiator,
            hmac_key: HmacKey::from_bytes(key),
        })
}

/// A token call and the token issue that answers it, rightly signed.
fn exchange() -> impl Strategy<Value = (TokenCall, TokenIssue)> {
    (call(), token(), timestamp()).prop_map(|(call, bearer_token, expires_at)| {
        let signature = sign(
            &call.hmac_key,
            &call.issuer,
            &call.initiator,
            &call.exchange_id,
            &expires_at,
            &bearer_token,
        );
        let issue = TokenIssue {
            version: Version,
            exchange_id: call.exchange_id.clone(),
            issuer: call.issuer.clone(),
            initiator: call.initiator.clone(),
            bearer_token,
            expires_at,
            signature,
        };
        (call, issue)
    })
}

fn verifies(call: &TokenCall, issue: &TokenIssue) -> bool {
    verify(
        &call.hmac_key,
        &issue.issuer,
        &issue.initiator,
        &issue.exchange_id,
        &issue.expires_at,
        &issue.bearer_token,
        &issue.signature,
    )
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in vec(any::<u8>(), 0..300)) {
        let _ = TokenCall::parse(&bytes);
        let _ = TokenIssue::parse(&bytes);
        let _ = Pending::parse(&bytes);
        let _ = Problem::parse(&bytes);
    }

    #[test]
    fn arbitrary_texts_never_panic(text in any::<String>()) {
        let _ = (Identifier::parse(&text), HttpsUrl::parse(&text), Version::parse(&text));
        let _ = (ExchangeId::parse(&text), HmacKey::parse(&text), BearerToken::parse(&text));
        let _ = (Timestamp::parse(&text), Signature::parse(&text));
        let _ = ProblemType::from_urn(&text);
    }

    #[test]
    fn arbitrary_urls_never_panic(rest in "[ -~\u{e9}\u{ff0e}]{0,40}") {
        let text = format!("https://{rest}");
        if let Ok(identifier) = Identifier::parse(&text) {
            prop_assert_eq!(identifier.as_str(), text.as_str());
            prop_assert!(HttpsUrl::parse(&text).is_ok());
        }
    }

    #[test]
    fn arbitrary_chapters_never_panic(text in "([>*`\\[\\]A-Z0-9: .~-]|MUST|EX-ISS-001|\n){0,80}") {
        let _ = Catalogue::parse(&[("a.md", &text)]);
        let _ = btx_spec::examples::examples_of(&[("a.md", &text)]);
    }

    /// Damage to a good message is the likeliest way into a parser's corners.
    #[test]
    fn damaged_messages_never_panic(
        call in call(), place in any::<prop::sample::Index>(), byte in any::<u8>()
    ) {
        let mut bytes = call.to_json().to_vec();
        let place = place.index(bytes.len());
        bytes[place] = byte;
        let _ = TokenCall::parse(&bytes);
        let _ = TokenCall::parse(&bytes[..place]);
    }

    #[test]
    fn token_calls_are_read_as_written(call in call()) {
        prop_assert_eq!(TokenCall::parse(&call.to_json()), Ok(call));
    }

    #[test]
    fn token_issues_are_read_as_written((call, issue) in exchange()) {
        let read = TokenIssue::parse(&issue.to_json()).unwrap();
        prop_assert!(verifies(&call, &read));
        prop_assert_eq!(read, issue);
    }

    #[test]
    fn pending_is_read_as_written(url in identifier(), at in timestamp()) {
        let status_url = HttpsUrl::parse(&format!("{url}?x=1")).unwrap();
        let pending = Pending { status_url, exchange_expires_at: at };
        prop_assert_eq!(Pending::parse(&pending.to_json()), Ok(pending));
    }

    #[test]
    fn problems_are_read_as_written(
        kind in select(ProblemType::ALL), detail in any::<String>()
    ) {
        let problem = Problem::new(kind, &detail);
        prop_assert_eq!(Problem::parse(&problem.to_json()), Ok(problem));
    }

    #[test]
    fn timestamps_are_read_as_written(at in timestamp()) {
        prop_assert_eq!(Timestamp::parse(&at.to_string()), Ok(at));
        prop_assert_eq!(Timestamp::from_unix(at.unix()), at);
    }

    #[test]
    fn base64_has_one_spelling(bytes in any::<[u8; 32]>()) {
        let text = HmacKey::from_bytes(bytes).to_base64();
        let read = HmacKey::parse(&text).unwrap();
        prop_assert_eq!(read.as_bytes(), &bytes);
        prop_assert_eq!(Signature::parse(&text).unwrap().to_base64(), text.as_str());
    }

    #[test]
    fn identifiers_are_equal_when_their_octets_are(left in identifier(), right in identifier()) {
        prop_assert_eq!(left == right, left.as_str() == right.as_str());
        prop_assert_eq!(Identifier::parse(left.as_str()), Ok(left));
    }

    #[test]
    fn a_changed_signature_byte_is_refused(
        (call, mut issue) in exchange(), place in 0_usize..32, change in 1_u8..
    ) {
        let mut bytes = *issue.signature.as_bytes();
        bytes[place] ^= change;
        issue.signature = Signature::from_bytes(bytes);
        prop_assert!(!verifies(&call, &issue));
    }

    #[test]
    fn a_changed_member_is_refused((call, issue) in exchange(), (_, other) in exchange()) {
        let changed = [
            TokenIssue { exchange_id: other.exchange_id, ..issue.clone() },
            TokenIssue { issuer: other.issuer, ..issue.clone() },
            TokenIssue { initiator: other.initiator, ..issue.clone() },
            TokenIssue { bearer_token: other.bearer_token, ..issue.clone() },
            TokenIssue { expires_at: other.expires_at, ..issue.clone() },
            TokenIssue { signature: other.signature, ..issue.clone() },
        ];
        for altered in changed {
            prop_assert_eq!(verifies(&call, &altered), altered == issue);
        }
    }

    /// Whatever single byte of the message is changed: it is not read, or read as the
    /// same, or does not verify.
    #[test]
    fn a_changed_byte_is_refused(
        (call, issue) in exchange(), place in any::<prop::sample::Index>(), byte in 0x20_u8..0x7f
    ) {
        let mut bytes = issue.to_json().to_vec();
        let place = place.index(bytes.len());
        bytes[place] = byte;
        if let Ok(read) = TokenIssue::parse(&bytes) {
            prop_assert_eq!(verifies(&call, &read), read == issue);
        }
    }

    #[test]
    fn a_changed_key_is_refused((call, issue) in exchange(), place in 0_usize..32, change in 1_u8..) {
        let mut bytes = *call.hmac_key.as_bytes();
        bytes[place] ^= change;
        let other = TokenCall { hmac_key: HmacKey::from_bytes(bytes), ..call };
        prop_assert!(!verifies(&other, &issue));
    }

    #[test]
    fn a_repeated_member_is_refused(call in call(), name in "[a-z]{0,4}") {
        let text = String::from_utf8(call.to_json().to_vec()).unwrap();
        let twice = text.replacen('{', &format!("{{\"x{name}\":1,\"x{name}\":[2],"), 1);
        let error = TokenCall::parse(twice.as_bytes());
        prop_assert_eq!(error, Err(FormError::DuplicateMember { position: 2 }));
    }

    #[test]
    fn no_error_repeats_what_was_sent(secret in "[a-z]{12}", place in 0_usize..6) {
        let templates = [
            "{\"version\":\"BTX-1\",\"exchange_id\":\"#\"}",
            "{\"version\":\"#\"}",
            "{\"#\":1,\"#\":2}",
            "{\"#\":#}",
            "#",
            "{\"version\":\"BTX-1\",\"exchange_id\":[\"#\"]}",
        ];
        let text = templates[place].replace('#', &secret);
        let error = TokenCall::parse(text.as_bytes()).unwrap_err();
        let told = format!("{error} {error:?}");
        prop_assert!(!told.contains(&secret));
    }
}
