//! The pages of the scenarios: one that lists the feature files, and one for each of them.

use std::fmt::Write;

use btx_spec::catalogue::{Catalogue, RequirementId};
use gherkin::{Background, Examples, Step, Table};

use crate::html::{escape, escape_markdown};
use crate::material::Material;
use crate::mentions;
use crate::places::{self, SABOTEURS, SCENARIOS};
use crate::saboteur_links;
use crate::scenarios::{Case, FeatureFile, Scenarios};

/// The page that lists the feature files.
pub(crate) fn contents(scenarios: &Scenarios) -> String {
    let mut page = format!(
        "# Scenarios\n\n\
         These {} scenarios examine an implementation over real HTTPS. Each is tagged with the \
         requirements that it exercises; a requirement passes when all its scenarios pass. The \
         [requirement matrix]({}) shows the same the other way round.\n\n\
         | Feature | File | Scenarios |\n| --- | --- | ---: |\n",
        scenarios.count(),
        places::MATRIX,
    );
    for file in &scenarios.files {
        let _ = writeln!(
            page,
            "| [{}]({}) | `{}` | {} |",
            escape_markdown(&scenarios.title(file)),
            file.page,
            file.path,
            file.cases.len()
        );
    }
    page
}

/// The page of one feature file.
pub(crate) fn page(file: &FeatureFile, material: &Material) -> String {
    let catalogue = &material.catalogue;
    let mut page = format!("# {}\n\n", escape_markdown(&file.feature.name));
    description(
        &mut page,
        file.feature.description.as_deref(),
        &file.page,
        catalogue,
    );
    let back = places::address(&file.page, SCENARIOS, "");
    let _ = writeln!(
        page,
        "`{}`, one of the [feature files]({back})\n",
        file.path
    );
    background(
        &mut page,
        "Before each scenario",
        file.feature.background.as_ref(),
    );
    let mut rule = None;
    for case in &file.cases {
        if case.rule != rule {
            rule.clone_from(&case.rule);
            let _ = writeln!(
                page,
                "## {}\n",
                escape_markdown(rule.as_deref().unwrap_or_default())
            );
            background(
                &mut page,
                "Before each scenario of this rule",
                case.background.as_ref(),
            );
        }
        scenario(&mut page, case, &file.page, catalogue);
        page.push_str(&turned_red(file, case, material));
    }
    page
}

fn scenario(page: &mut String, case: &Case, path: &str, catalogue: &Catalogue) {
    let level = if case.rule.is_some() { "###" } else { "##" };
    let name = escape_markdown(&case.scenario.name);
    let _ = writeln!(page, "{level} {name} {{#{}}}\n", case.anchor);
    let tags: Vec<String> = case
        .tags
        .iter()
        .map(|tag| tag_link(tag, path, catalogue))
        .collect();
    let _ = writeln!(page, "<p class=\"tags\">{}</p>\n", tags.join(" "));
    description(page, case.scenario.description.as_deref(), path, catalogue);
    steps(page, &case.scenario.steps);
    case.scenario
        .examples
        .iter()
        .for_each(|it| examples(page, it));
}

/// Who turns a scenario red, or why nobody does.
fn turned_red(file: &FeatureFile, case: &Case, material: &Material) -> String {
    let found = material.saboteurs.turning_red(file, case);
    if !found.is_empty() {
        return saboteur_links::unfolding(&found, &file.page);
    }
    let reason = material.saboteurs.silent(file, case).unwrap_or_default();
    if reason.is_empty() {
        return String::new();
    }
    let address = places::address(&file.page, SABOTEURS, "");
    let reason = escape(reason);
    format!(
        "<p class=\"silent\">Turned red by no <a href=\"{address}\">saboteur</a>: {reason}.</p>\n\n"
    )
}

fn tag_link(tag: &str, path: &str, catalogue: &Catalogue) -> String {
    let requirement = tag
        .parse::<RequirementId>()
        .ok()
        .and_then(|id| catalogue.get(&id));
    match requirement {
        Some(requirement) => format!(
            "<a class=\"tag\" href=\"{}\">{tag}</a>",
            places::of_requirement(path, requirement)
        ),
        None => format!("<span class=\"tag\">@{}</span>", escape(tag)),
    }
}

/// A description: Markdown, whatever its lines' indentation.
fn description(page: &mut String, text: Option<&str>, path: &str, catalogue: &Catalogue) {
    let lines: Vec<&str> = text.unwrap_or_default().lines().map(str::trim).collect();
    page.push_str(&mentions::link(&lines.join("\n"), path, catalogue));
    page.push_str("\n\n");
}

fn background(page: &mut String, title: &str, background: Option<&Background>) {
    if let Some(background) = background {
        let _ = writeln!(page, "<p class=\"background\">{title}:</p>\n");
        steps(page, &background.steps);
    }
}

