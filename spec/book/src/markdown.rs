//! Finds the parts of a chapter that the book changes, and puts others in their place.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// A part of a text, and what to put in its place.
#[derive(Debug)]
pub(crate) struct Edit {
    pub(crate) range: Range<usize>,
    pub(crate) replacement: String,
}

/// A fenced block.
#[derive(Debug)]
pub(crate) struct Fence {
    /// From the opening fence to the closing one.
    pub(crate) range: Range<usize>,
    /// What stands between them.
    pub(crate) body: String,
}

/// The text with all edits made. Edits do not overlap.
pub(crate) fn apply(text: &str, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(|edit| edit.range.start);
    let mut changed = String::with_capacity(text.len());
    let mut done = 0;
    for edit in &edits {
        changed.push_str(text.get(done..edit.range.start).unwrap_or_default());
        changed.push_str(&edit.replacement);
        done = edit.range.end;
    }
    changed.push_str(text.get(done..).unwrap_or_default());
    changed
}

/// The line on which a place of a text stands, counted from 1.
pub(crate) fn line_of(text: &str, offset: usize) -> usize {
    let before = text.get(..offset).unwrap_or(text);
    before.matches('\n').count() + 1
}

/// One line of Markdown as HTML, without a paragraph around it.
pub(crate) fn inline(text: &str) -> String {
    let is_paragraph = |event: &Event<'_>| {
        matches!(
            event,
            Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph)
        )
    };
    let words = events(text).map(|(event, _)| event);
    let mut html = String::new();
    pulldown_cmark::html::push_html(&mut html, words.filter(|it| !is_paragraph(it)));
    html
}

/// The pieces of a text that are prose: not code, not HTML, not a link or a heading already.
pub(crate) fn prose(text: &str) -> Vec<Range<usize>> {
    let mut closed = 0_usize;
    let mut pieces = Vec::new();
    for (event, range) in events(text) {
        match event {
            Event::Start(tag) if keeps_its_text(&tag) => closed += 1,
            Event::End(tag) if kept_its_text(tag) => closed = closed.saturating_sub(1),
            Event::Text(_) if closed == 0 => pieces.push(range),
            _ => {}
        }
    }
    pieces
}

fn keeps_its_text(tag: &Tag<'_>) -> bool {
    kept_its_text(tag.to_end())
}

fn kept_its_text(tag: TagEnd) -> bool {
    matches!(
        tag,
        TagEnd::CodeBlock
            | TagEnd::HtmlBlock
            | TagEnd::Heading(_)
            | TagEnd::Link
            | TagEnd::Image
            | TagEnd::MetadataBlock(_)
    )
}

/// The outermost block quotes.
pub(crate) fn quotes(text: &str) -> Vec<Range<usize>> {
    let mut depth = 0_usize;
    let mut quotes = Vec::new();
    for (event, range) in events(text) {
        match event {
            Event::Start(Tag::BlockQuote(_)) => {
                if depth == 0 {
                    quotes.push(range);
                }
                depth += 1;
            }
            Event::End(TagEnd::BlockQuote(_)) => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    quotes
}

/// The fenced blocks in one language.
pub(crate) fn fences(text: &str, language: &str) -> Vec<Fence> {
    let mut fences: Vec<Fence> = Vec::new();
    let mut inside = false;
    for (event, range) in events(text) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                inside = info.split([' ', ',']).next() == Some(language);
                if inside {
                    let body = String::new();
                    fences.push(Fence { range, body });
                }
            }
            Event::Text(text) if inside => {
                if let Some(fence) = fences.last_mut() {
                    fence.body.push_str(&text);
                }
            }
            Event::End(TagEnd::CodeBlock) => inside = false,
            _ => {}
        }
    }
    fences
}

/// Reads Markdown as mdBook does.
fn events(text: &str) -> impl Iterator<Item = (Event<'_>, Range<usize>)> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_DEFINITION_LIST
        | Options::ENABLE_GFM;
    Parser::new_ext(text, options).into_offset_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slices(text: &str, ranges: Vec<Range<usize>>) -> Vec<&str> {
        ranges.into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn prose_is_what_is_not_marked_as_something_else() {
        let text = "# head\n\nplain `code` [link](x.md) **bold**\n\n```\nfence\n```\n\n\
                    <b>\nraw\n</b>\n\n| a |\n| --- |\n| cell |\n";
        assert_eq!(
            slices(text, prose(text)),
            ["plain ", " ", " ", "bold", "a", "cell"]
        );
    }

    #[test]
    fn a_line_becomes_html_as_it_is() {
        assert_eq!(
            inline("It *is* `a|b` as in [X](y.md#X) & <z>"),
            "It <em>is</em> <code>a|b</code> as in <a href=\"y.md#X\">X</a> &amp; <z>"
        );
    }

    #[test]
    fn quotes_and_fences_are_found_whole() {
        let text = "a\n\n> one\n> two\n\nb\n\n```mermaid\nx\ny\n```\n\n```json\n{}\n```\n";
        assert_eq!(slices(text, quotes(text)), ["> one\n> two\n"]);
        let fences = fences(text, "mermaid");
        assert_eq!(fences.len(), 1);
        assert_eq!(fences[0].body, "x\ny\n");
        assert_eq!(line_of(text, fences[0].range.start), 8);
    }

    #[test]
    fn edits_are_made_in_order_of_place() {
        let edit = |range, replacement: &str| Edit {
            range,
            replacement: replacement.to_owned(),
        };
        let edits = vec![edit(4..5, "E"), edit(0..1, "AA")];
        assert_eq!(apply("abcde", edits), "AAbcdE");
    }
}
