//! The way to other servers, as a component.

pub mod address;
mod https;
mod nameservers;
mod resolver;

use bytes::Bytes;
use futures::future::BoxFuture;
use tokio::time::Instant;
use zeroize::Zeroizing;

pub use https::{HttpsOutbound, SetupError, Trust, read_answer};
pub use resolver::Overrides;

/// The most of an answer's body that is read, in bytes: key sets are the largest that there are. What
/// follows is left alone.
pub const LARGEST_ANSWER: usize = 64 * 1024;

/// Sends one request, once, and follows nothing.
///
/// An implementation connects by TLS with the certificate checked (HT-ANY-041), never to an address that the
/// policy refuses, never through a proxy, and sends nothing again of its own accord.
pub trait Outbound: Send + Sync + 'static {
    /// Sends a POST.
    fn post(&self, request: OutboundRequest) -> BoxFuture<'_, OutboundOutcome>;

    /// Sends a GET; a body is not sent.
    fn get(&self, request: OutboundRequest) -> BoxFuture<'_, OutboundOutcome>;

    /// Why nothing is ever sent to this URL, if that can be said without looking a name up. `None`
    /// promises nothing.
    fn refuses(&self, _url: &str) -> Option<Reason> {
        None
    }
}

/// A request to another server.
#[derive(Clone)]
pub struct OutboundRequest {
    /// An https URL.
    pub url: String,
    /// Header fields in addition to `Host` and the framing of the body.
    pub headers: Vec<(&'static str, Zeroizing<String>)>,
    /// The body. Clones share the bytes.
    pub body: Bytes,
    /// When to give up, whatever has happened by then.
    pub deadline: Instant,
    /// The most of the answer's body that is read, in bytes; never more than [`LARGEST_ANSWER`].
    pub largest: usize,
}

impl OutboundRequest {
    /// A message of the protocol (HT-ANY-020, HT-ANY-021, HT-ANY-022).
    pub fn json(url: impl Into<String>, body: Bytes, deadline: Instant) -> Self {
        let json = Zeroizing::new("application/json".to_owned());
        Self {
            url: url.into(),
            headers: vec![("content-type", json)],
            body,
            deadline,
            largest: LARGEST_ANSWER,
        }
    }

    /// A request without header fields or body.
    pub fn bare(url: impl Into<String>, deadline: Instant) -> Self {
        Self {
            url: url.into(),
            headers: Vec::new(),
            body: Bytes::new(),
            deadline,
            largest: LARGEST_ANSWER,
        }
    }

    /// Adds a header field. A value that HTTP does not allow makes the request unreachable.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, Zeroizing::new(value.into())));
        self
    }

    /// Reads no more than so many bytes of the answer's body.
    #[must_use]
    pub fn at_most(mut self, largest: usize) -> Self {
        self.largest = largest;
        self
    }
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutboundOutcome {
    /// A complete head came back. The status decides; a body that is cut off, too long or too
    /// slow does not make the answer another one.
    Answered(Answer),
    /// Nothing of the request was sent: the address is refused, the name has none, or no
    /// connection with a valid certificate came about.
    Unreachable(Reason),
    /// The request may have arrived, and no complete head came back.
    NoAnswer(Reason),
}

/// Why there is no answer, in words for the log and for nothing else.
pub type Reason = String;

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// `Retry-After` in seconds, when it is there and is a number.
    pub retry_after: Option<u64>,
    /// `Location`, when it is there and is text.
    pub location: Option<String>,
    /// `WWW-Authenticate`, when it is there and is text.
    pub www_authenticate: Option<String>,
    /// `Content-Type`; several of them are one list.
    pub content_type: Option<String>,
    /// `Content-Encoding`; several of them are one list.
    pub content_encoding: Option<String>,
    /// `Cache-Control`; several of them are one list.
    pub cache_control: Option<String>,
    /// `Age`, when it is there and is text.
    pub age: Option<String>,
    /// `Authentication-Info`, as often as it is there.
    pub authentication_info: Vec<String>,
    /// `Authorization`, as often as it is there. It is a field of requests: only who has agreed to it looks here.
    pub authorization: Vec<String>,
    /// As much of the body as was read: at most as many bytes as the request allows.
    pub body: Bytes,
    /// Whether there is more of the body than was read: it was too long, too slow or broken off.
    pub cut: bool,
}
