//! What was told the audit log a short while ago and need not be told again:
//! the same page looked at by the same person, and what nobody in particular
//! does all the time. A memory of this process, and a bounded one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::account::AccountId;
use domain::audit::{Deed, Ending};

/// Somebody who looks at the same again within this has been told of,
/// milliseconds.
pub(crate) const VIEW_MS: i64 = 10 * 60 * 1000;
/// So many looks are remembered. More are told again, which harms nobody.
const VIEWS: usize = 10_000;
/// So many deeds of nobody are told one by one within [`VIEW_MS`]; of more,
/// each kind once a minute.
const NOBODYS: usize = 60;
const MINUTE_MS: i64 = 60 * 1000;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Look {
    book: AccountId,
    actor: String,
    action: &'static str,
    target: String,
    result: &'static str,
}

impl Look {
    fn of(book: &AccountId, deed: &Deed) -> Look {
        Look {
            book: book.clone(),
            actor: deed.actor.to_string(),
            action: deed.action,
            target: deed.target.clone(),
            result: deed.result.word(),
        }
    }
}

#[derive(Default)]
struct Inner {
    looks: HashMap<Look, i64>,
    /// When the present count of nobody's deeds began, and how many.
    nobodys: (i64, usize),
    kinds: HashMap<(&'static str, &'static str), i64>,
}

impl Inner {
    /// Whether it is one of those that are told one by one.
    fn has_place(&self, deed: &Deed, now_ms: i64) -> bool {
        let (since_ms, count) = self.nobodys;
        let present = (0..VIEW_MS).contains(&(now_ms - since_ms));
        deed.result != Ending::Limited && (!present || count < NOBODYS)
    }
}

/// Actions and endings are words of ours: there are few kinds.
fn kind(deed: &Deed) -> (&'static str, &'static str) {
    (deed.action, deed.result.word())
}

/// What is remembered.
#[derive(Clone, Default)]
pub(crate) struct Recent(Arc<Mutex<Inner>>);

impl Recent {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this look was told a short while ago.
    pub(crate) fn saw(&self, book: &AccountId, deed: &Deed, now_ms: i64) -> bool {
        let inner = self.inner();
        let at_ms = inner.looks.get(&Look::of(book, deed));
        at_ms.is_some_and(|at_ms| (0..VIEW_MS).contains(&(now_ms - at_ms)))
    }

    /// It was told now.
    pub(crate) fn sees(&self, book: &AccountId, deed: &Deed, now_ms: i64) {
        let mut inner = self.inner();
        if inner.looks.len() >= VIEWS {
            inner
                .looks
                .retain(|_, at_ms| (0..VIEW_MS).contains(&(now_ms - *at_ms)));
        }
        if inner.looks.len() < VIEWS {
            inner.looks.insert(Look::of(book, deed), now_ms);
        }
    }

    /// Whether a deed of nobody's is to be told. Whoever asks as nobody may ask
    /// as often as they like; the log must not grow by that without end.
    pub(crate) fn wants_nobody(&self, deed: &Deed, now_ms: i64) -> bool {
        let inner = self.inner();
        if inner.has_place(deed, now_ms) {
            return true;
        }
        let told = inner.kinds.get(&kind(deed));
        told.is_none_or(|at_ms| !(0..MINUTE_MS).contains(&(now_ms - at_ms)))
    }

    /// A deed of nobody's was told now.
    pub(crate) fn nobody(&self, deed: &Deed, now_ms: i64) {
        let mut inner = self.inner();
        if inner.has_place(deed, now_ms) {
            let (since_ms, count) = inner.nobodys;
            inner.nobodys = if (0..VIEW_MS).contains(&(now_ms - since_ms)) {
                (since_ms, count + 1)
            } else {
                (now_ms, 1)
            };
        } else {
            inner.kinds.insert(kind(deed), now_ms);
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::audit::Actor;

    use super::*;

    fn deed(target: usize) -> Deed {
        Deed {
            at_ms: 0,
            actor: Actor::Nobody,
            action: "log.view",
            target: target.to_string(),
            result: Ending::Done,
        }
    }

    #[test]
    fn a_look_is_remembered_for_minutes() {
        let (recent, book) = (Recent::default(), AccountId::new("1"));
        assert!(!recent.saw(&book, &deed(1), 0));
        recent.sees(&book, &deed(1), 0);
        assert!(recent.saw(&book, &deed(1), VIEW_MS - 1));
        assert!(!recent.saw(&book, &deed(1), VIEW_MS));
        assert!(
            !recent.saw(&book, &deed(1), -1),
            "a clock that was set back"
        );
        assert!(!recent.saw(&book, &deed(2), 1));
        assert!(!recent.saw(&AccountId::new("2"), &deed(1), 1));
        let refused = Deed {
            result: Ending::Refused,
            ..deed(1)
        };
        assert!(!recent.saw(&book, &refused, 1));
    }

    #[test]
    fn memory_is_bounded_and_what_is_not_remembered_is_told_again() {
        let (recent, book) = (Recent::default(), AccountId::new("1"));
        for n in 0..VIEWS + 50 {
            recent.sees(&book, &deed(n), 0);
        }
        assert_eq!(recent.inner().looks.len(), VIEWS);
        assert!(recent.saw(&book, &deed(0), 1) && !recent.saw(&book, &deed(VIEWS), 1));
        recent.sees(&book, &deed(VIEWS), VIEW_MS);
        assert_eq!(recent.inner().looks.len(), 1);
    }

    #[test]
    fn what_nobody_does_all_the_time_is_told_once_a_minute() {
        let recent = Recent::default();
        let tell = |recent: &Recent, deed: &Deed, at| {
            let wanted = recent.wants_nobody(deed, at);
            if wanted {
                recent.nobody(deed, at);
            }
            wanted
        };
        let told =
            |from: i64, to: i64| (from..to).filter(|&at| tell(&recent, &deed(0), at)).count();
        assert_eq!(told(0, 60), NOBODYS);
        assert_eq!(told(60, 60_000), 1);
        assert_eq!(told(60_000, VIEW_MS), 9);
        assert_eq!(told(VIEW_MS, VIEW_MS + 60), NOBODYS);
        let limited = Deed {
            result: Ending::Limited,
            ..deed(0)
        };
        let fresh = Recent::default();
        let all = (0..60_001).filter(|&at| tell(&fresh, &limited, at));
        assert_eq!(all.count(), 2);
        // What could not be told is still to be told.
        assert!(fresh.wants_nobody(&limited, 120_002) && fresh.wants_nobody(&limited, 120_002));
    }
}
