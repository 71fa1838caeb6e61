//! Pictures of some pages, for people to look at.

use crate::{
    Failure, book,
    browser::{Browser, DESK, PHONE},
    server::Server,
    specimen::Specimen,
};
use std::path::Path;

/// Takes pictures of the book: light, dark, and on a phone.
pub(crate) async fn of_book(
    browser: &Browser,
    server: &Server,
    folder: &Path,
) -> Result<(), Failure> {
    for path in book::TYPICAL {
        let name = path.replace('/', "-").replace(".html", "");
        let url = server.origin.join(path)?;
        for (look, theme, screen) in [
            ("light", "light", DESK),
            ("dark", "navy", DESK),
            ("phone", "light", PHONE),
        ] {
            browser.resize(screen).await?;
            browser.visit(&url).await?;
            book::choose(browser, theme).await?;
            take(browser, &folder.join(format!("book-{name}-{look}.png"))).await?;
            book::choose(browser, "default_theme").await?;
        }
    }
    Ok(())
}

/// Takes pictures of the reports: light, dark, on a phone, and on paper.
pub(crate) async fn of_reports(
    browser: &Browser,
    server: &Server,
    specimens: &[Specimen],
    folder: &Path,
) -> Result<(), Failure> {
    for specimen in specimens {
        let name = specimen.file.replace(".html", "");
        for (look, medium, scheme, screen) in [
            ("light", "", "light", DESK),
            ("dark", "", "dark", DESK),
            ("phone", "", "light", PHONE),
            ("paper", "print", "light", DESK),
        ] {
            browser.resize(screen).await?;
            browser.prefer(medium, scheme).await?;
            browser.visit(&server.origin.join(specimen.file)?).await?;
            take(browser, &folder.join(format!("report-{name}-{look}.png"))).await?;
        }
    }
    browser.prefer("", "light").await
}

/// Takes a picture of as much of a page as can be looked at.
async fn take(browser: &Browser, path: &Path) -> Result<(), Failure> {
    Ok(tokio::fs::write(path, browser.picture().await?).await?)
}
