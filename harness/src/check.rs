//! `btx check`: from a target to a verdict.

use crate::{
    caller::Caller,
    cli::{Check, Report},
    embedded::{self, Embedded},
    known_failures::KnownFailures,
    lab::listener::{Lab, Sockets},
    report::{
        Closing, Opening, badge, html, json, junit, probe,
        statement::{self, KnownFailure},
        terminal::Terminal,
    },
    run::{self, Context, Plan},
    scenario::{self, Scenario},
    selection::Selection,
    steps,
    target::{self, Claim, PeerKind, Target},
    verdict::{self, RunVerdict, Strictness},
};
use btx_spec::catalogue::{Catalogue, Profile, RequirementId, Role};
use std::{path::Path, sync::Arc, time::Instant};

/// Why there is no verdict, with the exit code that says so.
#[derive(Debug)]
pub struct NoVerdict {
    /// 2 for bad usage or a bad file, 3 for a target that is not reachable, 4 for nothing to run,
    /// 5 for a defect of the harness.
    pub exit: u8,
    /// What was wrong, and what to do.
    pub words: String,
}

/// The exit code of a program that was interrupted, as shells have it.
const INTERRUPTED: u8 = 130;

/// How many scenarios that need no peer of their own run at once.
const SIDE_BY_SIDE: usize = 16;

/// How many scenarios run at once at most, unless more are asked for: so many that all that wait for a declared
/// limit can wait together.
const MOST_AT_ONCE: usize = 192;

fn no_verdict(exit: u8) -> impl Fn(&dyn std::fmt::Display) -> NoVerdict {
    move |words| NoVerdict {
        exit,
        words: words.to_string(),
    }
}

/// Runs the command.
///
/// # Errors
/// When there is no verdict, with the exit code that says why.
pub async fn check(options: &Check) -> Result<u8, NoVerdict> {
    let (usage, unreachable, defect) = (no_verdict(2), no_verdict(3), no_verdict(5));
    let catalogue = Catalogue::embedded().as_ref().map_err(|errors| {
        defect(
            &errors
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("\n"),
        )
    })?;
    let all = scenario::all().map_err(|e| defect(&e))?;
    let known = match &options.known_failures {
        Some(path) => KnownFailures::load(path, &all).map_err(|e| usage(&e))?,
        None => KnownFailures::default(),
    };
    let known_failures = match &options.known_failures {
        Some(path) => statement::known_failures(path).map_err(|e| usage(&e))?,
        None => Vec::new(),
    };
    let whole = all.len();
    let uncovered_by = uncovered(catalogue, &all);
    let selected = selection(options).select(all).map_err(|e| usage(&e))?;
    if selected.is_empty() {
        return Err(no_verdict(4)(
            &"no scenario is left: what --only takes in, --skip leaves out",
        ));
    }
    if options.list {
        list(&selected);
        return Ok(0);
    }
    probe_reports(&options.report)?;
    let (target, sockets, _embedded) = open_target(options).await?;
    let caller = Caller::new(&target).map_err(|e| usage(&format!("[target] ca: {e}")))?;
    run::reach(&target, &caller)
        .await
        .map_err(|e| unreachable(&e))?;
    let lab = Lab::open(&target, sockets)
        .await
        .map_err(|e| unreachable(&e))?;
    let context = Context::new(target, caller, lab, steps::all().map_err(|e| defect(&e))?);
    if let Some(words) = context.broken_control() {
        return Err(unreachable(&words));
    }
    run::rehearse(&context).await.map_err(|e| unreachable(&e))?;
    let binding = |ids: Vec<RequirementId>| -> Vec<RequirementId> {
        let binding = ids.into_iter().filter(|id| binds(id, &context.target));
        binding.collect()
    };
    let suite = Suite {
        catalogue,
        known: &known,
        known_failures: &known_failures,
        scenarios: whole,
        uncovered: binding(uncovered_by),
        attested: binding(attested(catalogue)),
    };
    examine(options, &context, selected, &suite).await
}

/// What all runs have in common.
struct Suite<'a> {
    catalogue: &'a Catalogue,
    known: &'a KnownFailures,
    known_failures: &'a [KnownFailure],
    /// How many scenarios there are.
    scenarios: usize,
    /// The requirements that bind the target and that no scenario is about.
    uncovered: Vec<RequirementId>,
    /// The requirements that bind the target and that nobody can examine.
    attested: Vec<RequirementId>,
}

