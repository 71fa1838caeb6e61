//! Faults of the header, by the words that scenarios have for them.

use super::{Facts, Jwt, Proof, Shown};
use serde_json::json;

/// An extension that no resource understands.
const EXTENSION: &str = "https://btx.example/extension";
/// The length of a key id that no file name, no cache and no query should have to bear.
const LONG: usize = 10 * 1024;

impl Jwt {
    pub(super) fn alter_header(&mut self, words: &str, facts: &Facts) -> bool {
        if let Some(typ) = words.strip_prefix("the typ ") {
            self.header.set("typ", json!(typ));
            return true;
        }
        self.alter_type(words)
            || self.make_critical(words)
            || self.name_a_key(words, facts)
            || self.alter_key_id(words)
    }

    fn alter_type(&mut self, words: &str) -> bool {
        match words {
            "no typ" => self.header.remove("typ"),
            "an empty typ" => self.header.set("typ", json!("")),
            "a typ that is a number" => self.header.set("typ", json!(7)),
            "a typ that is an array" => self.header.set("typ", json!(["at+jwt"])),
            "header parameters that nobody knows" => self.header.push(EXTENSION, json!(true)),
            "a header parameter more than was signed" => self.shown = Shown::WithHeader("more"),
            _ => return false,
        }
        true
    }

    /// What a recipient that does not understand it has to refuse (RFC 7515 section 4.1.11).
    fn make_critical(&mut self, words: &str) -> bool {
        match words {
            "a critical extension that nobody knows" => {
                self.header.push("crit", json!([EXTENSION]));
                self.header.push(EXTENSION, json!(true));
            }
            "a critical extension that is not there" => {
                self.header.push("crit", json!([EXTENSION]));
            }
            "two critical extensions that nobody knows" => {
                let other = format!("{EXTENSION}-2");
                self.header.push("crit", json!([EXTENSION, other]));
                self.header.push(EXTENSION, json!(1));
                self.header.push(&other, json!(2));
            }
            _ => return false,
        }
        true
    }

    /// A key that the token brings along, or names by URL. It is the key of a stranger, and the signature
    /// is right for it.
    fn name_a_key(&mut self, words: &str, facts: &Facts) -> bool {
        let (name, value) = match words {
            "its own key in jwk" => ("jwk", facts.strange.clone()),
            "its own key at a URL in jku" => ("jku", json!(facts.trap)),
            "its own key at a URL in x5u" => ("x5u", json!(facts.trap)),
            "its own key in x5c" => ("x5c", json!([facts.certificate])),
            "its own key at a URL in kid" => ("kid", json!(facts.trap)),
            _ => return false,
        };
        self.header.set(name, value);
        self.proof = Proof::OfAStranger;
        true
    }

    /// A key id that leads somewhere, if it is taken for more than a name; signed by a stranger.
    fn alter_key_id(&mut self, words: &str) -> bool {
        let value = match words {
            "a kid that is a path" => json!("../../../../../../dev/null"),
            "a kid that is a query of a database" => json!("x' UNION SELECT 'AA' --"),
            "a kid that is a command" => json!("key; echo AA #"),
            "a kid of ten kilobytes" => json!("k".repeat(LONG)),
            "a kid that is a number" => json!(7),
            "a kid that is an array" => json!(["k"]),
            "a kid that nobody knows" => json!("nobody-knows-this-key"),
            _ => return false,
        };
        self.header.set("kid", value);
        // A key that is read from nowhere is often the empty one.
        self.proof = match words {
            "a kid that is a path" => Proof::Mac(Vec::new()),
            "a kid that is a query of a database" => Proof::Mac(b"AA".to_vec()),
            _ => Proof::OfAStranger,
        };
        if let Proof::Mac(_) = self.proof {
            self.header.set("alg", json!("HS256"));
        }
        true
    }
}
