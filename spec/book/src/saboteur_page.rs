//! The kill matrix: for each requirement who breaks it, and which scenarios turn red then.

use std::fmt::Write;

use btx_spec::catalogue::Requirement;

use crate::html::escape;
use crate::markdown;
use crate::material::Material;
use crate::mentions;
use crate::places::{self, SABOTEURS};
use crate::saboteurs::{Noticing, Saboteur};

/// The part of the page that is generated, in the order of the chapters.
pub(crate) fn draw(material: &Material) -> String {
    let broken: Vec<&Requirement> = material
        .catalogue
        .iter()
        .filter(|it| !material.saboteurs.of(it.id).is_empty())
        .collect();
    let mut page = format!(
        "\n{} saboteurs break {} requirements.\n",
        material.saboteurs.all.len(),
        broken.len()
    );
    for chapter in broken.chunk_by(|one, next| one.chapter == next.chapter) {
        let title = chapter.first().map_or("", |it| it.chapter_title.as_str());
        let _ = write!(page, "\n## {title}\n");
        for requirement in chapter {
            page.push_str(&group(requirement, material));
        }
    }
    page.push_str(&exceptions(material));
    page
}

/// A requirement and who breaks it. The link stands inside a span because mdBook would otherwise
/// list the heading in the sidebar.
fn group(requirement: &Requirement, material: &Material) -> String {
    let id = requirement.id;
    let mut group = format!(
        "\n<section class=\"kills\">\n<h3 id=\"{}\"><span><a href=\"{}\">{id}</a> {}</span></h3>\n",
        places::group(id),
        places::of_requirement(SABOTEURS, requirement),
        places::badge(requirement.level)
    );
    for missing in material.saboteurs.missing(id) {
        let reason = prose(&missing.reason, material);
        let _ = writeln!(group, "<p>No {} breaks it: {reason}.</p>", missing.side);
    }
    for saboteur in material.saboteurs.of(id) {
        group.push_str(&one(saboteur, material));
    }
    group + "</section>\n"
}

fn one(saboteur: &Saboteur, material: &Material) -> String {
    let name = escape(&saboteur.name);
    let mut drawn = format!(
        "<div class=\"saboteur\" id=\"{name}\">\n<p><a href=\"#{name}\"><code>{name}</code></a> \
         <span class=\"side\">{}</span></p>\n<p>{}</p>\n{}\n",
        escape(&saboteur.side),
        prose(&saboteur.does, material),
        red(&saboteur.red, material),
    );
    for extra in &saboteur.extras {
        let told = prose(
            &format!("{}, since {}", extra.requirement, extra.why),
            material,
        );
        let _ = writeln!(drawn, "<div class=\"also\"><p>Also blamed: {told}.</p>");
        if !extra.red.is_empty() {
            let _ = writeln!(drawn, "{}", red(&extra.red, material));
        }
        drawn.push_str("</div>\n");
    }
    drawn + "</div>\n"
}

/// The scenarios that have to turn red, when asked.
fn red(all: &[Noticing], material: &Material) -> String {
    let noun = if all.len() == 1 {
        "scenario"
    } else {
        "scenarios"
    };
    let mut list = format!(
        "<details class=\"scenarios\"><summary>{} {noun} red</summary>",
        all.len()
    );
    for noticing in all {
        list.push_str(&link(noticing, material));
    }
    list + "</details>"
}

fn link(noticing: &Noticing, material: &Material) -> String {
    let Some((file, case)) = material.scenarios.named(&noticing.scenario) else {
        return String::new();
    };
    let rows = match (noticing.rows, noticing.of) {
        (Some(rows), Some(of)) => format!(" <span class=\"rows\">{rows} of {of} rows</span>"),
        _ => String::new(),
    };
    format!(
        "<a href=\"{}\">{}{rows}</a>",
        places::address(SABOTEURS, &file.page, &case.anchor),
        escape(&case.scenario.name)
    )
}

/// What has no saboteur, and why.
fn exceptions(material: &Material) -> String {
    let mut page = "\n## What nobody breaks\n\n".to_owned();
    if material.saboteurs.unsabotaged.is_empty() {
        page.push_str("Every requirement that can be examined has its saboteurs.");
    } else {
        page.push_str("These requirements have no saboteur yet.\n\n<ul>\n");
        for requirement in material.catalogue.iter() {
            for missing in material.saboteurs.missing(requirement.id) {
                let told = format!("{} ({}): {}", requirement.id, missing.side, missing.reason);
                let _ = writeln!(page, "<li>{}.</li>", prose(&told, material));
            }
        }
        page.push_str("</ul>");
    }
    if material.saboteurs.unnoticed.is_empty() {
        return page + "\n";
    }
    page.push_str(" These scenarios are turned red by none.\n\n");
    page.push_str(
        "<table>\n<thead><tr><th>Scenario</th><th>Requirement</th><th>Why</th></tr></thead>\n",
    );
    page.push_str("<tbody>\n");
    for silent in &material.saboteurs.unnoticed {
        let links: String = silent
            .scenarios
            .iter()
            .map(|it| link(it, material))
            .collect();
        let _ = writeln!(
            page,
            "<tr><td class=\"scenarios\">{links}</td><td>{}</td><td>{}</td></tr>",
            prose(&silent.requirement, material),
            prose(&silent.reason, material)
        );
    }
    page + "</tbody>\n</table>\n"
}

fn prose(text: &str, material: &Material) -> String {
    markdown::inline(&mentions::link(text, SABOTEURS, &material.catalogue))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::material::{sample, sample_texts};

    #[test]
    fn a_saboteur_has_anchor_sentence_and_scenarios() {
        let page = draw(&sample());
        for part in [
            "1 saboteurs break 1 requirements.\n\n## Calls\n",
            "<h3 id=\"of-EX-ISS-014\"><span><a href=\"calls.md#EX-ISS-014\">EX-ISS-014</a> ",
            "<div class=\"saboteur\" id=\"answers-anyway\">",
            "<p>Answers.</p>",
            "<summary>1 scenario red</summary>\
             <a href=\"scenarios/exchange-calls.md#it-is-silent\">It is silent</a></details>",
            "Every requirement that can be examined has its saboteurs.",
        ] {
            assert!(page.contains(part), "{part} is missing in\n{page}");
        }
    }

    #[test]
    fn extras_rows_and_exceptions_are_shown_with_their_reasons() {
        let mut texts = sample_texts();
        texts.saboteurs = texts
            .saboteurs
            .replace("silent\" }", "silent\", rows = 1, of = 3 }");
        texts.saboteurs.push_str(
            "[[saboteur.extra]]\nrequirement = \"HT-ANY-003\"\nwhy = \"`a` is b\"\nred = []\n\
             [[unsabotaged]]\nside = \"initiator\"\nrequirement = \"EX-ISS-014\"\nreason = \"it cannot\"\n\
             [[unnoticed]]\nrequirement = \"HT-ANY-003\"\nreason = \"nobody hears\"\nscenarios = []\n",
        );
        let material = Material::of(&texts).unwrap_or_else(|mistakes| panic!("{mistakes:?}"));
        let page = draw(&material);
        for part in [
            "It is silent <span class=\"rows\">1 of 3 rows</span></a>",
            "<p>Also blamed: <a href=\"other.md#HT-ANY-003\">HT-ANY-003</a>, since <code>a</code> is b.</p>",
            "<p>No initiator breaks it: it cannot.</p>",
            "EX-ISS-014</a> (initiator): it cannot.</li>",
            "<td>nobody hears</td>",
        ] {
            assert!(page.contains(part), "{part} is missing in\n{page}");
        }
    }
}
