//! Offers a TLS version that is no longer to be spoken, by hand: no TLS library of today does it.

use std::{fmt, time::Duration};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// A version of TLS below 1.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// TLS 1.0 (RFC 2246).
    Tls10,
    /// TLS 1.1 (RFC 4346).
    Tls11,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tls10 => "TLS 1.0",
            Self::Tls11 => "TLS 1.1",
        })
    }
}

/// What a server made of the offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handshake {
    /// It answered with a ServerHello.
    GoesOn,
    /// It did not.
    Refused(String),
}

impl fmt::Display for Handshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GoesOn => f.write_str("ServerHello"),
            Self::Refused(how) => f.write_str(how),
        }
    }
}

/// How long a server may think about the offer.
const PATIENCE: Duration = Duration::from_secs(5);
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const SERVER_HELLO: u8 = 2;

/// Offers that version to a server, for that host.
pub async fn offer(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    version: Version,
    host: &str,
) -> Handshake {
    let mut head = [0; 6];
    let talk = async {
        stream.write_all(&client_hello(version, host)).await?;
        stream.read_exact(&mut head).await
    };
    match tokio::time::timeout(PATIENCE, talk).await {
        Err(_) => Handshake::Refused("no answer in 5 seconds".to_owned()),
        Ok(Err(_)) => Handshake::Refused("the end of the connection".to_owned()),
        Ok(Ok(_)) => match (head.first(), head.last()) {
            (Some(&HANDSHAKE), Some(&SERVER_HELLO)) => Handshake::GoesOn,
            (Some(&ALERT), _) => Handshake::Refused("an alert".to_owned()),
            _ => Handshake::Refused("bytes that are no handshake".to_owned()),
        },
    }
}

/// A ClientHello (RFC 4346 section 7.4.1.2) with the cipher suites that servers of that time took.
fn client_hello(version: Version, host: &str) -> Vec<u8> {
    let minor = match version {
        Version::Tls10 => 1,
        Version::Tls11 => 2,
    };
    // ECDHE-ECDSA, ECDHE-RSA and RSA, each with AES-128 and AES-256 in CBC mode.
    let suites = [
        0xc0, 0x09, 0xc0, 0x0a, 0xc0, 0x13, 0xc0, 0x14, 0x00, 0x2f, 0x00, 0x35,
    ];
    let mut hello = vec![3, minor];
    // The random value proves nothing here: the handshake is never completed.
    hello.extend_from_slice(&[0x5a; 32]);
    hello.push(0);
    hello.extend(with_length(&suites, 2));
    hello.extend_from_slice(&[1, 0]);
    hello.extend(with_length(&extensions(host), 2));
    let mut message = vec![1];
    message.extend(with_length(&hello, 3));
    let mut record = vec![HANDSHAKE, 3, 1];
    record.extend(with_length(&message, 2));
    record
}

fn extensions(host: &str) -> Vec<u8> {
    let mut extensions = Vec::new();
    let mut add = |kind: u8, content: Vec<u8>| {
        extensions.extend_from_slice(&[0, kind]);
        extensions.extend(with_length(&content, 2));
    };
    // An address is no server name (RFC 6066 section 3).
    if host.parse::<std::net::IpAddr>().is_err() && !host.starts_with('[') {
        let mut entry = vec![0];
        entry.extend(with_length(host.as_bytes(), 2));
        add(0, with_length(&entry, 2));
    }
    // The groups secp256r1, secp384r1 and x25519, and uncompressed points.
    add(10, with_length(&[0x00, 0x17, 0x00, 0x18, 0x00, 0x1d], 2));
    add(11, with_length(&[0], 1));
    extensions
}

/// Bytes behind their length in that many bytes.
fn with_length(bytes: &[u8], width: usize) -> Vec<u8> {
    let length = bytes.len().to_be_bytes();
    let mut all: Vec<u8> = length.iter().skip(length.len() - width).copied().collect();
    all.extend_from_slice(bytes);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_right() {
        let hello = client_hello(Version::Tls11, "farm.example");
        let record = usize::from(u16::from_be_bytes([hello[3], hello[4]]));
        assert_eq!(hello.len(), 5 + record);
        let message = u32::from_be_bytes([0, hello[6], hello[7], hello[8]]) as usize;
        assert_eq!(record, 4 + message);
        assert_eq!(hello[9..11], [3, 2]);
    }
}
