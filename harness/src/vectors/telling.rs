//! What people read about vectors and about their results.

use super::{
    Files,
    judgement::{Judgement, OfFile, Wrong},
    results::Said,
};
use crate::page::{BOLD, DIM, GREEN, PLAIN, Page, RED, YELLOW, counted};
use btx_spec::vectors::{Expected, VectorFile};

/// The files with their counts, and what each is about.
#[must_use]
pub(crate) fn list(files: &Files, page: Page) -> String {
    let mut text = String::new();
    for (name, file) in files {
        let number = |expected| file.tests.iter().filter(|v| v.result == expected).count();
        let results: Vec<String> = [Expected::Valid, Expected::Invalid, Expected::Acceptable]
            .into_iter()
            .filter(|expected| number(*expected) > 0)
            .map(|expected| format!("{} {}", number(expected), word(expected)))
            .collect();
        text.push_str(&format!(
            "{BOLD}{name}{BOLD:#}  {}: {}\n",
            counted(file.tests.len(), "vector"),
            results.join(", ")
        ));
        text.push_str(&page.paragraph(2, &file.about, DIM));
    }
    let all: usize = files
        .values()
        .map(|file: &VectorFile| file.tests.len())
        .sum();
    text.push_str(&format!(
        "\n{} in {} files\n",
        counted(all, "vector"),
        files.len()
    ));
    text
}

fn word(expected: Expected) -> &'static str {
    match expected {
        Expected::Valid => "valid",
        Expected::Invalid => "invalid",
        Expected::Acceptable => "acceptable",
    }
}

/// What is wrong, what is missing, file by file, and the verdict.
#[must_use]
pub(crate) fn judgement(judged: &Judgement<'_>, page: Page) -> String {
    let mut text = String::new();
    for file in &judged.files {
        for wrong in &file.wrong {
            text.push_str(&one_wrong(file, wrong, page));
        }
    }
    text.push_str(&flags(judged, page));
    text.push_str(&missing(judged, page));
    text.push_str(&tallies(judged));
    text.push_str(&verdict(judged, page));
    text
}

fn one_wrong(file: &OfFile<'_>, wrong: &Wrong<'_>, page: Page) -> String {
    let vector = wrong.vector;
    let said = match wrong.said {
        Said::Valid => "valid",
        Said::Invalid => "invalid",
    };
    let mut text = format!("{RED}✗ {}{RED:#}  {DIM}{}{DIM:#}\n", vector.id, file.name);
    text.push_str(&page.paragraph(2, &vector.comment, PLAIN));
    let mut field = |name: &str, words: &str, style| {
        let lead = format!("  {name:<10}");
        text.push_str(&page.hanging(&lead, DIM, words, style));
    };
    field("expected", word(vector.result), BOLD);
    field("got", said, RED);
    field("flags", &vector.flags.join(" "), PLAIN);
    if !vector.requirements.is_empty() {
        field("broken", &vector.requirements.join(" "), PLAIN);
    }
    text.push('\n');
    text
}

/// What the wrong ones have in common.
fn flags(judged: &Judgement<'_>, page: Page) -> String {
    let all = || judged.files.iter().flat_map(|file| &file.flags);
    let width = all().map(|(name, _)| name.len()).max().unwrap_or_default();
    let mut text = String::new();
    for file in &judged.files {
        for (name, of) in &file.flags {
            let lead = format!("  {name:<width$}  {:>3} of {:<3}  ", of.wrong, of.of);
            let words = match of.flag.bug_type.as_str() {
                "none" => of.flag.description.clone(),
                bug_type => format!("{bug_type}: {}", of.flag.description),
            };
            text.push_str(&page.hanging(&lead, BOLD, &words, PLAIN));
        }
    }
    if text.is_empty() {
        return text;
    }
    format!("{RED}wrong, by flag{RED:#}\n{text}\n")
}

fn missing(judged: &Judgement<'_>, page: Page) -> String {
    let mut text = String::new();
    for file in judged.files.iter().filter(|f| !f.missing.is_empty()) {
        let number = file.missing.len();
        let ids: Vec<&str> = file.missing.iter().map(|v| v.id.as_str()).collect();
        let (what, ids) = if number == file.all() {
            (
                format!("missing: all {number} of {}", file.name),
                String::new(),
            )
        } else {
            (format!("missing: {number} of {}", file.name), ids.join(" "))
        };
        text.push_str(&format!("{YELLOW}{what}{YELLOW:#}\n"));
        if !ids.is_empty() {
            text.push_str(&page.paragraph(2, &ids, PLAIN));
        }
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

fn tallies(judged: &Judgement<'_>) -> String {
    let longest = judged.files.iter().map(|f| f.name.len()).max();
    let width = longest.unwrap_or_default();
    let mut text = String::new();
    for file in &judged.files {
        let (wrong, missing) = (file.wrong.len(), file.missing.len());
        let (mark, style) = match (wrong, missing) {
            (0, 0) => ("✓", GREEN),
            (0, _) => ("!", YELLOW),
            _ => ("✗", RED),
        };
        let mut parts = vec![format!("{} right", file.right)];
        if wrong > 0 {
            parts.push(format!("{wrong} wrong"));
        }
        if missing > 0 {
            parts.push(format!("{missing} missing"));
        }
        text.push_str(&format!(
            "{style}{mark}{style:#} {:<width$}  {}\n",
            file.name,
            parts.join(", ")
        ));
    }
    text
}

fn verdict(judged: &Judgement<'_>, page: Page) -> String {
    let (right, wrong, missing) = (judged.right(), judged.wrong(), judged.missing());
    let all = counted(right + wrong + missing, "vector");
    // A name is for reading, and not for steering the terminal.
    let name = judged.implementation.replace(char::is_control, " ");
    let (word, style, words) = match judged.exit() {
        0 => ("right", GREEN, format!("all {all}")),
        6 => (
            "incomplete",
            YELLOW,
            format!("{missing} of {all} have no result, and none is wrong"),
        ),
        _ => (
            "wrong",
            RED,
            match missing {
                0 => format!("{wrong} of {all}; {right} right"),
                _ => format!("{wrong} of {all}; {right} right, {missing} missing"),
            },
        ),
    };
    let mut text = format!(
        "\n{}",
        page.hanging(
            &format!("{word}: "),
            style,
            &format!("{name}, {words}"),
            PLAIN,
        )
    );
    if wrong > 0 {
        let words = "`btx vectors print ID` shows the input, `btx explain ID` the requirement.";
        text.push_str(&page.paragraph(0, words, DIM));
    }
    text
}
