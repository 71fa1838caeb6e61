//! Draws a sequence diagram as a static picture: inline SVG, coloured by the stylesheet of the
//! book, so that it suits the light and the dark themes and needs neither script nor network.

use std::fmt::Write;

use crate::html::escape;
use crate::layout::{Columns, LINE, SELF_ROOM, lines, width};
use crate::sequence::{Sequence, Step, Unreadable, parse};

/// A picture is not scaled down below this: on a phone it scrolls instead.
const NARROWEST: i32 = 540;
const MARGIN: i32 = 18;
const HEAD: i32 = 40;
const INSET: i32 = 7;
const TAB: i32 = 24;

/// Turns the source of a diagram into a figure: one HTML block without a blank line.
pub(crate) fn figure(source: &str) -> Result<String, Unreadable> {
    let sequence = parse(source)?;
    Ok(format!(
        "<figure class=\"diagram\">\n{}</figure>\n",
        draw(&sequence)
    ))
}

fn draw(sequence: &Sequence) -> String {
    let mut picture = Picture::new(Columns::of(sequence));
    for step in &sequence.steps {
        picture.step(step);
    }
    picture.finish(sequence)
}

struct Picture {
    columns: Columns,
    /// What is drawn over the participants' lines.
    drawn: String,
    /// The next free pixel below what is drawn.
    y: i32,
    /// The upper edges of the frames that are open, the innermost last.
    open: Vec<i32>,
}

impl Picture {
    fn new(columns: Columns) -> Self {
        Self {
            columns,
            drawn: String::new(),
            y: HEAD + 12,
            open: Vec::new(),
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Message {
                from,
                to,
                text,
                reply,
            } if from == to => {
                self.message_to_oneself(*from, text, *reply);
            }
            Step::Message {
                from,
                to,
                text,
                reply,
            } => self.message(*from, *to, text, *reply),
            Step::Note { left, right, text } => self.note(*left, *right, text),
            Step::Open { kind, text } => self.open(kind, text),
            Step::Else { text } => self.otherwise(text),
            Step::Close => self.close(),
        }
    }

    fn message(&mut self, from: usize, to: usize, text: &str, reply: bool) {
        let (start, end) = (self.columns.centre(from), self.columns.centre(to));
        for line in lines(text) {
            self.y += LINE;
            self.text("message", "middle", (start + end) / 2, self.y - 4, &line);
        }
        self.y += 5;
        let back = if end > start { -9 } else { 9 };
        let y = self.y;
        self.shape(&format!(
            "<path class=\"{}\" d=\"M{start} {y}H{}\"/>",
            arrow_class(reply),
            end + back
        ));
        self.arrow_head(end, y, back);
        self.y += 13;
    }

    fn message_to_oneself(&mut self, at: usize, text: &str, reply: bool) {
        let start = self.columns.centre(at);
        let said = lines(text);
        let top = self.y + 10;
        let mut baseline = top + 4;
        for line in &said {
            self.text("message", "start", start + SELF_ROOM, baseline, line);
            baseline += LINE;
        }
        let bottom = top + 20;
        self.shape(&format!(
            "<path class=\"{}\" d=\"M{start} {top}H{}V{bottom}H{}\"/>",
            arrow_class(reply),
            start + SELF_ROOM - 10,
            start + 9
        ));
        self.arrow_head(start, bottom, 9);
        self.y = bottom.max(baseline - LINE) + 14;
    }

    fn note(&mut self, left: usize, right: usize, text: &str) {
        let (from, to) = self.columns.note(left, right, text);
        let said = lines(text);
        let top = self.y + 4;
        self.y = top + 7;
        let height = LINE * i32::try_from(said.len()).unwrap_or(1) + 14;
        self.shape(&rectangle("note", from, top, to - from, height));
        for line in said {
            self.y += LINE;
            self.text("note-text", "middle", (from + to) / 2, self.y - 5, &line);
        }
        self.y = top + height + 10;
    }

    fn open(&mut self, kind: &str, text: &str) {
        self.y += 4;
        let top = self.y;
        let left = self.frame_edges().0;
        self.open.push(top);
        let tab = width(kind) + 20;
        self.shape(&rectangle("tab", left, top, tab, TAB));
        self.text("tab-text", "middle", left + tab / 2, top + 17, kind);
        self.condition(left + tab + 10, top + 17, text);
        self.y = self.y.max(top + TAB) + 4;
    }

