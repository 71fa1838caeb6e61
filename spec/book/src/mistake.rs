//! What is wrong in a file that a person wrote.

use std::fmt;

/// A mistake in a source file of the book, told so that its author knows what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mistake {
    file: String,
    line: Option<usize>,
    text: String,
}

impl Mistake {
    /// A mistake on a line, counted from 1, of a file named from the root of the repository.
    pub(crate) fn at(file: &str, line: usize, text: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            line: Some(line),
            text: text.into(),
        }
    }

    /// A mistake in a file as a whole, or in an entry that its text names.
    pub(crate) fn within(file: &str, text: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            line: None,
            text: text.into(),
        }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.text),
            None => write!(f, "{}: {}", self.file, self.text),
        }
    }
}

/// All mistakes in the order of files and lines, one to a line, as the error that ends a build.
pub(crate) fn as_error(mistakes: &[Mistake]) -> mdbook_preprocessor::errors::Error {
    let mut mistakes = mistakes.to_vec();
    mistakes.sort();
    let lines: Vec<String> = mistakes.iter().map(Mistake::to_string).collect();
    mdbook_preprocessor::errors::Error::msg(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_told_in_the_order_of_files_and_lines() {
        let mistakes = [
            Mistake::at("b.md", 1, "x"),
            Mistake::at("a.md", 10, "y"),
            Mistake::at("a.md", 9, "z"),
            Mistake::within("a.md", "w"),
        ];
        let told = as_error(&mistakes).to_string();
        assert_eq!(told, "a.md: w\na.md:9: z\na.md:10: y\nb.md:1: x");
    }
}
