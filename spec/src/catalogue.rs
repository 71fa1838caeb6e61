//! The catalogue: every requirement, parsed out of the chapters that explain it.
//!
//! ```markdown
//! > **[EX-ISS-014]** The issuer MUST NOT do that.
//! > *Source: D1-09, T-09.*
//! > *Not testable: nobody can see it.*
//! ```

use std::collections::BTreeMap;
use std::fmt;
use std::sync::OnceLock;

use thiserror::Error;

use crate::chapters::{self, Line, Place};
pub use crate::requirement::{IdError, Level, Profile, Requirement, RequirementId, Role, keywords};

/// Every requirement of the specification, in the order of the book.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    requirements: Vec<Requirement>,
    places: BTreeMap<RequirementId, usize>,
}

/// What is wrong in a chapter, where, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct CatalogueError {
    /// The chapter's path below `spec/text`.
    pub chapter: String,
    /// Counted from 1.
    pub line: usize,
    /// What is wrong and what to write.
    pub message: String,
}

impl fmt::Display for CatalogueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "spec/text/{}:{}: {}",
            self.chapter, self.line, self.message
        )
    }
}

impl Catalogue {
    /// The catalogue of the chapters in this crate.
    ///
    /// # Errors
    /// Everything that is wrong in them.
    pub fn embedded() -> &'static Result<Self, Vec<CatalogueError>> {
        static CATALOGUE: OnceLock<Result<Catalogue, Vec<CatalogueError>>> = OnceLock::new();
        CATALOGUE.get_or_init(|| Self::parse(&chapters::chapters()))
    }

    /// The catalogue of these chapters, each a path and its Markdown.
    ///
    /// # Errors
    /// Everything that is wrong in them, in the order of the chapters.
    pub fn parse(chapters: &[(&str, &str)]) -> Result<Self, Vec<CatalogueError>> {
        let mut catalogue = Self::default();
        let mut errors = Vec::new();
        for (path, text) in chapters {
            let mut reader = Reader::new(path, chapters::title(text));
            for line in chapters::lines(text) {
                reader.line(&line);
            }
            reader.end_of_block();
            errors.append(&mut reader.errors);
            for requirement in reader.requirements {
                errors.extend(catalogue.add(requirement));
            }
        }
        if errors.is_empty() {
            Ok(catalogue)
        } else {
            Err(errors)
        }
    }

    /// The requirement of that id.
    #[must_use]
    pub fn get(&self, id: &RequirementId) -> Option<&Requirement> {
        self.places
            .get(id)
            .and_then(|place| self.requirements.get(*place))
    }

    /// Every requirement, in the order of the book.
    pub fn iter(&self) -> impl Iterator<Item = &Requirement> {
        self.requirements.iter()
    }

    /// How many requirements there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.requirements.len()
    }

    /// Whether there is no requirement.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.requirements.is_empty()
    }

    fn add(&mut self, requirement: Requirement) -> Option<CatalogueError> {
        if let Some(first) = self.get(&requirement.id) {
            let message = format!(
                "{} stands already at spec/text/{}:{}; give this one a number that was never used",
                requirement.id, first.chapter, first.line
            );
            return Some(CatalogueError {
                chapter: requirement.chapter,
                line: requirement.line,
                message,
            });
        }
        self.places.insert(requirement.id, self.requirements.len());
        self.requirements.push(requirement);
        None
    }
}

/// Reads one chapter line by line.
struct Reader<'a> {
    chapter: &'a str,
    title: &'a str,
    block: Option<Block>,
    requirements: Vec<Requirement>,
    errors: Vec<CatalogueError>,
}

/// A requirement whose lines are being read.
struct Block {
    id: String,
    line: usize,
    sentence: String,
    notes: Vec<Note>,
}

/// A line in emphasis below the sentence, such as `*Source: D1-09.*`.
struct Note {
    line: usize,
    text: String,
}

impl<'a> Reader<'a> {
    fn new(chapter: &'a str, title: &'a str) -> Self {
        Self {
            chapter,
            title,
            block: None,
            requirements: Vec::new(),
            errors: Vec::new(),
        }
    }

    fn line(&mut self, line: &Line<'_>) {
        let quoted = line.text.trim_start().strip_prefix('>').map(str::trim);
        match quoted {
            Some(text) if line.place == Place::Prose => self.quoted_line(line.number, text),
            _ => {
                self.end_of_block();
                if line.place == Place::Prose {
                    self.plain_prose(line.number, line.text);
                }
            }
        }
    }

