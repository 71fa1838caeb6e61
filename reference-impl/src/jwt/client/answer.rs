//! What the answers of resources mean: pure. Those of authorization servers are read as any client reads them.

use std::sync::Arc;

use btx_spec::HttpsUrl;
use btx_spec::jwt::authentication_info;
use btx_spec::oauth::{AccessToken, ResourceMetadata, challenge};

use super::config::PeerEntry;
use super::failure::Stopped;
use crate::outbound::Answer;

/// The token that an answer to a service JWT hands out, and how many seconds it lives. One that came
/// otherwise than the rules say is ignored (JW-CLI-054).
pub(super) fn handed_out(answer: &Answer) -> Option<(Arc<AccessToken>, u64)> {
    if !(200..300).contains(&answer.status) || !is_not_stored(answer) {
        return None;
    }
    let fields: Vec<&str> = (answer.authentication_info.iter().map(String::as_str)).collect();
    let handed_out = authentication_info::parse(&fields).ok()??;
    let lifetime = handed_out.expires_in.as_secs();
    Some((Arc::new(handed_out.access_token), lifetime))
}

/// An answer that caches may keep has given the token to others too.
fn is_not_stored(answer: &Answer) -> bool {
    let words = answer.cache_control.as_deref().unwrap_or_default();
    (words.split(',')).any(|word| word.trim().eq_ignore_ascii_case("no-store"))
}

/// Where a challenge says that the metadata of the resource are. Its other parameters lead nowhere
/// (JW-CLI-067).
pub(super) fn metadata_place(answer: &Answer) -> Option<String> {
    let field = answer.www_authenticate.as_deref()?;
    let challenges = challenge::parse(field).ok()?;
    let mut bearer = (challenges.iter()).filter(|challenge| challenge.is("Bearer"));
    bearer.find_map(|challenge| challenge.resource_metadata().map(str::to_owned))
}

/// The place, if it is one of the resource (JW-CLI-064).
pub(super) fn own_place(place: &str, peer: &PeerEntry) -> Result<HttpsUrl, Stopped> {
    match HttpsUrl::parse(place) {
        Ok(url) if url.origin() == peer.resource.origin() => Ok(url),
        _ => Err(Stopped::OtherOrigin),
    }
}

/// Which of the peer's servers is to be asked: the first that the metadata name and that is allowed. It is given
/// by its place in the configuration, so that nothing of the answer is used for it.
pub(super) fn server_named(answer: &Answer, peer: &PeerEntry) -> Result<usize, Stopped> {
    if answer.status != 200 || answer.cut {
        return Err(Stopped::NoResourceMetadata);
    }
    let metadata =
        ResourceMetadata::parse(&answer.body).map_err(|_| Stopped::NoResourceMetadata)?;
    // JW-CLI-061: octet for octet.
    if metadata.resource != peer.resource.as_str() {
        return Err(Stopped::OtherResource);
    }
    let named = metadata.authorization_servers.unwrap_or_default();
    // JW-CLI-062
    let allowed = |name: &String| peer.servers.iter().position(|own| own.as_str() == name);
    named.iter().find_map(allowed).ok_or(Stopped::NotAllowed)
}
