//! The words of the show: pure.

use anstyle::{AnsiColor, Style};

use super::show::{Shown, short};

const BOLD: Style = Style::new().bold();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const KEY: Style = AnsiColor::Cyan.on_default();

/// How many of the last events are in the table.
const EVENTS: usize = 6;
/// The length of the bar for the busiest replica.
const BAR: usize = 24;

/// What is going to happen.
pub(super) fn opening(replicas: usize, seed: u64) -> String {
    let them = match replicas {
        1 => "One issuer of sessions has".to_owned(),
        _ => format!("{replicas} issuers of sessions share"),
    };
    format!(
        "{BOLD}{them} one store. A client calls without a pause,\nby HTTPS, while keys rotate and replicas die and \
         come back.{BOLD:#}\nSeed {seed}; Ctrl-C ends it.\n"
    )
}

/// The table, drawn in place of the last.
pub(super) fn table(shown: &Shown) -> String {
    let mut text = format!("{BOLD}replica  state  signed with   answered{BOLD:#}\n");
    let most = shown.replicas.iter().map(|one| one.answered).max();
    let most = most.unwrap_or(0).max(1);
    for (index, one) in shown.replicas.iter().enumerate() {
        let (style, state) = match one.up {
            true => (GOOD, "up"),
            false => (BAD, "down"),
        };
        let kid = one.signed_with.as_deref().map_or("-", short);
        let bar = "▇".repeat(one.answered * BAR / most);
        text.push_str(&format!(
            "{:>7}  {style}{state:<5}{style:#}  {KEY}{kid:<12}{KEY:#}  {:>7} {bar}\n",
            index + 1,
            one.answered,
        ));
    }
    let bearer = shown.bearer.as_ref();
    let bearer = bearer.map_or_else(
        || "no bearer".to_owned(),
        |(kid, how)| format!("a bearer of {KEY}{}{KEY:#}, by {}", short(kid), how.name()),
    );
    text.push_str(&format!(
        "\nthe key that signs: {KEY}{}{KEY:#}; the client holds {bearer}\n",
        short(&shown.key)
    ));
    text.push_str(&format!("{}\n", totals(shown)));
    let skipped = shown.events.len().saturating_sub(EVENTS);
    for line in 0..EVENTS {
        let event = shown.events.get(skipped + line);
        text.push_str(&format!("  {}\n", event.map_or("", String::as_str)));
    }
    text
}

/// The calls so far.
fn totals(shown: &Shown) -> String {
    let style = if shown.failed == 0 { GOOD } else { BAD };
    format!(
        "calls: {BOLD}{}{BOLD:#}, at another replica {}, made again {}, {style}failed {}{style:#}",
        shown.calls, shown.elsewhere, shown.again, shown.failed
    )
}

/// The last words.
pub(super) fn summary(shown: &Shown) -> String {
    let (rotations, urgent) = shown.rotations;
    let deaths: usize = shown.replicas.iter().map(|one| one.deaths).sum();
    format!(
        "\n{}\nrotations: {rotations}, {urgent} of them in an emergency; replicas killed: {deaths}\n\
         bearers: {} by login, {} by refresh, {} by re-issue\n",
        totals(shown),
        shown.logins,
        shown.refreshes,
        shown.reissues
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::cluster::show::{Got, Replica};

    fn shown() -> Shown {
        let replica = |up, answered| Replica {
            up,
            answered,
            deaths: usize::from(!up),
            signed_with: Some("key-number-one".to_owned()),
        };
        Shown {
            replicas: vec![replica(true, 1200), replica(false, 600), replica(true, 0)],
            key: "key-number-two".to_owned(),
            bearer: Some(("key-number-one".to_owned(), Got::Reissue)),
            events: vec!["replica 2 was killed".to_owned()],
            calls: 1800,
            ..Shown::default()
        }
    }

    #[test]
    fn no_line_is_wider_than_a_terminal() {
        for text in [opening(9, 999_999), table(&shown()), summary(&shown())] {
            let plain = anstream::adapter::strip_str(&text).to_string();
            for line in plain.lines() {
                assert!(line.chars().count() <= 80, "{line}");
            }
        }
    }

    #[test]
    fn the_table_has_as_many_lines_whatever_happens() {
        let mut more = shown();
        more.events = (0..20).map(|number| format!("event {number}")).collect();
        more.bearer = None;
        let lines = |shown: &Shown| table(shown).lines().count();
        assert_eq!(lines(&shown()), lines(&more));
    }

    #[test]
    fn it_says_who_is_down_and_what_failed() {
        let mut shown = shown();
        shown.failed = 3;
        let plain = anstream::adapter::strip_str(&table(&shown)).to_string();
        assert!(
            plain.contains("      2  down   key-nu            600"),
            "{plain}"
        );
        assert!(plain.contains("failed 3"), "{plain}");
    }
}
