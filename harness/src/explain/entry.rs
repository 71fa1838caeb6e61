//! One requirement, with all that is known about it.

use super::outline::{Outline, outlines};
use crate::{
    knowledge::{About, role_name},
    page::{BOLD, DIM, PLAIN, Page, counted},
    requirements::table::why_untested,
    scenario::Scenario,
};
use anstyle::Style;
use btx_spec::sources::Sources;

/// The width of the names of fields, margin included.
const FIELD: usize = 13;

/// How many outlines, and how many judging steps, are shown.
const SHOWN: usize = 10;

/// The whole entry.
#[must_use]
pub(crate) fn text(about: &About<'_>, sources: &Sources, page: Page) -> String {
    let requirement = about.requirement;
    let mut text = format!(
        "{BOLD}{}{BOLD:#}  {}  {DIM}binds {}{DIM:#}\n",
        requirement.id,
        requirement.level,
        whom(about)
    );
    text.push_str(&page.paragraph(2, &requirement.sentence, BOLD));
    text.push('\n');
    let entry = Entry { page };
    text.push_str(&entry.field("book", &requirement.chapter_title, PLAIN));
    text.push_str(&entry.field("", &about.anchor(), PLAIN));
    text.push_str(&entry.field("", &about.place(), DIM));
    for (index, cited) in sources.cited(&requirement.sources).iter().enumerate() {
        let name = if index == 0 { "source" } else { "" };
        let says = cited.says.map(|says| format!(": {says}"));
        let words = format!("{}{}", cited.name, says.unwrap_or_default());
        text.push_str(&entry.field(name, &words, PLAIN));
    }
    if let Some(reason) = why_untested(about) {
        text.push_str(&entry.field("scenarios", &reason, PLAIN));
    }
    if let Some(example) = about.scenarios.iter().min_by_key(|s| !is_first(about, s)) {
        text.push_str(&entry.scenarios(about));
        text.push_str(&entry.steps(example));
        text.push_str(&entry.failure(about));
    }
    text.push_str(&entry.saboteurs(about));
    text
}

fn whom(about: &About<'_>) -> String {
    match role_name(&about.requirement.id) {
        "any" => "whom the sentence names".to_owned(),
        "resource" => "the resource server".to_owned(),
        name => format!("the {}", name.replace('-', " ")),
    }
}

/// Writes the fields of an entry.
struct Entry {
    page: Page,
}

impl Entry {
    /// A paragraph beside the name of a field.
    fn field(&self, name: &str, words: &str, style: Style) -> String {
        let lead = format!("  {name:<width$}", width = FIELD - 2);
        self.page.hanging(&lead, DIM, words, style)
    }

    /// A paragraph below the words of a field, so many characters further in.
    fn below(&self, further: usize, words: &str, style: Style) -> String {
        self.page.paragraph(FIELD + further, words, style)
    }

    fn scenarios(&self, about: &About<'_>) -> String {
        let mut all: Vec<Outline<'_>> = outlines(&about.scenarios).collect();
        all.sort_by_key(|outline| !outline.rows.iter().any(|row| is_first(about, row)));
        let run = format!(
            "{}: btx check --only {}",
            counted(about.scenarios.len(), "scenario"),
            about.requirement.id
        );
        let mut text = format!("\n{}", self.field("scenarios", &run, PLAIN));
        for outline in all.iter().take(SHOWN) {
            text.push_str(&self.below(0, &outline.place(), DIM));
            text.push_str(&self.below(2, &outline.name(), PLAIN));
        }
        if all.len() > SHOWN {
            let more: usize = all.iter().skip(SHOWN).map(|o| o.rows.len()).sum();
            let words = format!(
                "and {more} more: btx check --list --only {}",
                about.requirement.id
            );
            text.push_str(&self.below(0, &words, DIM));
        }
        text
    }

    fn steps(&self, scenario: &Scenario) -> String {
        let mut text = format!("\n{}", self.field("example", &scenario.name, PLAIN));
        for step in &scenario.steps {
            let lead = format!("{:FIELD$}  {:<6}", "", step.keyword);
            text.push_str(&self.page.hanging(&lead, DIM, &step.text, PLAIN));
        }
        text
    }

    fn failure(&self, about: &About<'_>) -> String {
        let verdict = if about.requirement.level.is_must() {
            "a scenario fails, and the target is not conformant, when one of these was expected and did not come:"
        } else {
            "a scenario warns, and fails with --strict, when one of these was expected and did not come:"
        };
        let mut text = format!("\n{}", self.field("a failure", verdict, PLAIN));
        let expected = expected(about);
        for (step, _) in expected.iter().take(SHOWN) {
            let lead = format!("{:FIELD$}  ", "");
            text.push_str(&self.page.hanging(&lead, PLAIN, step, BOLD));
        }
        if expected.len() > SHOWN {
            let words = format!("and {} more", expected.len() - SHOWN);
            text.push_str(&self.below(2, &words, DIM));
        }
        if about.scenarios.iter().any(|s| s.requirements.len() > 1) {
            let words =
                "Scenarios of several requirements blame those that the failing step is about.";
            text.push_str(&self.below(0, words, DIM));
        }
        if about.scenarios.iter().any(|s| has_twin(s)) {
            let words = "If the exchange without the fault fails too, the scenario is not exercised and says nothing.";
            text.push_str(&self.below(0, words, DIM));
        }
        text
    }

    fn saboteurs(&self, about: &About<'_>) -> String {
        let mut text = String::new();
        for (index, saboteur) in about.saboteurs.iter().enumerate() {
            if index == 0 {
                text.push('\n');
            }
            let name = if index == 0 { "broken by" } else { "" };
            text.push_str(&self.field(name, &saboteur.name, BOLD));
            text.push_str(&self.below(2, &saboteur.does, PLAIN));
            for extra in &saboteur.extras {
                let words = format!("also blamed for {}: {}", extra.requirement, extra.why);
                text.push_str(&self.below(2, &words, DIM));
            }
        }
        text
    }
}

/// What is expected, each with the number of scenarios that expect it, most first.
fn expected(about: &About<'_>) -> Vec<(String, usize)> {
    let mut all: Vec<(String, usize)> = Vec::new();
    for outline in outlines(&about.scenarios) {
        for step in outline.judging() {
            match all.iter_mut().find(|(known, _)| *known == step) {
                Some((_, number)) => *number += outline.rows.len(),
                None => all.push((step, outline.rows.len())),
            }
        }
    }
    all.sort_by_key(|(_, number)| std::cmp::Reverse(*number));
    all
}

/// Whether the requirement is what a scenario is about in the first place.
fn is_first(about: &About<'_>, scenario: &Scenario) -> bool {
    scenario.requirements.first() == Some(&about.requirement.id)
}

fn has_twin(scenario: &Scenario) -> bool {
    let mut steps = scenario.steps.iter();
    steps.any(|step| step.text.contains("exchange without the fault"))
}