/// How many scenarios run at once without a word: as many as there are peers to lease, in all profiles. Those
/// about an authorization server, and most about a resource, need none of their own.
fn at_once(target: &Target) -> usize {
    let exchange = target.peers_of(PeerKind::Good).count();
    let oauth = match target.oauth.server.is_some() || target.oauth.resource.is_some() {
        true => SIDE_BY_SIDE,
        false => target.oauth.peers.len(),
    };
    let jwt = match target.jwt.documents.is_some() {
        true => SIDE_BY_SIDE,
        false => target.jwt.peers.len(),
    };
    let lifecycle = target.lifecycle.accounts.len()
        + target.lifecycle.signers.len()
        + target.lifecycle.peers.len();
    (exchange + oauth + jwt + lifecycle).clamp(1, MOST_AT_ONCE)
}

/// Finds out before the run whether its reports can be written.
fn probe_reports(reports: &[Report]) -> Result<(), NoVerdict> {
    for (index, report) in reports.iter().enumerate() {
        let path = report.path();
        if reports.iter().take(index).any(|r| r.path() == path) {
            let words = format!("two reports are to be written to {}", path.display());
            return Err(no_verdict(2)(&words));
        }
        probe(path).map_err(|e| unwritable(path, &e))?;
    }
    Ok(())
}

fn unwritable(path: &Path, error: &std::io::Error) -> NoVerdict {
    no_verdict(2)(&format!(
        "the report {} cannot be written: {error}",
        path.display()
    ))
}

/// The requirements that whoever claims conformance attests.
fn attested(catalogue: &Catalogue) -> Vec<RequirementId> {
    let untestable = catalogue
        .iter()
        .filter(|r| !r.retired && r.not_testable.is_some());
    untestable.map(|r| r.id).collect()
}

/// The MUSTs that could be examined and that no scenario is about.
fn uncovered(catalogue: &Catalogue, all: &[Scenario]) -> Vec<RequirementId> {
    let testable = catalogue
        .iter()
        .filter(|r| r.level.is_must() && !r.retired && r.not_testable.is_none());
    testable
        .map(|r| r.id)
        .filter(|id| !all.iter().any(|s| s.requirements.contains(id)))
        .collect()
}

/// Whether a requirement binds a target that claims what this one does.
fn binds(id: &RequirementId, target: &Target) -> bool {
    let oauth = [Claim::OauthServer, Claim::OauthResource, Claim::OauthClient];
    let resources = [
        Claim::ExchangeIssuer,
        Claim::OauthResource,
        Claim::JwtResource,
        Claim::LifecycleIssuer,
        Claim::LifecycleResource,
    ];
    match (id.profile, id.role) {
        (Profile::Oa, Role::Aus) => target.claims(Claim::OauthServer),
        (Profile::Oa, Role::Res) => target.claims(Claim::OauthResource),
        (Profile::Oa, Role::Cli) => target.claims(Claim::OauthClient),
        (Profile::Oa, _) => oauth.into_iter().any(|claim| target.claims(claim)),
        (Profile::Jw, Role::Aus) => target.claims(Claim::JwtServer),
        (Profile::Jw, Role::Res) => target.claims(Claim::JwtResource),
        (Profile::Jw, Role::Cli) => target.claims(Claim::JwtClient),
        (Profile::Lc, Role::Iss) => target.claims(Claim::LifecycleIssuer),
        (Profile::Lc, Role::Res) => target.claims(Claim::LifecycleResource),
        (Profile::Lc, Role::Cli) => target.claims(Claim::LifecycleCaller),
        // Whoever verifies.
        (Profile::Jw, _) => target.claims(Claim::JwtResource) || target.claims(Claim::JwtServer),
        (Profile::Ht, Role::Res) => resources.into_iter().any(|claim| target.claims(claim)),
        (_, Role::Iss | Role::Res) => target.claims(Claim::ExchangeIssuer),
        (_, Role::Ini) => target.claims(Claim::ExchangeInitiator),
        _ => true,
    }
}

fn selection(options: &Check) -> Selection {
    Selection {
        only: options.only.clone(),
        skip: options.skip.clone(),
        profiles: options.profile.clone(),
        roles: options.role.clone(),
    }
}

fn list(scenarios: &[Scenario]) {
    for scenario in scenarios {
        let ids: Vec<String> = scenario
            .requirements
            .iter()
            .map(ToString::to_string)
            .collect();
        anstream::println!("{}  {}  [{}]", scenario.id(), scenario.name, ids.join(" "));
    }
    let noun = if scenarios.len() == 1 {
        "scenario"
    } else {
        "scenarios"
    };
    anstream::println!("\n{} {noun}", scenarios.len());
}

