//! The scenarios of the feature files, and which requirements they exercise.

use std::collections::{BTreeMap, BTreeSet};

use btx_spec::catalogue::{Catalogue, RequirementId};
use gherkin::{Background, Feature, GherkinEnv, Scenario};

use crate::html::slug;
use crate::mistake::Mistake;

/// Where the feature files stand.
const FOLDER: &str = "features/";

/// A feature file, read.
#[derive(Debug)]
pub(crate) struct FeatureFile {
    /// Its path from the root of the repository.
    pub(crate) path: String,
    /// The path of its page below the book's source.
    pub(crate) page: String,
    /// What it says.
    pub(crate) feature: Feature,
    /// Its scenarios, in its order.
    pub(crate) cases: Vec<Case>,
}

/// A scenario and where it stands.
#[derive(Debug)]
pub(crate) struct Case {
    /// Its anchor on the page of its file.
    pub(crate) anchor: String,
    /// The rule that it belongs to, if any.
    pub(crate) rule: Option<String>,
    /// What its rule does first, if anything.
    pub(crate) background: Option<Background>,
    /// All its tags, those of its file, rule and examples included, without the `@`.
    pub(crate) tags: Vec<String>,
    /// What it says.
    pub(crate) scenario: Scenario,
}

/// All feature files, and the scenarios of each requirement.
#[derive(Debug, Default)]
pub(crate) struct Scenarios {
    /// In the order of their paths.
    pub(crate) files: Vec<FeatureFile>,
    /// Places in `files` and in their `cases`.
    of: BTreeMap<RequirementId, Vec<(usize, usize)>>,
}

impl Case {
    /// The requirements that it exercises.
    pub(crate) fn requirements(&self) -> impl Iterator<Item = RequirementId> {
        self.tags.iter().filter_map(|tag| tag.parse().ok())
    }
}

impl Scenarios {
    /// Reads feature files, each a path below `features` and a text.
    pub(crate) fn parse(
        texts: &[(String, String)],
        catalogue: &Catalogue,
    ) -> Result<Self, Vec<Mistake>> {
        let (mut scenarios, mut mistakes) = (Self::default(), Vec::new());
        for (path, text) in texts {
            match FeatureFile::parse(path, text) {
                Ok(file) => {
                    mistakes.extend(file.unknown_tags(catalogue));
                    scenarios.add(file);
                }
                Err(mistake) => mistakes.push(mistake),
            }
        }
        match mistakes.is_empty() {
            true => Ok(scenarios),
            false => Err(mistakes),
        }
    }

    /// The scenarios that exercise a requirement, each with its file.
    pub(crate) fn of(&self, id: RequirementId) -> Vec<(&FeatureFile, &Case)> {
        let places = self.of.get(&id).map_or(&[][..], Vec::as_slice);
        places
            .iter()
            .filter_map(|(file, case)| {
                let file = self.files.get(*file)?;
                Some((file, file.cases.get(*case)?))
            })
            .collect()
    }

    /// The scenario of that name, a path below `features`, `: ` and the scenario's own name.
    pub(crate) fn named(&self, name: &str) -> Option<(&FeatureFile, &Case)> {
        let (path, name) = name.split_once(": ")?;
        let path = format!("{FOLDER}{path}");
        let file = self.files.iter().find(|file| file.path == path)?;
        let case = file.cases.iter().find(|case| case.scenario.name == name)?;
        Some((file, case))
    }

    /// What a file is called: the name of its feature, with its folder if others have that name.
    pub(crate) fn title(&self, file: &FeatureFile) -> String {
        let name = &file.feature.name;
        let folder = file.path.rsplit('/').nth(1).unwrap_or_default();
        let alike = self.files.iter().filter(|it| it.feature.name == *name);
        match alike.count() {
            0 | 1 => name.clone(),
            _ => format!("{name} ({folder})"),
        }
    }

    /// How many scenarios there are.
    pub(crate) fn count(&self) -> usize {
        self.files.iter().map(|file| file.cases.len()).sum()
    }

    fn add(&mut self, file: FeatureFile) {
        for (place, case) in file.cases.iter().enumerate() {
            for id in case.requirements() {
                self.of
                    .entry(id)
                    .or_default()
                    .push((self.files.len(), place));
            }
        }
        self.files.push(file);
    }
}

impl FeatureFile {
    fn parse(path: &str, text: &str) -> Result<Self, Mistake> {
        let name = format!("{FOLDER}{path}");
        let feature = Feature::parse(text, GherkinEnv::default())
            .map_err(|error| Mistake::within(&name, error.to_string()))?;
        Ok(Self {
            page: format!("scenarios/{}.md", slug(path.trim_end_matches(".feature"))),
            cases: cases(&feature),
            path: name,
            feature,
        })
    }

    /// The name by which lists know a scenario of this file, see [`Scenarios::named`].
    pub(crate) fn name_of(&self, case: &Case) -> String {
        let path = self.path.trim_start_matches(FOLDER);
        format!("{path}: {}", case.scenario.name)
    }

    fn unknown_tags(&self, catalogue: &Catalogue) -> Vec<Mistake> {
        let unknown = |id: &RequirementId| catalogue.get(id).is_none();
        let mut mistakes = Vec::new();
        for case in &self.cases {
            for id in case.requirements().filter(unknown) {
                let text = format!(
                    "the scenario \"{}\" is tagged @{id}, which is no requirement: correct the tag",
                    case.scenario.name
                );
                mistakes.push(Mistake::at(&self.path, case.scenario.position.line, text));
            }
        }
        mistakes
    }
}

