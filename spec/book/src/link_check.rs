//! Checks a built book: every link leads somewhere, every requirement has its anchor, and no page
//! needs the network.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use crate::html_scan::{self, Page};

/// The page on which mdBook repeats all others, and the one that repeats the first.
const REPEATED: [&str; 2] = ["print.html", "index.html"];

/// The files of a built book, by their paths below its folder.
#[derive(Default)]
pub(crate) struct Site {
    files: BTreeMap<String, File>,
}

enum File {
    Page(Page),
    Stylesheet(Vec<String>),
    Other,
}

impl Site {
    /// Reads the folder of a built book.
    pub(crate) fn read(folder: &Path) -> io::Result<Self> {
        let mut site = Self::default();
        site.collect(folder, "")?;
        Ok(site)
    }

    fn collect(&mut self, folder: &Path, below: &str) -> io::Result<()> {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if path.is_dir() {
                self.collect(&path, &format!("{below}{name}/"))?;
            } else {
                let text = match path.extension().and_then(|it| it.to_str()) {
                    Some("html" | "css") => std::fs::read_to_string(&path)?,
                    _ => String::new(),
                };
                self.add(&format!("{below}{name}"), &text);
            }
        }
        Ok(())
    }

    fn add(&mut self, path: &str, text: &str) {
        let file = match path.rsplit_once('.') {
            Some((_, "html")) => File::Page(html_scan::scan(text)),
            Some((_, "css")) => File::Stylesheet(html_scan::stylesheet_resources(text)),
            _ => File::Other,
        };
        self.files.insert(path.to_owned(), file);
    }

    /// How many pages there are.
    pub(crate) fn pages(&self) -> usize {
        self.files
            .values()
            .filter(|file| matches!(file, File::Page(_)))
            .count()
    }

    /// Everything that is broken, one line each, for a book with these requirements.
    pub(crate) fn faults(&self, requirements: &[String]) -> Vec<String> {
        let mut faults = Vec::new();
        for (path, file) in &self.files {
            match file {
                File::Page(page) => {
                    faults.extend(
                        page.links
                            .iter()
                            .filter_map(|it| self.broken_link(path, it)),
                    );
                    faults.extend(
                        page.resources
                            .iter()
                            .filter_map(|it| self.missing(path, it)),
                    );
                }
                File::Stylesheet(resources) => {
                    faults.extend(resources.iter().filter_map(|it| self.missing(path, it)));
                }
                File::Other => {}
            }
        }
        faults.extend(requirements.iter().filter_map(|id| self.miscounted(id)));
        faults
    }

    fn broken_link(&self, page: &str, target: &str) -> Option<String> {
        if is_elsewhere(target) {
            return None;
        }
        let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
        let Some(file) = self.files.get(&resolve(page, path)) else {
            return Some(format!(
                "{page}: links to {target}, but there is no such file"
            ));
        };
        let found = match file {
            File::Page(to) => anchor.is_empty() || to.anchors.contains(&decode(anchor)),
            _ => true,
        };
        (!found).then(|| format!("{page}: links to {target}, but that page has no such anchor"))
    }

    fn missing(&self, page: &str, target: &str) -> Option<String> {
        if target.starts_with("data:") || target.starts_with('#') {
            return None;
        }
        if is_elsewhere(target) {
            return Some(format!(
                "{page}: loads {target}, but no page may need the network"
            ));
        }
        let path = target.split('#').next().unwrap_or_default();
        let found = self.files.contains_key(&resolve(page, path));
        (!found).then(|| format!("{page}: loads {target}, but there is no such file"))
    }

    fn miscounted(&self, id: &String) -> Option<String> {
        let pages = self
            .files
            .iter()
            .filter(|(path, _)| !REPEATED.contains(&path.as_str()));
        let anchors: usize = pages
            .map(|(_, file)| match file {
                File::Page(page) => page.anchors.iter().filter(|anchor| *anchor == id).count(),
                _ => 0,
            })
            .sum();
        (anchors != 1).then(|| format!("{id}: has {anchors} anchors in the book instead of one"))
    }
}

