//! What requirements come from: `spec/sources.toml`, its page, and links to that page.

use std::fmt::Write;

use btx_spec::catalogue::{Catalogue, RequirementId};
use serde::Deserialize;

use crate::html::escape;
use crate::mentions;
use crate::mistake::Mistake;
use crate::places;
use crate::scenario_links;
use crate::scenarios::Scenarios;

/// Where the list stands.
pub(crate) const FILE: &str = "spec/sources.toml";

/// The families of ids, by the beginning of the id.
const FAMILIES: [(&str, &str); 5] = [
    ("D1-", "Statements of the first draft"),
    ("D2-", "Statements of the second draft"),
    ("H-", "Holes in the drafts"),
    ("BR-", "Keys and sessions as they were found"),
    ("T-", ATTACKS),
];

const ATTACKS: &str = "Attacks";

const TABLE: &str = "\
    | Id | What it says | What answers it |\n\
    | --- | --- | --- |\n";

const TABLE_OF_ATTACKS: &str = "\
    Beside an attack on the exchange stand the scenarios that fail where an implementation is \
    open to it. They are a selection: its requirements lead to more.\n\n\
    | Id | What happens | What answers it | What shows it |\n\
    | --- | --- | --- | --- |\n";

/// Every source, in the order of the list.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sources {
    #[serde(default)]
    source: Vec<Source>,
}

/// One statement, hole or attack, and the requirements that answer it or the reason why none does;
/// with an attack also the scenarios that show it, or why none can.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    id: String,
    text: String,
    #[serde(default)]
    requirements: Vec<String>,
    reason: Option<String>,
    #[serde(default)]
    scenarios: Vec<String>,
    unseen: Option<String>,
}

/// Reads the list.
pub(crate) fn parse(text: &str) -> Result<Sources, Mistake> {
    toml::from_str(text).map_err(|error| Mistake::within(FILE, error.to_string()))
}

impl Sources {
    fn get(&self, id: &str) -> Option<&Source> {
        self.source.iter().find(|source| source.id == id)
    }

    /// What a requirement cites, as HTML: ids of the list link to it and show its text, all else
    /// stays as written. Ids of a family of the list that the list does not have are returned.
    pub(crate) fn link(&self, cited: &str, page: &str) -> (String, Vec<String>) {
        let (mut html, mut missing) = (String::new(), Vec::new());
        for part in cited.split_inclusive([' ', ',', ';']) {
            let word = part.trim_end_matches([' ', ',', ';']);
            let (_, rest) = part.split_at(word.len());
            match self.get(word) {
                Some(source) => html.push_str(&format!(
                    "<a href=\"{}\" title=\"{}\">{word}</a>",
                    places::address(page, places::SOURCES, word),
                    escape(&source.text),
                )),
                None => html.push_str(&escape(word)),
            }
            html.push_str(rest);
            if self.get(word).is_none() && family(word).is_some() {
                missing.push(word.to_owned());
            }
        }
        (html, missing)
    }

    /// Requirements that an entry names, but the book does not have.
    pub(crate) fn mistakes(&self, catalogue: &Catalogue) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        for source in &self.source {
            for id in &source.requirements {
                let known = id
                    .parse()
                    .is_ok_and(|id: RequirementId| catalogue.get(&id).is_some());
                if !known {
                    let text = format!("{} names {id}, which is no requirement", source.id);
                    mistakes.push(Mistake::within(FILE, text));
                }
            }
            let reasons = [("reason", &source.reason), ("unseen", &source.unseen)];
            for (name, reason) in reasons {
                let reason = reason.as_deref().unwrap_or_default();
                for unknown in mentions::find(reason, places::SOURCES, catalogue).1 {
                    let text = format!("`{name}` of {}: {}", source.id, unknown.text);
                    mistakes.push(Mistake::within(FILE, text));
                }
            }
        }
        mistakes
    }

    /// Scenarios that an entry names, but no feature file has.
    pub(crate) fn unknown_scenarios(&self, scenarios: &Scenarios) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        for source in &self.source {
            let named = source.scenarios.iter();
            for name in named.filter(|name| scenarios.named(name).is_none()) {
                let text = format!("{} names \"{name}\", which is no scenario", source.id);
                mistakes.push(Mistake::within(FILE, text));
            }
        }
        mistakes
    }

    /// The page that lists them all, in Markdown.
    pub(crate) fn page(&self, catalogue: &Catalogue, scenarios: &Scenarios) -> String {
        let mut page = "# Sources\n\n\
            Nothing in this book stands without a reason. These are the statements of the drafts \
            before it, the holes that were found in them, and the attacks that were considered. \
            Beside each stand the requirements that answer it, or why there are none. What the \
            drafts are is told in [Lineage](lineage.md); the attacks are told in [Security \
            considerations](security.md).\n"
            .to_owned();
        let mut heading = "";
        for source in &self.source {
            let title = family(&source.id).unwrap_or("Others");
            let table = match title {
                ATTACKS => TABLE_OF_ATTACKS,
                _ => TABLE,
            };
            if title != heading {
                heading = title;
                let _ = write!(page, "\n## {title}\n\n{table}");
            }
            let text = |text: &str| mentions::link(text, places::SOURCES, catalogue);
            let mut cells = vec![
                format!("<span class=\"source\" id=\"{0}\">{0}</span>", source.id),
                source.text.replace('|', r"\|"),
                text(&source.answer()).replace('|', r"\|"),
            ];
            if title == ATTACKS {
                cells.push(match &source.unseen {
                    Some(why) => text(why).replace('|', r"\|"),
                    None => source.shown_by(scenarios),
                });
            }
            let _ = writeln!(page, "| {} |", cells.join(" | "));
        }
        page
    }
}

