//! What this crate says about the vectors of JWT between services.

use super::{Refusal, Vector, body, same, text};
use crate::jose::SignedToken;
use crate::jwt::{
    ClientDocument, ClientId, GRANT_TYPE_JWT, Keys, LARGEST_JWT, SERVICE_TYPE, ServiceClaims,
    authentication_info, freshness,
};

/// `text` is a client id.
pub(super) fn client_id(vector: &Vector) -> Result<(), Refusal> {
    ClientId::parse(text(vector, "text")?)
        .map(drop)
        .map_err(|fault| Refusal::Fault(fault.class()))
}

/// `body` is the document of `client_id`, and its keys are `keys`: their ids, or their address.
pub(super) fn client_document(vector: &Vector) -> Result<(), Refusal> {
    let client =
        ClientId::parse(text(vector, "client_id")?).map_err(|_| Refusal::NoInput("client_id"))?;
    let document = ClientDocument::parse(&body(vector)?, &client)
        .map_err(|fault| Refusal::Fault(fault.class()))?;
    let keys = match document.keys() {
        Keys::At(address) => address.as_str().to_owned(),
        Keys::Inline(set) => ids(set),
    };
    same(keys.as_str(), text(vector, "keys")?)
}

/// `body` is the key set of a client, whose usable keys have the ids `ids`.
pub(super) fn client_keys(vector: &Vector) -> Result<(), Refusal> {
    let set = crate::jwt::key_set(&body(vector)?).map_err(|fault| Refusal::Fault(fault.class()))?;
    same(ids(&set).as_str(), text(vector, "ids")?)
}

/// What came with `cache_control` and `age` is fresh for so many `seconds`, or it is `unstated` how long.
pub(super) fn freshness(vector: &Vector) -> Result<(), Refusal> {
    let fields = vector.text("cache_control");
    let lifetime = freshness::lifetime(fields.as_slice(), vector.text("age"));
    let found = lifetime.map_or_else(
        || "unstated".to_owned(),
        |lifetime| lifetime.as_secs().to_string(),
    );
    same(found.as_str(), text(vector, "seconds")?)
}

/// `field` hands out `access_token` for `expires_in` seconds.
pub(super) fn authentication_info(vector: &Vector) -> Result<(), Refusal> {
    let handed_out = authentication_info::parse(&[text(vector, "field")?])
        .map_err(|fault| Refusal::Fault(fault.class()))?
        .ok_or(Refusal::Fault("other"))?;
    same(
        handed_out.access_token.expose(),
        text(vector, "access_token")?,
    )?;
    let seconds = handed_out.expires_in.as_secs().to_string();
    same(seconds.as_str(), text(vector, "expires_in")?)
}

/// `token` is of the type `typ`, and of `client` for `audience`. Signature and time are not judged.
pub(super) fn service_jwt(vector: &Vector) -> Result<(), Refusal> {
    let typ = match text(vector, "typ")? {
        SERVICE_TYPE => SERVICE_TYPE,
        GRANT_TYPE_JWT => GRANT_TYPE_JWT,
        _ => return Err(Refusal::NoInput("typ")),
    };
    let token = text(vector, "token")?;
    if token.len() > LARGEST_JWT {
        return Err(Refusal::Fault("too-long"));
    }
    let token = SignedToken::parse(token).map_err(|fault| Refusal::Fault(fault.class()))?;
    let claims = ServiceClaims::read(&token, typ).map_err(|fault| Refusal::Fault(fault.class()))?;
    same(claims.client.as_str(), text(vector, "client")?)?;
    same(claims.audience.as_str(), text(vector, "audience")?)
}

fn ids(set: &crate::jose::KeySet) -> String {
    let ids: Vec<&str> = set.keys().iter().filter_map(|key| key.id()).collect();
    ids.join(" ")
}
