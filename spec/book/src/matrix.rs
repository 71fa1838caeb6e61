//! The requirement matrix: every requirement, where it stands, and what examines it.

use std::fmt::Write;

use btx_spec::catalogue::Requirement;

use crate::material::Material;
use crate::mentions;
use crate::places::{self, MATRIX};
use crate::scenario_links;

const TABLE: &str = "<div class=\"matrix\">\n\n\
    | Requirement | Level | Binds | Sentence | Chapter | Coverage |\n\
    | --- | --- | --- | --- | --- | --- |\n";

/// The part of the matrix' page that is generated, in Markdown.
pub(crate) fn draw(material: &Material) -> String {
    let mut requirements: Vec<&Requirement> = material.catalogue.iter().collect();
    requirements.sort_by_key(|requirement| requirement.id);
    let mut page = format!("\n{}\n", summary(&requirements, material));
    for group in requirements.chunk_by(|one, next| one.id.profile == next.id.profile) {
        let title = group
            .first()
            .map_or("", |it| places::profile(it.id.profile));
        let _ = write!(page, "\n## {title}\n\n{TABLE}");
        for requirement in group {
            page.push_str(&row(requirement, material));
        }
        page.push_str("\n</div>\n");
    }
    page
}

fn summary(requirements: &[&Requirement], material: &Material) -> String {
    let count = |of: fn(&Coverage<'_>) -> bool| {
        requirements
            .iter()
            .filter(|it| of(&Coverage::of(it, material)))
            .count()
    };
    let mut summary = format!(
        "{} requirements: {} exercised by scenarios, {} not testable from outside",
        requirements.len(),
        count(|it| matches!(it, Coverage::Scenarios(_))),
        count(|it| matches!(it, Coverage::NotTestable(_))),
    );
    for (open, what) in [
        (
            count(|it| matches!(it, Coverage::Pending(_))),
            "with scenarios to come",
        ),
        (count(|it| matches!(it, Coverage::Retired)), "retired"),
        (count(|it| matches!(it, Coverage::Nothing)), "uncovered"),
    ] {
        if open > 0 {
            let _ = write!(summary, ", {open} {what}");
        }
    }
    summary + "."
}

fn row(requirement: &Requirement, material: &Material) -> String {
    let sentence = mentions::link(&requirement.sentence, MATRIX, &material.catalogue);
    format!(
        "| [{}]({}) | {} | {} | {} | [{}]({}) | {} |\n",
        requirement.id,
        places::of_requirement(MATRIX, requirement),
        places::badge(requirement.level),
        places::role(requirement.id.role),
        sentence.replace('|', r"\|"),
        requirement.chapter_title,
        requirement.chapter,
        Coverage::of(requirement, material).cell(material),
    )
}

/// What examines a requirement, or why nothing does.
enum Coverage<'a> {
    Scenarios(&'a Requirement),
    NotTestable(&'a str),
    Pending(&'a str),
    Retired,
    Nothing,
}

impl<'a> Coverage<'a> {
    fn of(requirement: &'a Requirement, material: &'a Material) -> Self {
        if requirement.retired {
            Self::Retired
        } else if let Some(reason) = &requirement.not_testable {
            Self::NotTestable(reason)
        } else if !material.scenarios.of(requirement.id).is_empty() {
            Self::Scenarios(requirement)
        } else if let Some(reason) = material.pending.get(&requirement.id) {
            Self::Pending(reason)
        } else {
            Self::Nothing
        }
    }

    /// A cell of a Markdown table: one line, no bar that ends it.
    fn cell(&self, material: &Material) -> String {
        let reason =
            |reason: &str| mentions::link(reason, MATRIX, &material.catalogue).replace('|', r"\|");
        match self {
            Self::Scenarios(requirement) => {
                scenario_links::unfolding(&material.scenarios.of(requirement.id), MATRIX)
            }
            Self::NotTestable(why) => format!("*Not testable:* {}", reason(why)),
            Self::Pending(why) => format!("*To come:* {}", reason(why)),
            Self::Retired => "*Retired*".to_owned(),
            Self::Nothing => "**Uncovered**".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::material::sample;

    #[test]
    fn every_requirement_has_its_row() {
        let page = draw(&sample());
        for row in [
            "4 requirements: 1 exercised by scenarios, 1 not testable from outside, 1 with \
             scenarios to come, 1 uncovered.",
            "| [EX-ISS-014](calls.md#EX-ISS-014) | <span class=\"level must\">MUST NOT</span> \
             | issuer | The issuer MUST NOT answer `x` as in [EX-INI-001](other.md#EX-INI-001). \
             | [Calls](calls.md) | <details class=\"scenarios\"><summary>1 scenario</summary>\
             <a href=\"scenarios/exchange-calls.md#it-is-silent\">It is silent</a></details> |",
            "*Not testable:* nobody sees `it` |",
            r"| It MAY a\|b. | [Other](other.md) | *To come:* seen later |",
            "**Uncovered** |",
        ] {
            assert!(page.contains(row), "{row} is missing in\n{page}");
        }
    }

    #[test]
    fn profiles_and_numbers_come_in_order() {
        let page = draw(&sample());
        let place = |text: &str| page.find(text).expect(text);
        assert!(place("HTTP, JSON and bearer rules") < place("HT-ANY-002"));
        assert!(place("HT-ANY-003") < place("## The exchange"));
        assert!(place("[EX-ISS-014](calls") < place("[EX-INI-001](other.md#EX-INI-001) |"));
    }
}
