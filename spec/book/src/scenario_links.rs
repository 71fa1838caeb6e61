//! Links to scenarios, as a list that unfolds in the cell of a table.

use std::fmt::Write;

use crate::html::escape;
use crate::places;
use crate::scenarios::{Case, FeatureFile};

/// How many scenarios there are, and, when asked, which. One line, without a bar that would end
/// the cell of a Markdown table.
pub(crate) fn unfolding(found: &[(&FeatureFile, &Case)], page: &str) -> String {
    let noun = if found.len() == 1 {
        "scenario"
    } else {
        "scenarios"
    };
    let mut list = format!(
        "<details class=\"scenarios\"><summary>{} {noun}</summary>",
        found.len()
    );
    for (file, case) in found {
        let _ = write!(
            list,
            "<a href=\"{}\">{}</a>",
            places::address(page, &file.page, &case.anchor),
            escape(&case.scenario.name).replace('|', "&#124;")
        );
    }
    list + "</details>"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::material::sample;

    #[test]
    fn the_list_counts_and_links() {
        let material = sample();
        let found = material.scenarios.of("EX-ISS-014".parse().expect("an id"));
        let href = "../scenarios/exchange-calls.md#it-is-silent";
        assert_eq!(
            unfolding(&found, "parts/page.md"),
            format!(
                "<details class=\"scenarios\"><summary>1 scenario</summary>\
                 <a href=\"{href}\">It is silent</a></details>"
            )
        );
        let twice = [found.clone(), found].concat();
        assert!(unfolding(&twice, "page.md").contains("<summary>2 scenarios</summary>"));
    }
}
