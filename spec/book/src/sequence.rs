//! Reads a sequence diagram: the part of Mermaid's language that the book uses.
//!
//! Code hosts draw the same source with Mermaid itself. So everything that is read here means
//! the same there, and a line that is not understood is an error: nothing vanishes from a picture.

use std::collections::HashMap;

/// A diagram as its source tells it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Sequence {
    /// The labels of the participants, from left to right.
    pub(crate) participants: Vec<String>,
    /// What happens, from top to bottom.
    pub(crate) steps: Vec<Step>,
}

/// One thing that happens. Participants are named by their place in [`Sequence::participants`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A message, drawn as an arrow; a reply has a dashed one.
    Message {
        from: usize,
        to: usize,
        text: String,
        reply: bool,
    },
    /// A note over one participant, or over all from the left one to the right one.
    Note {
        left: usize,
        right: usize,
        text: String,
    },
    /// A frame begins: `alt`, `opt` or `loop`, with its condition.
    Open { kind: &'static str, text: String },
    /// The other branch of the innermost frame begins.
    Else { text: String },
    /// The innermost frame ends.
    Close,
}

/// A line that could not be read: its number, counted from 1 at the line of the diagram's kind,
/// and what to write instead.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unreadable {
    pub(crate) line: usize,
    pub(crate) text: String,
}

/// Reads the source between the fences.
pub(crate) fn parse(source: &str) -> Result<Sequence, Unreadable> {
    let mut reader = Reader::default();
    for (index, line) in source.lines().enumerate() {
        reader.line(line.trim()).map_err(|text| Unreadable {
            line: index + 1,
            text,
        })?;
    }
    reader.finish().map_err(|text| Unreadable {
        line: source.lines().count().max(1),
        text,
    })
}

#[derive(Default)]
struct Reader {
    begun: bool,
    participants: Vec<String>,
    places: HashMap<String, usize>,
    steps: Vec<Step>,
    /// The kinds of the frames that are open, the innermost last.
    open: Vec<&'static str>,
}

impl Reader {
    fn line(&mut self, line: &str) -> Result<(), String> {
        if line.is_empty() || line.starts_with("%%") {
            return Ok(());
        }
        if !self.begun {
            self.begun = line == "sequenceDiagram";
            return match self.begun {
                true => Ok(()),
                false => Err("a diagram begins with the line `sequenceDiagram`".to_owned()),
            };
        }
        if line.contains([';', '#']) {
            return Err("leave `;` and `#` out: Mermaid reads them as its own marks".to_owned());
        }
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "participant" => self.participant(rest.trim()),
            "Note" => self.note(rest.trim()),
            "alt" => self.open("alt", rest),
            "opt" => self.open("opt", rest),
            "loop" => self.open("loop", rest),
            "else" => self.otherwise(rest),
            "end" => self.close(),
            _ => self.message(line),
        }
    }

    fn finish(self) -> Result<Sequence, String> {
        if let Some(kind) = self.open.last() {
            return Err(format!("the frame `{kind}` is not closed by `end`"));
        }
        if self.steps.is_empty() {
            return Err("the diagram shows nothing: write at least one message".to_owned());
        }
        Ok(Sequence {
            participants: self.participants,
            steps: self.steps,
        })
    }

    fn participant(&mut self, rest: &str) -> Result<(), String> {
        let (name, label) = rest.split_once(" as ").unwrap_or((rest, rest));
        let (name, label) = (name.trim(), label.trim());
        if name.is_empty() || label.is_empty() || name.contains(' ') {
            return Err("write `participant I as Shop (initiator)`".to_owned());
        }
        let place = self.participants.len();
        if self.places.insert(name.to_owned(), place).is_some() {
            return Err(format!("`{name}` is a participant already"));
        }
        self.participants.push(label.to_owned());
        Ok(())
    }

    fn note(&mut self, rest: &str) -> Result<(), String> {
        let form = "write `Note over I: text` or `Note over I,S: text`";
        let (names, text) = rest
            .strip_prefix("over ")
            .and_then(|rest| rest.split_once(':'))
            .ok_or(form)?;
        let (first, last) = names.split_once(',').unwrap_or((names, names));
        let (first, last) = (self.place(first)?, self.place(last)?);
        self.steps.push(Step::Note {
            left: first.min(last),
            right: first.max(last),
            text: said(text, form)?,
        });
        Ok(())
    }

    fn message(&mut self, line: &str) -> Result<(), String> {
        let form = "write `I->>S: text` for a message, `S-->>I: text` for its answer; \
                    `participant`, `Note over`, `alt`, `opt`, `loop`, `else` and `end` are \
                    understood besides, no other arrow and no activation mark";
        let (ends, text) = line.split_once(':').ok_or(form)?;
        let (from, to, reply) = match (ends.split_once("-->>"), ends.split_once("->>")) {
            (Some((from, to)), _) => (from, to, true),
            (None, Some((from, to))) => (from, to, false),
            (None, None) => return Err(form.to_owned()),
        };
        if to.trim().starts_with(['+', '-']) {
            return Err(form.to_owned());
        }
        let message = Step::Message {
            from: self.place(from)?,
            to: self.place(to)?,
            text: said(text, form)?,
            reply,
        };
        self.steps.push(message);
        Ok(())
    }

    fn open(&mut self, kind: &'static str, rest: &str) -> Result<(), String> {
        let text = said(rest, "write the condition after it, as in `alt accepted`")?;
        self.open.push(kind);
        self.steps.push(Step::Open { kind, text });
        Ok(())
    }

    fn otherwise(&mut self, rest: &str) -> Result<(), String> {
        if self.open.last() != Some(&"alt") {
            return Err("`else` belongs into an `alt`".to_owned());
        }
        let text = said(rest, "write the condition after it, as in `else refused`")?;
        self.steps.push(Step::Else { text });
        Ok(())
    }

    fn close(&mut self) -> Result<(), String> {
        self.open
            .pop()
            .ok_or("`end` closes a frame that is not open")?;
        self.steps.push(Step::Close);
        Ok(())
    }

    fn place(&self, name: &str) -> Result<usize, String> {
        let name = name.trim();
        self.places.get(name).copied().ok_or_else(|| {
            format!("`{name}` is no participant: write `participant {name} as …` above")
        })
    }
}

