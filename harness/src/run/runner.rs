//! Runs scenarios side by side, each in a world of its own and with a time of its own.

use super::{Absence, Context};
use crate::{
    scenario::Scenario,
    steps::{Failure, Stop, registry::Misfit},
    target::{Channel, Claim, Verb},
    timeline::{Event, Timeline},
    verdict::Verdict,
    world::World,
};
use futures::{FutureExt as _, StreamExt as _, stream};
use std::{panic::AssertUnwindSafe, pin::pin, sync::Arc, time::Duration};
use tokio::sync::Semaphore;

/// The reason of scenarios that could not be exercised because the target was lost.
pub const TARGET_GONE: &str = "target gone";

/// How many scenarios run at once that do not wait: more would only make each other slow.
const BUSY_AT_ONCE: usize = 32;

/// If so many were late, that is no chance, and none runs again.
const MOST_LATE: usize = 24;

/// How many run at once of those that run again, when nothing else does.
const LATE_AT_ONCE: usize = 4;

/// Which scenarios are run, and how.
pub struct Plan {
    /// The scenarios.
    pub scenarios: Vec<Scenario>,
    /// How many run at once.
    pub jobs: usize,
    /// Decides the order in which they start.
    pub seed: u64,
}

/// What became of a scenario.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The scenario.
    pub scenario: Scenario,
    /// Its verdict, before the levels of its requirements are looked at: a failure is `Failed`.
    pub verdict: Verdict,
    /// Why, in words, where it did not pass.
    pub reason: String,
    /// The step at which it stopped, from 0.
    pub step: Option<usize>,
    /// What was expected and what came, if it failed.
    pub failure: Option<Failure>,
    /// How long it took, without the check at the end of the run.
    pub took: Duration,
    /// Why it did not pass the first time, if it was so slow that this said nothing; it has run again since, when
    /// hardly anything else did, and all the rest is of that.
    pub late: Option<String>,
    /// What happened.
    pub events: Vec<Event>,
}

/// A scenario that has passed so far, and what has to be absent until the end.
struct Provisional {
    outcome: Outcome,
    timeline: Timeline,
    absences: Vec<Absence>,
}

/// Runs all scenarios of a plan and tells each outcome as soon as it is final.
///
/// Scenarios without anything to be absent are told when they are over, the others at the end.
pub async fn run(context: &Arc<Context>, plan: Plan, mut tell: impl FnMut(Outcome)) {
    let jobs = plan.jobs.max(1);
    let places = Semaphore::new(jobs);
    let (waits, busy) = in_order(plan.scenarios, plan.seed);
    let run = |scenario| async {
        // It is never closed.
        let _place = places.acquire().await;
        examine(context, scenario).await
    };
    let waits = stream::iter(waits).map(run).buffer_unordered(jobs);
    let busy = stream::iter(busy)
        .map(run)
        .buffer_unordered(jobs.min(BUSY_AT_ONCE));
    let mut results = pin!(stream::select(waits, busy));
    let (mut waiting, mut late) = (Vec::new(), Vec::new());
    let mut sort = |provisional: Provisional| {
        if provisional.absences.is_empty() || provisional.outcome.verdict != Verdict::Passed {
            tell(provisional.outcome);
        } else {
            waiting.push(provisional);
        }
    };
    while let Some(provisional) = results.next().await {
        match late.len() < MOST_LATE && was_late(context, &provisional.outcome) {
            true => late.push(provisional),
            false => sort(provisional),
        }
    }
    // So many are not late by chance.
    if late.len() >= MOST_LATE {
        late.drain(..).for_each(&mut sort);
    }
    let mut again = stream::iter(late)
        .map(|late| async {
            let mut provisional = examine(context, late.outcome.scenario).await;
            provisional.outcome.late = Some(late.outcome.reason);
            provisional
        })
        .buffer_unordered(jobs.min(LATE_AT_ONCE));
    while let Some(provisional) = again.next().await {
        sort(provisional);
    }
    let mut last = stream::iter(waiting)
        .map(|provisional| conclude(context, provisional))
        .buffer_unordered(jobs);
    while let Some(outcome) = last.next().await {
        tell(outcome);
    }
}

