//! The sliding window of one rate group (pure): may a request go now, and if
//! not, when. It counts so that the provider can never count more: a request
//! occupies its place from before its sending until one window after the
//! arrival of its answer's headers.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::climb::Climb;
use crate::reading::Reading;

/// So many requests in any window of this length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Requests per window; at least one is always allowed.
    pub limit: u32,
    /// The length of the sliding window.
    pub window: Duration,
    /// Where the provider tells no limit, it is found by trying, up to this
    /// one.
    pub(crate) most: Option<u32>,
}

impl Budget {
    /// A limit that the provider told.
    pub const fn new(limit: u32, window: Duration) -> Budget {
        Budget {
            limit,
            window,
            most: None,
        }
    }

    /// A limit to begin with, which grows up to `most` as long as nothing is
    /// refused.
    #[must_use]
    pub const fn up_to(self, most: u32) -> Budget {
        Budget {
            most: Some(most),
            ..self
        }
    }
}

/// A window longer than this is nonsense and not believed.
const LONGEST_WINDOW: Duration = Duration::from_hours(1);

/// Whether the next request of a group may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Now.
    Go,
    /// Not before this moment.
    At(Instant),
    /// Not before a request that is under way has its answer.
    Blocked,
}

/// While the state of the provider's count is unknown (at the start, after a
/// penalty), one request alone goes ahead and brings it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Probe {
    Needed,
    Out,
    Done,
}

/// What is known of one group's window.
#[derive(Debug)]
pub(crate) struct Gauge {
    budget: Option<Budget>,
    /// Requests under way.
    open: u32,
    /// Requests answered, and requests of others that the provider told of;
    /// oldest first.
    closed: VecDeque<(Instant, u32)>,
    shut_until: Option<Instant>,
    probe: Probe,
    /// Probes that met a limit, in a row: somebody else spends the budget.
    refused: u32,
    climb: Climb,
}

/// A refused probe waits up to two, four, … penalties, but not more than this.
const MOST_PENALTIES: u32 = 16;
const RECENT: Duration = Duration::from_secs(5);
/// Two ends that lie no further apart are of one penalty.
const SAME: Duration = Duration::from_millis(100);

impl Gauge {
    pub(crate) fn new(budget: Option<Budget>) -> Gauge {
        Gauge {
            budget,
            open: 0,
            closed: VecDeque::new(),
            shut_until: None,
            probe: if budget.is_some() {
                Probe::Needed
            } else {
                Probe::Done
            },
            refused: 0,
            climb: Climb::default(),
        }
    }

    /// A budget to go by as long as no answer told a better one.
    pub(crate) fn suppose(&mut self, budget: Option<Budget>) {
        if self.budget.is_none() && budget.is_some() {
            self.budget = budget;
            self.probe = Probe::Needed;
        }
    }

    /// The end of the penalty, if one is running.
    pub(crate) fn shut_until(&self) -> Option<Instant> {
        self.shut_until
    }

    /// Whether a request is under way or went a short while ago.
    pub(crate) fn is_at_work(&self, now: Instant) -> bool {
        let lately = self.closed.back();
        self.open > 0 || lately.is_some_and(|(at, _)| *at + RECENT > now)
    }

    /// Whether the next request is one that goes ahead alone.
    pub(crate) fn probes(&self) -> bool {
        self.probe == Probe::Needed
    }

    /// What is known of the provider's budget.
    pub(crate) fn budget(&self) -> Option<Budget> {
        self.budget
    }

    pub(crate) fn window(&self) -> Option<Duration> {
        self.budget.map(|budget| budget.window)
    }

    /// Whether nothing is remembered that a new gauge would not know.
    pub(crate) fn is_idle(&self, now: Instant) -> bool {
        let shut = self.shut_until.is_some_and(|end| end > now);
        !shut && self.used(now) == 0
    }

    /// Whether a request may go at `now`.
    pub(crate) fn turn(&mut self, now: Instant) -> Turn {
        if let Some(end) = self.shut_until.filter(|end| *end > now) {
            return Turn::At(end);
        }
        match self.probe {
            Probe::Out => return Turn::Blocked,
            Probe::Needed if self.open > 0 => return Turn::Blocked,
            Probe::Needed | Probe::Done => {}
        }
        let Some(budget) = self.budget else {
            return Turn::Go;
        };
        self.forget(now);
        let limit = budget.limit.max(1);
        let mut used = self.used(now);
        if used < limit {
            return Turn::Go;
        }
        self.climb.tight(now);
        for (leaves, count) in self.leaving(now) {
            used -= count;
            if used < limit {
                return Turn::At(leaves);
            }
        }
        Turn::Blocked
    }

    /// A request goes; `true` if it is the one that probes.
    pub(crate) fn send(&mut self) -> bool {
        self.open += 1;
        let probes = self.probe == Probe::Needed;
        if probes {
            self.probe = Probe::Out;
        }
        probes
    }

