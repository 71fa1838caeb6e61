//! A token call before it is sent: faultless at first, and then altered in the one way that a
//! scenario describes in words.

use crate::wire::Fields;
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE},
};

/// A mark in what the harness sends, to see whether it comes back in a refusal.
pub const MARK: &str = "MARK-2b8e41";

/// A token call before it is sent.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The method.
    pub method: String,
    /// The fields, besides those that every request has.
    pub fields: Fields,
    /// The members: name and value, the value as JSON text.
    pub members: Vec<(String, String)>,
    /// What is sent instead of the members, if anything.
    pub body: Option<Vec<u8>>,
    /// Whether the body is sent in chunks.
    pub chunked: bool,
}

/// The values of a faultless token call.
#[derive(Debug, Clone)]
pub struct Values {
    /// The exchange id.
    pub exchange_id: String,
    /// The key.
    pub key: [u8; 32],
    /// The issuer's identifier.
    pub issuer: String,
    /// The initiator's identifier.
    pub initiator: String,
}

impl Draft {
    /// A token call without fault.
    #[must_use]
    pub fn faultless(values: &Values) -> Self {
        let text = |value: &str| json(value);
        Self {
            method: "POST".to_owned(),
            fields: Fields::from([("content-type", "application/json")]),
            members: vec![
                ("version".to_owned(), text("BTX-1")),
                ("exchange_id".to_owned(), text(&values.exchange_id)),
                ("issuer".to_owned(), text(&values.issuer)),
                ("initiator".to_owned(), text(&values.initiator)),
                ("hmac_key".to_owned(), text(&STANDARD.encode(values.key))),
            ],
            body: None,
            chunked: false,
        }
    }

