//! Reads requests and responses from a stream, within bounds, and says what was wrong if it cannot.

use super::{Fields, Request, Response, message::has_content};
use std::io;
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// The longest head that is read, in bytes.
pub const MAX_HEAD: usize = 64 * 1024;
/// The longest body that is read, in bytes.
pub const MAX_BODY: usize = 1024 * 1024;
/// The most fields that a head may have.
const MAX_FIELDS: usize = 128;

/// Why no message could be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The stream ended before the first byte of a message.
    #[error("the connection was closed without an answer")]
    Closed,
    /// The stream ended within a message.
    #[error("the connection was closed in the middle of the {0}")]
    Truncated(&'static str),
    /// What came is not HTTP/1.1.
    #[error("what came is not HTTP/1.1: {0}")]
    NotHttp(String),
    /// A bound was exceeded.
    #[error("the {0} is longer than {1} bytes")]
    TooLong(&'static str, usize),
    /// The stream failed.
    #[error("the connection failed: {0}")]
    Io(String),
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        // A peer that closes TCP without closing TLS is told apart from one that resets.
        if error.kind() == io::ErrorKind::UnexpectedEof {
            Self::Closed
        } else {
            Self::Io(error.to_string())
        }
    }
}

/// A stream with the bytes that were read from it and not yet used.
#[derive(Debug)]
pub struct Wire<S> {
    stream: S,
    buffer: Vec<u8>,
}

impl<S: AsyncRead + Unpin> Wire<S> {
    /// Reads from `stream`.
    pub fn new(stream: S) -> Self {
        Self {
            stream,
            buffer: Vec::new(),
        }
    }

    /// The stream itself, to write to.
    pub fn stream(&mut self) -> &mut S {
        &mut self.stream
    }

    /// Reads one request.
    ///
    /// # Errors
    /// When the stream ends, fails, exceeds a bound or is not HTTP/1.1.
    pub async fn read_request(&mut self) -> Result<Request, ReadError> {
        let head = self.read_head().await?;
        let mut slots = [httparse::EMPTY_HEADER; MAX_FIELDS];
        let mut parsed = httparse::Request::new(&mut slots);
        parsed
            .parse(&head)
            .map_err(|e| ReadError::NotHttp(e.to_string()))?;
        let fields = collect(parsed.headers);
        let method = parsed.method.unwrap_or_default().to_owned();
        let target = parsed.path.unwrap_or_default().to_owned();
        let body = match framing(&fields)? {
            Framing::Chunked => self.read_chunks().await?,
            Framing::Length(n) => self.read_exactly(n).await?,
            Framing::Unstated => Vec::new(),
        };
        Ok(Request {
            method,
            target,
            fields,
            body,
        })
    }

    /// Reads one final response to a request of that method, passing over interim ones.
    ///
    /// # Errors
    /// When the stream ends, fails, exceeds a bound or is not HTTP/1.1.
    pub async fn read_response(&mut self, method: &str) -> Result<Response, ReadError> {
        loop {
            let head = self.read_head().await?;
            let mut slots = [httparse::EMPTY_HEADER; MAX_FIELDS];
            let mut parsed = httparse::Response::new(&mut slots);
            parsed
                .parse(&head)
                .map_err(|e| ReadError::NotHttp(e.to_string()))?;
            let status = parsed.code.unwrap_or_default();
            if status < 200 {
                continue;
            }
            let fields = collect(parsed.headers);
            let body = if method == "HEAD" || !has_content(status) {
                Vec::new()
            } else {
                match framing(&fields)? {
                    Framing::Chunked => self.read_chunks().await?,
                    Framing::Length(n) => self.read_exactly(n).await?,
                    Framing::Unstated => self.read_to_end().await?,
                }
            };
            return Ok(Response {
                status,
                fields,
                body,
            });
        }
    }

    async fn read_head(&mut self) -> Result<Vec<u8>, ReadError> {
        loop {
            let end = find(&self.buffer, b"\r\n\r\n");
            // The bound is the same however much arrived at once.
            if let Some(end) = end.filter(|end| end + 4 <= MAX_HEAD) {
                return Ok(self.buffer.drain(..end + 4).collect());
            }
            if end.is_some() || self.buffer.len() > MAX_HEAD {
                return Err(ReadError::TooLong("head", MAX_HEAD));
            }
            if self.fill().await? == 0 {
                return Err(if self.buffer.is_empty() {
                    ReadError::Closed
                } else if self.buffer.starts_with(b"HTTP/")
                    || find(&self.buffer, b" HTTP/").is_some()
                {
                    ReadError::Truncated("head")
                } else {
                    ReadError::NotHttp("no head of a message".to_owned())
                });
            }
        }
    }

    async fn read_exactly(&mut self, length: usize) -> Result<Vec<u8>, ReadError> {
        if length > MAX_BODY {
            return Err(ReadError::TooLong("body", MAX_BODY));
        }
        while self.buffer.len() < length {
            if self.fill().await? == 0 {
                return Err(ReadError::Truncated("body"));
            }
        }
        Ok(self.buffer.drain(..length).collect())
    }

    async fn read_to_end(&mut self) -> Result<Vec<u8>, ReadError> {
        while self.fill().await? > 0 {
            if self.buffer.len() > MAX_BODY {
                return Err(ReadError::TooLong("body", MAX_BODY));
            }
        }
        Ok(std::mem::take(&mut self.buffer))
    }

