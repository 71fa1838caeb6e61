//! The faults of a token request, by the words that scenarios have for them.

use super::{
    assertion_faults, credentials,
    draft::{Draft, encode},
    parties::{Party, lacks},
};
use crate::{draft::MARK, steps::Stop, target::oauth::RegisteredClient};

/// A scope that nobody has.
pub(super) const NO_SCOPE: &str = "rutabaga";
/// A grant that nobody knows.
const NO_GRANT: &str = "urn:example:grant-type:rutabaga";
/// What provokes an answer that repeats what was sent: quotes, backslashes and letters beyond ASCII.
const AWKWARD: &str = "\"quoted\\ \u{e9}\u{2026}";

/// What faults are made from.
#[derive(Debug)]
pub(super) struct Facts {
    /// Who asks.
    pub(super) party: Party,
    /// Another client of the server.
    pub(super) other: Option<RegisteredClient>,
    /// The issuer identifier of the server.
    pub(super) issuer: String,
    /// The URL of its token endpoint.
    pub(super) token_endpoint: String,
    /// A resource that it issues tokens for: the last of the target file, since the first may be meant by
    /// who names none.
    pub(super) resource: Option<String>,
    /// A URL of the lab that nobody has to ask.
    pub(super) elsewhere: String,
    /// The time.
    pub(super) now: i64,
    /// The difference of clocks that the server allows.
    pub(super) skew: i64,
}

impl Draft {
    /// Alters the draft as the words of a scenario say.
    ///
    /// # Errors
    /// When the words mean nothing here, or the target file lacks what they need.
    pub(super) fn alter(&mut self, words: &str, facts: &Facts) -> Result<(), Stop> {
        let known = words == "no fault"
            || self.alter_request(words)
            || self.alter_place(words, facts)?
            || self.alter_scope(words, facts)?
            || self.alter_resource(words, facts)?
            || self.mark(words)
            || credentials::alter(self, words, facts)?
            || assertion_faults::alter(self, words, facts)?
            || self.alter_parameters(words)?;
        if known {
            return Ok(());
        }
        Err(Stop::Harness(format!(
            "no fault of a token request is called \"{words}\""
        )))
    }

    fn alter_request(&mut self, words: &str) -> bool {
        if let Some(method) = words.strip_prefix("the method ") {
            method.clone_into(&mut self.method);
        } else if let Some(media_type) = words.strip_prefix("the media type ") {
            self.fields.set("content-type", media_type);
        } else if words == "no media type" {
            self.fields.remove("content-type");
        } else if words == "a body of JSON" {
            self.fields.set("content-type", "application/json");
            let members = self.parameters.iter().cloned();
            let members: serde_json::Map<_, _> = members.map(|(n, v)| (n, v.into())).collect();
            self.body = Some(serde_json::Value::Object(members).to_string());
        } else {
            return false;
        }
        true
    }

