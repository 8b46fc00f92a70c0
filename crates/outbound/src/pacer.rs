//! Who goes when. One queue per provider, subject and group, first come first
//! served with a head start for listings; the decisions are `budget`'s, and
//! where processes share a book the `stock`'s; here is only the waiting.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use domain::ports::Limits;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use crate::book::Book;
use crate::budget::{Budget, Gauge, Turn};
use crate::permit::Permit;
use crate::request::{Group, Urgency};
use crate::stock::{Leave, Stock};

/// Whose request it is and what kind.
#[derive(Clone, Copy)]
pub(crate) struct Ask<'a> {
    pub(crate) peer: &'a str,
    pub(crate) subject: &'a str,
    pub(crate) route: &'static str,
    pub(crate) group: &'a Group,
    pub(crate) urgency: Urgency,
    /// The provider counts in this group, for all processes together.
    pub(crate) counts: bool,
}

/// Its turn would come too late: at this moment or after it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Late(pub(crate) Instant);

/// What has a queue of its own.
pub(crate) type Key = domain::allowance::RateKey;

/// Place in a queue: arrival (a listing's a window earlier), then order.
type Rank = (Instant, u64);

pub(crate) struct Queue {
    pub(crate) gauge: Gauge,
    pub(crate) stock: Stock,
    /// Its places are counted in the book.
    pub(crate) counts: bool,
    waiting: BTreeMap<Rank, Arc<Notify>>,
}

impl Queue {
    fn new(budget: Option<Budget>) -> Queue {
        Queue {
            gauge: Gauge::new(budget),
            stock: Stock::default(),
            counts: false,
            waiting: BTreeMap::new(),
        }
    }

    /// How many wait.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Whether the book knows what others spend, so that it need not be
    /// guessed here.
    pub(crate) fn is_ruled(&self, now: Instant) -> bool {
        self.counts && !self.stock.is_alone(now)
    }

    /// Whoever is first looks again.
    pub(crate) fn wake_first(&self) {
        if let Some(first) = self.waiting.values().next() {
            first.notify_one();
        }
    }
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) queues: HashMap<Key, Queue>,
    /// The group that the provider counts a route in, where it is not ours.
    pub(crate) regrouped: HashMap<(String, &'static str), String>,
    /// Penalties of a whole provider, for queues that do not exist yet.
    hosts: HashMap<String, Instant>,
    arrivals: u64,
}

/// All queues of the process.
#[derive(Default)]
pub(crate) struct Pacer {
    state: Mutex<State>,
    /// What all processes share.
    book: OnceLock<Book>,
}

/// With more queues than this, those that remember nothing are swept.
const SWEEP_ABOVE: usize = 4096;
/// A listing's head start where no window is known.
const HEAD_START: Duration = Duration::from_mins(1);

impl Pacer {
    /// From now on it shares this book with other processes.
    pub(crate) fn share(&self, limits: Arc<dyn Limits>, holder: &str) {
        self.book.get_or_init(|| Book::new(limits, holder));
    }

    pub(crate) fn book(&self) -> Option<&Book> {
        self.book.get()
    }

    /// Waits for the request's turn, but not beyond `deadline`. The request is
    /// counted from here on: send it at once, or give the permit back.
    pub(crate) async fn admit(
        self: &Arc<Self>,
        ask: Ask<'_>,
        deadline: Instant,
    ) -> Result<Permit, Late> {
        let ticket = self.line_up(ask);
        self.listen();
        loop {
            let (opens, wake) = match self.look(&ticket) {
                Look::Go { probing, lot } => {
                    return Ok(ticket.admitted(ask.route, probing, lot));
                }
                Look::Wait { opens, wake } => (opens, wake),
            };
            if let Some(opens) = opens.filter(|opens| *opens > deadline) {
                return Err(Late(opens));
            }
            let until = wake.map_or(deadline, |wake| wake.min(deadline));
            let rung = timeout_at(until, ticket.bell.notified()).await.is_ok();
            if !rung && until == deadline && wake != Some(deadline) {
                return Err(Late(deadline));
            }
        }
    }

    /// Closes one group: nothing goes before `end`, then one alone.
    pub(crate) fn shut(self: &Arc<Self>, peer: &str, subject: &str, group: &str, end: Instant) {
        let key = Key {
            peer: peer.to_owned(),
            subject: subject.to_owned(),
            group: group.to_owned(),
        };
        {
            let mut state = self.state();
            let queue = state.queue(&key, None, Instant::now());
            queue.gauge.shut(end);
            if self.book().is_some() {
                queue.stock.shut(end);
            }
        }
        self.tell_now(&key);
    }

    /// Closes every group of the provider.
    pub(crate) fn shut_all(self: &Arc<Self>, peer: &str, end: Instant) {
        self.hear_all(peer, end);
        self.tell_all(peer, end);
    }

