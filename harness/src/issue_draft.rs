//! A token issue before it is sent: right at first, and then altered in the one way that a scenario
//! describes in words.

use crate::{draft::Draft, lenient::Members};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use btx_spec::{Timestamp, signature};
use serde_json::Value;

/// What a token issue answers: the values of a token call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallValues {
    /// The exchange id.
    pub exchange_id: String,
    /// The issuer that it names.
    pub issuer: String,
    /// The initiator that it names.
    pub initiator: String,
    /// The key.
    pub key: [u8; 32],
}

impl CallValues {
    /// Reads them out of the body of a token call, leniently; what is wrong with it is judged elsewhere.
    #[must_use]
    pub fn read(body: &[u8]) -> Option<Self> {
        let members = Members::read(body)?;
        let text = |name| members.text(name);
        Some(Self {
            exchange_id: text("exchange_id")?,
            issuer: text("issuer")?,
            initiator: text("initiator")?,
            key: STANDARD.decode(text("hmac_key")?).ok()?.try_into().ok()?,
        })
    }
}

/// A token issue before it is sent.
#[derive(Debug, Clone)]
pub struct IssueDraft {
    values: CallValues,
    /// The token.
    pub token: String,
    expires_at: String,
    /// The members as JSON text where they are not what the values say; `None` leaves one out.
    altered: Vec<(&'static str, Option<String>)>,
    extra: Option<(String, String)>,
    signed: Signed,
}

/// How the signature is made.
#[derive(Debug, Clone)]
enum Signed {
    /// As it should be, over what the message says.
    Right,
    /// By another key.
    OtherKey,
    /// By the text of the key.
    KeyText,
    /// Over other bytes than it should be.
    Over(fn(&str) -> String),
}

impl IssueDraft {
    /// A token issue without fault for that call, with that token, good for an hour.
    #[must_use]
    pub fn right(values: CallValues, token: String, now: i64) -> Self {
        Self {
            values,
            token,
            expires_at: Timestamp::from_unix(now + 3600).to_string(),
            altered: Vec::new(),
            extra: None,
            signed: Signed::Right,
        }
    }

    /// The same for another call or another party, signed as it says.
    #[must_use]
    pub fn naming(mut self, issuer: &str) -> Self {
        issuer.clone_into(&mut self.values.issuer);
        self
    }

    /// Lets it expire that many seconds from `now`.
    pub fn expire_in(&mut self, now: i64, seconds: i64) {
        self.expires_at = Timestamp::from_unix(now + seconds).to_string();
    }

    /// Alters it as the words of a scenario say.
    ///
    /// # Errors
    /// The words that mean nothing here.
    pub fn alter(&mut self, words: &str, now: i64, skew: i64) -> Result<(), String> {
        if self.alter_values(words, now, skew)
            || self.alter_form(words)
            || self.alter_signature(words)
        {
            Ok(())
        } else {
            Err(words.to_owned())
        }
    }

    fn alter_values(&mut self, words: &str, now: i64, skew: i64) -> bool {
        match words {
            "a token of 4096 characters" => self.token = self.token_of(4096),
            "a token of 4097 characters" => self.token = self.token_of(4097),
            "a token of 19 characters" => self.token = self.token_of(19),
            "members that nobody knows, of 16384 bytes in all" => {
                let bytes = self.message().bytes().len() + ",\"padding\":\"\"".len();
                let filler = "x".repeat(16_384_usize.saturating_sub(bytes));
                self.extra = Some(("padding".to_owned(), json(&filler)));
            }
            "another exchange_id" => {
                "0b9e3c1a-7d52-4f68-8a91-c3d4e5f60718".clone_into(&mut self.values.exchange_id);
            }
            "another issuer, signed so" => {
                "https://another.example".clone_into(&mut self.values.issuer);
            }
            "another initiator, signed so" => {
                "https://another.example".clone_into(&mut self.values.initiator);
            }
            "the issuer with a slash at its end, signed so" => self.values.issuer.push('/'),
            "the issuer with its scheme in capitals, signed so" => {
                self.values.issuer = self.values.issuer.replacen("https:", "HTTPS:", 1);
            }
            "the initiator with a slash at its end, signed so" => self.values.initiator.push('/'),
            "the parties changed about, signed so" => {
                std::mem::swap(&mut self.values.issuer, &mut self.values.initiator);
            }
            "an expires_at of an hour ago" => self.expire_in(now, -3600),
            "an expires_at just beyond the clock skew" => self.expire_in(now, -skew - 2),
            "an expires_at within the clock skew" => self.expire_in(now, -skew / 2),
            "an expires_at in 2 seconds" => self.expire_in(now, 2),
            _ => return false,
        }
        true
    }

