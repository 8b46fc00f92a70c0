//! How a rate is found that no provider tells (pure): while nothing is refused
//! it doubles, as TCP finds how fast a path is (RFC 5681). A refusal costs a
//! penalty, so it is halved and stays well below what was refused for an hour.

use std::time::Duration;

use tokio::time::Instant;

use crate::budget::Budget;

/// For so long after a penalty it is not tried how much more there is.
const CAREFUL: Duration = Duration::from_hours(1);

/// How far a budget has been tried.
#[derive(Debug, Default)]
pub(crate) struct Climb {
    /// Since then somebody has had to wait for a place.
    tight_since: Option<Instant>,
    /// What was refused lies above this; and the end of the penalty.
    ceiling: Option<(u32, Instant)>,
}

impl Climb {
    /// Somebody waits for a place.
    pub(crate) fn tight(&mut self, now: Instant) {
        self.tight_since.get_or_insert(now);
    }

    /// A request got through. Where a whole window was too small and nothing
    /// in it was refused, the next holds more.
    pub(crate) fn passed(&mut self, budget: &mut Budget, now: Instant) {
        let full = self.tight_since.is_some_and(|at| at + budget.window <= now);
        let Some(most) = budget.most.filter(|_| full) else {
            return;
        };
        self.tight_since = None;
        self.ceiling = self.ceiling.filter(|(_, end)| *end + CAREFUL > now);
        let (most, step) = match self.ceiling {
            Some((ceiling, _)) => (most.min(ceiling), 1),
            None => (most, budget.limit.max(1)),
        };
        budget.limit = budget
            .limit
            .max(most.min(budget.limit.saturating_add(step)));
    }

    /// A penalty began, until `end`. What the provider told itself stays.
    pub(crate) fn refused(&mut self, budget: &mut Budget, end: Instant) {
        self.tight_since = None;
        if budget.most.is_some() {
            let ceiling = (budget.limit / 4 * 3).max(1);
            self.ceiling = Some((ceiling, end));
            budget.limit = (budget.limit / 2).max(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_secs(1);

    fn budget() -> Budget {
        Budget::new(10, WINDOW).up_to(100)
    }

    /// The limits after each of so many windows from `begin` on in which
    /// somebody waited.
    fn limits(climb: &mut Climb, budget: &mut Budget, begin: Instant, windows: u32) -> Vec<u32> {
        let mut limits = Vec::new();
        for window in 0..windows {
            let now = begin + window * WINDOW;
            climb.tight(now);
            climb.passed(budget, now + WINDOW / 2);
            climb.passed(budget, now + WINDOW);
            climb.passed(budget, now + WINDOW);
            limits.push(budget.limit);
        }
        limits
    }

    #[test]
    fn it_doubles_to_its_end_and_is_careful_after_a_refusal() {
        let (mut climb, mut budget, now) = (Climb::default(), budget(), Instant::now());
        let all = limits(&mut climb, &mut budget, now, 5);
        assert_eq!(all, [20, 40, 80, 100, 100]);
        climb.refused(&mut budget, now);
        assert_eq!(budget.limit, 50);
        let all = limits(&mut climb, &mut budget, now, 30);
        assert_eq!(
            (all[0], all[24], all[29]),
            (51, 75, 75),
            "below what was refused"
        );
        let later = limits(&mut climb, &mut budget, now + CAREFUL, 2);
        assert_eq!(later, [100, 100]);
        for _ in 0..9 {
            climb.refused(&mut budget, now);
        }
        assert_eq!(budget.limit, 1);
        assert_eq!(limits(&mut climb, &mut budget, now, 2), [1, 1]);
        assert_eq!(limits(&mut climb, &mut budget, now + CAREFUL, 2), [2, 4]);
    }

    /// Whatever it bears, a provider refuses few times an hour, and gives at
    /// least half of what it would.
    #[test]
    fn a_limit_that_nobody_tells_is_found_with_few_refusals() {
        for bears in [2, 3, 5, 9, 10, 11, 12, 13, 20, 33, 60, 64, 90, 1_000] {
            let (mut climb, mut budget) = (Climb::default(), budget());
            let (mut now, mut refusals) = (Instant::now(), 0);
            let end = now + CAREFUL;
            while now < end {
                climb.tight(now);
                now += WINDOW;
                if budget.limit > bears {
                    refusals += 1;
                    now += 15 * WINDOW;
                    climb.refused(&mut budget, now);
                } else {
                    climb.passed(&mut budget, now);
                }
            }
            assert!(refusals <= 4, "{bears}: {refusals}");
            let fair = bears.min(100);
            assert!(
                budget.limit * 2 >= fair && budget.limit <= bears,
                "{bears}: {}",
                budget.limit
            );
        }
    }

    #[test]
    fn who_never_waits_needs_no_more() {
        let (mut climb, mut budget, begin) = (Climb::default(), budget(), Instant::now());
        (0..9).for_each(|window| climb.passed(&mut budget, begin + window * WINDOW));
        assert_eq!(budget.limit, 10);
    }

    #[test]
    fn what_the_provider_told_is_neither_raised_nor_lowered() {
        let (mut climb, mut budget) = (Climb::default(), Budget::new(10, WINDOW));
        let now = Instant::now();
        assert_eq!(limits(&mut climb, &mut budget, now, 3), [10, 10, 10]);
        climb.refused(&mut budget, now);
        assert_eq!(budget.limit, 10);
    }
}
