//! The calendar: the last 13 months, a square for each UTC day, a column for
//! each week. What a square means shows in its shape as well as in its colour.

use domain::window::instant;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::covered::{Covered, DayState};
use crate::texts::coverage as say;

/// From one square to the next.
const STEP: i64 = 14;
/// Side of a square.
pub(super) const SIDE: i64 = 12;
/// Left of the squares stand the days of the week, above them the months.
const LEFT: i64 = 34;
const TOP: i64 = 18;
/// Months that are shown, the present one among them.
const MONTHS: i32 = 13;

/// The drawing.
pub(super) struct Calendar {
    pub(super) width: i64,
    pub(super) height: i64,
    /// What it shows, in a sentence.
    pub(super) label: String,
    pub(super) cells: Vec<Cell>,
    pub(super) words: Vec<Word>,
    pub(super) legend: [Cell; 5],
}

/// A square.
pub(super) struct Cell {
    pub(super) x: i64,
    pub(super) y: i64,
    /// The word of its state.
    pub(super) class: &'static str,
    pub(super) title: String,
    /// What is drawn over it: the line of a path.
    pub(super) mark: String,
}

/// A word beside the squares.
pub(super) struct Word {
    pub(super) x: i64,
    pub(super) y: i64,
    pub(super) text: String,
}

impl Calendar {
    /// Until the day in which `now_ms` lies.
    pub(super) fn of(covered: &Covered, now_ms: i64) -> Calendar {
        let today = date(now_ms);
        let first = first_day(today);
        let first_ms = day_ms(first);
        let monday = i64::from(first.weekday().to_monday_zero_offset());
        let (mut cells, mut words) = (Vec::new(), Vec::new());
        let mut counts = [0_usize; 5];
        let days = (first_ms..=now_ms).step_by(DAY_STEP);
        for (n, at) in (0_i64..).zip(days) {
            let (state, count) = covered.day(at);
            counts[state as usize] += 1;
            let (week, weekday) = ((n + monday) / 7, (n + monday) % 7);
            let (x, y) = (LEFT + week * STEP, TOP + weekday * STEP);
            let day = date(at);
            if day.day() == 1 {
                words.push(Word {
                    x,
                    y: TOP - 6,
                    text: day.strftime("%Y-%m").to_string(),
                });
            }
            let means = means(state);
            let day = day.to_string();
            let title = say::day(&day, means, count.archived, count.pending, count.missing);
            cells.push(cell(state, x, y, title));
        }
        words.extend((0_i64..).zip(say::WEEKDAYS).map(|(n, text)| Word {
            x: 0,
            y: TOP + n * STEP + SIDE - 2,
            text: text.to_owned(),
        }));
        let [_, nothing, whole, partly, gaps] = counts;
        Calendar {
            width: cells.last().map_or(0, |it| it.x) + STEP * 4,
            height: TOP + 7 * STEP,
            label: say::calendar(whole, partly, gaps, nothing),
            cells,
            words,
            legend: LEGEND.map(|it| cell(it, 1, 1, means(it).to_owned())),
        }
    }
}

/// In the order of the legend.
const LEGEND: [DayState; 5] = [
    DayState::Whole,
    DayState::Partly,
    DayState::Gap,
    DayState::Nothing,
    DayState::Unasked,
];

/// Milliseconds of a day.
const DAY_STEP: usize = 86_400_000;

fn means(state: DayState) -> &'static str {
    match state {
        DayState::Unasked => say::UNASKED,
        DayState::Nothing => say::NOTHING,
        DayState::Whole => say::WHOLE,
        DayState::Partly => say::PARTLY,
        DayState::Gap => say::GAP,
    }
}

/// A cross for a gap, a slope for what is not whole, a dot for nothing.
fn cell(state: DayState, x: i64, y: i64, title: String) -> Cell {
    let (near, far, middle) = (2, SIDE - 2, SIDE / 2);
    let mark = match state {
        DayState::Gap => format!(
            "M{} {}L{} {}M{} {}L{} {}",
            x + near,
            y + near,
            x + far,
            y + far,
            x + near,
            y + far,
            x + far,
            y + near
        ),
        DayState::Partly => format!("M{} {}L{} {}", x + near, y + far, x + far, y + near),
        DayState::Nothing => format!("M{} {}h2", x + middle - 1, y + middle),
        DayState::Whole | DayState::Unasked => String::new(),
    };
    Cell {
        x,
        y,
        class: state.word(),
        title,
        mark,
    }
}

fn date(at_ms: i64) -> Date {
    instant(at_ms).to_zoned_datetime(TimeZone::UTC).date()
}

fn day_ms(day: Date) -> i64 {
    let at = TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0));
    at.map_or(0, jiff::Timestamp::as_millisecond)
}

/// The first day of the oldest month that is shown.
fn first_day(today: Date) -> Date {
    let months = i32::from(today.year()) * 12 + i32::from(today.month()) - MONTHS;
    let (year, month) = (months.div_euclid(12), months.rem_euclid(12) + 1);
    let part = |it: i32| i8::try_from(it).unwrap_or(1);
    let year = i16::try_from(year).unwrap_or(1970);
    Date::new(year, part(month), 1).unwrap_or(today)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::coverage::{Gap, GapWhy};
    use domain::window::{DAY_MS, HOUR_MS, Window};
    use jiff::civil::date as day;

    #[test]
    fn thirteen_months_begin_with_their_first_day() {
        for (today, first) in [
            (day(2026, 6, 30), day(2025, 6, 1)),
            (day(2026, 12, 1), day(2025, 12, 1)),
            (day(2026, 1, 31), day(2025, 1, 1)),
        ] {
            assert_eq!(first_day(today), first);
        }
    }

    #[test]
    fn one_hour_makes_its_day_a_gap_that_shows_without_colour() {
        // 2016-06-16T18:00:00Z
        let now_ms = 1_466_100_000_000;
        let hour = Window::hour_of(now_ms - 3 * DAY_MS);
        let gap = Gap {
            window: hour,
            why: GapWhy::Off,
        };
        let covered = Covered {
            gaps: vec![crate::covered::NamedGap {
                gap,
                lanes: Vec::new(),
                why: String::new(),
            }],
            asked: Window::from_ms(now_ms - 10 * DAY_MS, now_ms - HOUR_MS),
            ..Covered::default()
        };
        let drawn = Calendar::of(&covered, now_ms);
        let of = |class: &str| drawn.cells.iter().filter(|it| it.class == class).count();
        assert_eq!((of("gap"), of("nothing"), of("whole")), (1, 10, 0));
        let gap = drawn.cells.iter().find(|it| it.class == "gap").unwrap();
        assert!(gap.title.starts_with("2016-06-13: a gap"), "{}", gap.title);
        assert!(gap.mark.contains('M'));
        // Today is the last one; a square for each day since June 1, 2015.
        assert_eq!(drawn.cells.len(), 382);
        let last = drawn.cells.last().unwrap();
        assert!(last.title.starts_with("2016-06-16: "), "{}", last.title);
        // It was a Thursday.
        assert_eq!(last.y, TOP + 3 * STEP);
        let months = drawn.words.iter().filter(|it| it.text.contains('-'));
        assert_eq!(months.count(), 13);
    }
}
