//! An issuer at which nobody logs in by HTTP is examined with sessions that a hook obtains.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use btx_harness::{
    caller::Caller,
    embedded::{self, Alterations, Starts},
    lab::listener::Lab,
    report::timeline::entries,
    run::{self, Context, Plan},
    scenario,
    selection::Selection,
    steps,
    target::{Claim, Hook},
    verdict::Verdict,
};
use std::collections::BTreeMap;

/// What logs in by HTTP after all, in place of the program of the issuer.
fn hook(login: &str) -> Hook {
    Hook::Request {
        method: "POST".to_owned(),
        url: login.to_owned(),
        fields: BTreeMap::from([("x-replica".to_owned(), "{replica}".to_owned())]),
        body: Some("{\"username\":\"{account}\",\"password\":\"{password}\"}".to_owned()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_scenario_about_issuers_has_sessions_that_a_hook_obtains() {
    let alterations = Alterations {
        starts: Starts::Lifecycle,
        ..Alterations::default()
    };
    let mut running = embedded::start_altered(&alterations).await.unwrap();
    let sockets = std::mem::take(&mut running.sockets);
    let mut target = running.target.clone();
    target.claims.retain(|claim| *claim != Claim::LogsIn);
    for issuer in &mut target.lifecycle.issuers {
        issuer.obtain = issuer.login.first().map(|url| hook(url.as_str()));
        issuer.login.clear();
    }
    let password = target.lifecycle.accounts[0].password.clone();
    let caller = Caller::new(&target).unwrap();
    let lab = Lab::open(&target, sockets).await.unwrap();
    let context = Context::new(target, caller, lab, steps::all().unwrap());
    run::rehearse(&context).await.unwrap();
    let selection = Selection {
        roles: vec!["lifecycle-issuer".to_owned()],
        ..Selection::default()
    };
    let plan = Plan {
        scenarios: selection.select(scenario::all().unwrap()).unwrap(),
        jobs: 16,
        seed: 7,
    };
    let mut passed = 0;
    let mut others = Vec::new();
    run::run(&context, plan, |outcome| {
        let told = entries(&outcome.events, None);
        assert!(!told.iter().any(|entry| entry.line.contains(&password)));
        match outcome.verdict {
            Verdict::Passed => passed += 1,
            Verdict::NotClaimed => {}
            verdict => others.push(format!(
                "{}: {verdict}: {} {:?}",
                outcome.scenario.name, outcome.reason, outcome.failure
            )),
        }
    })
    .await;
    assert!(others.is_empty(), "{others:#?}");
    assert!(passed > 80, "{passed} passed");
}
