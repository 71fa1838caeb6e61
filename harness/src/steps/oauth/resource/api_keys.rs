//! API keys, shown in their field and elsewhere.

use super::{About, Door, Draft, missing, resource, send};
use crate::{
    steps::{Stop, calls::unknown, registry::steps},
    target::oauth::ApiKeys,
    wire::Fields,
    world::World,
};

steps! {
    "a live API key" => |world| {
        world.oauth.resource.about = About::ApiKeys;
        keys(world).map(drop)
    }
    "a client shows an API key {words}" => |world, words| {
        let url = Door::Reading.url(world)?;
        let keys = keys(world)?;
        let in_field = |key: &str| {
            let fields = Fields::from([(keys.field.as_str(), key)]);
            vec![Draft { url: url.clone(), method: "GET", fields, body: Vec::new() }]
        };
        let drafts = match words.as_str() {
            "in its field" => in_field(&keys.live),
            "that was revoked" => in_field(&keys.revoked),
            "that was never given out" => in_field("never-given-out-0123456789abcdefghijklm"),
            "with a letter less" => {
                let length = keys.live.chars().count().saturating_sub(1);
                in_field(&keys.live.chars().take(length).collect::<String>())
            }
            "with a letter more" => in_field(&format!("{}x", keys.live)),
            "that is empty" => in_field(""),
            "in the query" => in_the_query(&url, &keys),
            _ => return Err(unknown("way to show an API key", &words)),
        };
        send(world, drafts).await
    }
}

fn keys(world: &World) -> Result<ApiKeys, Stop> {
    let keys = resource(world)?.api_keys.clone();
    keys.ok_or_else(|| missing("[resource_server] api_keys"))
}

/// The request that shows the live key as it should be shown.
///
/// # Errors
/// When the target file has none.
pub(super) fn live(world: &World) -> Result<Draft, Stop> {
    let keys = keys(world)?;
    Ok(Draft {
        url: Door::Reading.url(world)?,
        method: "GET",
        fields: Fields::from([(keys.field.as_str(), keys.live.as_str())]),
        body: Vec::new(),
    })
}

/// The live key in the query, under the names that servers have for it.
fn in_the_query(url: &url::Url, keys: &ApiKeys) -> Vec<Draft> {
    [keys.field.as_str(), "api_key", "apikey", "key"]
        .into_iter()
        .map(|name| {
            let mut url = url.clone();
            url.query_pairs_mut().append_pair(name, &keys.live);
            Draft {
                url,
                method: "GET",
                fields: Fields::default(),
                body: Vec::new(),
            }
        })
        .collect()
}