    fn alter_place(&mut self, words: &str, facts: &Facts) -> Result<bool, Stop> {
        match words {
            "everything in the URI" => self.in_the_query = true,
            "everything in the URI, by GET" => {
                "GET".clone_into(&mut self.method);
                self.fields.remove("content-type");
                self.in_the_query = true;
            }
            "grant_type in the URI" => {
                let moved = self.parameters.iter().filter(|(n, _)| n == "grant_type");
                self.query = moved.cloned().collect();
                self.remove("grant_type");
            }
            "the proof of the client in the URI" => credentials::into_the_query(self, facts)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn alter_parameters(&mut self, words: &str) -> Result<bool, Stop> {
        if let Some(name) = words.strip_prefix("an empty ") {
            self.spell_out()?;
            self.set(name, "");
        } else if let Some(grant) = words.strip_prefix("the grant_type ") {
            self.set("grant_type", grant);
        } else if let Some(name) = words.strip_suffix(" twice, with different values") {
            self.spell_out()?;
            let other = format!("{}x", self.value(name)?);
            self.add(name, &other);
        } else if let Some(name) = words.strip_suffix(" twice") {
            self.spell_out()?;
            let same = self.value(name)?;
            self.add(name, &same);
        } else {
            match words {
                "a parameter that nobody knows" => self.add("rutabaga", "five thousand"),
                "a parameter that nobody knows, without a value" => self.add("rutabaga", ""),
                "a parameter that differs from grant_type in case only" => {
                    self.add("GRANT_TYPE", "password")
                }
                "its parameters in another order" => self.parameters.reverse(),
                "a percent sign in the place of a letter" => {
                    let body = encode(&self.parameters);
                    self.body = Some(body.replacen("grant_type", "%67rant%5Ftype", 1));
                }
                "a grant_type that nobody knows" => self.set("grant_type", NO_GRANT),
                "a grant_type in capitals" => {
                    let capitals = self.value("grant_type")?.to_ascii_uppercase();
                    self.set("grant_type", &capitals);
                }
                "the password of a user" => {
                    self.set("grant_type", "password");
                    self.add("username", "clerk");
                    self.add("password", "rutabaga");
                }
                _ => match words.strip_prefix("no ") {
                    Some(name) => {
                        self.spell_out()?;
                        self.remove(name);
                    }
                    None => return Ok(false),
                },
            }
        }
        Ok(true)
    }

    fn value(&self, name: &str) -> Result<String, Stop> {
        let value = self.get(name).map(str::to_owned);
        value.ok_or_else(|| Stop::NotExercised(format!("the request has no parameter {name}")))
    }

    fn alter_scope(&mut self, words: &str, facts: &Facts) -> Result<bool, Stop> {
        let own = facts.party.scopes();
        let joined = own.join(" ");
        let needed = || lacks("scopes of the client");
        let scope = match words {
            "a scope that nobody has" => NO_SCOPE.to_owned(),
            "a scope that nobody has beside its own" => format!("{joined} {NO_SCOPE}"),
            "its scopes in reverse" => {
                let reverse: Vec<&str> = own.iter().rev().map(String::as_str).collect();
                reverse.join(" ")
            }
            "its scopes in other case" => {
                let other = swapped(&joined);
                if other == joined {
                    return Err(lacks("scope with letters"));
                }
                other
            }
            "a scope with a quotation mark" => format!("{joined} \"{NO_SCOPE}\""),
            "a scope with a backslash" => format!("{joined} ruta\\baga"),
            "a scope with a letter beyond ASCII" => format!("{joined} r\u{fc}be"),
            "two spaces within its scopes" => {
                let (first, rest) = own.split_first().ok_or_else(needed)?;
                format!("{first}  {}", rest.join(" "))
            }
            "a space before its scopes" => format!(" {joined}"),
            "a tab after its scopes" => format!("{joined}\t"),
            _ => return Ok(false),
        };
        if own.is_empty() {
            return Err(needed());
        }
        self.set("scope", &scope);
        Ok(true)
    }

    fn alter_resource(&mut self, words: &str, facts: &Facts) -> Result<bool, Stop> {
        let own = || {
            let resource = facts.resource.clone();
            resource.ok_or_else(|| lacks("resources in [authorization_server]"))
        };
        let resource = match words {
            "a resource that it issues tokens for" => own()?,
            "a resource that nobody has" => "https://nobody.example/".to_owned(),
            "a resource that begins like its own" => format!("{}x", own()?),
            "a resource that is no URI at all" => "rutabaga".to_owned(),
            "a resource that is a path" => "/read-resource".to_owned(),
            "a resource with a fragment" => format!("{}#part", own()?),
            _ => return Ok(false),
        };
        self.set("resource", &resource);
        Ok(true)
    }

    fn mark(&mut self, words: &str) -> bool {
        match words {
            "a marked grant_type" => self.set("grant_type", MARK),
            "a marked scope" => self.set("scope", MARK),
            "a marked parameter and no grant_type" => {
                self.remove("grant_type");
                self.add(MARK, MARK);
            }
            "a marked client_id" => credentials::name(self, MARK),
            "a grant_type with quotes, backslashes and letters beyond ASCII" => {
                self.set("grant_type", AWKWARD)
            }
            _ => return false,
        }
        true
    }
}

/// A text with its letters in the other case.
pub(super) fn swapped(text: &str) -> String {
    let swap = |c: char| match c {
        c if c.is_ascii_lowercase() => c.to_ascii_uppercase(),
        c => c.to_ascii_lowercase(),
    };
    text.chars().map(swap).collect()
}
