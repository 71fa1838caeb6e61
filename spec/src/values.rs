//! The values that messages carry, each checked when it is made.
//!
//! Keys and tokens are wiped when dropped and never shown by `Debug`.

use std::fmt;
use std::hash::{Hash, Hasher};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::SignedDuration;
use jiff::civil::DateTime;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use thiserror::Error;
use zeroize::{Zeroize, Zeroizing};

/// Why a text is not the value that it should be: the rule, never the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct ValueError(&'static str);

impl ValueError {
    /// The rule that was broken, as a phrase about "it", the text.
    #[must_use]
    pub fn why(self) -> &'static str {
        self.0
    }
}

/// The id of one exchange: a UUID of 36 lower-case characters (RFC 9562 section 4),
/// compared as a string. The nil and the max UUID are not ids.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExchangeId(String);

impl ExchangeId {
    /// Takes `text` as an id.
    ///
    /// # Errors
    /// When the form is another than 8-4-4-4-12 lower-case hexadecimal digits, or the
    /// UUID is nil or max.
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        let form = text.len() == 36
            && text.bytes().enumerate().all(|(place, byte)| match place {
                8 | 13 | 18 | 23 => byte == b'-',
                _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
            });
        if !form {
            return Err(ValueError("it is not a UUID of 36 lower-case characters"));
        }
        let all = |digit| text.chars().all(|c| c == digit || c == '-');
        if all('0') || all('f') {
            return Err(ValueError("it is the nil or the max UUID"));
        }
        Ok(Self(text.to_owned()))
    }

    /// A version 4 UUID made of 16 random bytes (RFC 9562 section 5.4).
    #[must_use]
    pub fn from_random(bytes: [u8; 16]) -> Self {
        let version_and_variant = |(place, byte): (usize, u8)| match place {
            6 => (byte & 0x0f) | 0x40,
            8 => (byte & 0x3f) | 0x80,
            _ => byte,
        };
        let mut text = String::with_capacity(36);
        for (place, byte) in bytes
            .into_iter()
            .enumerate()
            .map(|pair| (pair.0, version_and_variant(pair)))
        {
            if matches!(place, 4 | 6 | 8 | 10) {
                text.push('-');
            }
            text.push_str(&format!("{byte:02x}"));
        }
        Self(text)
    }

    /// The id as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The key of one exchange: 32 bytes, on the wire 44 characters of base64.
#[derive(Clone)]
pub struct HmacKey(Zeroizing<[u8; 32]>);

impl HmacKey {
    /// Takes `text` as the base64 of a key.
    ///
    /// # Errors
    /// When `text` is not the canonical, padded base64 of exactly 32 bytes.
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        decode_32(text).map(Self)
    }

    /// A key of these bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The decoded bytes, which are what HMAC is keyed with.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The 44 characters that stand in a token call.
    #[must_use]
    pub fn to_base64(&self) -> Zeroizing<String> {
        Zeroizing::new(STANDARD.encode(self.as_bytes()))
    }
}

impl PartialEq for HmacKey {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes().ct_eq(other.as_bytes()).into()
    }
}

impl Eq for HmacKey {}

impl Hash for HmacKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl fmt::Debug for HmacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HmacKey(…)")
    }
}

/// A bearer token: 20 to 4096 characters of `b64token` (RFC 6750 section 2.1).
#[derive(Clone)]
pub struct BearerToken(Zeroizing<String>);

impl BearerToken {
    /// The fewest characters.
    pub const MIN_LENGTH: usize = 20;
    /// The most characters.
    pub const MAX_LENGTH: usize = 4096;

