//! Whether the report can be used with the keyboard alone.

use crate::{
    Failure,
    browser::Browser,
    page::Page,
    report::{Item, Seen},
    server::Server,
    tally::Check,
};
use fantoccini::key::Key;

/// How many times Tab is pressed at most on the way to something.
const WAY: usize = 40;
/// What is searched for.
const WORD: &str = "version";

/// What is chosen in a filter by typing its name; in the order of the page.
const CHOICES: [(&str, &str, Words); 3] = [
    ("f-role", "issuer", |item| &item.role),
    ("f-level", "should", |item| &item.level),
    ("f-verdict", "passed", |item| &item.verdict),
];

/// The words by which an item says what it is.
type Words = fn(&Item) -> &str;

/// Searches, filters and unfolds, from the top of the page to its middle.
pub(crate) async fn check(
    browser: &Browser,
    server: &Server,
    page: &Page,
) -> Result<Check, Failure> {
    browser.visit(&page.url(server)?).await?;
    let mut faults = search(browser).await?;
    for (id, value, words) in CHOICES {
        faults.extend(choose(browser, id, value, words).await?);
    }
    faults.extend(reset(browser).await?);
    faults.extend(unfold(browser).await?);
    let path = &page.path;
    let faults = faults.iter().map(|fault| format!("{path}: {fault}"));
    let what = format!("things are done with the keyboard alone in {path}");
    Ok(Check::of(3 + CHOICES.len(), &what, faults.collect()))
}

async fn press(browser: &Browser, key: Key) -> Result<(), Failure> {
    browser.press(&String::from(char::from(key))).await
}

/// Presses Tab until what has the focus is one of what a selector selects.
async fn reach(browser: &Browser, selector: &str) -> Result<bool, Failure> {
    let is_there = "return document.activeElement.matches(arguments[0]);";
    for _ in 0..WAY {
        press(browser, Key::Tab).await?;
        let arguments = vec![serde_json::json!(selector)];
        if browser.ask(is_there, arguments).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn search(browser: &Browser) -> Result<Vec<String>, Failure> {
    if !reach(browser, "#f-text").await? {
        return Ok(vec!["Tab does not lead to #f-text".to_owned()]);
    }
    browser.press(WORD).await?;
    let seen = Seen::look(browser).await?;
    for _ in WORD.chars() {
        press(browser, Key::Backspace).await?;
    }
    let named = format!("\"{WORD}\" in #f-text");
    Ok(faults_of(&seen, &named, |item| item.text.contains(WORD)))
}

async fn choose(
    browser: &Browser,
    id: &str,
    value: &str,
    words: Words,
) -> Result<Vec<String>, Failure> {
    if !reach(browser, &format!("#{id}")).await? {
        return Ok(vec![format!("Tab does not lead to #{id}")]);
    }
    browser.press(value).await?;
    let seen = Seen::look(browser).await?;
    press(browser, Key::Home).await?;
    let fits = |item: &Item| words(item).split(' ').any(|word| word == value);
    Ok(faults_of(&seen, &format!("\"{value}\" in #{id}"), fits))
}

/// Hides something, and shows it again by the button for that.
async fn reset(browser: &Browser) -> Result<Vec<String>, Failure> {
    press(browser, Key::Down).await?;
    if Seen::look(browser).await?.hidden() == 0 {
        return Ok(vec![
            "the arrow down changes nothing in #f-verdict".to_owned(),
        ]);
    }
    if !reach(browser, "#f-reset").await? {
        return Ok(vec!["Tab does not lead to #f-reset".to_owned()]);
    }
    press(browser, Key::Enter).await?;
    let hidden = Seen::look(browser).await?.hidden();
    let fault = format!("{hidden} items stay hidden after #f-reset");
    Ok((hidden > 0).then_some(fault).into_iter().collect())
}

/// Unfolds the next part that is folded.
async fn unfold(browser: &Browser) -> Result<Vec<String>, Failure> {
    if !reach(browser, "details:not([open]) > summary").await? {
        return Ok(vec!["Tab does not lead to anything folded".to_owned()]);
    }
    press(browser, Key::Enter).await?;
    let is_open = "return document.activeElement.matches('details[open] > summary');";
    let fault = (!browser.ask::<bool>(is_open, Vec::new()).await?)
        .then(|| "Enter does not unfold what is folded".to_owned());
    Ok(fault.into_iter().collect())
}

/// What is wrong with what is shown, when only what fits should be.
fn faults_of(seen: &Seen, choice: &str, fits: impl Fn(&Item) -> bool) -> Vec<String> {
    let wrong = seen.items.iter().filter(|item| item.hidden == fits(item));
    let mut faults: Vec<String> = wrong
        .map(|item| {
            let word = if item.hidden { "is hidden" } else { "is shown" };
            format!("#{} {word} by {choice}", item.id)
        })
        .take(5)
        .collect();
    let all = seen.items.len();
    let shown = all - seen.hidden();
    if shown == 0 || shown == all {
        faults.push(format!(
            "{choice} shows {shown} of {all} items, which tells nothing"
        ));
    }
    let numbers = seen
        .said
        .split(' ')
        .filter_map(|word| word.parse::<usize>().ok());
    if numbers.sum::<usize>() != shown {
        faults.push(format!("#f-said says \"{}\" of {shown} items", seen.said));
    }
    faults
}