    fn quoted_line(&mut self, number: usize, text: &str) {
        if let Some((id, sentence)) = opening(text) {
            self.end_of_block();
            let (id, sentence) = (id.to_owned(), sentence.trim().to_owned());
            self.block = Some(Block {
                id,
                line: number,
                sentence,
                notes: Vec::new(),
            });
            return;
        }
        let Some(block) = &mut self.block else {
            self.plain_prose(number, text);
            return;
        };
        if text.is_empty() {
            self.end_of_block();
        } else if begins_note(text) {
            block.notes.push(Note {
                line: number,
                text: text.to_owned(),
            });
        } else {
            let open = block
                .notes
                .last_mut()
                .map_or(&mut block.sentence, |note| &mut note.text);
            open.push(' ');
            open.push_str(text);
        }
    }

    fn plain_prose(&mut self, line: usize, text: &str) {
        if let Some(level) = keywords(text).first() {
            self.error(
                line,
                format!(
                    "{level} stands in capitals outside a requirement; write it in lower case, \
                     or make the sentence a requirement: \
                     `> **[EX-ISS-000]** The issuer {level} ...` and `> *Source: ...*`"
                ),
            );
        }
    }

    fn end_of_block(&mut self) {
        let Some(block) = self.block.take() else {
            return;
        };
        match self.requirement(&block) {
            Ok(requirement) => self.requirements.push(requirement),
            Err((line, message)) => self.error(line, message),
        }
    }

    fn requirement(&self, block: &Block) -> Result<Requirement, (usize, String)> {
        let at = |message: String| (block.line, message);
        let id: RequirementId = block
            .id
            .parse()
            .map_err(|error| at(format!("\"{}\" is no id: {error}", block.id)))?;
        let [level] = keywords(&block.sentence)[..] else {
            return Err(at(format!(
                "{id} has not exactly one keyword in capitals; one sentence, one subject, one of \
                 MUST, MUST NOT, SHOULD, SHOULD NOT, MAY (or their synonyms of RFC 2119)"
            )));
        };
        let mut notes = Notes::default();
        for note in &block.notes {
            notes.take(note, id)?;
        }
        let Some(sources) = notes.sources else {
            return Err(at(format!(
                "{id} has no source; write `> *Source: D1-09, RFC 9110 section 15.4.*` below it"
            )));
        };
        Ok(Requirement {
            id,
            level,
            sentence: block.sentence.clone(),
            sources,
            not_testable: notes.not_testable,
            retired: notes.retired,
            chapter: self.chapter.to_owned(),
            chapter_title: self.title.to_owned(),
            line: block.line,
        })
    }

    fn error(&mut self, line: usize, message: String) {
        self.errors.push(CatalogueError {
            chapter: self.chapter.to_owned(),
            line,
            message,
        });
    }
}

/// What the notes below a sentence say.
#[derive(Default)]
struct Notes {
    sources: Option<String>,
    not_testable: Option<String>,
    retired: bool,
}

impl Notes {
    fn take(&mut self, note: &Note, id: RequirementId) -> Result<(), (usize, String)> {
        let error = |what: &str| (note.line, format!("{id}: {what}"));
        if !keywords(&note.text).is_empty() {
            return Err(error(
                "a keyword in capitals stands below the sentence; use lower case",
            ));
        }
        let inside = note
            .text
            .strip_prefix('*')
            .and_then(|text| text.strip_suffix('*'));
        let Some((name, value)) = inside.and_then(|text| text.split_once(':')) else {
            return Err(error(
                "a line below the sentence has the form `> *Source: ....*`",
            ));
        };
        let value = value.trim().trim_end_matches('.').to_owned();
        if value.is_empty() {
            return Err(error(
                "the line below the sentence says nothing after its colon",
            ));
        }
        let repeated = match name {
            "Source" => self.sources.replace(value).is_some(),
            "Not testable" => self.not_testable.replace(value).is_some(),
            "Retired" => std::mem::replace(&mut self.retired, true),
            _ => {
                return Err(error(
                    "a line below the sentence begins with Source, Not testable or Retired",
                ));
            }
        };
        if repeated {
            Err(error("two lines below the sentence begin alike"))
        } else {
            Ok(())
        }
    }
}

