//! The features can be read, their tags mean something, and no scenario is empty.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use btx_spec::catalogue::RequirementId;
use gherkin::{Feature, GherkinEnv, Scenario, Step};

use crate::catalogue::catalogue;
use crate::{no_complaints, project};

/// Every feature file of the project.
pub(crate) struct Features(Vec<File>);

struct File {
    /// Below the project's folder.
    path: PathBuf,
    /// What the parser made of it, or its message.
    feature: Result<Feature, String>,
}

/// A scenario's place and name, as editors and terminals link it.
#[derive(Clone)]
pub(crate) struct Place {
    /// Below the project's folder.
    pub(crate) path: PathBuf,
    line: usize,
    pub(crate) name: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{} (\"{}\")",
            self.path.display(),
            self.line,
            self.name
        )
    }
}

impl Features {
    pub(crate) fn read() -> Self {
        let root = project();
        let mut paths = Vec::new();
        collect(&root.join("features"), &mut paths);
        paths.sort();
        let read = |path: PathBuf| File {
            feature: Feature::parse_path(&path, GherkinEnv::default())
                .map_err(|error| error.to_string()),
            path: path.strip_prefix(&root).unwrap().to_path_buf(),
        };
        Self(paths.into_iter().map(read).collect())
    }

    /// The scenarios that carry the tag of a requirement.
    pub(crate) fn scenarios_of(&self, id: &str) -> Vec<Place> {
        let tagged = |(_, tags): &(Place, Vec<String>)| tags.iter().any(|tag| tag == id);
        self.scenarios()
            .into_iter()
            .filter(tagged)
            .map(|(place, _)| place)
            .collect()
    }

    /// Every scenario with its tags, those of its feature, rule and examples among them.
    pub(crate) fn scenarios(&self) -> Vec<(Place, Vec<String>)> {
        let mut found = Vec::new();
        for (path, feature) in self.readable() {
            for (scenario, outer) in scenarios_of_feature(feature) {
                let examples = scenario.examples.iter().flat_map(|table| &table.tags);
                let tags = outer
                    .iter()
                    .chain(&scenario.tags)
                    .chain(examples)
                    .cloned()
                    .collect();
                found.push((place(path, scenario), tags));
            }
        }
        found
    }

    fn readable(&self) -> impl Iterator<Item = (&Path, &Feature)> {
        let feature = |file: &'_ File| file.feature.is_ok();
        self.0
            .iter()
            .filter(move |file| feature(file))
            .filter_map(|file| Some((file.path.as_path(), file.feature.as_ref().ok()?)))
    }
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "feature")
        {
            paths.push(path);
        }
    }
}

/// The scenarios of a feature, each with the tags that it inherits.
fn scenarios_of_feature(feature: &Feature) -> Vec<(&Scenario, Vec<String>)> {
    let direct = feature
        .scenarios
        .iter()
        .map(|scenario| (scenario, feature.tags.clone()));
    let in_rules = feature.rules.iter().flat_map(|rule| {
        let tags: Vec<String> = feature.tags.iter().chain(&rule.tags).cloned().collect();
        rule.scenarios
            .iter()
            .map(move |scenario| (scenario, tags.clone()))
    });
    direct.chain(in_rules).collect()
}

fn place(path: &Path, scenario: &Scenario) -> Place {
    Place {
        path: path.to_path_buf(),
        line: scenario.position.line,
        name: scenario.name.clone(),
    }
}

#[test]
fn every_feature_can_be_read() {
    let features = Features::read();
    let complaint = |file: &File| {
        let error = file.feature.as_ref().err()?;
        Some(format!("{}: {error}", file.path.display()))
    };
    let complaints: Vec<String> = features.0.iter().filter_map(complaint).collect();
    no_complaints(&complaints);
    assert!(
        !features.0.is_empty(),
        "there is no feature below features/"
    );
}

