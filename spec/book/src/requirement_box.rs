//! A requirement as the book shows it: a box with an anchor, a badge and links.

use std::fmt::Write;

use btx_spec::catalogue::Requirement;

use crate::html::escape;
use crate::material::Material;
use crate::mentions;
use crate::places;
use crate::saboteur_links;

/// The box, as Markdown with HTML around it.
///
/// The id is a heading, so that the search lists every requirement by its id. The link stands
/// inside a span because mdBook would otherwise list the heading in the sidebar.
pub(crate) fn draw(requirement: &Requirement, material: &Material) -> String {
    let (id, page) = (requirement.id, requirement.chapter.as_str());
    let mut drawn = format!(
        "\n<div class=\"requirement\">\n<h4 class=\"requirement-id\" id=\"{id}\"><span>\
         <a href=\"#{id}\">{id}</a> {}{}</span></h4>\n\n{}\n\n<div class=\"requirement-notes\">\n",
        places::badge(requirement.level),
        if requirement.retired {
            " <span class=\"level\">retired</span>"
        } else {
            ""
        },
        mentions::link(&requirement.sentence, page, &material.catalogue),
    );
    let (sources, _) = material.sources.link(&requirement.sources, page);
    let _ = writeln!(drawn, "<p>Source: {sources}.</p>\n");
    if let Some(reason) = &requirement.not_testable {
        let reason = mentions::link(reason, page, &material.catalogue);
        let _ = writeln!(drawn, "Not testable: {reason}.\n");
    }
    drawn.push_str(&scenarios(requirement, material));
    let proofs = saboteur_links::counts(id, page, material);
    if !proofs.is_empty() {
        let _ = write!(drawn, "<p class=\"proofs\">{proofs}</p>\n\n");
    }
    drawn.push_str("\n</div>\n</div>\n\n");
    drawn
}

fn scenarios(requirement: &Requirement, material: &Material) -> String {
    let found = material.scenarios.of(requirement.id);
    let title = match found.len() {
        0 => return String::new(),
        1 => "One scenario".to_owned(),
        count => format!("{count} scenarios"),
    };
    let mut list = format!("<details>\n<summary>{title}</summary>\n<ul>\n");
    for (file, case) in found {
        let _ = writeln!(
            list,
            "<li><a href=\"{}\">{}</a> <span class=\"file\">{}</span></li>",
            places::address(&requirement.chapter, &file.page, &case.anchor),
            escape(&case.scenario.name),
            file.path
        );
    }
    list + "</ul>\n</details>\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::material::sample;

    fn drawn(id: &str) -> String {
        let material = sample();
        let id = id.parse().expect("an id");
        draw(
            material.catalogue.get(&id).expect("a requirement"),
            &material,
        )
    }

    #[test]
    fn a_box_has_anchor_badge_sentence_sources_and_scenarios() {
        let drawn = drawn("EX-ISS-014");
        for part in [
            "<h4 class=\"requirement-id\" id=\"EX-ISS-014\">",
            "<a href=\"#EX-ISS-014\">EX-ISS-014</a>",
            "<span class=\"level must\">MUST NOT</span>",
            "\n\nThe issuer MUST NOT answer `x` as in [EX-INI-001](other.md#EX-INI-001).\n\n",
            "<a href=\"sources.md#D1-09\" title=\"The URL is registered.\">D1-09</a>, RFC 6750.",
            "<summary>One scenario</summary>",
            "<li><a href=\"scenarios/exchange-calls.md#it-is-silent\">It is silent</a> \
             <span class=\"file\">features/exchange/calls.feature</span></li>",
            "<p class=\"proofs\"><a href=\"saboteurs.md#of-EX-ISS-014\">1 saboteur</a> · ",
        ] {
            assert!(drawn.contains(part), "{part} is missing in\n{drawn}");
        }
        assert!(!drawn.contains("Not testable"));
    }

    #[test]
    fn a_reason_stands_where_no_scenario_can() {
        let drawn = drawn("EX-INI-001");
        assert!(drawn.contains("Not testable: nobody sees `it`.\n"));
        assert!(!drawn.contains("scenario"));
        assert!(drawn.contains("<span class=\"level should\">SHOULD</span>"));
    }
}
