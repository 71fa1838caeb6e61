//! Everything that the pages are made of, besides the chapters' own text.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

use btx_spec::catalogue::{Catalogue, RequirementId};
use serde::Deserialize;

use crate::mistake::Mistake;
use crate::saboteurs::{self, Saboteurs};
use crate::scenarios::Scenarios;
use crate::sources::{self, Sources};
use crate::vectors::{self, Vectors};

const PENDING: &str = "spec/pending.toml";

/// The catalogue, and all that proves something about its requirements.
pub(crate) struct Material {
    pub(crate) catalogue: Catalogue,
    pub(crate) sources: Sources,
    pub(crate) scenarios: Scenarios,
    /// Why a requirement has no scenario yet.
    pub(crate) pending: BTreeMap<RequirementId, String>,
    pub(crate) saboteurs: Saboteurs,
    pub(crate) vectors: Vectors,
}

/// The texts of the files that the material is read from.
#[derive(Default)]
pub(crate) struct Texts {
    /// Each chapter's path below the book's source, and its Markdown.
    pub(crate) chapters: Vec<(String, String)>,
    pub(crate) sources: String,
    /// Empty if there is no such file.
    pub(crate) pending: String,
    /// Each feature file's path below `features`, and its text.
    pub(crate) features: Vec<(String, String)>,
    pub(crate) saboteurs: String,
    /// Each vector file's name, and its text.
    pub(crate) vectors: Vec<(String, String)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pending {
    #[serde(default)]
    pending: Vec<PendingEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PendingEntry {
    id: String,
    reason: String,
}

impl Material {
    /// Makes the material of its texts.
    pub(crate) fn of(texts: &Texts) -> Result<Self, Vec<Mistake>> {
        let catalogue = catalogue(&texts.chapters)?;
        let sources = sources::parse(&texts.sources).map_err(|mistake| vec![mistake])?;
        let mut mistakes = sources.mistakes(&catalogue);
        let pending = pending(&texts.pending).unwrap_or_else(|mistake| {
            mistakes.push(mistake);
            BTreeMap::new()
        });
        let scenarios = Scenarios::parse(&texts.features, &catalogue).unwrap_or_else(|more| {
            mistakes.extend(more);
            Scenarios::default()
        });
        let saboteurs = saboteurs::parse(&texts.saboteurs).unwrap_or_else(|mistake| {
            mistakes.push(mistake);
            Saboteurs::default()
        });
        let vectors = Vectors::parse(&texts.vectors, &catalogue).unwrap_or_else(|more| {
            mistakes.extend(more);
            Vectors::default()
        });
        // Where a feature could not be read, scenarios are missing that are there.
        if mistakes.is_empty() {
            mistakes.extend(sources.unknown_scenarios(&scenarios));
            mistakes.extend(saboteurs.mistakes(&catalogue, &scenarios));
        }
        let material = Self {
            catalogue,
            sources,
            scenarios,
            pending,
            saboteurs,
            vectors,
        };
        match mistakes.is_empty() {
            true => Ok(material),
            false => Err(mistakes),
        }
    }
}

/// The catalogue of these chapters.
pub(crate) fn catalogue(chapters: &[(String, String)]) -> Result<Catalogue, Vec<Mistake>> {
    let chapters: Vec<(&str, &str)> = chapters
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    Catalogue::parse(&chapters).map_err(|errors| {
        errors
            .into_iter()
            .map(|error| Mistake::at(&file_of(&error.chapter), error.line, error.message))
            .collect()
    })
}

/// A chapter's path from the root of the repository.
pub(crate) fn file_of(chapter: &str) -> String {
    format!("spec/text/{chapter}")
}

fn pending(text: &str) -> Result<BTreeMap<RequirementId, String>, Mistake> {
    let list: Pending =
        toml::from_str(text).map_err(|error| Mistake::within(PENDING, error.to_string()))?;
    list.pending
        .into_iter()
        .map(|entry| match entry.id.parse() {
            Ok(id) => Ok((id, entry.reason)),
            Err(error) => Err(Mistake::within(
                PENDING,
                format!("\"{}\": {error}", entry.id),
            )),
        })
        .collect()
}

impl Texts {
    /// Reads the files below the root of the repository.
    pub(crate) fn read(root: &Path, chapters: Vec<(String, String)>) -> Result<Self, Mistake> {
        let features = files(&root.join("features"), "feature")?;
        let sources = text_of(root, sources::FILE)?.ok_or_else(|| {
            Mistake::within(
                sources::FILE,
                "is missing: list there what requirements cite",
            )
        })?;
        Ok(Self {
            chapters,
            sources,
            pending: text_of(root, PENDING)?.unwrap_or_default(),
            features,
            saboteurs: text_of(root, saboteurs::FILE)?.unwrap_or_default(),
            vectors: files(&root.join(vectors::FOLDER), "json")?,
        })
    }
}

fn text_of(root: &Path, file: &str) -> Result<Option<String>, Mistake> {
    match std::fs::read_to_string(root.join(file)) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Mistake::within(file, error.to_string())),
    }
}

