//! What stands in the file of the durable store: keys as text or digest, values as JSON.

use btx_spec::{BearerToken, ExchangeId, Identifier};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{ExchangeKey, HeldToken, LiveToken, Progress, StatusEntry};
use crate::issuer::Failure;

/// An exchange of the issuer.
#[derive(Serialize, Deserialize, Debug, PartialEq, Eq)]
pub(super) struct ExchangeRecord {
    pub(super) progress: ProgressRecord,
    pub(super) forget_at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<StatusEntry>,
}

/// How far it is, in one word.
#[derive(Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ProgressRecord {
    Open,
    Live,
    Refused,
    Unreachable,
    TimedOut,
    NotActivated,
}

impl From<Progress> for ProgressRecord {
    fn from(progress: Progress) -> Self {
        match progress {
            Progress::Open => Self::Open,
            Progress::Live => Self::Live,
            Progress::Failed(Failure::Refused) => Self::Refused,
            Progress::Failed(Failure::Unreachable) => Self::Unreachable,
            Progress::Failed(Failure::TimedOut) => Self::TimedOut,
            Progress::Failed(Failure::NotActivated) => Self::NotActivated,
        }
    }
}

impl From<ProgressRecord> for Progress {
    fn from(record: ProgressRecord) -> Self {
        match record {
            ProgressRecord::Open => Self::Open,
            ProgressRecord::Live => Self::Live,
            ProgressRecord::Refused => Self::Failed(Failure::Refused),
            ProgressRecord::Unreachable => Self::Failed(Failure::Unreachable),
            ProgressRecord::TimedOut => Self::Failed(Failure::TimedOut),
            ProgressRecord::NotActivated => Self::Failed(Failure::NotActivated),
        }
    }
}

/// A live token of the issuer; its key is the digest.
#[derive(Serialize, Deserialize)]
pub(super) struct TokenRecord {
    pub(super) initiator: Identifier,
    pub(super) expires_at: i64,
}

/// An exchange of the initiator.
#[derive(Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub(super) enum HeldRecord {
    Prepared,
    Held { token: BearerToken, expires_at: i64 },
    InUse { token: BearerToken, expires_at: i64 },
}

/// The key of an exchange: identifiers hold no line feed.
pub(super) fn exchange_key(key: &ExchangeKey) -> Vec<u8> {
    format!("{}\n{}", key.peer.as_str(), key.id.as_str()).into_bytes()
}

/// The way back; `None` for bytes that no exchange has as its key.
pub(super) fn parse_exchange_key(bytes: &[u8]) -> Option<ExchangeKey> {
    let (peer, id) = std::str::from_utf8(bytes).ok()?.split_once('\n')?;
    Some(ExchangeKey {
        peer: Identifier::parse(peer).ok()?,
        id: ExchangeId::parse(id).ok()?,
    })
}

/// A record as JSON. It may hold a token, so it is wiped after use.
pub(super) fn encode<T: Serialize>(record: &T) -> Zeroizing<Vec<u8>> {
    // Records are plain structs with text and numbers; the encoder has no way to fail on them.
    Zeroizing::new(serde_json::to_vec(record).unwrap_or_default())
}

/// The way back; `None` for anything that is no such record.
pub(super) fn decode<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Option<T> {
    serde_json::from_slice(bytes).ok()
}

/// The value of a live token's row.
pub(super) fn token_record(token: &LiveToken) -> Zeroizing<Vec<u8>> {
    encode(&TokenRecord {
        initiator: token.initiator.clone(),
        expires_at: token.expires_at,
    })
}

/// The value of the row of a token that waits for success.
pub(super) fn held(token: &HeldToken) -> HeldRecord {
    HeldRecord::Held {
        token: token.token.clone(),
        expires_at: token.expires_at,
    }
}

/// The value of the row of a token in use.
pub(super) fn in_use(token: &HeldToken) -> HeldRecord {
    HeldRecord::InUse {
        token: token.token.clone(),
        expires_at: token.expires_at,
    }
}
