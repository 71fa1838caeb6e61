//! Whether links lead somewhere.

use crate::{
    page::{Link, Page},
    server::{Server, place},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};
use url::Url;

/// What is known of the places that links may lead to.
pub(crate) struct Map<'a> {
    origin: &'a Url,
    folder: &'a Path,
    /// The ids of each page, by its path with a slash before it.
    ids: BTreeMap<String, &'a BTreeSet<String>>,
}

impl<'a> Map<'a> {
    /// The map of the pages of a server.
    pub(crate) fn of(pages: &'a [Page], server: &'a Server) -> Self {
        let ids = pages.iter();
        Self {
            origin: &server.origin,
            folder: &server.folder,
            ids: ids
                .map(|page| (format!("/{}", page.path), &page.content.ids))
                .collect(),
        }
    }

    /// Whether a link stays in the book.
    pub(crate) fn is_internal(&self, link: &Link) -> bool {
        link.href.starts_with(self.origin.as_str())
    }

    /// Why a link of a page leads nowhere.
    pub(crate) fn fault(&self, page: &Page, link: &Link) -> Option<String> {
        let why = match Url::parse(&link.href) {
            Err(error) => error.to_string(),
            Ok(url) => self.dead_end(&url)?,
        };
        let Link { href, name } = link;
        Some(format!("{}: {name} leads to {href}: {why}", page.path))
    }

    fn dead_end(&self, url: &Url) -> Option<String> {
        let path = match url.path().ends_with('/') {
            true => format!("{}index.html", url.path()),
            false => url.path().to_owned(),
        };
        let Some(ids) = self.ids.get(&path) else {
            let is_file = place(self.folder, &path).is_some_and(|file| file.is_file());
            return (!is_file).then(|| "there is no such page".to_owned());
        };
        // The empty fragment is the top of a page.
        let id = unescaped(url.fragment().unwrap_or_default());
        let is_there = id.is_empty() || ids.contains(&id);
        (!is_there).then(|| format!("the page has no element with the id {id}"))
    }
}

/// A fragment as the id that it means.
fn unescaped(fragment: &str) -> String {
    let pair = format!("={}", fragment.replace('+', "%2B").replace('&', "%26"));
    let mut pairs = url::form_urlencoded::parse(pair.as_bytes());
    pairs
        .next()
        .map(|(_, id)| id.into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::Content;

    #[test]
    fn a_link_leads_to_a_page_and_to_an_element() {
        let page = Page {
            path: "a/index.html".to_owned(),
            content: Content {
                ids: BTreeSet::from(["über+x".to_owned()]),
                ..Content::default()
            },
            ..Page::default()
        };
        let origin = Url::parse("http://127.0.0.1:7000/").unwrap();
        let map = Map {
            origin: &origin,
            folder: Path::new("/nowhere"),
            ids: BTreeMap::from([("/a/index.html".to_owned(), &page.content.ids)]),
        };
        let fault = |path: &str| {
            let link = Link {
                href: format!("http://127.0.0.1:7000/{path}"),
                name: "a".to_owned(),
            };
            assert!(map.is_internal(&link));
            map.fault(&page, &link)
        };
        for sound in ["a/", "a/index.html#", "a/#%C3%BCber+x"] {
            assert_eq!(fault(sound), None, "{sound}");
        }
        assert!(fault("b.html").is_some_and(|why| why.ends_with("no such page")));
        assert!(fault("a/#gone").is_some_and(|why| why.ends_with("the id gone")));
    }
}
