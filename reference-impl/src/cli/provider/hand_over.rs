//! What the provider hands over to the consumer: a file that only its owner may read.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

/// Where the provider is, what to trust, and how to prove oneself.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::cli) struct HandOver {
    /// The origin of the provider: its issuer identifier, and that of its resource.
    pub(in crate::cli) origin: String,
    /// Where that is.
    pub(in crate::cli) address: SocketAddr,
    /// The certificate authority of the provider, in PEM.
    pub(in crate::cli) authority: String,
    /// The id of the consumer.
    pub(in crate::cli) id: String,
    /// Its secret, which lives as long as the provider.
    pub(in crate::cli) secret: String,
}

impl Drop for HandOver {
    fn drop(&mut self) {
        self.secret.zeroize();
    }
}

/// Where both look if nobody says otherwise.
pub(in crate::cli) fn usual_path() -> PathBuf {
    std::env::temp_dir().join("btx-reference-provider.json")
}

impl HandOver {
    /// Writes it into a new file. One that an earlier provider has left behind is taken away first.
    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut options = OpenOptions::new();
        // A file, or a link, that somebody else puts there in between is not written through.
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let text = zeroize::Zeroizing::new(serde_json::to_vec_pretty(self)?);
        options.open(path)?.write_all(&text)
    }

    /// Reads it.
    pub(in crate::cli) fn read(path: &Path) -> io::Result<Self> {
        let text = zeroize::Zeroizing::new(fs::read(path)?);
        Ok(serde_json::from_slice(&text)?)
    }
}