#[test]
fn every_scenario_has_steps() {
    let features = Features::read();
    let mut complaints = Vec::new();
    for (path, feature) in features.readable() {
        for (scenario, _) in scenarios_of_feature(feature) {
            let place = place(path, scenario);
            let asserts = scenario
                .steps
                .iter()
                .any(|step| step.ty == gherkin::StepType::Then);
            if scenario.steps.is_empty() {
                complaints.push(format!("{place} has no steps; write some or remove it"));
            } else if !asserts {
                complaints.push(format!(
                    "{place} has no Then: it cannot fail; say what is expected"
                ));
            }
            if scenario.keyword.contains("Outline") && rows(scenario) == 0 {
                complaints.push(format!(
                    "{place} has no rows in Examples, so nothing is run"
                ));
            }
        }
    }
    no_complaints(&complaints);
}

fn rows(scenario: &Scenario) -> usize {
    // The first row of a table is its heading.
    let tables = scenario
        .examples
        .iter()
        .filter_map(|examples| examples.table.as_ref());
    tables.map(|table| table.rows.len().saturating_sub(1)).sum()
}

#[test]
fn names_of_scenarios_are_unique() {
    let mut first: BTreeMap<String, Place> = BTreeMap::new();
    let mut complaints = Vec::new();
    for (place, _) in Features::read().scenarios() {
        let key = format!("{}: {}", place.path.display(), place.name);
        if let Some(other) = first.insert(key, place.clone()) {
            complaints.push(format!(
                "{place} has the name of the one in line {}",
                other.line
            ));
        }
    }
    no_complaints(&complaints);
}

/// Text between a heading and its steps is a description to the parser, so a step whose
/// keyword is mistyped vanishes without a word.
#[test]
fn no_description_looks_like_a_step() {
    let features = Features::read();
    let mut complaints = Vec::new();
    for (path, feature) in features.readable() {
        let mut check = |line: usize, description: &Option<String>| {
            for text in stepish_lines(description.as_deref().unwrap_or_default()) {
                complaints.push(format!(
                    "{}:{line}: \"{text}\" is read as a description, and looks like a step: \
                     correct its keyword (Given, When, Then, And, But), or end the paragraph \
                     with a full stop",
                    path.display(),
                ));
            }
        };
        check(feature.position.line, &feature.description);
        for rule in &feature.rules {
            check(rule.position.line, &rule.description);
        }
        for background in feature.background.iter().chain(
            feature
                .rules
                .iter()
                .filter_map(|rule| rule.background.as_ref()),
        ) {
            check(background.position.line, &background.description);
        }
        for (scenario, _) in scenarios_of_feature(feature) {
            check(scenario.position.line, &scenario.description);
            for examples in &scenario.examples {
                check(examples.position.line, &examples.description);
            }
        }
    }
    no_complaints(&complaints);
}

/// The lines of a description that begin like a step, in any letter case or with a letter
/// wrong, in paragraphs that do not end with a full stop and so are no prose.
fn stepish_lines(description: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for paragraph in description.split("\n\n") {
        let prose = paragraph.trim_end().ends_with('.');
        let lines = paragraph
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty());
        found.extend(lines.filter(|line| begins_as_syntax(line) || (!prose && near_keyword(line))));
    }
    found
}

fn begins_as_syntax(line: &str) -> bool {
    line.starts_with(['*', '|', '@', '"'])
}

fn near_keyword(line: &str) -> bool {
    let first: String = line.chars().take_while(|c| c.is_alphabetic()).collect();
    let first = first.to_lowercase();
    [
        "given",
        "when",
        "then",
        "and",
        "but",
        "scenario",
        "examples",
        "background",
        "rule",
    ]
    .iter()
    .any(|keyword| first.len() >= 3 && differs_by_one(&first, keyword))
}

