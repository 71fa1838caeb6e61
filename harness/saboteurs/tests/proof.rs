//! The proof that the scenarios can fail: run against each saboteur, they notice it and nothing else.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod laboratory;

use btx_harness::{embedded::Alterations, run::Outcome, scenario::Scenario, verdict::Verdict};
use btx_saboteurs::{
    Saboteur,
    chapters::{self, blanket},
    judgement::{complaints, sample},
};
use laboratory::{Experiment, catalogue, examine, examine_all, machine, seed};
use std::time::{Duration, Instant};

/// How many saboteurs are examined at once by a sample of the scenarios.
const AT_ONCE: usize = 8;
/// How many by all scenarios, some of which hold on for as long as a deadline lasts.
const AT_ONCE_IN_FULL: usize = 4;
/// How many scenarios of one saboteur run at once.
const JOBS: usize = 8;
/// The end of a scenario's control twin.
const TWIN: [&str; 2] = [
    "an exchange without the fault succeeds",
    "an exchange with a sound initiator succeeds",
];

#[test]
fn the_honest_reference_is_all_green() {
    let _machine = machine();
    let scenarios = btx_saboteurs::scenarios().unwrap();
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
    let all = btx_saboteurs::scenarios().unwrap();
    prove(AT_ONCE, |saboteur| sample(saboteur, &all));
}

/// The same with all scenarios against every saboteur: minutes, so only if BTX_FULL_PROOF is set.
#[test]
fn each_saboteur_is_noticed_and_nothing_else_in_full() {
    if std::env::var_os("BTX_FULL_PROOF").is_none() {
        eprintln!("left out: set BTX_FULL_PROOF=1 to run all scenarios against every saboteur");
        return;
    }
    let all = btx_saboteurs::scenarios().unwrap();
    prove(AT_ONCE_IN_FULL, |_| all.clone());
}

/// BTX_SABOTEUR leaves out all but the saboteurs that have it in their name.
fn prove(at_once: usize, choose: impl Fn(&Saboteur) -> Vec<Scenario>) {
    let _machine = machine();
    let only = std::env::var("BTX_SABOTEUR").unwrap_or_default();
    let saboteurs: Vec<_> = chapters::all()
        .into_iter()
        .filter(|s| s.name.contains(&only))
        .collect();
    assert!(!saboteurs.is_empty(), "BTX_SABOTEUR={only} is in no name");
    let seed = seed("the saboteurs");
    let experiments = saboteurs
        .iter()
        .map(|saboteur| Experiment {
            alterations: saboteur.alterations,
            scenarios: choose(saboteur),
            jobs: if saboteur.one_by_one { 1 } else { JOBS },
            seed,
        })
        .collect();
    let started = Instant::now();
    let results = examine_all(experiments, at_once, |place, outcomes, took| {
        tell(&saboteurs[place], outcomes, took);
    });
    println!(
        "{} saboteurs in {:.1} s",
        saboteurs.len(),
        started.elapsed().as_secs_f64()
    );
    let wrong: Vec<String> = saboteurs
        .iter()
        .zip(results)
        .flat_map(|(saboteur, outcomes)| complaints(saboteur, &outcomes, catalogue()))
        .collect();
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

#[test]
fn no_scenario_with_a_control_passes_against_who_refuses_or_accepts_everything() {
    let _machine = machine();
    let scenarios: Vec<_> = btx_saboteurs::scenarios()
        .unwrap()
        .into_iter()
        .filter(|s| {
            s.steps
                .iter()
                .any(|step| TWIN.contains(&step.text.as_str()))
        })
        .collect();
    let seed = seed("refuses and accepts everything");
    let experiments = [blanket::refuses_everything, blanket::accepts_everything]
        .map(|alterations| Experiment {
            alterations,
            scenarios: scenarios.clone(),
            jobs: 32,
            seed,
        })
        .into();
    let results = examine_all(experiments, 2, |_, _, _| {});
    let passed: Vec<String> = ["refuses everything", "accepts everything"]
        .iter()
        .zip(&results)
        .flat_map(|(who, outcomes)| {
            assert_eq!(outcomes.len(), scenarios.len());
            let passed = outcomes.iter().filter(|o| o.verdict == Verdict::Passed);
            passed
                .map(move |o| format!("{who}: {} \"{}\" passed", o.scenario.id(), o.scenario.name))
        })
        .collect();
    assert!(passed.is_empty(), "{}", passed.join("\n"));
}

/// EX-ISS-022 has no saboteur of its own: who breaks it refuses everything.
#[test]
fn who_refuses_everything_breaks_the_duty_to_begin_an_exchange() {
    let _machine = machine();
    let scenarios = btx_saboteurs::scenarios().unwrap();
    let outcomes = examine(Experiment {
        alterations: blanket::refuses_everything,
        scenarios: scenarios
            .into_iter()
            .filter(|s| s.has_tag("EX-ISS-022"))
            .collect(),
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
