//! Messages as people read them: JWTs of the shop taken apart, secrets shortened, lines of 80 columns.

use std::fmt::Write as _;

use btx_reference::outbound::{Answer, OutboundRequest};
use btx_spec::jose::SignedToken;
use btx_spec::jwt::{GRANT_TYPE_JWT, SERVICE_TYPE};
use btx_spec::oauth::form::Form;
use btx_spec::oauth::{TokenAnswer, challenge};
use serde_json::{Map, Value};

/// The columns of a page.
const WIDTH: usize = 80;

/// How many characters of a secret are shown.
const SHOWN: usize = 6;

/// The members of a JWT in the order in which people think of them; others do not stand in the shop's.
const HEADER: [&str; 3] = ["typ", "alg", "kid"];
const CLAIMS: [&str; 6] = ["iss", "sub", "aud", "iat", "exp", "jti"];

/// Fields and body of a request.
pub(super) fn request(host: &str, request: &OutboundRequest) -> String {
    let mut page = Page::default();
    page.line(6, &format!("host: {host}"));
    for (name, value) in &request.headers {
        match value.split_once(' ') {
            Some((scheme, token)) if *name == "authorization" => {
                page.shown(&format!("{name}: {scheme}"), token);
            }
            _ => page.line(6, &format!("{name}: {}", value.as_str())),
        }
    }
    if let Ok(form) = Form::parse(&request.body) {
        for name in ["grant_type", "resource", "assertion"] {
            match form.get(name) {
                Ok(Some(assertion)) if name == "assertion" => page.shown("assertion:", assertion),
                Ok(Some(value)) => page.line(6, &format!("{name}: {value}")),
                _ => {}
            }
        }
    }
    page.0
}

/// Fields and body of an answer.
pub(super) fn answer(answer: &Answer) -> String {
    let mut page = Page::default();
    if let Some(challenges) = (answer.www_authenticate.as_deref()).map(challenge::parse) {
        for challenge in challenges.unwrap_or_default() {
            page.line(6, &format!("www-authenticate: {}", challenge.scheme()));
            for name in ["realm", "error", "resource_metadata"] {
                if let Some(value) = challenge.get(name) {
                    page.parameter(name, value);
                }
            }
        }
    }
    for field in &answer.authentication_info {
        page.line(6, &format!("authentication-info: {}", without_token(field)));
    }
    if let Some(cache) = &answer.cache_control {
        page.line(6, &format!("cache-control: {cache}"));
    }
    page.body(&answer.body);
    page.0
}

/// A JWT that the shop has signed; nothing for what others have.
fn own_jwt(text: &str) -> Option<SignedToken<'_>> {
    let token = SignedToken::parse(text).ok()?;
    let own = [SERVICE_TYPE, GRANT_TYPE_JWT];
    own.contains(&token.typ()?).then_some(token)
}

/// Whether this is a JWT that the shop has signed.
pub(super) fn is_own_jwt(text: &str) -> bool {
    own_jwt(text).is_some()
}

#[derive(Default)]
struct Page(String);

impl Page {
    fn line(&mut self, indent: usize, text: &str) {
        // Writing to a string does not fail.
        let _ = writeln!(self.0, "{:indent$}{text}", "");
    }

    /// A parameter, its value in a line of its own if there is no room for both.
    fn parameter(&mut self, name: &str, value: &str) {
        let whole = format!("{name}=\"{value}\"");
        if 8 + whole.chars().count() <= WIDTH {
            self.line(8, &whole);
        } else {
            self.line(8, &format!("{name}="));
            self.line(10, &format!("\"{value}\""));
        }
    }

    /// Something with which one proves oneself.
    fn shown(&mut self, before: &str, token: &str) {
        let Some(jwt) = own_jwt(token) else {
            self.line(6, &format!("{before} {}", shortened(token)));
            return;
        };
        self.line(6, &format!("{before} a JWT"));
        self.members("header", &HEADER, jwt.header());
        self.members("claims", &CLAIMS, jwt.claims());
        let signature = token.rsplit('.').next().unwrap_or_default();
        self.line(8, &format!("signature  {}", shortened(signature)));
    }

    fn members(&mut self, title: &str, names: &[&str], members: &Map<String, Value>) {
        let mut title = title;
        for name in names {
            if let Some(value) = members.get(*name) {
                self.line(8, &format!("{title:<9}  {name}: {value}"));
                title = "";
            }
        }
    }

    /// The members of a JSON object; nothing for another body.
    fn body(&mut self, bytes: &[u8]) {
        let Ok(Value::Object(members)) = serde_json::from_slice(bytes) else {
            return;
        };
        let token = TokenAnswer::parse(bytes).is_ok();
        for (name, value) in &members {
            match value {
                Value::String(secret) if token && name == "access_token" => {
                    self.line(6, &format!("{name}: \"{}\"", shortened(secret)));
                }
                Value::Array(elements) => self.list(name, elements),
                other => self.line(6, &format!("{name}: {other}")),
            }
        }
    }

    /// As many elements in a line as there is room for.
    fn list(&mut self, name: &str, elements: &[Value]) {
        let elements: Vec<String> = elements.iter().flat_map(pieces).collect();
        let (mut line, mut indent) = (format!("{name}:"), 6);
        for (place, element) in elements.iter().enumerate() {
            let comma = if place + 1 < elements.len() { "," } else { "" };
            let element = format!("{element}{comma}");
            if indent + line.chars().count() + 1 + element.chars().count() > WIDTH {
                self.line(indent, &line);
                (line, indent) = (element, 8);
            } else {
                line = format!("{line} {element}");
            }
        }
        if elements.is_empty() {
            line += " none";
        }
        self.line(indent, &line);
    }
}

/// A value in pieces that may stand in lines of their own.
fn pieces(value: &Value) -> Vec<String> {
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| format!("{name}: {value}"))
            .collect(),
        other => vec![other.to_string()],
    }
}

fn without_token(field: &str) -> String {
    match field.split_once("access_token=\"") {
        Some((before, rest)) => {
            let (token, after) = rest.split_once('"').unwrap_or((rest, ""));
            format!("{before}access_token=\"{}\"{after}", shortened(token))
        }
        None => field.to_owned(),
    }
}

fn shortened(secret: &str) -> String {
    let shown: String = secret.chars().take(SHOWN).collect();
    format!("{shown}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_shortened_wherever_it_stands() {
        let field = "access_token=\"0123456789abcdefghij\", expires_in=300";
        assert_eq!(
            without_token(field),
            "access_token=\"012345…\", expires_in=300"
        );
        let mut page = Page::default();
        page.body(br#"{"access_token":"0123456789abcdefghij","token_type":"Bearer"}"#);
        page.shown("authorization: Bearer", "0123456789abcdefghij");
        assert!(!page.0.contains("0123456"), "{}", page.0);
        assert_eq!(page.0.matches("012345…").count(), 2, "{}", page.0);
    }

    #[test]
    fn a_long_list_is_broken_into_lines() {
        let elements: Vec<Value> = (0..40)
            .map(|n| Value::from(format!("element {n}")))
            .collect();
        let mut page = Page::default();
        page.list("many", &elements);
        assert!(
            page.0.lines().all(|line| line.chars().count() <= WIDTH),
            "{}",
            page.0
        );
        assert!(page.0.contains("\"element 39\""), "{}", page.0);
    }
}
