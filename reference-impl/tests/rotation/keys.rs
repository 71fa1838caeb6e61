//! Keys and bearers for the model: few, made once, and told apart by their numbers.

use std::sync::{Arc, LazyLock, Mutex};

use btx_reference::lifecycle::issuer::judge::{self, Limits, Shown};
use btx_reference::lifecycle::issuer::mint;
use btx_reference::lifecycle::ring::Ring;
use btx_reference::lifecycle::sessions::Session;
use btx_spec::lifecycle::{RingAlgorithm, RingKey, SecretKey};

/// The length of a bearer's life, of its refresh window and of a window after a rotation, in seconds.
pub(crate) const LIFETIME: i64 = 3;
/// How long the previous key verifies.
pub(crate) const WINDOW: i64 = 2;

static KEYS: LazyLock<Vec<Arc<RingKey>>> = LazyLock::new(|| {
    let key = |number: u8| {
        let octets = [number; 32];
        let key = SecretKey::new(RingAlgorithm::HS256, &format!("k{number}"), &octets).unwrap();
        Arc::new(RingKey::Secret(Box::new(key)))
    };
    (0..8).map(key).collect()
});

/// A bearer that was signed, as a judge has read it.
pub(crate) struct Signed {
    /// The name of its key.
    pub(crate) key: String,
    /// When it expires, in Unix seconds.
    pub(crate) expires_at: i64,
    /// The bearer itself.
    pub(crate) shown: Shown<'static>,
}

/// What was signed, in order of time. Few bearers are ever signed, and they are read once, for the whole run.
static SIGNED: LazyLock<Mutex<Vec<Entry>>> = LazyLock::new(Mutex::default);

/// Key and second, and what was signed.
type Entry = ((String, i64), &'static Signed);

/// The key of that number.
pub(crate) fn key(number: u8) -> Arc<RingKey> {
    Arc::clone(&KEYS[usize::from(number)])
}

/// What the issuer has declared.
pub(crate) fn limits() -> &'static Limits {
    &LIMITS
}

static LIMITS: LazyLock<Limits> = LazyLock::new(|| Limits {
    issuer: "https://farm.example".to_owned(),
    audience: "https://farm.example".to_owned(),
    bearer: LIFETIME,
    refresh_window: LIFETIME,
    session: 1000,
    refresh_repeat: 1,
    skew: 1,
});

/// The bearer that this ring signs at a second.
pub(crate) fn bearer(ring: &Ring, now: i64) -> &'static Signed {
    let name = (ring.current.id().to_owned(), now);
    let mut signed = SIGNED.lock().unwrap();
    if let Some((_, known)) = signed.iter().find(|(known, _)| *known == name) {
        return known;
    }
    let session = Session {
        name: "session".to_owned(),
        subject: "anna".to_owned(),
        ends_at: i64::MAX,
    };
    let life = mint::life(&session, limits(), now);
    let claims = mint::bearer(&session, life, limits());
    let text: &'static str = mint::sign(&claims, ring).unwrap().to_string().leak();
    let new: &'static Signed = Box::leak(Box::new(Signed {
        key: name.0.clone(),
        expires_at: life.expires_at,
        shown: judge::read(text).unwrap(),
    }));
    signed.push((name, new));
    new
}
