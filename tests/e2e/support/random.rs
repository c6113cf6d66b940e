//! Chance that can be repeated: SplitMix64, from a seed that a failing test shows.

use std::ops::Range;
use std::time::{SystemTime, UNIX_EPOCH};

/// A row of numbers that its seed decides.
pub(crate) struct Random(u64);

impl Random {
    /// From `WA_TEST_SEED`, else from the clock. Printed, which a failing test shows.
    pub(crate) fn seeded() -> Self {
        let given = std::env::var("WA_TEST_SEED").ok().map(|seed| seed.parse().unwrap());
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let seed = given.unwrap_or_else(|| u64::try_from(now.as_nanos() & u128::from(u32::MAX)).unwrap());
        println!("WA_TEST_SEED={seed}");
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number of the range, which must not be empty.
    pub(crate) fn within(&mut self, range: Range<u64>) -> u64 {
        range.start + self.next() % (range.end - range.start)
    }

    /// True once in `times`.
    pub(crate) fn once_in(&mut self, times: u64) -> bool {
        self.next().is_multiple_of(times)
    }
}
