//! Faults of how a JWT is written down, by the words that scenarios have for them.

use super::{Facts, Token};
use crate::steps::{Stop, jose::Jws};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// The most characters that a JWT may have.
const LONGEST: usize = 8192;
/// The member that only makes it longer.
const FILLER: &str = "filler";

/// How a JWT is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::steps) enum Form {
    /// As three parts (RFC 7515 section 7.1).
    Compact,
    /// As long as it may be.
    Longest,
    /// Longer than it may be.
    TooLong,
    /// With its first part twice.
    FourParts,
    /// With two parts of nothing after it, as an encrypted one has five.
    FiveParts,
    /// With the padding of ordinary base64 after its signature.
    Padded,
    /// As a JSON object (RFC 7515 section 7.2.2).
    Json,
    /// With claims that are these octets.
    Claims(&'static str),
    /// With a header that is these octets.
    Header(&'static str),
}

impl Form {
    /// What is shown of a statement.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub(super) fn written(self, jws: &Jws) -> Result<String, Stop> {
        match self {
            Self::Compact => jws.text(),
            Self::Longest => filled(jws, LONGEST),
            Self::TooLong => filled(jws, LONGEST + 4),
            Self::FourParts => {
                let text = jws.text()?;
                let first = text.split('.').next().unwrap_or_default();
                Ok(format!("{first}.{text}"))
            }
            Self::FiveParts => Ok(format!("{}..", jws.text()?)),
            Self::Padded => Ok(format!("{}==", jws.text()?)),
            Self::Json => flattened(&jws.text()?),
            Self::Claims(octets) => jws.seal.put_on(&jws.key, &jws.header.to_json(), octets),
            Self::Header(octets) => {
                let text = jws.text()?;
                let rest = text.split_once('.').map_or("", |(_, rest)| rest);
                Ok(format!("{}.{rest}", URL_SAFE_NO_PAD.encode(octets)))
            }
        }
    }
}

/// Alters the form, if the words are about it.
pub(super) fn alter(token: &mut Token, fault: &str, facts: &Facts) -> bool {
    if repeat(&mut token.jws, fault, facts) || add(&mut token.jws, fault) {
        return true;
    }
    token.form = match fault {
        "as long as it may be" => Form::Longest,
        "longer than it may be" => Form::TooLong,
        "in four parts" => Form::FourParts,
        "in five parts" => Form::FiveParts,
        "with padding" => Form::Padded,
        "in the JSON form" => Form::Json,
        "whose claims are a list" => Form::Claims("[]"),
        "whose claims are no JSON" => Form::Claims("{\"iss\":"),
        "whose claims are empty" => Form::Claims(""),
        "whose header is no JSON" => Form::Header("alg=ES256"),
        _ => return false,
    };
    true
}

/// Names that stand twice, with the right value first or last.
fn repeat(jws: &mut Jws, fault: &str, facts: &Facts) -> bool {
    let Jws { header, claims, .. } = jws;
    let another = json!("https://another.example").to_string();
    match fault {
        "with two audiences, the right one first" => claims.add("aud", &another),
        "with two audiences, the right one last" => claims.add_before("aud", &another),
        "with iss twice" => claims.add("iss", &json!(facts.client).to_string()),
        "with jti twice" => claims.add_before("jti", "\"another-of-16-characters\""),
        "with exp twice" => claims.add_before("exp", "0"),
        "with alg twice" => header.add_before("alg", "\"none\""),
        "with kid twice" => header.add_before("kid", "\"another\""),
        "with a name twice inside a claim" => claims.add("act", r#"{"sub":"a","sub":"b"}"#),
        _ => return false,
    }
    true
}

/// What means nothing, and does no harm or should do none.
fn add(jws: &mut Jws, fault: &str) -> bool {
    match fault {
        "with claims that nobody knows" => {
            jws.claims
                .set("rutabagas", &json!({ "how many": [5000, null] }));
            jws.claims.set("scope", &json!("read write"));
        }
        "that says it is compressed" => jws.header.set("zip", &json!("DEF")),
        _ => return false,
    }
    true
}

/// The longest text of at most that many characters.
fn filled(jws: &Jws, most: usize) -> Result<String, Stop> {
    let mut jws = jws.clone();
    jws.claims.set(FILLER, &Value::from(""));
    let short = jws.text()?.len();
    // Three octets are four characters; one group is left for what the rounding takes.
    let octets = most.saturating_sub(short) / 4 * 3;
    let mut best = jws.text()?;
    for more in 0..4 {
        jws.claims
            .set(FILLER, &Value::from("f".repeat(octets + more)));
        let text = jws.text()?;
        if text.len() <= most {
            best = text;
        }
    }
    Ok(best)
}

fn flattened(text: &str) -> Result<String, Stop> {
    let mut parts = text.split('.');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(header), Some(claims), Some(signature)) => Ok(json!({
            "protected": header,
            "payload": claims,
            "signature": signature,
        })
        .to_string()),
        _ => Err(Stop::Harness("a JWT without three parts".to_owned())),
    }
}
