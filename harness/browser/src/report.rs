//! What is checked of the report of `btx check`.

use crate::{
    Failure,
    browser::{Browser, DESK},
    contrast::Contrast,
    keyboard,
    links::Map,
    page::Page,
    server::Server,
    specimen::Specimen,
    tally::Check,
};
use serde::Deserialize;

/// What a reader sees.
#[derive(Debug, Deserialize)]
pub(crate) struct Seen {
    /// The words of the verdict, if they are seen.
    verdict: String,
    /// Whether the filters are seen.
    filters: bool,
    /// What the filters say about what they show.
    pub(crate) said: String,
    /// Requirements and scenarios.
    pub(crate) items: Vec<Item>,
    findings: Vec<Finding>,
}

/// A requirement or a scenario.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Item {
    /// Its id.
    pub(crate) id: String,
    /// Whether the filters hide it.
    pub(crate) hidden: bool,
    /// All its words, in small letters.
    pub(crate) text: String,
    /// The roles that it is about.
    pub(crate) role: String,
    /// Its levels.
    pub(crate) level: String,
    /// Its verdict.
    pub(crate) verdict: String,
}

/// A scenario that somebody has to look at.
#[derive(Debug, Deserialize)]
struct Finding {
    id: String,
    verdict: String,
    /// Whether it is seen what was expected.
    expected: bool,
    /// Whether it is seen what came.
    actual: bool,
    /// Whether its diagram is seen.
    diagram: bool,
    /// How many messages are marked in it.
    marks: usize,
}

impl Seen {
    /// Looks at the page that is open.
    pub(crate) async fn look(browser: &Browser) -> Result<Self, Failure> {
        browser.ask(include_str!("js/report.js"), Vec::new()).await
    }

    /// How many items the filters hide.
    pub(crate) fn hidden(&self) -> usize {
        self.items.iter().filter(|item| item.hidden).count()
    }

    fn faults_of_findings(&self, specimen: &Specimen) -> Vec<String> {
        let mut faults = Vec::new();
        for finding in &self.findings {
            let parts = [
                (finding.expected, "what was expected"),
                (finding.actual, "what came"),
                (finding.diagram, "the sequence diagram"),
            ];
            for (_, part) in parts.iter().filter(|(is_seen, _)| !is_seen) {
                let Finding { id, verdict, .. } = finding;
                faults.push(format!(
                    "{}: {verdict} #{id}: {part} is not seen",
                    specimen.file
                ));
            }
        }
        let marks = self.findings.iter().filter(|f| f.marks == 1).count();
        for (what, is, should) in [
            ("findings", self.findings.len(), specimen.findings),
            ("diagrams with a marked message", marks, specimen.marked),
        ] {
            if is != should {
                faults.push(format!(
                    "{}: {is} {what} instead of {should}",
                    specimen.file
                ));
            }
        }
        faults
    }

    fn faults_of_print(&self, specimen: &Specimen) -> Vec<String> {
        let mut faults = self.faults_of_findings(specimen);
        if self.verdict.is_empty() {
            faults.push(format!("{}: the verdict is not seen", specimen.file));
        }
        if self.filters {
            faults.push(format!("{}: #filters is printed", specimen.file));
        }
        faults
    }
}

/// Checks the reports that a server serves.
pub(crate) async fn check(
    browser: &Browser,
    server: &Server,
    specimens: &[Specimen],
) -> Result<Vec<Check>, Failure> {
    let mut pages = Vec::new();
    for specimen in specimens {
        pages.push(Page::load(browser, server, specimen.file).await?);
    }
    browser.resize(DESK).await?;
    let mut checks = of_pages(&pages, server);
    checks.push(of_contrast(browser, server, &pages).await?);
    checks.extend(of_findings(browser, server, specimens).await?);
    for page in &pages {
        checks.push(keyboard::check(browser, server, page).await?);
    }
    Ok(checks)
}

fn of_pages(pages: &[Page], server: &Server) -> Vec<Check> {
    let map = Map::of(pages, server);
    let links = pages.iter().flat_map(|page| {
        let links = page
            .content
            .links
            .iter()
            .filter(|link| map.is_internal(link));
        links.map(move |link| (page, link))
    });
    let links: Vec<_> = links.collect();
    let dead = links
        .iter()
        .filter_map(|(page, link)| map.fault(page, link));
    vec![
        Check::of(
            pages.len(),
            "reports load without an error, and ask nobody for anything",
            pages.iter().flat_map(Page::faults_of_loading).collect(),
        ),
        Check::of(
            pages.len(),
            "reports do not scroll sideways on a phone",
            pages.iter().filter_map(Page::fault_of_width).collect(),
        ),
        Check::of(
            links.len(),
            "links inside the reports lead somewhere",
            dead.collect(),
        ),
    ]
}

async fn of_contrast(browser: &Browser, server: &Server, pages: &[Page]) -> Result<Check, Failure> {
    let mut seen = 0;
    let mut faults = Vec::new();
    for page in pages {
        for scheme in ["light", "dark"] {
            browser.prefer("", scheme).await?;
            browser.visit(&page.url(server)?).await?;
            let contrast = Contrast::measure(browser).await?;
            seen += contrast.seen;
            faults.extend(contrast.faults(&format!("{} in {scheme}", page.path)));
        }
    }
    browser.prefer("", "light").await?;
    let what = "texts of the reports are readable in light and dark";
    Ok(Check::of(seen, what, faults))
}

async fn of_findings(
    browser: &Browser,
    server: &Server,
    specimens: &[Specimen],
) -> Result<[Check; 2], Failure> {
    let fold =
        "document.querySelectorAll('details').forEach((details) => { details.open = false; });";
    let (mut on_screen, mut on_paper) = (Vec::new(), Vec::new());
    for specimen in specimens {
        browser.visit(&server.origin.join(specimen.file)?).await?;
        on_screen.extend(Seen::look(browser).await?.faults_of_findings(specimen));
        // Paper cannot be unfolded.
        browser.ask::<Option<()>>(fold, Vec::new()).await?;
        browser.prefer("print", "light").await?;
        on_paper.extend(Seen::look(browser).await?.faults_of_print(specimen));
        browser.prefer("", "light").await?;
    }
    let findings = specimens.iter().map(|specimen| specimen.findings).sum();
    Ok([
        Check::of(
            findings,
            "findings show what was expected, what came, and a diagram with the message marked",
            on_screen,
        ),
        Check::of(
            specimens.len(),
            "reports show the verdict and all findings on paper, and no controls",
            on_paper,
        ),
    ])
}
