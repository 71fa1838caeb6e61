//! The asynchronous form: the pending answer and the status URL.

use super::{Failure, Stop, calls::unknown, refusals, registry::steps};
use crate::{
    lenient::Members,
    wire::{Fields, Response},
    world::{Answer, Exchange, World, describe},
};
use btx_spec::{Pending, Timestamp};
use std::time::Duration;
use url::Url;

steps! {
    "the call is answered with 202" => |world| {
        pending(world).await.map(drop).map_err(|stop| match stop {
            Stop::Control(actual) => Failure::new("202 to the call", actual, None).into(),
            other => other,
        })
    }
    "the pending answer has two members, each in its form" => |world| {
        let (response, event) = pending(world).await?;
        match Pending::parse(&as_https(world, &response.body)) {
            Ok(_) => Ok(()),
            Err(error) => Err(Failure::new("status_url and exchange_expires_at, each in its form", error.to_string(), Some(event)).into()),
        }
    }
    "the Location of the pending answer is its status_url" => |world| {
        let (response, event) = pending(world).await?;
        let expected = member(&response, "status_url").unwrap_or_default();
        let actual = response.fields.get("location").unwrap_or("no field Location");
        if !expected.is_empty() && actual == expected {
            return Ok(());
        }
        Err(Failure::new(format!("Location: {expected}"), actual, Some(event)).into())
    }
    "the pending answer has a Retry-After in seconds" => |world| {
        let (response, event) = pending(world).await?;
        let actual = response.fields.get("retry-after").unwrap_or("no field Retry-After");
        if actual.parse::<u32>().is_ok() {
            return Ok(());
        }
        Err(Failure::new("Retry-After in seconds", actual, Some(event)).into())
    }
    "the status_url has the origin of the URL that was called" => |world| {
        let (response, event) = pending(world).await?;
        let called = world.the_call()?.url.origin();
        let text = member(&response, "status_url").unwrap_or_default();
        match Url::parse(&text) {
            Ok(url) if url.origin() == called => Ok(()),
            Ok(url) => Err(Failure::new(called.ascii_serialization(), url.origin().ascii_serialization(), Some(event)).into()),
            Err(_) => Err(Stop::Control("the 202 has no status_url".to_owned())),
        }
    }
    "exchange_expires_at is later than the declared deadline from now" => |world| {
        let (response, event) = pending(world).await?;
        let text = member(&response, "exchange_expires_at").unwrap_or_default();
        let Ok(end) = Timestamp::parse(&text) else {
            return Err(Stop::Control("exchange_expires_at is not of its form".to_owned()));
        };
        let deadline = world.context.target.limits.exchange_deadline.as_secs();
        if end.unix() - super::issues::now() >= i64::try_from(deadline).unwrap_or(i64::MAX) {
            return Ok(());
        }
        Err(Failure::new(format!("at least {deadline} s from now"), text, Some(event)).into())
    }
    "it makes {count} token calls one after the other that ask for asynchrony" => |world, count| {
        for _ in 0..count.parse().unwrap_or(0) {
            let values = world.fresh_values(0)?;
            let mut draft = crate::draft::Draft::faultless(&values);
            draft.fields.push("prefer", "respond-async");
            let mut call = world.send(0, values, draft, 0)?;
            call.finish().await;
            world.others.push(call);
        }
        Ok(())
    }
    "their status URLs have room for 128 random bits and differ in them" => |world| {
        let urls: Option<Vec<String>> = world.others.iter().map(url_without_id).collect();
        let urls = urls.ok_or_else(|| Stop::Control("a call was not answered with 202".to_owned()))?;
        let event = world.others.last().and_then(|c| c.answer.as_ref()).map(|a| a.event);
        let varying = varying_part(&urls);
        // 128 bits are 22 characters of base64; two may be alike by chance in all four.
        if varying >= 20 {
            return Ok(());
        }
        Err(Failure::new("20 characters or more that differ from one status URL to the next", format!("{varying} characters"), event).into())
    }
    "the token issue has come" => |world| {
        let mailbox = world.the_call()?.mailbox.clone();
        let patience = world.context.patience;
        match tokio::time::timeout(patience, mailbox.first()).await {
            Ok(_) => Ok(()),
            Err(_) => Err(Stop::Control("no token issue came".to_owned())),
        }
    }
    "it asks for the status" => |world| {
        ask(world).await.map(drop)
    }
    "it asks for the status until it is final" => |world| {
        let patience = world.context.patience;
        let started = world.timeline.elapsed();
        while ask(world).await?.status == 202 {
            if world.timeline.elapsed().saturating_sub(started) > patience {
                return Err(Stop::Control("the status was not final after the declared deadline".to_owned()));
            }
        }
        Ok(())
    }
    "it asks for the status until the declared deadline has passed" => |world| {
        // What the network and a busy machine add is no fault of the target.
        let deadline = world.context.target.limits.exchange_deadline + Duration::from_secs(1);
        let started = world.timeline.elapsed();
        while ask(world).await?.status == 202
            && world.timeline.elapsed().saturating_sub(started) < deadline
        {}
        Ok(())
    }
    "the status is pending with the body of the first answer" => |world| {
        let (first, _) = pending(world).await?;
        let (status, event) = last_status(world)?;
        if status.status != 202 {
            return Err(Failure::new("202", describe(&status), Some(event)).into());
        }
        let parse = |body: &[u8]| serde_json::from_slice::<serde_json::Value>(body).ok();
        if parse(&first.body).is_some() && parse(&first.body) == parse(&status.body) {
            return Ok(());
        }
        Err(Failure::new("the members and values of the first 202", "others", Some(event)).into())
    }
    "the status is 204" => |world| {
        let (status, event) = last_status(world)?;
        if status.status == 204 {
            return Ok(());
        }
        Err(Failure::new("204", describe(&status), Some(event)).into())
    }
    "the status is a refusal" => |world| {
        let (status, event) = last_status(world)?;
        if (400..600).contains(&status.status) {
            return Ok(());
        }
        Err(Failure::new("a refusal: 4xx or 5xx", describe(&status), Some(event)).into())
    }
    "no status of 204 came before the acceptance" => |world| {
        match world.statuses.first() {
            Some((status, event)) if status.status == 204 => {
                Err(Failure::new("202 while the token issue was held", "204 No Content", Some(*event)).into())
            }
            _ => Ok(()),
        }
    }
    "the status is the same when it is asked again" => |world| {
        let (first, _) = last_status(world)?;
        let url = status_url(world).await?;
        let again = answer_at(world, &url, "GET").await?;
        same(&first, &again)
    }
    "every replica gives the same status" => |world| {
        let (first, _) = last_status(world)?;
        let url = status_url(world).await?;
        for replica in world.issuer()?.token_call.clone() {
            let mut there = replica;
            there.set_path(url.path());
            there.set_query(url.query());
            let answer = answer_at(world, &there, "GET").await?;
            same(&first, &answer)?;
        }
        Ok(())
    }
    "no answer to the status URL contains the token" => |world| {
        let token = world.the_call()?.token().unwrap_or_default();
        let (first, event) = pending(world).await?;
        let all = std::iter::once((first, event)).chain(world.statuses.clone());
        for (response, event) in all {
            let whole = response.to_bytes();
            if !token.is_empty() && String::from_utf8_lossy(&whole).contains(&token) {
                return Err(Failure::new("no token", "the bearer token", Some(event)).into());
            }
        }
        Ok(())
    }
    "a status URL with other random bits is refused" => |world| {
        let answer = guess(world).await?;
        refusals::refused(&answer)
    }
    "a status URL with other random bits is refused with {count} and {problem}" => |world, status, problem| {
        let answer = guess(world).await?;
        refusals::refused_with(&answer, &status, &problem)
    }
    "HEAD at the status URL has the same status and no content" => |world| {
        let (first, _) = last_status(world)?;
        let url = status_url(world).await?;
        let answer = answer_at(world, &url, "HEAD").await?;
        match answer.status() {
            Some(status) if status == first.status => Ok(()),
            _ => Err(Failure::new(first.status.to_string(), answer.words(), Some(answer.event)).into()),
        }
    }
    "{words} at the status URL is refused" => |world, method| {
        let url = status_url(world).await?;
        if !matches!(method.as_str(), "POST" | "PUT" | "DELETE") {
            return Err(unknown("method", &method));
        }
        let answer = answer_at(world, &url, &method).await?;
        refusals::refused(&answer)
    }
}

