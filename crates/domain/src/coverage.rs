//! Coverage: what of whom is in the archive, and which spans nobody listed.
//! The numbers are the Ledger's, by person and type; the gaps follow from the
//! rows alone.

use serde::Serialize;

use crate::account::ExtensionId;
use crate::data_type::DataType;
use crate::ledger::Count;
use crate::task::Listing;
use crate::window::Window;

/// What the Ledger has of one person and type. A unit whose parts lie on two
/// UTC days counts on both, as in [`crate::ports::Totals`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cover {
    /// Whose; `None`: of nobody in particular.
    pub extension: Option<ExtensionId>,
    /// Of which type.
    pub data_type: DataType,
    /// Units by state, files and bytes.
    pub count: Count,
    /// Own time of the first archived item, milliseconds since 1970; `None`
    /// while none is archived.
    pub first_ms: Option<i64>,
    /// Own time of the last one.
    pub last_ms: Option<i64>,
}

/// How far a lane was listed of one type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    /// The lane's key ([`crate::lane::Lane::key`]).
    pub lane: String,
    /// Of which type.
    pub data_type: DataType,
    /// Listed up to here, milliseconds since 1970.
    pub to_ms: i64,
}

/// What the provider does not let us see.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hidden {
    /// The lane's key, or `messages`: those of everybody else, where the
    /// provider does not tell who is in the company.
    pub lane: String,
    /// Since when it is so, milliseconds since 1970.
    pub since_ms: i64,
    /// Why, a sentence for people.
    pub cause: String,
}

/// Why items of a person and type are missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// Whose; `None`: of nobody in particular.
    pub extension: Option<ExtensionId>,
    /// Of which type.
    pub data_type: DataType,
    /// Why, a sentence for people.
    pub cause: String,
    /// So many files: each part of a message counts.
    pub files: u64,
}

/// Why nobody listed a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum GapWhy {
    /// The Backup was OFF, and nobody has taken the span up since.
    Off,
    /// At least one lane could not be listed.
    Failed,
    /// It is still to be listed, or a Run is at it.
    Due,
}

impl GapWhy {
    /// The word in JSON and CSV.
    pub fn word(self) -> &'static str {
        match self {
            GapWhy::Off => "off",
            GapWhy::Failed => "failed",
            GapWhy::Due => "due",
        }
    }
}

/// A span that was not wholly listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// From when until when.
    pub window: Window,
    /// Why.
    pub why: GapWhy,
}

/// Every span of the window that was not wholly listed, oldest first. What
/// lies before the first row was never asked for and is no gap.
///
/// ```
/// use domain::coverage::{Gap, GapWhy, gaps};
/// use domain::task::Listing;
/// use domain::window::Window;
/// let hour = |n: i64| Window::hour_of(n * 3_600_000);
/// let rows = [(hour(0), Listing::Done), (hour(2), Listing::Done)];
/// let off = Gap { window: hour(1), why: GapWhy::Off };
/// assert_eq!(gaps(&rows, Window::from_ms(0, 3 * 3_600_000).unwrap()), [off]);
/// ```
pub fn gaps(rows: &[(Window, Listing)], window: Window) -> Vec<Gap> {
    let of = |wanted: fn(Listing) -> bool| {
        let rows = rows.iter().filter(|(_, listing)| wanted(*listing));
        merged(rows.filter_map(|(row, _)| row.overlap(window)).collect())
    };
    let Some(first_ms) = rows.iter().map(|(row, _)| row.start_ms()).min() else {
        return Vec::new();
    };
    let begun = Window::from_ms(first_ms.max(window.start_ms()), window.end_ms());
    let done = of(|it| it == Listing::Done);
    let failed = without(of(|it| it == Listing::Failed), &done);
    let due = of(|it| matches!(it, Listing::Due | Listing::Running));
    let due = without(without(due, &done), &failed);
    let off = without(without(begun.into_iter().collect(), &done), &failed);
    let off = without(off, &due);
    let told = |spans: Vec<Window>, why| spans.into_iter().map(move |window| Gap { window, why });
    let mut all: Vec<Gap> = told(failed, GapWhy::Failed)
        .chain(told(due, GapWhy::Due))
        .chain(told(off, GapWhy::Off))
        .collect();
    all.sort_by_key(|it| it.window);
    all
}

