//! Which signatures were verified before: a check of one costs more than the rest of a request.
//!
//! Nothing but the signature is remembered. What a token says is judged anew each time, and as soon as the
//! key set of its issuer is another one, nothing that was verified with the old one counts.

use std::collections::HashMap;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use btx_spec::jose::KeySet;
use sha2::{Digest as _, Sha256};

/// How many tokens are remembered at least, and half of how many at most: about 64 octets each.
const GENERATION: usize = 16 * 1024;

/// SHA-256 of a whole token, its signature included.
type TokenDigest = [u8; 32];

/// Tokens whose signatures were verified, each with the key set that did it.
///
/// The older half is forgotten when the younger one is full. Only tokens with a sound signature come in, so
/// that strangers cannot push anybody's token out.
#[derive(Default)]
pub(super) struct Verified {
    generations: Mutex<[HashMap<TokenDigest, Weak<KeySet>>; 2]>,
}

impl Verified {
    /// Whether this key set has verified this token before.
    pub(super) fn has(&self, token: &str, keys: &Arc<KeySet>) -> bool {
        let digest = digest(token);
        let generations = self.lock();
        let mut known = generations.iter().filter_map(|known| known.get(&digest));
        known.any(|by| by.as_ptr() == Arc::as_ptr(keys))
    }

    /// Remembers that this key set has verified this token. As long as it is remembered, no other key set
    /// can come to stand where this one stood.
    pub(super) fn remember(&self, token: &str, keys: &Arc<KeySet>) {
        let mut generations = self.lock();
        let [young, old] = &mut *generations;
        if young.len() >= GENERATION {
            *old = mem::take(young);
        }
        young.insert(digest(token), Arc::downgrade(keys));
    }

    /// Nothing panics while it holds this lock, so that a poisoned one is still whole.
    fn lock(&self) -> std::sync::MutexGuard<'_, [HashMap<TokenDigest, Weak<KeySet>>; 2]> {
        self.generations
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn digest(token: &str) -> TokenDigest {
    Sha256::digest(token).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key_set() -> Arc<KeySet> {
        Arc::new(KeySet::parse(br#"{"keys":[]}"#).unwrap())
    }

    #[test]
    fn a_token_is_known_to_the_key_set_that_verified_it_and_to_no_other() {
        let (verified, keys, others) = (Verified::default(), key_set(), key_set());
        verified.remember("a.b.c", &keys);
        assert!(verified.has("a.b.c", &keys));
        assert!(!verified.has("a.b.d", &keys));
        assert!(!verified.has("a.b.c", &others));
    }

    #[test]
    fn what_is_not_used_again_is_forgotten() {
        let (verified, keys) = (Verified::default(), key_set());
        verified.remember("first", &keys);
        for number in 0..2 * GENERATION {
            verified.remember(&number.to_string(), &keys);
        }
        assert!(!verified.has("first", &keys));
        let kept: usize = verified.lock().iter().map(HashMap::len).sum();
        assert!(kept <= 2 * GENERATION, "{kept}");
    }
}
