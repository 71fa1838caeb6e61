//! What a page and a picture have to be, whoever wrote what is in them.

use std::collections::BTreeSet;

/// None of this may stand in a report for people.
const NEVER: [&str; 9] = [
    "<script>alert",
    "</script></pre>",
    "\u{202e}",
    "\u{0}",
    "\u{1b}",
    "\u{85}",
    "\u{ffff}",
    "href=\"javascript",
    "http-equiv=\"refresh",
];
/// The tags of a page or a picture, each with what stands between its angle brackets.
fn tags(markup: &str) -> Vec<&str> {
    let mut tags = Vec::new();
    let mut rest = markup;
    while let Some((_, after)) = rest.split_once('<') {
        let (tag, after) = after.split_once('>').unwrap();
        tags.push(tag);
        let raw = ["style", "script"].into_iter().find(|r| *r == tag);
        rest = match raw.map(|r| after.find(&format!("</{r}>")).unwrap()) {
            Some(end) => &after[end..],
            None => after,
        };
    }
    tags
}

/// That every element ends where it should, and that every link of the page leads somewhere in it.
pub(crate) fn assert_sound(markup: &str) {
    let mut open = Vec::new();
    let (mut ids, mut links) = (BTreeSet::new(), BTreeSet::new());
    for tag in tags(markup) {
        let name = tag.split([' ', '\n', '/']).next().unwrap();
        if let Some(ended) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(ended), "in </{ended}>");
        } else if !tag.ends_with('/') && !["!DOCTYPE", "meta", "input"].contains(&name) {
            open.push(name);
        }
        if let Some((_, id)) = tag.split_once(" id=\"") {
            let id = id.split('"').next().unwrap();
            assert!(ids.insert(id), "#{id} stands twice");
        }
        if let Some((_, link)) = tag.split_once(" href=\"#") {
            links.insert(link.split('"').next().unwrap());
        }
    }
    assert_eq!(open, [""; 0]);
    let dead: Vec<_> = links.difference(&ids).collect();
    assert!(dead.is_empty(), "{dead:?}");
}

pub(crate) fn assert_harmless(report: &str) {
    for never in NEVER {
        assert!(!report.contains(never), "{never:?}");
    }
}
