//! What happens when: decided by the seed, before anything begins.

use std::time::Duration;

/// What is done to the cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    /// A replica dies, at once.
    Kill(usize),
    /// It comes back.
    Start(usize),
    /// The keys rotate.
    Rotate {
        /// Whether no earlier key verifies anything after it.
        urgent: bool,
    },
}

/// How long a replica stays away.
const AWAY: Duration = Duration::from_secs(2);
/// How far apart the deeds are, on average.
const APART: Duration = Duration::from_millis(2500);
/// Every so many rotations one is an emergency.
const URGENT: usize = 3;

/// The deeds of a show of that length, in order of time: rotations and deaths in turn. One replica at a time is away,
/// and with one alone none dies, since somebody has to answer.
pub(super) fn deeds(seed: u64, replicas: usize, length: Duration) -> Vec<(Duration, Deed)> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut deeds = Vec::new();
    let mut at = Duration::ZERO;
    for turn in 0.. {
        at += APART.mul_f64(0.8 + 0.4 * random.f64());
        if at >= length {
            break;
        }
        match turn % 2 {
            0 => deeds.push((
                at,
                Deed::Rotate {
                    urgent: turn / 2 % URGENT == URGENT - 1,
                },
            )),
            _ if replicas < 2 => {}
            _ => {
                let replica = random.usize(..replicas);
                deeds.push((at, Deed::Kill(replica)));
                deeds.push((at + AWAY, Deed::Start(replica)));
            }
        }
    }
    deeds.sort_by_key(|(at, _)| *at);
    deeds
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn a_seed_decides_everything() {
        assert_eq!(deeds(7, 3, LONG), deeds(7, 3, LONG));
        assert_ne!(deeds(7, 3, LONG), deeds(8, 3, LONG));
    }

    #[test]
    fn one_replica_at_a_time_is_away() {
        for seed in 0..200 {
            let mut away = None;
            for (_, deed) in deeds(seed, 3, LONG) {
                match deed {
                    Deed::Kill(replica) => assert_eq!(away.replace(replica), None, "seed {seed}"),
                    Deed::Start(replica) => {
                        assert_eq!(away.take(), Some(replica), "seed {seed}");
                    }
                    Deed::Rotate { .. } => {}
                }
            }
        }
    }

    #[test]
    fn keys_rotate_in_order_and_in_an_emergency() {
        let all = deeds(7, 3, LONG);
        for urgent in [false, true] {
            assert!(all.iter().any(|(_, deed)| *deed == Deed::Rotate { urgent }));
        }
    }

    #[test]
    fn nobody_dies_who_is_alone() {
        let all = deeds(7, 1, LONG);
        assert!(
            all.iter()
                .all(|(_, deed)| matches!(deed, Deed::Rotate { .. }))
        );
    }
}