/// The files with an extension in a folder and below, each its path below the folder and its text,
/// in the order of their paths.
fn files(folder: &Path, extension: &str) -> Result<Vec<(String, String)>, Mistake> {
    let unreadable =
        |error: std::io::Error| Mistake::within(&folder.display().to_string(), error.to_string());
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            let below = files(&path, extension)?.into_iter();
            found.extend(below.map(|(path, text)| (format!("{name}/{path}"), text)));
        } else if path.extension().is_some_and(|it| it == extension) {
            let text = std::fs::read_to_string(&path).map_err(unreadable)?;
            found.push((name.into_owned(), text));
        }
    }
    found.sort();
    Ok(found)
}

/// Two chapters, a source, a scenario, a pending requirement, a saboteur and a vector, for tests.
#[cfg(test)]
pub(crate) fn sample() -> Material {
    Material::of(&sample_texts()).unwrap_or_else(|mistakes| panic!("{mistakes:?}"))
}

/// The texts of [`sample`].
#[cfg(test)]
pub(crate) fn sample_texts() -> Texts {
    let calls = "# Calls\n\n> **[EX-ISS-014]** The issuer MUST NOT answer `x` as in EX-INI-001.\n\
                 > *Source: D1-09, RFC 6750.*\n";
    let other = "# Other\n\n> **[EX-INI-001]** It SHOULD.\n> *Source: D1-09.*\n\
                 > *Not testable: nobody sees `it`.*\n\n\
                 > **[HT-ANY-002]** It MAY a|b.\n> *Source: D1-09.*\n\n\
                 > **[HT-ANY-003]** It MUST.\n> *Source: D1-09.*\n";
    let feature = "Feature: Calls\n\n  @EX-ISS-014\n  Scenario: It is silent\n    Given a call\n";
    let vector = r#"{"schema": "s", "subject": "timestamp", "about": "x", "generator_version": "1",
        "flags": {}, "tests": [{"id": "one", "comment": "x", "flags": [],
        "requirements": ["EX-ISS-014"], "input": {}, "result": "valid"}]}"#;
    Texts {
        chapters: vec![
            ("calls.md".into(), calls.into()),
            ("other.md".into(), other.into()),
        ],
        sources: "[[source]]\nid = \"D1-09\"\ntext = \"The URL is registered.\"\n\
                  requirements = [\"EX-ISS-014\"]\n"
            .into(),
        pending: "[[pending]]\nid = \"HT-ANY-002\"\nreason = \"seen later\"\n".into(),
        features: vec![("exchange/calls.feature".into(), feature.into())],
        saboteurs: "[[saboteur]]\nname = \"answers-anyway\"\nside = \"issuer\"\n\
                    requirement = \"EX-ISS-014\"\ndoes = \"Answers.\"\n\
                    red = [{ scenario = \"exchange/calls.feature: It is silent\" }]\n"
            .into(),
        vectors: vec![("words.json".into(), vector.into())],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(change: impl FnOnce(&mut Texts)) -> String {
        let mut texts = sample_texts();
        change(&mut texts);
        let mistakes = Material::of(&texts).err().expect("mistakes");
        mistakes.first().expect("one").to_string()
    }

    #[test]
    fn a_broken_block_is_told_with_file_and_line() {
        let broken = "# Calls\n\n> **[EX-ISS-014]** It MUST.\n".to_owned();
        let told = told(|texts| texts.chapters = vec![("calls.md".into(), broken)]);
        assert!(
            told.starts_with("spec/text/calls.md:3: EX-ISS-014 has no source"),
            "{told}"
        );
    }

    #[test]
    fn mistakes_in_the_lists_name_the_list() {
        let sources = told(|texts| texts.sources = "[[source]]\nid = 1".into());
        assert!(sources.starts_with("spec/sources.toml: "), "{sources}");
        let pending =
            told(|texts| texts.pending = "[[pending]]\nid = \"x\"\nreason = \"y\"".into());
        assert!(
            pending.starts_with("spec/pending.toml: \"x\": an id is"),
            "{pending}"
        );
        let feature = told(|texts| texts.features = vec![("a.feature".into(), "Nothing".into())]);
        assert!(feature.starts_with("features/a.feature: "), "{feature}");
        let vector = told(|texts| texts.vectors = vec![("a.json".into(), "{}".into())]);
        assert!(vector.starts_with("spec/vectors/a.json: "), "{vector}");
        let saboteur = told(|texts| texts.saboteurs = "[[saboteur]]".into());
        assert!(
            saboteur.starts_with("harness/saboteurs.toml: "),
            "{saboteur}"
        );
    }
}
