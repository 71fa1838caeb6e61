//! Counters, and their text form for Prometheus.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use btx_spec::ProblemType;

use crate::issuer::{Ending, Failure};

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Counts one more.
    pub fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// How many it is.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What an issuer counts.
#[derive(Debug, Default)]
pub struct IssuerMetrics {
    /// Token calls that were admitted.
    pub calls_admitted: Counter,
    /// Token calls that were refused because of their form.
    pub calls_malformed: Counter,
    /// Token calls that were refused because of the parties or the id.
    pub calls_refused: Counter,
    /// Token calls that were refused for want of room.
    pub calls_over_limit: Counter,
    /// Exchanges whose token is live.
    pub exchanges_live: Counter,
    /// Exchanges that the initiator refused.
    pub exchanges_refused: Counter,
    /// Exchanges whose initiator was not reached.
    pub exchanges_unreachable: Counter,
    /// Exchanges that ran out of time.
    pub exchanges_timed_out: Counter,
    /// Exchanges whose token could not be written down.
    pub exchanges_not_activated: Counter,
    /// Token issues that were sent again.
    pub issues_resent: Counter,
    /// Requests that opened a resource.
    pub resource_opened: Counter,
    /// Requests that did not.
    pub resource_denied: Counter,
}

impl IssuerMetrics {
    pub(crate) fn refused(&self, problem: ProblemType) {
        match problem {
            ProblemType::TooManyRequests | ProblemType::TemporarilyUnavailable => {
                self.calls_over_limit.add();
            }
            ProblemType::WrongIssuer
            | ProblemType::UnknownInitiator
            | ProblemType::DuplicateExchange => self.calls_refused.add(),
            _ => self.calls_malformed.add(),
        }
    }

    pub(crate) fn ended(&self, ending: Ending) {
        match ending {
            Ending::Live => self.exchanges_live.add(),
            Ending::Failed(Failure::Refused) => self.exchanges_refused.add(),
            Ending::Failed(Failure::Unreachable) => self.exchanges_unreachable.add(),
            Ending::Failed(Failure::TimedOut) => self.exchanges_timed_out.add(),
            Ending::Failed(Failure::NotActivated) => self.exchanges_not_activated.add(),
        }
    }

    /// The counters in the text format of Prometheus.
    pub fn render(&self) -> String {
        let mut text = String::new();
        family(
            &mut text,
            "btx_token_calls_total",
            "Token calls by what became of them.",
            "outcome",
            &[
                ("admitted", &self.calls_admitted),
                ("malformed", &self.calls_malformed),
                ("refused", &self.calls_refused),
                ("over_limit", &self.calls_over_limit),
            ],
        );
        family(
            &mut text,
            "btx_exchanges_total",
            "Finished exchanges of the issuer by their ending.",
            "ending",
            &[
                ("live", &self.exchanges_live),
                ("refused", &self.exchanges_refused),
                ("unreachable", &self.exchanges_unreachable),
                ("timed_out", &self.exchanges_timed_out),
                ("not_activated", &self.exchanges_not_activated),
            ],
        );
        family(
            &mut text,
            "btx_token_issues_resent_total",
            "Token issues that were sent again, byte for byte.",
            "reason",
            &[("no_answer", &self.issues_resent)],
        );
        family(
            &mut text,
            "btx_resource_requests_total",
            "Requests to protected resources.",
            "outcome",
            &[
                ("opened", &self.resource_opened),
                ("denied", &self.resource_denied),
            ],
        );
        text
    }
}

/// What an initiator counts.
#[derive(Debug, Default)]
pub struct InitiatorMetrics {
    /// Exchanges that ended with a token in use.
    pub exchanges_active: Counter,
    /// Exchanges that failed.
    pub exchanges_failed: Counter,
    /// Token issues that were accepted.
    pub issues_accepted: Counter,
    /// Token issues that were refused.
    pub issues_refused: Counter,
}

impl InitiatorMetrics {
    /// The counters in the text format of Prometheus.
    pub fn render(&self) -> String {
        let mut text = String::new();
        family(
            &mut text,
            "btx_initiated_exchanges_total",
            "Finished exchanges of the initiator by their ending.",
            "ending",
            &[
                ("active", &self.exchanges_active),
                ("failed", &self.exchanges_failed),
            ],
        );
        family(
            &mut text,
            "btx_token_issues_total",
            "Token issues that arrived, by what became of them.",
            "outcome",
            &[
                ("accepted", &self.issues_accepted),
                ("refused", &self.issues_refused),
            ],
        );
        text
    }
}

fn family(text: &mut String, name: &str, help: &str, label: &str, values: &[(&str, &Counter)]) {
    // Writing to a string does not fail.
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} counter");
    for (value, counter) in values {
        let _ = writeln!(text, "{name}{{{label}=\"{value}\"}} {}", counter.get());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_counter_has_its_line() {
        let metrics = IssuerMetrics::default();
        metrics.ended(Ending::Live);
        let text = metrics.render();
        assert!(text.contains("# TYPE btx_exchanges_total counter\n"));
        assert!(text.contains("btx_exchanges_total{ending=\"live\"} 1\n"));
        assert!(text.contains("btx_exchanges_total{ending=\"timed_out\"} 0\n"));
    }
}
