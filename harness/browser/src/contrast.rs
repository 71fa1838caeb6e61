//! Whether texts can be told from what is behind them.

use crate::{Failure, browser::Browser};
use serde::Deserialize;
use serde_json::json;

/// The least contrast of a text, as WCAG 2 has it at level AA.
const LEAST: f64 = 4.5;

/// What was seen of the texts of a page.
#[derive(Debug, Deserialize)]
pub(crate) struct Contrast {
    /// How many texts were seen.
    pub(crate) seen: usize,
    bad: Vec<Faint>,
}

/// Texts of one look that are hard to read.
#[derive(Debug, Deserialize)]
struct Faint {
    name: String,
    text: String,
    ratio: f64,
    count: usize,
}

impl Contrast {
    /// Measures the page that is open, with everything unfolded.
    pub(crate) async fn measure(browser: &Browser) -> Result<Self, Failure> {
        let script = include_str!("js/contrast.js");
        browser.ask(script, vec![json!(LEAST)]).await
    }

    /// The texts that are hard to read, the worst first.
    pub(crate) fn faults(&self, place: &str) -> Vec<String> {
        let faults = self.bad.iter().map(|faint| {
            format!(
                "{place}: {:.2} instead of {LEAST}: {} \"{}\", {} of the kind",
                faint.ratio, faint.name, faint.text, faint.count
            )
        });
        faults.collect()
    }
}
