//! What is shown of a timeline: all of it, unless it is so long that nobody would read it.

use crate::{
    report::quoted,
    timeline::{Event, EventId, What},
};

/// How many events are shown at the beginning of a long timeline.
const FIRST: usize = 30;
/// How many are shown at its end, where the control and the failure are as a rule.
const LAST: usize = 50;
/// How many are shown on each side of the message that shows the failure.
const AROUND: usize = 10;

/// A row of the diagram and of the list of messages.
#[derive(Debug)]
pub(super) enum Row<'a> {
    /// Words across: another part begins, or something is left out.
    Part(String),
    /// Something that happened.
    Event {
        /// Its number, from 1.
        number: usize,
        /// What.
        event: &'a Event,
        /// Whether it shows the failure.
        marked: bool,
    },
}

/// The rows of a timeline.
pub(super) fn rows(events: &[Event], marked: Option<EventId>) -> Vec<Row<'_>> {
    let shown = |id: EventId| {
        id < FIRST
            || id + LAST >= events.len()
            || marked.is_some_and(|marked| marked.abs_diff(id) <= AROUND)
    };
    let mut rows = Vec::new();
    let (mut number, mut left_out) = (0, 0);
    for (id, event) in events.iter().enumerate() {
        if let What::Heading(words) = &event.what {
            rows.push(Row::Part(quoted(words)));
            continue;
        }
        number += 1;
        if !shown(id) {
            left_out += 1;
            continue;
        }
        if left_out > 0 {
            rows.push(Row::Part(format!(
                "{left_out} left out; a report of the kind json has them all"
            )));
            left_out = 0;
        }
        rows.push(Row::Event {
            number,
            event,
            marked: marked == Some(id),
        });
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn events(count: usize) -> Vec<Event> {
        let event = Event {
            at: Duration::ZERO,
            from: "b1".to_owned(),
            to: "target".to_owned(),
            what: What::Note("x".to_owned()),
        };
        vec![event; count]
    }

    #[test]
    fn a_long_timeline_keeps_its_ends_and_what_shows_the_failure() {
        assert_eq!(rows(&events(80), None).len(), 80);
        let events = events(1000);
        let rows = rows(&events, Some(500));
        let parts = rows.iter().filter(|r| matches!(r, Row::Part(_))).count();
        assert_eq!(parts, 2, "two gaps");
        assert_eq!(rows.len(), FIRST + 2 * AROUND + 1 + LAST + parts);
        let last = rows.last();
        assert!(
            matches!(last, Some(Row::Event { number: 1000, .. })),
            "{last:?}"
        );
        let marked = rows.iter().filter(|r| {
            matches!(
                r,
                Row::Event {
                    number: 501,
                    marked: true,
                    ..
                }
            )
        });
        assert_eq!(marked.count(), 1);
    }
}
