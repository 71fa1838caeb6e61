//! A timeline as a sequence diagram: a line of life for each party, an arrow for each message.

use super::{escape, rows::Row};
use crate::{
    redact,
    report::quoted,
    timeline::{Event, What},
    wire::message::reason,
};

/// The distance between two lines of life.
const LANE: usize = 230;
/// The space beside the outermost ones.
const MARGIN: usize = 76;
/// The height of the boxes with the names.
const HEAD: usize = 26;
/// The height of a line of text.
const LINE: usize = 16;
/// About the width of a letter.
const LETTER: usize = 7;
/// The most letters of a name.
const NAME: usize = 16;

/// The diagram as SVG, in a box that scrolls where the page is narrow.
pub(super) fn diagram(rows: &[Row<'_>]) -> String {
    let lanes = lanes(rows);
    let width = 2 * MARGIN + lanes.len().saturating_sub(1).max(1) * LANE;
    let mut drawing = Drawing {
        lanes: &lanes,
        width,
        y: HEAD + 14,
        rows: String::new(),
    };
    let mut rest = rows.iter().peekable();
    while let Some(row) = rest.next() {
        match row {
            Row::Part(words) => drawing.heading(words),
            Row::Event {
                number,
                event,
                marked,
            } => {
                let mut last = *number;
                // Twenty calls at once are one arrow; a message that is marked has its own.
                while !marked && rest.next_if(|other| alike(event, other)).is_some() {
                    last += 1;
                }
                drawing.event(&numbers(*number, last), event, *marked);
            }
        }
    }
    let height = drawing.y + 4;
    let heads: String = lanes
        .iter()
        .enumerate()
        .map(|(lane, name)| head(centre(lane), height, name))
        .collect();
    // Below about nine tenths of their size the letters get hard to read.
    let least = if width > 400 { " wide" } else { "" };
    format!(
        "<div class=\"scroll\" role=\"region\" aria-label=\"Sequence diagram\" tabindex=\"0\">\n\
         <svg class=\"diagram{least}\" role=\"img\" aria-label=\"Sequence diagram; its messages are listed below\" \
         viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\">\n{heads}{}</svg>\n</div>\n",
        drawing.rows
    )
}

/// Whether what follows an event looks the same in the diagram.
fn alike(one: &Event, other: &Row<'_>) -> bool {
    let Row::Event {
        event,
        marked: false,
        ..
    } = other
    else {
        return false;
    };
    let kinds = std::mem::discriminant(&one.what) == std::mem::discriminant(&event.what);
    kinds
        && (&one.from, &one.to) == (&event.from, &event.to)
        && words(&one.what) == words(&event.what)
}

/// The number of a message, or the numbers of those that share an arrow.
fn numbers(first: usize, last: usize) -> String {
    match last - first {
        0 => first.to_string(),
        _ => format!("{first}–{last}"),
    }
}

/// The parties from left to right: the target is the second one.
fn lanes<'a>(rows: &[Row<'a>]) -> Vec<&'a str> {
    let mut lanes: Vec<&str> = Vec::new();
    let mut target = None;
    let parties = rows.iter().filter_map(|row| match row {
        Row::Event { event, .. } => Some([event.from.as_str(), event.to.as_str()]),
        Row::Part(_) => None,
    });
    let parties = parties.flatten();
    for party in parties {
        if party == "target" {
            target = Some(party);
        } else if !lanes.contains(&party) {
            lanes.push(party);
        }
    }
    if let Some(target) = target {
        lanes.insert(lanes.len().min(1), target);
    }
    lanes
}

fn centre(lane: usize) -> usize {
    MARGIN + lane * LANE
}

fn head(x: usize, height: usize, name: &str) -> String {
    let name = shorten(name, NAME);
    let width = (name.chars().count() * (LETTER + 1) + 20).max(64);
    format!(
        "<path class=\"life\" d=\"M{x} {HEAD}V{height}\"/><rect class=\"party\" x=\"{}\" y=\"1\" width=\"{width}\" \
         height=\"{}\"/><text class=\"party\" x=\"{x}\" y=\"18\">{}</text>\n",
        x.saturating_sub(width / 2),
        HEAD - 1,
        escape(&name)
    )
}

/// What is drawn so far, and how far down.
struct Drawing<'a> {
    lanes: &'a [&'a str],
    width: usize,
    y: usize,
    rows: String,
}