    fn otherwise(&mut self, text: &str) {
        let (left, right) = inset(self.columns.left, self.columns.right, self.open.len());
        self.y += 4;
        let y = self.y;
        self.shape(&format!(
            "<path class=\"branch\" d=\"M{left} {y}H{right}\"/>"
        ));
        self.condition(left + 10, y + 17, text);
        self.y = self.y.max(y + TAB) + 2;
    }

    /// Writes the condition of a branch and leaves `y` below it.
    fn condition(&mut self, x: i32, mut baseline: i32, text: &str) {
        for line in lines(&format!("[{text}]")) {
            self.text("condition", "start", x, baseline, &line);
            self.y = baseline + 7;
            baseline += LINE;
        }
    }

    fn close(&mut self) {
        let Some(top) = self.open.pop() else {
            return;
        };
        let (left, right) = self.frame_edges();
        self.y += 2;
        let frame = rectangle("frame", left, top, right - left, self.y - top);
        self.shape(&frame);
        self.y += 10;
    }

    /// The edges of a frame that opens or closes now, inside those that stay open.
    fn frame_edges(&self) -> (i32, i32) {
        inset(self.columns.left, self.columns.right, self.open.len() + 1)
    }

    fn arrow_head(&mut self, x: i32, y: i32, back: i32) {
        self.shape(&format!(
            "<path class=\"head\" d=\"M{x} {y}l{back} -5v10z\"/>"
        ));
    }

    fn text(&mut self, class: &str, anchor: &str, x: i32, y: i32, text: &str) {
        self.shape(&format!(
            "<text class=\"{class}\" text-anchor=\"{anchor}\" x=\"{x}\" y=\"{y}\">{}</text>",
            escape(text)
        ));
    }

    fn shape(&mut self, shape: &str) {
        self.drawn.push_str(shape);
        self.drawn.push('\n');
    }

    fn finish(mut self, sequence: &Sequence) -> String {
        let foot = self.y + 6;
        let boxes = self.columns.boxes().to_vec();
        let mut lifelines = String::new();
        for ((centre, width), label) in boxes.iter().zip(&sequence.participants) {
            let _ = writeln!(
                lifelines,
                "<path class=\"line\" d=\"M{centre} {HEAD}V{foot}\"/>"
            );
            for top in [0, foot] {
                self.shape(&rectangle("party", centre - width / 2, top, *width, HEAD));
                self.text("party-text", "middle", *centre, top + 25, label);
            }
        }
        let left = self.columns.left - MARGIN;
        let wide = self.columns.right + MARGIN - left;
        let high = foot + HEAD + 4;
        format!(
            "<svg role=\"img\" aria-label=\"{}\" width=\"{wide}\" height=\"{high}\" \
             style=\"min-width:{}px\" viewBox=\"{left} -2 {wide} {high}\">\n{lifelines}{}</svg>\n",
            escape(&in_words(sequence)),
            wide.min(NARROWEST),
            self.drawn
        )
    }
}

fn inset(left: i32, right: i32, depth: usize) -> (i32, i32) {
    let by = INSET * i32::try_from(depth).unwrap_or(0) - INSET;
    (left - MARGIN + 2 + by, right + MARGIN - 2 - by)
}

fn arrow_class(reply: bool) -> &'static str {
    if reply { "arrow reply" } else { "arrow" }
}

fn rectangle(class: &str, x: i32, y: i32, width: i32, height: i32) -> String {
    format!(
        "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"3\"/>"
    )
}

/// The diagram for those who cannot see it.
fn in_words(sequence: &Sequence) -> String {
    let name = |place: &usize| sequence.participants.get(*place).map_or("", String::as_str);
    let mut words = format!("Sequence diagram of {}.", sequence.participants.join(", "));
    for step in &sequence.steps {
        let _ = match step {
            Step::Message { from, to, text, .. } => {
                write!(words, " {} to {}: {text}.", name(from), name(to))
            }
            Step::Note { text, .. } => write!(words, " Note: {text}."),
            Step::Open { kind, text } => write!(words, " {}: {text}.", frame_in_words(kind)),
            Step::Else { text } => write!(words, " Otherwise: {text}."),
            Step::Close => Ok(()),
        };
    }
    lines(&words).join(" ")
}

