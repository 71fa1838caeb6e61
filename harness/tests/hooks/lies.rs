//! A control that says of starts and uses what is not so.

use super::{
    BOUND, LONG, SOME,
    between::{Told, started, through},
    is_for_b1, only_b1_suffers, reference,
};
use crate::laboratory::{Say, examine, line};
use btx_harness::verdict::Verdict;
use btx_spec::hooks::Order;
use futures::future::join_all;
use std::time::Duration;

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
