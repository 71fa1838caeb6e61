//! How long an answer says that it holds (RFC 9111).

use std::time::Duration;

use crate::fields::{Item, items};

/// The most seconds that are told apart from more (RFC 9111 section 1.2.2).
const MOST_SECONDS: u64 = 1 << 31;

/// How long what came with these fields `Cache-Control`, and this `Age`, is fresh from now on. Nothing if the
/// answer does not say; zero if it is good for its own request alone. What cannot be read is no promise, so
/// it is zero too. `Expires` has no say.
#[must_use]
pub fn lifetime(cache_control: &[&str], age: Option<&str>) -> Option<Duration> {
    let mut stated = None;
    for field in cache_control {
        let Some(directives) = items(field) else {
            return Some(Duration::ZERO);
        };
        for directive in &directives {
            let seconds = match Word::of(directive) {
                Word::Never => return Some(Duration::ZERO),
                Word::For(seconds) => seconds,
                Word::Other => continue,
            };
            // RFC 9111 section 4.2.1: two that differ are as good as none.
            if stated.is_some_and(|earlier| earlier != seconds) {
                return Some(Duration::ZERO);
            }
            stated = Some(seconds);
        }
    }
    let passed = age.and_then(first_number).unwrap_or_default();
    stated.map(|seconds| Duration::from_secs(seconds.saturating_sub(passed)))
}

/// What a directive has to say about that.
enum Word {
    Never,
    For(u64),
    Other,
}

impl Word {
    fn of(directive: &Item<'_>) -> Self {
        let is = |name: &str| directive.name.eq_ignore_ascii_case(name);
        if is("no-store") || is("no-cache") {
            return Self::Never;
        }
        if !is("max-age") {
            return Self::Other;
        }
        let value = directive.value.as_ref();
        match value.and_then(|value| number(value.text())) {
            Some(seconds) => Self::For(seconds),
            None => Self::Never,
        }
    }
}

/// Of several values of `Age` the first counts (RFC 9111 section 5.1).
fn first_number(field: &str) -> Option<u64> {
    number(field.split(',').next()?.trim_matches([' ', '\t']))
}

/// RFC 9111 section 1.2.2.
fn number(text: &str) -> Option<u64> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // Only what has too many digits does not parse.
    Some(
        text.parse()
            .map_or(MOST_SECONDS, |seconds: u64| seconds.min(MOST_SECONDS)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(cache_control: &[&str], age: Option<&str>) -> Option<u64> {
        lifetime(cache_control, age).map(|time| time.as_secs())
    }

    #[test]
    fn max_age_less_age_is_what_counts() {
        assert_eq!(seconds(&["max-age=600"], None), Some(600));
        assert_eq!(
            seconds(&["public, Max-Age=\"600\""], Some("100")),
            Some(500)
        );
        assert_eq!(seconds(&["public", "max-age=600"], Some("601")), Some(0));
        assert_eq!(seconds(&["max-age=600, max-age=600"], None), Some(600));
        assert_eq!(
            seconds(&["max-age=99999999999999999999"], None),
            Some(MOST_SECONDS)
        );
        assert_eq!(seconds(&["max-age=600"], Some("10, 500")), Some(590));
        assert_eq!(seconds(&["max-age=600"], Some("-10")), Some(600));
    }

    #[test]
    fn without_a_word_nothing_is_stated() {
        assert_eq!(seconds(&[], Some("100")), None);
        assert_eq!(seconds(&[""], None), None);
        assert_eq!(
            seconds(
                &["public, s-maxage=60, must-revalidate, x=\"max-age=1\""],
                None
            ),
            None
        );
    }

    #[test]
    fn what_forbids_or_cannot_be_read_is_not_fresh() {
        for field in [
            "no-store",
            "NO-CACHE",
            "max-age=600, no-store",
            "no-cache=\"set-cookie\", max-age=600",
            "max-age=0",
            "max-age",
            "max-age=",
            "max-age=\"\"",
            "max-age=-1",
            "max-age=1.5",
            "max-age=600; public",
            "max-age=600, max-age=60",
            "max-age=\"600",
        ] {
            assert_eq!(seconds(&[field], None), Some(0), "{field}");
        }
        assert_eq!(seconds(&["max-age=600", "no-store"], None), Some(0));
    }
}
