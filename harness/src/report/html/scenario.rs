//! One scenario: its steps and, where there is something to look at, what was expected, what came, and
//! the messages of both legs.

use super::{
    Wishes, diagram, escape, label,
    requirements::{level, sentence},
    rows::{Row, rows},
    shows_messages,
};
use crate::{
    redact,
    report::{Closing, quoted},
    run::Outcome,
    timeline::{Event, What},
    verdict::{Verdict, broken, of_scenario},
    wire::{Fields, message::reason},
};

/// A scenario of the page.
pub(super) struct Shown<'a> {
    /// Its place among all, which names its anchor.
    number: usize,
    /// What became of it.
    pub(super) outcome: &'a Outcome,
    /// Its verdict, in the light of the levels.
    pub(super) verdict: Verdict,
}

impl<'a> Shown<'a> {
    pub(super) fn new(number: usize, outcome: &'a Outcome, closing: &Closing<'_>) -> Self {
        Self {
            number,
            outcome,
            verdict: of_scenario(outcome, closing.catalogue),
        }
    }

    /// A link to it, by its name.
    pub(super) fn link(&self) -> String {
        format!(
            "<a href=\"#s{}\">{}</a>",
            self.number,
            escape(&self.outcome.scenario.name)
        )
    }

    /// The whole of it, unfolded if somebody has to look at it.
    pub(super) fn markup(&self, closing: &Closing<'_>, wishes: &Wishes<'_>) -> String {
        let scenario = &self.outcome.scenario;
        let finding = super::is_finding(self.verdict);
        let roles = super::super::ROLES;
        let roles: Vec<&str> = roles.into_iter().filter(|r| scenario.has_tag(r)).collect();
        let mut levels: Vec<&str> = scenario
            .requirements
            .iter()
            .filter_map(|id| closing.catalogue.get(id))
            .map(|r| level(r.level))
            .collect();
        levels.sort_unstable();
        levels.dedup();
        let known = if closing.known.expects(self.outcome) {
            " <span class=\"v\">known failure</span>"
        } else {
            ""
        };
        let messages = if shows_messages(self.outcome, closing, wishes) {
            messages(self.outcome)
        } else {
            String::new()
        };
        format!(
            "<details class=\"item scenario{}\" id=\"s{}\" data-role=\"{}\" data-level=\"{}\" data-verdict=\"{}\"{}>\n\
             <summary>{}{known} <span class=\"name\">{}</span> <span class=\"place\">line {}</span></summary>\n\
             {}{}{}{messages}</details>\n",
            if finding { " finding" } else { "" },
            self.number,
            roles.join(" "),
            levels.join(" "),
            self.verdict.name(),
            if finding { " open" } else { "" },
            label(self.verdict),
            escape(&scenario.name),
            scenario.line,
            concerned(self.outcome, closing),
            difference(self.outcome),
            steps(self.outcome),
        )
    }
}

/// Where it stands, and the requirements that it breaks, with their sentences, or else those that it is about.
fn concerned(outcome: &Outcome, closing: &Closing<'_>) -> String {
    let broken = broken(outcome);
    let place = format!(
        "<span class=\"place\">{}</span>",
        escape(&outcome.scenario.id())
    );
    if broken.is_empty() {
        let ids: Vec<String> = outcome
            .scenario
            .requirements
            .iter()
            .map(|id| format!("<a class=\"id\" href=\"#{id}\">{id}</a>"))
            .collect();
        return format!("<p class=\"ids\">{} {place}</p>\n", ids.join(" "));
    }
    let mut markup = format!("<p>{place}</p>\n<ul class=\"broken\">\n");
    for id in broken {
        let words = closing.catalogue.get(&id);
        markup.push_str(&format!(
            "<li><a class=\"id\" href=\"#{id}\">{id}</a> {}</li>\n",
            words.map(|r| sentence(&r.sentence)).unwrap_or_default()
        ));
    }
    markup + "</ul>\n"
}

