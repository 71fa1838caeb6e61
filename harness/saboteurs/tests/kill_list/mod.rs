//! The text of `harness/saboteurs.toml`. A string of JSON is one of TOML as well.

use btx_harness::scenario::Scenario;
use btx_saboteurs::{
    Saboteur, chapters,
    saboteur::{has_words, is_about},
    unsabotaged::{UNNOTICED, UNSABOTAGED},
};
use std::{collections::BTreeMap, fmt::Write as _, path::Path};

const OPENING: &str = "\
# The implementations that break one requirement each, for the proof that the scenarios can fail, and the
# scenarios that each has to turn red. They stand in harness/saboteurs; this list is written from there, by
#     UPDATE_SABOTEURS=1 cargo test -p btx-saboteurs --test list
";

/// The whole list.
pub(crate) fn text() -> String {
    let outlines = Outlines::read();
    let mut text = OPENING.to_owned();
    for saboteur in chapters::all() {
        text.push_str(&entry(&saboteur, &outlines));
    }
    for (side, requirement, reason) in UNSABOTAGED {
        text.push_str("\n[[unsabotaged]]\n");
        line(&mut text, "side", side.name());
        line(&mut text, "requirement", requirement);
        line(&mut text, "reason", reason);
    }
    for (requirement, words, reason) in UNNOTICED {
        text.push_str("\n[[unnoticed]]\n");
        line(&mut text, "requirement", requirement);
        line(&mut text, "reason", reason);
        let silent =
            |scenario: &Scenario| is_about(scenario, requirement) && has_words(scenario, &[words]);
        text.push_str(&outlines.lines(silent, "scenarios"));
    }
    text
}

fn entry(saboteur: &Saboteur, outlines: &Outlines) -> String {
    let mut text = "\n[[saboteur]]\n".to_owned();
    line(&mut text, "name", saboteur.name);
    line(&mut text, "side", saboteur.side.name());
    line(&mut text, "requirement", saboteur.breaks);
    line(&mut text, "does", saboteur.does);
    let own = |scenario: &Scenario| saboteur.side.has(scenario) && saboteur.breaks_in(scenario);
    text.push_str(&outlines.lines(own, "red"));
    for extra in &saboteur.extras {
        text.push_str("\n[[saboteur.extra]]\n");
        line(&mut text, "requirement", extra.requirement);
        line(&mut text, "why", extra.why);
        let noticing = |scenario: &Scenario| {
            saboteur.side.has(scenario)
                && is_about(scenario, extra.requirement)
                && has_words(scenario, extra.scenarios)
        };
        text.push_str(&outlines.lines(noticing, "red"));
    }
    text
}

fn line(text: &mut String, name: &str, value: &str) {
    let value = serde_json::to_string(value).unwrap();
    writeln!(text, "{name} = {value}").unwrap();
}

/// All scenarios, each with the name that it has in its file: that of its outline, if it is a row of one.
struct Outlines {
    rows: Vec<(String, Scenario)>,
}

impl Outlines {
    fn read() -> Self {
        let mut files = BTreeMap::new();
        let rows = btx_harness::scenario::all().unwrap().into_iter();
        let named = rows.map(|row| {
            let text = files.entry(row.file.clone()).or_insert_with(|| {
                let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
                std::fs::read_to_string(root.join(&row.file)).unwrap()
            });
            (written_name(&row, text), row)
        });
        Self {
            rows: named.collect(),
        }
    }

    /// One line for each outline with such rows; how many, if not all.
    fn lines(&self, chosen: impl Fn(&Scenario) -> bool, member: &str) -> String {
        let mut text = format!("{member} = [\n");
        for rows in self.rows.chunk_by(|one, next| one.0 == next.0) {
            let count = rows.iter().filter(|(_, row)| chosen(row)).count();
            let name = serde_json::to_string(&rows[0].0).unwrap();
            match count {
                0 => {}
                all if all == rows.len() => writeln!(text, "    {{ scenario = {name} }},").unwrap(),
                some => writeln!(
                    text,
                    "    {{ scenario = {name}, rows = {some}, of = {} }},",
                    rows.len()
                )
                .unwrap(),
            }
        }
        text + "]\n"
    }
}

/// `exchange/issuer/calls.feature: Name`: what stands behind the last keyword at or above the scenario's line.
fn written_name(row: &Scenario, text: &str) -> String {
    let above: Vec<&str> = text.lines().take(row.line).collect();
    let name = above.iter().rev().find_map(|line| {
        let line = line.trim();
        line.strip_prefix("Scenario Outline: ")
            .or_else(|| line.strip_prefix("Scenario: "))
    });
    let name = name.unwrap_or_else(|| panic!("{}: no scenario stands there", row.id()));
    format!("{}: {name}", row.file.trim_start_matches("features/"))
}
