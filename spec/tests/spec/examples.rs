//! The examples of the chapters are what they seem: they parse, they match the schemas,
//! and their signatures verify. Those marked `invalid` do not.

mod jwt;
mod jwt_faults;
mod lifecycle;
mod lifecycle_faults;
mod message;
mod oauth;
mod oauth_faults;

use btx_spec::examples::{Example, examples, examples_of};
use btx_spec::schemas::schemas;
use btx_spec::signature::verify;
use btx_spec::{Pending, Problem, ProblemType, TokenCall, TokenIssue};
use serde_json::Value;

use self::message::{Message, read};
use self::oauth::Printed;
use crate::no_complaints;

/// The messages that a body can be recognised as.
enum Kind {
    Call,
    Issue,
    Pending,
    Problem,
    HookRequest,
    HookAnswer,
    Other,
}

/// The members of which each answer to a verb has one; that to `rotate` has `kid`, which other things have too.
const HOOK_ANSWER: [&str; 5] = ["outcome", "token_sent", "registered", "refused", "error"];

#[test]
fn every_example_is_what_it_seems() {
    no_complaints(&complaints(&examples()));
}

fn complaints(all: &[Example]) -> Vec<String> {
    let calls: Vec<TokenCall> = all
        .iter()
        .filter(|example| !example.invalid)
        .filter_map(call)
        .collect();
    let printed = Printed::of(all);
    let complaint = |example: &Example| {
        let at = format!("spec/text/{}:{}", example.chapter, example.line);
        match (judge(example, &calls, &printed), example.invalid) {
            (Ok(()), true) => Some(format!(
                "{at}: this example is marked `invalid` and nothing is wrong with it: remove the \
                 word behind its fence, or break it as the text says"
            )),
            (Err(why), false) => Some(format!(
                "{at}: {why}; correct the example, or mark it if it shows what is refused: \
                 ```json,invalid"
            )),
            _ => None,
        }
    };
    all.iter().filter_map(complaint).collect()
}

fn call(example: &Example) -> Option<TokenCall> {
    let message = read(example).ok()?;
    TokenCall::parse(message.body.as_bytes()).ok()
}

fn judge(example: &Example, calls: &[TokenCall], printed: &Printed) -> Result<(), String> {
    let message = read(example)?;
    oauth::judge(&message, &example.text, printed)?;
    lifecycle::judge_fields(&message)?;
    let is_json = message
        .media_type()
        .is_none_or(|media_type| media_type.contains("json"));
    let json: Value = match serde_json::from_str(message.body) {
        Ok(json) => json,
        Err(error) if is_json && !message.body.is_empty() => {
            return Err(format!("the body is not JSON ({error})"));
        }
        Err(_) => return Ok(()),
    };
    if !json.is_object() {
        return Err("the body is JSON, but not an object".to_owned());
    }
    if let Some(judged) = lifecycle::judge_json(&message, &json) {
        return judged;
    }
    if let Some(judged) = oauth::judge_json(&message, &json, printed) {
        return judged;
    }
    let body = message.body.as_bytes();
    let form = |error: btx_spec::FormError| error.to_string();
    let kind = kind(&message, &json);
    match kind {
        Kind::Call => TokenCall::parse(body).map(drop).map_err(form)?,
        Kind::Issue => judge_issue(&TokenIssue::parse(body).map_err(form)?, calls)?,
        Kind::Pending => Pending::parse(body).map(drop).map_err(form)?,
        Kind::Problem => judge_problem(&Problem::parse(body).map_err(form)?, message.status)?,
        // Their schemas say all that there is to say.
        Kind::HookRequest | Kind::HookAnswer => {}
        Kind::Other => return Ok(()),
    }
    has_media_type(&kind, &message)?;
    matches_schema(&kind, &json)
}

