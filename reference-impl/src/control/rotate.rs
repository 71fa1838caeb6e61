//! The verb `rotate`: another key takes the place of the one that signs.

use btx_spec::hooks::Report;
use btx_spec::lifecycle::RingKey;
use serde_json::{Map, Value};

use super::Roles;
use crate::lifecycle::keys::Rotation;

/// The key for service JWTs. Some keys take their time to be made.
pub(super) async fn client(roles: &Roles) -> Result<Report, String> {
    let client = roles.jwt_client.clone();
    let client = client.ok_or("there is no client of service JWTs here")?;
    let rotating = tokio::task::spawn_blocking(move || client.rotate());
    let changed = rotating.await.map_err(|error| error.to_string())?;
    let kid = changed.map_err(|unchanged| unchanged.to_string())?;
    Ok(Report::Rotated { kid })
}

/// The key of an issuer of bearers, which need not be named if it is the only one. It is answered when every
/// replica knows the new one.
pub(super) async fn issuer(
    roles: &Roles,
    named: Option<&str>,
    urgent: Option<bool>,
    key: Option<Map<String, Value>>,
) -> Result<Report, String> {
    let mut all = roles.session_keys.iter();
    let keys = match named {
        Some(identifier) => roles.session_keys.get(identifier),
        None => all
            .next()
            .filter(|_| all.next().is_none())
            .map(|(_, keys)| keys),
    };
    let keys = keys.ok_or("there is nobody here whose key that would be")?;
    let rotation = Rotation {
        urgent: urgent.unwrap_or_default(),
        given: key.as_ref().map(read).transpose()?,
    };
    let kid = keys
        .rotate(rotation)
        .await
        .map_err(|error| error.to_string())?;
    Ok(Report::Rotated { kid })
}

/// A key that whoever examines this issuer has made for it.
fn read(jwk: &Map<String, Value>) -> Result<RingKey, String> {
    let key = RingKey::from_members(jwk);
    key.map_err(|fault| format!("that is no key to sign with: {fault}"))
}