/// Whether two words are equal but for one letter that is another, missing, extra, or
/// exchanged with its neighbour.
fn differs_by_one(left: &str, right: &str) -> bool {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let same_start = left.iter().zip(&right).take_while(|(a, b)| a == b).count();
    let (left, right) = (&left[same_start..], &right[same_start..]);
    let same_end = left
        .iter()
        .rev()
        .zip(right.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let rest = (
        &left[..left.len() - same_end],
        &right[..right.len() - same_end],
    );
    match rest {
        (a, b) if a.len() <= 1 && b.len() <= 1 => true,
        ([a, b], [c, d]) => a == d && b == c,
        _ => false,
    }
}

#[test]
fn mistyped_keywords_are_found() {
    for line in [
        "Gven a call",
        "  when it is made",
        "Thne it fails",
        "Ands more",
        "* a step",
        "Adn so",
    ] {
        assert_eq!(stepish_lines(line), [line.trim()]);
    }
    for prose in [
        "Two parsers\ndisagree.",
        "",
        "When it is refused, it\nends. The end\nof it.",
        "A call",
    ] {
        assert_eq!(stepish_lines(prose), [""; 0], "{prose}");
    }
}

/// In the middle of a scenario the parser itself refuses a line that is no step.
#[test]
fn a_mistyped_step_after_a_good_one_is_an_error() {
    let text = "Feature: a\n  Scenario: b\n    Given c\n    Thne d\n";
    assert!(Feature::parse(text, GherkinEnv::default()).is_err());
}

#[test]
fn every_placeholder_of_an_outline_is_a_column() {
    let features = Features::read();
    let mut complaints = Vec::new();
    for (path, feature) in features.readable() {
        for (scenario, _) in scenarios_of_feature(feature) {
            let used: BTreeSet<&str> = placeholders(scenario);
            for examples in &scenario.examples {
                let table = examples.table.as_ref();
                let heading = table.and_then(|table| table.rows.first());
                let columns: BTreeSet<&str> =
                    heading.into_iter().flatten().map(String::as_str).collect();
                for name in used.difference(&columns) {
                    complaints.push(format!(
                        "{}: no column is named <{name}>",
                        place(path, scenario)
                    ));
                }
                for name in columns.difference(&used) {
                    complaints.push(format!("{}: nothing uses <{name}>", place(path, scenario)));
                }
            }
        }
    }
    no_complaints(&complaints);
}

fn placeholders(scenario: &Scenario) -> BTreeSet<&str> {
    let texts = scenario
        .steps
        .iter()
        .flat_map(texts_of_step)
        .chain([scenario.name.as_str()]);
    texts
        .flat_map(|text| text.split('<').skip(1))
        .filter_map(|rest| rest.split_once('>'))
        .map(|(name, _)| name)
        .collect()
}

fn texts_of_step(step: &Step) -> Vec<&str> {
    let cells = step
        .table
        .iter()
        .flat_map(|table| table.rows.iter().flatten());
    std::iter::once(&step.value)
        .chain(&step.docstring)
        .chain(cells)
        .map(String::as_str)
        .collect()
}

#[test]
fn every_tag_means_something() {
    let documented = documented_tags();
    let mut strange: BTreeMap<String, Place> = BTreeMap::new();
    for (place, tags) in Features::read().scenarios() {
        for tag in tags {
            let known = match tag.parse::<RequirementId>() {
                Ok(id) => catalogue().get(&id).is_some(),
                Err(_) => documented.contains(&tag),
            };
            if !known {
                strange.entry(tag).or_insert(place.clone());
            }
        }
    }
    let complaint = |(tag, place): (String, Place)| match tag.parse::<RequirementId>() {
        Ok(_) => {
            format!("{place}: no chapter has @{tag}: write the requirement, or correct the tag")
        }
        Err(_) => format!(
            "{place}: @{tag} is neither a requirement nor in backticks in features/README.md: \
             correct it, or say there what it means"
        ),
    };
    no_complaints(&strange.into_iter().map(complaint).collect::<Vec<_>>());
}

/// The tags that stand in backticks in the features' README, without their `@`.
fn documented_tags() -> BTreeSet<String> {
    let readme = fs::read_to_string(project().join("features/README.md")).unwrap_or_default();
    let spans = readme.split('`').skip(1).step_by(2);
    spans
        .filter_map(|span| span.strip_prefix('@'))
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_scenario_names_a_requirement() {
    let mut complaints = Vec::new();
    for (place, tags) in Features::read().scenarios() {
        if !tags.iter().any(|tag| tag.parse::<RequirementId>().is_ok()) {
            complaints.push(format!(
                "{place} tests no requirement: tag it with the ids it tests"
            ));
        }
    }
    no_complaints(&complaints);
}
