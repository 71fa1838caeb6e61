//! The requirements that bind the target, by chapter of the book, each with its scenarios.

use super::{Wishes, count, escape, label, scenario::Shown};
use crate::report::Closing;
use btx_spec::catalogue::{Level, Profile, Requirement, RequirementId, Role};

/// All requirements that the run or the claims concern.
pub(super) fn section(shown: &[Shown<'_>], closing: &Closing<'_>, wishes: &Wishes<'_>) -> String {
    let mut markup = "<section id=\"requirements\">\n<h2>Requirements</h2>\n".to_owned();
    let mut chapter = "";
    for requirement in closing.catalogue.iter() {
        let Some(entry) = entry(requirement, shown, closing, wishes) else {
            continue;
        };
        if requirement.chapter != chapter {
            if !chapter.is_empty() {
                markup.push_str("</ul>\n</section>\n");
            }
            chapter = &requirement.chapter;
            markup.push_str(&format!(
                "<section class=\"group\">\n<h3>{}</h3>\n<ul class=\"requirements\">\n",
                escape(&requirement.chapter_title)
            ));
        }
        markup.push_str(&entry);
    }
    if !chapter.is_empty() {
        markup.push_str("</ul>\n</section>\n");
    }
    markup + "</section>\n"
}

fn entry(
    requirement: &Requirement,
    shown: &[Shown<'_>],
    closing: &Closing<'_>,
    wishes: &Wishes<'_>,
) -> Option<String> {
    let id = &requirement.id;
    let judged = closing.requirements.iter().find(|r| r.id == *id);
    let (verdict, badge) = match judged {
        Some(judged) => (judged.verdict.name(), label(judged.verdict)),
        None if closing.attested.contains(id) => {
            ("attested", "<span class=\"v\">attested</span>".to_owned())
        }
        None if closing.uncovered.contains(id) => (
            "uncovered",
            "<span class=\"v not_exercised\">no scenario</span>".to_owned(),
        ),
        None => return None,
    };
    let scenarios: Vec<&Shown<'_>> = shown
        .iter()
        .filter(|s| s.outcome.scenario.requirements.contains(id))
        .collect();
    Some(format!(
        "<li class=\"item\" id=\"{id}\" data-role=\"{}\" data-level=\"{}\" data-verdict=\"{verdict}\">\n\
         <p class=\"line\"><a class=\"id\" href=\"#{id}\">{id}</a> <span class=\"level\">{}</span> {badge} <span class=\"aside\">{}</span></p>\n\
         <p class=\"sentence\">{}</p>\n{}{}</li>\n",
        roles(*id),
        level(requirement.level),
        requirement.level,
        place(requirement, wishes.book),
        sentence(&requirement.sentence),
        untestable(requirement),
        links(&scenarios),
    ))
}

fn untestable(requirement: &Requirement) -> String {
    match &requirement.not_testable {
        Some(reason) => format!(
            "<p class=\"aside\">No peer can see this: {}. Whoever claims conformance attests it.</p>\n",
            sentence(reason)
        ),
        None => String::new(),
    }
}

fn links(scenarios: &[&Shown<'_>]) -> String {
    if scenarios.is_empty() {
        return String::new();
    }
    let links: String = scenarios
        .iter()
        .map(|s| format!("<li>{} {}</li>\n", s.link(), label(s.verdict)))
        .collect();
    format!(
        "<details><summary>{}</summary>\n<ul>\n{links}</ul>\n</details>\n",
        count(scenarios.len(), "scenario")
    )
}

/// Where a requirement stands in the book.
fn place(requirement: &Requirement, book: Option<&str>) -> String {
    let page = requirement.chapter.trim_end_matches(".md");
    let place = format!("{page}.html#{}", requirement.id);
    match book {
        Some(base) => format!(
            "book: <a href=\"{}/{place}\">{place}</a>",
            escape(base.trim_end_matches('/'))
        ),
        None => format!("book: {place}"),
    }
}

/// The roles that have to keep it, as scenarios are tagged.
fn roles(id: RequirementId) -> &'static str {
    match (id.profile, id.role) {
        (Profile::Ht, Role::Res) => {
            "issuer resource jwt-resource lifecycle-issuer lifecycle-resource"
        }
        (Profile::Oa, Role::Res) => "resource",
        (Profile::Jw, Role::Res) => "jwt-resource",
        (Profile::Jw, Role::Aus) => "jwt-authorization-server",
        (Profile::Jw, Role::Cli) => "jwt-client",
        (Profile::Jw, _) => "jwt-resource jwt-authorization-server",
        (Profile::Lc, Role::Iss) => "lifecycle-issuer",
        (Profile::Lc, Role::Res) => "lifecycle-resource",
        (Profile::Lc, Role::Cli) => "lifecycle-caller",
        (_, Role::Iss | Role::Res) => "issuer",
        (_, Role::Ini) => "initiator",
        (_, Role::Cli) => "client",
        (_, Role::Aus) => "authorization-server",
        (Profile::Ht, Role::Any) => "issuer initiator client jwt-client",
        (_, Role::Any) => "issuer initiator",
    }
}

/// The level as the filters have it.
pub(super) fn level(level: Level) -> &'static str {
    match level {
        Level::Must | Level::MustNot => "must",
        Level::Should | Level::ShouldNot => "should",
        Level::May => "may",
    }
}

/// A sentence of the book, with its code as code.
pub(super) fn sentence(markdown: &str) -> String {
    let parts = markdown.split('`').enumerate();
    parts
        .map(|(index, part)| match index % 2 {
            0 => escape(part),
            _ => format!("<code>{}</code>", escape(part)),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use btx_spec::catalogue::Catalogue;

    #[test]
    fn a_place_is_a_link_where_the_book_is_known() {
        let catalogue = Catalogue::embedded().as_ref().unwrap();
        let requirement = catalogue.iter().find(|r| r.id.number == 11).unwrap();
        let text = place(requirement, None);
        assert!(text.starts_with("book: ") && !text.contains('<'), "{text}");
        let link = place(requirement, Some("https://book.example/\"x/"));
        assert!(
            link.contains("<a href=\"https://book.example/&quot;x/"),
            "{link}"
        );
    }

    #[test]
    fn code_of_a_sentence_is_code() {
        assert_eq!(
            sentence("It MUST be `<b>` & so."),
            "It MUST be <code>&lt;b&gt;</code> &amp; so."
        );
    }
}