fn frame_in_words(kind: &str) -> &'static str {
    match kind {
        "opt" => "Perhaps",
        "loop" => "Repeatedly",
        _ => "Either",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markdown;

    const SOURCE: &str = "sequenceDiagram\nparticipant I as Shop & more\nparticipant S as Farm\n\
        I->>S: a call with a text so long that it takes two lines\nS->>S: looks up\n\
        alt taken\nNote over I,S: both <br/> know\nloop twice\nS-->>I: 204\nend\n\
        else refused\nS-->>I: 400\nend\n";

    /// The texts that a source has, read without the parser.
    fn texts(source: &str) -> Vec<String> {
        let mut texts = Vec::new();
        for line in source.lines().map(str::trim) {
            let text = match line.split_once(' ').unwrap_or((line, "")) {
                ("participant", rest) => rest.split_once(" as ").map_or(rest, |it| it.1),
                ("alt" | "else" | "opt" | "loop", rest) => rest,
                _ => line.split_once(':').map_or("", |it| it.1),
            };
            texts.push(text.replace("<br/>", " ").replace("<br>", " "));
        }
        texts
    }

    /// The words that a reader of the picture sees.
    fn seen(figure: &str) -> String {
        let mut seen = String::new();
        for part in figure.split('<').filter_map(|part| part.split_once('>')) {
            seen.push_str(part.1);
            seen.push(' ');
        }
        let plain = seen
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"");
        words(&plain.replace("&#39;", "'").replace("&amp;", "&"))
    }

    fn words(text: &str) -> String {
        let spaced = text.replace(['[', ']'], " ");
        spaced.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn assert_all_is_seen(source: &str, place: &str) {
        let drawn = figure(source).unwrap_or_else(|why| panic!("{place}: {why:?}"));
        let seen = seen(&drawn);
        for text in texts(source) {
            let text = words(&text);
            assert!(
                seen.contains(&text),
                "{place}: \"{text}\" is not in the picture: {seen}"
            );
        }
    }

    #[test]
    fn every_text_of_a_source_is_in_its_picture() {
        assert_all_is_seen(SOURCE, "the sample");
    }

    #[test]
    fn every_text_of_every_diagram_of_the_book_is_in_its_picture() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../text");
        let mut diagrams = 0;
        for entry in std::fs::read_dir(folder).expect("chapters") {
            let path = entry.expect("a chapter").path();
            let text = std::fs::read_to_string(&path).expect("readable");
            for fence in markdown::fences(&text, "mermaid") {
                assert_all_is_seen(&fence.body, &path.display().to_string());
                diagrams += 1;
            }
        }
        assert!(diagrams > 0);
    }

    #[test]
    fn a_picture_is_one_block_that_can_be_read_aloud_and_loads_nothing() {
        let figure = figure(SOURCE).expect("a picture");
        assert!(!figure.trim_end().contains("\n\n"));
        assert!(
            figure.contains("role=\"img\" aria-label=\"Sequence diagram of Shop &amp; more, Farm.")
        );
        assert!(figure.contains("Farm to Shop &amp; more: 204. Otherwise: refused."));
        assert!(!figure.contains("http") && !figure.contains("script") && !figure.contains("id="));
    }

    #[test]
    fn an_arrow_leads_from_the_sender_to_the_receiver() {
        let source = "sequenceDiagram\nparticipant A\nparticipant B\nA->>B: x\nB-->>A: y\n";
        let columns = Columns::of(&parse(source).expect("readable"));
        let (a, b) = (columns.centre(0), columns.centre(1));
        let figure = figure(source).expect("a picture");
        assert!(figure.contains(&format!("<path class=\"arrow\" d=\"M{a} ")));
        assert!(figure.contains(&format!("<path class=\"head\" d=\"M{b} ")));
        assert!(figure.contains(&format!("<path class=\"arrow reply\" d=\"M{b} ")));
        assert!(figure.contains(&format!("<path class=\"head\" d=\"M{a} ")));
    }

    #[test]
    fn frames_inside_frames_are_drawn_inside_them() {
        let figure = figure(SOURCE).expect("a picture");
        let frames: Vec<Vec<i32>> = figure
            .lines()
            .filter(|line| line.contains("class=\"frame\""))
            .map(|line| {
                line.split('"')
                    .filter_map(|part| part.parse().ok())
                    .collect()
            })
            .collect();
        let [inner, outer] = &frames[..] else {
            panic!("{frames:?}");
        };
        let (x, y, width, height) = (0, 1, 2, 3);
        assert!(inner[x] > outer[x] && inner[x] + inner[width] < outer[x] + outer[width]);
        assert!(inner[y] > outer[y] && inner[y] + inner[height] < outer[y] + outer[height]);
    }
}
