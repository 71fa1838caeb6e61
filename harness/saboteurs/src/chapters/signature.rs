//! Saboteurs of the chapter "The signature".

use crate::{Saboteur, ledger::Ledger, sabotage::Sabotage};
use btx_harness::embedded::Alterations;
use btx_spec::{HmacKey, Signature, TokenCall, TokenIssue, signature::sign};

pub(super) fn saboteurs() -> Vec<Saboteur> {
    vec![
        Saboteur::new(
            "signs-with-the-text-of-the-key",
            "EX-ISS-050",
            "Takes the first 32 characters of the base64 text as the key.",
            || {
                signing(|call, issue| {
                    let text = call.hmac_key.to_base64();
                    let key = <[u8; 32]>::try_from(text.as_bytes().get(..32)?).ok()?;
                    Some(signed(&HmacKey::from_bytes(key), call, issue))
                })
            },
        ),
        Saboteur::new(
            "signs-the-initiator-first",
            "EX-ISS-050",
            "Puts the initiator before the issuer into the signing input.",
            || {
                signing(|call, issue| {
                    Some(sign(
                        &call.hmac_key,
                        &issue.initiator,
                        &issue.issuer,
                        &issue.exchange_id,
                        &issue.expires_at,
                        &issue.bearer_token,
                    ))
                })
            },
        ),
        Saboteur::new(
            "signs-nothing",
            "EX-ISS-050",
            "Puts 32 zero bytes in the place of the signature.",
            || signing(|_, _| Some(Signature::from_bytes([0; 32]))),
        ),
    ]
}

fn signed(key: &HmacKey, call: &TokenCall, issue: &TokenIssue) -> Signature {
    sign(
        key,
        &call.issuer,
        &call.initiator,
        &call.exchange_id,
        &issue.expires_at,
        &issue.bearer_token,
    )
}

/// Another signature, made of the call and the issue.
fn signing(make: fn(&TokenCall, &TokenIssue) -> Option<Signature>) -> Alterations {
    let ledger = Ledger::default();
    Sabotage::new()
        .noting_calls(&ledger)
        .issues(move |request| {
            let signed = TokenIssue::parse(&request.body).ok().and_then(|mut issue| {
                issue.signature = make(&ledger.call_of(&issue)?, &issue)?;
                Some(issue.to_json().to_vec())
            });
            if let Some(signed) = signed {
                request.body = signed.into();
            }
        })
        .alterations()
}
