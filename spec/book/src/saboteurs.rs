//! The saboteurs: who breaks which requirement, and which scenarios have to turn red then.

use std::collections::BTreeSet;

use btx_spec::catalogue::{Catalogue, RequirementId};
use serde::Deserialize;

use crate::mistake::Mistake;
use crate::scenarios::{Case, FeatureFile, Scenarios};

/// The list, written by a test of the saboteurs.
pub(crate) const FILE: &str = "harness/saboteurs.toml";

/// How the list is written anew.
const FRESH: &str =
    "write the list anew: UPDATE_SABOTEURS=1 cargo test -p btx-saboteurs --test list";

/// All that the list says.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Saboteurs {
    /// The saboteurs, in the order of the list.
    #[serde(default, rename = "saboteur")]
    pub(crate) all: Vec<Saboteur>,
    /// What nobody breaks.
    #[serde(default)]
    pub(crate) unsabotaged: Vec<Unsabotaged>,
    /// What nobody turns red.
    #[serde(default)]
    pub(crate) unnoticed: Vec<Unnoticed>,
}

/// An implementation that breaks one requirement on purpose.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Saboteur {
    /// A name that stays; its anchor.
    pub(crate) name: String,
    /// The role that it plays badly.
    pub(crate) side: String,
    requirement: String,
    /// What it does, in one sentence.
    pub(crate) does: String,
    /// The scenarios of its requirement that turn red.
    pub(crate) red: Vec<Noticing>,
    /// What it cannot help breaking as well.
    #[serde(default, rename = "extra")]
    pub(crate) extras: Vec<Extra>,
}

/// A requirement that a saboteur is blamed for besides its own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Extra {
    /// The id of the requirement.
    pub(crate) requirement: String,
    /// Why that cannot be helped.
    pub(crate) why: String,
    /// The scenarios of that requirement that turn red; none where those of the broken one blame it.
    pub(crate) red: Vec<Noticing>,
}

/// A scenario, or some rows of an outline.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Noticing {
    /// The path below `features`, `: ` and the scenario's own name.
    pub(crate) scenario: String,
    /// How many rows, if not all.
    pub(crate) rows: Option<usize>,
    /// Of how many, if not all.
    pub(crate) of: Option<usize>,
}

/// A requirement that no saboteur of a side breaks.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Unsabotaged {
    /// The side.
    pub(crate) side: String,
    requirement: String,
    /// Why.
    pub(crate) reason: String,
}

/// Scenarios that no saboteur turns red.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Unnoticed {
    /// The id of the requirement.
    pub(crate) requirement: String,
    /// Why.
    pub(crate) reason: String,
    /// Which.
    pub(crate) scenarios: Vec<Noticing>,
}

/// Reads the list; there is nobody in an empty one.
pub(crate) fn parse(text: &str) -> Result<Saboteurs, Mistake> {
    toml::from_str(text).map_err(|error| Mistake::within(FILE, error.to_string()))
}

impl Saboteurs {
    /// Who breaks a requirement.
    pub(crate) fn of(&self, id: RequirementId) -> Vec<&Saboteur> {
        let id = id.to_string();
        self.all.iter().filter(|it| it.requirement == id).collect()
    }

    /// Why nobody breaks a requirement, for each side of which that is so.
    pub(crate) fn missing(&self, id: RequirementId) -> Vec<&Unsabotaged> {
        let id = id.to_string();
        let missing = self.unsabotaged.iter();
        missing.filter(|it| it.requirement == id).collect()
    }

    /// Who turns a scenario red, by its own requirement or besides.
    pub(crate) fn turning_red(&self, file: &FeatureFile, case: &Case) -> Vec<&Saboteur> {
        let name = file.name_of(case);
        let is_it = |noticing: &Noticing| noticing.scenario == name;
        let turns = |it: &&Saboteur| it.noticing().any(is_it);
        self.all.iter().filter(turns).collect()
    }

    /// Why no saboteur turns a scenario red.
    pub(crate) fn silent(&self, file: &FeatureFile, case: &Case) -> Option<&str> {
        let name = file.name_of(case);
        let mut entries = self.unnoticed.iter();
        let entry = entries.find(|it| it.scenarios.iter().any(|one| one.scenario == name))?;
        Some(&entry.reason)
    }

