//! Key sets, single keys and private keys in PEM.
#![no_main]

use btx_spec::jose::{Algorithm, KeySet, PublicKey, SigningKey};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(set) = KeySet::parse(bytes) {
        check_set(bytes, &set);
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(key) = PublicKey::parse_jwk(text) {
        check_key(&key);
    }
    for algorithm in Algorithm::ALL {
        if let Ok(key) = SigningKey::from_pkcs8_pem(algorithm, "a", text) {
            assert_eq!(format!("{key:?}"), "SigningKey(a)");
            check_key(&key.public());
        }
    }
});

fn check_set(bytes: &[u8], set: &KeySet) {
    let published = set.to_json();
    assert_eq!(
        KeySet::parse(published.to_string().as_bytes()).as_ref(),
        Ok(set)
    );
    for key in set.keys() {
        check_key(key);
        let same_id = set.keys().iter().filter(|other| other.id() == key.id());
        assert!(key.id().is_none() || same_id.count() == 1);
        assert!(key.id().is_none_or(|id| set.has(id)));
    }
    // A set that was read holds nothing that nobody should have published, the skipped keys not counted.
    let all: Value = serde_json::from_slice(bytes).unwrap();
    let all = all["keys"].as_array().unwrap();
    assert!(all.len() <= KeySet::MAX_KEYS && set.keys().len() <= all.len());
    for member in all {
        assert!(member["kty"] != "oct" && member.get("d").is_none() && member.get("k").is_none());
    }
}

fn check_key(key: &PublicKey) {
    let jwk = key.to_jwk();
    assert_eq!(PublicKey::parse_jwk(&jwk.to_string()).as_ref(), Ok(key));
    let known = ["kty", "crv", "x", "y", "n", "e", "kid", "alg", "use"];
    assert!(
        jwk.as_object()
            .unwrap()
            .keys()
            .all(|name| known.contains(&name.as_str()))
    );
    let algorithms: Vec<Algorithm> = key.algorithms().collect();
    match jwk["kty"].as_str() {
        Some("EC") => assert_eq!(algorithms, [Algorithm::ES256]),
        Some("OKP") => assert_eq!(algorithms, [Algorithm::EdDSA]),
        Some("RSA") => {
            let octets = jwk["n"].as_str().unwrap().len() * 3 / 4;
            assert!(
                (256..=1024).contains(&octets),
                "a modulus of {octets} octets"
            );
            assert!((1..=2).contains(&algorithms.len()));
        }
        other => panic!("{other:?}"),
    }
}
