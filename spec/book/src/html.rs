//! Text made safe for HTML and for Markdown.

/// Escapes text for an element's content or a quoted attribute. A line feed becomes a reference,
/// so that a blank line in the text does not end the HTML block that it stands in.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' => escaped.push_str("&#10;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Escapes text that must read as written in a line of Markdown.
pub(crate) fn escape_markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if r"\`*_{}[]<>#|~&$".contains(character) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

/// The part of a URL that names a heading: lower-case letters and digits, joined by hyphens.
pub(crate) fn slug(text: &str) -> String {
    let words: Vec<String> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_text_stays_one_line() {
        assert_eq!(
            escape("a < \"b\"\n\n'c' & d"),
            "a &lt; &quot;b&quot;&#10;&#10;&#39;c&#39; &amp; d"
        );
    }

    #[test]
    fn markdown_marks_are_escaped() {
        assert_eq!(escape_markdown("a <b> `c`|d"), r"a \<b\> \`c\`\|d");
    }

    #[test]
    fn a_slug_has_no_marks() {
        assert_eq!(
            slug("An hmac_key is refused: <fault>"),
            "an-hmac-key-is-refused-fault"
        );
    }
}