fn cases(feature: &Feature) -> Vec<Case> {
    let mut anchors = BTreeSet::from([slug(&feature.name)]);
    let mut cases = Vec::new();
    let loose = feature.scenarios.iter().map(|scenario| (None, scenario));
    let ruled = feature.rules.iter().flat_map(|rule| {
        rule.scenarios
            .iter()
            .map(move |scenario| (Some(rule), scenario))
    });
    for (rule, scenario) in loose.chain(ruled) {
        let mut tags = feature.tags.clone();
        tags.extend(rule.iter().flat_map(|rule| rule.tags.iter().cloned()));
        tags.extend(scenario.tags.iter().cloned());
        tags.extend(
            scenario
                .examples
                .iter()
                .flat_map(|examples| examples.tags.iter().cloned()),
        );
        let mut seen = BTreeSet::new();
        tags.retain(|tag| seen.insert(tag.clone()));
        cases.push(Case {
            anchor: unused(&slug(&scenario.name), &mut anchors),
            rule: rule.map(|rule| rule.name.clone()),
            background: rule.and_then(|rule| rule.background.clone()),
            tags,
            scenario: scenario.clone(),
        });
    }
    cases
}

/// The anchor, with a number if it is taken.
fn unused(anchor: &str, taken: &mut BTreeSet<String>) -> String {
    let mut candidate = anchor.to_owned();
    let mut number = 2;
    while !taken.insert(candidate.clone()) {
        candidate = format!("{anchor}-{number}");
        number += 1;
    }
    candidate
}

#[cfg(test)]
mod tests {
    use super::*;

    const FEATURE: &str = "@exchange\nFeature: Calls\n\n  @EX-ISS-014\n  Scenario: One\n    \
        Given a call\n\n  Scenario: One\n    Given a call\n\n  Rule: Refusals\n\n    \
        Scenario Outline: Two <fault>\n      Given <fault>\n\n      @EX-ISS-014\n      \
        Examples:\n        | fault |\n        | a |\n";

    fn parse(feature: &str) -> Result<Scenarios, Vec<Mistake>> {
        let text = "# Calls\n\n> **[EX-ISS-014]** It MUST.\n> *Source: x.*\n";
        let catalogue = Catalogue::parse(&[("calls.md", text)]).expect("a catalogue");
        Scenarios::parse(
            &[("exchange/a_b.feature".into(), feature.into())],
            &catalogue,
        )
    }

    #[test]
    fn scenarios_are_found_by_requirement() {
        let scenarios = parse(FEATURE).expect("scenarios");
        let found = scenarios.of("EX-ISS-014".parse().expect("an id"));
        let names: Vec<&str> = found
            .iter()
            .map(|(_, case)| case.scenario.name.as_str())
            .collect();
        assert_eq!(names, ["One", "Two <fault>"]);
        assert_eq!(scenarios.count(), 3);
        assert_eq!(scenarios.files[0].page, "scenarios/exchange-a-b.md");
        assert_eq!(scenarios.files[0].path, "features/exchange/a_b.feature");
    }

    #[test]
    fn a_scenario_is_found_by_its_file_and_its_name() {
        let scenarios = parse(FEATURE).expect("scenarios");
        let anchor = |name: &str| Some(scenarios.named(name)?.1.anchor.as_str());
        assert_eq!(
            anchor("exchange/a_b.feature: Two <fault>"),
            Some("two-fault")
        );
        for unknown in ["exchange/a.feature: One", "exchange/a_b.feature: Tw", "One"] {
            assert_eq!(anchor(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn anchors_on_one_page_differ() {
        let scenarios = parse(FEATURE).expect("scenarios");
        let anchors: Vec<&str> = scenarios.files[0]
            .cases
            .iter()
            .map(|case| case.anchor.as_str())
            .collect();
        assert_eq!(anchors, ["one", "one-2", "two-fault"]);
    }

    #[test]
    fn features_of_one_name_are_told_apart_by_their_folders() {
        let texts = ["issuer/a", "issuer/b", "initiator/a"].map(|path| {
            let name = path.rsplit('/').next().expect("a name");
            let text = format!("Feature: {name}\n\n  Scenario: One\n    Given a call\n");
            (format!("{path}.feature"), text)
        });
        let catalogue = Catalogue::parse(&[]).expect("a catalogue");
        let scenarios = Scenarios::parse(&texts, &catalogue).expect("scenarios");
        let titles: Vec<String> = scenarios
            .files
            .iter()
            .map(|it| scenarios.title(it))
            .collect();
        assert_eq!(titles, ["a (issuer)", "b", "a (initiator)"]);
    }

    #[test]
    fn a_tag_without_requirement_is_told_with_its_line() {
        let mistakes = parse(&FEATURE.replace("014", "015")).expect_err("mistakes");
        let told = mistakes[0].to_string();
        assert!(
            told.starts_with("features/exchange/a_b.feature:5: "),
            "{told}"
        );
        assert!(told.contains("@EX-ISS-015"), "{told}");
    }

    #[test]
    fn a_file_that_is_not_gherkin_is_a_mistake() {
        assert!(parse("Scenario without feature").is_err());
    }
}
