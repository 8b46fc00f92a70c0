//! A right that one process at a time has (pure): those who want it stand in
//! a queue, so that whoever gives it back comes after who waited. A holder
//! that is not heard of loses it when its lease has run out.

use serde::{Deserialize, Serialize};

/// The state of one right. Times are the keeper's own, milliseconds since
/// 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Right {
    held: Option<Mark>,
    /// In the order in which they came.
    waiting: Vec<Mark>,
}

/// Who, and until when that counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    who: String,
    until_ms: i64,
}

/// Who waits and has not asked for so long waits no more.
const WAITS_MS: i64 = 3_000;
/// Whoever waits is written down anew when this much of that is left.
const ANEW_MS: i64 = 2_000;

impl Right {
    /// Gives `who` the right for a lease, or lengthens it for its holder.
    /// `false`: somebody else has it or comes first; `who` stands in the queue
    /// and asks again.
    pub fn ask(&mut self, who: &str, lease_ms: i64, now_ms: i64) -> bool {
        let held = self.held.as_ref();
        let held = held.filter(|it| it.counts(now_ms, lease_ms));
        let free = held.is_none_or(|it| it.who == who);
        let mut before = self.waiting.iter().take_while(|it| it.who != who);
        let first = held.is_some() || before.all(|it| !it.counts(now_ms, WAITS_MS));
        if free && first {
            self.waiting.retain(|it| it.who != who);
            self.held = Some(Mark::new(who, now_ms + lease_ms));
            return true;
        }
        self.stand(who, now_ms);
        false
    }

    /// Gives it back, or leaves the queue.
    pub fn give_back(&mut self, who: &str) {
        self.held.take_if(|it| it.who == who);
        self.waiting.retain(|it| it.who != who);
    }

    fn stand(&mut self, who: &str, now_ms: i64) {
        match self.waiting.iter_mut().find(|it| it.who == who) {
            Some(place) if place.until_ms > now_ms + ANEW_MS && place.counts(now_ms, WAITS_MS) => {}
            Some(place) => place.until_ms = now_ms + WAITS_MS,
            None => {
                self.waiting.retain(|it| it.counts(now_ms, WAITS_MS));
                self.waiting.push(Mark::new(who, now_ms + WAITS_MS));
            }
        }
    }
}

impl Mark {
    fn new(who: &str, until_ms: i64) -> Mark {
        Mark {
            who: who.to_owned(),
            until_ms,
        }
    }

    /// What ends more than twice its length ahead was written under a wrong
    /// clock.
    fn counts(&self, now_ms: i64, length_ms: i64) -> bool {
        self.until_ms > now_ms && self.until_ms <= now_ms + 2 * length_ms.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEASE: i64 = 10_000;

    #[test]
    fn those_who_want_it_have_it_in_turns() {
        let mut right = Right::default();
        assert!(right.ask("a", LEASE, 0));
        assert!(!right.ask("b", LEASE, 1));
        assert!(!right.ask("c", LEASE, 2));
        assert!(right.ask("a", LEASE, 3), "it is theirs");
        right.give_back("b");
        assert!(!right.ask("b", LEASE, 4), "it was not b's");
        let mut order = String::new();
        let mut holder = "a";
        for now in 5..11 {
            right.give_back(holder);
            let all = ["a", "b", "c"].into_iter();
            let given: Vec<&str> = all.filter(|who| right.ask(who, LEASE, now)).collect();
            assert_eq!(given.len(), 1);
            holder = given[0];
            order += holder;
        }
        assert_eq!(order, "cbacba", "b had left the queue for a moment");
    }

    #[test]
    fn a_holder_that_died_holds_the_others_up_for_its_lease() {
        let mut right = Right::default();
        assert!(right.ask("a", LEASE, 0));
        assert!(!right.ask("b", LEASE, LEASE - 1));
        assert!(right.ask("b", LEASE, LEASE));
        assert!(!right.ask("a", LEASE, LEASE + 1));
    }

    #[test]
    fn who_waits_and_died_is_passed_over() {
        let mut right = Right::default();
        assert!(right.ask("a", LEASE, 0));
        assert!(!right.ask("b", LEASE, 1));
        right.give_back("a");
        assert!(!right.ask("c", LEASE, 2));
        assert!(!right.ask("c", LEASE, 1 + WAITS_MS - 1));
        assert!(right.ask("c", LEASE, 1 + WAITS_MS));
    }

    #[test]
    fn asking_again_soon_changes_nothing() {
        let mut right = Right::default();
        right.ask("a", LEASE, 0);
        right.ask("b", LEASE, 0);
        let before = right.clone();
        right.ask("b", LEASE, WAITS_MS - ANEW_MS - 1);
        assert_eq!(right, before);
        right.ask("b", LEASE, WAITS_MS - ANEW_MS);
        assert_ne!(right, before);
    }

    #[test]
    fn a_clock_that_jumped_back_holds_nobody() {
        let mut right = Right::default();
        let far = 1_000_000_000_000;
        right.ask("a", LEASE, far);
        right.ask("b", LEASE, far);
        assert!(right.ask("c", LEASE, 0));
    }
}
