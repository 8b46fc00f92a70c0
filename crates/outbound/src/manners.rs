//! How we behave towards one provider: how often to try, how long to wait, how
//! long to let it talk. Values only; who obeys them is `line` and `flow`.

use std::time::Duration;

use crate::backoff::Backoff;

/// The settings of a provider's lines. `Default` is for the real providers.
#[derive(Clone, Debug)]
pub struct Manners {
    /// Waits between tries after `Kind::Unavailable`.
    pub backoff: Backoff,
    /// Sendings of a repeatable request before `Kind::Unavailable` comes out.
    pub tries: u32,
    /// How long one call may wait for rate limits before the `WaitFor` error
    /// comes out instead.
    pub patience: Duration,
    /// How `Retry-After` is read.
    pub penalty: Penalty,
    /// How long an answer may take.
    pub deadlines: Deadlines,
    /// Whether the provider counts in the rate groups that it tells, so that
    /// all processes have one budget together. Otherwise budgets are our own
    /// caution, and processes share penalties only.
    pub counts: bool,
}

impl Default for Manners {
    fn default() -> Manners {
        Manners {
            backoff: Backoff::default(),
            tries: 4,
            patience: Duration::from_hours(1),
            penalty: Penalty::default(),
            deadlines: Deadlines::default(),
            counts: false,
        }
    }
}

impl Manners {
    /// For simulators that shorten the provider's own delays: every wait that
    /// mirrors the provider's pace is multiplied by `by` (60 s windows played
    /// in 0.5 s: `0.5 / 60.0`). Deadlines and patience stay.
    #[must_use]
    pub fn scaled(mut self, by: f64) -> Manners {
        let by = if by.is_finite() {
            by.clamp(1e-4, 1.0)
        } else {
            1.0
        };
        self.backoff.base = self.backoff.base.mul_f64(by);
        self.backoff.cap = self.backoff.cap.mul_f64(by);
        self.penalty.floor = self.penalty.floor.mul_f64(by);
        self.penalty.unsaid = self.penalty.unsaid.mul_f64(by);
        self
    }
}

/// How a rate limit's `Retry-After` is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Penalty {
    /// Never shorter. 1 s; less only for simulators with shortened windows.
    pub floor: Duration,
    /// Never longer: an absurd value must not stop a backup for a year.
    pub ceiling: Duration,
    /// Where the provider does not say, or says nonsense (RingCentral
    /// developer guide, rate limits: at least 30 s).
    pub unsaid: Duration,
}

impl Default for Penalty {
    fn default() -> Penalty {
        Penalty {
            floor: Duration::from_secs(1),
            ceiling: Duration::from_hours(1),
            unsaid: Duration::from_secs(30),
        }
    }
}

impl Penalty {
    /// The pause to make for what the provider said. A whole number of seconds
    /// may have been rounded down, and an early request restarts the penalty:
    /// such a value gets one `floor` on top.
    pub fn pause(&self, said: Option<Duration>) -> Duration {
        let pause = match said {
            None => self.unsaid,
            Some(said) if said.subsec_nanos() == 0 => said.saturating_add(self.floor),
            Some(said) => said,
        };
        pause.clamp(self.floor, self.ceiling.max(self.floor))
    }
}

/// How long an answer may take. The connection itself has 10 s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// From sending to the answer's headers, on top of what the request's own
    /// body needs at `rate`. A request can ask for more.
    pub headers: Duration,
    /// Between two pieces of a body.
    pub idle: Duration,
    /// A body may lag this far behind `rate` before it is cut.
    pub lead: Duration,
    /// The slowest acceptable body, in bytes per second; with `lead` this is
    /// also the total deadline of a body of known size. Only time spent
    /// waiting for the network counts, not time our own reader takes.
    pub rate: u32,
}

impl Default for Deadlines {
    fn default() -> Deadlines {
        Deadlines {
            headers: Duration::from_mins(1),
            idle: Duration::from_mins(1),
            lead: Duration::from_mins(1),
            rate: 16 * 1024,
        }
    }
}

impl Deadlines {
    /// What a body of this size may take in all.
    pub fn total(&self, size: u64) -> Duration {
        let seconds = size / u64::from(self.rate.max(1));
        self.lead.saturating_add(Duration::from_secs(seconds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_penalty_is_never_shorter_than_said_nor_absurd() {
        let penalty = Penalty::default();
        let second = Duration::from_secs(1);
        assert_eq!(penalty.pause(Some(60 * second)), 61 * second);
        assert_eq!(penalty.pause(Some(Duration::ZERO)), second);
        assert_eq!(penalty.pause(Some(Duration::from_millis(400))), second);
        assert_eq!(penalty.pause(Some(Duration::MAX)), 3600 * second);
        assert_eq!(penalty.pause(None), 30 * second);
    }

    #[test]
    fn a_shortened_world_has_shortened_penalties() {
        let penalty = Manners::default().scaled(0.5 / 60.0).penalty;
        let half = Duration::from_millis(500);
        assert!(penalty.pause(Some(half)) == half);
        assert!(penalty.pause(None) < Duration::from_millis(300));
    }

    #[test]
    fn the_total_grows_with_the_size() {
        let deadlines = Deadlines::default();
        assert_eq!(deadlines.total(0), Duration::from_mins(1));
        assert_eq!(deadlines.total(16 * 1024 * 100), Duration::from_secs(160));
    }
}
