//! Chance from a seed: the same seed makes the same plan.

use std::time::Duration;

/// `SplitMix64` (Steele, Lea, Flood 2014).
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    /// From a seed and what the plan is for.
    pub(crate) fn new(seed: u64, what: &str) -> Dice {
        let salt = what.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Dice(seed ^ salt)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Below `end`; 0 where `end` is.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    /// A time between the two, shorter ones more often.
    pub(crate) fn while_between(&mut self, least: Duration, most: Duration) -> Duration {
        let (least, most) = (millis(least), millis(most));
        let once = self.below(most.saturating_sub(least) + 1);
        let twice = self.below(once + 1);
        Duration::from_millis(least + if self.below(2) == 0 { once } else { twice })
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_plan() {
        let plan = |seed, what: &str| {
            let mut dice = Dice::new(seed, what);
            (0..50).map(|_| dice.below(1_000)).collect::<Vec<_>>()
        };
        assert_eq!(plan(7, "kills"), plan(7, "kills"));
        assert_ne!(plan(7, "kills"), plan(8, "kills"));
        assert_ne!(plan(7, "kills"), plan(7, "stops"));
        let mut dice = Dice::new(1, "times");
        let (least, most) = (Duration::from_millis(20), Duration::from_secs(1));
        assert!((0..500).all(|_| (least..=most).contains(&dice.while_between(least, most))));
    }
}