/// The same spans, in order, those that touch as one.
fn merged(mut spans: Vec<Window>) -> Vec<Window> {
    spans.sort();
    let mut whole: Vec<Window> = Vec::with_capacity(spans.len());
    for span in spans {
        match whole.last_mut() {
            Some(last) if span.start_ms() <= last.end_ms() => {
                *last = last.join(span).unwrap_or(span);
            }
            _ => whole.push(span),
        }
    }
    whole
}

/// What of these spans lies in none of those. Both are merged and in order.
fn without(spans: Vec<Window>, those: &[Window]) -> Vec<Window> {
    let mut left = Vec::new();
    let mut those = those.iter().peekable();
    for span in spans {
        let mut from_ms = span.start_ms();
        while let Some(that) = those.peek() {
            if that.start_ms() >= span.end_ms() {
                break;
            }
            left.extend(Window::from_ms(from_ms, that.start_ms()));
            from_ms = from_ms.max(that.end_ms());
            if that.end_ms() > span.end_ms() {
                break;
            }
            those.next();
        }
        left.extend(Window::from_ms(from_ms, span.end_ms()));
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::window::{DAY_MS, HOUR_MS};

    fn hours(from: i64, to: i64) -> Window {
        Window::from_ms(from * HOUR_MS, to * HOUR_MS).unwrap()
    }

    fn told(rows: &[(Window, Listing)], window: Window) -> Vec<(i64, i64, GapWhy)> {
        let gaps = gaps(rows, window).into_iter();
        let hour = |ms: i64| ms / HOUR_MS;
        gaps.map(|it| (hour(it.window.start_ms()), hour(it.window.end_ms()), it.why))
            .collect()
    }

    #[test]
    fn what_no_row_covers_and_what_was_not_listed_is_a_gap() {
        let rows = [
            (hours(24, 48), Listing::Done),
            (hours(48, 49), Listing::Done),
            (hours(49, 50), Listing::Failed),
            (hours(50, 51), Listing::Failed),
            (hours(54, 55), Listing::Done),
            (hours(55, 56), Listing::Running),
            (hours(56, 57), Listing::Due),
        ];
        assert_eq!(
            told(&rows, hours(0, 60)),
            [
                (49, 51, GapWhy::Failed),
                (51, 54, GapWhy::Off),
                (55, 57, GapWhy::Due),
                (57, 60, GapWhy::Off)
            ]
        );
        // Cut to what was asked for.
        assert_eq!(
            told(&rows, hours(50, 52)),
            [(50, 51, GapWhy::Failed), (51, 52, GapWhy::Off)]
        );
        assert_eq!(told(&[], hours(0, 60)), []);
        assert_eq!(told(&rows, hours(0, 24)), []);
    }

    #[test]
    fn a_row_of_a_day_covers_its_hours_in_whatever_order_they_come() {
        let day = Window::from_ms(0, DAY_MS).unwrap();
        for rows in [
            [(day, Listing::Done), (hours(3, 4), Listing::Failed)],
            [(hours(3, 4), Listing::Due), (day, Listing::Done)],
        ] {
            assert_eq!(told(&rows, day), []);
        }
        let rows = [(day, Listing::Failed), (hours(3, 4), Listing::Done)];
        assert_eq!(
            told(&rows, day),
            [(0, 3, GapWhy::Failed), (4, 24, GapWhy::Failed)]
        );
        let rows = [(day, Listing::Due), (hours(3, 5), Listing::Failed)];
        assert_eq!(
            told(&rows, day),
            [
                (0, 3, GapWhy::Due),
                (3, 5, GapWhy::Failed),
                (5, 24, GapWhy::Due)
            ]
        );
    }
}
