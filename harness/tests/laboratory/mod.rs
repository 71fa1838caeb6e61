//! What the tests with hostile targets share: servers that do what a test says, and runs that have to end.

use btx_harness::{
    caller::Caller,
    lab::listener::{Lab, Sockets},
    run::{self, Context, Outcome, Plan},
    scenario,
    selection::Selection,
    steps,
    target::{Claim, Target},
    verdict::Verdict,
    wire::{Fields, Request, Response, Wire},
};
use std::{
    net::{Ipv4Addr, TcpListener},
    sync::Arc,
    time::Duration,
};
use tokio::{io::AsyncWriteExt as _, net::TcpStream};
use url::Url;

/// What a server does with a request that it has read.
#[derive(Debug, Clone)]
pub(crate) enum Say {
    /// It sends these bytes, and closes the connection.
    Bytes(Vec<u8>),
    /// It never says anything.
    Nothing,
    /// It closes the connection.
    Close,
    /// It resets the connection.
    Reset,
}

impl Say {
    /// A response with that body.
    pub(crate) fn response(status: u16, body: &str) -> Self {
        let fields = Fields::from([("content-type", "application/json")]);
        Self::Bytes(Response::new(status, fields, body.as_bytes()).to_bytes())
    }
}

/// Serves on loopback until the test is over, and says where.
pub(crate) fn serve<F, A>(answer: F) -> Url
where
    F: Fn(Request) -> A + Send + Sync + 'static,
    A: Future<Output = Say> + Send + 'static,
{
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    let answer = Arc::new(answer);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move {
                let mut wire = Wire::new(stream);
                if let Ok(request) = wire.read_request().await {
                    say(wire.stream(), answer(request).await).await;
                }
            });
        }
    });
    url.parse().unwrap()
}

async fn say(stream: &mut TcpStream, what: Say) {
    match what {
        // Whoever asked may be gone by now.
        Say::Bytes(bytes) => drop(stream.write_all(&bytes).await),
        Say::Nothing => std::future::pending().await,
        Say::Close => {}
        Say::Reset => stream.set_zero_linger().unwrap(),
    }
}

/// A context for that target, with that patience.
pub(crate) async fn context(target: Target, sockets: Sockets, patience: Duration) -> Arc<Context> {
    let caller = Caller::new(&target).unwrap();
    let lab = Lab::open(&target, sockets).await.unwrap();
    Context::with_patience(target, caller, lab, steps::all().unwrap(), patience)
}

/// What became of the selected scenarios about that role, in an order that is printed. None has to be a
/// harness error, each that has not passed has to say why and be
/// brief, and all have to be over within the bound.
pub(crate) async fn examine(
    context: &Arc<Context>,
    role: &str,
    only: &[&str],
    bound: Duration,
) -> Vec<Outcome> {
    let selection = Selection {
        only: only.iter().map(ToString::to_string).collect(),
        roles: vec![role.to_owned()],
        ..Selection::default()
    };
    let mut scenarios = selection.select(scenario::all().unwrap()).unwrap();
    // What the target does not claim says nothing about it.
    let asynchronous = context.target.claims(Claim::Async);
    scenarios.retain(|s| asynchronous || !s.has_tag("claims-async"));
    let seed = fastrand::u64(0..1_000_000);
    println!("seed {seed} for {only:?}");
    let plan = Plan {
        scenarios,
        jobs: 32,
        seed,
    };
    let mut outcomes = Vec::new();
    let running = run::run(context, plan, |outcome| outcomes.push(outcome));
    if tokio::time::timeout(bound, running).await.is_err() {
        panic!("{only:?}: the run was not over after {bound:?}");
    }
    for outcome in &outcomes {
        assert_ne!(outcome.verdict, Verdict::HarnessError, "{}", line(outcome));
        assert_ne!(outcome.verdict, Verdict::NotClaimed, "{}", line(outcome));
        let explained = match outcome.reason.chars().count() {
            0 => outcome.verdict == Verdict::Passed,
            length => length < 1000,
        };
        assert!(explained, "{}", line(outcome));
    }
    outcomes
}

/// An outcome on one line.
pub(crate) fn line(outcome: &Outcome) -> String {
    format!(
        "{} {}: {}: {}",
        outcome.scenario.id(),
        outcome.scenario.name,
        outcome.verdict,
        outcome.reason
    )
}
