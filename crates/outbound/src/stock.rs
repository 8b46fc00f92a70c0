//! What one queue has got from the book that all processes share (pure): lots
//! of places, how they are used, and what is still to be told of them. Telling
//! may wait: a place stays taken for a window anyway.

use std::time::Duration;

use domain::allowance::{Note, Rate, Told};
use tokio::time::Instant;

use crate::budget::Budget;

/// The lots of one queue.
#[derive(Debug, Default)]
pub(crate) struct Stock {
    lots: Vec<Lot>,
    notes: Vec<Pending>,
    /// Somebody asks at this moment.
    asking: bool,
    /// Somebody sees to it that what is to be told is told.
    pub(crate) watched: bool,
    /// The book has nothing before this moment.
    opens: Option<Instant>,
    /// The book does not answer: until then it goes without.
    alone_until: Option<Instant>,
    failures: u32,
}

#[derive(Debug)]
struct Lot {
    number: i64,
    left: u32,
    open: u32,
    sent: u32,
    /// Told that it is taken or under way.
    told: Instant,
    /// Places that are not used by then are given back.
    good_until: Instant,
    answered: Instant,
    probing: bool,
    /// The book counts its places.
    counted: bool,
    grace: Duration,
}

/// What is to be told, with the moment when it happened.
#[derive(Clone, Copy, Debug)]
enum Pending {
    Closed(i64, u32, Instant),
    Left(u32, Instant, Instant),
    Shut(Instant),
    Through,
    Withdrawn,
}

/// Whether the book lets the first of the queue go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leave {
    /// On a place of this lot.
    Go(i64),
    /// Without asking: the book does not answer.
    Alone,
    /// It has to be asked.
    Ask,
    /// Being asked, or not before this moment.
    Wait(Option<Instant>),
}

/// After an error the book is left alone for so long; after two, the queue
/// goes without it for a while.
const RECOVER: Duration = Duration::from_secs(1);
const ALONE: Duration = Duration::from_secs(10);

impl Stock {
    /// Whether a request may go at `now`.
    pub(crate) fn leave(&mut self, now: Instant) -> Leave {
        self.give_back(now);
        if let Some(lot) = self.lots.iter().find(|lot| lot.left > 0) {
            return Leave::Go(lot.number);
        }
        if self.asking {
            return Leave::Wait(None);
        }
        if self.is_alone(now) {
            return Leave::Alone;
        }
        match self.opens.filter(|opens| *opens > now) {
            Some(opens) => Leave::Wait(Some(opens)),
            None => Leave::Ask,
        }
    }

    /// Whether it goes without the book.
    pub(crate) fn is_alone(&self, now: Instant) -> bool {
        self.alone_until.is_some_and(|until| until > now)
    }

    /// The book is asked from here on, until `told` or `failed`.
    pub(crate) fn asks(&mut self) {
        self.asking = true;
    }

    /// A request goes on a place of this lot.
    pub(crate) fn send(&mut self, number: i64) {
        if let Some(lot) = self.lot(number) {
            lot.left = lot.left.saturating_sub(1);
            lot.open += 1;
            lot.sent += 1;
        }
    }

    /// It did not go after all. `true`: the book is to be told at once.
    pub(crate) fn unsend(&mut self, number: i64, now: Instant) -> bool {
        let Some(lot) = self.lot(number) else {
            return false;
        };
        lot.open = lot.open.saturating_sub(1);
        lot.sent = lot.sent.saturating_sub(1);
        if std::mem::take(&mut lot.probing) {
            self.notes.push(Pending::Withdrawn);
            self.close(number);
            return true;
        }
        if lot.good_until > now {
            lot.left += 1;
        }
        self.close(number);
        false
    }

    /// Its answer is here, or will never come (`through` is false, as for a
    /// rate limit). `true`: the book is to be told at once, somebody waits.
    pub(crate) fn answered(&mut self, number: i64, now: Instant, through: bool) -> bool {
        let Some(lot) = self.lot(number) else {
            return false;
        };
        lot.open = lot.open.saturating_sub(1);
        lot.answered = now;
        let probing = std::mem::take(&mut lot.probing);
        if probing && through {
            self.notes.push(Pending::Through);
        } else if probing {
            self.notes.push(Pending::Withdrawn);
        }
        self.close(number);
        probing
    }

    /// An answer said how many requests are left.
    pub(crate) fn left(&mut self, remaining: u32, sent: Instant, now: Instant) {
        // The newest tells all.
        self.notes.retain(|it| !matches!(it, Pending::Left(..)));
        self.notes.push(Pending::Left(remaining, sent, now));
    }

    /// A rate limit, until then.
    pub(crate) fn shut(&mut self, end: Instant) {
        self.notes.push(Pending::Shut(end));
    }

    /// All that is to be told, as of `now`.
    pub(crate) fn notes(&mut self, now: Instant) -> Errand {
        self.give_back(now);
        let open = self.lots.iter_mut().filter(|lot| lot.is_due(now));
        let open: Vec<i64> = open
            .map(|lot| {
                lot.told = now;
                lot.number
            })
            .collect();
        Errand {
            notes: std::mem::take(&mut self.notes),
            open,
        }
    }

    /// When something has to be told at the latest.
    pub(crate) fn due(&self, window: Option<Duration>) -> Option<Instant> {
        let late = window.unwrap_or(RECOVER) / 4;
        let notes = self.notes.iter().filter_map(|note| match note {
            Pending::Closed(_, _, at) | Pending::Left(_, _, at) => Some(*at + late),
            Pending::Shut(_) | Pending::Through | Pending::Withdrawn => None,
        });
        let open = self.lots.iter().filter(|lot| lot.counted);
        let open = open.map(|lot| match lot.open {
            0 => lot.good_until,
            _ => lot.told + lot.grace / 2,
        });
        notes.chain(open).min()
    }

