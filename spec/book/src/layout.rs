//! Where the parts of a sequence diagram stand: text into lines, participants into columns.

use crate::sequence::{Sequence, Step};

/// The height of one line of text, in pixels. The stylesheet sets the text in 14 pixels.
pub(crate) const LINE: i32 = 19;

const LONGEST_LINE: usize = 36;
const NARROWEST_COLUMN: i32 = 116;

/// The width that a text takes, in pixels, estimated from its letters and rather too wide: which
/// font the reader's browser has is not known here.
pub(crate) fn width(text: &str) -> i32 {
    let tenths: i32 = text.chars().map(tenths_of_a_pixel).sum();
    tenths / 10
}

fn tenths_of_a_pixel(letter: char) -> i32 {
    match letter {
        'i' | 'j' | 'l' | '.' | ',' | ':' | '\'' | '|' | '!' | '(' | ')' | ' ' => 46,
        'f' | 'r' | 't' | '-' | '[' | ']' | '/' => 56,
        'm' | 'w' | 'M' | 'W' => 124,
        letter if letter.is_uppercase() => 98,
        _ => 82,
    }
}

/// The lines of a text: broken where its author broke it, and where it gets too long, into lines
/// of about the same length.
pub(crate) fn lines(text: &str) -> Vec<String> {
    let authored = text.replace("<br>", "\n").replace("<br/>", "\n");
    authored.lines().flat_map(balanced).collect()
}

fn balanced(line: &str) -> Vec<String> {
    let fewest = wrapped(line, LONGEST_LINE);
    (1..LONGEST_LINE)
        .map(|limit| wrapped(line, limit))
        .find(|lines| lines.len() == fewest.len())
        .unwrap_or(fewest)
}

/// Breaks between words so that no line has more letters than the limit, if no word has.
fn wrapped(text: &str, limit: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + word.chars().count() < limit => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// The width of the longest of the lines, in pixels.
pub(crate) fn widest(lines: &[String]) -> i32 {
    lines.iter().map(|line| width(line)).max().unwrap_or(0)
}

/// The places of the participants, in pixels from the first one's centre.
pub(crate) struct Columns {
    /// Each participant's centre and the width of its box.
    columns: Vec<(i32, i32)>,
    /// The leftmost pixel that something needs.
    pub(crate) left: i32,
    /// The rightmost pixel that something needs.
    pub(crate) right: i32,
}

impl Columns {
    /// Places the participants so far apart that every text between them finds room.
    pub(crate) fn of(sequence: &Sequence) -> Self {
        let boxes: Vec<i32> = sequence
            .participants
            .iter()
            .map(|label| (width(label) + 32).max(NARROWEST_COLUMN))
            .collect();
        let mut gaps: Vec<i32> = boxes
            .iter()
            .zip(boxes.iter().skip(1))
            .map(|(left, right)| (left + right) / 2 + 28)
            .collect();
        for step in &sequence.steps {
            if let Some((left, right, room)) = room_between(step) {
                widen(&mut gaps, left, right, room);
            }
        }
        let mut centre = 0;
        let mut columns = Vec::new();
        for (place, width) in boxes.iter().enumerate() {
            columns.push((centre, *width));
            centre += gaps.get(place).copied().unwrap_or(0);
        }
        let mut placed = Self {
            columns,
            left: 0,
            right: 0,
        };
        placed.measure(sequence);
        placed
    }

    /// The centre of a participant.
    pub(crate) fn centre(&self, participant: usize) -> i32 {
        self.columns
            .get(participant)
            .map_or(0, |(centre, _)| *centre)
    }

    /// The centres and widths of all participants' boxes.
    pub(crate) fn boxes(&self) -> &[(i32, i32)] {
        &self.columns
    }

    fn measure(&mut self, sequence: &Sequence) {
        for (centre, width) in &self.columns {
            self.left = self.left.min(centre - width / 2);
            self.right = self.right.max(centre + width / 2);
        }
        for step in &sequence.steps {
            let (left, right) = self.extent(step);
            self.left = self.left.min(left);
            self.right = self.right.max(right);
        }
    }

    /// The leftmost and rightmost pixel of a step, as far as it has a place of its own.
    fn extent(&self, step: &Step) -> (i32, i32) {
        match step {
            Step::Message { from, to, text, .. } if from == to => {
                let start = self.centre(*from);
                (start, start + SELF_ROOM + widest(&lines(text)))
            }
            Step::Note { left, right, text } => self.note(*left, *right, text),
            _ => (0, 0),
        }
    }

    /// The left and the right edge of a note.
    pub(crate) fn note(&self, left: usize, right: usize, text: &str) -> (i32, i32) {
        let (from, to) = (self.centre(left), self.centre(right));
        let middle = (from + to) / 2;
        let half = (widest(&lines(text)) / 2 + 14).max((to - from) / 2 + 30);
        (middle - half, middle + half)
    }
}

/// What a message to oneself needs to the right of its line, before its text.
pub(crate) const SELF_ROOM: i32 = 42;

/// The room that a step's text needs between two participants' lines, in pixels.
fn room_between(step: &Step) -> Option<(usize, usize, i32)> {
    match step {
        Step::Message { from, to, text, .. } if from == to => {
            Some((*from, from + 1, widest(&lines(text)) + SELF_ROOM + 8))
        }
        Step::Message { from, to, text, .. } => {
            Some((*from.min(to), *from.max(to), widest(&lines(text)) + 48))
        }
        Step::Note { left, right, text } if left < right => {
            Some((*left, *right, widest(&lines(text)) - 30))
        }
        _ => None,
    }
}

/// Widens the gaps between two participants evenly until they have the room together.
fn widen(gaps: &mut [i32], left: usize, right: usize, room: i32) {
    let end = right.min(gaps.len());
    let Some(between) = gaps.get_mut(left..end) else {
        return;
    };
    let (Ok(count), sum) = (i32::try_from(between.len()), between.iter().sum::<i32>()) else {
        return;
    };
    if count > 0 && sum < room {
        let more = (room - sum + count - 1) / count;
        between.iter_mut().for_each(|gap| *gap += more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sequence::parse;

    #[test]
    fn long_texts_are_broken_between_words() {
        assert_eq!(lines("one<br/>two<br>three"), ["one", "two", "three"]);
        let text = "make an exchange_id and an hmac_key, and store both";
        assert_eq!(
            lines(text),
            ["make an exchange_id and an", "hmac_key, and store both"]
        );
        assert_eq!(
            lines("https://shop.example/btx/token-issue?for=farm"),
            ["https://shop.example/btx/token-issue?for=farm"]
        );
    }

    #[test]
    fn participants_stand_apart_far_enough_for_what_passes_between_them() {
        let text = "a message that is rather long";
        let source = format!(
            "sequenceDiagram\nparticipant A\nparticipant B\nparticipant C\nA->>B: x\nB->>C: {text}"
        );
        let columns = Columns::of(&parse(&source).expect("readable"));
        assert!(columns.centre(2) - columns.centre(1) >= width(text) + 40);
        assert!(columns.centre(1) - columns.centre(0) < width(text));
    }

    #[test]
    fn what_stands_beside_the_lines_widens_the_picture() {
        let source = "sequenceDiagram\nparticipant A\nparticipant B\nA->>B: x\n\
                      Note over A: a note wider than the box\nB->>B: looks into its own store";
        let columns = Columns::of(&parse(source).expect("readable"));
        let (left, _) = columns.note(0, 0, "a note wider than the box");
        assert_eq!(columns.left, left);
        assert!(columns.right > columns.centre(1) + width("looks into its own store"));
    }
}
