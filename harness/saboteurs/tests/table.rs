//! The table of saboteurs itself: complete, without repeats, and nothing in it out of date.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use btx_harness::scenario::Scenario;
use btx_saboteurs::{
    Saboteur, chapters,
    saboteur::{has_words, is_about},
    unsabotaged::{UNNOTICED, UNSABOTAGED},
};
use btx_spec::catalogue::{Catalogue, Level, Profile, Requirement, Role};
use std::collections::BTreeSet;

fn catalogue() -> &'static Catalogue {
    Catalogue::embedded().as_ref().unwrap()
}

fn scenarios() -> Vec<Scenario> {
    btx_saboteurs::scenarios().unwrap()
}

/// What somebody can examine on the issuer's side.
fn of_the_issuer() -> Vec<&'static Requirement> {
    catalogue()
        .iter()
        .filter(|r| r.not_testable.is_none() && !r.retired)
        // Nobody can break a permission.
        .filter(|r| r.level != Level::May)
        .filter(|r| matches!(r.id.profile, Profile::Ex | Profile::Ht))
        .filter(|r| matches!(r.id.role, Role::Iss | Role::Any | Role::Res))
        .collect()
}

fn breaks(saboteurs: &[Saboteur], id: &str) -> bool {
    saboteurs.iter().any(|s| s.breaks == id)
}

fn none(what: &str, wrong: &[String]) {
    assert!(wrong.is_empty(), "{what}:\n{}", wrong.join("\n"));
}

#[test]
fn names_are_unique_and_every_saboteur_says_what_it_does() {
    let mut names = BTreeSet::new();
    for saboteur in chapters::all() {
        assert!(
            names.insert(saboteur.name),
            "{} stands twice",
            saboteur.name
        );
        assert!(
            saboteur.does.ends_with('.'),
            "{}: no sentence",
            saboteur.name
        );
        for extra in &saboteur.extras {
            assert!(
                !extra.why.is_empty(),
                "{}: no reason for {}",
                saboteur.name,
                extra.requirement
            );
        }
    }
}

#[test]
fn every_requirement_of_the_table_is_in_the_catalogue_and_testable() {
    let known: BTreeSet<String> = of_the_issuer().iter().map(|r| r.id.to_string()).collect();
    let unknown: Vec<String> = chapters::all()
        .iter()
        .flat_map(|s| std::iter::once(s.breaks).chain(s.extras.iter().map(|e| e.requirement)))
        .filter(|id| !known.contains(*id))
        .map(str::to_owned)
        .collect();
    none("not testable, or not in the book", &unknown);
}

#[test]
fn every_chapter_with_testable_requirements_of_the_issuer_has_a_saboteur() {
    let saboteurs = chapters::all();
    let chapters: BTreeSet<&str> = of_the_issuer().iter().map(|r| r.chapter.as_str()).collect();
    let without: Vec<String> = chapters
        .into_iter()
        .filter(|chapter| {
            !of_the_issuer()
                .iter()
                .any(|r| r.chapter == *chapter && breaks(&saboteurs, &r.id.to_string()))
        })
        .map(str::to_owned)
        .collect();
    none("chapters without a saboteur", &without);
}

#[test]
fn every_testable_requirement_has_a_saboteur_or_says_why_not() {
    let saboteurs = chapters::all();
    let listed: BTreeSet<&str> = UNSABOTAGED.iter().map(|(id, _)| *id).collect();
    assert_eq!(
        listed.len(),
        UNSABOTAGED.len(),
        "an entry of UNSABOTAGED stands twice"
    );
    let missing: Vec<String> = of_the_issuer()
        .iter()
        .map(|r| r.id.to_string())
        .filter(|id| !breaks(&saboteurs, id) && !listed.contains(id.as_str()))
        .collect();
    none(
        "no saboteur: add one in harness/saboteurs/src/chapters, or an entry with the reason to \
         UNSABOTAGED in harness/saboteurs/src/unsabotaged.rs",
        &missing,
    );

    let known: BTreeSet<String> = of_the_issuer().iter().map(|r| r.id.to_string()).collect();
    let stale: Vec<String> = UNSABOTAGED
        .iter()
        .filter(|(id, why)| breaks(&saboteurs, id) || !known.contains(*id) || why.is_empty())
        .map(|(id, _)| (*id).to_owned())
        .collect();
    none(
        "out of date: it has a saboteur, or is not testable; take it out of UNSABOTAGED",
        &stale,
    );
}

#[test]
fn every_word_of_the_table_is_of_a_scenario() {
    let scenarios = scenarios();
    let mut stale = Vec::new();
    for saboteur in chapters::all() {
        let own = [saboteur.only, saboteur.except].concat();
        let declared = std::iter::once((saboteur.breaks, own)).chain(
            saboteur
                .extras
                .iter()
                .map(|e| (e.requirement, e.scenarios.to_vec())),
        );
        for (requirement, words) in declared {
            let about: Vec<&Scenario> = scenarios
                .iter()
                .filter(|s| is_about(s, requirement))
                .collect();
            let idle = words
                .iter()
                .filter(|word| !about.iter().any(|s| has_words(s, &[word])));
            stale.extend(idle.map(|w| format!("{}: {requirement}: {w:?}", saboteur.name)));
        }
    }
    none("words that no scenario of the requirement has", &stale);
}

/// A row of an outline counts only if it tells some saboteur of the requirement that stands first
/// among its tags.
#[test]
fn every_scenario_notices_a_saboteur_or_says_why_not() {
    let saboteurs = chapters::all();
    let excused = |scenario: &Scenario| {
        UNNOTICED
            .iter()
            .any(|(id, words, _)| is_about(scenario, id) && has_words(scenario, &[words]))
    };
    let all = scenarios();
    let of_issuer = all.iter().filter(|s| s.has_tag("issuer"));
    let (noticing, idle): (Vec<_>, Vec<_>) = of_issuer.partition::<Vec<&Scenario>, _>(|s| {
        let first = s
            .requirements
            .first()
            .map(ToString::to_string)
            .unwrap_or_default();
        saboteurs
            .iter()
            .any(|saboteur| saboteur.breaks == first && saboteur.breaks_in(s))
    });
    let missing: Vec<String> = idle
        .iter()
        .filter(|s| !excused(s))
        .map(|s| {
            format!(
                "{} \"{}\" {:?}",
                s.id(),
                s.name,
                s.requirements
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
            )
        })
        .collect();
    none(
        "scenarios that no saboteur turns red: add one in harness/saboteurs/src/chapters, or an entry \
         with the reason to UNNOTICED in harness/saboteurs/src/unsabotaged.rs",
        &missing,
    );
    let stale: Vec<String> = UNNOTICED
        .iter()
        .filter(|(id, words, _)| {
            !idle
                .iter()
                .any(|s| is_about(s, id) && has_words(s, &[words]))
        })
        .map(|(id, words, _)| format!("{id}: {words:?}"))
        .collect();
    none(
        "out of date: a saboteur turns it red, or there is none; take it out of UNNOTICED",
        &stale,
    );
    println!(
        "{} scenarios notice a saboteur, {} do not",
        noticing.len(),
        idle.len()
    );
}