/// Those that wait for a declared limit, so that they wait together, and the rest; both shuffled.
fn in_order(mut scenarios: Vec<Scenario>, seed: u64) -> (Vec<Scenario>, Vec<Scenario>) {
    fastrand::Rng::with_seed(seed).shuffle(&mut scenarios);
    scenarios.into_iter().partition(|s| s.has_tag("waits"))
}

/// Whether it says nothing that a scenario did not pass: it took so long that a bearer that it took for live may
/// have expired before it was over. Bearers end at whole seconds, so one is good for up to a second less.
fn was_late(context: &Context, outcome: &Outcome) -> bool {
    let passed = matches!(
        outcome.verdict,
        Verdict::Passed | Verdict::NotClaimed | Verdict::HarnessError
    );
    let shortest = context.target.limits.bearer_lifetime;
    let shortest = shortest.saturating_sub(Duration::from_secs(1));
    !passed && outcome.scenario.has_tag("lifecycle") && outcome.took >= shortest
}

async fn examine(context: &Arc<Context>, scenario: Scenario) -> Provisional {
    if let Some(reason) = not_claimed(context, &scenario) {
        return without_running(scenario, Verdict::NotClaimed, reason);
    }
    if let Some(reason) = missing_verb(context, &scenario) {
        return without_running(scenario, Verdict::NotExercised, reason);
    }
    if context.is_gone().await {
        return without_running(scenario, Verdict::NotExercised, TARGET_GONE.to_owned());
    }
    let mut world = World::new(context.clone());
    world.tags.clone_from(&scenario.tags);
    let limit = time_limit(context);
    let (step, stop) =
        match tokio::time::timeout(limit, take_steps(context, &mut world, &scenario)).await {
            Ok(ended) => ended,
            Err(_) => {
                let words = format!(
                    "the scenario was not over after {:.0} s",
                    limit.as_secs_f64()
                );
                (None, Some(Stop::NotExercised(words)))
            }
        };
    let took = world.timeline.elapsed();
    // What a scenario leaves open must not get in the way of the next one with its peers.
    let _ = tokio::time::timeout(limit, world.settle()).await;
    let (verdict, reason, failure) = judge(stop);
    let mut provisional = Provisional {
        outcome: Outcome {
            scenario,
            verdict,
            reason,
            step,
            failure,
            took,
            late: None,
            events: world.timeline.events(),
        },
        timeline: world.timeline.clone(),
        absences: std::mem::take(&mut world.absences),
    };
    if verdict != Verdict::Passed && context.is_gone().await {
        provisional.outcome.verdict = Verdict::NotExercised;
        provisional.outcome.reason = TARGET_GONE.to_owned();
        provisional.outcome.failure = None;
    }
    provisional
}

fn judge(stop: Option<Stop>) -> (Verdict, String, Option<Failure>) {
    match stop {
        None => (Verdict::Passed, String::new(), None),
        Some(Stop::Failed(failure)) => {
            let reason = format!("expected {}, got {}", failure.expected, failure.actual);
            (Verdict::Failed, reason, Some(failure))
        }
        Some(Stop::Control(why)) => (
            Verdict::NotExercised,
            format!("control failed: {why}"),
            None,
        ),
        Some(Stop::NotExercised(why)) => (Verdict::NotExercised, why, None),
        Some(Stop::Harness(why)) => (Verdict::HarnessError, why, None),
    }
}

