//! The faults, by the words that scenarios have for them.

use super::{ANOTHER_RECEIVER, Draft, Framing, MARK, Values, json, values};
use crate::wire::Fields;

impl Draft {
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
                let other = ANOTHER_RECEIVER;
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
            "an unknown member with a name twice inside" => {
                format!("{{{inner},\"note\":{{\"a\":1,\"a\":2}}}}").into_bytes()
            }
            "an unknown member that is a number of 5000 digits" => {
                format!("{{{inner},\"note\":{}}}", "9".repeat(5000)).into_bytes()
            }
            "a body in small pieces" => {
                self.framing = Framing::Pieces;
                object.into_bytes()
            }
            "a body in chunks" => {
                self.framing = Framing::Chunks;
                object.into_bytes()
            }
            "65537 bytes of announced length" => self.padded(65_537),
            "1000000 bytes of announced length" => self.padded(1_000_000),
            "65537 bytes in chunks of unannounced length" => {
                self.framing = Framing::Chunks;
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
                    self.add(name, json(ANOTHER_RECEIVER));
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
        match words {
            "another issuer's identifier" => self.replace("issuer", "https://another.example"),
            "the initiator's own identifier as the issuer" => {
                self.replace("issuer", &values.initiator)
            }
            "the identifier of a party that is not registered" => {
                self.replace("initiator", "https://stranger.example")
            }
            _ => {
                for (member, own) in [("issuer", &values.issuer), ("initiator", &values.initiator)]
                {
                    let fault = words.strip_prefix(&format!("the {member}'s identifier "));
                    if let Some(value) =
                        fault.and_then(|fault| values::faulty_identifier(fault, own))
                    {
                        return self.replace(member, &value);
                    }
                }
                false
            }
        }
    }

    fn alter_exchange_id(&mut self, words: &str, id: &str) -> bool {
        let fault = words.strip_prefix("an exchange_id ");
        match fault.and_then(|fault| values::faulty_exchange_id(fault, id)) {
            Some(value) => self.replace("exchange_id", &value),
            None => false,
        }
    }

    fn alter_key(&mut self, words: &str, key: &[u8; 32]) -> bool {
        let fault = words.strip_prefix("an hmac_key ");
        match fault.and_then(|fault| values::faulty_key(fault, key)) {
            Some(value) => self.replace("hmac_key", &value),
            None => false,
        }
    }

    fn replace(&mut self, member: &str, value: &str) -> bool {
        self.set(member, json(value));
        true
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
