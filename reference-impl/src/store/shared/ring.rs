//! The sealed ring of an issuer of bearers, which is one entry with a version.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::link::Broken;
use super::script::{FIELDS, RING_WRITE};
use super::{STRANGE, SharedStore};
use crate::lifecycle::keys::KeysError;

/// Where it lies.
const RING: &str = "ring";

impl From<Broken> for KeysError {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken.0)
    }
}

/// What came of an order to write a ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It is written.
    Done,
    /// Somebody else has written one after the one that was read.
    Outrun,
    /// The order has reached the store too late, by the clock of that.
    TooLate,
}

impl SharedStore {
    /// The ring as it was sealed, and its version, if there is one.
    ///
    /// # Errors
    /// [`KeysError::Broken`] when the store cannot be asked.
    pub async fn ring(&self) -> Result<Option<(u64, Vec<u8>)>, KeysError> {
        let fields: [&[u8]; 2] = [b"version", b"ring"];
        let found = self.link.run(&FIELDS, &[RING.to_owned()], &fields).await?;
        let found: Vec<Option<String>> = found;
        let [Some(version), Some(ring)] = found.as_slice() else {
            return Ok(None);
        };
        let strange = || KeysError::Broken(STRANGE.to_owned());
        let version = version.parse().map_err(|_| strange())?;
        let sealed = STANDARD.decode(ring).map_err(|_| strange())?;
        Ok(Some((version, sealed)))
    }

    /// Writes a ring in the place of the one that was read; `before` is the version of that, if there was one, and
    /// `until` the last millisecond of Unix time in which it may be written, if there is one.
    ///
    /// # Errors
    /// [`KeysError::Broken`] when the store cannot be asked.
    pub async fn write_ring(
        &self,
        before: Option<u64>,
        version: u64,
        sealed: &[u8],
        until: Option<i64>,
    ) -> Result<Written, KeysError> {
        let before = before.map_or_else(String::new, |version| version.to_string());
        let (version, sealed) = (version.to_string(), STANDARD.encode(sealed));
        let until = until.map_or_else(String::new, |until| until.to_string());
        let arguments = [
            before.as_bytes(),
            version.as_bytes(),
            sealed.as_bytes(),
            until.as_bytes(),
        ];
        let written: u8 = self
            .link
            .run(&RING_WRITE, &[RING.to_owned()], &arguments)
            .await?;
        Ok(match written {
            1 => Written::Done,
            2 => Written::TooLate,
            _ => Written::Outrun,
        })
    }
}