/// The 202 to the call, without which nothing can be said.
async fn pending(world: &mut World) -> Result<(Response, usize), Stop> {
    let answer = world.the_answer().await?;
    match answer.response() {
        Some(response) if response.status == 202 => Ok((response.clone(), answer.event)),
        _ => Err(Stop::Control(format!(
            "the call was answered with {}",
            answer.words()
        ))),
    }
}

fn member(response: &Response, name: &str) -> Option<String> {
    Members::read(&response.body)?.text(name)
}

/// A development server on plain HTTP has status URLs of plain HTTP; their form is judged as if not.
fn as_https(world: &World, body: &[u8]) -> Vec<u8> {
    if world.context.target.plain_http {
        String::from_utf8_lossy(body)
            .replace("http://", "https://")
            .into_bytes()
    } else {
        body.to_vec()
    }
}

async fn status_url(world: &mut World) -> Result<Url, Stop> {
    let (response, _) = pending(world).await?;
    known_status_url(world, &response)
}

/// The status URL of a pending answer, if a request may go there: requests go to places of the target
/// file only, whatever an answer says.
fn known_status_url(world: &World, pending: &Response) -> Result<Url, Stop> {
    let text = member(pending, "status_url").unwrap_or_default();
    let url =
        Url::parse(&text).map_err(|_| Stop::Control("the 202 has no status_url".to_owned()))?;
    let mut places = world.issuer()?.token_call.iter();
    if places.any(|u| u.origin() == url.origin()) {
        Ok(url)
    } else {
        Err(Stop::Control(
            "the status_url has the origin of none of the target's token_call URLs".to_owned(),
        ))
    }
}

