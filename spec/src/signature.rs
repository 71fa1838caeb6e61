//! The signature of a token issue: HMAC-SHA256 over every other member of it.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::identifier::Identifier;
use crate::values::{BearerToken, ExchangeId, HmacKey, Signature, Timestamp};

/// What the signed text begins with: the version and what is signed.
pub const LABEL: &str = "BTX-1 token-issue";

/// The bytes that are signed: label, issuer, initiator, exchange id, expiry and token,
/// joined by single line feeds, none at the end. No field can hold a line feed.
#[must_use]
pub fn signing_input(
    issuer: &Identifier,
    initiator: &Identifier,
    exchange_id: &ExchangeId,
    expires_at: &Timestamp,
    bearer_token: &BearerToken,
) -> Zeroizing<Vec<u8>> {
    let expires_at = expires_at.to_string();
    let fields = [
        LABEL,
        issuer.as_str(),
        initiator.as_str(),
        exchange_id.as_str(),
        &expires_at,
        bearer_token.expose(),
    ];
    let length = fields.iter().map(|field| field.len() + 1).sum();
    let mut input = Zeroizing::new(Vec::with_capacity(length));
    for (place, field) in fields.into_iter().enumerate() {
        if place > 0 {
            input.push(b'\n');
        }
        input.extend_from_slice(field.as_bytes());
    }
    input
}

/// The signature that an issuer puts into its token issue.
#[must_use]
pub fn sign(
    key: &HmacKey,
    issuer: &Identifier,
    initiator: &Identifier,
    exchange_id: &ExchangeId,
    expires_at: &Timestamp,
    bearer_token: &BearerToken,
) -> Signature {
    let input = signing_input(issuer, initiator, exchange_id, expires_at, bearer_token);
    Signature::from_bytes(hmac_sha256(key.as_bytes(), &input))
}

/// Whether `signature` is the one for these values, in constant time.
#[must_use]
pub fn verify(
    key: &HmacKey,
    issuer: &Identifier,
    initiator: &Identifier,
    exchange_id: &ExchangeId,
    expires_at: &Timestamp,
    bearer_token: &BearerToken,
    signature: &Signature,
) -> bool {
    sign(
        key,
        issuer,
        initiator,
        exchange_id,
        expires_at,
        bearer_token,
    ) == *signature
}

/// HMAC-SHA256 (RFC 2104). A key of 32 bytes is filled up with zeros to the block of
/// 64 bytes, which HMAC does by definition; done here, no length is left to refuse.
pub(crate) fn hmac_sha256(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
    let mut block = Zeroizing::new([0_u8; 64]);
    for (place, byte) in block.iter_mut().zip(key) {
        *place = *byte;
    }
    let mut mac = Hmac::<Sha256>::new((&*block).into());
    mac.update(message);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231 section 4.2, its key of 20 bytes filled up to 32.
    #[test]
    fn hmac_agrees_with_rfc_4231() {
        let mut key = [0; 32];
        key[..20].fill(0x0b);
        let mac: String = hmac_sha256(&key, b"Hi There")
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(
            mac,
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
    }

    #[test]
    fn the_input_has_six_lines_and_no_last_line_feed() {
        let issuer = Identifier::parse("https://issuer.example").unwrap();
        let initiator = Identifier::parse("https://initiator.example").unwrap();
        let id = ExchangeId::parse("0f1e2d3c-4b5a-4697-8879-6a5b4c3d2e1f").unwrap();
        let at = Timestamp::parse("2026-11-22T10:00:00Z").unwrap();
        let token = BearerToken::parse("abcdefghijklmnopqrst").unwrap();
        let input = signing_input(&issuer, &initiator, &id, &at, &token);
        let text = "BTX-1 token-issue\nhttps://issuer.example\nhttps://initiator.example\n\
                    0f1e2d3c-4b5a-4697-8879-6a5b4c3d2e1f\n2026-11-22T10:00:00Z\n\
                    abcdefghijklmnopqrst";
        assert_eq!(std::str::from_utf8(&input).unwrap(), text);
        let key = HmacKey::from_bytes([1; 32]);
        let signature = sign(&key, &issuer, &initiator, &id, &at, &token);
        assert!(verify(
            &key, &issuer, &initiator, &id, &at, &token, &signature
        ));
        assert!(!verify(
            &key, &initiator, &issuer, &id, &at, &token, &signature
        ));
    }
}
