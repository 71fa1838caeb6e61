//! The scenarios: read from the feature files that are inside the binary, one for each example row.

use btx_spec::catalogue::RequirementId;
use gherkin::{Feature, GherkinEnv};
use include_dir::{Dir, include_dir};
use std::collections::BTreeMap;

static FEATURES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../features");

/// A scenario, ready to run.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The feature file, from the root of the project.
    pub file: String,
    /// The line of the scenario, or of its example row.
    pub line: usize,
    /// The name of the feature.
    pub feature: String,
    /// The name of the scenario, with the values of its row in place.
    pub name: String,
    /// The tags, without `@`: those of the feature, the scenario and its examples.
    pub tags: Vec<String>,
    /// The requirements among the tags.
    pub requirements: Vec<RequirementId>,
    /// The steps.
    pub steps: Vec<StepText>,
}

/// A step, as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepText {
    /// `Given`, `When`, `Then`, `And` or `But`.
    pub keyword: String,
    /// The text after it.
    pub text: String,
}

impl Scenario {
    /// What tells this scenario from all others: file and line.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }

    /// Whether it has that tag.
    #[must_use]
    pub fn has_tag(&self, tag: &str) -> bool {
        self.tags.iter().any(|t| t == tag)
    }
}

/// All scenarios, in the order of their files and lines.
///
/// # Errors
/// What is wrong in a feature file, and where.
pub fn all() -> Result<Vec<Scenario>, String> {
    let mut files = BTreeMap::new();
    collect(&FEATURES, &mut files);
    let mut scenarios = Vec::new();
    for (path, text) in files {
        scenarios.extend(read(&format!("features/{path}"), text)?);
    }
    Ok(scenarios)
}

fn collect<'a>(folder: &Dir<'a>, files: &mut BTreeMap<String, &'a str>) {
    for file in folder.files() {
        if file.path().extension().is_some_and(|e| e == "feature")
            && let Some(text) = file.contents_utf8()
        {
            files.insert(file.path().display().to_string(), text);
        }
    }
    for inner in folder.dirs() {
        collect(inner, files);
    }
}

/// The scenarios of one feature file.
///
/// # Errors
/// What is wrong in it, and where.
pub fn read(file: &str, text: &str) -> Result<Vec<Scenario>, String> {
    let feature =
        Feature::parse(text, GherkinEnv::default()).map_err(|e| format!("{file}: {e}"))?;
    let background = feature.background.iter().flat_map(|b| &b.steps);
    let background: Vec<StepText> = background.map(step_text).collect();
    let mut scenarios = Vec::new();
    for scenario in &feature.scenarios {
        let place = format!("{file}:{}: \"{}\"", scenario.position.line, scenario.name);
        if scenario.steps.is_empty() {
            return Err(format!(
                "{place} has no steps: is its first keyword mistyped?"
            ));
        }
        let steps: Vec<StepText> = background
            .iter()
            .cloned()
            .chain(scenario.steps.iter().map(step_text))
            .collect();
        let tags = feature.tags.iter().chain(&scenario.tags);
        let plain = Scenario {
            file: file.to_owned(),
            line: scenario.position.line,
            feature: feature.name.clone(),
            name: scenario.name.clone(),
            tags: tags.cloned().collect(),
            requirements: Vec::new(),
            steps,
        };
        if scenario.examples.is_empty() {
            scenarios.push(with_requirements(plain));
            continue;
        }
        for examples in &scenario.examples {
            let table = examples
                .table
                .as_ref()
                .map(|t| t.rows.as_slice())
                .unwrap_or_default();
            let Some((header, rows)) = table.split_first().filter(|(_, rows)| !rows.is_empty())
            else {
                return Err(format!("{place} has examples without rows"));
            };
            for (index, row) in rows.iter().enumerate() {
                let line = examples.position.line + 2 + index;
                scenarios.push(with_requirements(fill(
                    &plain,
                    &examples.tags,
                    line,
                    header,
                    row,
                )));
            }
        }
    }
    Ok(scenarios)
}

fn step_text(step: &gherkin::Step) -> StepText {
    StepText {
        keyword: step.keyword.trim().to_owned(),
        text: step.value.clone(),
    }
}

fn fill(
    plain: &Scenario,
    tags: &[String],
    line: usize,
    header: &[String],
    row: &[String],
) -> Scenario {
    let put = |text: &str| {
        header
            .iter()
            .zip(row)
            .fold(text.to_owned(), |text, (name, value)| {
                text.replace(&format!("<{name}>"), value)
            })
    };
    Scenario {
        line,
        name: put(&plain.name),
        tags: plain.tags.iter().chain(tags).cloned().collect(),
        steps: plain
            .steps
            .iter()
            .map(|s| StepText {
                keyword: s.keyword.clone(),
                text: put(&s.text),
            })
            .collect(),
        ..plain.clone()
    }
}

fn with_requirements(mut scenario: Scenario) -> Scenario {
    scenario.requirements = scenario
        .tags
        .iter()
        .filter_map(|t| t.parse().ok())
        .collect();
    scenario
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outline_has_a_scenario_for_each_row_and_names_its_line() {
        let text = "@x\nFeature: F\n  @EX-ISS-011\n  Scenario Outline: S <a>\n    Given <a>\n\n    Examples:\n      | a |\n      | 1 |\n      | 2 |\n";
        let scenarios = read("f", text).unwrap();
        let found: Vec<_> = scenarios
            .iter()
            .map(|s| (s.id(), s.name.as_str(), s.steps[0].text.as_str()))
            .collect();
        assert_eq!(
            found,
            [
                ("f:9".to_owned(), "S 1", "1"),
                ("f:10".to_owned(), "S 2", "2")
            ]
        );
        assert_eq!(scenarios[0].requirements[0].to_string(), "EX-ISS-011");
    }

    #[test]
    fn a_scenario_without_steps_is_an_error() {
        let error = read("f", "Feature: F\n  Scenario: S\n    Gven a typo\n").unwrap_err();
        assert!(error.contains("f:2"), "{error}");
    }
}
