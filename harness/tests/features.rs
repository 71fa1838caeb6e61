//! What every feature file owes: steps that exist, tags that agree, words that mean something.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use btx_harness::{scenario, steps};
use btx_spec::catalogue::Catalogue;

#[test]
fn every_step_fits_one_pattern() {
    let steps = steps::all().unwrap();
    for scenario in scenario::all().unwrap() {
        for step in &scenario.steps {
            if let Err(misfit) = steps.find(&step.text) {
                panic!(
                    "{}: \"{}\" fits no step or several ({misfit:?}): see harness/src/steps/",
                    scenario.id(),
                    step.text
                );
            }
        }
    }
}

#[test]
fn the_requirements_of_a_scenario_are_all_musts_or_none_is() {
    let catalogue = Catalogue::embedded().as_ref().unwrap();
    for scenario in scenario::all().unwrap() {
        let musts: Vec<bool> = scenario
            .requirements
            .iter()
            .map(|id| {
                catalogue
                    .get(id)
                    .unwrap_or_else(|| panic!("{}: {id} is no requirement", scenario.id()))
            })
            .map(|r| r.level.is_must())
            .collect();
        assert!(
            !musts.is_empty(),
            "{}: tag it with a requirement",
            scenario.id()
        );
        assert!(
            musts.iter().all(|m| *m == musts[0]),
            "{}: a failure must not be an error and a warning at once; make two scenarios of it",
            scenario.id()
        );
    }
}

/// A refusal is believed only if the same call without the fault is taken.
#[test]
fn every_scenario_about_a_refusal_has_a_control() {
    let controls = [
        "an exchange without the fault succeeds",
        "an exchange with a sound initiator succeeds",
        "the token opens the resource where it belongs",
        "all of them succeed",
        "an exchange without the fault gets a token",
        "an exchange with a sound issuer gets a token",
        "the right one is accepted",
        "the token issue is accepted",
        "a request without the fault gets a token",
        "a resource without the fault is told that the token is live",
        "its own revocation ends the token",
        "a request without the fault is answered",
        "the token opens what a service may open",
        "a token without the fault is got and shown",
        "a call without the fault is granted",
        "a call without the fault is granted, and the next shows its token",
        "a client of which the resource has taken a service JWT",
        "a client that has been handed out an access token",
        "a service JWT without fault is taken",
        "an access token is handed out for one without fault",
        "the access token itself is taken",
        "the first of its requests was let in",
        "the first of them was taken",
        "another client without the fault is let in",
        "an issuer whose bearers the resource takes",
        "two issuers whose bearers the resource takes",
        "the resource takes a bearer of the current key",
        "a call of the caller without the fault is granted",
        "a call of a sound resource is granted",
        "a call of a sound issuer is granted",
        "a sound new bearer is taken",
        "its bearer opens where it belongs",
        "its bearer opens on each replica",
        "it is refreshed",
        "its session lives on",
        "a new session opens",
        "a bearer without fault is let in",
        "the other opens",
        "a token of a sound server is got and shown",
        "the client gets a token",
    ];
    let refusals = [
        "the call is refused",
        "opens nothing",
        "stays shut",
        "no token issue was sent",
        "the refusal",
        "the request is refused",
        "the second is refused",
        "the question is refused",
        "the revocation is refused",
        "the token is live all the same",
        "the API was not shown what came",
        "no credentials came",
        "no assertion came",
        "no JWT and no token came",
        "no server that is not allowed was asked",
        "nothing was fetched at the other origin",
        "was shown service JWTs alone",
        "no byte of a request came",
        "no secret came to where",
        "the later requests had the old bearer",
        "the API was shown nothing",
    ];
    for scenario in scenario::all().unwrap() {
        let judges = scenario
            .steps
            .iter()
            .any(|s| refusals.iter().any(|r| s.text.contains(r)) && !s.text.ends_with("so far"));
        let controlled = scenario
            .steps
            .iter()
            .any(|s| controls.contains(&s.text.as_str()));
        assert!(
            !judges || controlled,
            "{}: add a control, for example \"And {}\"",
            scenario.id(),
            controls[0]
        );
    }
}

#[test]
fn ids_of_scenarios_are_distinct() {
    let mut ids: Vec<String> = scenario::all().unwrap().iter().map(|s| s.id()).collect();
    ids.sort();
    let all = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), all);
}