/// The steps, as one HTML block: nothing in them is read as Markdown.
fn steps(page: &mut String, steps: &[Step]) {
    page.push_str("<div class=\"steps\">\n");
    for step in steps {
        let _ = writeln!(
            page,
            "<p><b>{}</b> {}</p>",
            escape(step.keyword.trim()),
            placeholders(&step.value)
        );
        if let Some(text) = &step.docstring {
            let _ = writeln!(
                page,
                "<pre><code>{}</code></pre>",
                escape(text.trim_matches('\n'))
            );
        }
        if let Some(data) = &step.table {
            table(page, data, false);
        }
    }
    page.push_str("</div>\n\n");
}

fn examples(page: &mut String, examples: &Examples) {
    let Some(rows) = &examples.table else {
        return;
    };
    let title = match examples.name.as_deref() {
        Some(name) if !name.is_empty() => name,
        _ => "For each of",
    };
    let _ = writeln!(page, "<div class=\"examples\">\n<p>{}:</p>", escape(title));
    table(page, rows, true);
    page.push_str("</div>\n\n");
}

fn table(page: &mut String, table: &Table, headed: bool) {
    page.push_str("<div class=\"table-wrapper\"><table>\n");
    for (place, row) in table.rows.iter().enumerate() {
        let cell = if headed && place == 0 { "th" } else { "td" };
        let cells: String = row
            .iter()
            .map(|text| format!("<{cell}>{}</{cell}>", escape(text)))
            .collect();
        let _ = match cell {
            "th" => writeln!(page, "<thead><tr>{cells}</tr></thead>"),
            _ => writeln!(page, "<tr>{cells}</tr>"),
        };
    }
    page.push_str("</table></div>\n");
}

/// A step's text, with the placeholders of an outline marked.
fn placeholders(text: &str) -> String {
    escape(text)
        .replace("&lt;", "<var>&lt;")
        .replace("&gt;", "&gt;</var>")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::material::sample_texts;

    const FEATURE: &str = "@exchange\nFeature: Calls\n  About EX-ISS-014.\n\n  Background:\n    \
        Given a partner\n\n  @EX-ISS-014 @waits\n  Scenario Outline: Two <fault>\n    \
        When it sends <fault>\n      \"\"\"\n      a < b\n\n      c\n      \"\"\"\n    \
        Then it sees\n      | x | *y* |\n\n    Examples:\n      | fault |\n      | a & b |\n";

    fn pages() -> (String, String) {
        let mut texts = sample_texts();
        texts.features = vec![("exchange/calls.feature".into(), FEATURE.into())];
        texts.saboteurs = texts.saboteurs.replace("It is silent", "Two <fault>");
        let Ok(material) = Material::of(&texts) else {
            panic!("not read");
        };
        let scenarios = &material.scenarios;
        (contents(scenarios), page(&scenarios.files[0], &material))
    }

    #[test]
    fn a_scenario_that_nobody_turns_red_has_its_reason() {
        let mut texts = sample_texts();
        let reason = "[[unnoticed]]\nrequirement = \"EX-ISS-014\"\nreason = \"it <is> so\"\n\
                      scenarios = [{ scenario = \"exchange/calls.feature: It is silent\" }]\n";
        texts.saboteurs = reason.into();
        let Ok(material) = Material::of(&texts) else {
            panic!("not read");
        };
        let page = page(&material.scenarios.files[0], &material);
        let told = "Turned red by no <a href=\"../saboteurs.md\">saboteur</a>: it &lt;is&gt; so.";
        assert!(page.contains(told), "{page}");
    }

    #[test]
    fn the_contents_name_every_file() {
        let row =
            "| [Calls](scenarios/exchange-calls.md) | `features/exchange/calls.feature` | 1 |";
        assert!(pages().0.contains(row));
    }

    #[test]
    fn a_page_shows_all_that_its_file_says() {
        let page = pages().1;
        for part in [
            "# Calls\n",
            "About [EX-ISS-014](../calls.md#EX-ISS-014).",
            "Before each scenario:",
            "<p><b>Given</b> a partner</p>",
            "## Two \\<fault\\> {#two-fault}",
            "<a class=\"tag\" href=\"../calls.md#EX-ISS-014\">EX-ISS-014</a>",
            "<span class=\"tag\">@waits</span>",
            "<p><b>When</b> it sends <var>&lt;fault&gt;</var></p>",
            "a &lt; b&#10;&#10;c",
            "<tr><td>x</td><td>*y*</td></tr>",
            "<thead><tr><th>fault</th></tr></thead>",
            "<tr><td>a &amp; b</td></tr>",
            "Turned red by 1 saboteur</summary><a href=\"../saboteurs.md#answers-anyway\"",
        ] {
            assert!(page.contains(part), "{part} is missing in\n{page}");
        }
    }
}
