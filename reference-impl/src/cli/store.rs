//! Where things are remembered: in a file, in memory, or in a store that replicas share.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use btx_reference::oauth::store::{MemoryTokens, TokenStore};
use btx_reference::store::Store;
use btx_reference::store::durable::DurableStore;
use btx_reference::store::memory::MemoryStore;
use btx_reference::store::shared::{Config, Keeps, SharedStore};
use serde::Deserialize;
use toml::Spanned;
use tracing::info;

use super::config_file::{Loaded, or};
use super::values::Checked;
use super::{Failed, block_on, logging};

/// The section `[store]`.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Section {
    path: Option<PathBuf>,
    shared: Option<Spanned<Shared>>,
}

/// The section `[store.shared]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shared {
    url: String,
    name: String,
    #[serde(default)]
    keeps_everything: bool,
    #[serde(default)]
    copies: u32,
    patience: Option<Checked<Duration>>,
    longest_memory: Option<Checked<Duration>>,
}

impl Shared {
    fn config(&self) -> Config {
        let usual = Config::new(self.url.clone(), self.name.clone());
        Config {
            keeps: match self.keeps_everything {
                true => Keeps::Everything,
                false => Keeps::NotEverything,
            },
            copies: self.copies,
            patience: or(&self.patience, usual.patience),
            longest_memory: or(&self.longest_memory, usual.longest_memory),
            ..usual
        }
    }
}

/// What the roles of the exchange remember.
pub(super) fn exchanges(loaded: &Loaded) -> Result<Arc<dyn Store>, Failed> {
    if let Some(shared) = shared(loaded)? {
        return Ok(Arc::new(shared));
    }
    let usual = PathBuf::from("btx.redb");
    let path = loaded.config.store.path.as_ref().unwrap_or(&usual);
    if path == Path::new("memory") {
        return Ok(Arc::new(MemoryStore::new()));
    }
    let store = DurableStore::open(&loaded.relative(path));
    let store = store.map_err(|error| Failed::Broken(error.to_string()))?;
    Ok(Arc::new(store))
}

/// What an authorization server and a verifier of JWTs remember: in memory, unless replicas share it.
pub(super) fn tokens(loaded: &Loaded) -> Result<Arc<dyn TokenStore>, Failed> {
    Ok(match shared(loaded)? {
        Some(shared) => Arc::new(shared),
        None => Arc::new(MemoryTokens::new()),
    })
}

/// The store that replicas share, if there is to be one.
pub(super) fn shared(loaded: &Loaded) -> Result<Option<SharedStore>, Failed> {
    let section = &loaded.config.store;
    let Some(shared) = &section.shared else {
        return Ok(None);
    };
    if section.path.is_some() {
        let message = "`[store]` has either a `path` or a `shared` store";
        return Err(loaded.mistake(shared, message).into());
    }
    let store = SharedStore::new(shared.get_ref().config());
    let store = store.map_err(|error| loaded.mistake(shared, error.to_string()))?;
    Ok(Some(store))
}

/// `btx-reference store --new`: says that nothing has been issued before.
pub(super) fn begin_anew(config: &Path) -> Result<(), Failed> {
    let loaded = Loaded::read(config)?;
    logging::start(&loaded.config.log);
    let Some(store) = shared(&loaded)? else {
        let message =
            "there is no `[store.shared]` in this configuration; other stores need no beginning";
        return Err(Failed::Unusable(format!(
            "{}: {message}",
            loaded.path.display()
        )));
    };
    block_on(async {
        let begun = store.begin_anew().await;
        begun.map_err(|error| Failed::Broken(error.to_string()))?;
        info!("the store is as new: nothing that was issued before is taken");
        Ok(())
    })
}
