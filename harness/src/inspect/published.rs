//! What a client publishes, rule by rule: its document and its keys.

use super::finding::{Finding, Kind};
use super::telling::quoted;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use btx_spec::ObjectFault;
use btx_spec::jose::{Algorithm, KeyFault, KeySet, SignedToken, TokenFault};
use btx_spec::jwt::{ClientDocument, ClientId, DocumentFault, KeySetFault, freshness, key_set};

/// The rules of a document, in the order in which they are looked at.
const DOCUMENT: [(&str, &str); 6] = [
    ("JW-ANY-008", "the document has at most 5120 octets"),
    (
        "JW-ANY-018",
        "the document is JSON in which no name stands twice",
    ),
    ("JW-ANY-011", "client_id is the address of the document"),
    ("JW-ANY-017", "there is no shared secret in it"),
    ("JW-ANY-012", "it has one of jwks and jwks_uri"),
    ("JW-ANY-013", "the keys are at the origin of the client id"),
];

/// The rules of a key set.
const KEYS: [(&str, &str); 5] = [
    ("JW-ANY-010", "there are at most 16 keys in 16384 octets"),
    ("JW-ANY-018", "no name stands twice in the key set"),
    ("JW-ANY-014", "no key is private or symmetric"),
    ("JW-ANY-015", "no two keys have one kid"),
    (
        "JW-ANY-016",
        "RSA keys have 2048 to 8192 bits, points are on their curve",
    ),
];

/// Reads a document, and says of each rule what became of it.
pub(super) fn document(bytes: &[u8], client: &ClientId) -> (Option<ClientDocument>, Vec<Finding>) {
    match ClientDocument::parse(bytes, client) {
        Ok(document) => (Some(document), kept(&DOCUMENT)),
        Err(fault) => {
            let before = DOCUMENT.get(..stage(fault)).unwrap_or(&DOCUMENT);
            let mut findings = kept(before);
            let says = fault.to_string().replace('"', "");
            findings.push(Finding::wrong(
                fault.requirement(),
                says,
                document_advice(fault),
            ));
            (None, findings)
        }
    }
}

/// Reads a key set, and says of each rule what became of it.
pub(super) fn keys(bytes: &[u8]) -> (Option<KeySet>, Vec<Finding>) {
    match key_set(bytes) {
        Ok(set) => (Some(set), kept(&KEYS)),
        Err(fault) => {
            let says = fault.to_string().replace('"', "");
            let wrong = Finding::wrong(fault.requirement(), says, keys_advice(fault));
            (None, vec![wrong])
        }
    }
}

/// What is said of keys that stand in a document which may be used.
pub(super) fn inline_keys() -> Vec<Finding> {
    kept(&KEYS)
}

fn kept(rules: &[(&'static str, &'static str)]) -> Vec<Finding> {
    rules
        .iter()
        .map(|(id, words)| Finding::right(Some(id), *words))
        .collect()
}

/// How many rules of [`DOCUMENT`] were kept before this one was broken.
fn stage(fault: DocumentFault) -> usize {
    match fault {
        DocumentFault::TooLarge => 0,
        DocumentFault::Json(_) => 1,
        DocumentFault::ClientId | DocumentFault::Member("client_id") => 2,
        DocumentFault::Secret
        | DocumentFault::SecretMethod
        | DocumentFault::Member("token_endpoint_auth_method") => 3,
        DocumentFault::KeysTwice | DocumentFault::NoKeys | DocumentFault::Member(_) => 4,
        DocumentFault::KeysUrl(_) | DocumentFault::OtherOrigin => 5,
        DocumentFault::Keys(_) => DOCUMENT.len(),
    }
}

fn document_advice(fault: DocumentFault) -> &'static str {
    match fault {
        DocumentFault::TooLarge => "Leave members out; keys can lie at a jwks_uri.",
        DocumentFault::Json(ObjectFault::RepeatedMember) => "Write each name once in one object.",
        DocumentFault::Json(_) => "Answer with one JSON object and nothing before or after it.",
        DocumentFault::ClientId | DocumentFault::Member("client_id") => {
            "Write the URL at which the document lies into client_id, character by character as in iss."
        }
        DocumentFault::Secret => {
            "Take the secret out. Everybody can read it; change it wherever it is used."
        }
        DocumentFault::SecretMethod => {
            "Leave token_endpoint_auth_method out, or write private_key_jwt or none."
        }
        DocumentFault::Member("client_name") => "Write client_name as a string.",
        DocumentFault::Member(_) => "Write jwks as an object with keys, or jwks_uri as a string.",
        DocumentFault::KeysTwice => "Keep one of jwks and jwks_uri.",
        DocumentFault::NoKeys => "Add jwks with the public keys, or jwks_uri with their address.",
        DocumentFault::KeysUrl(_) | DocumentFault::OtherOrigin => {
            "Put the keys at an https URL of the same host and port as the client id."
        }
        DocumentFault::Keys(fault) => keys_advice(fault),
    }
}

