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
async fn reference(
    patience: Duration,
    alter: impl FnOnce(&mut Target),
) -> (Embedded, Arc<Context>) {
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
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", socket.local_addr().unwrap());
    url.parse().unwrap()
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
        (controlled_by(shell("sleep 600")), "no answer in"),
        (
            controlled_by(shell("echo turnips")),
            "none that is known (expected value at line 1 column 1): turnips",
        ),
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
            "longer than 65536 bytes",
        ),
        (
            controlled_by(shell(
                "printf '{\"id\":'; echo a turnip is stuck >&2; exit 3",
            )),
            "it said: a turnip is stuck",
        ),
        (
            controlled_by(shell("exec yes turnip >&2")),
            "it said: turnip turnip",
        ),
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

/// What stands between the harness and the control of the reference makes of an order.
enum Told {
    /// It carries the order there, and the answer back.
    Truth,
    /// It carries the order there, and says something else when the answer is there.
    Instead(Say),
    /// It carries the order there, and says something else at once.
    AtOnce(Say),
    /// It carries nothing, and says something.
    Only(Say),
}

/// Lets something stand between the harness and the control of the reference.
fn through(
    lie: impl Fn(&HookRequest) -> Told + Send + Sync + 'static,
) -> impl FnOnce(&mut Target) + Send {
    move |target| {
        let caller = Caller::new(target).unwrap();
        let Channel::Http(real) = target.control.as_ref().unwrap().channel.clone() else {
            panic!("the reference is controlled by HTTP");
        };
        let lie = Arc::new(lie);
        let between = serve(move |request| {
            let carried = carry(caller.clone(), real.clone(), request.body.clone());
            let lie = lie.clone();
            async move {
                match lie(&serde_json::from_slice(&request.body).unwrap()) {
                    Told::Truth => Say::response(200, &carried.await),
                    Told::Only(say) => say,
                    Told::AtOnce(say) => {
                        tokio::spawn(carried);
                        say
                    }
                    Told::Instead(say) => {
                        carried.await;
                        say
                    }
                }
            }
        });
        target.control.as_mut().unwrap().channel = Channel::Http(between);
    }
}

/// Takes an order to the control of the reference, and brings what it says.
async fn carry(caller: Caller, url: Url, order: Vec<u8>) -> String {
    let fields = Fields::from([("content-type", "application/json")]);
    let request = request_to(&url, "POST", fields, order);
    let outgoing = Outgoing {
        url,
        request,
        pace: Pace::Whole,
    };
    match caller.call(outgoing, LONG).await {
        Called::Answered(response) => String::from_utf8(response.body).unwrap(),
        other => panic!("the control of the reference: {other:?}"),
    }
}

