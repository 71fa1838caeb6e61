//! The proof that the scenarios can fail: run against each saboteur, they notice it and nothing else.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod laboratory;

use btx_harness::{embedded::Alterations, run::Outcome, scenario::Scenario, verdict::Verdict};
use btx_saboteurs::{
    Saboteur, Side,
    chapters::{self, blanket, jwt, lifecycle, oauth},
    judgement::{complaints, sample},
    saboteur::has_words,
};
use laboratory::{Experiment, catalogue, examine, examine_all, machine, seed};
use std::time::{Duration, Instant};

/// How many saboteurs are examined at once.
const AT_ONCE: usize = 8;
/// How many scenarios of one saboteur run at once, in a sample of them.
const JOBS: usize = 8;
/// How many when all are run, some of which hold on for as long as a deadline lasts.
const JOBS_IN_FULL: usize = 40;
/// So many saboteurs may be examined a second time, alone. Some remember whom they have met, and with a thousand of them
/// there is now and then one that takes what another scenario left behind for its own matter. A saboteur or a scenario
/// that is wrong is wrong in another order as well; what was complained of the first time is printed.
const ONCE_MORE: usize = 6;
/// The ends of the control twins of the scenarios of a side.
fn twins(side: Side) -> &'static [&'static str] {
    match side {
        Side::Issuer => &[
            "an exchange without the fault succeeds",
            "an exchange with a sound initiator succeeds",
        ],
        Side::Initiator => &[
            "an exchange without the fault gets a token",
            "an exchange with a sound issuer gets a token",
        ],
        Side::AuthorizationServer => &[
            "a request without the fault gets a token",
            "a resource without the fault is told that the token is live",
            "its own revocation ends the token",
        ],
        Side::Resource => &[
            "a request without the fault is answered",
            "the token opens what a service may open",
        ],
        Side::Client => &[
            "a token without the fault is got and shown",
            "a token of a sound server is got and shown",
        ],
        Side::JwtResource | Side::JwtServer => &[
            "another client without the fault is let in",
            "a service JWT without fault is taken",
            "an access token is handed out for one without fault",
        ],
        Side::JwtClient => &[
            "a call without the fault is granted",
            "a call without the fault is granted, and the next shows its token",
            "a call of a sound resource is granted",
        ],
        // Nothing is said of an issuer at which nobody can log in.
        Side::LifecycleIssuer => &["a session"],
        Side::LifecycleResource => &[
            "an issuer whose bearers the resource takes",
            "two issuers whose bearers the resource takes",
        ],
        Side::LifecycleCaller => &[
            "a call of the caller without the fault is granted",
            "a call of a sound issuer is granted",
            "a sound new bearer is taken",
        ],
    }
}

#[test]
fn the_honest_issuer_is_all_green() {
    all_green(Side::Issuer);
}

#[test]
fn the_honest_initiator_is_all_green() {
    all_green(Side::Initiator);
}

#[test]
fn the_honest_client_is_all_green() {
    all_green(Side::Client);
}

#[test]
fn the_honest_resource_is_all_green() {
    all_green(Side::Resource);
}

#[test]
fn the_honest_authorization_server_is_all_green() {
    all_green(Side::AuthorizationServer);
}

#[test]
fn the_honest_resource_of_service_jwts_is_all_green() {
    all_green(Side::JwtResource);
}

#[test]
fn the_honest_authorization_server_of_service_jwts_is_all_green() {
    all_green(Side::JwtServer);
}

#[test]
fn the_honest_client_of_service_jwts_is_all_green() {
    all_green(Side::JwtClient);
}

#[test]
fn the_honest_issuer_of_sessions_is_all_green() {
    all_green(Side::LifecycleIssuer);
}

#[test]
fn the_honest_resource_of_bearers_is_all_green() {
    all_green(Side::LifecycleResource);
}

#[test]
fn the_honest_caller_with_sessions_is_all_green() {
    all_green(Side::LifecycleCaller);
}

fn all_green(side: Side) {
    let _machine = machine();
    let scenarios = btx_saboteurs::scenarios(side).unwrap();
    let outcomes = examine(Experiment {
        alterations: Alterations::default,
        scenarios,
        jobs: 16,
        seed: seed("the honest reference"),
    });
    let not_green: Vec<String> = outcomes
        .iter()
        .filter(|o| !matches!(o.verdict, Verdict::Passed | Verdict::NotClaimed))
        .map(|o| {
            format!(
                "{} \"{}\" {}: {}",
                o.scenario.id(),
                o.scenario.name,
                o.verdict,
                o.reason
            )
        })
        .collect();
    assert!(not_green.is_empty(), "{}", not_green.join("\n"));
}

#[test]
fn each_saboteur_is_noticed_and_nothing_else() {
    prove(JOBS, |saboteur| sample(saboteur, &of(saboteur.side)));
}

/// The same with all scenarios against every saboteur: minutes, so only if BTX_FULL_PROOF is set.
#[test]
fn each_saboteur_is_noticed_and_nothing_else_in_full() {
    if std::env::var_os("BTX_FULL_PROOF").is_none() {
        eprintln!("left out: set BTX_FULL_PROOF=1 to run all scenarios against every saboteur");
        return;
    }
    prove(JOBS_IN_FULL, |saboteur| of(saboteur.side));
}

