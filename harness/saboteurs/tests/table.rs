//! The table of saboteurs itself: complete, without repeats, and nothing in it out of date.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use btx_harness::scenario::Scenario;
use btx_saboteurs::{
    Saboteur, Side, chapters,
    saboteur::{has_words, is_about},
    unsabotaged::{UNNOTICED, UNSABOTAGED},
};
use btx_spec::catalogue::{Catalogue, Level, Profile, Requirement, Role};
use std::collections::BTreeSet;

fn catalogue() -> &'static Catalogue {
    Catalogue::embedded().as_ref().unwrap()
}

fn scenarios(side: Side) -> Vec<Scenario> {
    btx_saboteurs::scenarios(side).unwrap()
}

/// What somebody can examine.
fn testable() -> Vec<&'static Requirement> {
    catalogue()
        .iter()
        .filter(|r| r.not_testable.is_none() && !r.retired)
        // Nobody can break a permission.
        .filter(|r| r.level != Level::May)
        .filter(|r| {
            matches!(
                r.id.profile,
                Profile::Ex | Profile::Ht | Profile::Oa | Profile::Jw | Profile::Lc
            )
        })
        .collect()
}

/// What somebody can examine on a side: the requirements of its role, and those of every party that some
/// scenario of that side is about.
fn of(side: Side) -> Vec<&'static Requirement> {
    let scenarios = scenarios(side);
    let has_one = |r: &Requirement| scenarios.iter().any(|s| is_about(s, &r.id.to_string()));
    testable()
        .into_iter()
        .filter(|r| match (r.id.role, side) {
            (Role::Res, Side::JwtResource) => r.id.profile == Profile::Jw || has_one(r),
            (Role::Aus, Side::JwtServer) | (Role::Cli, Side::JwtClient) => {
                r.id.profile == Profile::Jw || has_one(r)
            }
            (Role::Iss, Side::LifecycleIssuer)
            | (Role::Res, Side::LifecycleResource)
            | (Role::Cli, Side::LifecycleCaller) => r.id.profile == Profile::Lc || has_one(r),
            // An issuer of bearers is a resource as well, where they are shown to itself.
            (Role::Res, Side::LifecycleIssuer) => has_one(r),
            (Role::Iss, Side::Issuer) => r.id.profile != Profile::Lc,
            (Role::Ini, Side::Initiator) => true,
            (Role::Aus, Side::AuthorizationServer) | (Role::Cli, Side::Client) => {
                !matches!(r.id.profile, Profile::Jw | Profile::Lc)
            }
            (Role::Res, Side::Issuer) => {
                !matches!(r.id.profile, Profile::Oa | Profile::Jw | Profile::Lc)
            }
            // It keeps its own requirements, and some of those of every resource.
            (Role::Res, Side::Resource) => r.id.profile == Profile::Oa || has_one(r),
            (Role::Any, _) => has_one(r),
            _ => false,
        })
        .collect()
}

fn breaks(saboteurs: &[Saboteur], side: Side, id: &str) -> bool {
    saboteurs.iter().any(|s| s.side == side && s.breaks == id)
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
    let known: BTreeSet<String> = testable().iter().map(|r| r.id.to_string()).collect();
    let unknown: Vec<String> = chapters::all()
        .iter()
        .flat_map(|s| std::iter::once(s.breaks).chain(s.extras.iter().map(|e| e.requirement)))
        .filter(|id| !known.contains(*id))
        .map(str::to_owned)
        .collect();
    none("not testable, or not in the book", &unknown);
}

#[test]
fn every_chapter_with_testable_requirements_of_a_side_has_a_saboteur() {
    let saboteurs = chapters::all();
    for side in Side::ALL {
        let all = of(side);
        let chapters: BTreeSet<&str> = all.iter().map(|r| r.chapter.as_str()).collect();
        let has_one = |chapter: &str| {
            let mut own = all.iter().filter(|r| r.chapter == chapter);
            own.any(|r| breaks(&saboteurs, side, &r.id.to_string()))
        };
        let without: Vec<String> = chapters
            .into_iter()
            .filter(|chapter| !has_one(chapter))
            .map(|chapter| format!("{side:?}: {chapter}"))
            .collect();
        none("chapters without a saboteur", &without);
    }
}

#[test]
fn every_testable_requirement_of_a_side_has_a_saboteur_or_says_why_not() {
    let saboteurs = chapters::all();
    for side in Side::ALL {
        let listed: Vec<&str> = UNSABOTAGED
            .iter()
            .filter(|(of, ..)| *of == side)
            .map(|(_, id, _)| *id)
            .collect();
        let missing: Vec<String> = of(side)
            .iter()
            .map(|r| r.id.to_string())
            .filter(|id| !breaks(&saboteurs, side, id) && !listed.contains(&id.as_str()))
            .map(|id| format!("{side:?}: {id}"))
            .collect();
        none(
            "no saboteur: add one in harness/saboteurs/src/chapters, or an entry with the reason to \
             UNSABOTAGED in harness/saboteurs/src/unsabotaged.rs",
            &missing,
        );

        let known: BTreeSet<String> = of(side).iter().map(|r| r.id.to_string()).collect();
        let stale: Vec<String> = listed
            .iter()
            .filter(|id| breaks(&saboteurs, side, id) || !known.contains(**id))
            .map(|id| format!("{side:?}: {id}"))
            .collect();
        none(
            "out of date: it has a saboteur, or is not testable; take it out of UNSABOTAGED",
            &stale,
        );
    }
    let entries: BTreeSet<_> = UNSABOTAGED.iter().map(|(side, id, _)| (side, id)).collect();
    assert_eq!(
        entries.len(),
        UNSABOTAGED.len(),
        "an entry of UNSABOTAGED stands twice"
    );
    assert!(UNSABOTAGED.iter().all(|(.., why)| !why.is_empty()));
}

#[test]
fn every_word_of_the_table_is_of_a_scenario() {
    let mut stale = Vec::new();
    for saboteur in chapters::all() {
        let scenarios = scenarios(saboteur.side);
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
    let all: Vec<Scenario> = Side::ALL.into_iter().flat_map(scenarios).collect();
    let (noticing, idle): (Vec<_>, Vec<_>) = all.iter().partition::<Vec<&Scenario>, _>(|s| {
        let first = s
            .requirements
            .first()
            .map(ToString::to_string)
            .unwrap_or_default();
        saboteurs
            .iter()
            .any(|one| one.side.has(s) && one.breaks == first && one.breaks_in(s))
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
