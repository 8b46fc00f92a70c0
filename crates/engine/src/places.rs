//! The places of items on their way: which types may have how many, so that one
//! type that waits for its rate limit does not keep the others from moving, and
//! what is deleted first goes first. Pure, but for the time that is handed in.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::data_type::DataType;
use domain::item::Item;
use domain::retention::Retention;
use tokio::time::Instant;

/// So long nobody asks again for more of a type of which nothing was due,
/// while others are on their way and no new page came.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// How many items of each type are on their way.
pub(crate) struct Places {
    all: usize,
    taken: BTreeMap<DataType, usize>,
    /// Types of which nothing more was due, and when that was.
    dry: BTreeMap<DataType, Instant>,
    retention: Retention,
}

impl Places {
    /// So many, all free.
    pub(crate) fn new(all: usize) -> Places {
        Places {
            all,
            taken: BTreeMap::new(),
            dry: BTreeMap::new(),
            retention: Retention::default(),
        }
    }

    /// How long the provider keeps what.
    pub(crate) fn keep_in_mind(&mut self, retention: Retention) {
        self.retention = retention;
    }

    /// How many of a type to look for now; 0: it is not worth a question yet.
    pub(crate) fn wants(&self, of: DataType, now: Instant) -> usize {
        let fresh = |at: &Instant| now.duration_since(*at) < ASK_AGAIN;
        if self.total() > 0 && self.dry.get(&of).is_some_and(fresh) {
            return 0;
        }
        let room = self.room(of);
        // A question costs: a good part must be free, or none of it moves.
        let worth = self.taken(of) == 0 || room * 4 >= self.most(of);
        if worth { room } else { 0 }
    }

    /// How many more of a type may set out.
    pub(crate) fn room(&self, of: DataType) -> usize {
        let free = self.all.saturating_sub(self.total());
        free.min(self.most(of).saturating_sub(self.taken(of)))
    }

    /// How many of a type are on their way.
    pub(crate) fn taken(&self, of: DataType) -> usize {
        self.taken.get(&of).copied().unwrap_or(0)
    }

    /// One sets out.
    pub(crate) fn take(&mut self, of: DataType) {
        *self.taken.entry(of).or_default() += 1;
    }

    /// One has arrived, or failed.
    pub(crate) fn free(&mut self, of: DataType) {
        let taken = self.taken.entry(of).or_default();
        *taken = taken.saturating_sub(1);
    }

    /// Nothing more of a type is due; or there is.
    pub(crate) fn is_dry(&mut self, of: DataType, dry: bool, now: Instant) {
        if dry {
            self.dry.insert(of, now);
        } else {
            self.dry.remove(&of);
        }
    }

    /// A page was noted: there may be more of everything.
    pub(crate) fn noted(&mut self) {
        self.dry.clear();
    }

    /// What goes first: what the provider deletes first, milliseconds since
    /// 1970.
    pub(crate) fn deadline_ms(&self, item: &Item) -> i64 {
        self.retention.deadline_ms(item.id.data_type, item.at_ms)
    }

    /// An eighth is kept for each other type of which there may be more.
    fn most(&self, of: DataType) -> usize {
        let others = DataType::ALL.iter();
        let others = others.filter(|it| **it != of && !self.dry.contains_key(it));
        let kept = others.count() * (self.all / 8);
        self.all.saturating_sub(kept).max(1)
    }

    fn total(&self) -> usize {
        self.taken.values().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::window::DAY_MS;
    use testkit::builders::{fax, recording, voicemail};

    const CALLS: DataType = DataType::CallRecording;
    const MAIL: DataType = DataType::Voicemail;

    #[tokio::test(start_paused = true)]
    async fn one_type_leaves_places_to_each_other_that_may_come() {
        let now = Instant::now();
        let mut places = Places::new(64);
        assert_eq!(places.wants(CALLS, now), 40);
        for _ in 0..40 {
            places.take(CALLS);
        }
        assert_eq!((places.room(CALLS), places.room(MAIL)), (0, 24));
        for dry in [DataType::Sms, DataType::Fax] {
            places.is_dry(dry, true, now);
        }
        assert_eq!(places.room(CALLS), 16, "what nobody needs is given away");
        for _ in 0..16 {
            places.take(CALLS);
        }
        assert_eq!((places.room(CALLS), places.wants(MAIL, now)), (0, 8));
        // And what was given away comes back with the first that arrives.
        places.is_dry(MAIL, true, now);
        for _ in 0..8 {
            places.take(CALLS);
        }
        places.noted();
        assert_eq!(places.wants(MAIL, now), 0);
        places.free(CALLS);
        assert_eq!((places.room(CALLS), places.wants(MAIL, now)), (0, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_dry_is_asked_for_again_after_a_while() {
        let now = Instant::now();
        let mut places = Places::new(8);
        places.take(CALLS);
        places.is_dry(MAIL, true, now);
        assert_eq!(places.wants(MAIL, now), 0);
        assert!(places.wants(MAIL, now + ASK_AGAIN) > 0);
        places.is_dry(MAIL, false, now);
        assert!(places.wants(MAIL, now) > 0);
        places.is_dry(MAIL, true, now);
        places.free(CALLS);
        assert!(places.wants(MAIL, now) > 0, "there is nothing else to do");
    }

    #[tokio::test(start_paused = true)]
    async fn a_single_place_is_for_whoever_comes() {
        let mut places = Places::new(1);
        assert_eq!(places.wants(CALLS, Instant::now()), 1);
        places.take(MAIL);
        assert_eq!(places.wants(CALLS, Instant::now()), 0);
    }

    #[test]
    fn what_is_deleted_first_goes_first() {
        let mut places = Places::new(8);
        let call = recording("1", 0);
        let later = fax("2", 50 * DAY_MS);
        assert!(places.deadline_ms(&later) < places.deadline_ms(&call));
        assert_eq!(places.deadline_ms(&voicemail("3", 0)), 90 * DAY_MS);
        places.keep_in_mind(Retention(BTreeMap::from([(CALLS, 7)])));
        assert_eq!(places.deadline_ms(&call), 7 * DAY_MS);
    }
}
