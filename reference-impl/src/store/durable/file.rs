//! The file: making it, and reading it back after a restart.

use std::fs::{self, OpenOptions};
use std::path::Path;

use redb::{Database, ReadableDatabase as _, ReadableTable as _, TableDefinition};

use super::super::index::{InitiatorIndex, IssuerIndex};
use super::super::record::{
    ExchangeRecord, HeldRecord, TokenRecord, decode, encode, parse_exchange_key,
};
use super::super::{HeldToken, LiveToken, Progress, StoreError};
use crate::issuer::Failure;

/// A table of the file.
pub(super) type Table = TableDefinition<'static, &'static [u8], &'static [u8]>;

/// The issuer's exchanges.
pub(super) const EXCHANGES: Table = TableDefinition::new("issuer_exchanges");
/// The issuer's live tokens, by digest.
pub(super) const TOKENS: Table = TableDefinition::new("issuer_tokens");
/// The initiator's exchanges, with what is held for them.
pub(super) const HELD: Table = TableDefinition::new("initiator_tokens");

/// All of them.
pub(super) const TABLES: [Table; 3] = [EXCHANGES, TOKENS, HELD];

/// Whatever redb reports.
pub(super) fn broken(error: impl std::fmt::Display) -> StoreError {
    StoreError::Broken(error.to_string())
}

/// Opens the file for this process alone, and makes it first if it is missing.
pub(super) fn open(path: &Path) -> Result<Database, StoreError> {
    let named =
        |error: &dyn std::fmt::Display| StoreError::Broken(format!("{}: {error}", path.display()));
    if !path.exists() {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| named(&error))?;
        }
        private()
            .write(true)
            .create_new(true)
            .open(path)
            .map_err(|error| named(&error))?;
    }
    let database = Database::create(path).map_err(|error| named(&error))?;
    let tables = database.begin_write().map_err(broken)?;
    for table in TABLES {
        tables.open_table(table).map_err(broken)?;
    }
    tables.commit().map_err(broken)?;
    Ok(database)
}

/// Tokens of the initiator are in the file, so only its owner may read it.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options
}

/// Fails what a crash has left open, then builds the indexes.
pub(super) fn load(database: &Database) -> Result<(IssuerIndex, InitiatorIndex), StoreError> {
    fail_what_is_open(database)?;
    discard_what_is_not_in_use(database)?;
    let tables = database.begin_read().map_err(broken)?;

    let mut issuer = IssuerIndex::default();
    let exchanges = tables.open_table(EXCHANGES).map_err(broken)?;
    for row in exchanges.iter().map_err(broken)? {
        let (key, value) = row.map_err(broken)?;
        let key = parse_exchange_key(key.value()).ok_or_else(unreadable)?;
        let record: ExchangeRecord = decode(value.value()).ok_or_else(unreadable)?;
        issuer.restore(key, record.progress.into(), record.forget_at, record.status);
    }
    let tokens = tables.open_table(TOKENS).map_err(broken)?;
    for row in tokens.iter().map_err(broken)? {
        let (digest, value) = row.map_err(broken)?;
        let digest = digest.value().try_into().map_err(|_| unreadable())?;
        let record: TokenRecord = decode(value.value()).ok_or_else(unreadable)?;
        issuer.restore_token(LiveToken {
            digest,
            initiator: record.initiator,
            expires_at: record.expires_at,
        });
    }

    let mut initiator = InitiatorIndex::default();
    let held = tables.open_table(HELD).map_err(broken)?;
    for row in held.iter().map_err(broken)? {
        let (key, value) = row.map_err(broken)?;
        let key = parse_exchange_key(key.value()).ok_or_else(unreadable)?;
        if let Some(HeldRecord::InUse { token, expires_at }) = decode(value.value()) {
            initiator.restore(key, HeldToken { token, expires_at });
        }
    }
    Ok((issuer, initiator))
}

fn unreadable() -> StoreError {
    StoreError::Broken("the file holds something that this program did not write".to_owned())
}

/// Nobody knows what became of an exchange that was open, so it has failed; its id stays known.
fn fail_what_is_open(database: &Database) -> Result<(), StoreError> {
    let changes = database.begin_write().map_err(broken)?;
    {
        let mut table = changes.open_table(EXCHANGES).map_err(broken)?;
        let mut open = Vec::new();
        for row in table.iter().map_err(broken)? {
            let (key, value) = row.map_err(broken)?;
            let record: ExchangeRecord = decode(value.value()).ok_or_else(unreadable)?;
            if Progress::from(record.progress) == Progress::Open {
                open.push((key.value().to_vec(), record));
            }
        }
        for (key, record) in open {
            let failed = ExchangeRecord {
                progress: Progress::Failed(Failure::TimedOut).into(),
                ..record
            };
            let value = encode(&failed);
            table
                .insert(key.as_slice(), value.as_slice())
                .map_err(broken)?;
        }
    }
    changes.commit().map_err(broken)
}

/// A token whose exchange did not end in success before the crash is not used after it.
fn discard_what_is_not_in_use(database: &Database) -> Result<(), StoreError> {
    let changes = database.begin_write().map_err(broken)?;
    {
        let mut table = changes.open_table(HELD).map_err(broken)?;
        table
            .retain(|_, value| matches!(decode(value), Some(HeldRecord::InUse { .. })))
            .map_err(broken)?;
    }
    changes.commit().map_err(broken)
}