/// What was expected beside what came, or the reason why nothing can be said.
fn difference(outcome: &Outcome) -> String {
    match &outcome.failure {
        Some(failure) => format!(
            "<dl class=\"difference\">\n<div class=\"expected\"><dt>Expected</dt><dd>{}</dd></div>\n\
             <div class=\"actual\"><dt>Actual</dt><dd>{}</dd></div>\n</dl>\n",
            escape(&quoted(&failure.expected)),
            escape(&quoted(&failure.actual))
        ),
        None if outcome.reason.is_empty() => String::new(),
        None => format!(
            "<p class=\"reason\">{}</p>\n",
            escape(&quoted(&outcome.reason))
        ),
    }
}

fn steps(outcome: &Outcome) -> String {
    let mut markup = "<ol class=\"steps\">\n".to_owned();
    for (index, step) in outcome.scenario.steps.iter().enumerate() {
        let (class, aside) = match outcome.step {
            Some(at) if at == index => (
                " class=\"stopped\"",
                " <span class=\"flag\">stopped here</span>",
            ),
            Some(at) if at < index => (" class=\"unreached\"", ""),
            _ => ("", ""),
        };
        markup.push_str(&format!(
            "<li{class}><b>{}</b> {}{aside}</li>\n",
            escape(&step.keyword),
            escape(&step.text)
        ));
    }
    markup.push_str("</ol>\n");
    if outcome.step.is_none() && outcome.failure.is_some() {
        markup.push_str(
            "<p class=\"aside\">Every step passed. What must not happen until the end of the run happened after them.</p>\n",
        );
    }
    markup
}

/// The diagram of both legs, and beside it each message with its fields and its body.
fn messages(outcome: &Outcome) -> String {
    let marked = outcome.failure.as_ref().and_then(|f| f.event);
    let rows = rows(&outcome.events, marked);
    let mut markup = format!(
        "<div class=\"legs\">\n{}<ol class=\"messages\">\n",
        diagram::diagram(&rows)
    );
    for row in &rows {
        markup.push_str(&match row {
            Row::Part(words) => format!("<li class=\"heading\">{}</li>\n", escape(words)),
            Row::Event {
                number,
                event,
                marked,
            } => message(*number, event, *marked),
        });
    }
    markup + "</ol>\n</div>\n"
}

fn message(number: usize, event: &Event, marked: bool) -> String {
    let (what, content) = match &event.what {
        What::Note(words) | What::Heading(words) => (format!("({})", quoted(words)), None),
        What::Request(url, request) => (
            format!("{} {}", request.method, redact::target(url)),
            Some((&request.fields, &request.body)),
        ),
        What::Response(response) => (
            format!("{} {}", response.status, reason(response.status)),
            Some((&response.fields, &response.body)),
        ),
    };
    let flag = if marked {
        " <span class=\"flag\">shows the failure</span>"
    } else {
        ""
    };
    let line = format!(
        "<span class=\"n\">{number}</span> <span class=\"t\">{:.3} s</span> <span class=\"who\">{} → {}</span> \
         <span class=\"what\">{}</span>{flag}",
        event.at.as_secs_f64(),
        escape(&event.from),
        escape(&event.to),
        escape(what.trim())
    );
    let class = if marked { " class=\"marked\"" } else { "" };
    let content = content.map(|(fields, body)| bytes(fields, body));
    match content.filter(|c| !c.is_empty()) {
        Some(content) => format!(
            "<li{class}><details{}><summary>{line}</summary>\n{content}</details></li>\n",
            if marked { " open" } else { "" }
        ),
        None => format!("<li{class}><p>{line}</p></li>\n"),
    }
}

fn bytes(fields: &Fields, body: &[u8]) -> String {
    let lines: Vec<String> = redact::fields(fields)
        .map(|(name, value)| format!("{name}: {}", redact::target(&value)))
        .collect();
    let mut markup = String::new();
    if !lines.is_empty() {
        markup.push_str(&format!(
            "<pre class=\"fields\">{}</pre>\n",
            escape(&lines.join("\n"))
        ));
    }
    if !body.is_empty() {
        // The first line feed after the tag would be taken for layout.
        markup.push_str(&format!(
            "<pre class=\"body\">\n{}</pre>\n",
            escape(&redact::body(body))
        ));
    }
    markup
}
