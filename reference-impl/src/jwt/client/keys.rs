//! The keys of the client, and how one takes the place of another: pure, but for drawing a new one.
//!
//! ```text
//!   prepared --change--> current --change--> old --its last JWT has expired--> gone
//!               (published)        (published)
//! ```

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use btx_spec::jose::{Algorithm, KeySet, SigningKey};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519, PKCS_RSA_SHA256, SignatureAlgorithm};
use zeroize::Zeroizing;

use super::config::SigningKeys;
use crate::random::Random;

/// Why the key is the same as before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unchanged {
    /// No other key could be made.
    #[error("no new key could be made")]
    NoKey,
    /// Each old key stays until its last JWT has expired, and no more can be published at once.
    #[error("the keys that are published already leave no room for another")]
    NoRoom,
}

/// A key that nothing is signed with any more.
struct Old {
    key: Arc<SigningKey>,
    until: i64,
}

/// The keys of a client.
pub struct KeyRing {
    keys: SigningKeys,
    /// When the last JWT of the current key ends, if there is one.
    signed_until: Option<i64>,
    old: Vec<Old>,
}

impl KeyRing {
    /// A ring that has signed nothing yet.
    pub fn new(keys: SigningKeys) -> Self {
        Self {
            keys,
            signed_until: None,
            old: Vec::new(),
        }
    }

    /// The key for a JWT that ends at this time.
    pub fn take(&mut self, expires_at: i64) -> Arc<SigningKey> {
        self.signed_until = self.signed_until.max(Some(expires_at));
        Arc::clone(&self.keys.current)
    }

    /// What is published: the current key, and the old ones that still have a JWT alive (JW-CLI-041). Public
    /// halves only (JW-CLI-035).
    pub fn published(&self, now: i64) -> KeySet {
        KeySet::of(self.living(now).map(|key| key.public()).collect())
    }

    fn living(&self, now: i64) -> impl Iterator<Item = &Arc<SigningKey>> {
        let old = self.old.iter().filter(move |old| now < old.until);
        std::iter::once(&self.keys.current).chain(old.map(|old| &old.key))
    }

    /// The key after the current one: the next that was prepared, or one of the same algorithm that is drawn
    /// now, with a name that nobody has used (JW-CLI-036).
    ///
    /// # Errors
    /// [`Unchanged::NoKey`] when none can be made.
    pub fn next(&mut self, random: &dyn Random) -> Result<Arc<SigningKey>, Unchanged> {
        if let Some(prepared) = self.keys.prepared.pop_front() {
            return Ok(prepared);
        }
        let mut id = [0; 12];
        random.fill(&mut id).map_err(|_| Unchanged::NoKey)?;
        let id = URL_SAFE_NO_PAD.encode(id);
        draw(self.keys.current.algorithm(), &id).ok_or(Unchanged::NoKey)
    }

    /// Publishes this key, and from then on signs with it.
    ///
    /// Both is one step, since what is published is read from this ring: whoever sees the first JWT of the
    /// key can already fetch the key (JW-CLI-003). Verifiers that hold the keys of before need no time to hear
    /// of it, because each fetches once for a name that it does not know.
    ///
    /// # Errors
    /// [`Unchanged::NoRoom`] when the keys that have to stay published leave no room.
    pub fn change(
        &mut self,
        next: Arc<SigningKey>,
        now: i64,
        fits: impl FnOnce(&KeySet) -> bool,
    ) -> Result<(), Unchanged> {
        self.old.retain(|old| now < old.until);
        let with_next = std::iter::once(&next).chain(self.living(now));
        let published = KeySet::of(with_next.map(|key| key.public()).collect());
        if !fits(&published) {
            self.keys.prepared.push_front(next);
            return Err(Unchanged::NoRoom);
        }
        let key = std::mem::replace(&mut self.keys.current, next);
        if let Some(until) = self.signed_until.take() {
            self.old.push(Old { key, until });
        }
        Ok(())
    }
}

/// A new key.
pub fn draw(algorithm: Algorithm, id: &str) -> Option<Arc<SigningKey>> {
    let of: &SignatureAlgorithm = match algorithm {
        Algorithm::ES256 => &PKCS_ECDSA_P256_SHA256,
        Algorithm::EdDSA => &PKCS_ED25519,
        Algorithm::PS256 | Algorithm::RS256 => &PKCS_RSA_SHA256,
    };
    let pair = KeyPair::generate_for(of).ok()?;
    let pem = Zeroizing::new(pair.serialize_pem());
    let key = SigningKey::from_pkcs8_pem(algorithm, id, &pem).ok()?;
    Some(Arc::new(key))
}
