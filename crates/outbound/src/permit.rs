//! The right to send one request, and what becomes of it: the queue, and the
//! book where processes share one, hear of each end that it may have.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::pacer::{Key, Pacer, Queue};
use crate::reading::Reading;

/// The right to send one request, counted until it is settled. Dropped without
/// a word, the request counts as sent and its answer as lost.
pub(crate) struct Permit {
    pacer: Arc<Pacer>,
    key: Key,
    route: &'static str,
    /// When it was given: the request goes right after.
    sent: Instant,
    probing: bool,
    /// The places it was taken from, where processes share them.
    lot: Option<i64>,
    settled: bool,
}

impl Permit {
    /// Given at this moment.
    pub(crate) fn new(
        pacer: Arc<Pacer>,
        key: Key,
        route: &'static str,
        probing: bool,
        lot: Option<i64>,
    ) -> Permit {
        Permit {
            pacer,
            key,
            route,
            sent: Instant::now(),
            probing,
            lot,
            settled: false,
        }
    }

    /// It was not sent.
    pub(crate) fn unsent(mut self) {
        let (probing, lot) = (self.probing, self.lot);
        self.settle(|queue, now| {
            queue.gauge.unsend(probing);
            lot.is_some_and(|lot| queue.stock.unsend(lot, now))
        });
    }

    /// The answer's headers came. The group it was really counted in.
    pub(crate) fn answered(mut self, reading: &Reading) -> String {
        self.move_to(reading);
        let (sent, probing, lot) = (self.sent, self.probing, self.lot);
        self.settle(|queue, now| {
            if queue.is_ruled(now) {
                if let Some(remaining) = reading.remaining {
                    queue.stock.left(remaining, sent, now);
                }
                let reading = reading.clone().without_remaining();
                queue.gauge.answered(sent, now, probing, &reading);
            } else {
                queue.gauge.answered(sent, now, probing, reading);
            }
            queue.gauge.passed(now);
            lot.is_some_and(|lot| queue.stock.answered(lot, now, true))
        });
        self.key.group.clone()
    }

    /// The answer is a rate limit: its group is closed this instant, for
    /// `pause` at least.
    pub(crate) fn throttled(mut self, reading: &Reading, pause: Duration, chance: f64) -> String {
        self.move_to(reading);
        let (sent, probing, lot) = (self.sent, self.probing, self.lot);
        let told = self.pacer.book().is_some();
        self.settle(|queue, now| {
            let Queue { gauge, stock, .. } = queue;
            gauge.answered(sent, now, false, reading);
            gauge.throttled(now, pause, probing, chance);
            if let Some(lot) = lot {
                stock.answered(lot, now, false);
            }
            if told && let Some(end) = gauge.shut_until() {
                stock.shut(end);
            }
            told
        });
        self.key.group.clone()
    }

    /// The provider counts in another group than ours: so do we, from now on.
    fn move_to(&mut self, reading: &Reading) {
        let Some(group) = reading
            .group
            .as_ref()
            .filter(|group| **group != self.key.group)
        else {
            return;
        };
        let mut state = self.pacer.state();
        let mut counts = false;
        if let Some(old) = state.queues.get_mut(&self.key) {
            counts = old.counts;
            old.gauge.unsend(self.probing);
            if let Some(lot) = self.lot.take() {
                old.stock.unsend(lot, Instant::now());
            }
            old.wake_first();
        }
        let route = (self.key.peer.clone(), self.route);
        state.regrouped.insert(route, group.clone());
        self.key.group.clone_from(group);
        let budget = reading.budget();
        let queue = state.queue(&self.key, budget, Instant::now());
        queue.counts |= counts;
        self.probing = queue.gauge.send();
    }

    /// `how` says whether the book is to be told at once.
    fn settle(&mut self, how: impl FnOnce(&mut Queue, Instant) -> bool) {
        self.settled = true;
        let now = Instant::now();
        let urgent = {
            let mut state = self.pacer.state();
            let queue = state.queue(&self.key, None, now);
            let urgent = how(queue, now);
            queue.wake_first();
            urgent
        };
        if urgent {
            self.pacer.tell_now(&self.key);
        } else {
            self.pacer.tell_later(&self.key);
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if !self.settled {
            let (probing, lot) = (self.probing, self.lot);
            self.settle(|queue, now| {
                queue.gauge.lost(now, probing);
                lot.is_some_and(|lot| queue.stock.answered(lot, now, false))
            });
        }
    }
}