/// The id and the rest of a line that opens a requirement: `**[id]** rest`.
fn opening(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix("**[")?.split_once("]**")
}

/// Whether a line is the beginning of a note: emphasis, a capital letter, a colon.
fn begins_note(text: &str) -> bool {
    let Some((name, _)) = text.strip_prefix('*').and_then(|rest| rest.split_once(':')) else {
        return false;
    };
    name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_alphabetic() || c == ' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(text: &str) -> Vec<String> {
        let errors = Catalogue::parse(&[("c.md", text)]).unwrap_err();
        errors.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_requirement_is_read_with_its_notes() {
        let text = "# Calls\n\nProse.\n\n> **[EX-ISS-014]** The issuer MUST NOT\n> call `MAY`.\n\
                    > *Source: D1-09,\n> T-09.*\n> *Not testable: nobody sees it.*\n";
        let catalogue = Catalogue::parse(&[("calls.md", text)]).unwrap();
        let id = "EX-ISS-014".parse().unwrap();
        let requirement = catalogue.get(&id).unwrap();
        assert_eq!(requirement.sentence, "The issuer MUST NOT call `MAY`.");
        assert_eq!(requirement.level, Level::MustNot);
        assert_eq!(requirement.sources, "D1-09, T-09");
        assert_eq!(requirement.not_testable.as_deref(), Some("nobody sees it"));
        assert_eq!((requirement.line, requirement.retired), (5, false));
        assert_eq!(requirement.chapter_title, "Calls");
        assert_eq!(
            (
                catalogue.len(),
                catalogue.is_empty(),
                catalogue.iter().count()
            ),
            (1, false, 1)
        );
    }

    #[test]
    fn faults_are_told_with_their_line() {
        let source = "> *Source: D1-09.*\n";
        let cases = [
            (
                "It MUST be.\n".to_owned(),
                "spec/text/c.md:1: MUST stands in capitals",
            ),
            (
                "> It MAY be.\n".to_owned(),
                "spec/text/c.md:1: MAY stands in capitals",
            ),
            (
                "\n> **[EX-ISS-1]** It MUST.\n".to_owned(),
                "spec/text/c.md:2: \"EX-ISS-1\" is no id",
            ),
            (
                format!("> **[EX-ISS-001]** It is.\n{source}"),
                "not exactly one keyword",
            ),
            (
                format!("> **[EX-ISS-001]** It MUST, it MAY.\n{source}"),
                "not exactly one keyword",
            ),
            (
                "> **[EX-ISS-001]** It MUST.\n".to_owned(),
                "EX-ISS-001 has no source",
            ),
            (
                format!("> **[EX-ISS-001]** It MUST.\n{source}{source}"),
                "c.md:3: EX-ISS-001: two lines",
            ),
            (
                "> **[EX-ISS-001]** It MUST.\n> *Origin: x.*\n".to_owned(),
                "begins with Source, Not testable",
            ),
            (
                "> **[EX-ISS-001]** It MUST.\n> *Source: *\n".to_owned(),
                "says nothing after its colon",
            ),
            (
                "> **[EX-ISS-001]** It MUST.\n> *Source: x MAY.*\n".to_owned(),
                "below the sentence; use lower",
            ),
            (
                "> **[EX-ISS-001]** It MUST.\n> *Source: x.\n".to_owned(),
                "has the form",
            ),
        ];
        for (text, message) in cases {
            let errors = errors(&text);
            assert!(
                errors.iter().any(|error| error.contains(message)),
                "{text}: {errors:?}"
            );
        }
    }

    #[test]
    fn ids_are_unique_over_all_chapters() {
        let text = "> **[EX-ISS-001]** It MUST.\n> *Source: x.*\n> *Retired: no longer.*\n";
        let twice = Catalogue::parse(&[("a.md", text), ("b.md", text)]).unwrap_err();
        let message = twice.first().unwrap().to_string();
        assert!(
            message.contains("spec/text/b.md:1: EX-ISS-001 stands already at spec/text/a.md:1")
        );
    }

    #[test]
    fn code_and_the_marked_block_may_have_keywords() {
        let text = "<!-- bcp14 -->\nMUST, MAY\n<!-- /bcp14 -->\n```\nMUST\n```\n`MUST`\n";
        assert!(Catalogue::parse(&[("a.md", text)]).unwrap().is_empty());
    }
}