async fn take_steps(
    context: &Context,
    world: &mut World,
    scenario: &Scenario,
) -> (Option<usize>, Option<Stop>) {
    for (index, step) in scenario.steps.iter().enumerate() {
        let ended = match context.steps.find(&step.text) {
            Err(Misfit::Unknown) => Err(Stop::Harness(format!("no step fits \"{}\"", step.text))),
            Err(Misfit::Ambiguous) => Err(Stop::Harness(format!(
                "several steps fit \"{}\"",
                step.text
            ))),
            // A panic is a defect of the harness, and costs this scenario only.
            Ok((act, words)) => match AssertUnwindSafe(act(world, words)).catch_unwind().await {
                Ok(ended) => ended,
                Err(_) => Err(Stop::Harness("the harness panicked".to_owned())),
            },
        };
        if let Err(stop) = ended {
            return (Some(index), Some(stop));
        }
    }
    (None, None)
}

async fn conclude(context: &Context, provisional: Provisional) -> Outcome {
    let mut outcome = provisional.outcome;
    for absence in provisional.absences {
        if let Err(failure) = absence.judge(context).await {
            outcome.verdict = Verdict::Failed;
            outcome.reason = format!("expected {}, got {}", failure.expected, failure.actual);
            outcome.failure = Some(failure);
            outcome.events = provisional.timeline.events();
            break;
        }
    }
    outcome
}

fn without_running(scenario: Scenario, verdict: Verdict, reason: String) -> Provisional {
    Provisional {
        outcome: Outcome {
            scenario,
            verdict,
            reason,
            step: None,
            failure: None,
            took: Duration::ZERO,
            late: None,
            events: Vec::new(),
        },
        timeline: Timeline::default(),
        absences: Vec::new(),
    }
}

/// Why a scenario does not concern this target, if it does not.
fn not_claimed(context: &Context, scenario: &Scenario) -> Option<String> {
    for (tag, claim) in [
        ("issuer", Claim::ExchangeIssuer),
        ("initiator", Claim::ExchangeInitiator),
        ("authorization-server", Claim::OauthServer),
        ("resource", Claim::OauthResource),
        ("client", Claim::OauthClient),
        ("jwt-resource", Claim::JwtResource),
        ("jwt-authorization-server", Claim::JwtServer),
        ("jwt-client", Claim::JwtClient),
        ("lifecycle-issuer", Claim::LifecycleIssuer),
        ("lifecycle-resource", Claim::LifecycleResource),
        ("lifecycle-caller", Claim::LifecycleCaller),
    ] {
        if scenario.has_tag(tag) && !context.target.claims(claim) {
            return Some(format!("the target does not claim {claim}"));
        }
    }
    let besides = Claim::ALL.into_iter().filter(|c| !Claim::ROLES.contains(c));
    for claim in besides {
        let claimed = context.target.claims(claim);
        if scenario.has_tag(&format!("claims-{claim}")) && !claimed {
            return Some(format!("the target does not claim {claim}"));
        }
        if scenario.has_tag(&format!("claims-no-{claim}")) && claimed {
            return Some(format!("the target claims {claim}"));
        }
    }
    let controlled = context.target.control.as_ref();
    let controlled = controlled.is_some_and(|c| matches!(c.channel, Channel::Http(_)));
    if scenario.has_tag("claims-control") && !controlled {
        return Some("the target is not controlled by HTTP".to_owned());
    }
    if scenario.has_tag("replicas") && context.target.replicas() < 2 {
        return Some("the target lists one replica".to_owned());
    }
    None
}

/// The verb that a scenario needs and the target does not have, if there is one.
fn missing_verb(context: &Context, scenario: &Scenario) -> Option<String> {
    let missing = Verb::ALL
        .into_iter()
        .find(|v| scenario.has_tag(&format!("needs-{}", v.name())) && !context.target.has_verb(*v));
    missing.map(|verb| format!("the target has no verb `{}`", verb.name()))
}

/// No scenario goes through more than a few declared deadlines, one after the other.
fn time_limit(context: &Context) -> Duration {
    let limits = &context.target.limits;
    let longest = limits.exchange_deadline.max(limits.call_deadline);
    longest * 4 + limits.longest_pause * 2 + Duration::from_secs(40)
}