/// The target of the file, or the reference implementation, which has to live as long as the run.
async fn open_target(
    options: &Check,
) -> Result<(Target, Sockets, Option<Arc<Embedded>>), NoVerdict> {
    match &options.target {
        Some(path) => {
            let target = target::load(path).map_err(|e| no_verdict(2)(&e))?;
            Ok((target, Sockets::default(), None))
        }
        None => {
            let mut embedded = embedded::start().await.map_err(|e| no_verdict(3)(&e))?;
            let sockets = std::mem::take(&mut embedded.sockets);
            Ok((embedded.target.clone(), sockets, Some(Arc::new(embedded))))
        }
    }
}

async fn examine(
    options: &Check,
    context: &Arc<Context>,
    selected: Vec<Scenario>,
    suite: &Suite<'_>,
) -> Result<u8, NoVerdict> {
    let Suite {
        catalogue, known, ..
    } = suite;
    let seed = options.seed.unwrap_or_else(|| fastrand::u64(0..1_000_000));
    let opening = Opening {
        target: &context.target,
        scenarios: selected.len(),
        all: suite.scenarios,
        seed,
        began: jiff::Timestamp::now(),
    };
    let mut reports = Vec::new();
    for report in &options.report {
        if let Report::Json(path) = report {
            let report = json::Report::create(path, &opening).map_err(|e| unwritable(path, &e))?;
            reports.push((path.clone(), report));
        }
    }
    let terminal = Terminal::open(&opening, options.trace);
    let plan = Plan {
        jobs: options
            .jobs
            .map_or_else(|| at_once(&context.target), usize::from),
        scenarios: selected,
        seed,
    };
    let started = Instant::now();
    let mut outcomes = Vec::new();
    let mut broken_report = None;
    let all = plan.scenarios.len();
    let running = run::run(context, plan, |outcome| {
        terminal.scenario(&outcome, catalogue);
        for (path, report) in &mut reports {
            if let Err(error) = report.scenario(&outcome, catalogue) {
                broken_report = Some((path.clone(), error));
            }
        }
        outcomes.push(outcome);
    });
    let interrupted = tokio::select! {
        () = running => false,
        // What was found until then has been shown, and stands in the JSON report.
        _ = tokio::signal::ctrl_c() => true,
    };
    if interrupted {
        terminal.abandon();
        return Err(NoVerdict {
            exit: INTERRUPTED,
            words: format!(
                "interrupted after {} of {all} scenarios: there is no verdict",
                outcomes.len()
            ),
        });
    }
    let took = started.elapsed();
    outcomes.sort_by(|a, b| {
        (&a.scenario.file, a.scenario.line).cmp(&(&b.scenario.file, b.scenario.line))
    });
    let requirements = verdict::of_requirements(&outcomes, catalogue);
    let stale = known.stale(&outcomes);
    let strictness = Strictness {
        strict: options.strict,
        allow_incomplete: options.allow_incomplete,
    };
    let verdict = verdict::of_run(
        &outcomes,
        &requirements,
        catalogue,
        strictness,
        |outcome| known.expects(outcome),
        !stale.is_empty(),
    );
    let closing = Closing {
        opening,
        verdict,
        outcomes: &outcomes,
        requirements: &requirements,
        known,
        known_failures: suite.known_failures,
        stale: &stale,
        catalogue,
        took,
        strictness,
        selected: !selection(options).is_everything(),
        uncovered: &suite.uncovered,
        attested: &suite.attested,
    };
    for (path, report) in &mut reports {
        if let Err(error) = report.close(&closing) {
            broken_report = Some((path.clone(), error));
        }
    }
    let page = html::Wishes {
        trace: options.trace,
        book: options.book.as_deref(),
    };
    let mut unwritten = broken_report;
    for report in &options.report {
        let written = match report {
            Report::Json(_) => Ok(()),
            Report::Junit(path) => junit::write(path, &closing),
            Report::Html(path) => html::write(path, &closing, &page),
            Report::Statement(path) => statement::write(path, &closing),
            Report::Badge(path) => badge::write(path, &closing),
        };
        if let Err(error) = written {
            unwritten = Some((report.path().to_owned(), error));
        }
    }
    terminal.close(&closing);
    if let Some((path, error)) = unwritten {
        return Err(unwritable(&path, &error));
    }
    if verdict == RunVerdict::NotConformant && options.target.is_none() {
        anstream::eprintln!("\nThe reference implementation itself fails: please report it.");
    }
    Ok(verdict.exit())
}
