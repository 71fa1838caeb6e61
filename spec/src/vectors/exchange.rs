//! What this crate says about the vectors of the exchange and of the drafts before it.

use std::net::IpAddr;

use super::{Refusal, Vector};
use crate::address::is_special_use;
use crate::identifier::Identifier;
use crate::json::FormError;
use crate::signature::{hmac_sha256, verify};
use crate::values::{BearerToken, ExchangeId, HmacKey, Signature, Timestamp};

pub(super) fn message(
    vector: &Vector,
    parse: fn(&[u8]) -> Result<(), FormError>,
) -> Result<(), Refusal> {
    let body = vector.body().ok_or(Refusal::NoInput("body"))?;
    parse(&body).map_err(Refusal::Form)
}

pub(super) fn signature(vector: &Vector) -> Result<(), Refusal> {
    let right = verify(
        &vector.value("hmac_key", HmacKey::parse, |e| e.why())?,
        &vector.value("issuer", Identifier::parse, |e| e.why())?,
        &vector.value("initiator", Identifier::parse, |e| e.why())?,
        &vector.value("exchange_id", ExchangeId::parse, |e| e.why())?,
        &vector.value("expires_at", Timestamp::parse, |e| e.why())?,
        &vector.value("bearer_token", BearerToken::parse, |e| e.why())?,
        &vector.value("signature", Signature::parse, |e| e.why())?,
    );
    if right {
        Ok(())
    } else {
        Err(Refusal::Signature)
    }
}

pub(super) fn ancestor(vector: &Vector) -> Result<(), Refusal> {
    let key = vector.value("hmac_key", HmacKey::parse, |e| e.why())?;
    let token = vector.value("bearer_token", BearerToken::parse, |e| e.why())?;
    let signature = vector.value("signature", Signature::parse, |e| e.why())?;
    let computed = hmac_sha256(key.as_bytes(), token.expose().as_bytes());
    if Signature::from_bytes(computed) == signature {
        Ok(())
    } else {
        Err(Refusal::Signature)
    }
}

/// A key and a signature have the same form; that both parsers agree is part of the test.
pub(super) fn base64_of_32(vector: &Vector) -> Result<(), Refusal> {
    let key = vector.value("text", HmacKey::parse, |e| e.why())?;
    let signature = vector.value("text", Signature::parse, |e| e.why())?;
    let same = key.as_bytes() == signature.as_bytes();
    if same {
        Ok(())
    } else {
        Err(Refusal::Signature)
    }
}

/// A host that is a name may be connected to as far as its text goes.
pub(super) fn host(vector: &Vector) -> Result<(), Refusal> {
    let host = vector.text("host").ok_or(Refusal::NoInput("host"))?;
    let url = Identifier::parse(&format!("https://{host}/")).map_err(|error| Refusal::Value {
        member: "host".to_owned(),
        why: error.why(),
    })?;
    match url.host().parse::<IpAddr>() {
        Ok(address) if is_special_use(address) => Err(Refusal::SpecialUse),
        _ => Ok(()),
    }
}
