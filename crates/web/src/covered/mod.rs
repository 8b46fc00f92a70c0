//! What is covered of a Backup, read once for pages, programs and the command
//! line: whose data of which type is archived since when and up to when, what
//! is not and why, and which spans nobody listed. What follows from it is pure.

mod file;
mod lines;
mod spans;

use std::collections::{BTreeMap, BTreeSet};

use domain::Result;
use domain::account::ExtensionId;
use domain::connection::Backup;
use domain::coverage::{Gap, GapWhy, Hidden};
use domain::data_type::DataType;
use domain::ledger::Count;
use domain::ports::Store;
use domain::retention::{Deadline, Retention};
use domain::window::{DAY_MS, Window};

pub use file::Part;
use lines::{Read, lines};

/// Causes that are told at most.
const MOST_CAUSES: u32 = 10_000;

/// One person and type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Whose; `None`: of nobody in particular.
    pub extension: Option<ExtensionId>,
    /// Extension number, as RingCentral last told it; may be empty.
    pub number: String,
    /// Name, as RingCentral last told it; may be empty.
    pub name: String,
    /// Since when they are no longer in the company, milliseconds since 1970.
    pub left_ms: Option<i64>,
    /// Of which type.
    pub data_type: DataType,
    /// Units by state, files and bytes.
    pub count: Count,
    /// Own time of the first archived item, milliseconds since 1970.
    pub first_ms: Option<i64>,
    /// Own time of the last one.
    pub last_ms: Option<i64>,
    /// Listed up to here; `None`: never.
    pub listed_to_ms: Option<i64>,
    /// Why files are missing, with how many.
    pub lost: Vec<(String, u64)>,
    /// What RingCentral does not let us see of it.
    pub hidden: Option<Hidden>,
}

/// A span that nobody listed, with what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedGap {
    /// From when until when, and why.
    pub gap: Gap,
    /// The lanes that failed, by their keys; none: everything was not listed.
    pub lanes: Vec<String>,
    /// A sentence for people.
    pub why: String,
}

/// How a UTC day stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DayState {
    /// Nobody asked for it: before the Backup began, or to come.
    Unasked,
    /// All of it was listed, and there was nothing.
    Nothing,
    /// All of it was listed and is archived.
    Whole,
    /// Something of it is pending, missing, or not listed yet.
    Partly,
    /// Some of it was not listed.
    Gap,
}

impl DayState {
    /// The word in JSON, CSV and class names.
    pub fn word(self) -> &'static str {
        match self {
            DayState::Unasked => "unasked",
            DayState::Nothing => "nothing",
            DayState::Whole => "whole",
            DayState::Partly => "partly",
            DayState::Gap => "gap",
        }
    }
}

/// All of it.
#[derive(Clone, Debug, Default)]
pub struct Covered {
    /// By person, in the order of their numbers, and type.
    pub lines: Vec<Line>,
    /// Everything together, by type.
    pub totals: BTreeMap<DataType, Count>,
    /// Oldest first.
    pub gaps: Vec<NamedGap>,
    /// The sums of each UTC day on which there is anything.
    pub days: BTreeMap<i64, BTreeMap<DataType, Count>>,
    /// From the first row on until the last whole hour; `None`: there is no row.
    pub asked: Option<Window>,
    /// When RingCentral deletes the first of what is not archived.
    pub deadline: Option<Deadline>,
}

impl Covered {
    /// Reads it. With a person, lines and days are theirs alone.
    pub async fn of(
        store: &dyn Store,
        backup: &Backup,
        person: Option<&ExtensionId>,
        now_ms: i64,
    ) -> Result<Covered> {
        let (account, id) = (&backup.account, &backup.id);
        let mut read = Read {
            people: store.extensions(account).await?,
            leavers: store.leavers(account).await?,
            covers: store.coverage(account, backup).await?,
            marks: store.marks(account, id).await?,
            hidden: store.hidden(account, id).await?,
            lost: store.lost_by_cause(account, backup, MOST_CAUSES).await?,
        };
        let (gaps, asked) = spans::of(store, backup, &read.hidden, now_ms).await?;
        let totals = store.totals(account, backup).await?;
        let retention = store.retention(account).await?;
        let retention: Retention = retention.map(|(it, _)| it).unwrap_or_default();
        let days = if person.is_some() {
            let days = store.days_of_person(account, backup, person, Window::EVER);
            days.await?
        } else {
            store.by_day(account, backup, Window::EVER).await?
        };
        if let Some(person) = person {
            read.people.retain(|it| it.id == *person);
            read.covers
                .retain(|it| it.extension.as_ref() == Some(person));
        }
        let lines = lines(backup, &read);
        Ok(Covered {
            totals: match person {
                None => totals.counts,
                Some(_) => sums(&lines),
            },
            lines,
            gaps,
            days,
            asked,
            deadline: retention.deadline(&totals.oldest),
        })
    }

    /// All types together.
    pub fn sum(&self) -> Count {
        let all = self.totals.values();
        all.fold(Count::default(), |sum, &one| sum.plus(one))
    }

    /// How a UTC day stands, by its first instant, and the sum of it.
    pub fn day(&self, day_ms: i64) -> (DayState, Count) {
        let counts = self.days.get(&day_ms).into_iter().flatten();
        let count = counts.fold(Count::default(), |sum, (_, &one)| sum.plus(one));
        let day = Window::from_ms(day_ms, day_ms + DAY_MS);
        let asked = |asked: Window| day.and_then(|it| it.overlap(asked)).is_some();
        let reaches = |it: &&NamedGap| day.is_some_and(|day| it.gap.window.overlap(day).is_some());
        let state = match self
            .gaps
            .iter()
            .filter(reaches)
            .map(DayState::because_of)
            .max()
        {
            Some(state) => state,
            None if count.pending + count.missing > 0 => DayState::Partly,
            None if count.archived > 0 => DayState::Whole,
            None if self.asked.is_some_and(asked) => DayState::Nothing,
            None => DayState::Unasked,
        };
        (state, count)
    }

    /// Every UTC day that was asked for or on which there is anything, oldest
    /// first.
    pub fn all_days(&self) -> BTreeSet<i64> {
        let asked = self.asked.into_iter().flat_map(Window::days);
        let asked = asked.map(|it| it.start_ms().div_euclid(DAY_MS) * DAY_MS);
        asked.chain(self.days.keys().copied()).collect()
    }
}

impl DayState {
    /// A day that a gap reaches into. What is still to be listed is no gap yet.
    fn because_of(gap: &NamedGap) -> DayState {
        match gap.gap.why {
            GapWhy::Due => DayState::Partly,
            // Somebody's mailbox is closed to us all the time: every day would
            // be a gap, and none could be told from the others.
            GapWhy::Failed if gap.lanes.is_empty() => DayState::Partly,
            GapWhy::Off | GapWhy::Failed => DayState::Gap,
        }
    }
}

fn sums(lines: &[Line]) -> BTreeMap<DataType, Count> {
    let mut sums: BTreeMap<DataType, Count> = BTreeMap::new();
    for it in lines {
        let sum = sums.entry(it.data_type).or_default();
        *sum = sum.plus(it.count);
    }
    sums
}
