//! What stands above everything: the verdict, the counts, what was examined and how; and the filters.

use super::{count, escape};
use crate::{
    report::{Closing, ROLES, Tone, claims, limits, moment},
    verdict::Verdict,
};

/// The head of the page.
pub(super) fn masthead(closing: &Closing<'_>) -> String {
    let standing = closing.standing();
    let tone = match standing.tone {
        Tone::Good => "good",
        Tone::Doubtful => "doubtful",
        Tone::Bad => "bad",
    };
    let selection = if closing.selected {
        format!(
            "<p class=\"selection\">Only a selection was run: {} of the {} scenarios of the suite. \
             This is no statement about conformance.</p>\n",
            closing.opening.scenarios, closing.opening.all
        )
    } else {
        String::new()
    };
    format!(
        "<a class=\"skip\" href=\"#requirements\">To the requirements</a>\n<header>\n\
         <p class=\"kind\">{} conformance report</p>\n<h1>{}</h1>\n\
         <p class=\"verdict {tone}\"><strong>{}:</strong> <span>{}.</span></p>\n{selection}{}{}</header>\n",
        btx_spec::VERSION,
        escape(&closing.opening.target.name),
        standing.word,
        standing.words,
        counts(closing),
        facts(closing),
    )
}

/// A table of everything that is counted; verdicts that nothing has are left out.
fn counts(closing: &Closing<'_>) -> String {
    let occurring: Vec<Verdict> = Verdict::ALL
        .into_iter()
        .filter(|v| {
            matches!(v, Verdict::Passed | Verdict::Failed)
                || closing.scenarios(*v) + closing.requirements(*v) > 0
        })
        .collect();
    let mut markup =
        "<div class=\"scroll\" role=\"region\" aria-label=\"Counts\" tabindex=\"0\">\n\
                      <table class=\"counts\">\n<thead><tr><td></td>"
            .to_owned();
    for verdict in &occurring {
        markup.push_str(&format!("<th scope=\"col\">{verdict}</th>"));
    }
    markup.push_str("</tr></thead>\n<tbody>\n");
    let mut row = |name: &str, count: &dyn Fn(Verdict) -> usize| {
        markup.push_str(&format!("<tr><th scope=\"row\">{name}</th>"));
        for verdict in &occurring {
            let number = count(*verdict);
            let class = if number == 0 { "none" } else { verdict.name() };
            markup.push_str(&format!("<td class=\"{class}\">{number}</td>"));
        }
        markup.push_str("</tr>\n");
    };
    row("Requirements", &|v| closing.requirements(v));
    row("MUST alone", &|v| closing.musts(v));
    row("Scenarios", &|v| closing.scenarios(v));
    for role in closing.roles() {
        row(&format!("of the {role}"), &|v| {
            closing.scenarios_of(role, v)
        });
    }
    markup + "</tbody>\n</table>\n</div>\n"
}

fn facts(closing: &Closing<'_>) -> String {
    let opening = &closing.opening;
    let declared: Vec<String> = limits(opening.target)
        .into_iter()
        .map(|(name, value)| format!("{name}\u{a0}{value}"))
        .collect();
    let mut options = Vec::new();
    if closing.strictness.strict {
        options.push("--strict");
    }
    if closing.strictness.allow_incomplete {
        options.push("--allow-incomplete");
    }
    let facts = [
        ("Claims", claims(opening.target).join(", ")),
        ("Declared limits", declared.join(", ")),
        (
            "Run",
            format!(
                "{}, {:.1} s",
                moment(opening.began),
                closing.took.as_secs_f64()
            ),
        ),
        (
            "Scenarios",
            format!(
                "{} of {}",
                opening.scenarios,
                count(opening.all, "scenario")
            ),
        ),
        ("Suite", format!("btx {}", env!("CARGO_PKG_VERSION"))),
        ("Seed", opening.seed.to_string()),
        ("Options", options.join(" ")),
    ];
    let rows: String = facts
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("<div><dt>{name}</dt><dd>{}</dd></div>\n", escape(value)))
        .collect();
    format!("<dl class=\"facts\">\n{rows}</dl>\n")
}

/// The filters, which stay hidden without the script that makes them work.
pub(super) fn filters() -> String {
    let verdicts: String = Verdict::ALL
        .iter()
        .map(|v| format!("<option value=\"{}\">{v}</option>", v.name()))
        .collect();
    let roles: String = ROLES
        .iter()
        .map(|role| format!("<option value=\"{role}\">{role}</option>"))
        .collect();
    format!(
        r#"<div id="filters" role="search" aria-label="Requirements and scenarios" hidden>
<label>Search <input id="f-text" type="search" autocomplete="off" spellcheck="false"></label>
<label>Role <select id="f-role"><option value="">all</option>{roles}</select></label>
<label>Level <select id="f-level"><option value="">all</option><option value="must">MUST</option><option value="should">SHOULD</option><option value="may">MAY</option></select></label>
<label>Verdict <select id="f-verdict"><option value="">all</option>{verdicts}<option value="attested">attested</option><option value="uncovered">no scenario</option></select></label>
<div class="buttons"><button type="button" id="f-reset">Show all</button> <button type="button" id="f-open">Unfold</button> <button type="button" id="f-fold">Fold</button></div>
<p id="f-said" role="status"></p>
</div>
"#
    )
}
