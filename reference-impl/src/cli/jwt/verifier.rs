//! How JWTs of strangers are judged, as it stands in the sections of both verifiers.

use std::time::Duration;

use btx_reference::jwt::verifier::{Config, Limits};
use btx_spec::jose::Algorithm;
use serde::Deserialize;

use crate::cli::config_file::or;
use crate::cli::values::Checked;

/// The limits, those that are not set as they are by default.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(in crate::cli) struct SetLimits {
    clock_skew: Option<Checked<Duration>>,
    document_deadline: Option<Checked<Duration>>,
    keys_interval: Option<Checked<Duration>>,
    least_freshness: Option<Checked<Duration>>,
    longest_stale: Option<Checked<Duration>>,
}

/// The configuration of a verifier; without algorithms it takes all that are known here.
pub(in crate::cli) fn config(algorithms: &[Checked<Algorithm>], set: &SetLimits) -> Config {
    let usual = Config::default();
    let algorithms = match algorithms {
        [] => usual.algorithms,
        some => some.iter().map(|algorithm| algorithm.0).collect(),
    };
    Config {
        algorithms,
        clock_skew: or(&set.clock_skew, usual.clock_skew),
        limits: Limits {
            deadline: or(&set.document_deadline, usual.limits.deadline),
            keys_interval: or(&set.keys_interval, usual.limits.keys_interval),
            least_freshness: or(&set.least_freshness, usual.limits.least_freshness),
            longest_stale: or(&set.longest_stale, usual.limits.longest_stale),
            ..usual.limits
        },
    }
}
