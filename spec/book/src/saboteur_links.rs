//! Links from a requirement, or from a scenario, to who breaks it.

use std::fmt::Write;

use btx_spec::catalogue::RequirementId;

use crate::html::escape;
use crate::material::Material;
use crate::places::{self, SABOTEURS, VECTORS};
use crate::saboteurs::Saboteur;

/// How many saboteurs break a requirement and how many vectors exercise it, each linked; nothing
/// where there are none.
pub(crate) fn counts(id: RequirementId, page: &str, material: &Material) -> String {
    let group = places::group(id);
    let link = |count: usize, noun: &str, to: &str| {
        let plural = if count == 1 { "" } else { "s" };
        let address = places::address(page, to, &group);
        (count > 0).then(|| format!("<a href=\"{address}\">{count} {noun}{plural}</a>"))
    };
    let links = [
        link(material.saboteurs.of(id).len(), "saboteur", SABOTEURS),
        link(material.vectors.count(id), "vector", VECTORS),
    ];
    let links: Vec<String> = links.into_iter().flatten().collect();
    links.join(" · ")
}

/// Who turns a scenario red, when asked.
pub(crate) fn unfolding(found: &[&Saboteur], page: &str) -> String {
    let noun = if found.len() == 1 {
        "saboteur"
    } else {
        "saboteurs"
    };
    let mut list = format!(
        "<details class=\"scenarios\"><summary>Turned red by {} {noun}</summary>",
        found.len()
    );
    for saboteur in found {
        let _ = write!(
            list,
            "<a href=\"{}\" title=\"{}\">{}</a>",
            places::address(page, SABOTEURS, &saboteur.name),
            escape(&saboteur.does),
            escape(&saboteur.name)
        );
    }
    list + "</details>\n\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::material::sample;

    #[test]
    fn who_breaks_and_what_exercises_a_requirement_is_linked() {
        let material = sample();
        let counts = |id: &str| counts(id.parse().expect("an id"), "calls.md", &material);
        assert_eq!(
            counts("EX-ISS-014"),
            "<a href=\"saboteurs.md#of-EX-ISS-014\">1 saboteur</a> · \
             <a href=\"vectors.md#of-EX-ISS-014\">1 vector</a>"
        );
        assert_eq!(counts("EX-INI-001"), "");
    }

    #[test]
    fn the_list_counts_and_links() {
        let material = sample();
        let found: Vec<&Saboteur> = material.saboteurs.all.iter().collect();
        assert_eq!(
            unfolding(&found, "scenarios/calls.md"),
            "<details class=\"scenarios\"><summary>Turned red by 1 saboteur</summary>\
             <a href=\"../saboteurs.md#answers-anyway\" title=\"Answers.\">answers-anyway</a>\
             </details>\n\n"
        );
    }
}
