//! What all processes together have taken of one rate group of a provider
//! (pure): who may send how many requests now, and what is learnt from the
//! answers. A request occupies its place from before its sending until one
//! window after its answer, so the provider can never count more. Who waits in
//! which order is each process's own business.

use serde::{Deserialize, Serialize};

/// Requests that a provider counts together.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RateKey {
    /// The provider's display name.
    pub peer: String,
    /// Whose budget: ids only, no names. Empty with an empty group: all of the
    /// provider.
    pub subject: String,
    /// The rate group.
    pub group: String,
}

impl RateKey {
    /// Everything that goes to one provider.
    pub fn all_of(peer: &str) -> RateKey {
        RateKey {
            peer: peer.to_owned(),
            subject: String::new(),
            group: String::new(),
        }
    }

    /// Whether it is everything that goes to one provider.
    pub fn is_all(&self) -> bool {
        self.subject.is_empty() && self.group.is_empty()
    }
}

/// So many requests in any window of this length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// Requests; at least one is always allowed.
    pub limit: u32,
    /// The sliding window, milliseconds.
    pub window_ms: i64,
}

impl Rate {
    /// How much longer than a window a place is kept for a request whose
    /// answer has not been told of: a process that dies costs the others no
    /// more. Milliseconds.
    pub fn grace_ms(self) -> i64 {
        (self.window_ms / 10).clamp(100, 5_000)
    }

    /// A window, with a thousandth on top for a provider that counts the
    /// border in, and for clocks that run unequally.
    fn whole_ms(self) -> i64 {
        self.window_ms + (self.window_ms / 1_000).max(1)
    }
}

/// What a process asks and tells at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inquiry {
    /// The process.
    pub holder: String,
    /// The number that a lot it is given shall have; never used twice by it.
    pub lot: i64,
    /// Places wanted; 0: it only tells.
    pub want: u32,
    /// The budget as this process knows it. `None`: nobody knows one, only
    /// penalties are shared.
    pub rate: Option<Rate>,
    /// What it has to tell, oldest first.
    pub notes: Vec<Note>,
}

/// What a process tells. Times are how long ago, in milliseconds: processes
/// need not agree on the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// All requests of a lot have their answers; places beyond `sent` are
    /// given back.
    Closed {
        /// The lot.
        lot: i64,
        /// Requests that went.
        sent: u32,
        /// Since the last answer.
        ago_ms: i64,
    },
    /// A lot's requests are still under way.
    Open {
        /// The lot.
        lot: i64,
    },
    /// An answer said how many requests are left.
    Left {
        /// So many.
        remaining: u32,
        /// Since its request went.
        sent_ago_ms: i64,
        /// Since the answer came.
        came_ago_ms: i64,
    },
    /// A rate limit: nothing may go for so long from now.
    Shut {
        /// Milliseconds.
        for_ms: i64,
    },
    /// The request that went ahead alone after a penalty came through.
    Through,
    /// It did not go, or nobody knows what became of it.
    Withdrawn,
}

/// What a process is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// So many requests may go. `probing`: it is the one that goes ahead alone
    /// after a penalty; [`Note::Through`] or [`Note::Withdrawn`] is due.
    Granted {
        /// At least one.
        places: u32,
        /// The first after a penalty.
        probing: bool,
    },
    /// A penalty runs for so many milliseconds more.
    Shut {
        /// Milliseconds.
        for_ms: i64,
    },
    /// No place before so many milliseconds have passed, or perhaps then.
    Full {
        /// Milliseconds.
        for_ms: i64,
    },
    /// Another process goes ahead alone after a penalty; ask again then.
    Behind {
        /// Milliseconds.
        for_ms: i64,
    },
    /// Nothing was asked.
    Noted,
}

/// The state of one rate group, as all processes share it. Times are the
/// keeper's own, milliseconds since 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allowance {
    lots: Vec<Lot>,
    /// The budget as an answer told it. A process that has just begun knows
    /// only a guess, against which what others sent may look like too much.
    #[serde(default)]
    told: Option<Rate>,
    /// The end of the last penalty.
    #[serde(default)]
    shut_until_ms: i64,
    /// After a penalty one request goes ahead alone.
    #[serde(default)]
    unsure: bool,
    #[serde(default)]
    probe: Option<Probe>,
}

