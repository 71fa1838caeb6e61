//! Randomness that can be repeated.

use std::time::{SystemTime, UNIX_EPOCH};

/// What comes next, decided by a seed.
pub(crate) struct Chance(u64);

impl Chance {
    /// The seed is that of `BTX_SEED`, or a new one. It is printed, so that a failure can be repeated.
    pub(crate) fn of(test: &str) -> Self {
        let seed = match std::env::var("BTX_SEED") {
            Ok(text) => text.parse().unwrap(),
            Err(_) => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap()
                .subsec_nanos()
                .into(),
        };
        println!("{test}: to repeat this run, set BTX_SEED={seed}");
        Self(seed)
    }

    /// A chance of its own for something that runs beside this one.
    pub(crate) fn fork(&mut self) -> Self {
        Self(self.next())
    }

    /// One of 2^64, all as likely (SplitMix64).
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below this one.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// Yes, once in so many times.
    pub(crate) fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// One of these.
    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::try_from(self.below(from.len() as u64)).unwrap()]
    }

    pub(crate) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.next().to_le_bytes()[0])
    }
}
