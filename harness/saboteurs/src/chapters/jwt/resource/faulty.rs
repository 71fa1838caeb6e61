//! Service JWTs with a fault that shows without a key.

use super::requests::{Opened, now};
use btx_reference::jwt::verifier::judge::{Expected, Facts, read};
use btx_spec::{
    jose::Algorithm,
    jwt::{ClientId, SERVICE_TYPE},
};
use std::sync::{Arc, Mutex};

/// The difference of clocks that the resource allows, in seconds.
const SKEW: i64 = 60;

/// The identifier of the resource, once it is there.
pub(super) type Own = Arc<Mutex<String>>;

/// The client id in a JWT with a fault that shows without a key, if the client id is one.
pub(super) fn client_of_a_faulty_one(text: &str, own: &str) -> Option<String> {
    if is_sound(text, own) {
        return None;
    }
    // Another part may stand before it.
    let later = text.split_once('.').map(|(_, rest)| rest);
    let mut read = [Some(text), later]
        .into_iter()
        .flatten()
        .filter_map(|text| {
            let opened = Opened::of(text)?;
            ClientId::parse(opened.claim("iss")).ok()
        });
    read.next().map(|client| client.as_str().to_owned())
}

/// Whether nothing is wrong with a service JWT as far as that shows without a key.
pub(super) fn is_sound(text: &str, own: &str) -> bool {
    is_sound_as(SERVICE_TYPE, text, own)
}

/// The same of a JWT of whatever type, for whom it is to be.
pub(in crate::chapters::jwt) fn is_sound_as(typ: &str, text: &str, own: &str) -> bool {
    let expected = Expected { typ, audience: own };
    let facts = Facts {
        algorithms: &Algorithm::ALL,
        now: now(),
        skew: SKEW,
    };
    read(text, &expected, &facts).is_ok()
}