    async fn read_chunks(&mut self) -> Result<Vec<u8>, ReadError> {
        let mut body = Vec::new();
        loop {
            let line = self.read_line().await?;
            let size = line.split(|b| *b == b';').next().unwrap_or_default();
            let size = std::str::from_utf8(size)
                .ok()
                .and_then(|text| number(text.trim(), 16))
                .ok_or_else(|| ReadError::NotHttp("a chunk without a size".to_owned()))?;
            if body.len().saturating_add(size) > MAX_BODY {
                return Err(ReadError::TooLong("body", MAX_BODY));
            }
            if size == 0 {
                while !self.read_line().await?.is_empty() {}
                return Ok(body);
            }
            body.extend(self.read_exactly(size).await?);
            if !self.read_line().await?.is_empty() {
                return Err(ReadError::NotHttp(
                    "a chunk longer than its size".to_owned(),
                ));
            }
        }
    }

    async fn read_line(&mut self) -> Result<Vec<u8>, ReadError> {
        loop {
            let end = find(&self.buffer, b"\r\n");
            if let Some(end) = end.filter(|end| end + 2 <= MAX_HEAD) {
                let line = self.buffer.drain(..end + 2).take(end).collect();
                return Ok(line);
            }
            if end.is_some() || self.buffer.len() > MAX_HEAD {
                return Err(ReadError::TooLong("line", MAX_HEAD));
            }
            if self.fill().await? == 0 {
                return Err(ReadError::Truncated("body"));
            }
        }
    }

    async fn fill(&mut self) -> Result<usize, ReadError> {
        let mut chunk = [0; 8 * 1024];
        let read = match self.stream.read(&mut chunk).await {
            Ok(read) => read,
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => 0,
            Err(e) => return Err(e.into()),
        };
        self.buffer
            .extend_from_slice(chunk.get(..read).unwrap_or_default());
        Ok(read)
    }
}

enum Framing {
    Chunked,
    Length(usize),
    Unstated,
}

fn framing(fields: &Fields) -> Result<Framing, ReadError> {
    if fields.lists("transfer-encoding", "chunked") {
        return Ok(Framing::Chunked);
    }
    let mut lengths = fields.all("content-length");
    let Some(first) = lengths.next() else {
        return Ok(Framing::Unstated);
    };
    if lengths.any(|other| other != first) {
        return Err(ReadError::NotHttp("two lengths that differ".to_owned()));
    }
    number(first, 10)
        .map(Framing::Length)
        .ok_or_else(|| ReadError::NotHttp("a length that is not a number".to_owned()))
}

/// A number of digits only: HTTP has no sign, which Rust would take.
fn number(text: &str, radix: u32) -> Option<usize> {
    let digits = text.chars().all(|c| c.is_digit(radix));
    usize::from_str_radix(text, radix).ok().filter(|_| digits)
}

fn collect(headers: &[httparse::Header<'_>]) -> Fields {
    let mut fields = Fields::default();
    for header in headers {
        fields.push(header.name, String::from_utf8_lossy(header.value));
    }
    fields
}

fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes.windows(needle.len()).position(|w| w == needle)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn run<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap()
            .block_on(future)
    }

    fn response(bytes: &[u8]) -> Result<Response, ReadError> {
        run(Wire::new(bytes).read_response("GET"))
    }

    #[test]
    fn reads_chunks_and_lengths_and_until_close() {
        for wire in [
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1;x=y\r\nd\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd",
            "HTTP/1.1 200 OK\r\n\r\nabcd",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd",
        ] {
            assert_eq!(response(wire.as_bytes()).unwrap().body, b"abcd", "{wire}");
        }
    }

    #[test]
    fn says_what_was_wrong() {
        assert_eq!(response(b""), Err(ReadError::Closed));
        assert_eq!(response(b"HTTP/1.1 20"), Err(ReadError::Truncated("head")));
        assert!(matches!(
            response(b"\x15\x03\x01"),
            Err(ReadError::NotHttp(_))
        ));
        let lies = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabcd";
        assert_eq!(response(lies), Err(ReadError::Truncated("body")));
        let twice = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab";
        assert!(matches!(response(twice), Err(ReadError::NotHttp(_))));
        let huge = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n";
        assert_eq!(response(huge), Err(ReadError::TooLong("body", MAX_BODY)));
        let endless = "HTTP/1.1 200 OK\r\n".to_owned() + &"x: y\r\n".repeat(20_000);
        assert_eq!(
            response(endless.as_bytes()),
            Err(ReadError::TooLong("head", MAX_HEAD))
        );
    }

    #[test]
    fn a_head_just_beyond_the_bound_is_refused_however_it_arrives() {
        for (over, fits) in [(0, true), (1, false)] {
            let start = "HTTP/1.1 204 No Content\r\nx: ";
            let filler = "y".repeat(MAX_HEAD + over - start.len() - 4);
            let wire = format!("{start}{filler}\r\n\r\n");
            assert_eq!(response(wire.as_bytes()).is_ok(), fits, "{over} too many");
            let (one, other) = wire.as_bytes().split_at(5);
            let pieces = one.chain(other);
            let read = run(Wire::new(pieces).read_response("GET"));
            assert_eq!(read.is_ok(), fits, "{over} too many, in pieces");
        }
    }

    #[test]
    fn a_number_has_no_sign() {
        for wire in [
            "HTTP/1.1 200 OK\r\nContent-Length: +4\r\n\r\nabcd",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n+4\r\nabcd\r\n0\r\n\r\n",
        ] {
            let read = response(wire.as_bytes());
            assert!(
                matches!(read, Err(ReadError::NotHttp(_))),
                "{wire}: {read:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = response(&bytes);
            let _ = run(Wire::new(bytes.as_slice()).read_request());
        }

        #[test]
        fn arbitrary_chunks_never_panic(tail in "[0-9a-f\r\n;x]{0,80}") {
            let wire = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{tail}");
            let _ = response(wire.as_bytes());
        }
    }
}
