//! Text for people: wrapped to the width of their terminal, in lines as they are for a pipe.

use crate::check::NoVerdict;
use anstyle::{AnsiColor, Style};
use std::io::{self, ErrorKind, IsTerminal as _, Write as _};

/// What is right.
pub const GREEN: Style = AnsiColor::Green.on_default().bold();
/// What is wrong.
pub const RED: Style = AnsiColor::Red.on_default().bold();
/// What is neither.
pub const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
/// What is read second.
pub const DIM: Style = Style::new().dimmed();
/// What is read first.
pub const BOLD: Style = Style::new().bold();
/// What is read.
pub const PLAIN: Style = Style::new();

/// Narrower than this, text is a column of single words.
const NARROWEST: usize = 40;

/// How wide text may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    width: usize,
}

impl Page {
    /// `COLUMNS` if it is set, the width of the terminal if there is one; without both, no line is
    /// broken, so that `grep` finds whole ones.
    #[must_use]
    pub fn of_stdout() -> Self {
        let asked = std::env::var("COLUMNS").ok().and_then(|n| n.parse().ok());
        let width = asked.or_else(|| {
            let terminal = io::stdout().is_terminal();
            let size = terminal_size::terminal_size().filter(|_| terminal);
            size.map(|(width, _)| usize::from(width.0))
        });
        Self::of_width(width.unwrap_or(usize::MAX))
    }

    /// A page so many characters wide.
    #[must_use]
    pub fn of_width(width: usize) -> Self {
        Self {
            width: width.max(NARROWEST),
        }
    }

    /// A paragraph that begins with `lead`, all its further lines below its first word.
    #[must_use]
    pub fn hanging(self, lead: &str, lead_style: Style, text: &str, style: Style) -> String {
        let indent = lead.chars().count();
        let mut paragraph = String::new();
        for (index, line) in self.wrap(indent, text).iter().enumerate() {
            if index == 0 {
                // Colour begins where the words begin, not in the margin.
                let words = lead.trim_start();
                paragraph.push_str(&" ".repeat(indent - words.chars().count()));
                if !words.is_empty() {
                    paragraph.push_str(&format!("{lead_style}{words}{lead_style:#}"));
                }
            } else {
                paragraph.push_str(&" ".repeat(indent));
            }
            paragraph.push_str(&format!("{style}{line}{style:#}\n"));
        }
        paragraph
    }

    /// A paragraph `indent` characters from the left.
    #[must_use]
    pub fn paragraph(self, indent: usize, text: &str, style: Style) -> String {
        self.hanging(&" ".repeat(indent), PLAIN, text, style)
    }

    /// The lines of a text that begins `indent` characters from the left; at least one. A word that is
    /// too long for a line is left whole: it may be a path that somebody copies.
    fn wrap(self, indent: usize, text: &str) -> Vec<String> {
        let room = self.width.saturating_sub(indent).max(1);
        let mut lines = Vec::new();
        let mut line = String::new();
        let mut length = 0;
        for word in text.split_whitespace() {
            let more = word.chars().count();
            if length > 0 && length + 1 + more > room {
                lines.push(std::mem::take(&mut line));
                length = 0;
            }
            if length > 0 {
                line.push(' ');
                length += 1;
            }
            line.push_str(word);
            length += more;
        }
        lines.push(line);
        lines
    }
}

/// Prints text, without its colours where nobody wants them. A reader who has gone away has read enough.
///
/// # Errors
/// When it cannot be written, as on a full disk.
pub fn print(text: &str) -> Result<(), NoVerdict> {
    let mut stdout = anstream::stdout().lock();
    let printed = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
    match printed {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(NoVerdict {
            exit: 2,
            words: format!("the output cannot be written: {error}"),
        }),
        _ => Ok(()),
    }
}

/// A number and its noun, which has an `s` if there is not exactly one.
#[must_use]
pub fn counted(number: usize, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{ending}")
}

/// Those of the candidates that somebody probably meant, the nearest first; none that is far away.
#[must_use]
pub fn nearest<'a>(meant: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let far = (meant.chars().count() / 3).max(1);
    let mut near: Vec<(usize, &str)> = candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(meant, candidate), candidate))
        .filter(|(distance, _)| *distance <= far)
        .collect();
    // Of those that are equally near, people mean the one that begins as what they wrote.
    near.sort_by(|(one, a), (other, b)| {
        let alike = |name: &str| {
            let pairs = meant.chars().zip(name.chars());
            pairs.take_while(|(wrote, is)| wrote == is).count()
        };
        one.cmp(other).then(alike(b).cmp(&alike(a)))
    });
    near.into_iter().take(3).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paragraph_hangs_below_its_first_word() {
        let page = Page::of_width(40);
        let text = "one two three four five six seven eight nine ten";
        let paragraph = page.hanging("  lead  ", PLAIN, text, PLAIN);
        assert_eq!(
            paragraph,
            "  lead  one two three four five six\n        seven eight nine ten\n"
        );
        assert_eq!(
            Page::of_width(usize::MAX).paragraph(2, text, PLAIN),
            format!("  {text}\n")
        );
    }

    #[test]
    fn a_long_word_is_left_whole() {
        let word = "w".repeat(60);
        let paragraph = Page::of_width(40).paragraph(0, &format!("a {word} b"), PLAIN);
        assert_eq!(paragraph, format!("a\n{word}\nb\n"));
    }

    #[test]
    fn the_nearest_come_first_and_the_far_not_at_all() {
        let ids = ["EX-ISS-011", "EX-ISS-101", "EX-INI-011"];
        assert_eq!(
            nearest("EX-ISS-110", ids)[..2],
            ["EX-ISS-101", "EX-ISS-011"]
        );
        assert_eq!(nearest("EX-INI-0111", ids)[0], "EX-INI-011");
        assert!(nearest("turnip", ids).is_empty());
    }
}
