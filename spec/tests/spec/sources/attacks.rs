//! Every attack that concerns the exchange names the scenarios that show it: those that fail
//! where a target is open to it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{Source, sources};
use crate::features::Features;
use crate::no_complaints;

const EXAMPLE: &str =
    "scenarios = [\"exchange/issuer/repeats.feature: <the name of a scenario in it>\"]";

/// The tags of each scenario of a feature file, by its name.
type Scenarios = BTreeMap<String, Vec<String>>;

/// A scenario as an attack names it.
struct Named {
    /// Below `features`.
    file: String,
    name: String,
}

/// The feature files that can be read, by their paths below the project's folder.
struct Files(BTreeMap<PathBuf, Scenarios>);

impl Source {
    fn is_attack(&self) -> bool {
        self.id.starts_with("T-")
    }

    /// The scenarios that are named as they ought to be; the others.
    fn named(&self) -> (Vec<Named>, Vec<&str>) {
        let (mut named, mut misnamed) = (Vec::new(), Vec::new());
        for text in &self.scenarios {
            match text.split_once(": ") {
                Some((file, name)) => named.push(Named {
                    file: file.to_owned(),
                    name: name.to_owned(),
                }),
                None => misnamed.push(text.as_str()),
            }
        }
        (named, misnamed)
    }
}

impl Files {
    fn read() -> Self {
        let mut files: BTreeMap<PathBuf, Scenarios> = BTreeMap::new();
        for (place, tags) in Features::read().scenarios() {
            files
                .entry(place.path)
                .or_default()
                .insert(place.name, tags);
        }
        Self(files)
    }

    /// The tags of a scenario, or what is wrong with its name.
    fn tags(&self, named: &Named) -> Result<&[String], String> {
        let Named { file, name } = named;
        let path = Path::new("features").join(file);
        let scenarios = self.0.get(&path).ok_or_else(|| {
            format!("there is no feature features/{file}; write its path below features/")
        })?;
        scenarios.get(name).map(Vec::as_slice).ok_or_else(|| {
            format!(
                "features/{file} has no scenario \"{name}\"; write the name as it stands there, \
                 placeholders and all"
            )
        })
    }
}

#[test]
fn every_attack_is_shown_or_says_why_not() {
    let mut complaints = Vec::new();
    for source in sources().iter().filter(|source| source.is_attack()) {
        let shown = !source.scenarios.is_empty();
        let unseen = !source.unseen.trim().is_empty();
        let what = match (shown, unseen) {
            (false, false) if !source.requirements.is_empty() => format!(
                "name the scenarios that fail where a target is open to this attack, as in \
                 {EXAMPLE}, or say in `unseen` why no scenario can show it"
            ),
            (true, true) => "it has `scenarios`, and says in `unseen` that no scenario can show \
                             it; remove one of the two"
                .to_owned(),
            _ => continue,
        };
        complaints.push(format!("spec/sources.toml: {}: {what}", source.id));
    }
    no_complaints(&complaints);
}

#[test]
fn what_has_a_reason_has_no_scenarios() {
    let complaint = |source: &Source| {
        let none = source.scenarios.is_empty() && source.unseen.is_empty();
        (!source.reason.trim().is_empty() && !none).then(|| {
            format!(
                "spec/sources.toml: {}: remove either the `reason` or its `scenarios` and \
                 `unseen`: what does not concern the exchange is shown by none of its scenarios",
                source.id
            )
        })
    };
    no_complaints(&sources().iter().filter_map(complaint).collect::<Vec<_>>());
}

#[test]
fn only_attacks_name_scenarios() {
    let complaint = |source: &Source| {
        let none = source.scenarios.is_empty() && source.unseen.is_empty();
        (!source.is_attack() && !none).then(|| {
            format!(
                "spec/sources.toml: {} is no attack: remove its `scenarios` and `unseen`; the \
                 requirements lead to its scenarios",
                source.id
            )
        })
    };
    no_complaints(&sources().iter().filter_map(complaint).collect::<Vec<_>>());
}

#[test]
fn every_named_scenario_exists() {
    let sources = sources();
    let files = Files::read();
    let mut complaints = Vec::new();
    for source in &sources {
        let place = format!("spec/sources.toml: {}", source.id);
        let (named, misnamed) = source.named();
        for text in misnamed {
            complaints.push(format!(
                "{place}: \"{text}\" names no scenario; write it as in {EXAMPLE}"
            ));
        }
        for scenario in &named {
            let wrong = files.tags(scenario).err();
            complaints.extend(wrong.map(|what| format!("{place}: {what}")));
        }
        let mut seen = BTreeSet::new();
        for text in source.scenarios.iter().filter(|text| !seen.insert(*text)) {
            complaints.push(format!("{place}: \"{text}\" is named twice"));
        }
    }
    no_complaints(&complaints);
}

#[test]
fn every_named_scenario_tests_a_requirement_of_its_attack() {
    let sources = sources();
    let files = Files::read();
    let mut complaints = Vec::new();
    let answered = sources.iter().filter(|it| !it.requirements.is_empty());
    for source in answered {
        for scenario in source.named().0 {
            let Ok(tags) = files.tags(&scenario) else {
                continue;
            };
            if !source.requirements.iter().any(|id| tags.contains(id)) {
                complaints.push(format!(
                    "spec/sources.toml: {}: \"{}\" in features/{} has the tag of none of {}; name \
                     another scenario, or add the requirement that it tests to the list and {} to \
                     its source line",
                    source.id,
                    scenario.name,
                    scenario.file,
                    source.requirements.join(", "),
                    source.id
                ));
            }
        }
    }
    no_complaints(&complaints);
}
