//! A private key in PEM (RFC 7468 section 10).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const END: &str = "-----END PRIVATE KEY-----";
/// An RSA key of 8192 bits in PEM is shorter.
const MAX_LENGTH: usize = 16 * 1024;

/// The octets between the first pair of lines that enclose a private key.
pub(super) fn private_key(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let text = Some(text).filter(|text| text.len() <= MAX_LENGTH)?;
    let (_, after) = text.split_once(BEGIN)?;
    let (lines, _) = after.split_once(END)?;
    let mut encoded = Zeroizing::new(String::with_capacity(lines.len()));
    encoded.extend(lines.chars().filter(|c| !c.is_ascii_whitespace()));
    STANDARD.decode(encoded.as_bytes()).ok().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Vec<u8>> {
        private_key(text).map(|octets| octets.to_vec())
    }

    #[test]
    fn the_octets_between_the_lines_are_read() {
        let pem = "a comment\n-----BEGIN PRIVATE KEY-----\r\nAAEC\r\nAw==\r\n-----END PRIVATE KEY-----\r\n";
        assert_eq!(read(pem), Some(vec![0, 1, 2, 3]));
    }

    #[test]
    fn nothing_else_is() {
        for text in [
            "",
            "AAECAw==",
            "-----BEGIN PRIVATE KEY-----\nAAEC\n",
            "-----BEGIN PUBLIC KEY-----\nAAEC\n-----END PUBLIC KEY-----",
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAEC\n-----END ENCRYPTED PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY-----\nA?EC\n-----END PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY-----\nAAE\n-----END PRIVATE KEY-----",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        let long = format!("{BEGIN}{}{END}", "A".repeat(MAX_LENGTH));
        assert_eq!(read(&long), None);
    }
}