/// An HTTP message declares what it carries.
fn has_media_type(kind: &Kind, message: &Message<'_>) -> Result<(), String> {
    let wanted = match kind {
        Kind::Problem => "application/problem+json",
        _ => "application/json",
    };
    if message.media_type().is_none() || message.has_type(wanted) {
        Ok(())
    } else {
        Err(format!("the Content-Type of this body is {wanted}"))
    }
}

fn kind(message: &Message<'_>, json: &Value) -> Kind {
    let has = |name| json.get(name).is_some();
    let problem = message.has_type("application/problem+json");
    let urn = json["type"]
        .as_str()
        .is_some_and(|urn| urn.starts_with("urn:btx:"));
    if problem || urn {
        Kind::Problem
    } else if has("hmac_key") {
        Kind::Call
    } else if has("bearer_token") || has("signature") {
        Kind::Issue
    } else if has("status_url") || has("exchange_expires_at") {
        Kind::Pending
    } else if has("verb") {
        Kind::HookRequest
    } else if HOOK_ANSWER.into_iter().any(has) || (has("id") && has("kid")) {
        Kind::HookAnswer
    } else {
        Kind::Other
    }
}

fn judge_issue(issue: &TokenIssue, calls: &[TokenCall]) -> Result<(), String> {
    let Some(call) = calls
        .iter()
        .find(|call| call.exchange_id == issue.exchange_id)
    else {
        return Err(format!(
            "no example is the token call of exchange {}, so nobody can verify the signature; \
             add one",
            issue.exchange_id
        ));
    };
    if call.issuer != issue.issuer || call.initiator != issue.initiator {
        return Err("the parties are not those of the token call with this exchange_id".to_owned());
    }
    let right = verify(
        &call.hmac_key,
        &issue.issuer,
        &issue.initiator,
        &issue.exchange_id,
        &issue.expires_at,
        &issue.bearer_token,
        &issue.signature,
    );
    if right {
        return Ok(());
    }
    let signature = btx_spec::signature::sign(
        &call.hmac_key,
        &issue.issuer,
        &issue.initiator,
        &issue.exchange_id,
        &issue.expires_at,
        &issue.bearer_token,
    );
    Err(format!(
        "the signature does not verify; the right one is \"{signature}\""
    ))
}

fn judge_problem(problem: &Problem, status: Option<u16>) -> Result<(), String> {
    let Some(kind) = problem.kind() else {
        let names: Vec<&str> = ProblemType::ALL.iter().map(|kind| kind.name()).collect();
        return Err(format!(
            "`type` is not in the registry, which has {}",
            names.join(", ")
        ));
    };
    if problem.title.as_deref() != Some(kind.title()) {
        return Err(format!("`title` of {kind} is \"{}\"", kind.title()));
    }
    if problem.status != Some(kind.status()) || status.is_some_and(|status| status != kind.status())
    {
        return Err(format!(
            "the status of {kind} is {}, in the head and in `status`",
            kind.status()
        ));
    }
    if problem.detail.is_none() {
        return Err("`detail` is missing".to_owned());
    }
    if problem.accept_versions.is_some() != (kind == ProblemType::UnsupportedVersion) {
        return Err(
            "`accept_versions` belongs to unsupported-version and to nothing else".to_owned(),
        );
    }
    Ok(())
}

fn matches_schema(kind: &Kind, json: &Value) -> Result<(), String> {
    let name = match kind {
        Kind::Call => "token-call.schema.json",
        Kind::Issue => "token-issue.schema.json",
        Kind::Pending => "pending.schema.json",
        Kind::Problem => "problem.schema.json",
        Kind::HookRequest => "hook-request.schema.json",
        Kind::HookAnswer => "hook-answer.schema.json",
        Kind::Other => return Ok(()),
    };
    matches(name, json)
}

fn matches(name: &str, json: &Value) -> Result<(), String> {
    let all = schemas();
    let (_, schema) = all.iter().find(|(file, _)| *file == name).unwrap();
    jsonschema::validate(schema.as_value(), json)
        .map_err(|error| format!("it does not match spec/schemas/{name} ({error})"))
}