/// Places that were taken together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Lot {
    /// Empty: somebody who knows nothing of us.
    holder: String,
    number: i64,
    places: u32,
    taken_ms: i64,
    until_ms: i64,
    /// Not all answers were told of.
    open: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Probe {
    holder: String,
    until_ms: i64,
}

/// A penalty further ahead than this was written under a wrong clock.
pub const LONGEST_SHUT_MS: i64 = 2 * 3_600_000;
/// As long as a usual window.
const LONG_MS: i64 = 65_000;
/// Who went ahead and is not heard of for so long is not waited for.
const PROBE_MS: i64 = 15_000;
/// More lots than this are never remembered.
const MOST_LOTS: usize = 1_000;

impl Allowance {
    /// The end of the last penalty.
    pub fn shut_until_ms(&self) -> i64 {
        self.shut_until_ms
    }

    /// Hears what a process tells and answers what it asks. `all_until_ms`:
    /// the end of a penalty of the whole provider.
    pub fn answer(&mut self, inquiry: &Inquiry, all_until_ms: i64, now_ms: i64) -> Told {
        self.distrust(inquiry.rate, now_ms);
        for note in &inquiry.notes {
            self.hear(inquiry, *note, now_ms);
        }
        if inquiry.want == 0 {
            return Told::Noted;
        }
        if all_until_ms > now_ms.max(self.shut_until_ms) && is_near(all_until_ms, now_ms) {
            self.shut(all_until_ms);
        }
        if self.shut_until_ms > now_ms {
            let for_ms = self.shut_until_ms - now_ms;
            return Told::Shut { for_ms };
        }
        self.grant(inquiry, now_ms)
    }

    fn hear(&mut self, inquiry: &Inquiry, note: Note, now_ms: i64) {
        let (holder, rate) = (&inquiry.holder, inquiry.rate);
        match note {
            Note::Closed { lot, sent, ago_ms } => {
                let (Some(lot), Some(rate)) = (self.lot(holder, lot), rate) else {
                    return;
                };
                lot.places = sent;
                lot.open = false;
                lot.until_ms = now_ms - ago_ms.max(0) + rate.whole_ms();
                self.lots.retain(|it| it.places > 0);
            }
            Note::Open { lot } => {
                if let (Some(lot), Some(rate)) = (self.lot(holder, lot), rate) {
                    lot.until_ms = now_ms + rate.whole_ms() + rate.grace_ms();
                }
            }
            Note::Left {
                remaining,
                sent_ago_ms,
                came_ago_ms,
            } => {
                if let Some(rate) = rate {
                    self.told = Some(rate);
                    let (sent, came) = (now_ms - sent_ago_ms, now_ms - came_ago_ms);
                    self.compare(rate, remaining, sent, came);
                }
            }
            Note::Shut { for_ms } => self.shut(now_ms + for_ms.clamp(0, LONGEST_SHUT_MS)),
            Note::Through => {
                if self.probe.take_if(|it| it.holder == *holder).is_some() {
                    self.unsure = false;
                }
            }
            Note::Withdrawn => {
                self.probe.take_if(|it| it.holder == *holder);
            }
        }
    }

    /// The provider counted at some moment between the request and its answer.
    /// What it counted beyond our lots is not ours: somebody else spends the
    /// same budget. When is unknown, so a whole window is set aside for it.
    fn compare(&mut self, rate: Rate, remaining: u32, sent_ms: i64, came_ms: i64) {
        let theirs = rate.limit.saturating_sub(remaining);
        // The keeper hears of it later than it happened.
        let since = sent_ms - (rate.window_ms / 100).max(50);
        let counts = |it: &&Lot| it.until_ms > since && it.taken_ms <= came_ms;
        let ours = self.lots.iter().filter(counts);
        let ours = ours.fold(0_u32, |sum, it| sum.saturating_add(it.places));
        let unknown = theirs.saturating_sub(ours);
        if unknown > 0 {
            self.lots.push(Lot {
                holder: String::new(),
                number: 0,
                places: unknown,
                taken_ms: came_ms,
                until_ms: came_ms + rate.whole_ms(),
                open: false,
            });
        }
    }

