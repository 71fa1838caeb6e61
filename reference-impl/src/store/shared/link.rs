//! The way to the store, and whether what it holds is what this replica knows.
//!
//! Everything that is written belongs to an epoch, whose name is part of every key. The scripts are loaded when
//! an epoch begins, and a store loses them, and nothing else, whenever it restarts or another takes its place. So
//! a store that does not know a script may have lost what was written last. Unless the deployment says that it
//! keeps everything, a new epoch begins then, in which nothing has been issued and nothing lives: availability is
//! lost, and never safety.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{FromRedisValue, RedisError, cmd, pipe};
use tokio::sync::OnceCell;
use tokio::time::timeout;
use tracing::warn;

use super::config::{Config, Keeps};
use super::names::hexadecimal;
use super::script::{ALL, EPOCH, Kind, Script};
use crate::random::{Random as _, SystemRandom};

/// How often an order is tried when the epoch changes under it.
const TRIES: usize = 4;

/// Why the store could not do what it was asked. What was asked may or may not have been done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct Broken(pub(super) String);

impl Broken {
    /// Whether there is no room in the store.
    pub(super) fn is_full(&self) -> bool {
        self.0.contains("OOM")
    }
}

impl From<RedisError> for Broken {
    fn from(error: RedisError) -> Self {
        Self(error.to_string())
    }
}

/// The way to the store.
pub(super) struct Link {
    pub(super) config: Config,
    client: redis::Client,
    /// Made at the first order, when there is a runtime.
    connection: OnceCell<ConnectionManager>,
    /// The epoch that this replica knows, if it knows one.
    epoch: Mutex<Option<String>>,
}

/// A key within an epoch.
pub(super) type Key = String;

impl Link {
    /// A way to the store, which need not be there yet.
    pub(super) fn new(config: Config) -> Result<Self, Broken> {
        let client = redis::Client::open(config.url.as_str())?;
        Ok(Self {
            config,
            client,
            connection: OnceCell::new(),
            epoch: Mutex::default(),
        })
    }

    /// The connection, which is made anew by itself when it is lost.
    async fn connection(&self) -> Result<ConnectionManager, RedisError> {
        let patience = Some(self.config.patience);
        let make = async || {
            let settings = ConnectionManagerConfig::new()
                .set_number_of_retries(1)
                .set_connection_timeout(patience)
                .set_response_timeout(patience);
            ConnectionManager::new_lazy_with_config(self.client.clone(), settings)
        };
        Ok(self.connection.get_or_try_init(make).await?.clone())
    }

