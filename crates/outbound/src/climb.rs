//! How a rate is found that no provider tells (pure): while nothing is refused
//! it doubles, after the first refusal it grows by one; a refusal halves it. So
//! TCP finds how fast a path is (RFC 5681).

use tokio::time::Instant;

use crate::budget::Budget;

/// How far a budget has been tried.
#[derive(Debug, Default)]
pub(crate) struct Climb {
    /// Since then somebody has had to wait for a place.
    tight_since: Option<Instant>,
    refused: bool,
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
        let Some(most) = budget.most.filter(|most| full && *most > budget.limit) else {
            return;
        };
        self.tight_since = None;
        let step = if self.refused { 1 } else { budget.limit };
        budget.limit = budget.limit.saturating_add(step.max(1)).min(most);
    }

    /// A penalty began. What the provider told itself stays.
    pub(crate) fn refused(&mut self, budget: &mut Budget) {
        self.tight_since = None;
        if budget.most.is_some() {
            self.refused = true;
            budget.limit = (budget.limit / 2).max(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const WINDOW: Duration = Duration::from_secs(1);

    /// The limits after each of so many windows in which somebody waited.
    fn limits(climb: &mut Climb, budget: &mut Budget, windows: u32) -> Vec<u32> {
        let begin = Instant::now();
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
    fn it_grows_to_its_end_and_slower_once_refused() {
        let (mut climb, mut budget) = (Climb::default(), Budget::new(10, WINDOW).up_to(100));
        assert_eq!(limits(&mut climb, &mut budget, 5), [20, 40, 80, 100, 100]);
        climb.refused(&mut budget);
        assert_eq!(budget.limit, 50);
        assert_eq!(limits(&mut climb, &mut budget, 3), [51, 52, 53]);
        for _ in 0..9 {
            climb.refused(&mut budget);
        }
        assert_eq!(budget.limit, 1);
        assert_eq!(limits(&mut climb, &mut budget, 2), [2, 3]);
    }

    #[test]
    fn who_never_waits_needs_no_more() {
        let (mut climb, mut budget) = (Climb::default(), Budget::new(10, WINDOW).up_to(40));
        let begin = Instant::now();
        (0..9).for_each(|window| climb.passed(&mut budget, begin + window * WINDOW));
        assert_eq!(budget.limit, 10);
    }

    #[test]
    fn what_the_provider_told_is_neither_raised_nor_lowered() {
        let (mut climb, mut budget) = (Climb::default(), Budget::new(10, WINDOW));
        assert_eq!(limits(&mut climb, &mut budget, 3), [10, 10, 10]);
        climb.refused(&mut budget);
        assert_eq!(budget.limit, 10);
    }
}