    /// The request did not go after all.
    pub(crate) fn unsend(&mut self, probing: bool) {
        self.open = self.open.saturating_sub(1);
        if probing && self.probe == Probe::Out {
            self.probe = Probe::Needed;
        }
    }

    /// The request went and nothing came back: it may have been counted.
    pub(crate) fn lost(&mut self, now: Instant, probing: bool) {
        self.unsend(probing);
        self.count(now, 1);
    }

    /// The headers of an answer came.
    /// The request went at `sent`.
    pub(crate) fn answered(
        &mut self,
        sent: Instant,
        now: Instant,
        probing: bool,
        reading: &Reading,
    ) {
        self.unsend(false);
        self.learn(reading);
        self.count(now, 1);
        if probing && self.probe == Probe::Out {
            self.probe = Probe::Done;
            self.refused = 0;
        }
        let (Some(budget), Some(remaining)) = (self.budget, reading.remaining) else {
            return;
        };
        // The provider counted at some moment since `sent`, and what has left
        // the window since then may have been in its count. Anything beyond is
        // not ours: somebody else spends the same budget, or an earlier run of
        // ours did. When is unknown, so a whole window is set aside for it.
        let theirs = budget.limit.saturating_sub(remaining);
        let unknown = theirs.saturating_sub(self.used(sent));
        self.count(now, unknown);
    }

    /// An answer came that was no rate limit.
    pub(crate) fn passed(&mut self, now: Instant) {
        if let Some(budget) = &mut self.budget {
            self.climb.passed(budget, now);
        }
    }

    /// The answer was a rate limit: `pause` is what the provider asks for.
    ///
    /// An early request starts the penalty anew, so two processes that do not
    /// know of each other could keep it running for ever by probing in turns.
    /// Each refused probe therefore waits longer, by `chance` in `[0, 1)`.
    pub(crate) fn throttled(&mut self, now: Instant, pause: Duration, probing: bool, chance: f64) {
        if probing {
            self.refused = self.refused.saturating_add(1);
        }
        let begins = self.shut_until.is_none_or(|end| end <= now);
        let most = 1_u32.checked_shl(self.refused).unwrap_or(MOST_PENALTIES);
        let further = f64::from(most.min(MOST_PENALTIES) - 1) * chance;
        let end = now + pause + pause.mul_f64(further);
        if begins {
            self.slow_down(end);
        }
        self.shut(end);
    }

    /// A rate limit: nothing goes before `end`, then one alone.
    pub(crate) fn shut(&mut self, end: Instant) {
        self.shut_until = Some(self.shut_until.map_or(end, |old| old.max(end)));
        self.probe = Probe::Needed;
    }

    /// Another process met a rate limit; said again, it changes nothing.
    pub(crate) fn hear(&mut self, end: Instant) {
        if self.shut_until.is_none_or(|known| end > known + SAME) {
            self.slow_down(end);
            self.shut(end);
        }
    }

    /// A penalty began.
    fn slow_down(&mut self, end: Instant) {
        if let Some(budget) = &mut self.budget {
            self.climb.refused(budget, end);
        }
    }

    fn learn(&mut self, reading: &Reading) {
        let known = self.budget;
        let window = reading
            .window
            .filter(|window| !window.is_zero() && *window <= LONGEST_WINDOW)
            .or(known.map(|budget| budget.window));
        let limit = reading.limit.or(known.map(|budget| budget.limit));
        if let (Some(limit), Some(window)) = (limit, window) {
            let most = known.and_then(|it| it.most);
            let most = most.filter(|_| reading.limit.is_none());
            self.budget = Some(Budget {
                limit,
                window,
                most,
            });
        }
    }

    fn count(&mut self, now: Instant, requests: u32) {
        if requests > 0 && self.budget.is_some() {
            self.closed.push_back((now, requests));
        }
    }

    /// Under way, or in the window at `moment` or later.
    fn used(&self, moment: Instant) -> u32 {
        let counts = self.leaving(moment).map(|(_, count)| count);
        counts.fold(self.open, u32::saturating_add)
    }

    /// When what is in the window at `moment` leaves it, first things first.
    fn leaving(&self, moment: Instant) -> impl Iterator<Item = (Instant, u32)> {
        let window = self.window().unwrap_or_default();
        let all = self.closed.iter();
        let all = all.map(move |(at, count)| (leaves(*at, window), *count));
        all.filter(move |(leaves, _)| *leaves > moment)
    }

    /// What left the window is remembered for one more: until the answers to
    /// requests that went before then are here.
    fn forget(&mut self, now: Instant) {
        let window = self.window().unwrap_or_default();
        let is_old = |(at, _): &(Instant, u32)| leaves(*at, window) + window <= now;
        while self.closed.front().is_some_and(is_old) {
            self.closed.pop_front();
        }
    }
}

/// When an entry leaves the window, with a thousandth on top for a provider
/// that counts the border in, and for clocks that run unequally.
fn leaves(at: Instant, window: Duration) -> Instant {
    at + window + (window / 1000).max(Duration::from_millis(1))
}
