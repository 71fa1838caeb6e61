//! Reports to look at: real runs against an implementation with faults, and against one without.

use crate::Failure;
use axum::{
    body::Body,
    http::{Response, StatusCode},
    middleware,
};
use btx_harness::{
    caller::Caller,
    embedded::{self, Alterations},
    known_failures::KnownFailures,
    lab::listener::Lab,
    report::{Closing, Opening, html},
    run::{self, Context, Outcome, Plan},
    scenario,
    selection::Selection,
    steps,
    target::PeerKind,
    verdict::{self, Strictness, Verdict},
};
use btx_saboteurs::chapters;
use btx_spec::catalogue::Catalogue;
use std::{path::Path, time::Duration};

/// How many scenarios run at once.
const JOBS: usize = 16;
/// The saboteur that plays the initiator with faults.
const SABOTEUR: &str = "is-open-to-relays";
/// What is run: scenarios of both roles, of every level, some with long timelines.
const SELECTORS: [&str; 5] = [
    "versions.feature",
    "exchange/initiator/token_issue.feature",
    "EX-ISS-018",
    "EX-ISS-082",
    "HT-ANY-041",
];

/// A report that was written.
pub(crate) struct Specimen {
    /// Its file's name.
    pub(crate) file: &'static str,
    /// How many scenarios failed or were warned about.
    pub(crate) findings: usize,
    /// How many of them have a message that shows the failure.
    pub(crate) marked: usize,
}

/// Writes the report of a run with failures into a folder.
pub(crate) async fn with_failures(folder: &Path, seed: u64) -> Result<Specimen, Failure> {
    let saboteur = chapters::all().into_iter().find(|s| s.name == SABOTEUR);
    let saboteur = saboteur.ok_or_else(|| format!("there is no saboteur {SABOTEUR} any more"))?;
    let alterations = Alterations {
        router: Box::new(|_, router| router.layer(middleware::map_response(refuse_oddly))),
        ..(saboteur.alterations)()
    };
    // What needs such a peer is not exercised, which the report has to say as well.
    let lacks = Some(PeerKind::ExpiredCert);
    let specimen = write(folder, "failures.html", &alterations, lacks, seed).await?;
    if specimen.marked == 0 {
        return Err("no failure of the run has a message that shows it".into());
    }
    Ok(specimen)
}

/// Writes the report of a run without failures into a folder.
pub(crate) async fn without_failures(folder: &Path, seed: u64) -> Result<Specimen, Failure> {
    let alterations = Alterations::default();
    let specimen = write(folder, "passed.html", &alterations, None, seed).await?;
    if specimen.findings > 0 {
        return Err("the reference implementation itself fails: see what `btx check` says".into());
    }
    Ok(specimen)
}

/// An issuer that refuses with a status of its own, in words that nothing can break: a SHOULD.
async fn refuse_oddly(mut response: Response<Body>) -> Response<Body> {
    if response.status() == StatusCode::BAD_REQUEST {
        *response.status_mut() = StatusCode::IM_A_TEAPOT;
        *response.body_mut() = Body::from(format!("{{\"detail\":\"{}\"}}", "unbroken".repeat(40)));
        response.headers_mut().remove("content-length");
    }
    response
}

async fn write(
    folder: &Path,
    file: &'static str,
    alterations: &Alterations,
    lacks: Option<PeerKind>,
    seed: u64,
) -> Result<Specimen, Failure> {
    let selection = Selection {
        only: SELECTORS.map(str::to_owned).to_vec(),
        ..Selection::default()
    };
    let all = scenario::all()?;
    let whole = all.len();
    let scenarios = selection.select(all).map_err(|error| error.to_string())?;
    let mut running = embedded::start_altered(alterations).await?;
    let sockets = std::mem::take(&mut running.sockets);
    let mut target = running.target.clone();
    if let Some(kind) = lacks {
        target.peers.retain(|peer| peer.kind != kind);
    }
    let caller = Caller::new(&target).map_err(|error| error.to_string())?;
    let lab = Lab::open(&target, sockets)
        .await
        .map_err(|error| error.to_string())?;
    let context = Context::new(target.clone(), caller, lab, steps::all()?);
    let opening = Opening {
        target: &target,
        scenarios: scenarios.len(),
        all: whole,
        seed,
        began: jiff::Timestamp::now(),
    };
    let plan = Plan {
        scenarios,
        jobs: JOBS,
        seed,
    };
    let mut outcomes = Vec::new();
    let started = std::time::Instant::now();
    run::run(&context, plan, |outcome| outcomes.push(outcome)).await;
    outcomes.sort_by_key(|o| (o.scenario.file.clone(), o.scenario.line));
    close(&folder.join(file), opening, &outcomes, started.elapsed())?;
    let found: Vec<&Outcome> = outcomes.iter().filter(|o| o.failure.is_some()).collect();
    let marked = |o: &&&Outcome| o.failure.as_ref().is_some_and(|f| f.event.is_some());
    Ok(Specimen {
        file,
        findings: found.len(),
        marked: found.iter().filter(marked).count(),
    })
}

fn close(
    path: &Path,
    opening: Opening<'_>,
    outcomes: &[Outcome],
    took: Duration,
) -> Result<(), Failure> {
    let catalogue = Catalogue::embedded()
        .as_ref()
        .map_err(|_| "the catalogue cannot be read: see what `btx check` says")?;
    if let Some(broken) = outcomes.iter().find(|o| o.verdict == Verdict::HarnessError) {
        return Err(format!("{}: {}", broken.scenario.id(), broken.reason).into());
    }
    let requirements = verdict::of_requirements(outcomes, catalogue);
    let known = KnownFailures::default();
    let strictness = Strictness::default();
    let verdict = verdict::of_run(
        outcomes,
        &requirements,
        catalogue,
        strictness,
        |_| false,
        false,
    );
    let closing = Closing {
        opening,
        verdict,
        outcomes,
        requirements: &requirements,
        known: &known,
        known_failures: &[],
        stale: &[],
        catalogue,
        selected: true,
        uncovered: &[],
        attested: &[],
        took,
        strictness,
    };
    Ok(html::write(path, &closing, &html::Wishes::default())?)
}
