//! What an authorization server remembers, for all its replicas.

use std::sync::Arc;

use btx_spec::oauth::Scope;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};

use super::SharedStore;
use super::link::{Broken, milliseconds};
use super::names::digest_text;
use super::script::{DELETE, FIELDS, PUT, REMEMBER, REMEMBERS};
use crate::oauth::store::{Granted, IssuedToken, TokenStore, TokenStoreError};
use crate::store::Digest;

impl From<Broken> for TokenStoreError {
    fn from(broken: Broken) -> Self {
        match broken.is_full() {
            true => Self::Full,
            false => Self::Broken(broken.0),
        }
    }
}

/// What a token was issued for, as it is written.
#[derive(Serialize, Deserialize)]
struct GrantedRecord {
    client_id: String,
    subject: String,
    scope: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    audience: Option<String>,
}

impl TokenStore for SharedStore {
    fn put(
        &self,
        digest: Digest,
        token: IssuedToken,
        _now: i64,
    ) -> BoxFuture<'_, Result<(), TokenStoreError>> {
        async move {
            let granted = token.granted.as_ref();
            let record = GrantedRecord {
                client_id: granted.client_id.clone(),
                subject: granted.subject.clone(),
                scope: granted.scope.to_string(),
                audience: granted.audience.clone(),
            };
            let record = serde_json::to_vec(&record).map_err(|_| strange())?;
            let (issued_at, expires_at) =
                (token.issued_at.to_string(), token.expires_at.to_string());
            let arguments = [
                record.as_slice(),
                issued_at.as_bytes(),
                expires_at.as_bytes(),
            ];
            let keys = [format!("a:{}", digest_text(&digest))];
            let _: u8 = self.link.run(&PUT, &keys, &arguments).await?;
            Ok(())
        }
        .boxed()
    }

    fn get(&self, digest: Digest) -> BoxFuture<'_, Result<Option<IssuedToken>, TokenStoreError>> {
        async move {
            let fields: [&[u8]; 3] = [b"granted", b"issued_at", b"expires_at"];
            let keys = [format!("a:{}", digest_text(&digest))];
            let found: Vec<Option<String>> = self.link.run(&FIELDS, &keys, &fields).await?;
            let [Some(granted), Some(issued_at), Some(expires_at)] = found.as_slice() else {
                return Ok(None);
            };
            let record: GrantedRecord = serde_json::from_str(granted).map_err(|_| strange())?;
            Ok(Some(IssuedToken {
                granted: Arc::new(Granted {
                    client_id: record.client_id,
                    subject: record.subject,
                    scope: scope(&record.scope)?,
                    audience: record.audience,
                }),
                issued_at: issued_at.parse().map_err(|_| strange())?,
                expires_at: expires_at.parse().map_err(|_| strange())?,
            }))
        }
        .boxed()
    }

    fn revoke(&self, digest: Digest) -> BoxFuture<'_, Result<(), TokenStoreError>> {
        async move {
            let keys = [format!("a:{}", digest_text(&digest))];
            let _: u8 = self.link.run(&DELETE, &keys, &[]).await?;
            Ok(())
        }
        .boxed()
    }

    fn remember(
        &self,
        digest: Digest,
        until: i64,
        _now: i64,
    ) -> BoxFuture<'_, Result<bool, TokenStoreError>> {
        async move {
            let keys = [format!("r:{}", digest_text(&digest))];
            let until = until.to_string();
            let memory = milliseconds(self.link.config.longest_memory);
            let arguments = [until.as_bytes(), memory.as_bytes()];
            let new: u8 = self.link.run(&REMEMBER, &keys, &arguments).await?;
            Ok(new == 1)
        }
        .boxed()
    }

    fn remembers(&self, digest: Digest) -> BoxFuture<'_, Result<bool, TokenStoreError>> {
        async move {
            let keys = [format!("r:{}", digest_text(&digest))];
            let memory = milliseconds(self.link.config.longest_memory);
            let known: u8 = self
                .link
                .run(&REMEMBERS, &keys, &[memory.as_bytes()])
                .await?;
            Ok(known == 1)
        }
        .boxed()
    }
}

/// What a resource hands out has no scope at all.
fn scope(text: &str) -> Result<Scope, TokenStoreError> {
    match text {
        "" => Ok(Scope::default()),
        _ => Scope::parse(text).map_err(|_| strange()),
    }
}

fn strange() -> TokenStoreError {
    TokenStoreError::Broken(super::STRANGE.to_owned())
}