    fn alter_form(&mut self, words: &str) -> bool {
        self.alter_text(words) || self.alter_members(words)
    }

    /// What is not of its form is signed as it is sent: whoever looks at the signature only takes it.
    fn alter_text(&mut self, words: &str) -> bool {
        let (token, expires_at) = (self.token.clone(), self.expires_at.clone());
        match words {
            "an empty token" => self.token = String::new(),
            "a token with a carriage return" => self.token = format!("{token}\r"),
            "a token with a line feed at its end" => self.token = format!("{token}\n"),
            "a token with a NUL" => self.token = format!("{token}\0"),
            "a token with an equals sign inside" => self.token = format!("{token}={token}"),
            "a token with a line break and a field" => {
                self.token = format!("{token}\r\nX-Injected: yes");
            }
            "a token with a space" => self.token = format!("{token} {token}"),
            "a token with a comma" => self.token = format!("{token},{token}"),
            "a token with a letter that is not ASCII" => self.token = format!("{token}é"),
            "an expires_at without its Z" => {
                self.expires_at = expires_at.trim_end_matches('Z').to_owned();
            }
            "an expires_at with a line feed at its end" => {
                self.expires_at = format!("{expires_at}\n");
            }
            "an expires_at with a space for its T" => {
                self.expires_at = expires_at.replace('T', " ");
            }
            "an expires_at with an offset" => {
                self.expires_at = expires_at.replace('Z', "+00:00");
            }
            "an expires_at with a fraction" => {
                self.expires_at = expires_at.replace('Z', ".000Z");
            }
            "an expires_at in small letters" => {
                self.expires_at = expires_at.to_ascii_lowercase();
            }
            "an expires_at on the 30th of February" => {
                "2030-02-30T00:00:00Z".clone_into(&mut self.expires_at);
            }
            _ => return false,
        }
        true
    }

    fn alter_members(&mut self, words: &str) -> bool {
        let text = |value: String| Some(json(&value));
        let id = self.values.exchange_id.clone();
        let (member, value) = match words {
            "exchange_id in capitals, signed as stored" => {
                ("exchange_id", text(id.to_ascii_uppercase()))
            }
            "exchange_id in braces, signed as stored" => ("exchange_id", text(format!("{{{id}}}"))),
            "exchange_id without hyphens, signed as stored" => {
                ("exchange_id", text(id.replace('-', "")))
            }
            "another issuer, signed as stored" => {
                ("issuer", text("https://another.example".to_owned()))
            }
            "another initiator, signed as stored" => {
                ("initiator", text("https://another.example".to_owned()))
            }
            "the issuer with a slash at its end, signed as stored" => {
                ("issuer", text(format!("{}/", self.values.issuer)))
            }
            "the initiator with its scheme in capitals, signed as stored" => (
                "initiator",
                text(self.values.initiator.replacen("https:", "HTTPS:", 1)),
            ),
            "an expires_at as a number" => ("expires_at", Some("1893456000".to_owned())),
            "a signature that is empty" => ("signature", text(String::new())),
            "a signature in hexadecimal" => {
                let hex = self.mac().iter().map(|b| format!("{b:02x}")).collect();
                ("signature", text(hex))
            }
            "a signature in base64url" => ("signature", text(URL_SAFE_NO_PAD.encode(self.mac()))),
            "a signature with stray bits at its end" => {
                let right = STANDARD.encode(self.mac());
                ("signature", text(crate::draft::with_stray_bits(&right)))
            }
            "a signature of 33 bytes" => {
                let mut mac = self.mac();
                mac.push(0);
                ("signature", text(STANDARD.encode(mac)))
            }
            "a signature of 31 bytes" => {
                let mac = self.mac();
                let short = mac.split_last().map_or(&[][..], |(_, rest)| rest);
                ("signature", text(STANDARD.encode(short)))
            }
            "no signature" => ("signature", None),
            "no expires_at" => ("expires_at", None),
            "no bearer_token" => ("bearer_token", None),
            "bearer_token twice" => {
                self.extra = Some(("bearer_token".to_owned(), json(&self.token_of(40))));
                return true;
            }
            _ => return false,
        };
        self.altered.push((member, value));
        true
    }

