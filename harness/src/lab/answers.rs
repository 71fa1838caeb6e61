//! What a peer does when a token issue arrives, and the words for it in a scenario.

use crate::wire::{Fields, Response};

/// What a peer does when a token issue arrives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeerAnswer {
    /// It sends this response.
    Respond(Response),
    /// It waits until the scenario says what to send.
    Hold,
    /// It reads the request, and closes the connection.
    Close,
    /// It reads the request, and resets the connection.
    Reset,
    /// It reads the request, and never says anything.
    Silence,
    /// It sends these bytes, which are a whole answer.
    Bytes(Vec<u8>),
    /// It sends these bytes and closes the connection.
    Raw(Vec<u8>),
    /// It sends these bytes one at a time, with a pause after each, as long as it is let.
    Trickle(Vec<u8>),
    /// It sends the first bytes, and then the others over and over, as long as it is let.
    Endless(Vec<u8>, Vec<u8>),
}

/// A mark in what a peer answers, to see whether it comes back somewhere.
pub const MARK: &str = "MARK-7f3a9c";

/// A cookie that a client with a memory for cookies brings along everywhere.
pub const COOKIE: &str = "session=1; Path=/; Secure";

impl PeerAnswer {
    /// The one answer that accepts a token.
    #[must_use]
    pub fn accept() -> Self {
        Self::status(204)
    }

    /// A response of that status with no content to speak of.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::Respond(Response::new(status, Fields::default(), b""))
    }

    /// The answer that a scenario describes in words; `beside` is a URL in the peer's own origin
    /// and `elsewhere` one in another, for redirects.
    #[must_use]
    pub fn from_words(words: &str, beside: &str, elsewhere: &str) -> Option<Self> {
        if let Ok(status) = words.parse() {
            return Some(Self::status(status));
        }
        if let Some(rest) = words.strip_prefix("a redirect ") {
            let (status, place) = rest.split_once(" to ")?;
            let location = match place {
                "another origin" => elsewhere,
                "a path beside" => beside,
                _ => return None,
            };
            let fields = Fields::from([("location", location)]);
            return Some(Self::Respond(Response::new(
                status.parse().ok()?,
                fields,
                b"",
            )));
        }
        Some(match words {
            "200 and a page that says \"ok\"" => Self::Respond(Response::new(
                200,
                Fields::from([("content-type", "text/html")]),
                b"<!doctype html><p>ok</p>",
            )),
            "a 503 that sets a cookie" => {
                let fields = Fields::from([("set-cookie", COOKIE)]);
                Self::Respond(Response::new(503, fields, b""))
            }
            "404 and a marked body" => Self::Respond(Response::new(
                404,
                Fields::from([
                    ("content-type", "application/problem+json"),
                    ("x-reason", MARK),
                ]),
                format!("{{\"type\":\"urn:btx:problem:unknown-exchange\",\"detail\":\"{MARK}\"}}")
                    .as_bytes(),
            )),
            "a 103 and then 204" => Self::Bytes(
                b"HTTP/1.1 103 Early Hints\r\nlink: </>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"
                    .to_vec(),
            ),
            "a 103 and then 502" => Self::Bytes(
                b"HTTP/1.1 103 Early Hints\r\nlink: </>\r\n\r\nHTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n"
                    .to_vec(),
            ),
            "half a head of a 204" => Self::Raw(b"HTTP/1.1 204 No Content\r\ncache-con".to_vec()),
            "a 204 of HTTP/1.0" => Self::Raw(b"HTTP/1.0 204 No Content\r\n\r\n".to_vec()),
            "a 204 with a media type" => Self::Respond(Response::new(
                204,
                Fields::from([("content-type", "application/json")]),
                b"",
            )),
            "nothing, ever" => Self::Silence,
            "nothing, the connection closed" => Self::Close,
            "nothing, the connection reset" => Self::Reset,
            "half a status line" => Self::Raw(b"HTTP/1.1 2".to_vec()),
            "bytes that are not HTTP" => Self::Raw(b"\x00\xff204 No Content?\r\n\r\n".to_vec()),
            "one byte at a time" => Self::Trickle(slow_acceptance()),
            "a head without end" => Self::Endless(
                b"HTTP/1.1 204 No Content\r\n".to_vec(),
                b"x-filler: and so on, and so on\r\n".to_vec(),
            ),
            "a 103 over and over" => Self::Endless(
                b"HTTP/1.1 103 Early Hints\r\n\r\n".to_vec(),
                b"HTTP/1.1 103 Early Hints\r\n\r\n".to_vec(),
            ),
            "a 500 with a body without end" => Self::Endless(
                b"HTTP/1.1 500 Internal Server Error\r\ntransfer-encoding: chunked\r\n\r\n"
                    .to_vec(),
                b"8\r\nand so o\r\n".to_vec(),
            ),
            _ => return None,
        })
    }
}

/// An acceptance whose head is so long that it is never over when it comes byte by byte.
fn slow_acceptance() -> Vec<u8> {
    let mut bytes = b"HTTP/1.1 204 No Content\r\n".to_vec();
    bytes.extend_from_slice(format!("x-filler: {}\r\n\r\n", "a".repeat(4096)).as_bytes());
    bytes
}
