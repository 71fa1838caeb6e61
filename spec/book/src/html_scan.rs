//! Reads from a page of HTML what it links to, what it loads, and where it can be linked to.

/// What one page says about itself and others.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Page {
    /// The values of its `id` attributes, in order; one that occurs twice is here twice.
    pub(crate) anchors: Vec<String>,
    /// Where its links lead.
    pub(crate) links: Vec<String>,
    /// What a browser loads to show it.
    pub(crate) resources: Vec<String>,
}

/// Reads a page. Made for what mdBook writes: well-formed, attributes in quotes.
pub(crate) fn scan(html: &str) -> Page {
    let mut page = Page::default();
    let mut rest = html;
    while let Some((_, after)) = rest.split_once('<') {
        rest = match after.strip_prefix("!--") {
            Some(comment) => after_mark(comment, "-->"),
            None if after.starts_with(|c: char| c.is_ascii_alphabetic()) => tag(after, &mut page),
            None => after_mark(after, ">"),
        };
    }
    page
}

/// What a stylesheet loads.
pub(crate) fn stylesheet_resources(css: &str) -> Vec<String> {
    let urls = css
        .split("url(")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    let imports = css
        .split("@import")
        .skip(1)
        .filter_map(|rest| rest.split(';').next());
    urls.chain(imports.filter(|import| !import.contains("url(")))
        .map(|target| target.trim().trim_matches(['"', '\'']).to_owned())
        .collect()
}

/// Reads a tag, from its name on, and returns what follows it. The text of scripts is passed over.
fn tag<'a>(text: &'a str, page: &mut Page) -> &'a str {
    let end = text.find(|c: char| c.is_ascii_whitespace() || c == '>' || c == '/');
    let (name, mut rest) = text.split_at(end.unwrap_or(text.len()));
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if rest.is_empty() || rest.starts_with('>') {
            break;
        }
        let (attribute, value, after) = attribute(rest);
        note(page, name, attribute, value);
        rest = after;
    }
    match name {
        "script" => after_mark(rest, "</script"),
        "style" => {
            let css = rest.split("</style").next().unwrap_or_default();
            page.resources.extend(stylesheet_resources(css));
            after_mark(rest, "</style")
        }
        _ => rest,
    }
}

/// The next attribute's name, its value and what follows.
fn attribute(text: &str) -> (&str, String, &str) {
    let end = text.find(|c: char| c.is_ascii_whitespace() || "=>".contains(c));
    let (name, rest) = text.split_at(end.unwrap_or(text.len()));
    let Some(value) = rest.strip_prefix('=') else {
        return (name, String::new(), rest);
    };
    for quote in ['"', '\''] {
        if let Some((value, after)) = value
            .strip_prefix(quote)
            .and_then(|it| it.split_once(quote))
        {
            return (name, unescape(value), after);
        }
    }
    let end = value.find(|c: char| c.is_ascii_whitespace() || c == '>');
    let (value, after) = value.split_at(end.unwrap_or(value.len()));
    (name, unescape(value), after)
}

fn note(page: &mut Page, tag: &str, attribute: &str, value: String) {
    match (tag, attribute) {
        (_, "id") => page.anchors.push(value),
        ("a" | "area", "href") => page.links.push(value),
        ("base", _) => {}
        (_, "href" | "src" | "poster" | "xlink:href") | ("object", "data") => {
            page.resources.push(value);
        }
        (_, "srcset") => {
            let candidates = value
                .split(',')
                .filter_map(|it| it.split_whitespace().next());
            page.resources.extend(candidates.map(str::to_owned));
        }
        (_, "style") => page.resources.extend(stylesheet_resources(&value)),
        _ => {}
    }
}

fn after_mark<'a>(text: &'a str, mark: &str) -> &'a str {
    text.split_once(mark).map_or("", |(_, after)| after)
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&#x27;", "'")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_anchors_and_resources_are_told_apart() {
        let page = scan(
            "<!doctype html><!-- <a href='comment'> --><link rel=stylesheet href=\"a.css\">\
             <h2 id='one'><a class=\"x\" href=\"b.html?x=1&amp;y#two\">t > u</a></h2><p id=three>\
             <script src=\"s.js\">if (a<b) '<a href=\"no\">'</script><img src=\"i.png\" alt='a>b'/>\
             <img srcset=\"p.png 1x, q.png 2x\"><div style=\"background:url(r.png)\">\
             <style>@import 't.css'; b{c:url(\"u.png\")}</style><a href=\"end\">",
        );
        assert_eq!(page.anchors, ["one", "three"]);
        assert_eq!(page.links, ["b.html?x=1&y#two", "end"]);
        assert_eq!(
            page.resources,
            [
                "a.css", "s.js", "i.png", "p.png", "q.png", "r.png", "u.png", "t.css"
            ]
        );
    }

    #[test]
    fn broken_pages_end() {
        for html in [
            "<",
            "<a",
            "<a href",
            "<a href=",
            "<a href=\"x",
            "<!--",
            "<script>",
            "a < b",
        ] {
            let _ = scan(html);
        }
        assert_eq!(scan("<a href=x>").links, ["x"]);
    }
}
