//! Tokens shown in all sorts of ways, and the request without the fault beside them.

use super::{About, Door, Draft, api_keys, send, show, source};
use crate::{
    steps::{Stop, calls::unknown, registry::steps, resource},
    wire::Fields,
    world::World,
};
use url::Url;

const FORM: &str = "application/x-www-form-urlencoded";
/// How far from the end of a token it is changed: in the signature of a JWT, and not where some bits of a
/// character mean nothing.
const NEAR: usize = 12;

steps! {
    "a live access token" => |world| {
        let token = source::live(world, source::Reach::Everything).await?;
        world.oauth.resource.token = Some(token);
        Ok(())
    }
    "a live access token for reading only" => |world| {
        let token = source::live(world, source::Reach::Reading).await?;
        world.oauth.resource.token = Some(token);
        Ok(())
    }
    "a client shows {words}" => |world, words| {
        in_words(world, Door::Reading, &words).await
    }
    "its time is over, and a client shows it" => |world| {
        let token = source::expired(world).await?;
        show(world, &token).await
    }
    "a client writes with {words}" => |world, words| {
        in_words(world, Door::Writing, &words).await
    }
    "a service acts where only a user may, with the token" => |world| {
        in_words(world, Door::Users, "the token 1 times").await
    }
    "a request without the fault is answered" => |world| {
        let door = world.oauth.resource.door;
        control(world, door).await
    }
    "the token opens what a service may open" => |world| {
        control(world, Door::Reading).await
    }
}

async fn in_words(world: &mut World, door: Door, words: &str) -> Result<(), Stop> {
    let token = world.oauth.resource.token.clone();
    let token = token.ok_or_else(|| Stop::Harness("the scenario has no token".to_owned()))?;
    let url = door.url(world)?;
    let drafts = drafts(words, &token, &url, door.method());
    let drafts = drafts.ok_or_else(|| unknown("way to show a token", words))?;
    let seen = &mut world.oauth.resource;
    seen.door = door;
    seen.credentials.push(token);
    seen.credentials.extend(drafts.iter().filter_map(shown_in));
    send(world, drafts).await
}

/// Shows what nothing is wrong with, in the same place.
async fn control(world: &mut World, door: Door) -> Result<(), Stop> {
    let before = world.shown.len();
    for server in &world.servers {
        super::answers::reset(&server.lease.desk);
    }
    if let Some(questions) = &world.oauth.resource.questions {
        super::answers::reset(&questions.desk);
    }
    let draft = match world.oauth.resource.about {
        About::ApiKeys => api_keys::live(world)?,
        about => {
            let token = source::faultless(world, about).await?;
            in_the_field(&door.url(world)?, door.method(), &token)
        }
    };
    send(world, vec![draft]).await?;
    // It is not among what the scenario judges.
    let control = world.shown.split_off(before).pop();
    match control {
        Some((response, _)) if (200..300).contains(&response.status) => Ok(()),
        Some((response, _)) => Err(Stop::Control(format!(
            "the request without the fault was answered {}",
            crate::world::describe(&response)
        ))),
        None => Err(Stop::Control("the control was not answered".to_owned())),
    }
}

/// A token in the field where it belongs.
pub(super) fn in_the_field(url: &Url, method: &'static str, token: &str) -> Draft {
    Draft {
        url: url.clone(),
        method,
        fields: Fields::from([("authorization", format!("Bearer {token}").as_str())]),
        body: Vec::new(),
    }
}

/// The requests that show a token in the way of the words.
fn drafts(words: &str, token: &str, url: &Url, method: &'static str) -> Option<Vec<Draft>> {
    let bearer = |token: &str| Some(vec![in_the_field(url, method, token)]);
    match words {
        "the token with a character near its end changed" => {
            bearer(&changed(token, token.len().saturating_sub(NEAR)))
        }
        "the token in the field and in the query" => {
            let draft = in_the_field(&with_query(url, token), method, token);
            Some(vec![draft])
        }
        "the token in the field and in a form" => {
            let mut draft = in_the_field(url, "POST", token);
            draft.fields.push("content-type", FORM);
            draft.body = form(token).into_bytes();
            Some(vec![draft])
        }
        _ => {
            let shown = resource::shows(words, token, url)?;
            let of = |(url, shown_by, fields, body)| Draft {
                url,
                method: if shown_by == "GET" { method } else { shown_by },
                fields,
                body,
            };
            Some(shown.into_iter().map(of).collect())
        }
    }
}

/// The token with another character at a place.
fn changed(token: &str, place: usize) -> String {
    let other = |c| if c == 'A' { 'B' } else { 'A' };
    token
        .chars()
        .enumerate()
        .map(|(at, c)| if at == place { other(c) } else { c })
        .collect()
}

fn with_query(url: &Url, token: &str) -> Url {
    let mut url = url.clone();
    url.query_pairs_mut().append_pair("access_token", token);
    url
}

fn form(token: &str) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .append_pair("access_token", token)
        .finish()
}

/// What a request shows, to see whether it comes back.
fn shown_in(draft: &Draft) -> Option<String> {
    let (_, shown) = draft.fields.get("authorization")?.split_once(' ')?;
    (shown.len() > NEAR).then(|| shown.to_owned())
}

/// Shows a token at the place of the scenario.
pub(super) async fn at(world: &mut World, door: Door, token: &str) -> Result<(), Stop> {
    world.oauth.resource.door = door;
    show(world, token).await
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
    use super::*;

    const TOKEN: &str = "abcdefghijklmnopqrstuvwxyz0123456789";

    fn first(words: &str) -> Draft {
        let url = "https://farm.example/api".parse().unwrap();
        drafts(words, TOKEN, &url, "GET").unwrap().remove(0)
    }

    #[test]
    fn a_changed_token_differs_in_one_character() {
        let draft = first("the token with a character near its end changed");
        let shown = draft.fields.get("authorization").unwrap();
        let shown = shown.strip_prefix("Bearer ").unwrap();
        let pairs = TOKEN.chars().zip(shown.chars());
        assert_eq!(pairs.filter(|(one, other)| one != other).count(), 1);
    }

    #[test]
    fn a_token_stands_in_two_places() {
        let draft = first("the token in the field and in the query");
        assert!(draft.url.query().unwrap().contains(TOKEN));
        let draft = first("the token in the field and in a form");
        assert_eq!((draft.method, draft.body.len()), ("POST", 13 + TOKEN.len()));
    }

    #[test]
    fn what_is_no_way_to_show_a_token_is_none() {
        let url = "https://farm.example/api".parse().unwrap();
        assert!(drafts("a turnip", TOKEN, &url, "GET").is_none());
    }
}
