//! What an issuer remembers of its exchanges, for all its replicas.

use btx_spec::Identifier;
use futures::FutureExt as _;
use futures::future::BoxFuture;

use super::SharedStore;
use super::link::{Broken, milliseconds};
use super::names::{digest_text, exchange_name};
use super::script::{ACTIVATE, BEGIN, FAIL, FIELDS, REVOKE, STATUS};
use crate::issuer::Failure;
use crate::store::record::ProgressRecord;
use crate::store::{
    Begun, Digest, ExchangeKey, IssuerStore, LiveToken, Opening, Progress, Status, StoreError,
};

impl From<Broken> for StoreError {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken.0)
    }
}

impl IssuerStore for SharedStore {
    fn begin(&self, opening: Opening) -> BoxFuture<'_, Result<Begun, StoreError>> {
        self.begin_exchange(opening).boxed()
    }

    fn activate(
        &self,
        key: ExchangeKey,
        token: LiveToken,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        async move {
            let name = exchange_name(&key);
            let digest = digest_text(&token.digest);
            let expires_at = token.expires_at.to_string();
            let keys = [
                format!("x:{name}"),
                open_of(&key.peer),
                OPEN.to_owned(),
                format!("t:{digest}"),
                tokens_of(&key.peer),
            ];
            let arguments = [
                name.as_bytes(),
                digest.as_bytes(),
                token.initiator.as_str().as_bytes(),
                expires_at.as_bytes(),
            ];
            done(self.link.run(&ACTIVATE, &keys, &arguments).await?)
        }
        .boxed()
    }

    fn fail(&self, key: ExchangeKey, failure: Failure) -> BoxFuture<'_, Result<(), StoreError>> {
        async move {
            let name = exchange_name(&key);
            let keys = [
                format!("x:{name}"),
                open_of(&key.peer),
                OPEN.to_owned(),
                "t:".to_owned(),
            ];
            let failure = word(Progress::Failed(failure));
            let arguments = [name.as_bytes(), failure.as_bytes()];
            done(self.link.run(&FAIL, &keys, &arguments).await?)
        }
        .boxed()
    }

    fn status(&self, secret: Digest) -> BoxFuture<'_, Result<Option<Status>, StoreError>> {
        async move {
            let keys = [format!("s:{}", digest_text(&secret))];
            let fields: Vec<Option<String>> = self.link.run(&STATUS, &keys, &[]).await?;
            let [Some(progress), Some(origin), Some(forget_at)] = fields.as_slice() else {
                return Ok(None);
            };
            Ok(Some(Status {
                progress: progress_of(progress)?,
                origin: origin.clone(),
                forget_at: number(forget_at)?,
            }))
        }
        .boxed()
    }

    fn revoke(&self, initiator: Identifier) -> BoxFuture<'_, Result<(), StoreError>> {
        async move {
            let keys = [
                open_of(&initiator),
                OPEN.to_owned(),
                tokens_of(&initiator),
                "x:".to_owned(),
                "t:".to_owned(),
            ];
            let failure = word(Progress::Failed(Failure::NotActivated));
            done(self.link.run(&REVOKE, &keys, &[failure.as_bytes()]).await?)
        }
        .boxed()
    }

    fn token(&self, digest: Digest) -> BoxFuture<'_, Result<Option<LiveToken>, StoreError>> {
        async move {
            let keys = [format!("t:{}", digest_text(&digest))];
            let fields: [&[u8]; 2] = [b"initiator", b"expires_at"];
            let found: Vec<Option<String>> = self.link.run(&FIELDS, &keys, &fields).await?;
            let [Some(initiator), Some(expires_at)] = found.as_slice() else {
                return Ok(None);
            };
            Ok(Some(LiveToken {
                digest,
                initiator: Identifier::parse(initiator).map_err(|_| strange())?,
                expires_at: number(expires_at)?,
            }))
        }
        .boxed()
    }
}

impl SharedStore {
    async fn begin_exchange(&self, opening: Opening) -> Result<Begun, StoreError> {
        let name = exchange_name(&opening.key);
        let status = opening.status.as_ref();
        let secret = status.map_or_else(String::new, |status| digest_text(&status.secret));
        let keys = [
            format!("x:{name}"),
            open_of(&opening.key.peer),
            OPEN.to_owned(),
            "all".to_owned(),
            format!("s:{secret}"),
        ];
        // EX-ISS-069: whoever waits for this answer does so for the patience at the most, so that the store
        // counts an exchange as over before its issuer does.
        let over = opening.lasts.saturating_sub(self.link.config.patience);
        let room = opening.room;
        let arguments = [
            name,
            opening.forget_at.to_string(),
            milliseconds(over),
            room.open_per_partner.to_string(),
            room.open.to_string(),
            room.remembered.to_string(),
            secret,
            status.map_or_else(String::new, |status| status.origin.clone()),
        ];
        let arguments: Vec<&[u8]> = arguments.iter().map(String::as_bytes).collect();
        let begun: String = self.link.run(&BEGIN, &keys, &arguments).await?;
        match begun.as_str() {
            "new" => Ok(Begun::New),
            "duplicate" => Ok(Begun::Duplicate),
            "partner-busy" => Ok(Begun::PartnerBusy),
            "full" => Ok(Begun::Full),
            _ => Err(strange()),
        }
    }
}

/// The open exchanges of all initiators.
const OPEN: &str = "open";

fn open_of(initiator: &Identifier) -> String {
    format!("open:{}", initiator.as_str())
}

fn tokens_of(initiator: &Identifier) -> String {
    format!("tokens:{}", initiator.as_str())
}

/// How far an exchange is, as the file of the durable store has it.
fn word(progress: Progress) -> String {
    let word = serde_json::to_value(ProgressRecord::from(progress)).unwrap_or_default();
    word.as_str().unwrap_or_default().to_owned()
}

fn progress_of(word: &str) -> Result<Progress, StoreError> {
    let record: Result<ProgressRecord, _> = serde_json::from_value(word.into());
    record.map(Progress::from).map_err(|_| strange())
}

/// 1 if it was done, 0 if the exchange is in no state for it.
pub(super) fn done(answer: u8) -> Result<(), StoreError> {
    match answer {
        1 => Ok(()),
        _ => Err(StoreError::NotOpen),
    }
}

pub(super) fn number(text: &str) -> Result<i64, StoreError> {
    text.parse().map_err(|_| strange())
}

pub(super) fn strange() -> StoreError {
    StoreError::Broken(super::STRANGE.to_owned())
}