    /// Runs a script with these keys and arguments, within the time that the configuration allows.
    pub(super) async fn run<T: FromRedisValue>(
        &self,
        script: &Script,
        keys: &[Key],
        arguments: &[&[u8]],
    ) -> Result<T, Broken> {
        let running = self.try_to_run(script, keys, arguments);
        match timeout(self.config.patience, running).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Broken("the store has not answered in time".to_owned())),
        }
    }

    async fn try_to_run<T: FromRedisValue>(
        &self,
        script: &Script,
        keys: &[Key],
        arguments: &[&[u8]],
    ) -> Result<T, Broken> {
        for _ in 0..TRIES {
            let epoch = self.epoch().await?;
            let error = match self.once(script, &epoch, keys, arguments).await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            match error.code() {
                Some("NOSCRIPT") => self.lost(&epoch).await?,
                Some("EPOCH") => self.know(None),
                _ => return Err(error.into()),
            }
        }
        Err(Broken("the store changes all the time".to_owned()))
    }

    async fn once<T: FromRedisValue>(
        &self,
        script: &Script,
        epoch: &str,
        keys: &[Key],
        arguments: &[&[u8]],
    ) -> Result<T, RedisError> {
        let mut order = cmd("EVALSHA");
        order.arg(script.hash()).arg(keys.len() + 1);
        order.arg(self.epoch_key());
        for key in keys {
            order.arg(format!("{}:{epoch}:{key}", self.config.name));
        }
        order.arg(epoch);
        for argument in arguments {
            order.arg(*argument);
        }
        let mut connection = self.connection().await?;
        if script.kind == Kind::Reads || self.config.copies == 0 {
            return order.query_async(&mut connection).await;
        }
        let patience = self.config.patience.as_millis();
        let patience = u64::try_from(patience).unwrap_or(u64::MAX);
        let mut both = pipe();
        both.add_command(order);
        if script.kind == Kind::Tells {
            // Waiting is for what was written over this connection, and comes after what others have written.
            both.cmd("SET")
                .arg(format!("{}:mark", self.config.name))
                .arg("")
                .ignore();
        }
        both.cmd("WAIT").arg(self.config.copies).arg(patience);
        let (value, copies): (T, u32) = both.query_async(&mut connection).await?;
        if copies < self.config.copies {
            let words = "too few copies of the store have what was written";
            return Err(RedisError::from((redis::ErrorKind::Client, words)));
        }
        Ok(value)
    }

    /// The epoch that is in force, as far as this replica knows.
    async fn epoch(&self) -> Result<String, Broken> {
        let known = self.known();
        if let Some(epoch) = known {
            return Ok(epoch);
        }
        let mut connection = self.connection().await?;
        let found: Option<String> = cmd("GET")
            .arg(self.epoch_key())
            .query_async(&mut connection)
            .await?;
        match found {
            Some(epoch) => {
                self.know(Some(epoch.clone()));
                Ok(epoch)
            }
            None => self.begin("").await,
        }
    }

    /// The store has lost its scripts, and what else nobody knows.
    async fn lost(&self, epoch: &str) -> Result<(), Broken> {
        let began = self.begin(epoch).await?;
        if began != epoch {
            warn!("the store may have lost something: all that was issued and remembered is void");
        }
        Ok(())
    }

    /// Begins an epoch in place of the one that this replica knew, unless another replica has, and loads the
    /// scripts with it.
    async fn begin(&self, known: &str) -> Result<String, Broken> {
        let name = new_name()?;
        let keeps = u8::from(self.config.keeps == Keeps::Everything);
        let mut both = pipe();
        both.atomic();
        both.cmd("EVAL").arg(EPOCH).arg(1).arg(self.epoch_key());
        both.arg(known).arg(name).arg(keeps);
        for script in ALL {
            both.cmd("SCRIPT").arg("LOAD").arg(script.code()).ignore();
        }
        let mut connection = self.connection().await?;
        let (epoch,): (String,) = both.query_async(&mut connection).await?;
        self.know(Some(epoch.clone()));
        Ok(epoch)
    }

    /// Says that nothing has been issued before, so that nothing has to be waited for.
    pub(super) async fn begin_anew(&self) -> Result<(), Broken> {
        let name = new_name()?;
        let mut all = pipe();
        all.atomic();
        all.cmd("SET")
            .arg(self.epoch_key())
            .arg(format!("{name}.0"))
            .ignore();
        for script in ALL {
            all.cmd("SCRIPT").arg("LOAD").arg(script.code()).ignore();
        }
        let mut connection = self.connection().await?;
        let doing = all.query_async(&mut connection);
        let () = timeout(self.config.patience, doing)
            .await
            .map_err(|_| Broken("the store has not answered in time".to_owned()))??;
        self.know(None);
        Ok(())
    }

    fn epoch_key(&self) -> String {
        format!("{}:epoch", self.config.name)
    }

    fn known(&self) -> Option<String> {
        let known = self.epoch.lock().unwrap_or_else(PoisonError::into_inner);
        known.clone()
    }

    fn know(&self, epoch: Option<String>) {
        *self.epoch.lock().unwrap_or_else(PoisonError::into_inner) = epoch;
    }
}

/// A name for an epoch that no other has.
fn new_name() -> Result<String, Broken> {
    let mut bytes = [0; 16];
    let filled = SystemRandom.fill(&mut bytes);
    filled.map_err(|error| Broken(error.to_string()))?;
    Ok(hexadecimal(&bytes))
}

/// As whole milliseconds, as text.
pub(super) fn milliseconds(span: Duration) -> String {
    span.as_millis().to_string()
}
