//! What the limits that a target declares have to be.

use super::{
    Limits,
    check::{Checked, Checker},
    file::LimitsTable,
};
use std::time::Duration;
use toml::Spanned;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
const YEAR: Duration = Duration::from_secs(366 * 24 * 3600);

impl Checker<'_> {
    /// The limits of a target: those that it does not declare are the usual ones.
    pub(super) fn limits(&self, table: &LimitsTable) -> Checked<Limits> {
        let usual = Limits::default();
        let within =
            |name: &str, text: &Option<Spanned<String>>, usual, [least, most]: [_; 2]| match text {
                Some(text) => self.time_within(name, text, least, most),
                None => Ok(usual),
            };
        let some = [Duration::from_nanos(1), HOUR];
        let any = [Duration::ZERO, DAY];
        let long = [Duration::from_secs(1), YEAR];
        Ok(Limits {
            exchange_deadline: within(
                "exchange_deadline",
                &table.exchange_deadline,
                usual.exchange_deadline,
                some,
            )?,
            clock_skew: within("clock_skew", &table.clock_skew, usual.clock_skew, some)?,
            parallel_per_peer: self.at_least(
                "parallel_per_peer",
                table.parallel_per_peer.as_ref(),
                usual.parallel_per_peer,
                4,
                "4 or more: EX-ISS-019 asks for four exchanges at the same time",
            )?,
            call_deadline: within(
                "call_deadline",
                &table.call_deadline,
                usual.call_deadline,
                some,
            )?,
            longest_pause: within(
                "longest_pause",
                &table.longest_pause,
                usual.longest_pause,
                some,
            )?,
            document_deadline: within(
                "document_deadline",
                &table.document_deadline,
                usual.document_deadline,
                some,
            )?,
            keys_interval: within(
                "keys_interval",
                &table.keys_interval,
                usual.keys_interval,
                any,
            )?,
            least_freshness: within(
                "least_freshness",
                &table.least_freshness,
                usual.least_freshness,
                any,
            )?,
            longest_stale: within(
                "longest_stale",
                &table.longest_stale,
                usual.longest_stale,
                any,
            )?,
            bearer_lifetime: within(
                "bearer_lifetime",
                &table.bearer_lifetime,
                usual.bearer_lifetime,
                long,
            )?,
            refresh_window: within(
                "refresh_window",
                &table.refresh_window,
                usual.refresh_window,
                long,
            )?,
            session_lifetime: within(
                "session_lifetime",
                &table.session_lifetime,
                usual.session_lifetime,
                long,
            )?,
            rotation_window: within(
                "rotation_window",
                &table.rotation_window,
                usual.rotation_window,
                any,
            )?,
            refresh_repeat: within(
                "refresh_repeat",
                &table.refresh_repeat,
                usual.refresh_repeat,
                any,
            )?,
            login_attempts: self.at_least(
                "login_attempts",
                table.login_attempts.as_ref(),
                usual.login_attempts,
                1,
                "1 or more: whoever mistypes once is no attacker",
            )?,
            login_pause: within("login_pause", &table.login_pause, usual.login_pause, any)?,
        })
    }

    fn at_least(
        &self,
        name: &str,
        number: Option<&Spanned<usize>>,
        usual: usize,
        least: usize,
        expected: &str,
    ) -> Checked<usize> {
        match number {
            Some(number) if *number.get_ref() < least => {
                let key = format!("target.limits.{name}");
                let found = number.get_ref().to_string();
                self.wrong(number.span(), &key, &found, expected)
            }
            Some(number) => Ok(*number.get_ref()),
            None => Ok(usual),
        }
    }

    fn time_within(
        &self,
        name: &str,
        text: &Spanned<String>,
        least: Duration,
        most: Duration,
    ) -> Checked<Duration> {
        match parsed(text).filter(|time| (least..=most).contains(time)) {
            Some(time) => Ok(time),
            None => {
                let key = format!("target.limits.{name}");
                let found = format!("\"{}\"", text.get_ref());
                self.wrong(text.span(), &key, &found, &between(least, most))
            }
        }
    }
}

/// The times that would be right, in words.
fn between(least: Duration, most: Duration) -> String {
    let least = match least.as_secs() {
        0 if least.is_zero() => "0s",
        0 => "1ms",
        _ => "1s",
    };
    let most = match most {
        HOUR => "1h",
        DAY => "24h",
        _ => "366 days",
    };
    format!("a time between {least} and {most}, with its unit")
}

fn parsed(text: &Spanned<String>) -> Option<Duration> {
    let parsed = text.get_ref().parse::<jiff::SignedDuration>().ok()?;
    Duration::try_from(parsed).ok()
}