/// Waits until the exchanges that were answered 202 are over at the target, so that they do not count
/// among the open ones of the next scenario with the same peer.
pub(crate) async fn settle(world: &World) {
    for exchange in world.call.iter().chain(&world.others) {
        let pending = exchange.answer.as_ref().and_then(|a| a.response());
        let Some(mut last) = pending.filter(|r| r.status == 202).cloned() else {
            continue;
        };
        let Ok(url) = known_status_url(world, &last) else {
            continue;
        };
        while last.status == 202 {
            let time = told_to_wait(world, &last);
            world.wait(time, "the Retry-After").await;
            let answer = answer_at(world, &url, "GET").await;
            match answer.ok().as_ref().and_then(|a| a.response()) {
                Some(response) => last = response.clone(),
                None => break,
            }
        }
    }
}

/// How long an answer of 202 asks to wait; no longer than an exchange may take.
fn told_to_wait(world: &World, last: &Response) -> Duration {
    let told = last.fields.get("retry-after");
    let told = told.and_then(|v| v.trim().parse().ok());
    Duration::from_secs(told.unwrap_or(2)).min(world.context.target.limits.exchange_deadline)
}

/// Asks once, no sooner than the last answer allows.
async fn ask(world: &mut World) -> Result<Response, Stop> {
    let url = status_url(world).await?;
    let (first, _) = pending(world).await?;
    let last = world.statuses.last().map_or(&first, |(status, _)| status);
    let time = told_to_wait(world, last);
    world.wait(time, "the Retry-After").await;
    let answer = answer_at(world, &url, "GET").await?;
    let response = answer.response().cloned().ok_or_else(|| {
        Stop::Control(format!(
            "the status URL was not answered: {}",
            answer.words()
        ))
    })?;
    world.statuses.push((response.clone(), answer.event));
    Ok(response)
}

async fn answer_at(world: &World, url: &Url, method: &str) -> Result<Answer, Stop> {
    Ok(world.ask(url, method, Fields::default(), Vec::new()).await)
}

fn last_status(world: &World) -> Result<(Response, usize), Stop> {
    world
        .statuses
        .last()
        .cloned()
        .ok_or_else(|| Stop::Harness("the scenario has not asked for the status".to_owned()))
}

fn same(first: &Response, again: &Answer) -> Result<(), Stop> {
    if again.status() == Some(first.status) {
        return Ok(());
    }
    Err(Failure::new(describe(first), again.words(), Some(again.event)).into())
}

/// Asks at a status URL of the same form with other characters at its end.
async fn guess(world: &mut World) -> Result<Answer, Stop> {
    let mut url = status_url(world).await?;
    let other: String = url
        .path()
        .chars()
        .rev()
        .enumerate()
        .map(|(i, c)| {
            if i < 8 && c.is_ascii_alphanumeric() {
                if c == '7' { '3' } else { '7' }
            } else {
                c
            }
        })
        .collect();
    let path: String = other.chars().rev().collect();
    url.set_path(&path);
    answer_at(world, &url, "GET").await
}

/// The status URL of a call without its exchange id, which is no secret.
fn url_without_id(call: &Exchange) -> Option<String> {
    let response = call.answer.as_ref()?.response()?;
    Some(member(response, "status_url")?.replace(&call.values.exchange_id, ""))
}

/// How many characters are not common to all, at the beginning or at the end.
fn varying_part(texts: &[String]) -> usize {
    let Some(first) = texts.first() else { return 0 };
    let common = |a: &mut dyn Iterator<Item = char>, b: &mut dyn Iterator<Item = char>| {
        a.zip(b).take_while(|(x, y)| x == y).count()
    };
    let prefix = texts
        .iter()
        .map(|t| common(&mut first.chars(), &mut t.chars()))
        .min()
        .unwrap_or(0);
    let suffix = texts
        .iter()
        .map(|t| common(&mut first.chars().rev(), &mut t.chars().rev()))
        .min()
        .unwrap_or(0);
    texts
        .iter()
        .map(|t| t.chars().count())
        .min()
        .unwrap_or(0)
        .saturating_sub(prefix + suffix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_varying_part_leaves_out_what_all_share() {
        let urls = ["https://a/x/1234/s", "https://a/x/5678/s"].map(str::to_owned);
        assert_eq!(varying_part(&urls), 4);
        assert_eq!(varying_part(&["same".to_owned(), "same".to_owned()]), 0);
    }
}
