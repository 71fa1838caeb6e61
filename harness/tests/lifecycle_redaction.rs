//! What a run about keys and sessions writes has none of the secrets that went to and fro in it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use axum::{body::Body, http::Response, http::StatusCode, middleware};
use btx_harness::{
    caller::Caller,
    embedded::{self, Alterations, Starts, lifecycle},
    known_failures::KnownFailures,
    lab::listener::Lab,
    report::{Closing, Opening, html, json, junit, statement, terminal},
    run::{self, Context, Outcome, Plan},
    scenario,
    selection::Selection,
    steps,
    target::Target,
    timeline::What,
    verdict::{self, Strictness},
    wire::Fields,
};
use btx_spec::catalogue::Catalogue;
use serde_json::Value;
use std::{collections::BTreeSet, fs, path::Path, time::Duration};
use url::form_urlencoded;

/// What such a run shows most of.
const SELECTED: [&str; 5] = [
    "login.feature",
    "using.feature",
    "logout.feature",
    "reissue.feature",
    "new_bearers.feature",
];
/// Members and parameters that are secrets.
const SECRET: [&str; 5] = ["session_token", "bearer_token", "password", "k", "d"];
/// No secret is shorter; what is, a scenario has made up to be refused.
const SHORTEST: usize = 13;

/// An issuer that lets in whom it refuses, so that much fails, and is told with all that was sent.
async fn lenient(mut response: Response<Body>) -> Response<Body> {
    if response.status() == StatusCode::UNAUTHORIZED {
        *response.status_mut() = StatusCode::OK;
    }
    response
}

/// The target, what came of its scenarios, and the folder's reports of it.
async fn reported(folder: &Path) -> (Target, Vec<Outcome>) {
    let mut running = embedded::start_altered(&Alterations {
        starts: Starts::Lifecycle,
        lifecycle: lifecycle::Alterations {
            issuer_router: Box::new(|_, router| router.layer(middleware::map_response(lenient))),
            ..lifecycle::Alterations::default()
        },
        ..Alterations::default()
    })
    .await
    .unwrap();
    let sockets = std::mem::take(&mut running.sockets);
    let target = running.target.clone();
    let caller = Caller::new(&target).unwrap();
    let lab = Lab::open(&target, sockets).await.unwrap();
    let context = Context::new(target.clone(), caller, lab, steps::all().unwrap());
    let selection = Selection {
        only: SELECTED.map(str::to_owned).to_vec(),
        ..Selection::default()
    };
    let plan = Plan {
        scenarios: selection.select(scenario::all().unwrap()).unwrap(),
        jobs: 16,
        seed: 7,
    };
    let mut outcomes = Vec::new();
    run::run(&context, plan, |outcome| outcomes.push(outcome)).await;
    write(folder, &target, &outcomes);
    (target, outcomes)
}

/// Writes every report that there is.
fn write(folder: &Path, target: &Target, outcomes: &[Outcome]) {
    let catalogue = Catalogue::embedded().as_ref().unwrap();
    let requirements = verdict::of_requirements(outcomes, catalogue);
    let known = KnownFailures::default();
    let strictness = Strictness::default();
    let opening = Opening {
        target,
        scenarios: outcomes.len(),
        all: outcomes.len(),
        seed: 7,
        began: "2026-11-22T13:00:00Z".parse().unwrap(),
    };
    let closing = Closing {
        opening,
        verdict: verdict::of_run(
            outcomes,
            &requirements,
            catalogue,
            strictness,
            |_| false,
            false,
        ),
        outcomes,
        requirements: &requirements,
        known: &known,
        known_failures: &[],
        stale: &[],
        catalogue,
        selected: true,
        uncovered: &[],
        attested: &[],
        took: Duration::from_secs(1),
        strictness,
    };
    let wishes = html::Wishes {
        trace: true,
        book: None,
    };
    html::write(&folder.join("page.html"), &closing, &wishes).unwrap();
    junit::write(&folder.join("junit.xml"), &closing).unwrap();
    statement::write(&folder.join("statement.md"), &closing).unwrap();
    let mut records = json::Report::create(&folder.join("run.jsonl"), &opening).unwrap();
    let mut told = String::new();
    for outcome in outcomes {
        records.scenario(outcome, catalogue).unwrap();
        let verdict = verdict::of_scenario(outcome, catalogue);
        told.push_str(&terminal::failure(outcome, verdict, catalogue));
    }
    records.close(&closing).unwrap();
    fs::write(folder.join("terminal.txt"), told).unwrap();
}