fn of(side: Side) -> Vec<Scenario> {
    btx_saboteurs::scenarios(side).unwrap()
}

/// BTX_SABOTEUR leaves out all but the saboteurs that have it, or one of its parts between commas, in their
/// name or in what they break.
fn prove(jobs: usize, choose: impl Fn(&Saboteur) -> Vec<Scenario>) {
    let _machine = machine();
    let only = std::env::var("BTX_SABOTEUR").unwrap_or_default();
    let mut saboteurs: Vec<_> = chapters::all()
        .into_iter()
        .filter(|s| {
            let mut parts = only.split(',');
            parts.any(|part| s.name.contains(part) || s.breaks.contains(part))
        })
        .collect();
    assert!(!saboteurs.is_empty(), "BTX_SABOTEUR={only} is in no name");
    // Those that have much to wait for begin, so that the others run meanwhile.
    saboteurs.sort_by_cached_key(|s| {
        let waiting = choose(s).iter().filter(|it| it.has_tag("waits")).count();
        std::cmp::Reverse(waiting)
    });
    let seed = seed("the saboteurs");
    let experiment = |saboteur: &Saboteur, seed| Experiment {
        alterations: saboteur.alterations,
        scenarios: choose(saboteur),
        jobs: if saboteur.one_by_one { 1 } else { jobs },
        seed,
    };
    let experiments = saboteurs.iter().map(|one| experiment(one, seed)).collect();
    let started = Instant::now();
    let results = examine_all(experiments, AT_ONCE, |place, outcomes, took| {
        tell(&saboteurs[place], outcomes, took);
    });
    println!(
        "{} saboteurs in {:.1} s",
        saboteurs.len(),
        started.elapsed().as_secs_f64()
    );
    let mut wrong = Vec::new();
    for (saboteur, outcomes) in saboteurs.iter().zip(results) {
        let said = complaints(saboteur, &outcomes, catalogue());
        if !said.is_empty() {
            wrong.push((saboteur, said));
        }
    }
    if wrong.len() <= ONCE_MORE {
        wrong.retain_mut(|(saboteur, said)| {
            println!("once more, in another order, since\n{}", said.join("\n"));
            let started = Instant::now();
            let outcomes = examine(experiment(saboteur, seed.wrapping_add(1)));
            tell(saboteur, &outcomes, started.elapsed());
            *said = complaints(saboteur, &outcomes, catalogue());
            !said.is_empty()
        });
    }
    let wrong: Vec<String> = wrong.into_iter().flat_map(|(_, said)| said).collect();
    assert!(wrong.is_empty(), "seed {seed}\n{}", wrong.join("\n"));
}

fn tell(saboteur: &Saboteur, outcomes: &[Outcome], took: Duration) {
    let count = |verdict| outcomes.iter().filter(|o| o.verdict == verdict).count();
    println!(
        "{:5.1} s  {:<45} {}  red {}, green {}, not exercised {}",
        took.as_secs_f64(),
        saboteur.name,
        saboteur.breaks,
        count(Verdict::Failed),
        count(Verdict::Passed),
        count(Verdict::NotExercised),
    );
}

