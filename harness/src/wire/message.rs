//! Requests and responses, and the bytes that they are on the wire.

use super::Fields;

/// A request as it was sent or received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method, as on the wire.
    pub method: String,
    /// The request target, as on the wire.
    pub target: String,
    /// The fields.
    pub fields: Fields,
    /// The body, with chunks joined.
    pub body: Vec<u8>,
}

/// A response as it was sent or received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code, 100 to 999.
    pub status: u16,
    /// The fields.
    pub fields: Fields,
    /// The body, with chunks joined; empty where the status or the method allows none.
    pub body: Vec<u8>,
}

impl Request {
    /// The head of the request: request line, fields and the empty line.
    #[must_use]
    pub fn head(&self) -> Vec<u8> {
        head(
            &format!("{} {} HTTP/1.1", self.method, self.target),
            &self.fields,
        )
    }
}

impl Response {
    /// A response of that status, with `Content-Length` where the status has content.
    #[must_use]
    pub fn new(status: u16, mut fields: Fields, body: &[u8]) -> Self {
        if has_content(status) {
            fields.set("content-length", body.len().to_string());
        }
        Self {
            status,
            fields,
            body: body.to_vec(),
        }
    }

    /// The whole response as bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.head();
        bytes.extend_from_slice(&self.body);
        bytes
    }

    /// The head of the response: status line, fields and the empty line.
    #[must_use]
    pub fn head(&self) -> Vec<u8> {
        let line = format!("HTTP/1.1 {} {}", self.status, reason(self.status));
        head(&line, &self.fields)
    }
}

fn head(start: &str, fields: &Fields) -> Vec<u8> {
    let mut text = format!("{start}\r\n");
    for (name, value) in fields.iter() {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    text.into_bytes()
}

/// Whether a response of that status has content at all (RFC 9110 section 6.4.1).
#[must_use]
pub fn has_content(status: u16) -> bool {
    !(status < 200 || status == 204 || status == 304)
}

/// The customary words for a status, for people; empty for one that has none.
#[must_use]
pub fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        205 => "Reset Content",
        206 => "Partial Content",
        300 => "Multiple Choices",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "",
    }
}