/// The secrets that went to and fro, whatever carried them.
fn secrets(target: &Target, outcomes: &[Outcome]) -> BTreeSet<String> {
    let lifecycle = &target.lifecycle;
    let accounts = lifecycle.accounts.iter().map(|a| a.password.clone());
    let mut found: BTreeSet<String> = accounts.collect();
    found.extend(lifecycle.peers.iter().map(|peer| peer.password.clone()));
    for event in outcomes.iter().flat_map(|outcome| &outcome.events) {
        match &event.what {
            What::Request(url, request) => {
                let query = url.split_once('?').map_or("", |(_, query)| query);
                found.extend(parameters(query.as_bytes()));
                found.extend(of_message(&request.fields, &request.body));
            }
            What::Response(response) => {
                found.extend(of_message(&response.fields, &response.body));
            }
            What::Note(_) | What::Heading(_) => {}
        }
    }
    let encode = |secret: &String| form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let encoded: Vec<String> = found.iter().map(encode).collect();
    found.extend(encoded);
    found.retain(|secret| secret.len() >= SHORTEST && !is_unsigned(secret));
    found
}

/// Whether this is a bearer without its signature, which opens nothing.
fn is_unsigned(text: &str) -> bool {
    let signature = text.split('.').nth(2);
    text.starts_with("eyJ") && signature.is_none_or(str::is_empty)
}

fn of_message(fields: &Fields, body: &[u8]) -> Vec<String> {
    let mut found = parameters(body);
    if let Ok(Value::Object(members)) = serde_json::from_slice(body) {
        let secret = SECRET
            .iter()
            .filter_map(|name| members.get(*name)?.as_str());
        found.extend(secret.map(str::to_owned));
    }
    found.extend(fields.all("x-session-token").map(str::to_owned));
    for shown in fields.all("authorization") {
        let token = shown.split_once(' ').map_or(shown, |(_, token)| token);
        found.push(token.to_owned());
    }
    for info in fields.all("authentication-info") {
        let after = info.split_once("bearer_token=\"").map(|(_, after)| after);
        found.extend(after.and_then(|a| Some(a.split_once('"')?.0.to_owned())));
    }
    found
}

fn parameters(text: &[u8]) -> Vec<String> {
    let pairs = form_urlencoded::parse(text);
    let secret = pairs.filter(|(name, _)| SECRET.contains(&&**name));
    secret.map(|(_, value)| value.into_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_report_has_a_secret_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (target, outcomes) = reported(folder.path()).await;
    let failed = outcomes.iter().filter(|o| o.failure.is_some()).count();
    assert!(failed > 10, "{failed} scenarios failed");
    let secrets = secrets(&target, &outcomes);
    let bearers = secrets.iter().filter(|secret| secret.starts_with("eyJ"));
    assert!(bearers.count() > 10, "too few bearers were seen");
    for file in fs::read_dir(folder.path()).unwrap() {
        let path = file.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        assert!(!text.is_empty(), "{} is empty", path.display());
        let shown = secrets.iter().find(|secret| text.contains(*secret));
        assert_eq!(shown, None, "whole in {}", path.display());
    }
    let printed = format!("{target:?}");
    let shown = secrets.iter().find(|secret| printed.contains(*secret));
    assert_eq!(shown, None, "whole in Debug of the target");
}
