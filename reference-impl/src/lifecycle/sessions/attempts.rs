//! Counts refused logins: pure.

use std::collections::HashMap;
use std::mem;

use super::{Attempt, Attempts, Digest};

/// Refused logins, by account.
///
/// There is room for a bounded number of accounts, and those whose last attempt is the longest ago are
/// forgotten first. That helps nobody to guess: whoever wants one account forgotten has to log in to thousands of
/// others, and every one of these logins costs him a slow hash, which takes longer than the pause.
pub(super) struct Counts {
    recent: HashMap<Digest, Count>,
    earlier: HashMap<Digest, Count>,
    room: usize,
}

#[derive(Clone, Copy, Default)]
struct Count {
    refused: u32,
    /// Until when the account pauses.
    pause_until: i64,
}

impl Counts {
    /// No counts yet, and room for so many.
    pub(super) fn with_room(room: usize) -> Self {
        Self {
            recent: HashMap::new(),
            earlier: HashMap::new(),
            room,
        }
    }

    /// See [`super::SessionStore::attempt`].
    pub(super) fn attempt(&mut self, account: Digest, now: i64, allowed: Attempts) -> Attempt {
        let mut count = self.of(account);
        // LC-ISS-056
        if now < count.pause_until {
            let left = count.pause_until.saturating_sub(now);
            return Attempt::Wait(u32::try_from(left).unwrap_or(u32::MAX));
        }
        if count.pause_until > 0 {
            count = Count::default();
        }
        count.refused = count.refused.saturating_add(1);
        if count.refused >= allowed.most {
            count.pause_until = now.saturating_add(allowed.pause);
        }
        self.keep(account, count);
        Attempt::Go
    }

    /// See [`super::SessionStore::let_in`].
    pub(super) fn let_in(&mut self, account: Digest) {
        self.recent.remove(&account);
        self.earlier.remove(&account);
    }

    fn of(&self, account: Digest) -> Count {
        let known = self.recent.get(&account);
        known
            .or_else(|| self.earlier.get(&account))
            .copied()
            .unwrap_or_default()
    }

    fn keep(&mut self, account: Digest, count: Count) {
        if self.recent.len() >= self.room / 2 && !self.recent.contains_key(&account) {
            self.earlier = mem::take(&mut self.recent);
        }
        self.recent.insert(account, count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALLOWED: Attempts = Attempts { most: 3, pause: 60 };
    const ANNA: Digest = [1; 32];
    const BERT: Digest = [2; 32];

    fn counts() -> Counts {
        Counts::with_room(100)
    }

    #[test]
    fn the_pause_begins_after_the_last_allowed_attempt_and_ends_to_the_second() {
        let mut counts = counts();
        for _ in 0..3 {
            assert_eq!(counts.attempt(ANNA, 1000, ALLOWED), Attempt::Go);
        }
        assert_eq!(counts.attempt(ANNA, 1000, ALLOWED), Attempt::Wait(60));
        assert_eq!(counts.attempt(ANNA, 1059, ALLOWED), Attempt::Wait(1));
        assert_eq!(counts.attempt(ANNA, 1060, ALLOWED), Attempt::Go);
    }

    #[test]
    fn after_a_pause_there_are_as_many_attempts_as_before() {
        let mut counts = counts();
        for _ in 0..3 {
            counts.attempt(ANNA, 1000, ALLOWED);
        }
        for _ in 0..3 {
            assert_eq!(counts.attempt(ANNA, 1060, ALLOWED), Attempt::Go);
        }
        assert_eq!(counts.attempt(ANNA, 1060, ALLOWED), Attempt::Wait(60));
    }

    #[test]
    fn asking_during_the_pause_does_not_prolong_it() {
        let mut counts = counts();
        for now in [1000, 1000, 1000, 1030, 1059] {
            counts.attempt(ANNA, now, ALLOWED);
        }
        assert_eq!(counts.attempt(ANNA, 1060, ALLOWED), Attempt::Go);
    }

    #[test]
    fn whoever_is_let_in_begins_anew() {
        let mut counts = counts();
        for _ in 0..10 {
            assert_eq!(counts.attempt(ANNA, 1000, ALLOWED), Attempt::Go);
            assert_eq!(counts.attempt(ANNA, 1000, ALLOWED), Attempt::Go);
            counts.let_in(ANNA);
        }
    }

    /// LC-ISS-058
    #[test]
    fn one_account_pauses_alone() {
        let mut counts = counts();
        for _ in 0..4 {
            counts.attempt(ANNA, 1000, ALLOWED);
        }
        assert_eq!(counts.attempt(BERT, 1000, ALLOWED), Attempt::Go);
    }

    #[test]
    fn refused_attempts_count_however_long_they_lie_apart() {
        let mut counts = counts();
        for now in [1000, 1_000_000, 2_000_000] {
            assert_eq!(counts.attempt(ANNA, now, ALLOWED), Attempt::Go);
        }
        assert_eq!(counts.attempt(ANNA, 2_000_000, ALLOWED), Attempt::Wait(60));
    }

    #[test]
    fn strangers_take_bounded_room_and_do_not_end_a_recent_pause() {
        let mut counts = counts();
        let name = |number: u32| {
            let mut digest = [9; 32];
            digest[..4].copy_from_slice(&number.to_be_bytes());
            digest
        };
        for number in 0..10_000 {
            counts.attempt(name(number), 1000, ALLOWED);
        }
        assert!(counts.recent.len() + counts.earlier.len() <= 100);
        for _ in 0..3 {
            counts.attempt(ANNA, 1000, ALLOWED);
        }
        for number in 0..49 {
            counts.attempt(name(number), 1000, ALLOWED);
        }
        assert_eq!(counts.attempt(ANNA, 1000, ALLOWED), Attempt::Wait(60));
    }
}
