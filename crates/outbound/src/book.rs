//! One process's way to the book that all share: who goes there for a queue,
//! when, and what is brought back. Nobody waits inside a call of the book, so
//! whoever gives up waiting takes nothing with him.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use domain::allowance::{Inquiry, Note, RateKey, Told};
use domain::ports::Limits;
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::pacer::{Key, Pacer};
use crate::stock;

/// The book, and who reads it.
pub(crate) struct Book {
    limits: Arc<dyn Limits>,
    holder: String,
    numbers: AtomicI64,
    listening: AtomicBool,
}

/// A book that does not answer for this long is gone without.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often it is read for penalties that others met, where requests go
/// without asking it.
const LISTEN: Duration = Duration::from_secs(1);
/// What is told later is not told more often than this.
const LEAST: Duration = Duration::from_millis(20);
/// A book that does not answer is not told anything for so long.
const RECOVER: Duration = Duration::from_secs(1);

impl Book {
    pub(crate) fn new(limits: Arc<dyn Limits>, holder: &str) -> Book {
        Book {
            limits,
            holder: holder.to_owned(),
            numbers: AtomicI64::new(1),
            listening: AtomicBool::new(false),
        }
    }

    async fn inquire(&self, key: &RateKey, inquiry: &Inquiry) -> Option<Told> {
        match timeout(PATIENCE, self.limits.inquire(key, inquiry)).await {
            Ok(Ok(told)) => Some(told),
            Ok(Err(error)) => {
                tracing::debug!(
                    kind = error.kind().word(),
                    "the shared limits do not answer"
                );
                None
            }
            Err(_) => None,
        }
    }
}

impl Pacer {
    /// Asks the book for places, on behalf of whoever is first in the queue.
    pub(crate) fn ask(self: &Arc<Self>, key: &Key) {
        self.send_for(key, true);
    }

    /// Tells the book what there is to tell: somebody waits for it.
    pub(crate) fn tell_now(self: &Arc<Self>, key: &Key) {
        if self.book().is_some() {
            self.send_for(key, false);
        }
    }

    /// A penalty of the whole provider.
    pub(crate) fn tell_all(self: &Arc<Self>, peer: &str, end: Instant) {
        let (pacer, key) = (Arc::clone(self), RateKey::all_of(peer));
        Pacer::spawn(async move {
            let Some(book) = pacer.book() else { return };
            let left = end.saturating_duration_since(Instant::now());
            let for_ms = i64::try_from(left.as_millis()).unwrap_or(i64::MAX / 4);
            let inquiry = Inquiry {
                holder: book.holder.clone(),
                lot: 0,
                want: 0,
                rate: None,
                notes: vec![Note::Shut { for_ms }],
            };
            if book.inquire(&key, &inquiry).await.is_none() {
                sleep(RECOVER).await;
                book.inquire(&key, &inquiry).await;
            }
        });
    }

    /// Sees to it that the book is told in time.
    pub(crate) fn tell_later(self: &Arc<Self>, key: &Key) {
        if self.book().is_none() {
            return;
        }
        let starts = {
            let mut state = self.state();
            let queue = state.queues.get_mut(key);
            queue.is_some_and(|queue| {
                let due = queue.stock.due(queue.gauge.window()).is_some();
                due && !std::mem::replace(&mut queue.stock.watched, true)
            })
        };
        if starts {
            let (pacer, key) = (Arc::clone(self), key.clone());
            Pacer::spawn(async move { pacer.tell_in_time(&key).await });
        }
    }

    /// Begins to hear of penalties that other processes meet.
    pub(crate) fn listen(self: &Arc<Self>) {
        let Some(book) = self.book() else { return };
        if !book.listening.swap(true, Ordering::Relaxed) {
            Pacer::spawn(listen(Arc::downgrade(self)));
        }
    }

    fn send_for(self: &Arc<Self>, key: &Key, asks: bool) {
        let (pacer, key) = (Arc::clone(self), key.clone());
        Pacer::spawn(async move {
            pacer.go(&key, asks).await;
            pacer.tell_later(&key);
        });
    }

    /// In a task of its own: a caller that goes away must not take the book's
    /// answer with it.
    fn spawn(work: impl Future<Output = ()> + Send + 'static) {
        // Without a runtime the process is ending.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(work);
        }
    }

    async fn tell_in_time(self: &Arc<Self>, key: &Key) {
        loop {
            let due = {
                let mut state = self.state();
                let Some(queue) = state.queues.get_mut(key) else {
                    return;
                };
                let due = queue.stock.due(queue.gauge.window());
                queue.stock.watched = due.is_some();
                due
            };
            let Some(due) = due else { return };
            sleep_until(due.max(Instant::now() + LEAST)).await;
            if !self.go(key, false).await {
                sleep(RECOVER).await;
            }
        }
    }

    /// Once to the book and back; `false` when it did not answer.
    async fn go(self: &Arc<Self>, key: &Key, asks: bool) -> bool {
        let Some(book) = self.book() else { return true };
        let asked = Instant::now();
        let number = book.numbers.fetch_add(1, Ordering::Relaxed);
        let (inquiry, errand) = {
            let mut state = self.state();
            let Some(queue) = state.queues.get_mut(key) else {
                return true;
            };
            let budget = queue.gauge.budget().filter(|_| queue.counts);
            let errand = queue.stock.notes(asked);
            if !asks && errand.is_empty() {
                return true;
            }
            let inquiry = Inquiry {
                holder: book.holder.clone(),
                lot: number,
                want: u32::from(asks) * stock::portion(budget, queue.waiting()),
                rate: budget.map(stock::rate),
                notes: errand.words(asked),
            };
            (inquiry, errand)
        };
        let told = book.inquire(key, &inquiry).await;
        let now = Instant::now();
        let mut state = self.state();
        let queue = state.queue(key, None, now);
        match told {
            Some(told) => {
                let shut = queue.stock.told(told, number, inquiry.rate, asked, now);
                if let Some(end) = shut {
                    queue.gauge.hear(end);
                }
            }
            None => queue.stock.failed(errand, asks, now),
        }
        queue.wake_first();
        told.is_some()
    }

    /// Whether anything goes or waits at this time.
    fn is_busy(&self, now: Instant) -> bool {
        let state = self.state();
        let mut queues = state.queues.values();
        queues.any(|queue| queue.waiting() > 0 || queue.gauge.is_at_work(now))
    }

    fn hear(&self, penalties: Vec<(RateKey, Duration)>, now: Instant) {
        for (key, left) in penalties {
            if key.is_all() {
                self.hear_all(&key.peer, now + left);
            } else if let Some(queue) = self.state().queues.get_mut(&key) {
                queue.gauge.hear(now + left);
            }
        }
    }
}

/// As long as the door is open.
async fn listen(pacer: Weak<Pacer>) {
    loop {
        sleep(LISTEN).await;
        let Some(pacer) = pacer.upgrade() else {
            return;
        };
        let Some(book) = pacer.book() else { return };
        let asked = Instant::now();
        if !pacer.is_busy(asked) {
            continue;
        }
        if let Ok(Ok(penalties)) = timeout(PATIENCE, book.limits.penalties()).await {
            pacer.hear(penalties, Instant::now());
        }
    }
}
