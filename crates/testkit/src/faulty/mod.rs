//! Planted faults: a port around a port that fails before a call, after it
//! (the reply is lost) or in the middle of its bytes: by chance from a seed,
//! or for good after so many calls, as if the process had been killed. It
//! loses and breaks off; it never corrupts silently.

mod destination;
mod source;
mod store;

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex};

use domain::{Error, Kind, Result};

use crate::dice;

/// How often each fault happens, in thousandths of all calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rates {
    /// The call fails and did nothing.
    pub before: u64,
    /// The bytes (or pages) of the call break off with an error. Calls without
    /// any fail before.
    pub torn: u64,
    /// The call did its work, but fails all the same: its reply was lost.
    pub after: u64,
}

/// What befalls one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Good,
    Before,
    /// The number decides where the bytes break off.
    Torn(u64),
    After,
}

/// Where faults come from. Clones share their luck: one for all ports of a
/// test makes one history.
#[derive(Clone, Debug)]
pub struct Faults(Arc<Mutex<History>>);

#[derive(Debug)]
struct History {
    plan: Plan,
    calls: usize,
    faults: usize,
    /// Calls by name.
    tally: BTreeMap<&'static str, usize>,
    /// All calls so far and their fates, as one number.
    trace: u64,
}

#[derive(Clone, Copy, Debug)]
enum Plan {
    /// No faults any more.
    Calm,
    Chance {
        state: u64,
        rates: Rates,
    },
    /// So many calls are good; the next has this fate, all later ones fail.
    Cut {
        good: usize,
        last: Fate,
    },
}

impl Faults {
    /// By chance. The same calls in the same order meet the same fate.
    pub fn from_seed(seed: u64, rates: Rates) -> Faults {
        Faults::planned(Plan::Chance { state: seed, rates })
    }

    /// So many calls are good, none after them: killed before the next call.
    pub fn cut_before(good: usize) -> Faults {
        let last = Fate::Before;
        Faults::planned(Plan::Cut { good, last })
    }

    /// So many calls are good; the next still does its work, but nobody hears
    /// of it, and none after it: killed right after a call.
    pub fn cut_after(good: usize) -> Faults {
        let last = Fate::After;
        Faults::planned(Plan::Cut { good, last })
    }

    fn planned(plan: Plan) -> Faults {
        Faults(Arc::new(Mutex::new(History {
            plan,
            calls: 0,
            faults: 0,
            tally: BTreeMap::new(),
            trace: 0,
        })))
    }

    /// No faults from now on.
    pub fn calm(&self) {
        self.0.lock().unwrap().plan = Plan::Calm;
    }

    /// How many calls there were.
    pub fn calls(&self) -> usize {
        self.0.lock().unwrap().calls
    }

    /// How many of them met a fault: a test of faults has none to show
    /// without.
    pub fn faults(&self) -> usize {
        self.0.lock().unwrap().faults
    }

    /// How many calls there were by name.
    pub fn tally(&self) -> BTreeMap<&'static str, usize> {
        self.0.lock().unwrap().tally.clone()
    }

    /// A number for the whole story: which calls there were in which order,
    /// and their fates. The same story has the same number on every machine.
    pub fn trace(&self) -> u64 {
        self.0.lock().unwrap().trace
    }

    /// The fate of this call: by these rates, if the port has rates of its
    /// own.
    fn next(&self, name: &'static str, own: Option<Rates>) -> Fate {
        let mut history = self.0.lock().unwrap();
        let call = history.calls;
        let fate = match &mut history.plan {
            Plan::Calm => Fate::Good,
            Plan::Chance { state, rates } => own.unwrap_or(*rates).fate(dice::next(state)),
            Plan::Cut { good, .. } if call < *good => Fate::Good,
            Plan::Cut { good, last } if call == *good => *last,
            Plan::Cut { .. } => Fate::Before,
        };
        history.calls += 1;
        history.faults += usize::from(fate != Fate::Good);
        *history.tally.entry(name).or_default() += 1;
        let told = name.bytes().fold(history.trace, |mut trace, byte| {
            trace ^= u64::from(byte);
            dice::next(&mut trace)
        });
        let mut told = told ^ fate.number();
        history.trace = dice::next(&mut told);
        fate
    }
}

impl Fate {
    fn number(self) -> u64 {
        match self {
            Fate::Good => 0,
            Fate::Before => 1,
            Fate::After => 2,
            Fate::Torn(at) => 3 + at % 8,
        }
    }
}

impl Rates {
    fn fate(self, chance: u64) -> Fate {
        let thrown = chance % 1_000;
        if thrown < self.before {
            Fate::Before
        } else if thrown < self.before + self.torn {
            Fate::Torn(chance / 1_000)
        } else if thrown < self.before + self.torn + self.after {
            Fate::After
        } else {
            Fate::Good
        }
    }
}

/// A port with faults: a Source, a Destination or a Store.
///
/// Around a Store it plays also the one fault that its laws cannot rule out:
/// a commit whose answer was lost.
#[derive(Debug)]
pub struct Faulty<T> {
    inner: T,
    faults: Faults,
    rates: Option<Rates>,
}

impl<T> Faulty<T> {
    /// The port, with faults from there.
    pub fn new(inner: T, faults: &Faults) -> Faulty<T> {
        Faulty {
            inner,
            faults: faults.clone(),
            rates: None,
        }
    }

    /// With rates of its own, while faults come by chance.
    #[must_use]
    pub fn at(self, rates: Rates) -> Faulty<T> {
        Faulty {
            rates: Some(rates),
            ..self
        }
    }

    fn next(&self, name: &'static str) -> Fate {
        self.faults.next(name, self.rates)
    }

    /// The port without faults.
    pub fn inner(&self) -> &T {
        &self.inner
    }

    /// One call that has no bytes of its own.
    async fn call<R>(
        &self,
        name: &'static str,
        kind: Kind,
        inner: impl Future<Output = Result<R>>,
    ) -> Result<R> {
        match self.next(name) {
            Fate::Good => inner.await,
            Fate::Before | Fate::Torn(_) => Err(planted(kind)),
            Fate::After => inner.await.and(Err(planted(kind))),
        }
    }
}

/// The failure that is planted.
fn planted(kind: Kind) -> Error {
    Error::new(kind, "a planted fault")
}
