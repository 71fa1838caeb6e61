//! Which URLs a token may be shown to: pure.

use btx_spec::HttpsUrl;
use url::Url;

/// Whether `url` is one of `allowed`, or below the path of one. Whatever a URL parser makes of dots and
/// letters is made of both first, so that no path leads out of what is allowed.
pub(crate) fn may_be_shown(url: &str, allowed: &[HttpsUrl]) -> bool {
    // The strict reading comes first: what other programs read differently is not looked at.
    let Some(url) = HttpsUrl::parse(url).ok().and_then(|url| read(&url)) else {
        return false;
    };
    // Some servers take these apart once more.
    let path = url.path().to_ascii_lowercase();
    if ["%2f", "%5c", "%2e"]
        .iter()
        .any(|hidden| path.contains(hidden))
    {
        return false;
    }
    let mut allowed = allowed.iter().filter_map(read);
    allowed.any(|allowed| allowed.origin() == url.origin() && is_below(url.path(), allowed.path()))
}

fn read(url: &HttpsUrl) -> Option<Url> {
    Url::parse(url.as_str()).ok()
}

fn is_below(path: &str, allowed: &str) -> bool {
    let allowed = allowed.trim_end_matches('/');
    path.strip_prefix(allowed)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_allowed_or_below_one_that_is() {
        let allowed = [HttpsUrl::parse("https://farm.example/api").unwrap()];
        for url in [
            "https://farm.example/api",
            "https://farm.example/api?x=1",
            "https://farm.example/api/orders/7",
        ] {
            assert!(may_be_shown(url, &allowed), "{url}");
        }
        for url in [
            "https://farm.example/",
            "https://farm.example/apiary",
            "https://farm.example/api/../admin",
            "https://farm.example/api/%2e%2e/admin",
            "https://farm.example/api/..%2fadmin",
            "https://farm.example:444/api",
            "https://other.example/api",
            "https://farm.example@other.example/api",
            "https://farm.example\\@other.example/api",
            "http://farm.example/api",
            "no URL",
        ] {
            assert!(!may_be_shown(url, &allowed), "{url}");
        }
        assert!(!may_be_shown("https://farm.example/api", &[]));
    }
}
