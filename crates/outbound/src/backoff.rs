//! How long to wait before trying again (pure): doubling, capped, with chance
//! on top so that many do not return at once.

use std::time::Duration;

/// Doubling waits. RingCentral's error guide asks for 2, 4, 8, … seconds, at
/// most 60; nothing sooner is ever chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The first wait.
    pub base: Duration,
    /// No wait is longer.
    pub cap: Duration,
}

impl Default for Backoff {
    fn default() -> Backoff {
        Backoff {
            base: Duration::from_secs(2),
            cap: Duration::from_mins(1),
        }
    }
}

impl Backoff {
    /// The wait after the `failed`-th failure (from 1), up to a quarter longer
    /// by `chance` from `[0, 1)`.
    pub fn wait(&self, failed: u32, chance: f64) -> Duration {
        let doublings = failed.saturating_sub(1).min(31);
        let step = self.base.saturating_mul(1 << doublings).min(self.cap);
        let chance = if chance.is_finite() {
            chance.clamp(0.0, 1.0)
        } else {
            0.0
        };
        step.mul_f64(1.0 + chance / 4.0).min(self.cap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_cap() {
        let backoff = Backoff::default();
        let seconds: Vec<u64> = (1..=8).map(|n| backoff.wait(n, 0.0).as_secs()).collect();
        assert_eq!(seconds, [2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(backoff.wait(u32::MAX, 0.999), Duration::from_mins(1));
    }

    #[test]
    fn chance_only_lengthens_and_by_a_quarter_at_most() {
        let backoff = Backoff::default();
        for chance in [0.0, 0.3, 0.999, 7.0, f64::NAN, -1.0] {
            let wait = backoff.wait(2, chance);
            assert!(wait >= Duration::from_secs(4) && wait <= Duration::from_secs(5));
        }
    }
}
