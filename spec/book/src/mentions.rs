//! Turns every plain mention of a requirement's id into a link to its anchor.

use btx_spec::catalogue::{Catalogue, RequirementId};

use crate::markdown::{self, Edit};
use crate::places;

/// A word that has an id's form, but belongs to no requirement.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unknown {
    /// Where it stands in the text.
    pub(crate) offset: usize,
    /// What is wrong and what to write.
    pub(crate) text: String,
}

/// The links that a text on a page needs, and the mentions that lead nowhere.
pub(crate) fn find(text: &str, page: &str, catalogue: &Catalogue) -> (Vec<Edit>, Vec<Unknown>) {
    let (mut edits, mut unknown) = (Vec::new(), Vec::new());
    for piece in markdown::prose(text) {
        let prose = text.get(piece.clone()).unwrap_or_default();
        for (start, word) in words(prose) {
            let offset = piece.start + start;
            match judge(word, catalogue) {
                Judgement::NoId => {}
                Judgement::Wrong(text) => unknown.push(Unknown { offset, text }),
                Judgement::Link(requirement) => edits.push(Edit {
                    range: offset..offset + word.len(),
                    replacement: format!("[{word}]({})", places::of_requirement(page, requirement)),
                }),
            }
        }
    }
    (edits, unknown)
}

/// The text with its mentions linked. Those that lead nowhere stay as they are.
pub(crate) fn link(text: &str, page: &str, catalogue: &Catalogue) -> String {
    markdown::apply(text, find(text, page, catalogue).0)
}

enum Judgement<'a> {
    NoId,
    Wrong(String),
    Link(&'a btx_spec::catalogue::Requirement),
}

fn judge<'a>(word: &str, catalogue: &'a Catalogue) -> Judgement<'a> {
    let Ok(id) = word.parse::<RequirementId>() else {
        return match is_almost_an_id(word) {
            true => Judgement::Wrong(format!(
                "{word} is no id: write three digits, as in EX-ISS-014"
            )),
            false => Judgement::NoId,
        };
    };
    match catalogue.get(&id) {
        Some(requirement) => Judgement::Link(requirement),
        None => Judgement::Wrong(format!(
            "there is no requirement {id}: correct the id, or write `> **[{id}]** …` where it \
             belongs; in a code span it is left alone"
        )),
    }
}

/// Whether a word has a profile, a role and a number, though not a number of three digits.
fn is_almost_an_id(word: &str) -> bool {
    word.rsplit_once('-').is_some_and(|(prefix, number)| {
        let known = format!("{prefix}-001").parse::<RequirementId>().is_ok();
        known && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// The words of a text, hyphens inside them included, each with its place.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut end = 0;
    text.split_inclusive(separates).filter_map(move |part| {
        let begin = end;
        end += part.len();
        let word = part.trim_end_matches(separates).trim_end_matches('-');
        let bare = word.trim_start_matches('-');
        (!bare.is_empty()).then_some((begin + word.len() - bare.len(), bare))
    })
}

fn separates(letter: char) -> bool {
    !letter.is_ascii_alphanumeric() && letter != '-' && letter != '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalogue() -> Catalogue {
        let text = "# Calls\n\n> **[EX-ISS-014]** It MUST.\n> *Source: x.*\n";
        Catalogue::parse(&[("calls.md", text)]).expect("a catalogue")
    }

    #[test]
    fn a_mention_becomes_a_link_and_code_stays() {
        for (text, linked) in [
            ("See EX-ISS-014.", "See [EX-ISS-014](calls.md#EX-ISS-014)."),
            ("(EX-ISS-014)", "([EX-ISS-014](calls.md#EX-ISS-014))"),
            ("**EX-ISS-014**", "**[EX-ISS-014](calls.md#EX-ISS-014)**"),
            (
                "| a |\n| - |\n| EX-ISS-014 |",
                "| a |\n| - |\n| [EX-ISS-014](calls.md#EX-ISS-014) |",
            ),
            ("`EX-ISS-014`", "`EX-ISS-014`"),
            ("## EX-ISS-014", "## EX-ISS-014"),
            ("[see EX-ISS-014](x.md)", "[see EX-ISS-014](x.md)"),
            ("```\nEX-ISS-014\n```", "```\nEX-ISS-014\n```"),
            ("PREFIX-EX-ISS-014", "PREFIX-EX-ISS-014"),
            ("T-09 and TLS-1", "T-09 and TLS-1"),
        ] {
            assert_eq!(link(text, "other.md", &catalogue()), linked);
        }
    }

    #[test]
    fn on_its_own_page_a_requirement_is_linked_by_its_anchor_alone() {
        assert_eq!(
            link("EX-ISS-014", "calls.md", &catalogue()),
            "[EX-ISS-014](#EX-ISS-014)"
        );
    }

    #[test]
    fn a_mention_of_nothing_is_told() {
        for (text, hint) in [
            ("é EX-ISS-015", "there is no requirement EX-ISS-015"),
            ("é EX-ISS-14", "write three digits"),
        ] {
            let (edits, unknown) = find(text, "calls.md", &catalogue());
            assert!(edits.is_empty());
            assert_eq!(unknown[0].offset, 3);
            assert!(unknown[0].text.contains(hint), "{unknown:?}");
        }
    }
}