impl Source {
    fn answer(&self) -> String {
        let mut answer = self.requirements.join(", ");
        if let Some(reason) = &self.reason {
            if !answer.is_empty() {
                answer.push_str(". ");
            }
            answer.push_str(reason);
        }
        answer
    }

    /// The scenarios that show an attack, as a list; nothing if there are none.
    fn shown_by(&self, scenarios: &Scenarios) -> String {
        let named = self.scenarios.iter();
        let found: Vec<_> = named.filter_map(|name| scenarios.named(name)).collect();
        match found.is_empty() {
            true => String::new(),
            false => scenario_links::unfolding(&found, places::SOURCES),
        }
    }
}

fn family(id: &str) -> Option<&'static str> {
    FAMILIES.iter().find_map(|(beginning, title)| {
        let number = id.strip_prefix(beginning)?;
        number.parse::<u16>().ok().map(|_| *title)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = r#"
[[source]]
id = "D1-09"
text = "The URL is the \"registered\" one."
requirements = ["EX-ISS-014"]

[[source]]
id = "T-03"
text = "A call is forwarded | relayed."
reason = "See EX-ISS-014."

[[source]]
id = "T-06"
text = "A call is replayed."
requirements = ["EX-ISS-014"]
scenarios = ["calls.feature: A <b|c>"]

[[source]]
id = "T-40"
text = "A log is read."
requirements = ["EX-ISS-014"]
unseen = "As in EX-ISS-014."
"#;

    fn catalogue() -> Catalogue {
        let text = "# Calls\n\n> **[EX-ISS-014]** It MUST.\n> *Source: x.*\n";
        Catalogue::parse(&[("calls.md", text)]).expect("a catalogue")
    }

    fn scenarios() -> Scenarios {
        let text = "Feature: Calls\n  Scenario: A <b|c>\n    Given a call\n".to_owned();
        Scenarios::parse(&[("calls.feature".into(), text)], &catalogue()).expect("scenarios")
    }

    #[test]
    fn cited_ids_link_and_show_what_they_say() {
        let sources = parse(LIST).expect("a list");
        let (html, missing) = sources.link("D1-09, RFC 6750 section 3; T-04", "calls.md");
        assert_eq!(
            html,
            "<a href=\"sources.md#D1-09\" title=\"The URL is the &quot;registered&quot; one.\">\
             D1-09</a>, RFC 6750 section 3; T-04"
        );
        assert_eq!(missing, ["T-04"]);
    }

    #[test]
    fn the_page_has_an_anchor_and_an_answer_for_each() {
        let page = parse(LIST)
            .expect("a list")
            .page(&catalogue(), &scenarios());
        assert!(page.contains("<span class=\"source\" id=\"D1-09\">"));
        assert!(page.contains("| [EX-ISS-014](calls.md#EX-ISS-014) |"));
        assert!(page.contains(r"forwarded \| relayed"));
        assert!(page.contains("See [EX-ISS-014](calls.md#EX-ISS-014)."));
        assert!(page.contains("## Attacks"));
    }

    #[test]
    fn an_attack_has_a_cell_for_what_shows_it() {
        let page = parse(LIST)
            .expect("a list")
            .page(&catalogue(), &scenarios());
        let requirement = "[EX-ISS-014](calls.md#EX-ISS-014)";
        for end in [
            format!(
                "| {requirement} | <details class=\"scenarios\"><summary>1 scenario</summary>\
                 <a href=\"scenarios/calls.md#a-b-c\">A &lt;b&#124;c&gt;</a></details> |\n"
            ),
            format!("| {requirement} | As in {requirement}. |\n"),
            format!("| See {requirement}. |  |\n"),
        ] {
            assert!(page.contains(&end), "{end} is missing in\n{page}");
        }
        assert!(
            page.contains(&format!("one. | {requirement} |\n")),
            "{page}"
        );
    }

    #[test]
    fn a_scenario_that_no_file_has_is_a_mistake() {
        let list = parse(&LIST.replace("A <b", "B <b")).expect("a list");
        let told = list.unknown_scenarios(&scenarios());
        assert_eq!(told.len(), 1);
        assert_eq!(
            told[0].to_string(),
            "spec/sources.toml: T-06 names \"calls.feature: B <b|c>\", which is no scenario"
        );
    }

    #[test]
    fn an_entry_that_names_no_requirement_is_a_mistake() {
        let list = LIST.replace("EX-ISS-014", "EX-ISS-015");
        let mistakes = parse(&list).expect("a list").mistakes(&catalogue());
        assert_eq!(mistakes.len(), 5);
        assert!(
            mistakes[0]
                .to_string()
                .starts_with("spec/sources.toml: D1-09 names EX-ISS-015")
        );
        assert!(mistakes[1].to_string().contains("`reason` of T-03"));
        assert!(mistakes[4].to_string().contains("`unseen` of T-40"));
    }

    #[test]
    fn a_member_that_nobody_reads_is_a_mistake() {
        assert!(parse("[[source]]\nid = \"D1-01\"\ntext = \"x\"\nreasons = \"y\"\n").is_err());
    }
}