/// Someone who breaks everything: the side, a name, and how.
type Blanket = (Side, &'static str, fn() -> Alterations);

const BLANKET: [Blanket; 19] = [
    (
        Side::LifecycleIssuer,
        "an issuer of sessions that lets nobody in",
        lifecycle::issuer::blanket::refuses_everybody,
    ),
    (
        Side::LifecycleIssuer,
        "an issuer of sessions that opens to everybody",
        lifecycle::issuer::blanket::opens_to_everybody,
    ),
    (
        Side::LifecycleResource,
        "a resource that refuses every bearer",
        lifecycle::resource::blanket::refuses_everybody,
    ),
    (
        Side::LifecycleResource,
        "a resource that opens with any bearer",
        lifecycle::resource::blanket::opens_to_everybody,
    ),
    (
        Side::LifecycleCaller,
        "a caller with sessions that calls nobody",
        lifecycle::caller::blanket::calls_nobody,
    ),
    (
        Side::JwtResource,
        "a resource that refuses every service JWT",
        jwt::resource::blanket::refuses_everybody,
    ),
    (
        Side::JwtResource,
        "a resource that opens to everybody",
        jwt::resource::blanket::opens_to_everybody,
    ),
    (
        Side::JwtServer,
        "an authorization server that refuses every assertion",
        jwt::server::blanket::refuses_everyone,
    ),
    (
        Side::JwtServer,
        "an authorization server that gives every client a token",
        jwt::server::blanket::gives_everyone_a_token,
    ),
    (
        Side::JwtClient,
        "a client of service JWTs that calls nobody",
        jwt::client::blanket::calls_nobody,
    ),
    (
        Side::Client,
        "a client that shows its tokens to nobody",
        oauth::client::blanket::shows_nothing,
    ),
    (
        Side::Issuer,
        "an issuer that refuses everything",
        blanket::refuses_everything,
    ),
    (
        Side::Issuer,
        "an issuer that accepts everything",
        blanket::accepts_everything,
    ),
    (
        Side::Initiator,
        "an initiator that refuses every token issue",
        blanket::refuses_every_issue,
    ),
    (
        Side::Initiator,
        "an initiator that thanks for every token issue",
        blanket::thanks_for_every_issue,
    ),
    (
        Side::AuthorizationServer,
        "an authorization server that refuses everyone",
        oauth::server::blanket::refuses_everyone,
    ),
    (
        Side::AuthorizationServer,
        "an authorization server that gives everyone a token",
        oauth::server::blanket::gives_everyone_a_token,
    ),
    (
        Side::Resource,
        "a resource that refuses everybody",
        oauth::resource::blanket::refuses_everybody,
    ),
    (
        Side::Resource,
        "a resource that opens to everybody",
        oauth::resource::blanket::opens_to_everybody,
    ),
];

#[test]
fn no_scenario_with_a_control_passes_against_who_refuses_or_accepts_everything() {
    let _machine = machine();
    let seed = seed("refuses and accepts everything");
    let experiments = BLANKET
        .map(|(side, _, alterations)| Experiment {
            alterations,
            scenarios: with_control(side),
            jobs: 32,
            seed,
        })
        .into();
    let results = examine_all(experiments, 2, |_, _, _| {});
    let passed: Vec<String> = BLANKET
        .iter()
        .zip(&results)
        .flat_map(|((_, who, _), outcomes)| {
            assert!(!outcomes.is_empty());
            let passed = outcomes.iter().filter(|o| o.verdict == Verdict::Passed);
            passed
                .map(move |o| format!("{who}: {} \"{}\" passed", o.scenario.id(), o.scenario.name))
        })
        .collect();
    assert!(passed.is_empty(), "{}", passed.join("\n"));
}

fn with_control(side: Side) -> Vec<Scenario> {
    let twins = twins(side);
    let mut scenarios = of(side);
    scenarios.retain(|s| {
        let has = |fits: &dyn Fn(&str) -> bool| s.steps.iter().any(|step| fits(&step.text));
        // Who gives everyone a token at an authorization server does so rightly where nothing is refused.
        let refuses = side != Side::AuthorizationServer
            || has(&|text| text.contains("is refused") || text.starts_with("the refusal"));
        // Of a resource that opens to everybody, no challenge and no repetition can be wrong.
        let refuses =
            refuses && (side != Side::Resource || has(&|text| text == "it opens nothing"));
        // Who lets everybody in does so rightly where nobody is kept out.
        let refuses = refuses
            && (!matches!(side, Side::JwtResource | Side::JwtServer)
                || has(&|text| text.ends_with("opens nothing") || text == "it is not let in"));
        let of_bearers = matches!(side, Side::LifecycleIssuer | Side::LifecycleResource);
        let shut =
            |text: &str| text.ends_with("opens nothing") || text == "none of these bearers opens";
        let refuses = refuses && (!of_bearers || has(&shut));
        refuses && has(&|text| twins.contains(&text))
    });
    scenarios
}

/// The plainest scenario of EX-ISS-022 has no saboteur of its own: who breaks it refuses everything.
#[test]
fn who_refuses_everything_breaks_the_duty_to_begin_an_exchange() {
    all_red(Side::Issuer, blanket::refuses_everything, |s| {
        s.has_tag("EX-ISS-022")
    });
}

/// So it is with the plainest scenario of EX-INI-046.
#[test]
fn who_refuses_every_token_issue_breaks_the_duty_to_accept() {
    all_red(Side::Initiator, blanket::refuses_every_issue, |s| {
        has_words(s, &["A token issue without fault"])
    });
}

/// So it is with the plainest scenario of the resource.
#[test]
fn who_refuses_everybody_breaks_the_duty_to_take_valid_tokens() {
    all_red(
        Side::Resource,
        oauth::resource::blanket::refuses_everybody,
        |s| has_words(s, &["A valid JWT access token is taken: no fault"]),
    );
}

/// So it is with the plainest scenarios of the authorization server.
#[test]
fn who_refuses_everyone_breaks_the_duty_to_give_tokens() {
    all_red(
        Side::AuthorizationServer,
        oauth::server::blanket::refuses_everyone,
        |s| {
            has_words(
                s,
                &[
                    "A valid request gets a token",
                    "A valid assertion proves its client",
                    "A valid assertion about an account gets a token",
                ],
            )
        },
    );
}

fn all_red(side: Side, alterations: fn() -> Alterations, which: fn(&Scenario) -> bool) {
    let _machine = machine();
    let scenarios = of(side).into_iter().filter(which).collect();
    let outcomes = examine(Experiment {
        alterations,
        scenarios,
        jobs: 1,
        seed: seed("who refuses everything"),
    });
    let failed = outcomes
        .iter()
        .filter(|o| o.verdict == Verdict::Failed)
        .count();
    assert!(
        failed > 0 && failed == outcomes.len(),
        "{failed} of {} failed",
        outcomes.len()
    );
}
