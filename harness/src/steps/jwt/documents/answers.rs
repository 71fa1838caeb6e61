//! How a document or a key set comes, by the words that scenarios have for it.

use crate::{
    lab::{
        PeerAnswer,
        jwt::{DocPlace, HostAnswer, Published},
    },
    steps::{Stop, calls::unknown, registry::steps},
    wire::{Fields, Response},
    world::World,
};
use std::sync::Arc;

/// A cookie that a verifier with a memory for cookies brings along.
const COOKIE: &str = "session=1; Path=/; Secure";

steps! {
    "its document comes {words}" => |world, words| {
        come(world, DocPlace::Document, &words)
    }
    "its keys come {words}" => |world, words| {
        come(world, DocPlace::Keys, &words)
    }
    "its document comes {words}, and then as it should" => |world, words| {
        at_first(world, DocPlace::Document, &words)
    }
    "its keys come {words}, and then as they should" => |world, words| {
        at_first(world, DocPlace::Keys, &words)
    }
    "nothing of it can be had any more: {words}" => |world, words| {
        come(world, DocPlace::Document, &words)?;
        come(world, DocPlace::Keys, &words)
    }
    "everything can be had again" => |world| {
        let desk = &world.published(0)?.desk;
        desk.set(DocPlace::Document, vec![HostAnswer::Sound]);
        desk.set(DocPlace::Keys, vec![HostAnswer::Sound]);
        Ok(())
    }
}

fn come(world: &World, place: DocPlace, words: &str) -> Result<(), Stop> {
    let client = world.published(0)?;
    client.desk.set(place, vec![answer(client, place, words)?]);
    Ok(())
}

fn at_first(world: &World, place: DocPlace, words: &str) -> Result<(), Stop> {
    let client = world.published(0)?;
    let first = answer(client, place, words)?;
    client.desk.set(place, vec![first, HostAnswer::Sound]);
    Ok(())
}

/// What the host answers.
///
/// # Errors
/// When the words mean nothing.
fn answer(client: &Published, place: DocPlace, words: &str) -> Result<HostAnswer, Stop> {
    let status = |text: &str| text.parse::<u16>().map_err(|_| unknown("status", text));
    if let Some(text) = words.strip_prefix("with the status ") {
        let status = status(text)?;
        return Ok(altered(move |response| response.status = status));
    }
    if let Some(text) = words.strip_prefix("as an error ") {
        return Ok(fixed(
            status(text)?,
            &[("cache-control", "max-age=300")],
            b"",
        ));
    }
    if let Some(rest) = words.strip_prefix("as a redirect ") {
        let (code, to) = rest
            .split_once(" to ")
            .ok_or_else(|| unknown("redirect", rest))?;
        let to = location(client, place, to)?;
        return Ok(fixed(status(code)?, &[("location", &to)], b""));
    }
    if let Some(kind) = words.strip_prefix("as the media type ") {
        let kind = kind.to_owned();
        return Ok(altered(move |response| {
            response.fields.set("content-type", kind.clone())
        }));
    }
    if let Some(directives) = words.strip_prefix("with Cache-Control: ") {
        let directives = directives.to_owned();
        return Ok(altered(move |response| {
            response.fields.set("cache-control", directives.clone());
        }));
    }
    Ok(match words {
        "without a media type" => altered(|response| response.fields.remove("content-type")),
        "with a cookie" => altered(|response| {
            response.fields.set("set-cookie", COOKIE);
            response.fields.set("cache-control", "no-store");
        }),
        "compressed" => altered(|response| {
            *response = with_body(response, &gzip(&response.body));
            response.fields.set("content-encoding", "gzip");
        }),
        "said to be compressed, and not" => {
            altered(|response| response.fields.set("content-encoding", "gzip"))
        }
        "with the Content-Encoding identity" => {
            altered(|response| response.fields.set("content-encoding", "identity"))
        }
        "as a page" => fixed(200, &[("content-type", "text/html")], b"<!doctype html>"),
        "as JSON that breaks off" => altered(|response| {
            let half = response.body.len() / 2;
            *response = with_body(response, response.body.get(..half).unwrap_or_default());
        }),
        "as a connection that is closed" => HostAnswer::Fixed(PeerAnswer::Close),
        "as bytes that are no HTTP" => {
            HostAnswer::Fixed(PeerAnswer::Raw(b"\x00\xff200 OK?\r\n\r\n".to_vec()))
        }
        _ => super::slow::answer(words).ok_or_else(|| unknown("way to come", words))?,
    })
}

/// Where a redirect leads: to what is sound, and only at the wrong place.
fn location(client: &Published, place: DocPlace, to: &str) -> Result<String, Stop> {
    let last = match place {
        DocPlace::Keys => "/jwks.json",
        _ => "/client.json",
    };
    match to {
        "the other origin" => Ok(format!("{}{last}", client.elsewhere)),
        "a place beside" => Ok(client.jwks.replace("/jwks.json", &format!("/moved{last}"))),
        _ => Err(unknown("place", to)),
    }
}

/// What is sound, with one thing altered.
pub(super) fn altered(alter: impl Fn(&mut Response) + Send + Sync + 'static) -> HostAnswer {
    HostAnswer::Altered(Arc::new(move |mut response| {
        alter(&mut response);
        PeerAnswer::Respond(response)
    }))
}

fn fixed(status: u16, fields: &[(&str, &str)], body: &[u8]) -> HostAnswer {
    let mut all = Fields::default();
    for (name, value) in fields {
        all.push(*name, *value);
    }
    HostAnswer::Fixed(PeerAnswer::Respond(Response::new(status, all, body)))
}

/// The same response with another body.
pub(super) fn with_body(response: &Response, body: &[u8]) -> Response {
    Response::new(response.status, response.fields.clone(), body)
}

/// Some bytes in the form of gzip (RFC 1952), in one block that is stored as it is (RFC 1951 section 3.2.4).
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    let mut all = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    all.extend(length.to_le_bytes());
    all.extend((!length).to_le_bytes());
    all.extend(bytes);
    all.extend(checksum(bytes).to_le_bytes());
    all.extend(u32::from(length).to_le_bytes());
    all
}

/// The CRC-32 of RFC 1952 section 8.
fn checksum(bytes: &[u8]) -> u32 {
    let step = |sum: u32, byte: &u8| {
        (0..8).fold(sum ^ u32::from(*byte), |rest, _| match rest & 1 {
            1 => (rest >> 1) ^ 0xedb8_8320,
            _ => rest >> 1,
        })
    };
    !bytes.iter().fold(u32::MAX, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_gzip() {
        assert_eq!(checksum(b"123456789"), 0xcbf4_3926);
        assert_eq!(gzip(b"ab").len(), 25);
    }
}