    /// Everything in the list that leads nowhere.
    pub(crate) fn mistakes(&self, catalogue: &Catalogue, scenarios: &Scenarios) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        let mut names = BTreeSet::new();
        for it in &self.all {
            if !names.insert(&it.name) {
                mistakes.push(Mistake::within(
                    FILE,
                    format!("{} stands twice: {FRESH}", it.name),
                ));
            }
        }
        let is_requirement = |id: &str| id.parse().is_ok_and(|id| catalogue.get(&id).is_some());
        let named = self.requirements().filter(|(_, id)| !is_requirement(id));
        mistakes.extend(named.map(|(who, id)| {
            let text = format!(
                "{who} names {id}, which no chapter has: correct the id in harness/saboteurs/src, then {FRESH}"
            );
            Mistake::within(FILE, text)
        }));
        let silent = self.unnoticed.iter().flat_map(|it| &it.scenarios);
        let all = self.all.iter().flat_map(Saboteur::noticing).chain(silent);
        let gone: BTreeSet<&str> = all
            .map(|it| it.scenario.as_str())
            .filter(|name| scenarios.named(name).is_none())
            .collect();
        mistakes.extend(gone.into_iter().map(|name| {
            Mistake::within(
                FILE,
                format!("\"{name}\" is no scenario of a feature file: {FRESH}"),
            )
        }));
        mistakes
    }

    /// Every requirement that is named, each with who names it.
    fn requirements(&self) -> impl Iterator<Item = (&str, &str)> {
        let own = self.all.iter().flat_map(|it| {
            let extras = it.extras.iter().map(|extra| extra.requirement.as_str());
            let named = std::iter::once(it.requirement.as_str()).chain(extras);
            named.map(|id| (it.name.as_str(), id))
        });
        let missing = self.unsabotaged.iter();
        let missing = missing.map(|it| ("an entry of UNSABOTAGED", it.requirement.as_str()));
        let silent = self.unnoticed.iter();
        let silent = silent.map(|it| ("an entry of UNNOTICED", it.requirement.as_str()));
        own.chain(missing).chain(silent)
    }
}

impl Saboteur {
    fn noticing(&self) -> impl Iterator<Item = &Noticing> {
        let besides = self.extras.iter().flat_map(|extra| &extra.red);
        self.red.iter().chain(besides)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::material::{sample, sample_texts};

    #[test]
    fn who_breaks_what_is_found_from_both_ends() {
        let material = sample();
        let saboteurs = &material.saboteurs;
        let id = "EX-ISS-014".parse().expect("an id");
        assert_eq!(saboteurs.of(id)[0].name, "answers-anyway");
        let (file, case) = material.scenarios.of(id)[0];
        assert_eq!(saboteurs.turning_red(file, case)[0].name, "answers-anyway");
        assert_eq!(saboteurs.silent(file, case), None);
    }

    #[test]
    fn what_leads_nowhere_is_told_with_what_to_do() {
        let material = sample();
        for (change, told) in [
            (
                "EX-ISS-014",
                "answers-anyway names EX-ISS-999, which no chapter has: correct the id",
            ),
            (
                "It is silent",
                "\"exchange/calls.feature: EX-ISS-999\" is no scenario of a feature file",
            ),
        ] {
            let text = sample_texts().saboteurs.replacen(change, "EX-ISS-999", 1);
            let list = parse(&text).expect("a list");
            let mistakes = list.mistakes(&material.catalogue, &material.scenarios);
            let said = mistakes.first().expect(told).to_string();
            assert!(said.starts_with(&format!("{FILE}: {told}")), "{said}");
            assert!(said.contains("UPDATE_SABOTEURS=1"), "{said}");
        }
        let twice = sample_texts().saboteurs.repeat(2);
        let mistakes = parse(&twice)
            .expect("a list")
            .mistakes(&material.catalogue, &material.scenarios);
        assert!(
            mistakes[0]
                .to_string()
                .contains("answers-anyway stands twice")
        );
        assert!(parse("[[saboteur]]\nnames = \"x\"\n").is_err());
    }
}
