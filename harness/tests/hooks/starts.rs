//! A `start` that starts nothing.

use super::{BOUND, SHORT, SOME, controlled_by, reference, words};
use crate::laboratory::{Say, examine, line, serve};
use btx_harness::{
    target::{Channel, Hook, Target},
    verdict::Verdict,
};
use btx_spec::hooks::HookRequest;
use futures::future::join_all;
use std::collections::BTreeMap;
use url::Url;

fn start_by(hook: Hook) -> Box<dyn FnOnce(&mut Target)> {
    Box::new(move |target| target.initiator.as_mut().unwrap().start = hook)
}

fn request(url: Url) -> Hook {
    Hook::Request {
        method: "POST".to_owned(),
        url: url.to_string(),
        fields: BTreeMap::new(),
        body: Some("{peer}".to_owned()),
    }
}

/// A control by command: a shell that does that with each line of its input.
fn shell(each_line: &str) -> Channel {
    let script =
        format!("while read -r line; do id=${{line#*:}}; id=${{id%%,*}}; {each_line}; done");
    Channel::Command(words(&["sh", "-c", &script]))
}

/// A listener for verbs that always says that; `{id}` stands for the number of the request.
fn saying(status: u16, words: &'static str) -> Channel {
    Channel::Http(serve(move |request| async move {
        let order: HookRequest = serde_json::from_slice(&request.body).unwrap();
        Say::response(status, &words.replace("{id}", &order.id.to_string()))
    }))
}

/// Where nobody listens.
fn nowhere() -> Url {
    // A port that the system gives to nobody of its own accord: a free one may be somebody's the next moment.
    "http://127.0.0.1:1/".parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_starts_nothing_leaves_its_scenarios_not_exercised() {
    let active = r#"{"id":{id},"outcome":"active"}"#;
    let cases = [
        (
            start_by(request(serve(|_| async { Say::response(500, "") }))),
            "answered with 500",
        ),
        (start_by(request(nowhere())), "cannot be reached"),
        (
            start_by(request(serve(|_| async { Say::Nothing }))),
            "no answer in time",
        ),
        (
            start_by(request(serve(|_| async { Say::Reset }))),
            "the connection",
        ),
        (
            start_by(request(serve(|_| async { Say::response(200, "") }))),
            "answered with 200",
        ),
        (
            start_by(Hook::Command(words(&["false"]))),
            "false ended with exit status: 1",
        ),
        (
            start_by(Hook::Command(words(&["no-such-btx-hook"]))),
            "could not be started",
        ),
        (
            start_by(Hook::Command(words(&["sleep", "600"]))),
            "sleep did not end in time",
        ),
        (start_by(Hook::Command(words(&["true"]))), "true ended well"),
        (start_by(Hook::Command(Vec::new())), "could not be started"),
        (controlled_by(Channel::Http(nowhere())), "cannot be reached"),
        (
            controlled_by(Channel::Http(serve(|_| async { Say::Nothing }))),
            "no answer in",
        ),
        (
            controlled_by(Channel::Http(serve(|_| async { Say::Close }))),
            "closed without an answer",
        ),
        (
            controlled_by(Channel::Http(serve(|_| async {
                let reason = "turnips\n".repeat(1 << 16);
                let answer = serde_json::json!({ "id": 1, "outcome": "failed", "reason": reason });
                Say::response(200, &answer.to_string())
            }))),
            "",
        ),
        (controlled_by(saying(500, "{}")), "the control answered 500"),
        (
            controlled_by(saying(200, active)),
            "the target says that it holds a token",
        ),
        (
            controlled_by(saying(200, r#"{"id":{id},"outcome":"pending"}"#)),
            "the exchange goes on",
        ),
        (controlled_by(saying(200, "turnips")), "none that is known"),
        (
            controlled_by(saying(200, r#"{"id":4711,"outcome":"active"}"#)),
            "has the id 4711 instead of",
        ),
        (
            controlled_by(saying(200, r#"{"id":{id},"token_sent":true}"#)),
            "that of another verb",
        ),
        (
            controlled_by(saying(200, r#"{"id":{id},"error":"not today"}"#)),
            "not today",
        ),
        (
            controlled_by(saying(400, r#"{"id":{id},"error":"not today"}"#)),
            "400: not today",
        ),
        (
            controlled_by(Channel::Http(serve(|_| async {
                Say::response(200, &"x".repeat(1 << 20))
            }))),
            "none that is known",
        ),
        (
            controlled_by(Channel::Http(serve(|_| async {
                Say::response(200, &"x".repeat(2 << 20))
            }))),
            "longer than",
        ),
        (controlled_by(shell("exec sleep 600")), "no answer in"),
        (controlled_by(shell("echo turnips")), "column 2): turnips"),
        (
            controlled_by(shell(r#"echo "{\"id\":$id,\"outcome\":\"done\"}""#)),
            "none that is known",
        ),
        (
            controlled_by(shell(r#"echo '{"id":4711,"outcome":"active"}'"#)),
            "nobody waits for it",
        ),
        (
            controlled_by(shell(r#"echo "{\"id\":$id,\"token_sent\":true}""#)),
            "that of another verb",
        ),
        (
            controlled_by(shell("printf '%01048576d\\n' 0")),
            "longer than 65536 bytes",
        ),
        (
            controlled_by(shell("printf '%01048576d' 0")),
            "no answer in",
        ),
        (
            controlled_by(shell(
                "printf '{\"id\":'; echo a turnip is stuck >&2; exit 3",
            )),
            "it said: a turnip is stuck",
        ),
        (controlled_by(shell("exec yes turnip >&2")), "turnip turnip"),
        (
            controlled_by(Channel::Command(words(&["true"]))),
            "the command has ended",
        ),
        (
            controlled_by(Channel::Command(words(&["no-such-btx-adapter"]))),
            "cannot be started",
        ),
    ];
    join_all(cases.into_iter().map(|(alter, words)| async move {
        let (_running, context) = reference(SHORT, alter).await;
        for outcome in examine(&context, "initiator", &SOME, BOUND).await {
            assert_eq!(
                outcome.verdict,
                Verdict::NotExercised,
                "{words}: {}",
                line(&outcome)
            );
            assert!(
                outcome.reason.contains(words),
                "{words}: {}",
                line(&outcome)
            );
        }
    }))
    .await;
}
