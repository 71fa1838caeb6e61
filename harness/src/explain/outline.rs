//! Scenarios that are rows of one outline, told as one.

use crate::scenario::{Scenario, StepText};

/// A scenario, or the rows of an outline.
pub(crate) struct Outline<'a> {
    /// At least one.
    pub(crate) rows: &'a [&'a Scenario],
}

/// The outlines of scenarios that stand in the order of their files and lines.
pub(crate) fn outlines<'a>(scenarios: &'a [&'a Scenario]) -> impl Iterator<Item = Outline<'a>> {
    scenarios
        .chunk_by(|a, b| are_neighbours(a, b))
        .map(|rows| Outline { rows })
}

/// Whether the second stands in the row below the first.
fn are_neighbours(a: &Scenario, b: &Scenario) -> bool {
    let (one, other) = (a.steps.iter(), b.steps.iter());
    let keywords = one.map(|s| &s.keyword).eq(other.map(|s| &s.keyword));
    a.file == b.file && a.line + 1 == b.line && a.tags == b.tags && keywords
}

impl Outline<'_> {
    /// File and line, or the lines from the first row to the last.
    pub(crate) fn place(&self) -> String {
        match self.rows {
            [first, .., last] => format!("{}-{}", first.id(), last.line),
            [one] => one.id(),
            [] => String::new(),
        }
    }

    /// The name, with an ellipsis where the rows differ.
    pub(crate) fn name(&self) -> String {
        common(self.rows.iter().map(|row| row.name.as_str()))
    }

    /// The steps that judge, with an ellipsis where the rows differ.
    pub(crate) fn judging(&self) -> Vec<String> {
        let steps: Vec<Vec<&StepText>> = self.rows.iter().map(|row| judging(row)).collect();
        let longest = steps.iter().map(Vec::len).max().unwrap_or_default();
        (0..longest)
            .map(|index| {
                let texts = steps.iter().filter_map(|row| row.get(index));
                common(texts.map(|step| step.text.as_str()))
            })
            .collect()
    }
}

/// The steps from the first `Then` on: nothing is done any more after it.
fn judging(scenario: &Scenario) -> Vec<&StepText> {
    let mut steps = scenario.steps.iter();
    steps
        .by_ref()
        .find(|step| step.keyword == "Then")
        .map_or_else(Vec::new, |first| {
            std::iter::once(first).chain(steps).collect()
        })
}

/// What texts have in common at their beginning and at their end, in whole words.
fn common<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let texts: Vec<Vec<&str>> = texts.map(|text| text.split(' ').collect()).collect();
    let Some((first, others)) = texts.split_first() else {
        return String::new();
    };
    if others.iter().all(|other| other == first) {
        return first.join(" ");
    }
    let shortest = texts.iter().map(Vec::len).min().unwrap_or_default();
    let shared = |at: &dyn Fn(&[&'a str], usize) -> Option<&'a str>, most: usize| {
        (0..most)
            .take_while(|place| others.iter().all(|o| at(o, *place) == at(first, *place)))
            .count()
    };
    let start = shared(&|words, place| words.get(place).copied(), shortest);
    let end = shared(
        &|words, place| words.iter().rev().nth(place).copied(),
        shortest - start,
    );
    let head = first.iter().take(start);
    let tail = first.iter().skip(first.len() - end);
    let words: Vec<&str> = head.chain([&"…"]).chain(tail).copied().collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::read;

    #[test]
    fn rows_are_told_as_one() {
        let text = "Feature: F\n  Scenario Outline: S <a> is so\n    Given x\n    Then it is <a>\n    And fine\n\n    Examples:\n      | a |\n      | 1 |\n      | 2 |\n  Scenario: T\n    Given x\n    Then y\n";
        let scenarios = read("f", text).unwrap();
        let scenarios: Vec<&Scenario> = scenarios.iter().collect();
        let told: Vec<_> = outlines(&scenarios)
            .map(|o| (o.place(), o.name(), o.judging()))
            .collect();
        assert_eq!(
            told[0],
            (
                "f:9-10".to_owned(),
                "S … is so".to_owned(),
                vec!["it is …".to_owned(), "fine".to_owned()]
            )
        );
        assert_eq!(told[1].0, "f:11");
    }

    #[test]
    fn words_are_shared_at_both_ends_and_never_twice() {
        assert_eq!(common(["a b c", "a x c"].into_iter()), "a … c");
        assert_eq!(common(["a a", "a a a"].into_iter()), "a a …");
        assert_eq!(common(["x", "y"].into_iter()), "…");
        assert_eq!(common(["x"].into_iter()), "x");
    }
}
