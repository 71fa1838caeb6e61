//! Whether the filters of the matrix show what fits, and nothing else.

use crate::{Failure, browser::Browser, server::Server, tally::Check};
use fantoccini::Locator;
use serde::Deserialize;

/// The filters, by what they are about, with values that something fits.
const FILTERS: [(&str, &[&str]); 3] = [
    ("profile", &["EX", "HT"]),
    ("role", &["ISS", "INI", "RES", "ANY"]),
    ("level", &["must", "should", "may"]),
];

/// What the matrix shows.
#[derive(Debug, Deserialize)]
struct Shown {
    /// Its own words about that.
    count: String,
    rows: Vec<Row>,
}

/// A requirement of the matrix.
#[derive(Debug, Deserialize)]
struct Row {
    id: String,
    shown: bool,
    profile: String,
    role: String,
    level: String,
}

/// What is chosen: profile, role and level, each empty for all.
type Choice<'a> = [&'a str; 3];

/// Chooses each value alone, then three at once, then all again.
pub(crate) async fn check(browser: &Browser, server: &Server) -> Result<Check, Failure> {
    browser.visit(&server.origin.join("matrix.html")?).await?;
    let mut choices: Vec<Choice<'_>> = Vec::new();
    for (at, (_, values)) in FILTERS.iter().enumerate() {
        for value in *values {
            let mut choice = [""; 3];
            if let Some(place) = choice.get_mut(at) {
                *place = value;
            }
            choices.push(choice);
        }
    }
    choices.push(["EX", "ISS", "should"]);
    choices.push([""; 3]);
    let mut faults = Vec::new();
    for choice in &choices {
        for ((name, _), value) in FILTERS.iter().zip(choice) {
            let id = format!("matrix-{name}");
            let Ok(control) = browser.client().find(Locator::Id(&id)).await else {
                let missing = vec![format!("matrix.html: there is no filter #{id}")];
                return Ok(Check::of(0, "choices of the matrix' filters", missing));
            };
            let option = format!("option[value='{value}']");
            match control.find(Locator::Css(&option)).await {
                Ok(option) => option.click().await?,
                Err(_) => faults.push(format!("matrix.html: #{id} does not offer \"{value}\"")),
            }
        }
        let shown = browser
            .ask(include_str!("js/matrix.js"), Vec::new())
            .await?;
        faults.extend(faults_of(&shown, *choice));
    }
    let what = "choices of the matrix' filters show what fits, and say how much that is";
    Ok(Check::of(choices.len(), what, faults))
}

fn faults_of(shown: &Shown, choice: Choice<'_>) -> Vec<String> {
    let fits = |row: &Row| {
        let said = [&row.profile, &row.role, &row.level];
        let mut pairs = choice.iter().zip(said);
        pairs.all(|(wanted, said)| wanted.is_empty() || said == wanted)
    };
    let named = choice.join(" ");
    let mut faults: Vec<String> = shown
        .rows
        .iter()
        .filter(|row| row.shown != fits(row))
        .map(|row| {
            let word = if row.shown { "is shown" } else { "is hidden" };
            format!("matrix.html: {} {word} by the choice \"{named}\"", row.id)
        })
        .collect();
    // Of a few hundred, some tell enough.
    faults.truncate(5);
    let fitting = shown.rows.iter().filter(|row| fits(row)).count();
    if fitting == 0 {
        faults.push(format!("matrix.html: nothing fits the choice \"{named}\""));
    }
    for number in [fitting, shown.rows.len()] {
        let mut words = shown.count.split(|c: char| !c.is_ascii_digit());
        if !words.any(|word| word == number.to_string()) {
            faults.push(format!(
                "matrix.html: #matrix-count does not say {number}, but \"{}\"",
                shown.count.trim()
            ));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str, shown: bool, role: &str) -> Row {
        Row {
            id: id.to_owned(),
            shown,
            profile: "EX".to_owned(),
            role: role.to_owned(),
            level: "must".to_owned(),
        }
    }

    #[test]
    fn a_row_that_fits_is_shown_and_counted() {
        let mut shown = Shown {
            count: "1 of 2 requirements".to_owned(),
            rows: vec![row("a", true, "ISS"), row("b", false, "INI")],
        };
        assert!(faults_of(&shown, ["EX", "ISS", ""]).is_empty());
        shown.rows[1].shown = true;
        assert_eq!(
            faults_of(&shown, ["", "ISS", "must"]),
            ["matrix.html: b is shown by the choice \" ISS must\""]
        );
        assert_eq!(faults_of(&shown, ["HT", "", ""]).len(), 4);
    }
}
