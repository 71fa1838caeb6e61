//! What is checked of the book.

use crate::{
    Failure,
    browser::{Browser, DESK},
    contrast::Contrast,
    links::Map,
    matrix,
    page::Page,
    search,
    server::Server,
    tally::Check,
};
use serde_json::json;

/// Pages of every kind: prose, diagrams and requirements, code, the matrix, the saboteurs, a feature.
pub(crate) const TYPICAL: [&str; 7] = [
    "introduction.html",
    "exchange.html",
    "signature.html",
    "vectors.html",
    "matrix.html",
    "saboteurs.html",
    "scenarios/exchange-issuer-acceptance.html",
];

/// Stands at the address of what is missing, whichever that is; its title cannot link to itself there.
const MISSING: &str = "404.html";

/// Checks everything of the book that a server serves.
pub(crate) async fn check(browser: &Browser, server: &Server) -> Result<Vec<Check>, Failure> {
    browser.prefer("", "light").await?;
    let mut pages = Vec::new();
    for path in server.pages()? {
        pages.push(Page::load(browser, server, &path).await?);
    }
    browser.resize(DESK).await?;
    let mut checks = of_pages(&pages);
    checks.push(of_links(&Map::of(&pages, server), &pages));
    checks.push(of_contrast(browser, server).await?);
    checks.push(search::check(browser, server).await?);
    checks.push(matrix::check(browser, server).await?);
    Ok(checks)
}

/// What each page shows on its own.
fn of_pages(pages: &[Page]) -> Vec<Check> {
    let diagrams = pages.iter().map(|page| page.content.diagrams).sum();
    let each = |faults: fn(&Page) -> Vec<String>| pages.iter().flat_map(faults).collect();
    vec![
        Check::of(
            pages.len(),
            "pages of the book load without an error, and ask nobody else for anything",
            each(Page::faults_of_loading),
        ),
        Check::of(
            pages.len(),
            "pages of the book do not scroll sideways on a phone",
            each(|page| page.fault_of_width().into_iter().collect()),
        ),
        Check::of(
            diagrams,
            "diagrams of the book are drawn",
            each(Page::faults_of_drawing),
        ),
    ]
}

fn of_links(map: &Map<'_>, pages: &[Page]) -> Check {
    let mut count = 0;
    let mut faults = Vec::new();
    for page in pages {
        for link in &page.content.links {
            if map.is_internal(link) && !(page.path == MISSING && link.name.ends_with("a.header")) {
                count += 1;
                faults.extend(map.fault(page, link));
            }
        }
    }
    Check::of(count, "links inside the book lead somewhere", faults)
}

async fn of_contrast(browser: &Browser, server: &Server) -> Result<Check, Failure> {
    let mut seen = 0;
    let mut faults = Vec::new();
    for path in TYPICAL {
        browser.visit(&server.origin.join(path)?).await?;
        for theme in themes(browser).await? {
            choose(browser, &theme).await?;
            let contrast = Contrast::measure(browser).await?;
            seen += contrast.seen;
            faults.extend(contrast.faults(&format!("{path} in {theme}")));
        }
        choose(browser, "default_theme").await?;
    }
    let what = format!(
        "texts of {} pages of the book are readable in every theme",
        TYPICAL.len()
    );
    Ok(Check::of(seen, &what, faults))
}

/// The themes that the book offers.
async fn themes(browser: &Browser) -> Result<Vec<String>, Failure> {
    let script = "return Array.from(document.querySelectorAll('#mdbook-theme-list button'), \
                  (button) => button.id.replace('mdbook-theme-', '')).filter((name) => name !== 'default_theme');";
    browser.ask(script, Vec::new()).await
}

/// Chooses a theme as a reader does.
pub(crate) async fn choose(browser: &Browser, theme: &str) -> Result<(), Failure> {
    browser
        .ask(include_str!("js/theme.js"), vec![json!(theme)])
        .await
}
