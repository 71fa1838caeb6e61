//! Requirements as a table for people, chapter by chapter.

use crate::{
    knowledge::About,
    page::{BOLD, DIM, PLAIN, Page, counted},
};
use btx_spec::catalogue::Level;

/// The table, and how many there are. With `reasons`, what has no scenario says why.
#[must_use]
pub(crate) fn text(shown: &[About<'_>], page: Page, reasons: bool) -> String {
    if shown.is_empty() {
        return "no requirement is of this kind\n".to_owned();
    }
    let mut text = rows(shown, page, reasons);
    let musts = shown.iter().filter(|a| a.requirement.level.is_must());
    let tested = shown.iter().filter(|a| !a.scenarios.is_empty());
    let closing = format!(
        "{}, {} of them a MUST or MUST NOT; {} with scenarios, {} without",
        counted(shown.len(), "requirement"),
        musts.count(),
        tested.clone().count(),
        shown.len() - tested.count(),
    );
    text.push_str(&page.paragraph(0, &closing, DIM));
    text
}

/// The rows, below the title of their chapter.
fn rows(shown: &[About<'_>], page: Page, reasons: bool) -> String {
    let mut text = String::new();
    for chapter in shown.chunk_by(|a, b| a.requirement.chapter == b.requirement.chapter) {
        if let Some(first) = chapter.first() {
            let (title, file) = (&first.requirement.chapter_title, &first.requirement.chapter);
            text.push_str(&format!(
                "{BOLD}{title}{BOLD:#}  {DIM}spec/text/{file}{DIM:#}\n"
            ));
        }
        for about in chapter {
            text.push_str(&row(about, page, reasons));
        }
        text.push('\n');
    }
    text
}

fn row(about: &About<'_>, page: Page, reasons: bool) -> String {
    let requirement = about.requirement;
    let tests = match about.scenarios.len() {
        0 => "-".to_owned(),
        number => number.to_string(),
    };
    let level = requirement.level.to_string();
    let lead = format!("  {}  {level:<10}  {tests:>3}  ", requirement.id);
    let style = if requirement.level.is_must() {
        BOLD
    } else {
        PLAIN
    };
    let mut text = page.hanging(&lead, style, &requirement.sentence, PLAIN);
    if let Some(reason) = why_untested(about).filter(|_| reasons) {
        text.push_str(&page.paragraph(lead.chars().count(), &reason, DIM));
    }
    text
}

/// Why no scenario is about it, if none is.
#[must_use]
pub(crate) fn why_untested(about: &About<'_>) -> Option<String> {
    let requirement = about.requirement;
    match &requirement.not_testable {
        Some(reason) => Some(format!("not testable: {reason}")),
        None if requirement.retired => Some("retired: it binds nobody any more".to_owned()),
        None if requirement.level == Level::May && about.scenarios.is_empty() => {
            Some("a permission, which nobody can break".to_owned())
        }
        None if about.scenarios.is_empty() => {
            Some("testable, and no scenario is about it yet".to_owned())
        }
        None => None,
    }
}