    fn shut(&mut self, until_ms: i64) {
        self.shut_until_ms = self.shut_until_ms.max(until_ms);
        self.unsure = true;
        self.probe = None;
    }

    fn grant(&mut self, inquiry: &Inquiry, now_ms: i64) -> Told {
        let pause_ms = |rate: Option<Rate>| rate.map_or(200, |it| it.window_ms / 100);
        if let Some(probe) = &self.probe
            && self.unsure
            && probe.holder != inquiry.holder
        {
            let for_ms = (probe.until_ms - now_ms).min(pause_ms(inquiry.rate).clamp(20, 200));
            return Told::Behind { for_ms };
        }
        let mut places = inquiry.want;
        if let Some(guess) = inquiry.rate {
            let rate = self.told.unwrap_or(guess);
            let used = self.used(now_ms);
            let free = rate.limit.max(1).saturating_sub(used);
            if free == 0 || self.lots.len() >= MOST_LOTS {
                let for_ms = self.next_free(rate, now_ms);
                return Told::Full { for_ms };
            }
            places = if self.unsure { 1 } else { places.min(free) };
            self.forget(rate, now_ms);
            self.lots.push(Lot {
                holder: inquiry.holder.clone(),
                number: inquiry.lot,
                places,
                taken_ms: now_ms,
                until_ms: now_ms + rate.whole_ms() + rate.grace_ms(),
                open: true,
            });
        }
        if self.unsure {
            self.probe = Some(Probe {
                holder: inquiry.holder.clone(),
                until_ms: now_ms + PROBE_MS,
            });
        }
        Told::Granted {
            places,
            probing: self.unsure,
        }
    }

    fn lot(&mut self, holder: &str, number: i64) -> Option<&mut Lot> {
        let mut lots = self.lots.iter_mut();
        lots.find(|it| it.number == number && it.holder == holder)
    }

    fn used(&self, now_ms: i64) -> u32 {
        let lots = self.lots.iter().filter(|it| it.until_ms > now_ms);
        lots.fold(0, |sum, it| sum.saturating_add(it.places))
    }

    /// When it is worth asking again: an open lot may have had its answers at
    /// once, and its holder tells of them in time.
    fn next_free(&self, rate: Rate, now_ms: i64) -> i64 {
        let lots = self.lots.iter().filter(|it| it.until_ms > now_ms);
        let at = lots.map(|it| {
            let soonest = it.taken_ms + rate.whole_ms();
            match it.open {
                true if soonest > now_ms => soonest,
                true => it.until_ms.min(now_ms + rate.grace_ms() / 4),
                false => it.until_ms,
            }
        });
        let at = at.min().unwrap_or(now_ms + rate.grace_ms());
        (at - now_ms).clamp(1, 2 * rate.window_ms.max(1))
    }

    /// What left the window is remembered a little longer: for answers that
    /// are told of late.
    fn forget(&mut self, rate: Rate, now_ms: i64) {
        let old_ms = now_ms - rate.window_ms / 2;
        self.lots.retain(|it| it.until_ms > old_ms);
    }

    /// The keeper's clock may have jumped back: what ends absurdly late counts
    /// for nothing.
    fn distrust(&mut self, rate: Option<Rate>, now_ms: i64) {
        if let Some(rate) = rate {
            // Others may know another window.
            let most = now_ms + 2 * (rate.window_ms + rate.grace_ms()).max(LONG_MS);
            self.lots.retain(|it| it.until_ms <= most);
        }
        if !is_near(self.shut_until_ms, now_ms) {
            self.shut_until_ms = 0;
        }
        self.probe
            .take_if(|it| it.until_ms <= now_ms || it.until_ms > now_ms + 2 * PROBE_MS);
    }
}

fn is_near(end_ms: i64, now_ms: i64) -> bool {
    end_ms <= now_ms + LONGEST_SHUT_MS
}

#[cfg(test)]
mod tests;