    /// Takes `text` as a token.
    ///
    /// # Errors
    /// When `text` has too few or too many characters, or others than `b64token` has.
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        if text.len() < Self::MIN_LENGTH {
            return Err(ValueError("it has fewer than 20 characters"));
        }
        if text.len() > Self::MAX_LENGTH {
            return Err(ValueError("it has more than 4096 characters"));
        }
        let unpadded = text.trim_end_matches('=');
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
        if unpadded.is_empty() || !unpadded.bytes().all(allowed) {
            return Err(ValueError("it has characters that a b64token has not"));
        }
        Ok(Self(Zeroizing::new(text.to_owned())))
    }

    /// A token of 43 characters made of 32 random bytes.
    #[must_use]
    pub fn from_random(mut bytes: [u8; 32]) -> Self {
        let text = URL_SAFE_NO_PAD.encode(bytes);
        bytes.zeroize();
        Self(Zeroizing::new(text))
    }

    /// The token itself. For the wire, and for nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// SHA-256 of the token, by which stores may look it up without holding it.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }
}

impl PartialEq for BearerToken {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl Eq for BearerToken {}

impl Hash for BearerToken {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.as_str().hash(state);
    }
}

impl fmt::Debug for BearerToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BearerToken(…)")
    }
}

/// An instant in UTC, to the second: `YYYY-MM-DDThh:mm:ssZ` of the years 0000 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(i64);

const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

impl Timestamp {
    /// The first instant, 0000-01-01T00:00:00Z, in seconds since 1970.
    pub const FIRST: i64 = -62_167_219_200;
    /// The last instant, 9999-12-31T23:59:59Z, in seconds since 1970.
    pub const LAST: i64 = 253_402_300_799;

    /// Takes `text` as an instant. It must have exactly the 20 characters of the form.
    ///
    /// # Errors
    /// When the form is another (a fraction, an offset, lower case, a space) or the
    /// calendar has no such second (`:60` and `24:00` included).
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        let form = text.len() == 20
            && text
                .bytes()
                .zip(*b"0000-00-00T00:00:00Z")
                .all(|(byte, model)| match model {
                    b'0' => byte.is_ascii_digit(),
                    _ => byte == model,
                });
        if !form {
            return Err(ValueError("it does not have the form YYYY-MM-DDThh:mm:ssZ"));
        }
        civil(text)
            .map(|civil| Self(civil.duration_since(EPOCH).as_secs()))
            .ok_or(ValueError("it is not a second of the calendar"))
    }

    /// The instant that is so many seconds after 1970-01-01T00:00:00Z. Seconds outside
    /// [`Timestamp::FIRST`] to [`Timestamp::LAST`] give the nearer of those two.
    #[must_use]
    pub fn from_unix(seconds: i64) -> Self {
        Self(seconds.clamp(Self::FIRST, Self::LAST))
    }

    /// Seconds since 1970-01-01T00:00:00Z, leap seconds not counted.
    #[must_use]
    pub fn unix(self) -> i64 {
        self.0
    }
}

/// The fields of a text whose form was checked. The fields are read one by one because
/// jiff's own parser takes `:60` for `:59`.
fn civil(text: &str) -> Option<DateTime> {
    let field = |from: usize, to: usize| text.get(from..to)?.parse::<i16>().ok();
    let small = |from: usize| i8::try_from(field(from, from + 2)?).ok();
    let (year, month, day) = (field(0, 4)?, small(5)?, small(8)?);
    DateTime::new(year, month, day, small(11)?, small(14)?, small(17)?, 0).ok()
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let civil = EPOCH.saturating_add(SignedDuration::from_secs(self.0));
        let (year, month, day) = (civil.year(), civil.month(), civil.day());
        let (hour, minute, second) = (civil.hour(), civil.minute(), civil.second());
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"
        )
    }
}

/// An HMAC-SHA256: 32 bytes, on the wire 44 characters of base64.
#[derive(Clone)]
pub struct Signature([u8; 32]);

impl Signature {
    /// Takes `text` as the base64 of a signature.
    ///
    /// # Errors
    /// When `text` is not the canonical, padded base64 of exactly 32 bytes.
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        decode_32(text).map(|bytes| Self(*bytes))
    }

    /// A signature of these bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The decoded bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The 44 characters that stand in a token issue.
    #[must_use]
    pub fn to_base64(&self) -> String {
        STANDARD.encode(self.0)
    }
}

/// In constant time, so that the time taken tells nothing about the right bytes.
impl PartialEq for Signature {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Signature {}

impl Hash for Signature {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signature(…)")
    }
}