fn started(id: u64, outcome: &str) -> Say {
    Say::response(200, &format!("{{\"id\":{id},\"outcome\":\"{outcome}\"}}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_start_says_of_an_exchange_that_runs_well_changes_nothing() {
    let lies: [fn(u64) -> Told; 6] = [
        |id| Told::Instead(started(id, "failed")),
        |id| Told::AtOnce(started(id, "failed")),
        |id| Told::AtOnce(started(id, "pending")),
        |_| Told::Instead(Say::response(500, "turnips")),
        |id| Told::Instead(started(id + 4711, "active")),
        |_| Told::AtOnce(Say::Reset),
    ];
    join_all(
        lies.into_iter()
            .enumerate()
            .map(|(number, lie)| async move {
                let alter = through(move |request| match request.order {
                    Order::Start { .. } => lie(request.id),
                    _ => Told::Truth,
                });
                let (_running, context) = reference(LONG, alter).await;
                for outcome in examine(&context, "initiator", &SOME, BOUND).await {
                    assert_eq!(
                        outcome.verdict,
                        Verdict::Passed,
                        "lie {number}: {}",
                        line(&outcome)
                    );
                }
            }),
    )
    .await;
}

/// Whether a scenario has set the target off with the peer b1.
fn has_b1(outcome: &Outcome) -> bool {
    let note = |what: &What| matches!(what, What::Note(words) if words == "sets it off, with b1");
    outcome.events.iter().any(|event| note(&event.what))
}

fn is_for_b1(order: &Order) -> bool {
    matches!(order, Order::Start { peer, .. } if peer == "b1")
}

fn only_b1_suffers(outcomes: &[Outcome]) {
    assert_eq!(outcomes.iter().filter(|o| has_b1(o)).count(), 1);
    for outcome in outcomes {
        let expected = if has_b1(outcome) {
            Verdict::NotExercised
        } else {
            Verdict::Passed
        };
        assert_eq!(outcome.verdict, expected, "{}", line(outcome));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_fails_for_one_peer_costs_the_scenario_that_has_it() {
    for say in [
        Say::response(200, "turnips"),
        Say::response(500, ""),
        Say::Reset,
    ] {
        let (_running, context) = reference(
            Duration::from_secs(2),
            through(move |request| {
                if is_for_b1(&request.order) {
                    Told::Only(say.clone())
                } else {
                    Told::Truth
                }
            }),
        )
        .await;
        only_b1_suffers(&examine(&context, "initiator", &SOME, BOUND).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_use_that_says_more_than_it_does_passes_nothing() {
    let alter = through(|request| match request.order {
        Order::Use { .. } => {
            let id = request.id;
            let words = format!("{{\"id\":{id},\"token_sent\":true,\"status\":200}}");
            Told::Only(Say::response(200, &words))
        }
        _ => Told::Truth,
    });
    let (_running, context) = reference(LONG, alter).await;
    let only = [
        "A token issue without fault",
        "EX-INI-061",
        "EX-INI-062",
        "EX-INI-064",
        "EX-INI-066",
    ];
    let outcomes = examine(&context, "initiator", &only, BOUND).await;
    for outcome in &outcomes {
        assert_ne!(outcome.verdict, Verdict::Passed, "{}", line(outcome));
        assert!(outcome.reason.contains("no request"), "{}", line(outcome));
    }
    assert!(outcomes.iter().any(|o| o.verdict == Verdict::Failed));
}

/// What a target says of a registration that it was asked for, and whether it does anything.
fn peers(lie: fn(u64, &str) -> Told) -> impl FnOnce(&mut Target) + Send {
    through(move |request| match &request.order {
        Order::Peers { register, .. } if !register.is_empty() => lie(request.id, &register[0].name),
        _ => Told::Truth,
    })
}

const REGISTRATIONS: [&str; 4] = ["EX-ANY-001", "EX-ANY-003", "EX-ISS-001", "EX-ISS-007"];

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_of_a_registration_passes_nothing() {
    let lies: [fn(u64, &str) -> Told; 5] = [
        |id, name| {
            Told::Only(Say::response(
                200,
                &format!("{{\"id\":{id},\"registered\":[{name:?}],\"refused\":[]}}"),
            ))
        },
        |id, name| {
            Told::Instead(Say::response(
                200,
                &format!("{{\"id\":{id},\"registered\":[{name:?}],\"refused\":[]}}"),
            ))
        },
        |id, _| {
            Told::Only(Say::response(
                200,
                &format!("{{\"id\":{id},\"registered\":[],\"refused\":[]}}"),
            ))
        },
        |id, _| Told::Instead(started(id, "active")),
        |id, _| {
            Told::Only(Say::response(
                200,
                &format!("{{\"id\":{id},\"error\":\"closed for lunch\"}}"),
            ))
        },
    ];
    join_all(
        lies.into_iter()
            .enumerate()
            .map(|(number, lie)| async move {
                let (_running, context) = reference(Duration::from_secs(5), peers(lie)).await;
                for role in ["issuer", "initiator"] {
                    for outcome in examine(&context, role, &REGISTRATIONS, BOUND).await {
                        // To be removed is not to be registered.
                        let sound = number == 1
                            && outcome
                                .scenario
                                .requirements
                                .iter()
                                .any(|id| id.to_string() == "EX-ISS-007");
                        let passed = outcome.verdict == Verdict::Passed;
                        assert_eq!(passed, sound, "lie {number}: {}", line(&outcome));
                    }
                }
            }),
    )
    .await;
}
