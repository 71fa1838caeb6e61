//! Hooks that fail, hang, lie and talk nonsense: what a scenario says of the target is seen on the wire, and
//! where nothing is seen there it says so.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod laboratory;

use btx_harness::{
    caller::{Caller, Outcome as Called, Outgoing, Pace, request_to},
    control::Control,
    embedded::{self, Embedded},
    issue_draft::{CallValues, IssueDraft},
    run::{Context, Outcome},
    target::{self, Channel, Claim, Hook, Issuer, Target, Verb},
    timeline::What,
    verdict::Verdict,
    wire::{Fields, Request},
};
use btx_spec::hooks::{HookRequest, Order, Report, StartOutcome};
use futures::future::{BoxFuture, join_all};
use laboratory::{Say, context, examine, line, serve};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fs::File,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use url::Url;

/// How long is waited for what never comes.
const SHORT: Duration = Duration::from_millis(800);
/// How long is waited for what comes, on a machine that is busy.
const LONG: Duration = Duration::from_secs(20);
/// What no run here may exceed.
const BOUND: Duration = Duration::from_secs(60);

/// Scenarios that wait for nothing: what is accepted, what is refused, and what must not be seen.
const SOME: [&str; 6] = [
    "EX-INI-031",
    "EX-INI-064",
    "EX-INI-103",
    "HT-ANY-025",
    "HT-ANY-041",
    "A token issue without fault is accepted, and its token used",
];

/// The reference implementation, with its hooks or its control exchanged. It has to live as long as the run.
async fn reference(patience: Duration, alter: impl FnOnce(&mut Target)) -> (Embedded, Arc<Context>) {
    let mut running = embedded::start().await.unwrap();
    alter(&mut running.target);
    let sockets = std::mem::take(&mut running.sockets);
    let context = context(running.target.clone(), sockets, patience).await;
    (running, context)
}

fn start_by(hook: Hook) -> Box<dyn FnOnce(&mut Target)> {
    Box::new(move |target| target.initiator.as_mut().unwrap().start = hook)
}

fn controlled_by(channel: Channel) -> Box<dyn FnOnce(&mut Target)> {
    Box::new(move |target| target.control.as_mut().unwrap().channel = channel)
}

fn request(url: Url) -> Hook {
    Hook::Request {
        method: "POST".to_owned(),
        url: url.to_string(),
        fields: BTreeMap::new(),
        body: Some("{peer}".to_owned()),
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(ToString::to_string).collect()
}

/// A control by command: a shell that does that with each line of its input.
fn shell(each_line: &str) -> Channel {
    let script = format!("while read -r line; do id=${{line#*:}}; id=${{id%%,*}}; {each_line}; done");
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
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", socket.local_addr().unwrap());
    url.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_starts_nothing_leaves_its_scenarios_not_exercised() {
    let active = r#"{"id":{id},"outcome":"active"}"#;
    let cases = [
        (start_by(request(serve(|_| async { Say::response(500, "") }))), "answered with 500"),
        (start_by(request(nowhere())), "cannot be reached"),
        (start_by(request(serve(|_| async { Say::Nothing }))), "no answer in time"),
        (start_by(request(serve(|_| async { Say::Reset }))), "the connection"),
        (start_by(request(serve(|_| async { Say::response(200, "") }))), "answered with 200"),
        (start_by(Hook::Command(words(&["false"]))), "false ended with exit status: 1"),
        (start_by(Hook::Command(words(&["no-such-btx-hook"]))), "could not be started"),
        (start_by(Hook::Command(words(&["sleep", "600"]))), "sleep did not end in time"),
        (start_by(Hook::Command(words(&["true"]))), "true ended well"),
        (start_by(Hook::Command(Vec::new())), "could not be started"),
        (controlled_by(Channel::Http(nowhere())), "cannot be reached"),
        (controlled_by(Channel::Http(serve(|_| async { Say::Nothing }))), "no answer in 0.8 s"),
        (controlled_by(Channel::Http(serve(|_| async { Say::Close }))), "closed without an answer"),
        (controlled_by(saying(500, "{}")), "the control answered 500"),
        (controlled_by(saying(200, active)), "the target says that it holds a token"),
        (controlled_by(saying(200, r#"{"id":{id},"outcome":"pending"}"#)), "the exchange goes on"),
        (controlled_by(saying(200, "turnips")), "none that is known"),
        (controlled_by(saying(200, r#"{"id":4711,"outcome":"active"}"#)), "has the id 4711 instead of"),
        (controlled_by(saying(200, r#"{"id":{id},"token_sent":true}"#)), "that of another verb"),
        (controlled_by(saying(200, r#"{"id":{id},"error":"not today"}"#)), "not today"),
        (controlled_by(saying(400, r#"{"id":{id},"error":"not today"}"#)), "400: not today"),
        (controlled_by(Channel::Http(serve(|_| async { Say::response(200, &"x".repeat(1 << 20)) }))), "none that is known"),
        (controlled_by(Channel::Http(serve(|_| async { Say::response(200, &"x".repeat(2 << 20)) }))), "longer than"),
        (controlled_by(shell("sleep 600")), "no answer in 0.8 s"),
        (controlled_by(shell("echo turnips")), "none that is known (expected value at line 1 column 1): turnips"),
        (controlled_by(shell(r#"echo "{\"id\":$id,\"outcome\":\"done\"}""#)), "none that is known"),
        (controlled_by(shell(r#"echo '{"id":4711,"outcome":"active"}'"#)), "nobody waits for it"),
        (controlled_by(shell(r#"echo "{\"id\":$id,\"token_sent\":true}""#)), "that of another verb"),
        (controlled_by(shell("printf '%01048576d\\n' 0")), "longer than 65536 bytes"),
        (controlled_by(shell("printf '%01048576d' 0")), "longer than 65536 bytes"),
        (controlled_by(shell("printf '{\"id\":'; echo a turnip is stuck >&2; exit 3")), "it said: a turnip is stuck"),
        (controlled_by(shell("exec yes turnip >&2")), "it said: turnip turnip"),
        (controlled_by(Channel::Command(words(&["true"]))), "the command has ended"),
        (controlled_by(Channel::Command(words(&["no-such-btx-adapter"]))), "cannot be started"),
    ];
    join_all(cases.into_iter().map(|(alter, words)| async move {
        let (_running, context) = reference(SHORT, alter).await;
        for outcome in examine(&context, "initiator", &SOME, BOUND).await {
            assert_eq!(outcome.verdict, Verdict::NotExercised, "{words}: {}", line(&outcome));
            assert!(outcome.reason.contains(words), "{words}: {}", line(&outcome));
        }
    }))
    .await;
}

/// Takes an order to the control of the reference, and brings what it says.
async fn carry(url: Url, order: Vec<u8>) -> String {
    let fields = Fields::from([("content-type", "application/json")]);
    let outgoing = Outgoing {
        request: request_to(&url, "POST", fields, order),
        url,
        pace: Pace::Whole,
    };
    let caller = Caller::new(&bare_target()).unwrap();
    match caller.call(outgoing, LONG).await {
        Called::Answered(response) => String::from_utf8(response.body).unwrap(),
        other => panic!("the control of the reference: {other:?}"),
    }
}