/// Canonical base64 of exactly 32 bytes (RFC 4648 sections 3.5 and 4): standard
/// alphabet, padded, stray bits zero.
fn decode_32(text: &str) -> Result<Zeroizing<[u8; 32]>, ValueError> {
    let decoded = STANDARD.decode(text).map(Zeroizing::new);
    let decoded = decoded.map_err(|_| ValueError("it is not canonical base64 with padding"))?;
    let bytes: Result<[u8; 32], _> = decoded.as_slice().try_into();
    bytes
        .map(Zeroizing::new)
        .map_err(|_| ValueError("it is not the base64 of exactly 32 bytes"))
}

impl fmt::Display for ExchangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_base64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_lower_case_uuids() {
        let text = "0f1e2d3c-4b5a-4697-8879-6a5b4c3d2e1f";
        assert_eq!(ExchangeId::parse(text).unwrap().as_str(), text);
        for wrong in [
            "0F1E2D3C-4B5A-4697-8879-6A5B4C3D2E1F",
            "{0f1e2d3c-4b5a-4697-8879-6a5b4c3d2e1f}",
            "0f1e2d3c4b5a469788796a5b4c3d2e1f",
            "00000000-0000-0000-0000-000000000000",
            "ffffffff-ffff-ffff-ffff-ffffffffffff",
            "0f1e2d3c-4b5a-4697-8879-6a5b4c3d2e1",
            "0f1e2d3c-4b5a-4697-8879-6a5b4c3d2é1",
        ] {
            assert!(ExchangeId::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn random_ids_are_version_4_and_parse() {
        for bytes in [[0; 16], [0xff; 16]] {
            let id = ExchangeId::from_random(bytes);
            assert_eq!(ExchangeId::parse(id.as_str()), Ok(id.clone()));
            assert_eq!(id.as_str().as_bytes()[14], b'4');
        }
    }

    #[test]
    fn timestamps_have_one_form_and_a_calendar() {
        let leap_day = Timestamp::parse("2028-02-29T23:59:59Z").unwrap();
        assert_eq!(leap_day.unix(), 1_835_481_599);
        assert_eq!(leap_day.to_string(), "2028-02-29T23:59:59Z");
        for wrong in [
            "2027-02-29T00:00:00Z",
            "2026-12-31T23:59:60Z",
            "2026-12-31T24:00:00Z",
        ] {
            assert_eq!(
                Timestamp::parse(wrong).unwrap_err().why(),
                "it is not a second of the calendar"
            );
        }
        for wrong in [
            "2026-12-31t00:00:00z",
            "2026-12-31T00:00:00.0Z",
            "2026-12-31T00:00:00+00:00",
        ] {
            assert!(Timestamp::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_ends_of_time_are_kept() {
        assert_eq!(
            Timestamp::from_unix(i64::MIN).to_string(),
            "0000-01-01T00:00:00Z"
        );
        assert_eq!(
            Timestamp::from_unix(i64::MAX).to_string(),
            "9999-12-31T23:59:59Z"
        );
        assert_eq!(
            Timestamp::parse("9999-12-31T23:59:59Z").unwrap().unix(),
            Timestamp::LAST
        );
        assert_eq!(
            Timestamp::parse("0000-01-01T00:00:00Z").unwrap().unix(),
            Timestamp::FIRST
        );
    }

    #[test]
    fn base64_is_canonical() {
        let zeros = format!("{}=", "A".repeat(43));
        assert_eq!(HmacKey::parse(&zeros).unwrap().as_bytes(), &[0; 32]);
        for wrong in [
            format!("{}B=", "A".repeat(42)),
            "A".repeat(44),
            "A".repeat(43),
            format!("{}==", "A".repeat(42)),
            format!("{}_=", "A".repeat(42)),
        ] {
            assert!(HmacKey::parse(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        let token = BearerToken::from_random([7; 32]);
        assert_eq!(token.expose().len(), 43);
        assert_eq!(format!("{token:?}"), "BearerToken(…)");
        assert_eq!(format!("{:?}", HmacKey::from_bytes([7; 32])), "HmacKey(…)");
        assert!(BearerToken::parse("=====================").is_err());
    }
}