/// Each fault of an example is found, and the same example marked `invalid` is none.
#[test]
fn faults_of_examples_are_found() {
    let cases = [
        ("json", "{\"a\":1,}", "the body is not JSON"),
        ("json", "[{}]", "not an object"),
        (
            "http",
            "GET /x HTTP/1.1\nAuthorization: Bearer a\nauthorization: Bearer b",
            "stands twice",
        ),
        ("json", "{\"hmac_key\":\"\"}", "the version is missing"),
        (
            "json",
            "{\"status_url\":1}",
            "\"status_url\" is not a string",
        ),
        (
            "json",
            "{\"type\":\"urn:btx:problem:nothing\"}",
            "not in the registry",
        ),
        (
            "json",
            "{\"type\":\"urn:btx:problem:wrong-issuer\",\"title\":\"No\"}",
            "`title` of",
        ),
        (
            "json",
            "{\"id\":1,\"verb\":\"dance\"}",
            "spec/schemas/hook-request",
        ),
        (
            "json",
            "{\"id\":1,\"outcome\":\"done\"}",
            "spec/schemas/hook-answer",
        ),
        (
            "json",
            "{\"error\":\"without an id\"}",
            "spec/schemas/hook-answer",
        ),
        ("json", "{\"id\":1,\"kid\":2}", "spec/schemas/hook-answer"),
        ("http", "POST x HTTP/1.1\nHost: a", "begins no message"),
        ("http", "POST /x HTTP/1.1\nHost a", "is no field"),
        (
            "http",
            "POST /x HTTP/1.1\nHost: a\n\n{}",
            "has the field Content-Type",
        ),
        (
            "http",
            "HTTP/1.1 200 OK\nContent-Type: a/b\nContent-Length: 3\n\n{}",
            "Content-Length of",
        ),
        (
            "http",
            "HTTP/1.1 400 No\nContent-Type: application/problem+json\n\n{}",
            "not in the registry",
        ),
    ];
    for (language, text, message) in cases {
        let chapter = format!("```{language}\n{text}\n```\n");
        let found = complaints(&examples_of(&[("a.md", &chapter)]));
        assert!(found.concat().contains(message), "{text}: {found:?}");
        let marked = format!("```{language},invalid\n{text}\n```\n");
        assert_eq!(
            complaints(&examples_of(&[("a.md", &marked)])),
            [""; 0],
            "{text}"
        );
    }
    let whole = "```json,invalid\n{}\n```\n";
    let found = complaints(&examples_of(&[("a.md", whole)]));
    assert!(
        found.concat().contains("nothing is wrong with it"),
        "{found:?}"
    );
}

/// A token issue counts only with its token call, and only with the right signature.
#[test]
fn signatures_of_examples_are_verified() {
    let files = btx_spec::vectors::files().unwrap();
    let body = |name: &str| files[name].tests[0].text("body").unwrap().to_owned();
    let (call, issue) = (body("token-call.json"), body("token-issue.json"));
    let book = |call: &str, issue: &str| format!("```json\n{call}\n```\n\n```json\n{issue}\n```\n");
    let found = |text: String| complaints(&examples_of(&[("a.md", &text)])).concat();
    assert_eq!(found(book(&call, &issue)), "");
    assert!(found(book("{}", &issue)).contains("no example is the token call"));
    let later = issue.replace("12:00:00Z", "12:00:01Z");
    assert!(found(book(&call, &later)).contains("the signature does not verify"));
    let text_plain = format!("POST /x HTTP/1.1\nContent-Type: text/plain\n\n{call}");
    assert!(found(format!("```http\n{text_plain}\n```\n")).contains("is application/json"));
    let other = issue.replace("https://issuer.example", "https://other.example");
    assert!(found(book(&call, &other)).contains("the parties are not those"));
}
