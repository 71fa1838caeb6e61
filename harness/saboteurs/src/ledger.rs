//! What a saboteur has seen of the exchanges: their keys in the token calls, their tokens in the
//! token issues.

use btx_spec::{BearerToken, Identifier, TokenCall, TokenIssue, signature::sign};
use bytes::Bytes;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// What was seen of all exchanges, shared by the layers of one saboteur and by its replicas.
#[derive(Clone, Default)]
pub struct Ledger(Arc<Mutex<HashMap<Name, Entry>>>);

/// An exchange: initiator and id.
type Name = (Identifier, String);

#[derive(Default, Clone)]
struct Entry {
    call: Option<TokenCall>,
    issue: Option<TokenIssue>,
}

impl Ledger {
    /// Notes a token call.
    pub fn note_call(&self, body: &[u8]) {
        if let Ok(call) = TokenCall::parse(body) {
            let name = (call.initiator.clone(), call.exchange_id.as_str().to_owned());
            lock(&self.0).entry(name).or_default().call = Some(call);
        }
    }

    /// Notes a token issue.
    pub fn note_issue(&self, body: &[u8]) {
        if let Ok(issue) = TokenIssue::parse(body) {
            let name = (
                issue.initiator.clone(),
                issue.exchange_id.as_str().to_owned(),
            );
            lock(&self.0).entry(name).or_default().issue = Some(issue);
        }
    }

    /// The token issue of an exchange, if one was sent.
    #[must_use]
    pub fn issue(&self, initiator: &str, exchange_id: &str) -> Option<TokenIssue> {
        let name = (Identifier::parse(initiator).ok()?, exchange_id.to_owned());
        lock(&self.0).get(&name)?.issue.clone()
    }

    /// Whether that token was ever in a token issue.
    #[must_use]
    pub fn has_issued(&self, token: &BearerToken) -> bool {
        lock(&self.0)
            .values()
            .any(|e| e.issue.as_ref().is_some_and(|i| i.bearer_token == *token))
    }

    /// The token issue again, signed with the key of its call after whatever was altered in it.
    #[must_use]
    pub fn signed_again(&self, body: &[u8]) -> Option<Bytes> {
        let mut issue = TokenIssue::parse(body).ok()?;
        let name = (
            issue.initiator.clone(),
            issue.exchange_id.as_str().to_owned(),
        );
        let call = lock(&self.0).get(&name)?.call.clone()?;
        issue.signature = sign(
            &call.hmac_key,
            &issue.issuer,
            &issue.initiator,
            &issue.exchange_id,
            &issue.expires_at,
            &issue.bearer_token,
        );
        Some(issue.to_json().to_vec().into())
    }

    /// The token call that a token issue answers.
    #[must_use]
    pub fn call_of(&self, issue: &TokenIssue) -> Option<TokenCall> {
        let name = (
            issue.initiator.clone(),
            issue.exchange_id.as_str().to_owned(),
        );
        lock(&self.0).get(&name)?.call.clone()
    }
}

/// Locks what only this crate locks; nothing panics while it does.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
