//! The harness against targets, and callers, that hang, reset, flood, lie and send garbage: each
//! costs its own scenario and nothing else.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use btx_harness::{
    caller::Caller,
    embedded::{self, Embedded},
    lab::{
        authority,
        listener::{Lab, Sockets},
    },
    peers::{self, Layout},
    run::{self, Context, Outcome, Plan},
    scenario::{self, Scenario},
    selection::Selection,
    steps,
    target::{Claim, Harness, Issuer, Limits, Target},
    verdict::Verdict,
};
use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, TcpListener},
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// What a hostile server does with a connection whose request it has read.
#[derive(Debug, Clone, Copy)]
enum Malice {
    Silence,
    Close,
    Reset,
    Send(&'static [u8]),
    Flood(&'static [u8], &'static [u8]),
}

const MALICES: [Malice; 10] = [
    Malice::Silence,
    Malice::Close,
    Malice::Reset,
    Malice::Send(b"\x00\xff\xfe garbage \x15\x03\x01"),
    Malice::Send(b"HTTP/1.1 204"),
    Malice::Send(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\nshort"),
    Malice::Send(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n"),
    Malice::Send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n"),
    Malice::Flood(
        b"HTTP/1.1 200 OK\r\n",
        b"x-filler: filler filler filler\r\n",
    ),
    Malice::Flood(b"HTTP/1.1 200 OK\r\n\r\n", b"body without end "),
];

/// Serves on loopback until the test is over.
fn serve(malice: Malice) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(misbehave(stream, malice));
        }
    });
    port
}

async fn misbehave(mut stream: TcpStream, malice: Malice) {
    let _ = stream.read(&mut [0; 4096]).await;
    match malice {
        Malice::Silence => std::future::pending().await,
        Malice::Close => {}
        Malice::Reset => stream.set_zero_linger().unwrap(),
        Malice::Send(bytes) => {
            let _ = stream.write_all(bytes).await;
        }
        Malice::Flood(first, more) => {
            let _ = stream.write_all(first).await;
            while stream.write_all(more).await.is_ok() {}
        }
    }
}

fn target(port: u16, layout: &Layout) -> Target {
    let url = |path: &str| format!("http://127.0.0.1:{port}{path}").parse().unwrap();
    Target {
        name: "hostile".to_owned(),
        claims: vec![Claim::ExchangeIssuer, Claim::Async],
        trust: Vec::new(),
        connect: BTreeMap::new(),
        plain_http: true,
        limits: Limits {
            exchange_deadline: Duration::from_millis(300),
            clock_skew: Duration::from_secs(60),
            parallel_per_peer: 4,
            ..Limits::default()
        },
        issuer: Some(Issuer {
            identifier: "https://issuer.example".to_owned(),
            token_call: vec![url("/btx/token-call")],
            resource: vec![url("/api/whoami")],
        }),
        initiator: None,
        control: None,
        harness: Harness {
            listen: layout.shared,
            dns: None,
            public_networks: Vec::new(),
            canaries: Vec::new(),
            authority: authority::create().unwrap(),
        },
        peers: peers::propose(64, layout, None, &[]),
        oauth: btx_harness::target::oauth::Oauth::default(),
        jwt: btx_harness::target::jwt::Jwt::default(),
        lifecycle: btx_harness::target::lifecycle::Lifecycle::default(),
    }
}

async fn examine(
    context: &Arc<Context>,
    scenarios: Vec<Scenario>,
    mut each: impl FnMut(&Outcome),
) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    let plan = Plan {
        scenarios,
        jobs: 64,
        seed: 1,
    };
    run::run(context, plan, |outcome| {
        each(&outcome);
        outcomes.push(outcome);
    })
    .await;
    outcomes
}

fn negative(outcome: &Outcome) -> bool {
    outcome
        .scenario
        .steps
        .iter()
        .any(|s| s.text == "an exchange without the fault succeeds")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_target_costs_its_scenarios_and_nothing_else() {
    for malice in MALICES {
        let (layout, tcp) = Layout::bind(Ipv4Addr::LOCALHOST.into(), &[]).unwrap();
        let target = target(serve(malice), &layout);
        let caller = Caller::new(&target).unwrap();
        let sockets = Sockets { tcp, dns: None };
        let lab = Lab::open(&target, sockets).await.unwrap();
        let steps = steps::all().unwrap();
        let patience = Duration::from_millis(600);
        let context = Context::with_patience(target, caller, lab, steps, patience);
        let outcomes = examine(&context, scenario::all().unwrap(), |_| {}).await;
        for outcome in outcomes {
            let place = format!(
                "{malice:?}: {} {}: {}",
                outcome.scenario.id(),
                outcome.verdict,
                outcome.reason
            );
            assert_ne!(outcome.verdict, Verdict::HarnessError, "{place}");
            assert!(
                outcome.verdict != Verdict::Passed || !negative(&outcome),
                "{place}"
            );
        }
    }
}

async fn context_of(running: &mut Embedded) -> Arc<Context> {
    let sockets = std::mem::take(&mut running.sockets);
    let target = running.target.clone();
    let caller = Caller::new(&target).unwrap();
    let lab = Lab::open(&target, sockets).await.unwrap();
    Context::new(target, caller, lab, steps::all().unwrap())
}

fn only(selector: &str) -> Vec<Scenario> {
    let selection = Selection {
        only: vec![selector.to_owned()],
        ..Selection::default()
    };
    selection.select(scenario::all().unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_goes_away_leaves_the_rest_not_exercised() {
    let mut running = embedded::start().await.unwrap();
    let context = context_of(&mut running).await;
    let mut running = Some(running);
    let outcomes = examine(&context, only("json.feature"), |_| drop(running.take())).await;
    for outcome in outcomes {
        assert_ne!(
            outcome.verdict,
            Verdict::Failed,
            "{}: {}",
            outcome.scenario.id(),
            outcome.reason
        );
    }
    let after = examine(&context, only("json.feature"), |_| {}).await;
    for outcome in after {
        assert_eq!(
            (outcome.verdict, outcome.reason.as_str()),
            (Verdict::NotExercised, "target gone")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_at_the_harness_disturb_no_scenario() {
    let mut running = embedded::start().await.unwrap();
    let context = context_of(&mut running).await;
    let address = context.target.harness.listen;
    let strangers: Vec<_> = (0..64)
        .map(|n: u8| {
            tokio::spawn(async move {
                let Ok(mut stream) = TcpStream::connect(address).await else {
                    return;
                };
                let _ = stream.write_all(&vec![n; 1000 * usize::from(n)]).await;
                // Half of them stay and say nothing more.
                if n.is_multiple_of(2) {
                    std::future::pending::<()>().await;
                }
            })
        })
        .collect();
    for outcome in examine(&context, only("token_issue.feature"), |_| {}).await {
        assert_eq!(
            outcome.verdict,
            Verdict::Passed,
            "{}: {}",
            outcome.scenario.id(),
            outcome.reason
        );
    }
    for stranger in strangers {
        stranger.abort();
    }
}
