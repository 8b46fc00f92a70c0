//! Who goes when. One queue per provider, subject and group, first come first
//! served with a head start for listings; the decisions are `budget`'s, here
//! is only the waiting.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use crate::budget::{Budget, Gauge, Turn};
use crate::reading::Reading;
use crate::request::{Group, Urgency};

/// Whose request it is and what kind.
#[derive(Clone, Copy)]
pub(crate) struct Ask<'a> {
    pub(crate) peer: &'a str,
    pub(crate) subject: &'a str,
    pub(crate) route: &'static str,
    pub(crate) group: &'a Group,
    pub(crate) urgency: Urgency,
}

/// Its turn would come too late: at this moment or after it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Late(pub(crate) Instant);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    peer: String,
    subject: String,
    group: String,
}

/// Place in a queue: arrival (a listing's a window earlier), then order.
type Rank = (Instant, u64);

struct Queue {
    gauge: Gauge,
    waiting: BTreeMap<Rank, Arc<Notify>>,
}

impl Queue {
    /// Whoever is first looks again.
    fn wake_first(&self) {
        if let Some(first) = self.waiting.values().next() {
            first.notify_one();
        }
    }
}

#[derive(Default)]
struct State {
    queues: HashMap<Key, Queue>,
    /// The group that the provider counts a route in, where it is not ours.
    regrouped: HashMap<(String, &'static str), String>,
    /// Penalties of a whole provider, for queues that do not exist yet.
    hosts: HashMap<String, Instant>,
    arrivals: u64,
}

/// All queues of the process.
#[derive(Default)]
pub(crate) struct Pacer {
    state: Mutex<State>,
}

/// With more queues than this, those that remember nothing are swept.
const SWEEP_ABOVE: usize = 4096;
/// A listing's head start where no window is known.
const HEAD_START: Duration = Duration::from_mins(1);

impl Pacer {
    /// Waits for the request's turn, but not beyond `deadline`. The request is
    /// counted from here on: send it at once, or give the permit back.
    pub(crate) async fn admit(
        self: &Arc<Self>,
        ask: Ask<'_>,
        deadline: Instant,
    ) -> Result<Permit, Late> {
        let ticket = self.line_up(ask);
        loop {
            let (opens, wake) = match self.look(&ticket) {
                Look::Go { probing } => return Ok(ticket.admitted(ask.route, probing)),
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
    pub(crate) fn shut(&self, peer: &str, subject: &str, group: &str, end: Instant) {
        let key = Key {
            peer: peer.to_owned(),
            subject: subject.to_owned(),
            group: group.to_owned(),
        };
        self.state()
            .queue(&key, None, Instant::now())
            .gauge
            .shut(end);
    }

    /// Closes every group of the provider.
    pub(crate) fn shut_all(&self, peer: &str, end: Instant) {
        let mut state = self.state();
        let known = state.hosts.entry(peer.to_owned()).or_insert(end);
        *known = end.max(*known);
        for (key, queue) in &mut state.queues {
            if key.peer == peer {
                queue.gauge.shut(end);
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
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

    fn look(&self, ticket: &Ticket) -> Look {
        let now = Instant::now();
        let mut state = self.state();
        let Queue { gauge, waiting } = state.queue(&ticket.key, None, now);
        if waiting.keys().next() != Some(&ticket.rank) {
            return Look::Wait {
                opens: gauge.shut_until(),
                wake: None,
            };
        }
        match gauge.turn(now) {
            Turn::Go => Look::Go {
                probing: gauge.send(),
            },
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
}

impl State {
    fn queue(&mut self, key: &Key, budget: Option<Budget>, now: Instant) -> &mut Queue {
        if !self.queues.contains_key(key) {
            if self.queues.len() >= SWEEP_ABOVE {
                let remembers =
                    |queue: &Queue| !queue.waiting.is_empty() || !queue.gauge.is_idle(now);
                self.queues.retain(|_, queue| remembers(queue));
            }
            let mut gauge = Gauge::new(budget);
            if let Some(end) = self.hosts.get(&key.peer).filter(|end| **end > now) {
                gauge.shut(*end);
            }
            let waiting = BTreeMap::new();
            self.queues.insert(key.clone(), Queue { gauge, waiting });
        }
        let queue = self.queues.entry(key.clone()).or_insert_with(|| Queue {
            gauge: Gauge::new(budget),
            waiting: BTreeMap::new(),
        });
        queue.gauge.suppose(budget);
        queue
    }
}

enum Look {
    Go {
        probing: bool,
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
    fn admitted(&self, route: &'static str, probing: bool) -> Permit {
        Permit {
            pacer: Arc::clone(&self.pacer),
            key: self.key.clone(),
            route,
            sent: Instant::now(),
            probing,
            settled: false,
        }
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

/// The right to send one request, counted until it is settled. Dropped without
/// a word, the request counts as sent and its answer as lost.
pub(crate) struct Permit {
    pacer: Arc<Pacer>,
    key: Key,
    route: &'static str,
    /// When it was given: the request goes right after.
    sent: Instant,
    probing: bool,
    settled: bool,
}

impl Permit {
    /// It was not sent.
    pub(crate) fn unsent(mut self) {
        let probing = self.probing;
        self.settle(|gauge, _| gauge.unsend(probing));
    }

    /// The answer's headers came. The group it was really counted in.
    pub(crate) fn answered(mut self, reading: &Reading) -> String {
        self.move_to(reading);
        let (sent, probing) = (self.sent, self.probing);
        self.settle(|gauge, now| gauge.answered(sent, now, probing, reading));
        self.key.group.clone()
    }

    /// The answer is a rate limit: its group is closed this instant, for
    /// `pause` at least.
    pub(crate) fn throttled(mut self, reading: &Reading, pause: Duration, chance: f64) -> String {
        self.move_to(reading);
        let (sent, probing) = (self.sent, self.probing);
        self.settle(|gauge, now| {
            gauge.answered(sent, now, false, reading);
            gauge.throttled(now, pause, probing, chance);
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
        if let Some(old) = state.queues.get_mut(&self.key) {
            old.gauge.unsend(self.probing);
            old.wake_first();
        }
        let route = (self.key.peer.clone(), self.route);
        state.regrouped.insert(route, group.clone());
        self.key.group.clone_from(group);
        let budget = reading.budget();
        let queue = state.queue(&self.key, budget, Instant::now());
        self.probing = queue.gauge.send();
    }

    fn settle(&mut self, how: impl FnOnce(&mut Gauge, Instant)) {
        self.settled = true;
        let now = Instant::now();
        let mut state = self.pacer.state();
        let queue = state.queue(&self.key, None, now);
        how(&mut queue.gauge, now);
        queue.wake_first();
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if !self.settled {
            let probing = self.probing;
            self.settle(|gauge, now| gauge.lost(now, probing));
        }
    }
}

#[cfg(test)]
mod tests;