    /// The book answered. Returns the end of a penalty that it knows.
    pub(crate) fn told(
        &mut self,
        told: Told,
        number: i64,
        rate: Option<Rate>,
        asked: Instant,
        now: Instant,
    ) -> Option<Instant> {
        self.failures = 0;
        if told == Told::Noted {
            return None;
        }
        self.asking = false;
        self.opens = None;
        let after = |ms: i64| now + Duration::from_millis(ms.max(1).unsigned_abs());
        match told {
            Told::Granted { places, probing } => {
                let grace = rate.map_or(RECOVER, |rate| millis(rate.grace_ms()));
                self.lots.push(Lot {
                    number,
                    left: places,
                    open: 0,
                    sent: 0,
                    told: asked,
                    good_until: asked + grace / 2,
                    answered: asked,
                    probing,
                    counted: rate.is_some(),
                    grace,
                });
            }
            Told::Full { for_ms } | Told::Behind { for_ms } => self.opens = Some(after(for_ms)),
            Told::Shut { for_ms } => {
                self.opens = Some(after(for_ms));
                return self.opens;
            }
            Told::Noted => {}
        }
        None
    }

    /// The book did not answer: what was to be told still is. `asked`: it was
    /// not only told.
    pub(crate) fn failed(&mut self, untold: Errand, asked: bool, now: Instant) {
        self.asking &= !asked;
        self.failures = self.failures.saturating_add(1);
        self.opens = Some(now + RECOVER);
        if self.failures > 1 {
            self.alone_until = Some(now + ALONE);
        }
        let later = std::mem::replace(&mut self.notes, untold.notes);
        self.notes.extend(later);
        let most = self.notes.len().saturating_sub(MOST_NOTES);
        self.notes.drain(..most);
    }

    /// Nothing is remembered that matters.
    pub(crate) fn is_idle(&self) -> bool {
        self.lots.is_empty() && self.notes.is_empty() && !self.asking
    }

    fn lot(&mut self, number: i64) -> Option<&mut Lot> {
        self.lots.iter_mut().find(|lot| lot.number == number)
    }

    fn give_back(&mut self, now: Instant) {
        let stale = |lot: &&mut Lot| lot.good_until <= now && lot.left > 0;
        let mut withdrawn = false;
        for lot in self.lots.iter_mut().filter(stale) {
            lot.left = 0;
            withdrawn |= lot.open == 0 && std::mem::take(&mut lot.probing);
        }
        if withdrawn {
            self.notes.push(Pending::Withdrawn);
        }
        let done = self.lots.iter().filter(|lot| lot.is_done());
        let done: Vec<i64> = done.map(|lot| lot.number).collect();
        for number in done {
            self.close(number);
        }
    }

    fn close(&mut self, number: i64) {
        let done = |lot: &Lot| lot.number == number && lot.is_done();
        if let Some(at) = self.lots.iter().position(done) {
            let lot = self.lots.swap_remove(at);
            if lot.counted {
                let closed = Pending::Closed(lot.number, lot.sent, lot.answered);
                self.notes.push(closed);
            }
        }
    }
}

/// More is never kept to be told later.
const MOST_NOTES: usize = 1_000;

impl Lot {
    fn is_done(&self) -> bool {
        self.left == 0 && self.open == 0
    }

    fn is_due(&self, now: Instant) -> bool {
        self.counted && self.open > 0 && self.told + self.grace / 2 <= now
    }
}

/// What is told at once.
#[derive(Debug, Default)]
pub(crate) struct Errand {
    notes: Vec<Pending>,
    open: Vec<i64>,
}

impl Errand {
    pub(crate) fn is_empty(&self) -> bool {
        self.notes.is_empty() && self.open.is_empty()
    }

    /// In the book's words, as of `now`.
    pub(crate) fn words(&self, now: Instant) -> Vec<Note> {
        let ago = |at: Instant| ms(now.saturating_duration_since(at));
        let notes = self.notes.iter().map(|note| match *note {
            Pending::Closed(lot, sent, at) => Note::Closed {
                lot,
                sent,
                ago_ms: ago(at),
            },
            Pending::Left(remaining, sent, came) => Note::Left {
                remaining,
                sent_ago_ms: ago(sent),
                came_ago_ms: ago(came),
            },
            Pending::Shut(end) => Note::Shut {
                for_ms: ms(end.saturating_duration_since(now)).saturating_add(1),
            },
            Pending::Through => Note::Through,
            Pending::Withdrawn => Note::Withdrawn,
        });
        let open = self.open.iter().map(|lot| Note::Open { lot: *lot });
        // What is learnt from an answer is read while its lot is as it was.
        let (first, rest): (Vec<Note>, Vec<Note>) =
            notes.partition(|note| matches!(note, Note::Left { .. }));
        first.into_iter().chain(rest).chain(open).collect()
    }
}

/// A budget in the book's words.
pub(crate) fn rate(budget: Budget) -> Rate {
    Rate {
        limit: budget.limit.max(1),
        window_ms: ms(budget.window).max(1),
    }
}

/// How many places to ask for at once: where limits are generous, so many that
/// the book is not asked for each request.
pub(crate) fn portion(budget: Option<Budget>, waiting: usize) -> u32 {
    let limit = budget.map_or(1, |budget| budget.limit);
    let waiting = u32::try_from(waiting).unwrap_or(u32::MAX);
    (limit / 100).max(waiting.min(limit / 20)).max(1)
}

fn ms(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX / 4)
}

fn millis(ms: i64) -> Duration {
    Duration::from_millis(ms.max(0).unsigned_abs())
}
