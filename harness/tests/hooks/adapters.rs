//! A control by command: an adapter that is right, and what comes of one that is not always.

use super::{
    BOUND, LONG, SOME, between::carry, controlled_by, is_for_b1, only_b1_suffers, reference, words,
};
use crate::laboratory::{examine, line};
use btx_harness::{
    caller::Caller,
    target::{Channel, Target},
    verdict::Verdict,
};
use btx_spec::hooks::{HookRequest, Order, Report, StartOutcome};
use futures::future::{BoxFuture, join_all};
use std::{
    fs::File,
    io::{BufRead as _, BufReader, Write as _},
    sync::{Arc, Mutex},
    time::Duration,
};

/// A control by command whose command is no more than pipes to this test: what it answers to each order, in
/// whatever order that is ready. The folder has to live as long.
fn command<F>(answer: F) -> (tempfile::TempDir, Channel)
where
    F: Fn(HookRequest) -> BoxFuture<'static, String> + Send + Sync + 'static,
{
    let folder = tempfile::tempdir().unwrap();
    let [orders, answers] = ["orders", "answers"].map(|name| folder.path().join(name));
    for pipe in [&orders, &answers] {
        let made = std::process::Command::new("mkfifo").arg(pipe).status();
        assert!(made.unwrap().success());
    }
    // It has something to say to people, too, and never ends.
    let script = "while :; do echo turnip; sleep 0.01; done >&2 & cat \"$2\" & exec cat > \"$1\"";
    let [first, second] = [&orders, &answers].map(|path| path.display().to_string());
    let channel = Channel::Command(words(&["sh", "-c", script, "sh", &first, &second]));
    let tokio = tokio::runtime::Handle::current();
    let answer = Arc::new(answer);
    // Each end opens when the other one does.
    std::thread::spawn(move || {
        let orders = BufReader::new(File::open(orders).unwrap());
        let answers = File::options().write(true).open(answers).unwrap();
        let answers = Arc::new(Mutex::new(answers));
        for line in orders.lines() {
            let order: HookRequest = serde_json::from_str(&line.unwrap()).unwrap();
            let (answer, answers) = (answer.clone(), answers.clone());
            tokio.spawn(async move {
                let line = answer(order).await + "\n";
                // The run may be over.
                let _ = answers.lock().unwrap().write_all(line.as_bytes());
            });
        }
    });
    (folder, channel)
}

/// An adapter that takes the orders to the control of the reference, but for those for which it has a line
/// of its own.
fn adapter(
    target: &mut Target,
    instead: fn(&HookRequest) -> Option<&'static str>,
) -> tempfile::TempDir {
    let caller = Caller::new(target).unwrap();
    let control = target.control.as_mut().unwrap();
    let Channel::Http(real) = control.channel.clone() else {
        panic!("the reference is controlled by HTTP");
    };
    let (folder, channel) = command(move |order| {
        let body = serde_json::to_vec(&order).unwrap();
        let carried = carry(caller.clone(), real.clone(), body);
        Box::pin(async move {
            match instead(&order) {
                Some(line) => line.to_owned(),
                None => carried.await,
            }
        })
    });
    control.channel = channel;
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn an_adapter_by_command_is_as_good_as_a_listener() {
    let mut folder = None;
    let alter = |target: &mut Target| folder = Some(adapter(target, |_| None));
    let (_running, context) = reference(LONG, alter).await;
    let registrations = ["EX-ANY-001", "EX-ISS-001"];
    for (role, only) in [("initiator", SOME.as_slice()), ("issuer", &registrations)] {
        for outcome in examine(&context, role, only, BOUND).await {
            assert_eq!(outcome.verdict, Verdict::Passed, "{}", line(&outcome));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_no_answer_costs_the_scenario_that_waits_for_it() {
    let mut folder = None;
    let alter = |target: &mut Target| {
        folder = Some(adapter(target, |request| {
            is_for_b1(&request.order).then_some("a turnip is stuck")
        }));
    };
    let (_running, context) = reference(Duration::from_secs(2), alter).await;
    only_b1_suffers(&examine(&context, "initiator", &SOME, BOUND).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_in_another_order_come_to_whoever_asked() {
    const AT_ONCE: usize = 16;
    // Nothing is answered before all orders are there; the last one first.
    let waiting: Arc<Mutex<Vec<tokio::sync::oneshot::Sender<()>>>> = Arc::default();
    let (_folder, channel) = command(move |request| {
        let Order::Start { peer, .. } = request.order else {
            panic!("only starts are sent");
        };
        let (told, may) = tokio::sync::oneshot::channel();
        let mut all = waiting.lock().unwrap();
        all.push(told);
        if all.len() == AT_ONCE {
            drop(all.pop());
        }
        let waiting = waiting.clone();
        Box::pin(async move {
            let _ = may.await;
            drop(waiting.lock().unwrap().pop());
            serde_json::json!({ "id": request.id, "outcome": "pending", "reason": peer })
                .to_string()
        })
    });
    let (_running, context) = reference(LONG, controlled_by(channel)).await;
    let asked = join_all((0..AT_ONCE).map(|number| {
        let order = Order::Start {
            peer: format!("peer {number}"),
            issuer: "https://farm.example".to_owned(),
            token_call: "https://farm.example/btx/token-call".to_owned(),
        };
        context.order(order, LONG)
    }));
    for (number, report) in asked.await.into_iter().enumerate() {
        let expected = Report::Started {
            outcome: StartOutcome::Pending,
            reason: Some(format!("peer {number}")),
        };
        assert_eq!(report, Ok(expected));
    }
}
