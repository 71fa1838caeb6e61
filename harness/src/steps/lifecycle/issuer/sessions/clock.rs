//! The time of the issuer, as far as its bearers tell, and what is waited for by it.

use super::{Seen, seen};
use crate::{steps::Stop, world::World};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The longest that the end of anything is waited for.
const LONGEST: Duration = Duration::from_secs(60);
/// How long after an instant it is surely over.
const AFTER: f64 = 0.1;

/// What the clock of the issuer shows, compared with that of the harness.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Clock {
    behind: f64,
}

impl Clock {
    /// The clock that showed the second `iat` at some time between two instants of the harness. Where both can
    /// be right they are; where they cannot, the clock of the issuer is taken for as late as it may be, so that
    /// whatever is over by it is over.
    pub(super) fn that_showed(iat: i64, sent: f64, received: f64) -> Self {
        let iat = exact(iat);
        let agrees = (sent.floor()..=received).contains(&iat);
        Self {
            behind: if agrees { 0.0 } else { received - iat },
        }
    }

    /// What it shows now.
    pub(super) fn now(self) -> f64 {
        now() - self.behind
    }
}

/// The time of the harness, in seconds of the epoch.
pub(super) fn now() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_secs_f64()
}

/// A second, as an instant.
pub(super) fn exact(second: i64) -> f64 {
    Duration::from_secs(second.max(0).unsigned_abs()).as_secs_f64()
}

/// Waits until an instant is over by the clock of the issuer.
pub(super) async fn until_after(world: &World, instant: f64, what: &str) -> Result<(), Stop> {
    let Seen { clock, .. } = seen(world);
    let left = instant + AFTER - clock.now();
    if left > LONGEST.as_secs_f64() {
        return Err(Stop::NotExercised(format!(
            "{what} in {left:.0} s, and nothing is waited for longer than {} s: declare and configure \
             shorter limits",
            LONGEST.as_secs()
        )));
    }
    if left > 0.0 {
        world.wait(Duration::from_secs_f64(left), what).await;
    }
    Ok(())
}

/// Waits until a second begins, so that a window of whole seconds is as long as it can be.
pub(super) async fn beginning_of_a_second(world: &World) {
    let part = now().fract();
    let begun = (AFTER / 2.0..2.0 * AFTER).contains(&part);
    if !begun {
        let left = Duration::from_secs_f64(1.0 + AFTER / 2.0 - part);
        world.wait(left, "a second begins").await;
    }
}

/// Waits until so long after the next turn of a second, or before it.
pub(super) async fn near_the_turn(world: &World, after: f64) {
    let part = (seen(world).clock.now() - after).fract();
    // What has just been is not waited for again.
    if part > AFTER {
        let left = Duration::from_secs_f64(1.0 - part);
        world.wait(left, "a second turns").await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn behind(iat: i64, sent: f64, received: f64) -> f64 {
        Clock::that_showed(iat, sent, received).behind
    }

    #[test]
    fn clocks_that_may_agree_do() {
        for (iat, sent, received) in [
            (100, 100.9, 101.2),
            (101, 100.9, 101.2),
            (100, 100.0, 100.1),
        ] {
            assert!(behind(iat, sent, received).abs() < 0.001, "{iat}");
        }
    }

    #[test]
    fn clocks_that_do_not_agree_are_taken_for_late() {
        assert!((behind(90, 100.9, 101.2) - 11.2).abs() < 0.001);
        assert!((behind(110, 100.9, 101.5) + 8.5).abs() < 0.001);
    }
}
