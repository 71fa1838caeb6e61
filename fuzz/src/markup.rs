//! The tags of a page, as a browser finds them.

use std::collections::BTreeSet;

/// The names of all tags and, behind each, of its attributes, as in `a href`.
///
/// # Panics
/// When a tag does not end, or an attribute has a value without quotes.
#[must_use]
pub fn tags(markup: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut rest = markup;
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        let end = rest.find([' ', '>', '\n', '/']).filter(|end| *end > 0);
        let name = &rest[..end.unwrap_or(1)];
        found.insert(name.to_owned());
        rest = attributes(name, &rest[name.len()..], &mut found);
        // What stands in these two is no markup.
        if matches!(name, "style" | "script") {
            let end = rest.find(&format!("</{name}>")).expect("it is closed");
            rest = &rest[end..];
        }
    }
    found
}

/// Takes the attributes of a tag, and gives what follows the tag.
fn attributes<'a>(tag: &str, mut rest: &'a str, found: &mut BTreeSet<String>) -> &'a str {
    loop {
        rest = rest.trim_start_matches([' ', '\n', '/', '?']);
        if let Some(after) = rest.strip_prefix('>') {
            return after;
        }
        let end = rest.find(['=', '>', ' ', '\n']).expect("a tag ends");
        found.insert(format!("{tag} {}", &rest[..end]));
        rest = &rest[end..];
        if let Some(value) = rest.strip_prefix("=\"") {
            rest = value.split_once('"').expect("a value ends").1;
        } else {
            assert!(!rest.starts_with('='), "{tag}: a value without quotes");
        }
    }
}
