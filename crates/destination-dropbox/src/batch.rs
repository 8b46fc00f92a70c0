//! When a batch goes: a pure rule, and the collector that obeys it. Used for
//! groups of small files and for commits; knows neither.

use std::time::Duration;

use futures::future::OptionFuture;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, sleep};

use crate::byte_budget::ByteBudget;
use crate::expected::Expected;

/// How large a batch may become and how long it waits for more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Entries, at most.
    pub entries: usize,
    /// Bytes of all entries together, at most (one entry alone may have more).
    pub bytes: u64,
    /// It goes when nobody came for so long.
    pub idle: Duration,
    /// It goes when its first entry has waited for so long.
    pub linger: Duration,
}

/// A batch that is being gathered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gathered {
    pub(crate) entries: usize,
    pub(crate) bytes: u64,
    pub(crate) since_first: Duration,
    pub(crate) since_last: Duration,
    /// Whether anybody may still come.
    pub(crate) more_expected: bool,
    /// Somebody cannot come because there is no room in memory.
    pub(crate) pressed: bool,
}

/// What to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Go {
    Now,
    /// If nobody comes before.
    After(Duration),
}

impl Limits {
    /// Whether the batch goes.
    pub(crate) fn go(&self, gathered: &Gathered) -> Go {
        let full = gathered.entries >= self.entries
            || gathered.bytes >= self.bytes
            || (gathered.pressed && gathered.bytes >= self.bytes / 2);
        if full || !gathered.more_expected {
            return Go::Now;
        }
        let idle = self.idle.saturating_sub(gathered.since_last);
        let linger = self.linger.saturating_sub(gathered.since_first);
        match idle.min(linger) {
            Duration::ZERO => Go::Now,
            wait => Go::After(wait),
        }
    }

    /// Whether a newcomer of this size still fits.
    pub(crate) fn fits(&self, entries: usize, bytes: u64, newcomer: u64) -> bool {
        entries == 0 || (entries < self.entries && bytes.saturating_add(newcomer) <= self.bytes)
    }
}

/// Something that waits in a batch.
pub(crate) trait Entry {
    /// Its bytes in the batch.
    fn weight(&self) -> u64;
    /// Nobody waits for it any more.
    fn is_abandoned(&self) -> bool;
    /// It has come.
    fn arrive(&mut self) {}
}

/// Gathers what comes into batches.
pub(crate) struct Collector<T> {
    inbox: UnboundedReceiver<T>,
    limits: Limits,
    expected: Expected,
    /// Came, but did not fit any more.
    held: Option<T>,
    /// The memory that entries hold, if they hold any.
    memory: Option<ByteBudget>,
}

impl<T: Entry> Collector<T> {
    /// `expected` counts who has not been put into the inbox yet.
    pub(crate) fn new(
        inbox: UnboundedReceiver<T>,
        limits: Limits,
        expected: Expected,
    ) -> Collector<T> {
        Collector {
            inbox,
            limits,
            expected,
            held: None,
            memory: None,
        }
    }

    /// Entries hold memory: where somebody waits for it, half a batch goes at
    /// once instead of waiting for who cannot come.
    pub(crate) fn holding(mut self, memory: ByteBudget) -> Collector<T> {
        self.memory = Some(memory);
        self
    }

    fn is_pressed(&self) -> bool {
        self.memory.as_ref().is_some_and(ByteBudget::is_wanted)
    }

    /// The next batch, beginning with `batch` (entries that come back), never
    /// empty; `None` when everybody is gone. What was abandoned while it
    /// waited is left out.
    pub(crate) async fn next(&mut self, mut batch: Vec<T>) -> Option<Vec<T>> {
        loop {
            self.fill(&mut batch).await?;
            batch.retain(|entry| !entry.is_abandoned());
            if !batch.is_empty() {
                return Some(batch);
            }
        }
    }

    /// The batch as it goes now: with whoever came meanwhile and fits, without
    /// the abandoned.
    pub(crate) fn now(&mut self, mut batch: Vec<T>) -> Vec<T> {
        batch.retain(|entry| !entry.is_abandoned());
        let mut bytes = batch.iter().map(Entry::weight).sum::<u64>();
        while let Some(came) = self.held.take().or_else(|| self.inbox.try_recv().ok()) {
            if !self.limits.fits(batch.len(), bytes, came.weight()) {
                self.held = Some(came);
                break;
            }
            bytes = bytes.saturating_add(came.weight());
            if !came.is_abandoned() {
                batch.push(arrived(came));
            }
        }
        batch
    }

