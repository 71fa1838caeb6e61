//! One page: what is in it, and what happened while it was loaded.

use crate::{
    Failure,
    browser::{Browser, PHONE},
    journal,
    server::Server,
};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeSet;
use url::Url;

/// A link of a page.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Link {
    /// Where it leads, in full.
    pub(crate) href: String,
    /// Which element it is.
    pub(crate) name: String,
}

/// What stands in a page.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Content {
    /// The ids of its elements.
    pub(crate) ids: BTreeSet<String>,
    /// Its links.
    pub(crate) links: Vec<Link>,
    /// How many diagrams it has.
    pub(crate) diagrams: usize,
    /// The diagrams that are not drawn.
    pub(crate) undrawn: Vec<String>,
    /// How wide it is.
    pub(crate) width: u32,
    /// What makes it wider than the window.
    pub(crate) wide: Vec<String>,
}

/// A page that was loaded on a phone.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// Its path.
    pub(crate) path: String,
    /// What stands in it.
    pub(crate) content: Content,
    /// The errors of its console.
    pub(crate) errors: Vec<String>,
    /// The requests to others than our server.
    pub(crate) strangers: Vec<String>,
}

impl Page {
    /// Loads a page of a server on a phone.
    pub(crate) async fn load(
        browser: &Browser,
        server: &Server,
        path: &str,
    ) -> Result<Self, Failure> {
        browser.resize(PHONE).await?;
        let url = server.origin.join(path)?;
        browser.forget().await?;
        browser.visit(&url).await?;
        let script = include_str!("js/scan.js");
        let content = browser.ask(script, vec![json!(PHONE.0)]).await?;
        let network = browser.log("performance").await?;
        Ok(Self {
            path: path.to_owned(),
            content,
            errors: journal::errors(&browser.log("browser").await?),
            strangers: journal::strangers(&network, &server.origin),
        })
    }

    /// What is wrong with how it loads.
    pub(crate) fn faults_of_loading(&self) -> Vec<String> {
        let errors = self.errors.iter().map(|error| format!("console: {error}"));
        let strangers = self.strangers.iter().map(|url| format!("asks for {url}"));
        let faults = errors.chain(strangers);
        faults
            .map(|fault| format!("{}: {fault}", self.path))
            .collect()
    }

    /// The diagrams that are not drawn.
    pub(crate) fn faults_of_drawing(&self) -> Vec<String> {
        let undrawn = self.content.undrawn.iter();
        undrawn
            .map(|name| format!("{}: {name} is not drawn", self.path))
            .collect()
    }

    /// Why it scrolls sideways, if it does.
    pub(crate) fn fault_of_width(&self) -> Option<String> {
        let Content { width, wide, .. } = &self.content;
        (*width > PHONE.0).then(|| {
            format!(
                "{}: {width} pixels wide on a screen of {}, because of {}",
                self.path,
                PHONE.0,
                wide.join(" and ")
            )
        })
    }

    /// Where it is on a server.
    pub(crate) fn url(&self, server: &Server) -> Result<Url, Failure> {
        Ok(server.origin.join(&self.path)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_tells_its_faults() {
        let page = Page {
            path: "a.html".to_owned(),
            content: Content {
                width: 390,
                wide: vec!["table".to_owned()],
                undrawn: vec!["figure.diagram".to_owned()],
                ..Content::default()
            },
            errors: vec!["x is not defined".to_owned()],
            strangers: vec!["https://b.example/".to_owned()],
        };
        let loading = page.faults_of_loading();
        assert_eq!(
            loading,
            [
                "a.html: console: x is not defined",
                "a.html: asks for https://b.example/"
            ]
        );
        assert_eq!(
            page.fault_of_width().unwrap(),
            "a.html: 390 pixels wide on a screen of 375, because of table"
        );
        assert_eq!(
            page.faults_of_drawing(),
            ["a.html: figure.diagram is not drawn"]
        );
        assert_eq!(Page::default().fault_of_width(), None);
    }
}
