//! Whether the book's search finds a requirement by its id.

use crate::{Failure, browser::Browser, server::Server, tally::Check};
use fantoccini::Locator;
use std::time::Duration;

/// Requirements of each profile and role.
const IDS: [&str; 3] = ["EX-ISS-014", "EX-INI-043", "HT-ANY-002"];
/// How long the index may take to come.
const PATIENCE: Duration = Duration::from_secs(10);

/// Searches as a reader does.
pub(crate) async fn check(browser: &Browser, server: &Server) -> Result<Check, Failure> {
    let mut faults = Vec::new();
    for id in IDS {
        faults.extend(fault(browser, server, id).await?);
    }
    let what = "requirements are found by their ids in the book's search";
    Ok(Check::of(IDS.len(), what, faults))
}

async fn fault(browser: &Browser, server: &Server, id: &str) -> Result<Option<String>, Failure> {
    browser
        .visit(&server.origin.join("introduction.html")?)
        .await?;
    let client = browser.client();
    let toggle = client.find(Locator::Css("#mdbook-search-toggle")).await?;
    toggle.click().await?;
    let field = client.find(Locator::Css("#mdbook-searchbar")).await?;
    field.send_keys(id).await?;
    let hit = format!("#mdbook-searchresults li:first-child a[href$='#{id}']");
    let hit = client
        .wait()
        .at_most(PATIENCE)
        .for_element(Locator::Css(&hit))
        .await;
    let Ok(hit) = hit else {
        let hits = "return document.getElementById('mdbook-searchresults').innerText;";
        let hits: String = browser.ask(hits, Vec::new()).await?;
        let hits: Vec<&str> = hits.lines().take(3).collect();
        return Ok(Some(format!(
            "a search for {id} does not find it first, but: {}",
            hits.join(" / ")
        )));
    };
    hit.click().await?;
    let target = format!("[id='{id}']:target");
    let target = client
        .wait()
        .at_most(PATIENCE)
        .for_element(Locator::Css(&target))
        .await;
    Ok(target
        .is_err()
        .then(|| format!("the hit for {id} does not lead to it")))
}
