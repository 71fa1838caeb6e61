//! The controls above the requirement matrix: which profile, role and level are shown.

use std::collections::BTreeMap;
use std::fmt::Write;

use btx_spec::catalogue::Requirement;

use crate::places;

/// The controls. They are hidden until the script of the theme that they need has started; without
/// it all rows are there.
pub(crate) fn draw(requirements: &[&Requirement]) -> String {
    let (mut profiles, mut roles) = (BTreeMap::new(), BTreeMap::new());
    for requirement in requirements {
        let (profile, role) = (requirement.id.profile, requirement.id.role);
        profiles.insert(profile.code(), places::profile(profile));
        roles.insert(role.code(), places::role(role));
    }
    let levels = [
        ("must", "MUST, MUST NOT"),
        ("should", "SHOULD, SHOULD NOT"),
        ("may", "MAY"),
    ];
    format!(
        "\n<form class=\"matrix-filters\" hidden>\n{}{}{}\
         <p id=\"matrix-count\" aria-live=\"polite\"></p>\n</form>\n",
        select("profile", "Profile", profiles),
        select("role", "Role", roles),
        select("level", "Level", levels),
    )
}

fn select(
    name: &str,
    label: &str,
    options: impl IntoIterator<Item = (&'static str, &'static str)>,
) -> String {
    let mut control = format!(
        "<label for=\"matrix-{name}\">{label}</label>\n\
         <select id=\"matrix-{name}\"><option value=\"\">all</option>"
    );
    for (value, words) in options {
        let _ = write!(control, "<option value=\"{value}\">{words}</option>");
    }
    control + "</select>\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::material::sample;

    #[test]
    fn there_is_a_choice_of_what_the_book_has() {
        let material = sample();
        let requirements: Vec<&Requirement> = material.catalogue.iter().collect();
        let controls = draw(&requirements);
        for part in [
            "<form class=\"matrix-filters\" hidden>",
            "<label for=\"matrix-role\">Role</label>\n<select id=\"matrix-role\">\
             <option value=\"\">all</option><option value=\"ANY\">everyone</option>\
             <option value=\"INI\">initiator</option><option value=\"ISS\">issuer</option></select>",
            "<option value=\"EX\">The exchange</option>",
            "<option value=\"may\">MAY</option>",
            "<p id=\"matrix-count\" aria-live=\"polite\"></p>",
        ] {
            assert!(controls.contains(part), "{part} is missing in\n{controls}");
        }
        assert!(!controls.contains("\"RES\""));
    }
}
