//! The chapters of the specification, in the order of the book, and what their lines are.

use include_dir::{Dir, include_dir};

static TEXT: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/text");

/// The file that gives the chapters their order.
pub const SUMMARY: &str = "SUMMARY.md";

/// One chapter: its path below `spec/text`, and its Markdown.
pub type Chapter = (&'static str, &'static str);

/// What a chapter's line belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Headings, paragraphs, lists, tables and quotes.
    Prose,
    /// A fenced block, its fences included.
    Fence,
    /// The marked block that holds the paragraph of BCP 14, its marks included.
    Bcp14,
}

/// One line of a chapter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// Counted from 1.
    pub number: usize,
    /// Without its line end.
    pub text: &'a str,
    /// What it belongs to.
    pub place: Place,
}

/// The embedded `SUMMARY.md`; empty if there is none.
#[must_use]
pub fn summary() -> &'static str {
    TEXT.get_file(SUMMARY)
        .and_then(|file| file.contents_utf8())
        .unwrap_or_default()
}

/// The embedded chapters, in the order of the summary; those that it does not name come
/// last, by path.
#[must_use]
pub fn chapters() -> Vec<Chapter> {
    let order = linked_files(summary());
    let mut chapters = Vec::new();
    collect(&TEXT, &mut chapters);
    let place = |path: &str| {
        order
            .iter()
            .position(|name| name == path)
            .unwrap_or(usize::MAX)
    };
    chapters.sort_by_key(|(path, _)| (place(path), *path));
    chapters
}

fn collect(folder: &'static Dir<'static>, chapters: &mut Vec<Chapter>) {
    for file in folder.files() {
        let markdown = file
            .path()
            .extension()
            .is_some_and(|extension| extension == "md");
        if let (true, Some(path), Some(text)) =
            (markdown, file.path().to_str(), file.contents_utf8())
            && path != SUMMARY
        {
            chapters.push((path, text));
        }
    }
    for inner in folder.dirs() {
        collect(inner, chapters);
    }
}

/// The Markdown files that a summary links to, in its order.
#[must_use]
pub fn linked_files(summary: &str) -> Vec<String> {
    summary
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .map(|target| target.trim_start_matches("./").to_owned())
        .filter(|target| target.ends_with(".md"))
        .collect()
}

/// The first heading of a chapter; empty if it has none.
#[must_use]
pub fn title(text: &str) -> &str {
    lines(text)
        .into_iter()
        .filter(|line| line.place == Place::Prose)
        .find_map(|line| line.text.strip_prefix("# "))
        .unwrap_or_default()
        .trim()
}

/// The lines of a chapter and what each belongs to.
#[must_use]
pub fn lines(text: &str) -> Vec<Line<'_>> {
    let mut fence: Option<&str> = None;
    let mut bcp14 = false;
    let mut lines = Vec::new();
    for (index, text) in text.lines().enumerate() {
        let trimmed = text.trim();
        let place = if let Some(open) = fence {
            if closes(trimmed, open) {
                fence = None;
            }
            Place::Fence
        } else if let Some(mark) = fence_mark(trimmed) {
            fence = Some(mark);
            Place::Fence
        } else if bcp14 || trimmed == "<!-- bcp14 -->" {
            bcp14 = trimmed != "<!-- /bcp14 -->";
            Place::Bcp14
        } else {
            Place::Prose
        };
        lines.push(Line {
            number: index + 1,
            text,
            place,
        });
    }
    lines
}

/// The backticks or tildes with which a line opens a fence.
pub(crate) fn fence_mark(line: &str) -> Option<&str> {
    let length = |mark: char| line.len() - line.trim_start_matches(mark).len();
    let longest = length('`').max(length('~'));
    if longest >= 3 {
        line.get(..longest)
    } else {
        None
    }
}

fn closes(line: &str, open: &str) -> bool {
    fence_mark(line).is_some_and(|mark| mark.starts_with(open) && mark.len() == line.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_know_what_they_belong_to() {
        let text = "# T\n<!-- bcp14 -->\nMUST\n<!-- /bcp14 -->\n````json\n```\n````\nend";
        let places: Vec<Place> = lines(text).into_iter().map(|line| line.place).collect();
        let (p, b, f) = (Place::Prose, Place::Bcp14, Place::Fence);
        assert_eq!(places, [p, b, b, b, f, f, f, p]);
        assert_eq!(title(text), "T");
    }

    #[test]
    fn a_summary_gives_the_order() {
        let summary = "# S\n\n[One](./b.md)\n- [Two](a.md)\n- [Draft]()\n";
        assert_eq!(linked_files(summary), ["b.md", "a.md"]);
    }
}