    /// The body as it is sent.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.body
            .clone()
            .unwrap_or_else(|| self.object().into_bytes())
    }

    fn object(&self) -> String {
        let members: Vec<String> = self
            .members
            .iter()
            .map(|(name, value)| format!("{}:{value}", json(name)))
            .collect();
        format!("{{{}}}", members.join(","))
    }

    /// Puts a value, as JSON text, in the place of that of a member.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        let value = value.into();
        for member in &mut self.members {
            if member.0 == name {
                member.1.clone_from(&value);
            }
        }
    }

    fn remove(&mut self, name: &str) {
        self.members.retain(|(n, _)| n != name);
    }

    fn rename(&mut self, name: &str, other: &str) {
        for member in &mut self.members {
            if member.0 == name {
                other.clone_into(&mut member.0);
            }
        }
    }

    fn add(&mut self, name: &str, value: impl Into<String>) {
        self.members.push((name.to_owned(), value.into()));
    }

    /// Appends members that nobody knows until the body has exactly that many bytes.
    pub fn pad_to(&mut self, bytes: usize) {
        self.add("padding", json(""));
        let missing = bytes.saturating_sub(self.object().len());
        self.set("padding", json(&"x".repeat(missing)));
    }

    /// Alters the draft as the words of a scenario say; several alterations are joined by
    /// ", and " or " and ".
    ///
    /// # Errors
    /// The words that mean nothing here.
    pub fn alter(&mut self, words: &str, values: &Values) -> Result<(), String> {
        // The comma first: what comes before it may be of any form, as a method is.
        if let Some((first, second)) = words.split_once(", and ") {
            self.alter(first, values)?;
            return self.alter(second, values);
        }
        if self.alter_once(words, values) {
            return Ok(());
        }
        let (first, second) = words.split_once(" and ").ok_or(words)?;
        self.alter(first, values)?;
        self.alter(second, values)
    }

    fn alter_once(&mut self, words: &str, values: &Values) -> bool {
        words == "no fault"
            || self.alter_request(words)
            || self.alter_body(words)
            || self.alter_members(words)
            || self.alter_identifiers(words, values)
            || self.alter_exchange_id(words, &values.exchange_id)
            || self.alter_key(words, &values.key)
    }

    fn alter_request(&mut self, words: &str) -> bool {
        if let Some(method) = words.strip_prefix("the method ") {
            method.clone_into(&mut self.method);
            return true;
        }
        if let Some(media_type) = words.strip_prefix("the media type ") {
            self.fields.set("content-type", media_type);
            return true;
        }
        if let Some(preference) = words.strip_prefix("the preference ") {
            self.fields.push("prefer", preference);
            return true;
        }
        match words {
            "no media type" => self.fields.remove("content-type"),
            "a marked media type" => self.fields.set("content-type", format!("text/{MARK}")),
            "a content coding that nobody decodes" => {
                self.fields.push("content-encoding", "x-rutabaga")
            }
            "a Basic authorization" => self
                .fields
                .push("authorization", "Basic c2hvcDpydXRhYmFnYQ=="),
            "a Bearer token of nobody" => self
                .fields
                .push("authorization", "Bearer nobody-ever-issued-this-token"),
            "a cookie" => self.fields.push("cookie", "session=nobody"),
            "a foreign Origin" => self.fields.push("origin", "https://page.example"),
            "the preflight request of a browser" => {
                "OPTIONS".clone_into(&mut self.method);
                self.fields = Fields::from([
                    ("origin", "https://page.example"),
                    ("access-control-request-method", "POST"),
                    ("access-control-request-headers", "content-type"),
                ]);
                self.body = Some(Vec::new());
            }
            "fields that name another receive URL" => {
                let other = "https://another.example/token-issue";
                for name in [
                    "origin",
                    "referer",
                    "x-forwarded-host",
                    "x-callback-url",
                    "reply-to",
                    "link",
                ] {
                    self.fields.push(name, other);
                }
                self.fields
                    .push("forwarded", "host=another.example;proto=https");
            }
            "asks for asynchrony" => self.fields.push("prefer", "respond-async"),
            _ => return false,
        }
        true
    }

    fn alter_body(&mut self, words: &str) -> bool {
        let object = self.object();
        let inner = object.trim_start_matches('{').trim_end_matches('}');
        let body: Vec<u8> = match words {
            "a body that is not JSON" => b"this is no JSON at all".to_vec(),
            "a marked body that is not JSON" => format!("{{\"{MARK}\" {MARK}").into_bytes(),
            "an empty body" => Vec::new(),
            "a body cut off in the middle" => object.as_bytes()[..object.len() / 2].to_vec(),
            "a comma after the last member" => format!("{{{inner},}}").into_bytes(),
            "a comment in the body" => format!("{{/* the shop's call */{inner}}}").into_bytes(),
            "single quotes in the body" => object.replace('"', "'").into_bytes(),
            "a byte order mark before the body" => format!("\u{feff}{object}").into_bytes(),
            "a second object after the body" => format!("{object}{{}}").into_bytes(),
            "an array around the body" => format!("[{object}]").into_bytes(),
            "a byte that is not UTF-8 in an unknown member" => {
                let mut bytes = format!("{{{inner},\"note\":\"").into_bytes();
                bytes.extend_from_slice(b"\xff\"}");
                bytes
            }
            "NaN in an unknown member" => format!("{{{inner},\"note\":NaN}}").into_bytes(),
            "exchange_id twice, once with an escape in its name" => {
                let other = json("0b9e3c1a-7d52-4f68-8a91-c3d4e5f60718");
                format!("{{{inner},\"exchange\\u005fid\":{other}}}").into_bytes()
            }
            "65537 bytes of announced length" => self.padded(65_537),
            "1000000 bytes of announced length" => self.padded(1_000_000),
            "65537 bytes in chunks of unannounced length" => {
                self.chunked = true;
                self.padded(65_537)
            }
            _ => return false,
        };
        self.body = Some(body);
        true
    }

    fn padded(&self, bytes: usize) -> Vec<u8> {
        let mut long = self.clone();
        long.pad_to(bytes);
        long.object().into_bytes()
    }

    fn alter_members(&mut self, words: &str) -> bool {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        match words {
            "no version" => self.remove("version"),
            "no exchange_id" => self.remove("exchange_id"),
            "no issuer" => self.remove("issuer"),
            "no initiator" => self.remove("initiator"),
            "no hmac_key" => self.remove("hmac_key"),
            "a null exchange_id" => self.set("exchange_id", "null"),
            "a null hmac_key" => self.set("hmac_key", "null"),
            "a number as exchange_id" => self.set("exchange_id", "17"),
            "an array as initiator" => self.wrap("initiator"),
            "an object as issuer" => self.set("issuer", "{}"),
            "true as hmac_key" => self.set("hmac_key", "true"),
            "exchange_id spelled Exchange_Id" => self.rename("exchange_id", "Exchange_Id"),
            "hmac_key spelled HMAC_KEY" => self.rename("hmac_key", "HMAC_KEY"),
            "exchange_id twice, with different values" => {
                self.add("exchange_id", json("0b9e3c1a-7d52-4f68-8a91-c3d4e5f60718"))
            }
            "initiator twice, with different values" => {
                self.add("initiator", json("https://another.example"))
            }
            "hmac_key twice, with the same value" => self.repeat("hmac_key"),
            "an unknown member twice" => {
                self.add("note", json("first"));
                self.add("note", json("second"));
            }
            "a marked name of a member, twice" => {
                self.add(MARK, json("first"));
                self.add(MARK, json("second"));
            }
            "an unknown member that is a string" => {
                self.add("note", json("five thousand rutabagas"))
            }
            "an unknown member that is null" => self.add("note", "null"),
            "an unknown member that differs from exchange_id in case only" => {
                self.add("EXCHANGE_ID", json("another"))
            }
            "an unknown member nested 8 levels deep" => self.add("note", nested(8)),
            "an unknown member nested 1000 levels deep" => self.add("note", nested(1000)),
            "members that name another receive URL" => {
                for name in [
                    "callback",
                    "receives",
                    "redirect_uri",
                    "token_issue_url",
                    "reply_to",
                ] {
                    self.add(name, json("https://another.example/token-issue"));
                }
            }
            "a version that nobody speaks" => self.set("version", json("BTX-0")),
            "the version of the ancestor" => self.set("version", json("CRTE-PUBLIC-DRAFT-1")),
            "a version in small letters" => self.set("version", json("btx-1")),
            "a version followed by a space" => self.set("version", json("BTX-1 ")),
            "an empty version" => self.set("version", json("")),
            "a marked value as exchange_id" => self.set("exchange_id", json(MARK)),
            "a marked value as hmac_key" => self.set("hmac_key", json(MARK)),
            "a marked value as version" => self.set("version", json(MARK)),
            "a marked value as issuer" => self.set(
                "issuer",
                json(&format!("https://{}.example", MARK.to_ascii_lowercase())),
            ),
            "a marked value as initiator" => self.set(
                "initiator",
                json(&format!("https://{}.example", MARK.to_ascii_lowercase())),
            ),
            _ => return false,
        }
        true
    }

    fn alter_identifiers(&mut self, words: &str, values: &Values) -> bool {
        let (member, own) = if words.contains("the issuer's identifier") {
            ("issuer", &values.issuer)
        } else {
            ("initiator", &values.initiator)
        };
        let value = match words {
            "another issuer's identifier" => {
                return self.replace("issuer", "https://another.example");
            }
            "the initiator's own identifier as the issuer" => {
                return self.replace("issuer", &values.initiator);
            }
            "the identifier of a party that is not registered" => {
                return self.replace("initiator", "https://stranger.example");
            }
            _ if words.ends_with("with its host in capitals") => with_host_in_capitals(own),
            _ if words.ends_with("with a slash at its end") => format!("{own}/"),
            _ if words.ends_with("with its port spelled out") => with_port_spelled_out(own),
            _ if words.ends_with("identifier followed by a space") => format!("{own} "),
            _ => return false,
        };
        self.replace(member, &value)
    }

    fn replace(&mut self, member: &str, value: &str) -> bool {
        self.set(member, json(value));
        true
    }

    fn alter_exchange_id(&mut self, words: &str, id: &str) -> bool {
        let Some(fault) = words.strip_prefix("an exchange_id ") else {
            return false;
        };
        let value = match fault {
            "in capitals" => with_a_letter(id).to_ascii_uppercase(),
            "in braces" => format!("{{{id}}}"),
            "in parentheses" => format!("({id})"),
            "without hyphens" => id.replace('-', ""),
            "as a URN" => format!("urn:uuid:{id}"),
            "of zeros" => "00000000-0000-0000-0000-000000000000".to_owned(),
            "of f's" => "ffffffff-ffff-ffff-ffff-ffffffffffff".to_owned(),
            "with a leading space" => format!(" {id}"),
            "one digit short" => id.chars().take(35).collect(),
            "that is empty" => String::new(),
            "with a line feed" => format!("{id}\n"),
            _ => return false,
        };
        self.replace("exchange_id", &value)
    }

    fn alter_key(&mut self, words: &str, key: &[u8; 32]) -> bool {
        let Some(fault) = words.strip_prefix("an hmac_key ") else {
            return false;
        };
        let value = match fault {
            "of 31 bytes" => STANDARD.encode(
                key.iter()
                    .take(31)
                    .collect::<Vec<_>>()
                    .into_iter()
                    .copied()
                    .collect::<Vec<u8>>(),
            ),
            "of 33 bytes" => STANDARD.encode([key.as_slice(), b"x"].concat()),
            "of 64 bytes" => STANDARD.encode([key.as_slice(), key.as_slice()].concat()),
            "that is empty" => String::new(),
            // 62 and 63 are the digits in which the alphabets differ.
            "in base64url" => URL_SAFE.encode(key.map(|b| b | 0xfb)),
            "without padding" => STANDARD_NO_PAD.encode(key),
            "with stray bits at its end" => with_stray_bits(key),
            "in hexadecimal" => key.iter().map(|b| format!("{b:02x}")).collect(),
            "with a line feed inside" => {
                let text = STANDARD.encode(key);
                format!("{}\n{}", &text[..22], &text[22..])
            }
            "with a space at its end" => format!("{} ", STANDARD.encode(key)),
            _ => return false,
        };
        self.replace("hmac_key", &value)
    }

    fn wrap(&mut self, name: &str) {
        for member in &mut self.members {
            if member.0 == name {
                member.1 = format!("[{}]", member.1);
            }
        }
    }

    fn repeat(&mut self, name: &str) {
        let again = self.members.iter().find(|(n, _)| n == name).cloned();
        self.members.extend(again);
    }
}

fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn with_a_letter(id: &str) -> String {
    // The last digit becomes a letter, so that capitals differ from small letters at all.
    let mut id: String = id.chars().take(35).collect();
    id.push('a');
    id
}

fn with_host_in_capitals(identifier: &str) -> String {
    let (scheme, rest) = identifier
        .split_once("://")
        .unwrap_or(("https", identifier));
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    // A host of digits has no capitals; there the scheme has to serve.
    if host.chars().any(char::is_alphabetic) {
        format!("{scheme}://{}{path}", host.to_ascii_uppercase())
    } else {
        format!("{}://{host}{path}", scheme.to_ascii_uppercase())
    }
}

fn with_port_spelled_out(identifier: &str) -> String {
    let (scheme, rest) = identifier
        .split_once("://")
        .unwrap_or(("https", identifier));
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    match host.rsplit_once(':') {
        Some((name, port)) if port.chars().all(|c| c.is_ascii_digit()) => {
            format!("{scheme}://{name}:0{port}{path}")
        }
        _ => format!("{scheme}://{host}:443{path}"),
    }
}

fn with_stray_bits(key: &[u8; 32]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let text = STANDARD.encode(key);
    let last = text.as_bytes().get(42).copied().unwrap_or(b'A');
    let index = ALPHABET.iter().position(|c| *c == last).unwrap_or(0);
    let stray = ALPHABET.get(index | 1).copied().unwrap_or(b'B');
    format!("{}{}=", &text[..42], char::from(stray))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> Values {
        Values {
            exchange_id: "6f1c2a58-0b7e-4d3a-9c41-5e8f7a2b9d10".to_owned(),
            key: [7; 32],
            issuer: "https://farm.example".to_owned(),
            initiator: "https://shop.example".to_owned(),
        }
    }

    #[test]
    fn a_draft_without_fault_is_a_token_call() {
        let bytes = Draft::faultless(&values()).bytes();
        btx_spec::TokenCall::parse(&bytes).unwrap();
    }

    #[test]
    fn padding_is_exact() {
        let mut draft = Draft::faultless(&values());
        draft.pad_to(4096);
        assert_eq!(draft.bytes().len(), 4096);
        btx_spec::TokenCall::parse(&draft.bytes()).unwrap();
    }

    #[test]
    fn a_key_with_stray_bits_is_not_canonical() {
        let mut draft = Draft::faultless(&values());
        draft
            .alter("an hmac_key with stray bits at its end", &values())
            .unwrap();
        assert!(btx_spec::TokenCall::parse(&draft.bytes()).is_err());
        assert!(draft.bytes().len() == Draft::faultless(&values()).bytes().len());
    }

    #[test]
    fn several_alterations_are_joined_by_and() {
        let mut draft = Draft::faultless(&values());
        draft
            .alter(
                "a version that nobody speaks, and an exchange_id in capitals",
                &values(),
            )
            .unwrap();
        let text = String::from_utf8(draft.bytes()).unwrap();
        assert!(text.contains("BTX-0") && text.contains("9D1A"), "{text}");
    }

    #[test]
    fn unknown_words_are_named() {
        let mut draft = Draft::faultless(&values());
        assert_eq!(
            draft.alter("a turnip", &values()),
            Err("a turnip".to_owned())
        );
    }
}
