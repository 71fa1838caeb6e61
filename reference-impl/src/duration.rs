//! Durations as people write them: `500ms`, `10s`, `5m`, `1h`, `1d`.

use std::time::Duration;

/// Reads a duration: a whole number from 1 and its unit, one of `ms`, `s`, `m`, `h` and `d`, with nothing
/// between them.
///
/// # Errors
/// What is wrong with the text, in words.
pub fn parse(text: &str) -> Result<Duration, &'static str> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = text.get(digits.len()..).unwrap_or_default();
    let milliseconds: u64 = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        "" => return Err("the unit is missing"),
        _ => return Err("that is no unit"),
    };
    let count: u64 = digits.parse().map_err(|_| "that is no number")?;
    match count.checked_mul(milliseconds) {
        Some(0) => Err("that is no time at all"),
        Some(total) => Ok(Duration::from_millis(total)),
        None => Err("that is too long"),
    }
}

/// Seconds, rounded up.
pub(crate) fn whole_seconds(duration: Duration) -> i64 {
    let fraction = u64::from(duration.subsec_nanos() > 0);
    i64::try_from(duration.as_secs().saturating_add(fraction)).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_or_refused() {
        assert_eq!(parse("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(parse("1d"), Ok(Duration::from_secs(86_400)));
        for text in [
            "",
            "10",
            "s",
            "-1s",
            "1.5s",
            "10 s",
            "10x",
            "0s",
            "99999999999999d",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