fn said(text: &str, form: &str) -> Result<String, String> {
    let text = text.trim();
    match text.is_empty() {
        true => Err(form.to_owned()),
        false => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str =
        "sequenceDiagram\nparticipant I as Shop (initiator)\nparticipant S as Farm\n";

    fn complaint(lines: &str) -> (usize, String) {
        let refused = parse(&format!("{HEAD}{lines}")).expect_err("refused");
        (refused.line, refused.text)
    }

    #[test]
    fn a_diagram_is_read_in_order() {
        let source = format!(
            "{HEAD}I->>S: token call\nalt good\nS-->>I: 204\nelse bad\nNote over S,I: ends\nend"
        );
        let sequence = parse(&source).expect("readable");
        assert_eq!(sequence.participants, ["Shop (initiator)", "Farm"]);
        assert_eq!(
            sequence.steps,
            [
                Step::Message {
                    from: 0,
                    to: 1,
                    text: "token call".into(),
                    reply: false
                },
                Step::Open {
                    kind: "alt",
                    text: "good".into()
                },
                Step::Message {
                    from: 1,
                    to: 0,
                    text: "204".into(),
                    reply: true
                },
                Step::Else { text: "bad".into() },
                Step::Note {
                    left: 0,
                    right: 1,
                    text: "ends".into()
                },
                Step::Close,
            ]
        );
    }

    #[test]
    fn what_is_not_understood_is_told_with_its_line() {
        for (line, hint) in [
            ("I->>+S: activation", "no activation mark"),
            ("S--xI: lost", "no other arrow"),
            ("I-)S: open", "no other arrow"),
            ("autonumber", "no other arrow"),
            ("activate S", "no other arrow"),
            ("X->>S: who", "`X` is no participant"),
            ("I->>S:", "write `I->>S: text`"),
            ("Note left of I: aside", "Note over"),
            ("else nothing open", "belongs into an `alt`"),
            ("end", "not open"),
            ("I->>S: a; b", "leave `;`"),
            ("participant I as Again", "already"),
        ] {
            let (at, text) = complaint(&format!("I->>S: fine\n{line}"));
            assert_eq!(at, 5, "{line}");
            assert!(text.contains(hint), "{line}: {text}");
        }
    }

    #[test]
    fn a_frame_left_open_and_an_empty_picture_are_errors() {
        assert!(complaint("alt good\nI->>S: x").1.contains("not closed"));
        assert!(complaint("").1.contains("shows nothing"));
        assert!(parse("graph TD").is_err());
    }
}
