//! The proof that the scenarios can fail: run against each saboteur, they notice it and nothing else.

mod laboratory;

use btx_harness::{scenario, verdict::Verdict};
use btx_saboteurs::{
    chapters::{self, blanket},
    judgement::{complaints, sample},
    sabotage::Sabotage,
};
use laboratory::{Experiment, catalogue, examine, examine_all, seed};

/// How many saboteurs are examined at once.
const AT_ONCE: usize = 8;
/// How many scenarios of one saboteur run at once.
const JOBS: usize = 8;
/// The end of a scenario's control twin.
const TWIN: [&str; 2] = [
    "an exchange without the fault succeeds",
    "an exchange with a sound initiator succeeds",
];

#[test]
fn the_honest_reference_is_all_green() {
    let scenarios = scenario::all().unwrap();
    let outcomes = examine(Experiment {
        alterations: || Sabotage::new().alterations(),
        scenarios,
        jobs: 32,
        seed: seed("the honest reference"),
    });
    let not_green: Vec<String> = outcomes
        .iter()
        .filter(|o| !matches!(o.verdict, Verdict::Passed | Verdict::NotClaimed))
        .map(|o| format!("{} \"{}\" {}: {}", o.scenario.id(), o.scenario.name, o.verdict, o.reason))
        .collect();
    assert!(not_green.is_empty(), "{}", not_green.join("\n"));
}

#[test]
fn each_saboteur_is_noticed_and_nothing_else() {
    let all = scenario::all().unwrap();
    prove(|saboteur| sample(saboteur, &all));
}

/// The same with all scenarios against every saboteur: minutes, so only if BTX_FULL_PROOF is set.
#[test]
fn each_saboteur_is_noticed_and_nothing_else_in_full() {
    if std::env::var_os("BTX_FULL_PROOF").is_none() {
        eprintln!("left out: set BTX_FULL_PROOF=1 to run all scenarios against every saboteur");
        return;
    }
    let all = scenario::all().unwrap();
    prove(|_| all.clone());
}

fn prove(choose: impl Fn(&btx_saboteurs::Saboteur) -> Vec<scenario::Scenario>) {
    let only = std::env::var("BTX_SABOTEUR").unwrap_or_default();
    let saboteurs: Vec<_> = chapters::all()
        .into_iter()
        .filter(|s| s.name.contains(&only))
        .collect();
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
    let mut wrong = Vec::new();
    for (saboteur, (outcomes, took)) in saboteurs.iter().zip(examine_all(experiments, AT_ONCE)) {
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
        wrong.extend(complaints(saboteur, &outcomes, catalogue()));
    }
    assert!(wrong.is_empty(), "seed {seed}\n{}", wrong.join("\n"));
}

#[test]
fn no_scenario_with_a_control_passes_against_who_refuses_or_accepts_everything() {
    let scenarios: Vec<_> = scenario::all()
        .unwrap()
        .into_iter()
        .filter(|s| s.steps.iter().any(|step| TWIN.contains(&step.text.as_str())))
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
    let passed: Vec<String> = ["refuses everything", "accepts everything"]
        .iter()
        .zip(examine_all(experiments, 2))
        .flat_map(|(who, (outcomes, _))| {
            assert_eq!(outcomes.len(), scenarios.len());
            outcomes
                .into_iter()
                .filter(|o| o.verdict == Verdict::Passed)
                .map(move |o| format!("{who}: {} \"{}\" passed", o.scenario.id(), o.scenario.name))
        })
        .collect();
    assert!(passed.is_empty(), "{}", passed.join("\n"));
}
