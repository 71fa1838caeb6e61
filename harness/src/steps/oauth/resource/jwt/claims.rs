//! Faults of the claims, by the words that scenarios have for them.

use super::{Facts, Jwt, Shown};
use serde_json::{Value, json};

/// The audience of a token that is for somebody else.
const ELSEWHERE: &str = "https://another-resource.example";
/// Well beyond the allowed difference of clocks, in seconds.
const BEYOND: i64 = 30;
const YEAR: i64 = 365 * 24 * 3600;

impl Jwt {
    pub(super) fn alter_claims(&mut self, words: &str, facts: &Facts) -> bool {
        let altered = issuer(words, facts).map(|value| ("iss", value));
        let altered = altered.or_else(|| Some(("aud", audience(words, facts)?)));
        let altered = altered.or_else(|| Some(("exp", expiry(words, facts)?)));
        let altered = altered.or_else(|| Some(("nbf", beginning(words, facts)?)));
        let altered = altered.or_else(|| Some(("scope", scope(words, facts)?)));
        if let Some((claim, value)) = altered {
            self.claims.set(claim, value);
            return true;
        }
        if let Some(claim) = words.strip_prefix("no claim ") {
            self.claims.remove(claim);
            return true;
        }
        self.pretend(words, facts)
            || self.alter_harmlessly(words, facts)
            || self.repeat(words, facts)
    }

    /// The name of another, to the last letter.
    fn pretend(&mut self, words: &str, facts: &Facts) -> bool {
        let (Some(issuer), Some(key_id)) = (&facts.other_issuer, &facts.other_key_id) else {
            return false;
        };
        if words != "the name and the key id of the other issuer" {
            return false;
        }
        self.claims.set("iss", json!(issuer));
        self.header.set("kid", json!(key_id));
        true
    }

    /// What is no fault at all.
    fn alter_harmlessly(&mut self, words: &str, facts: &Facts) -> bool {
        match words {
            "claims that nobody knows" => {
                self.claims.push("btx_weather", json!({"rain": true}));
                self.claims.push("https://btx.example/colour", json!(null));
            }
            "an audience that is an array with the resource and another" => {
                self.claims.set("aud", json!([ELSEWHERE, facts.resource]));
            }
            "an audience that is an array with the resource alone" => {
                self.claims.set("aud", json!([facts.resource]));
            }
            "an nbf that has passed" => self.claims.push("nbf", json!(facts.now - 5)),
            "an exp with a fraction" => {
                let exp = format!("{}.5", facts.now + 60);
                self.claims
                    .set("exp", serde_json::from_str(&exp).unwrap_or_default());
            }
            _ => return false,
        }
        true
    }

    /// Members of one name, the second of which is the right one, or the first.
    fn repeat(&mut self, words: &str, facts: &Facts) -> bool {
        let (other_aud, past) = (json!(ELSEWHERE), json!(facts.now - YEAR));
        match words {
            "two claims aud, the second of another resource" => self.claims.push("aud", other_aud),
            "two claims aud, the first of another resource" => {
                self.claims.precede("aud", other_aud)
            }
            "two claims exp, the second of which has passed" => self.claims.push("exp", past),
            "two claims exp, the first of which has passed" => self.claims.precede("exp", past),
            "two claims sub" => self.claims.push("sub", json!("somebody-else")),
            "two header parameters typ" => self.header.precede("typ", json!("JWT")),
            "two header parameters alg" => self.header.precede("alg", json!("none")),
            "other claims than were signed" => {
                self.shown = Shown::WithClaim("sub", json!("somebody-else"));
            }
            "a later exp than was signed" => {
                self.shown = Shown::WithClaim("exp", json!(facts.now + YEAR));
            }
            _ => return false,
        }
        true
    }
}

fn issuer(words: &str, facts: &Facts) -> Option<Value> {
    Some(match words {
        "an issuer that nobody knows" => json!("https://unknown-issuer.example"),
        "an issuer with a slash more" => json!(format!("{}/", facts.issuer)),
        "an issuer with its letters in capitals" => json!(facts.issuer.to_ascii_uppercase()),
        "an issuer that is a number" => json!(7),
        "an issuer that is an array" => json!([facts.issuer]),
        "the name of the other issuer" => json!(facts.other_issuer.as_ref()?),
        _ => return None,
    })
}

fn audience(words: &str, facts: &Facts) -> Option<Value> {
    let shorter: String = {
        let length = facts.resource.chars().count();
        facts
            .resource
            .chars()
            .take(length.saturating_sub(1))
            .collect()
    };
    Some(match words {
        "the audience of another resource" => json!(ELSEWHERE),
        "an audience with a letter less" => json!(shorter),
        "an audience with a letter more" => json!(format!("{}x", facts.resource)),
        "an audience with more of a path" => json!(format!("{}/inner", facts.resource)),
        "an audience that is an array of others" => json!([ELSEWHERE, "https://third.example"]),
        "an audience that is an empty array" => json!([]),
        "an audience that is empty" => json!(""),
        "an audience that is a number" => json!(7),
        "an audience that is null" => Value::Null,
        "an audience that is an object" => json!({ facts.resource.as_str(): true }),
        "an audience that is its issuer" => json!(facts.issuer),
        _ => return None,
    })
}

fn expiry(words: &str, facts: &Facts) -> Option<Value> {
    Some(match words {
        "an exp that has just passed" => json!(facts.now - facts.skew - BEYOND),
        "an exp of a year ago" => json!(facts.now - YEAR),
        "an exp of 1970" => json!(0),
        "an exp before 1970" => json!(-1),
        "an exp of a year ago, as text" => json!((facts.now - YEAR).to_string()),
        "an exp that is null" => Value::Null,
        _ => return None,
    })
}

fn beginning(words: &str, facts: &Facts) -> Option<Value> {
    Some(match words {
        "an nbf that lies ahead" => json!(facts.now + facts.skew + BEYOND),
        "an nbf of next year" => json!(facts.now + YEAR),
        _ => return None,
    })
}

fn scope(words: &str, facts: &Facts) -> Option<Value> {
    Some(match words {
        "an empty scope" => json!(""),
        "the scope in capitals" => json!(facts.scope.to_ascii_uppercase()),
        "a scope with a letter more" => json!(format!("{}x", facts.scope)),
        "a scope with a letter less" => {
            let length = facts.scope.chars().count().saturating_sub(1);
            json!(facts.scope.chars().take(length).collect::<String>())
        }
        "a scope that is an object" => json!({ facts.scope.as_str(): true }),
        _ => return None,
    })
}
