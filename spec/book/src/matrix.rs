//! The requirement matrix: every requirement, where it stands, and what examines it.

use std::fmt::Write;

use btx_spec::catalogue::Requirement;

use crate::html::escape;
use crate::markdown;
use crate::material::Material;
use crate::matrix_filters;
use crate::mentions;
use crate::places::{self, MATRIX};
use crate::saboteur_links;
use crate::scenario_links;

const HEAD: &str = "<div class=\"table-wrapper\"><table>\n<thead><tr><th>Requirement</th><th>Level</th>\
    <th>Binds</th><th>Sentence</th><th>Chapter</th><th>Coverage</th></tr></thead>\n<tbody>\n";

/// The part of the matrix' page that is generated: Markdown, but for the tables. Their rows have
/// attributes, by which a script of the theme hides those that nobody asks for.
pub(crate) fn draw(material: &Material) -> String {
    let mut requirements: Vec<&Requirement> = material.catalogue.iter().collect();
    requirements.sort_by_key(|requirement| requirement.id);
    let mut page = format!("\n{}\n", summary(&requirements, material));
    page.push_str(&matrix_filters::draw(&requirements));
    for group in requirements.chunk_by(|one, next| one.id.profile == next.id.profile) {
        let title = group
            .first()
            .map_or("", |it| places::profile(it.id.profile));
        let _ = write!(page, "\n<section class=\"matrix\">\n\n## {title}\n\n{HEAD}");
        for requirement in group {
            page.push_str(&row(requirement, material));
        }
        page.push_str("</tbody>\n</table></div>\n\n</section>\n");
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
    let id = requirement.id;
    format!(
        "<tr data-profile=\"{}\" data-role=\"{}\" data-level=\"{}\"><td><a href=\"{}\">{id}</a></td>\
         <td>{}</td><td>{}</td><td>{}</td><td><a href=\"{}\">{}</a></td><td>{}{}</td></tr>\n",
        id.profile.code(),
        id.role.code(),
        places::strength(requirement.level),
        places::of_requirement(MATRIX, requirement),
        places::badge(requirement.level),
        places::role(id.role),
        prose(&requirement.sentence, material),
        requirement.chapter,
        escape(&requirement.chapter_title),
        Coverage::of(requirement, material).cell(material),
        proofs(requirement, material),
    )
}

/// The links to who breaks a requirement and to its vectors, or why nobody breaks it.
fn proofs(requirement: &Requirement, material: &Material) -> String {
    let counts = saboteur_links::counts(requirement.id, MATRIX, material);
    let mut told = String::new();
    if !counts.is_empty() {
        let _ = write!(told, "<div class=\"proofs\">{counts}</div>");
    }
    for missing in material.saboteurs.missing(requirement.id) {
        let reason = prose(&missing.reason, material);
        let side = escape(&missing.side);
        let _ = write!(
            told,
            "<div class=\"proofs\"><em>No {side} breaks it:</em> {reason}</div>"
        );
    }
    told
}

fn prose(text: &str, material: &Material) -> String {
    markdown::inline(&mentions::link(text, MATRIX, &material.catalogue))
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

    fn cell(&self, material: &Material) -> String {
        match self {
            Self::Scenarios(requirement) => {
                scenario_links::unfolding(&material.scenarios.of(requirement.id), MATRIX)
            }
            Self::NotTestable(why) => format!("<em>Not testable:</em> {}", prose(why, material)),
            Self::Pending(why) => format!("<em>To come:</em> {}", prose(why, material)),
            Self::Retired => "<em>Retired</em>".to_owned(),
            Self::Nothing => "<strong>Uncovered</strong>".to_owned(),
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
            "<tr data-profile=\"EX\" data-role=\"ISS\" data-level=\"must\">\
             <td><a href=\"calls.md#EX-ISS-014\">EX-ISS-014</a></td>\
             <td><span class=\"level must\">MUST NOT</span></td><td>issuer</td>\
             <td>The issuer MUST NOT answer <code>x</code> as in \
             <a href=\"other.md#EX-INI-001\">EX-INI-001</a>.</td>\
             <td><a href=\"calls.md\">Calls</a></td><td><details class=\"scenarios\">\
             <summary>1 scenario</summary>\
             <a href=\"scenarios/exchange-calls.md#it-is-silent\">It is silent</a></details>\
             <div class=\"proofs\"><a href=\"saboteurs.md#of-EX-ISS-014\">1 saboteur</a> · ",
            "<em>Not testable:</em> nobody sees <code>it</code></td>",
            "<td>It MAY a|b.</td><td><a href=\"other.md\">Other</a></td>\
             <td><em>To come:</em> seen later</td>",
            "<strong>Uncovered</strong></td>",
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
        assert!(place("EX-ISS-014</a></td>") < place("EX-INI-001</a></td>"));
    }
}