    /// The same, as another process tells it.
    pub(crate) fn hear_all(&self, peer: &str, end: Instant) {
        let mut state = self.state();
        let known = state.hosts.entry(peer.to_owned()).or_insert(end);
        *known = end.max(*known);
        for (key, queue) in &mut state.queues {
            if key.peer == peer {
                queue.gauge.hear(end);
            }
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn line_up(self: &Arc<Self>, ask: Ask<'_>) -> Ticket {
        let now = Instant::now();
        let mut state = self.state();
        let told = state.regrouped.get(&(ask.peer.to_owned(), ask.route));
        let group = told.map_or(ask.group.name.as_ref(), String::as_str);
        let key = Key {
            peer: ask.peer.to_owned(),
            subject: ask.subject.to_owned(),
            group: group.to_owned(),
        };
        state.arrivals += 1;
        let arrival = state.arrivals;
        let queue = state.queue(&key, ask.group.budget, now);
        queue.counts = ask.counts && self.book().is_some();
        let later = match ask.urgency {
            Urgency::Listing => Duration::ZERO,
            Urgency::Content => queue.gauge.window().unwrap_or(HEAD_START),
        };
        let rank = (now + later, arrival);
        let bell = Arc::new(Notify::new());
        queue.waiting.insert(rank, Arc::clone(&bell));
        Ticket {
            pacer: Arc::clone(self),
            key,
            rank,
            bell,
        }
    }

    fn look(self: &Arc<Self>, ticket: &Ticket) -> Look {
        let now = Instant::now();
        let mut state = self.state();
        let queue = state.queue(&ticket.key, None, now);
        let Queue { gauge, waiting, .. } = queue;
        if waiting.keys().next() != Some(&ticket.rank) {
            return Look::Wait {
                opens: gauge.shut_until(),
                wake: None,
            };
        }
        match gauge.turn(now) {
            Turn::Go => self.leave(&ticket.key, queue, now),
            Turn::At(at) => Look::Wait {
                opens: Some(at),
                wake: Some(at),
            },
            Turn::Blocked => Look::Wait {
                opens: None,
                wake: None,
            },
        }
    }

    /// The process itself would let it go: do the others, too?
    fn leave(self: &Arc<Self>, key: &Key, queue: &mut Queue, now: Instant) -> Look {
        let asks = self.book().is_some() && (queue.counts || queue.gauge.probes());
        let lot = match asks.then(|| queue.stock.leave(now)) {
            None | Some(Leave::Alone) => None,
            Some(Leave::Go(lot)) => Some(lot),
            Some(Leave::Wait(opens)) => return Look::Wait { opens, wake: opens },
            Some(Leave::Ask) => {
                queue.stock.asks();
                self.ask(key);
                return Look::Wait {
                    opens: None,
                    wake: None,
                };
            }
        };
        if let Some(lot) = lot {
            queue.stock.send(lot);
        }
        Look::Go {
            probing: queue.gauge.send(),
            lot,
        }
    }
}

impl State {
    pub(crate) fn queue(&mut self, key: &Key, budget: Option<Budget>, now: Instant) -> &mut Queue {
        if !self.queues.contains_key(key) {
            if self.queues.len() >= SWEEP_ABOVE {
                self.queues.retain(|_, it| {
                    !(it.waiting.is_empty() && it.gauge.is_idle(now) && it.stock.is_idle())
                });
            }
            let mut queue = Queue::new(budget);
            if let Some(end) = self.hosts.get(&key.peer).filter(|end| **end > now) {
                queue.gauge.shut(*end);
            }
            self.queues.insert(key.clone(), queue);
        }
        let queue = self.queues.entry(key.clone());
        let queue = queue.or_insert_with(|| Queue::new(budget));
        queue.gauge.suppose(budget);
        queue
    }
}

enum Look {
    Go {
        probing: bool,
        lot: Option<i64>,
    },
    /// `opens`: not before this, as far as is known. `wake`: look again then,
    /// without being rung.
    Wait {
        opens: Option<Instant>,
        wake: Option<Instant>,
    },
}

/// A place in a queue; given up when dropped.
struct Ticket {
    pacer: Arc<Pacer>,
    key: Key,
    rank: Rank,
    bell: Arc<Notify>,
}

impl Ticket {
    fn admitted(&self, route: &'static str, probing: bool, lot: Option<i64>) -> Permit {
        let pacer = Arc::clone(&self.pacer);
        Permit::new(pacer, self.key.clone(), route, probing, lot)
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut state = self.pacer.state();
        if let Some(queue) = state.queues.get_mut(&self.key) {
            queue.waiting.remove(&self.rank);
            queue.wake_first();
        }
    }
}

#[cfg(test)]
mod tests;