    /// `None` when the batch is empty and nobody will come.
    async fn fill(&mut self, batch: &mut Vec<T>) -> Option<()> {
        if batch.is_empty() {
            let first = match self.held.take() {
                Some(held) => held,
                None => self.inbox.recv().await?,
            };
            batch.push(arrived(first));
        }
        let first_at = Instant::now();
        let mut last_at = first_at;
        let mut bytes = batch.iter().map(Entry::weight).sum::<u64>();
        loop {
            let entries = batch.len();
            let gathered = |more_expected, pressed| Gathered {
                entries,
                bytes,
                since_first: first_at.elapsed(),
                since_last: last_at.elapsed(),
                more_expected,
                pressed,
            };
            let Some(came) = self.newcomer(gathered).await else {
                return Some(());
            };
            if !self.limits.fits(entries, bytes, came.weight()) {
                self.held = Some(came);
                return Some(());
            }
            bytes = bytes.saturating_add(came.weight());
            last_at = Instant::now();
            batch.push(arrived(came));
        }
    }

    /// The next to join, if one comes before the batch goes. Who is here
    /// already costs no waiting.
    async fn newcomer(&mut self, gathered: impl Fn(bool, bool) -> Gathered) -> Option<T> {
        if let Some(held) = self.held.take() {
            return Some(held);
        }
        loop {
            if let Ok(came) = self.inbox.try_recv() {
                return Some(came);
            }
            // Begun before the look, so that nobody is missed in between.
            let expected = self.expected.clone();
            let none = expected.none();
            let wanted = OptionFuture::from(self.memory.as_ref().map(ByteBudget::wanted));
            let gathered = gathered(expected.is_any(), self.is_pressed());
            let Go::After(wait) = self.limits.go(&gathered) else {
                return None;
            };
            tokio::select! {
                biased;
                came = self.inbox.recv() => return came,
                Some(()) = wanted => {}
                () = none => {}
                () = sleep(wait) => {}
            }
        }
    }
}

