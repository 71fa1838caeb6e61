//! Keeps a token fresh: when to renew it, and how long to wait after a failure.

use std::time::Duration;

use tokio::time::sleep;
use tracing::warn;

use super::{Failure, Initiator, IssuerEntry, Outcome};

/// The shortest and the longest pause after a failure, in seconds.
const SHORTEST_PAUSE: u64 = 1;
const LONGEST_PAUSE: u64 = 300;

/// Renews until the issuer is not registered any more.
pub(super) async fn keep_fresh(initiator: &Initiator, issuer: &IssuerEntry) {
    let ahead = initiator.inner.config.limits.renew_ahead;
    sleep(pause_before_renewal(
        seconds_left(initiator, issuer).await,
        ahead,
    ))
    .await;

    let mut failures = 0;
    loop {
        let pause = match initiator.exchange(issuer).await {
            Outcome::Active { expires_at } => {
                failures = 0;
                let life = expires_at - initiator.inner.parts.clock.now();
                pause_before_renewal(life, ahead).max(secs(SHORTEST_PAUSE))
            }
            Outcome::Failed(Failure::NotRegistered) => return,
            Outcome::Failed(failure) => {
                let pause = pause_after(&failure, failures);
                warn!(
                    issuer = issuer.name,
                    ?failure,
                    ?pause,
                    "no token; trying again later"
                );
                failures += 1;
                pause
            }
        };
        sleep(pause).await;
    }
}

/// How much is left of the token that was in use when the process started.
async fn seconds_left(initiator: &Initiator, issuer: &IssuerEntry) -> i64 {
    let parts = &initiator.inner.parts;
    let in_use = parts.store.in_use(issuer.identifier.clone()).await;
    let expires_at = in_use.ok().flatten().map(|held| held.expires_at);
    expires_at.map_or(0, |expires_at| expires_at - parts.clock.now())
}

/// A token is renewed `ahead` of its expiry, but not before half of what is left of its life.
fn pause_before_renewal(seconds_left: i64, ahead: Duration) -> Duration {
    let left = secs(u64::try_from(seconds_left).unwrap_or(0));
    left.saturating_sub(ahead).max(left / 2)
}

/// Ever longer from failure to failure; as long as the issuer asks, within reason.
fn pause_after(failure: &Failure, failures_before: u32) -> Duration {
    let growing = SHORTEST_PAUSE.saturating_mul(1 << failures_before.min(16));
    let asked = match failure {
        Failure::Refused { retry_after, .. } => retry_after.unwrap_or(0),
        _ => 0,
    };
    secs(growing.max(asked).clamp(SHORTEST_PAUSE, LONGEST_PAUSE))
}

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_renewed_ahead_of_its_expiry() {
        assert_eq!(pause_before_renewal(3600, secs(300)), secs(3300));
        assert_eq!(pause_before_renewal(60, secs(300)), secs(30));
        assert_eq!(pause_before_renewal(-5, secs(300)), secs(0));
    }

    #[test]
    fn the_pause_after_a_failure_grows_and_is_bounded() {
        let refused = |retry_after| Failure::Refused {
            status: 429,
            problem: None,
            retry_after,
        };
        assert_eq!(pause_after(&refused(None), 0), secs(1));
        assert_eq!(pause_after(&refused(None), 3), secs(8));
        assert_eq!(pause_after(&refused(Some(20)), 0), secs(20));
        assert_eq!(pause_after(&refused(Some(0)), 0), secs(1));
        assert_eq!(pause_after(&refused(Some(999_999_999)), 0), secs(300));
        assert_eq!(pause_after(&Failure::Unreachable, u32::MAX), secs(300));
    }
}
