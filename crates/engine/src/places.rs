//! The places of items on their way: which types may have how many, so that one
//! type that waits for its rate limit does not keep the others from moving, and
//! what is deleted first goes first. Pure, but for the time that is handed in.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::data_type::DataType;
use domain::item::Item;
use domain::retention::Retention;
use tokio::time::Instant;

use crate::fetching::{Ended, Pull};

/// So long nobody asks again for more of a type of which nothing was due,
/// while others are on their way and no new page came.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// So many places are open to begin with, and always.
const FEW: usize = 8;

/// How many items of each type are fetched, and how many are on their way.
pub(crate) struct Places {
    /// To be fetched in.
    all: usize,
    /// How many of them may be used now.
    open: usize,
    taken: BTreeMap<DataType, usize>,
    /// Of all that are on their way.
    most_moving: usize,
    moving: BTreeMap<DataType, usize>,
    /// Types of which nothing more was due, and when that was.
    dry: BTreeMap<DataType, Instant>,
    retention: Retention,
}

impl Places {
    /// So many to be fetched in, all free, and so many on their way in all.
    pub(crate) fn new(all: usize, most_moving: usize) -> Places {
        Places {
            all,
            open: all.min(FEW),
            taken: BTreeMap::new(),
            most_moving: most_moving.max(all),
            moving: BTreeMap::new(),
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
        if total(&self.moving) > 0 && self.dry.get(&of).is_some_and(fresh) {
            return 0;
        }
        let room = self.room(of);
        // A question costs: a good part must be free, or none of it moves.
        let worth = self.moving(of) == 0 || room * 4 >= self.most(of);
        if worth { room } else { 0 }
    }

    /// How many more of a type may set out.
    pub(crate) fn room(&self, of: DataType) -> usize {
        let free = self.open.saturating_sub(total(&self.taken));
        let free = free.min(self.most_moving.saturating_sub(total(&self.moving)));
        free.min(self.most(of).saturating_sub(self.taken(of)))
    }

    /// How many of a type are fetched.
    fn taken(&self, of: DataType) -> usize {
        self.taken.get(&of).copied().unwrap_or(0)
    }

    /// How many of a type are on their way.
    pub(crate) fn moving(&self, of: DataType) -> usize {
        self.moving.get(&of).copied().unwrap_or(0)
    }

    /// One sets out.
    pub(crate) fn take(&mut self, of: DataType) {
        *self.taken.entry(of).or_default() += 1;
        *self.moving.entry(of).or_default() += 1;
    }

    /// The bytes of one have come, or never will. While the destination reads
    /// what comes, one more place is opened; where it has no room, one is
    /// closed: what waits for it costs memory and the provider's patience, and
    /// brings nothing.
    pub(crate) fn fetched(&mut self, ended: Ended) {
        one_less(&mut self.taken, ended.of);
        self.open = match ended.pull {
            Pull::Free => self.open + 1,
            Pull::Held => self.open - 1,
            Pull::None => self.open,
        };
        self.open = self.open.clamp(self.all.min(FEW), self.all);
    }

    /// One has arrived, or failed.
    pub(crate) fn arrived(&mut self, of: DataType) {
        one_less(&mut self.moving, of);
    }

    /// Nothing more of a type is due; or there is.
    pub(crate) fn is_dry(&mut self, of: DataType, dry: bool, now: Instant) {
        if dry {
            self.dry.insert(of, now);
        } else {
            self.dry.remove(&of);
        }
    }

    /// Nothing more is due of anything.
    pub(crate) fn are_dry(&self) -> bool {
        DataType::ALL.iter().all(|it| self.dry.contains_key(it))
    }

    /// Whether nobody may set out before somebody has arrived.
    pub(crate) fn are_full(&self) -> bool {
        total(&self.moving) >= self.most_moving
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
        let kept = others.count() * (self.open / 8);
        self.open.saturating_sub(kept).max(1)
    }
}

fn total(places: &BTreeMap<DataType, usize>) -> usize {
    places.values().sum()
}

fn one_less(places: &mut BTreeMap<DataType, usize>, of: DataType) {
    let taken = places.entry(of).or_default();
    *taken = taken.saturating_sub(1);
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::window::DAY_MS;
    use testkit::builders::{fax, recording, voicemail};

    const CALLS: DataType = DataType::CallRecording;
    const MAIL: DataType = DataType::Voicemail;

    fn fetched(places: &mut Places, of: DataType, pull: Pull) {
        places.fetched(Ended { of, pull });
    }

    fn free(places: &mut Places, of: DataType) {
        fetched(places, of, Pull::None);
        places.arrived(of);
    }

    /// Places of which all are open.
    fn open(all: usize, most_moving: usize) -> Places {
        let mut places = Places::new(all, most_moving);
        places.open = all;
        places
    }

    #[tokio::test(start_paused = true)]
    async fn places_open_while_the_destination_reads_and_close_when_it_does_not() {
        let mut places = Places::new(64, 1_000);
        for dry in [MAIL, DataType::Sms, DataType::Fax] {
            places.is_dry(dry, true, Instant::now());
        }
        assert_eq!(places.room(CALLS), FEW);
        for _ in 0..100 {
            places.take(CALLS);
            fetched(&mut places, CALLS, Pull::Free);
        }
        assert_eq!(places.room(CALLS), 64);
        places.take(CALLS);
        fetched(&mut places, CALLS, Pull::None);
        assert_eq!(places.room(CALLS), 64, "what failed tells nothing");
        for _ in 0..10 {
            places.take(CALLS);
            fetched(&mut places, CALLS, Pull::Held);
        }
        assert_eq!(places.room(CALLS), 54);
        for _ in 0..100 {
            places.take(CALLS);
            fetched(&mut places, CALLS, Pull::Held);
        }
        assert_eq!(places.room(CALLS), FEW);
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_the_destination_keeps_nobody_from_being_fetched() {
        let now = Instant::now();
        let mut places = open(8, 20);
        for dry in [MAIL, DataType::Sms, DataType::Fax] {
            places.is_dry(dry, true, now);
        }
        for _ in 0..8 {
            places.take(CALLS);
        }
        assert_eq!(places.wants(CALLS, now), 0);
        for _ in 0..8 {
            fetched(&mut places, CALLS, Pull::None);
        }
        assert_eq!((places.wants(CALLS, now), places.moving(CALLS)), (8, 8));
        for _ in 0..8 {
            places.take(CALLS);
            fetched(&mut places, CALLS, Pull::None);
        }
        assert_eq!(places.room(CALLS), 4, "but there is an end to it");
        for _ in 0..4 {
            places.take(CALLS);
            fetched(&mut places, CALLS, Pull::None);
        }
        assert_eq!(places.wants(CALLS, now), 0);
        places.arrived(CALLS);
        assert_eq!(places.room(CALLS), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn one_type_leaves_places_to_each_other_that_may_come() {
        let now = Instant::now();
        let mut places = open(64, 64);
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
        free(&mut places, CALLS);
        assert_eq!((places.room(CALLS), places.wants(MAIL, now)), (0, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_dry_is_asked_for_again_after_a_while() {
        let now = Instant::now();
        let mut places = open(8, 8);
        places.take(CALLS);
        places.is_dry(MAIL, true, now);
        assert_eq!(places.wants(MAIL, now), 0);
        assert!(places.wants(MAIL, now + ASK_AGAIN) > 0);
        places.is_dry(MAIL, false, now);
        assert!(places.wants(MAIL, now) > 0);
        places.is_dry(MAIL, true, now);
        free(&mut places, CALLS);
        assert!(places.wants(MAIL, now) > 0, "there is nothing else to do");
    }

    #[tokio::test(start_paused = true)]
    async fn a_single_place_is_for_whoever_comes() {
        let mut places = open(1, 1);
        assert_eq!(places.wants(CALLS, Instant::now()), 1);
        places.take(MAIL);
        assert_eq!(places.wants(CALLS, Instant::now()), 0);
    }

    #[test]
    fn what_is_deleted_first_goes_first() {
        let mut places = open(8, 8);
        let call = recording("1", 0);
        let later = fax("2", 50 * DAY_MS);
        assert!(places.deadline_ms(&later) < places.deadline_ms(&call));
        assert_eq!(places.deadline_ms(&voicemail("3", 0)), 90 * DAY_MS);
        places.keep_in_mind(Retention(BTreeMap::from([(CALLS, 7)])));
        assert_eq!(places.deadline_ms(&call), 7 * DAY_MS);
    }
}