impl Drawing<'_> {
    fn place(&self, party: &str) -> usize {
        let lane = self.lanes.iter().position(|name| *name == party);
        centre(lane.unwrap_or_default())
    }

    fn text(&mut self, class: &str, x: usize, text: &str) {
        self.rows.push_str(&format!(
            "<text class=\"{class}\" x=\"{x}\" y=\"{}\">{}</text>",
            self.y,
            escape(text)
        ));
    }

    /// A line across, with the words on it.
    fn heading(&mut self, words: &str) {
        let most = (self.width - 20) / LETTER;
        self.y += LINE;
        let lines = wrap(words, most);
        self.rows.push_str(&format!(
            "<path class=\"part\" d=\"M0 {0}H{1}\"/>",
            self.y - 14,
            self.width
        ));
        for line in lines {
            self.y += 2;
            self.text("part", self.width / 2, &line);
            self.y += LINE;
        }
        self.y += 6;
        self.rows.push('\n');
    }

    fn event(&mut self, number: &str, event: &Event, marked: bool) {
        let (from, to) = (self.place(&event.from), self.place(&event.to));
        let begun = self.y;
        let before = std::mem::take(&mut self.rows);
        if from == to {
            self.aside(number, from, &words(&event.what));
        } else {
            self.arrow(number, from, to, event);
        }
        if marked {
            self.y += 2;
            self.text("flag", (from + to) / 2, "shows the failure");
            self.y += 10;
        }
        let row = std::mem::replace(&mut self.rows, before);
        let (left, right) = match from == to {
            true => (from.saturating_sub(MARGIN), from + MARGIN),
            false => (from.min(to), from.max(to)),
        };
        if marked {
            self.rows.push_str(&format!(
                "<g class=\"marked\"><rect class=\"mark\" x=\"{}\" y=\"{begun}\" width=\"{}\" height=\"{}\"/>{row}</g>\n",
                left + 4,
                (right - left).saturating_sub(8),
                self.y - begun
            ));
        } else {
            self.rows.push_str(&row);
            self.rows.push('\n');
        }
        self.y += 6;
    }

    /// What a party does on its own.
    fn aside(&mut self, number: &str, x: usize, words: &str) {
        // Not to stand out at the sides.
        let x = x.clamp(LANE / 2, self.width.saturating_sub(LANE / 2).max(LANE / 2));
        let lines = wrap(&format!("{number} {words}"), (LANE - 24) / LETTER);
        self.rows.push_str(&format!(
            "<rect class=\"aside\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>",
            x - LANE / 2 + 6,
            self.y + 2,
            LANE - 12,
            lines.len() * LINE + 6
        ));
        for line in lines {
            self.y += LINE;
            self.text("note within", x, &line);
        }
        self.y += 10;
    }

    fn arrow(&mut self, number: &str, from: usize, to: usize, event: &Event) {
        let span = from.abs_diff(to);
        let most = (span - 24) / LETTER;
        let (class, lines) = match &event.what {
            What::Request(..) => ("request", vec![shorten(&label(number, &event.what), most)]),
            What::Response(_) => ("response", vec![shorten(&label(number, &event.what), most)]),
            What::Note(_) | What::Heading(_) => ("note", wrap(&label(number, &event.what), most)),
        };
        for line in lines {
            self.y += LINE;
            self.text(class, (from + to) / 2, &line);
        }
        self.y += 8;
        let (y, back) = (self.y, if to > from { to - 8 } else { to + 8 });
        self.rows.push_str(&format!(
            "<path class=\"{class}\" d=\"M{from} {y}H{to}\"/><path class=\"tip\" d=\"M{to} {y}L{back} {}V{}Z\"/>",
            y - 4,
            y + 4
        ));
        self.y += 8;
    }
}

fn label(number: &str, what: &What) -> String {
    format!("{number} {}", words(what))
}

fn words(what: &What) -> String {
    match what {
        What::Note(words) | What::Heading(words) => quoted(words),
        What::Request(url, request) => format!("{} {}", request.method, path(&redact::target(url))),
        What::Response(response) => {
            let words = format!("{} {}", response.status, reason(response.status));
            words.trim().to_owned()
        }
    }
}

/// A URL without scheme, host and port, which the lines of life tell.
fn path(url: &str) -> &str {
    let after = url.split_once("://").map(|(_, rest)| rest);
    match after {
        Some(rest) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/"),
        None => url,
    }
}

/// A text of so many letters at most, its middle left out.
fn shorten(text: &str, most: usize) -> String {
    let letters: Vec<char> = text.chars().collect();
    if letters.len() <= most {
        return text.to_owned();
    }
    let end = most / 3;
    let start = most.saturating_sub(end + 1);
    let mut short: String = letters.iter().take(start).collect();
    short.push('…');
    short.extend(letters.iter().skip(letters.len() - end));
    short
}

/// A text in lines of so many letters at most.
fn wrap(text: &str, most: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let word = shorten(word, most);
        let Some(line) = lines.last_mut() else {
            continue;
        };
        if line.is_empty() {
            line.push_str(&word);
        } else if line.chars().count() + 1 + word.chars().count() <= most {
            line.push(' ');
            line.push_str(&word);
        } else {
            lines.push(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::html::rows::rows;
    use std::time::Duration;

    fn note(from: &str, to: &str, words: &str) -> Event {
        Event {
            at: Duration::ZERO,
            from: from.to_owned(),
            to: to.to_owned(),
            what: What::Note(words.to_owned()),
        }
    }

    #[test]
    fn the_target_is_between_its_peers() {
        let events = [
            note("target", "b1", "x"),
            note("b2", "target", "y"),
            note("btx", "btx", "z"),
        ];
        assert_eq!(lanes(&rows(&events, None)), ["b1", "target", "b2", "btx"]);
        assert_eq!(lanes(&[]), [""; 0]);
    }

    #[test]
    fn long_texts_are_shortened_or_wrapped() {
        assert_eq!(shorten("GET /btx/exchange/abcdefgh", 12), "GET /bt…efgh");
        assert_eq!(shorten("204", 12), "204");
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(path("https://a.example:1/b?c"), "/b?c");
        assert_eq!(path("https://a.example"), "/");
        assert_eq!(path("/b"), "/b");
    }

    #[test]
    fn messages_that_look_the_same_share_an_arrow() {
        let events = [(); 5].map(|()| note("b1", "target", "x"));
        let svg = diagram(&rows(&events, Some(3)));
        for label in [">1–3 x<", ">4 x<", ">5 x<"] {
            assert!(svg.contains(label), "{label}: {svg}");
        }
    }

    #[test]
    fn any_timeline_can_be_drawn() {
        for events in [
            vec![],
            vec![note("btx", "btx", "alone")],
            vec![note("a", "target", &"long ".repeat(90)), note("", "", "")],
        ] {
            for marked in [None, Some(0), Some(9)] {
                let svg = diagram(&rows(&events, marked));
                assert!(svg.contains("</svg>"), "{svg}");
            }
        }
    }
}
