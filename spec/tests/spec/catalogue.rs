//! The chapters can be read as a catalogue, and its requirements are covered.

use std::collections::BTreeSet;

use btx_spec::catalogue::{Catalogue, Level, Profile, Requirement, RequirementId, Role};
use btx_spec::chapters;

use crate::features::Features;
use crate::no_complaints;
use crate::pending::Pending;

/// The catalogue, or every error in it.
pub(crate) fn catalogue() -> &'static Catalogue {
    match Catalogue::embedded() {
        Ok(catalogue) => catalogue,
        Err(errors) => {
            let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
            panic!("the chapters have errors:\n\n{}\n", errors.join("\n"));
        }
    }
}

/// Where a requirement stands, as editors and terminals link it.
pub(crate) fn place(requirement: &Requirement) -> String {
    format!("spec/text/{}:{}", requirement.chapter, requirement.line)
}

#[test]
fn it_can_be_read() {
    assert!(
        !catalogue().is_empty(),
        "no chapter in spec/text has a requirement"
    );
}

#[test]
fn the_summary_names_every_chapter_and_no_other() {
    let named: BTreeSet<String> = chapters::linked_files(chapters::summary())
        .into_iter()
        .collect();
    let there: BTreeSet<String> = chapters::chapters()
        .into_iter()
        .map(|(path, _)| path.to_owned())
        .collect();
    let mut complaints = Vec::new();
    for path in there.difference(&named) {
        complaints.push(format!("spec/text/SUMMARY.md: add a line for {path}"));
    }
    for path in named.difference(&there) {
        complaints.push(format!(
            "spec/text/SUMMARY.md: {path} does not exist; write it"
        ));
    }
    no_complaints(&complaints);
}

#[test]
fn every_chapter_has_a_title_and_closes_its_fences() {
    let mut complaints = Vec::new();
    for (path, text) in chapters::chapters() {
        if chapters::title(text).is_empty() {
            complaints.push(format!(
                "spec/text/{path}:1: begin with a heading, `# Title`"
            ));
        }
        let last = chapters::lines(text).pop();
        let open = last.filter(|line| {
            line.place == chapters::Place::Fence && !line.text.trim_start().starts_with(['`', '~'])
        });
        if let Some(line) = open {
            complaints.push(format!("spec/text/{path}:{}: close the fence", line.number));
        }
    }
    no_complaints(&complaints);
}

#[test]
fn the_paragraph_of_bcp_14_stands_once() {
    let blocks: usize = chapters::chapters()
        .iter()
        .map(|(_, text)| {
            text.lines()
                .filter(|line| line.trim() == "<!-- bcp14 -->")
                .count()
        })
        .sum();
    assert_eq!(
        blocks, 1,
        "exactly one chapter has the paragraph of BCP 14 between lines `<!-- bcp14 -->` and \
         `<!-- /bcp14 -->`"
    );
}

#[test]
fn every_requirement_has_a_scenario() {
    let features = Features::read();
    let pending = Pending::read();
    let mut complaints = Vec::new();
    for requirement in catalogue()
        .iter()
        .filter(|requirement| needs_scenario(requirement))
    {
        let id = requirement.id.to_string();
        if features.scenarios_of(&id).is_empty() && !pending.has(&id) {
            complaints.push(format!(
                "{}: {id} has no scenario: tag one in {} with @{id}, or say why none can exist in \
                 a line `> *Not testable: ...*`",
                place(requirement),
                folder(requirement.id)
            ));
        }
    }
    no_complaints(&complaints);
}

#[test]
fn what_is_not_testable_or_retired_has_no_scenario() {
    let features = Features::read();
    let mut complaints = Vec::new();
    for requirement in catalogue().iter() {
        let id = requirement.id.to_string();
        let Some(scenario) = features.scenarios_of(&id).into_iter().next() else {
            continue;
        };
        if requirement.retired {
            complaints.push(format!("{scenario}: {id} is retired; remove the tag @{id}"));
        } else if requirement.not_testable.is_some() {
            complaints.push(format!(
                "{}: {id} is called not testable, and {scenario} tests it; remove one of the two",
                place(requirement)
            ));
        }
    }
    no_complaints(&complaints);
}

/// A MAY obliges nobody: what the other side has to tolerate is a requirement of its own.
fn needs_scenario(requirement: &Requirement) -> bool {
    !requirement.retired && requirement.not_testable.is_none() && requirement.level != Level::May
}

fn folder(id: RequirementId) -> &'static str {
    match (id.profile, id.role) {
        (Profile::Oa, Role::Aus) => "features/oauth/authorization-server/",
        (Profile::Oa, Role::Res) => "features/oauth/resource/",
        (Profile::Oa, Role::Cli) => "features/oauth/client/",
        (Profile::Jw, Role::Aus) => "features/jwt/authorization-server/",
        (Profile::Jw, Role::Cli) => "features/jwt/client/",
        (Profile::Jw, _) => "features/jwt/resource/",
        (_, Role::Iss | Role::Res) => "features/exchange/issuer/",
        (_, Role::Ini) => "features/exchange/initiator/",
        _ => "features/",
    }
}