    fn alter_signature(&mut self, words: &str) -> bool {
        self.signed = match words {
            "a signature by another key" => Signed::OtherKey,
            "a signature by the key's text, not its bytes" => Signed::KeyText,
            "a signature over the token only" => Signed::Over(|input| last_line(input).to_owned()),
            "a signature over the token without its last character" => Signed::Over(|input| {
                let mut shorter = input.to_owned();
                shorter.pop();
                shorter
            }),
            "a signature over an expiry an hour later" => Signed::Over(|input| {
                let mut lines: Vec<String> = input.lines().map(str::to_owned).collect();
                if let Some(expiry) = lines.get_mut(4) {
                    let later = Timestamp::parse(expiry).map_or(0, |t| t.unix() + 3600);
                    *expiry = Timestamp::from_unix(later).to_string();
                }
                lines.join("\n")
            }),
            "a signature over another label" => {
                Signed::Over(|input| input.replacen("BTX-1 token-issue", "BTX-1 token-call", 1))
            }
            "a signature over lines that end with CR LF" => {
                Signed::Over(|input| input.replace('\n', "\r\n"))
            }
            "a signature with a line feed at the end of what is signed" => {
                Signed::Over(|input| format!("{input}\n"))
            }
            "a signature whose last byte is another" => {
                let mut mac = self.mac();
                if let Some(last) = mac.last_mut() {
                    *last ^= 1;
                }
                self.altered
                    .push(("signature", Some(json(&STANDARD.encode(mac)))));
                return true;
            }
            "a signature without a key" => {
                self.altered.push((
                    "signature",
                    Some(json(&STANDARD.encode(hmac(&[], &self.input())))),
                ));
                return true;
            }
            "a signature without its padding" => {
                let mac = STANDARD.encode(self.mac());
                let mac = mac.trim_end_matches('=');
                self.altered.push(("signature", Some(json(mac))));
                return true;
            }
            "a signature with a line feed at its end" => {
                let mac = format!("{}\n", STANDARD.encode(self.mac()));
                self.altered.push(("signature", Some(json(&mac))));
                return true;
            }
            "a signature of zeros" => {
                self.altered
                    .push(("signature", Some(json(&STANDARD.encode([0; 32])))));
                return true;
            }
            _ => return false,
        };
        true
    }

    /// The message as it is sent, to be altered further in ways that all messages share.
    #[must_use]
    pub fn message(&self) -> Draft {
        let signature = STANDARD.encode(self.mac());
        let members = [
            ("version", btx_spec::VERSION),
            ("exchange_id", &self.values.exchange_id),
            ("issuer", &self.values.issuer),
            ("initiator", &self.values.initiator),
            ("bearer_token", &self.token),
            ("expires_at", &self.expires_at),
            ("signature", &signature),
        ];
        let members = members.iter().filter_map(|(name, value)| {
            let altered = self.altered.iter().rev().find(|(n, _)| n == name);
            let value = match altered {
                Some((_, value)) => value.clone()?,
                None => json(value),
            };
            Some(((*name).to_owned(), value))
        });
        Draft::of(members.chain(self.extra.clone()).collect())
    }

    /// The key of the call, and the signature that is right for this token and this expiry, each as text in
    /// the forms in which it may be told.
    #[must_use]
    pub fn secrets(&self, call: &CallValues) -> Vec<String> {
        let mut right = self.clone();
        right.values = call.clone();
        right.signed = Signed::Right;
        let forms = |bytes: &[u8]| {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            let base64 = STANDARD.encode(bytes);
            let unpadded = base64.trim_end_matches('=').to_owned();
            [hex, unpadded, URL_SAFE_NO_PAD.encode(bytes)]
        };
        [forms(&call.key), forms(&right.mac())].concat()
    }

    /// What is signed.
    fn input(&self) -> String {
        [
            signature::LABEL,
            &self.values.issuer,
            &self.values.initiator,
            &self.values.exchange_id,
            &self.expires_at,
            &self.token,
        ]
        .join("\n")
    }

    /// The bytes of the signature.
    fn mac(&self) -> Vec<u8> {
        let input = self.input();
        match &self.signed {
            Signed::Right => hmac(&self.values.key, &input),
            Signed::OtherKey => hmac(&self.values.key.map(|b| b ^ 0x55), &input),
            Signed::KeyText => hmac(STANDARD.encode(self.values.key).as_bytes(), &input),
            Signed::Over(alter) => hmac(&self.values.key, &alter(&input)),
        }
    }

    fn token_of(&self, length: usize) -> String {
        self.token.chars().cycle().take(length).collect()
    }
}

fn last_line(text: &str) -> &str {
    text.rsplit('\n').next().unwrap_or_default()
}

fn json(text: &str) -> String {
    Value::from(text).to_string()
}

/// HMAC-SHA256 with any key over any text: the harness also signs what must not be signed so.
pub(crate) fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    match Hmac::<sha2::Sha256>::new_from_slice(key) {
        Ok(mut mac) => {
            mac.update(text.as_bytes());
            mac.finalize().into_bytes().to_vec()
        }
        Err(_) => Vec::new(),
    }
}