fn keys_advice(fault: KeySetFault) -> &'static str {
    match fault {
        KeySetFault::TooLarge | KeySetFault::TooManyKeys => {
            "Take out the keys that sign nothing any more."
        }
        KeySetFault::Key(KeyFault::Json(ObjectFault::RepeatedMember)) => {
            "Write each name once in one object."
        }
        KeySetFault::Key(KeyFault::Json(_)) => "Answer with one JSON object with an array keys.",
        KeySetFault::Key(KeyFault::Private) => {
            "This private key is public now: make a new one, and publish the public half alone."
        }
        KeySetFault::Key(KeyFault::Symmetric) => {
            "A symmetric key that is published is known to all: take it out, and use it no more."
        }
        KeySetFault::Key(KeyFault::RepeatedId) => "Give each key a kid of its own.",
        KeySetFault::Key(KeyFault::Weak | KeyFault::Huge) => {
            "Make an RSA key of 2048 to 4096 bits with the usual exponent, 65537."
        }
        KeySetFault::Key(KeyFault::NotOnCurve | KeyFault::Member("x" | "y")) => {
            "Write each coordinate with all its octets, 32 for P-256, zeros at the front included, in \
             base64url without padding."
        }
        KeySetFault::Key(_) => "Write the key as RFC 7517 and RFC 7518 have it.",
    }
}

/// What an answer says of how long it holds.
pub(super) fn holds(what: &str, cache_control: &[String], age: Option<&str>) -> Finding {
    let fields: Vec<&str> = cache_control.iter().map(String::as_str).collect();
    let requirement = Some("JW-CLI-038");
    match freshness::lifetime(&fields, age) {
        Some(time) => Finding::right(
            requirement,
            format!("{what} says how long it holds: {} seconds", time.as_secs()),
        ),
        None => Finding::open(
            requirement,
            format!("{what} does not say how long it holds; verifiers take 300 seconds"),
        ),
    }
}

/// Whether a key of the set verifies the token.
pub(super) fn signature(
    token: &SignedToken<'_>,
    text: &str,
    keys: &KeySet,
    kind: Kind,
) -> Vec<Finding> {
    let of_signature = kind.pick("JW-RES-007", "JW-AUS-010");
    let of_name = kind.pick("JW-RES-005", "JW-AUS-010");
    let Some(id) = token.key_id() else {
        return vec![Finding::open(
            of_signature,
            "the signature: no key is named",
        )];
    };
    let Some(key) = keys.keys().iter().find(|key| key.id() == Some(id)) else {
        return vec![Finding::wrong(
            of_name,
            format!(
                "no key of the client that can be used has the kid {}",
                quoted(id)
            ),
            "Publish the key before the first JWT that it signs, under the kid that the header names. \
             Keys for another use, or of another kind, do not count.",
        )];
    };
    let named = Finding::right(of_name, format!("the client has a key {}", quoted(id)));
    let judged = match keys.verify(token, &Algorithm::ALL) {
        Ok(()) => Finding::right(of_signature, "that key verifies the signature"),
        Err(TokenFault::NoKey) => {
            let algorithms: Vec<&str> = key.algorithms().map(Algorithm::name).collect();
            Finding::wrong(
                of_signature,
                format!("the key {} is for {}", quoted(id), algorithms.join(" and ")),
                "Let alg in the header be that of the key; a key is bound to one algorithm.",
            )
        }
        Err(TokenFault::BadSignature) => Finding::wrong(
            of_signature,
            "the signature is not one of that key",
            signature_advice(token, text),
        ),
        Err(_) => Finding::open(
            of_signature,
            "the signature: the header forbids to verify it",
        ),
    };
    vec![named, judged]
}

fn signature_advice(token: &SignedToken<'_>, text: &str) -> &'static str {
    let octets = text
        .rsplit('.')
        .next()
        .and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
    let is_der = octets.is_some_and(|octets| octets.len() > 64 && octets.first() == Some(&0x30));
    if token.algorithm() == Ok(Algorithm::ES256) && is_der {
        return "The signature is in DER. In a JWT it is r and s, 32 octets each, one after the other.";
    }
    "Look whether the published key is the public half of the one that signs, and whether header and \
     claims were changed after signing."
}
