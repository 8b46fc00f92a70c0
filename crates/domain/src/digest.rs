//! The Digest: how all archives stand, once a day or once a week, for people who
//! look at no page.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::account::AccountId;
use crate::alarm::Standing;
use crate::data_type::DataType;
use crate::ledger::Count;
use crate::retention::Deadline;
use crate::window::{DAY_MS, HOUR_MS, Window};

/// So long after a period's end it is told: what came late is listed by then.
const LATER_MS: i64 = 6 * HOUR_MS;
const WEEK_MS: i64 = 7 * DAY_MS;
/// 1970-01-05 was the first Monday.
const MONDAY_MS: i64 = 4 * DAY_MS;

/// How often it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Every {
    /// Of each UTC day.
    Day,
    /// Of each UTC week, from Monday on.
    Week,
}

impl Every {
    /// The word in settings and in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Every::Day => "daily",
            Every::Week => "weekly",
        }
    }

    /// From its word.
    pub fn from_word(word: &str) -> Option<Every> {
        [Every::Day, Every::Week]
            .into_iter()
            .find(|it| it.word() == word)
    }

    /// The newest period that may be told of at a time, milliseconds since 1970;
    /// `None` before the first one.
    pub fn period(self, now_ms: i64) -> Option<Window> {
        let (length, first) = match self {
            Every::Day => (DAY_MS, 0),
            Every::Week => (WEEK_MS, MONDAY_MS),
        };
        let since = now_ms.checked_sub(LATER_MS + first).filter(|it| *it >= 0)?;
        let end_ms = since.div_euclid(length) * length + first;
        Window::from_ms(end_ms - length, end_ms).filter(|it| it.start_ms() >= 0)
    }
}

/// What is remembered of the last one that was told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Where its period ended, milliseconds since 1970.
    pub until_ms: i64,
    /// Bytes that were archived, by company.
    pub bytes: BTreeMap<String, u64>,
}

impl Told {
    /// Once this one was told.
    pub fn of(digest: &Digest) -> Told {
        let bytes = |it: &Company| (it.account.to_string(), it.total.bytes);
        Told {
            until_ms: digest.period.end_ms(),
            bytes: digest.companies.iter().map(bytes).collect(),
        }
    }

    /// As it was kept; `None`: it is no such text.
    pub fn from_text(text: &str) -> Option<Told> {
        serde_json::from_str(text).ok()
    }

    /// As it is kept.
    pub fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// How everything stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    /// How often it is told.
    pub every: Every,
    /// Of which time.
    pub period: Window,
    /// Companies, those first that somebody must look at.
    pub companies: Vec<Company>,
    /// Alarms of the server itself.
    pub alarms: Vec<Standing>,
}

/// How a company's archives stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Company {
    /// Which.
    pub account: AccountId,
    /// Units of the period, by their own time.
    pub period: BTreeMap<DataType, Count>,
    /// All units ever.
    pub total: Count,
    /// Bytes that are archived now and were not when the last one was told;
    /// `None`: there was none.
    pub grown: Option<u64>,
    /// When RingCentral deletes the first of what is pending.
    pub deadline: Option<Deadline>,
    /// What stands.
    pub alarms: Vec<Standing>,
}

impl Company {
    /// One that has nothing.
    pub fn new(account: AccountId) -> Company {
        Company {
            account,
            period: BTreeMap::new(),
            total: Count::default(),
            grown: None,
            deadline: None,
            alarms: Vec::new(),
        }
    }

    /// The units of the period, all types together.
    pub fn sum(&self) -> Count {
        let counts = self.period.values();
        counts.fold(Count::default(), |sum, &one| sum.plus(one))
    }

    /// Nothing of the period is open, nothing is pending at all, and no alarm
    /// stands.
    pub fn is_well(&self) -> bool {
        self.sum().missing == 0 && self.total.pending == 0 && self.alarms.is_empty()
    }
}

impl Digest {
    /// Everybody is well.
    pub fn is_well(&self) -> bool {
        self.alarms.is_empty() && self.companies.iter().all(Company::is_well)
    }

    /// The period's units of all companies.
    pub fn sum(&self) -> Count {
        let sums = self.companies.iter().map(Company::sum);
        sums.fold(Count::default(), Count::plus)
    }

    /// Those first that somebody must look at; else in the order of their ids.
    pub fn sort(&mut self) {
        self.companies
            .sort_by(|a, b| (a.is_well(), &a.account).cmp(&(b.is_well(), &b.account)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-06-01T00:00:00Z, a Monday.
    const T0: i64 = 1_780_272_000_000;

    #[test]
    fn a_period_is_told_of_in_the_morning_after_it() {
        for (every, now_ms, from_ms, to_ms) in [
            (Every::Day, T0 + 6 * HOUR_MS, T0 - DAY_MS, T0),
            (
                Every::Day,
                T0 + 6 * HOUR_MS - 1,
                T0 - 2 * DAY_MS,
                T0 - DAY_MS,
            ),
            (Every::Day, T0 + 30 * HOUR_MS - 1, T0 - DAY_MS, T0),
            (Every::Week, T0 + 6 * HOUR_MS, T0 - WEEK_MS, T0),
            (
                Every::Week,
                T0 + 6 * HOUR_MS - 1,
                T0 - 2 * WEEK_MS,
                T0 - WEEK_MS,
            ),
            (Every::Week, T0 + WEEK_MS + 5 * HOUR_MS, T0 - WEEK_MS, T0),
        ] {
            assert_eq!(
                every.period(now_ms),
                Window::from_ms(from_ms, to_ms),
                "{every:?} {now_ms}"
            );
        }
        assert_eq!(Every::Day.period(0), None);
        assert_eq!(Every::Week.period(10 * DAY_MS), None);
        assert_eq!(Every::Day.period(i64::MIN), None);
    }

    #[test]
    fn words_lead_back() {
        for every in [Every::Day, Every::Week] {
            assert_eq!(Every::from_word(every.word()), Some(every));
        }
        assert_eq!(Every::from_word("hourly"), None);
    }

    #[test]
    fn whoever_must_be_looked_at_comes_first() {
        let company = |id: &str, pending, missing| Company {
            period: BTreeMap::from([(
                DataType::Fax,
                Count {
                    missing,
                    ..Count::default()
                },
            )]),
            total: Count {
                pending,
                ..Count::default()
            },
            ..Company::new(AccountId::new(id))
        };
        let mut digest = Digest {
            every: Every::Day,
            period: Every::Day.period(T0).unwrap(),
            companies: vec![company("1", 0, 0), company("3", 1, 0), company("2", 0, 1)],
            alarms: Vec::new(),
        };
        assert!(!digest.is_well());
        digest.sort();
        let order: Vec<&str> = digest
            .companies
            .iter()
            .map(|it| it.account.as_str())
            .collect();
        assert_eq!(order, ["2", "3", "1"]);
        let told = Told::of(&digest);
        assert_eq!(told.bytes.len(), 3);
        assert_eq!(Told::from_text(&told.text()), Some(told));
        assert_eq!(Told::from_text("?"), None);
        digest.companies.drain(..2);
        assert!(digest.is_well());
        assert_eq!(digest.sum(), Count::default());
    }
}
