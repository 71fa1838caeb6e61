//! The examples of the chapters: fenced blocks of JSON and of HTTP messages.
//!
//! An example that shows what is refused has the word `invalid` behind its language:
//! ```` ```json,invalid ````.

use crate::chapters::{self, Place, fence_mark};

/// The language of an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// One JSON text.
    Json,
    /// A request or a response: head lines, an empty line, a body.
    Http,
}

/// One fenced block of a chapter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// The chapter's path below `spec/text`.
    pub chapter: String,
    /// The line of the opening fence, counted from 1.
    pub line: usize,
    /// What the block holds.
    pub language: Language,
    /// Whether the block shows what is refused.
    pub invalid: bool,
    /// The block without its fences.
    pub text: String,
}

/// The examples of the embedded chapters, in the order of the book.
#[must_use]
pub fn examples() -> Vec<Example> {
    examples_of(&chapters::chapters())
}

/// The examples of these chapters, each a path and its Markdown.
#[must_use]
pub fn examples_of(chapters: &[(&str, &str)]) -> Vec<Example> {
    chapters
        .iter()
        .flat_map(|(path, text)| of_chapter(path, text))
        .collect()
}

fn of_chapter(path: &str, text: &str) -> Vec<Example> {
    let mut examples = Vec::new();
    let mut block: Vec<(usize, &str)> = Vec::new();
    for line in chapters::lines(text) {
        if line.place == Place::Fence {
            block.push((line.number, line.text));
            if block.len() > 1 && closes(&block) {
                examples.extend(of_fence(path, &block));
                block.clear();
            }
        }
    }
    examples
}

/// Whether the last line of the block closes the fence that its first line opened.
fn closes(block: &[(usize, &str)]) -> bool {
    let (Some((_, first)), Some((_, last))) = (block.first(), block.last()) else {
        return false;
    };
    let (last, open) = (last.trim(), fence_mark(first.trim()).unwrap_or_default());
    fence_mark(last).is_some_and(|mark| mark == last && mark.starts_with(open))
}

fn of_fence(path: &str, block: &[(usize, &str)]) -> Option<Example> {
    let ((line, opening), inside) = block.split_first()?;
    let (_, inside) = inside.split_last()?;
    let mut words = opening
        .trim()
        .trim_start_matches(['`', '~'])
        .split([',', ' '])
        .map(str::trim)
        .filter(|word| !word.is_empty());
    let language = match words.next()? {
        "json" => Language::Json,
        "http" => Language::Http,
        _ => return None,
    };
    let lines: Vec<&str> = inside.iter().map(|(_, text)| *text).collect();
    Some(Example {
        chapter: path.to_owned(),
        line: *line,
        language,
        invalid: words.any(|word| word == "invalid"),
        text: lines.join("\n"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fences_of_json_and_http_are_examples() {
        let text = "# T\n```json\n{}\n```\n\n```rust\nfn\n```\n````http,invalid\nGET / HTTP/1.1\n```\n````\n";
        let found = examples_of(&[("a.md", text)]);
        let short: Vec<_> = found
            .iter()
            .map(|e| (e.line, e.language, e.invalid, e.text.as_str()))
            .collect();
        let http = "GET / HTTP/1.1\n```";
        assert_eq!(
            short,
            [
                (2, Language::Json, false, "{}"),
                (9, Language::Http, true, http)
            ]
        );
    }
}