fn arrived<T: Entry>(mut entry: T) -> T {
    entry.arrive();
    entry
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use proptest::prelude::*;
    use tokio::sync::mpsc;
    use tokio::time::timeout;

    use super::*;
    use crate::expected::Coming;

    const MS: Duration = Duration::from_millis(1);
    const LIMITS: Limits = Limits {
        entries: 50,
        bytes: 1_000,
        idle: Duration::from_millis(30),
        linger: Duration::from_millis(100),
    };

    #[test]
    fn a_batch_goes_when_it_is_full_alone_or_old_enough() {
        for (entries, bytes, first, last, more, go) in [
            (1, 10, 0, 0, true, Go::After(30 * MS)),
            (1, 10, 0, 0, false, Go::Now),
            (50, 10, 0, 0, true, Go::Now),
            (1, 1_000, 0, 0, true, Go::Now),
            (5, 10, 29, 29, true, Go::After(MS)),
            (5, 10, 30, 30, true, Go::Now),
            (5, 10, 80, 0, true, Go::After(20 * MS)),
            (5, 10, 100, 0, true, Go::Now),
            (5, 10, 900, 900, true, Go::Now),
        ] {
            let gathered = Gathered {
                entries,
                bytes,
                since_first: first * MS,
                since_last: last * MS,
                more_expected: more,
                pressed: false,
            };
            assert_eq!(LIMITS.go(&gathered), go, "{gathered:?}");
        }
    }

    #[test]
    fn half_a_batch_goes_when_memory_is_full() {
        let go = |bytes, pressed| {
            LIMITS.go(&Gathered {
                entries: 5,
                bytes,
                since_first: Duration::ZERO,
                since_last: Duration::ZERO,
                more_expected: true,
                pressed,
            })
        };
        assert_eq!(go(500, true), Go::Now);
        assert_eq!(go(499, true), Go::After(30 * MS));
        assert_eq!(go(500, false), Go::After(30 * MS));
    }

    #[tokio::test(start_paused = true)]
    async fn who_begins_to_wait_for_memory_wakes_the_batch() {
        let memory = ByteBudget::new(700);
        let (inbox, parcels) = mpsc::unbounded_channel();
        let (expected, _coming) = expecting();
        let collector = Collector::new(parcels, LIMITS, expected);
        let mut collector = collector.holding(memory.clone());
        let _held = memory.reserve(600).await.unwrap();
        let _ = inbox.send(parcel(600));
        let begun = Instant::now();
        let wait = async {
            tokio::time::sleep(10 * MS).await;
            drop(timeout(5 * MS, memory.reserve(200)).await);
        };
        let collect = async {
            let batch = collector.next(Vec::new()).await.unwrap();
            assert_eq!(weights(&batch), [600]);
            begun.elapsed()
        };
        assert_eq!(futures::join!(collect, wait).0, 10 * MS);
    }

    /// Somebody will come, as long as the second lives.
    fn expecting() -> (Expected, Coming) {
        let expected = Expected::default();
        let coming = expected.one();
        (expected, coming)
    }

    struct Parcel(u64, Cell<bool>);

    impl Entry for Parcel {
        fn weight(&self) -> u64 {
            self.0
        }

        fn is_abandoned(&self) -> bool {
            self.1.get()
        }
    }

    fn parcel(weight: u64) -> Parcel {
        Parcel(weight, Cell::new(false))
    }

    fn weights(batch: &[Parcel]) -> Vec<u64> {
        batch.iter().map(|parcel| parcel.0).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_batch_waits_for_newcomers_but_not_for_ever() {
        let (inbox, parcels) = mpsc::unbounded_channel();
        let (expected, _coming) = expecting();
        let mut collector = Collector::new(parcels, LIMITS, expected);
        let feed = async {
            for n in 0..9 {
                let _ = inbox.send(parcel(n));
                tokio::time::sleep(20 * MS).await;
            }
        };
        let begun = Instant::now();
        let collect = async {
            let first = collector.next(Vec::new()).await.unwrap();
            (weights(&first), begun.elapsed())
        };
        let ((first, took), ()) = futures::join!(collect, feed);
        assert_eq!(first, [0, 1, 2, 3, 4]);
        assert_eq!(took, 100 * MS);
        let rest = collector.next(Vec::new()).await.unwrap();
        assert_eq!(weights(&rest), [5, 6, 7, 8]);
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_expected_means_no_waiting() {
        let (inbox, parcels) = mpsc::unbounded_channel();
        let mut collector = Collector::new(parcels, LIMITS, Expected::default());
        let begun = Instant::now();
        for n in 0..3 {
            let _ = inbox.send(parcel(n));
        }
        let batch = collector.next(vec![parcel(9)]).await.unwrap();
        assert_eq!(
            (weights(&batch), begun.elapsed()),
            (vec![9, 0, 1, 2], Duration::ZERO)
        );
        drop(inbox);
        assert!(collector.next(Vec::new()).await.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn who_was_expected_and_gives_up_keeps_nobody_waiting() {
        let (inbox, parcels) = mpsc::unbounded_channel();
        let (expected, coming) = expecting();
        let mut collector = Collector::new(parcels, LIMITS, expected);
        let _ = inbox.send(parcel(1));
        let begun = Instant::now();
        let give_up = async {
            tokio::time::sleep(10 * MS).await;
            drop(coming);
        };
        let (batch, ()) = futures::join!(collector.next(Vec::new()), give_up);
        assert_eq!(
            (weights(&batch.unwrap()), begun.elapsed()),
            (vec![1], 10 * MS)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn the_abandoned_are_left_out_and_the_rest_still_goes() {
        let (inbox, parcels) = mpsc::unbounded_channel();
        let (expected, _coming) = expecting();
        let mut collector = Collector::new(parcels, LIMITS, expected);
        let _ = inbox.send(Parcel(1, Cell::new(true)));
        let later = async {
            tokio::time::sleep(500 * MS).await;
            let _ = inbox.send(parcel(2));
        };
        let (batch, ()) = futures::join!(collector.next(Vec::new()), later);
        assert_eq!(weights(&batch.unwrap()), [2]);
    }

    proptest! {
        /// Nothing is lost, nothing changes its order, no limit is passed
        /// (one entry alone may be heavier than a batch).
        #[test]
        fn batches_hold_everything_in_order_within_the_limits(
            parcels in proptest::collection::vec(0_u64..1_500, 1..200),
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .start_paused(true)
                .build()
                .unwrap();
            let batches = runtime.block_on(async {
                let (inbox, waiting) = mpsc::unbounded_channel();
                for weight in &parcels {
                    drop(inbox.send(parcel(*weight)));
                }
                drop(inbox);
                let (expected, _coming) = expecting();
                let mut collector = Collector::new(waiting, LIMITS, expected);
                let mut batches = Vec::new();
                while let Some(batch) = collector.next(Vec::new()).await {
                    batches.push(weights(&batch));
                }
                batches
            });
            for batch in &batches {
                prop_assert!(batch.len() <= LIMITS.entries);
                prop_assert!(batch.len() == 1 || batch.iter().sum::<u64>() <= LIMITS.bytes);
            }
            prop_assert_eq!(batches.concat(), parcels);
        }
    }
}