/// Whether a target names its host or its scheme.
fn is_elsewhere(target: &str) -> bool {
    let scheme = target.split(['/', '?', '#']).next().unwrap_or_default();
    target.starts_with("//") || scheme.contains(':')
}

/// The path below the book's folder that a target means on a page.
fn resolve(page: &str, target: &str) -> String {
    let target = decode(target.split('?').next().unwrap_or_default());
    if target.is_empty() {
        return page.to_owned();
    }
    let mut parts: Vec<&str> = match target.starts_with('/') {
        true => Vec::new(),
        false => page.split('/').collect(),
    };
    parts.pop();
    for part in target.split('/').filter(|part| !part.is_empty()) {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    match target.ends_with('/') || parts.is_empty() {
        true => parts.join("/") + "/index.html",
        false => parts.join("/"),
    }
}

/// Resolves percent signs; what does not resolve stays.
fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let byte = after
            .get(..2)
            .filter(|_| *first == b'%')
            .and_then(hexadecimal);
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() {
            after.get(2..).unwrap_or_default()
        } else {
            after
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hexadecimal(digits: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(digits).ok()?;
    u8::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site() -> Site {
        let mut site = Site::default();
        site.add(
            "a.html",
            "<p id='EX-ISS-001'><p id='h\u{e9}'><a href='sub/b.html#two'>",
        );
        site.add(
            "sub/b.html",
            "<p id='two'><img src='../i.png'><a href='../a.html#h%C3%A9'>",
        );
        site.add("print.html", "<p id='EX-ISS-001'>");
        site.add("i.png", "");
        site.add("c.css", "a{b:url(i.png)}");
        site
    }

    #[test]
    fn a_sound_book_has_no_faults() {
        assert_eq!(
            site().faults(&["EX-ISS-001".to_owned()]),
            Vec::<String>::new()
        );
        assert_eq!(site().pages(), 3);
    }

    #[test]
    fn every_fault_names_its_page_and_its_target() {
        for (path, text, fault) in [
            (
                "x.html",
                "<a href='y.html'>",
                "x.html: links to y.html, but there is no such file",
            ),
            (
                "x.html",
                "<a href='a.html#z'>",
                "x.html: links to a.html#z, but that page has no",
            ),
            (
                "x.html",
                "<a href='#z'>",
                "x.html: links to #z, but that page has no such anchor",
            ),
            (
                "sub/x.html",
                "<a href='a.html'>",
                "sub/x.html: links to a.html, but there is no",
            ),
            (
                "x.html",
                "<img src='https://h/i.png'>",
                "x.html: loads https://h/i.png, but no page",
            ),
            (
                "x.html",
                "<img src='//h/i.png'>",
                "x.html: loads //h/i.png, but no page may need",
            ),
            (
                "x.html",
                "<script src='s.js'>",
                "x.html: loads s.js, but there is no such file",
            ),
            (
                "x.css",
                "@import 'https://h/c.css';",
                "x.css: loads https://h/c.css, but no page",
            ),
            (
                "x.html",
                "<p id='EX-ISS-001'>",
                "EX-ISS-001: has 2 anchors in the book",
            ),
        ] {
            let mut site = site();
            site.add(path, text);
            let faults = site.faults(&["EX-ISS-001".to_owned()]);
            assert_eq!(faults.len(), 1, "{text}: {faults:?}");
            assert!(faults[0].starts_with(fault), "{faults:?}");
        }
    }

    #[test]
    fn links_elsewhere_and_pictures_inside_the_page_are_fine() {
        let mut site = site();
        site.add(
            "x.html",
            "<a href='https://h/'><a href='mailto:a@b'><a href='?q=1'><a href='/a.html'>\
             <img src='data:image/png;base64,AA=='><use href='#i'>",
        );
        assert_eq!(site.faults(&[]), Vec::<String>::new());
    }
}
