//! How times are written on pages: the cells and pickers of the
//! user guide. No clock and no zone of its own; both are handed in.

use domain::window::{Window, instant};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::options::Dates;
use crate::zone::Zone;

/// `16/6/2016 13:00:00`: day, month, year, 24 hours, or as the operator set
/// it. Where the clock shows the same hour twice (summer time ends) the offset
/// follows.
pub(crate) fn cell(at_ms: i64, zone: &Zone) -> String {
    let rules = &zone.rules;
    let at = instant(at_ms).to_zoned_datetime(rules.clone()).datetime();
    let (year, month, day) = (at.year(), at.month(), at.day());
    let date = match zone.dates {
        Dates::Guide => format!("{day}/{month}/{year}"),
        Dates::Iso => format!("{year:04}-{month:02}-{day:02}"),
        Dates::Us => format!("{month}/{day}/{year}"),
    };
    let time = format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second());
    if twice(at, rules) {
        return format!("{date} {time} {}", offset(at_ms, rules));
    }
    format!("{date} {time}")
}

fn twice(at: DateTime, zone: &TimeZone) -> bool {
    zone.to_ambiguous_timestamp(at).is_ambiguous()
}

/// The same with a dash for what never was.
pub(crate) fn cell_or_dash(at_ms: Option<i64>, zone: &Zone) -> String {
    at_ms.map_or_else(|| "-".to_owned(), |at| cell(at, zone))
}

/// `6/16/2016`: month, day, year, as the date pickers show it.
pub(crate) fn picker(date: Date) -> String {
    format!("{}/{}/{}", date.month(), date.day(), date.year())
}

/// `2016-06-16T13:00:00-04:00`: for files that programs read.
pub(crate) fn exact(at_ms: i64, zone: &TimeZone) -> String {
    instant(at_ms)
        .to_zoned_datetime(zone.clone())
        .strftime("%Y-%m-%dT%H:%M:%S%:z")
        .to_string()
}

/// `2016-06-16T17:00:00Z`: for the `datetime` of a `<time>`.
pub(crate) fn machine(at_ms: i64) -> String {
    instant(at_ms).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// `UTC-04:00`, as it is at that instant.
pub(crate) fn offset(at_ms: i64, zone: &TimeZone) -> String {
    let there = instant(at_ms).to_zoned_datetime(zone.clone());
    format!("UTC{}", there.strftime("%:z"))
}

/// The day it is there at that instant.
pub(crate) fn day(at_ms: i64, zone: &TimeZone) -> Date {
    instant(at_ms).to_zoned_datetime(zone.clone()).date()
}

/// From the first instant of one day to the last of another, as the zone has
/// them; days of 23, 24 or 25 hours. `None` when `from` comes after `to`.
pub(crate) fn days(from: Date, to: Date, zone: &TimeZone) -> Option<Window> {
    if from > to {
        return None;
    }
    let start = zone.to_timestamp(from.at(0, 0, 0, 0)).ok()?;
    let next = to.tomorrow().ok()?;
    let end = zone.to_timestamp(next.at(0, 0, 0, 0)).ok()?;
    Window::new(start, end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::window::{DAY_MS, HOUR_MS};
    use jiff::civil::date;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    fn shown(at_ms: i64, name: &str, dates: Dates) -> String {
        let zone = Zone::of(Some(name), None, None);
        cell(at_ms, &Zone { dates, ..zone })
    }

    fn ms(at: &str) -> i64 {
        at.parse::<jiff::Timestamp>().unwrap().as_millisecond()
    }

    #[test]
    fn s_106_cells_show_day_month_year_and_24_hours() {
        let at = ms("2016-06-16T17:00:00Z");
        assert_eq!(
            shown(at, "America/New_York", Dates::Guide),
            "16/6/2016 13:00:00"
        );
        assert_eq!(shown(at, "UTC", Dates::Guide), "16/6/2016 17:00:00");
        assert_eq!(
            shown(at, "Asia/Kolkata", Dates::Guide),
            "16/6/2016 22:30:00"
        );
        assert_eq!(
            shown(ms("2016-01-02T03:04:05Z"), "UTC", Dates::Guide),
            "2/1/2016 03:04:05"
        );
        assert_eq!(cell_or_dash(None, &Zone::of(None, None, None)), "-");
    }

    #[test]
    fn s_106_the_order_of_a_date_follows_the_setting() {
        let at = ms("2016-06-16T17:00:00Z");
        for (word, expected) in [
            ("guide", "16/6/2016 13:00:00"),
            ("iso", "2016-06-16 13:00:00"),
            ("us", "6/16/2016 13:00:00"),
        ] {
            let dates = Dates::from_word(word).unwrap();
            assert_eq!(shown(at, "America/New_York", dates), expected);
        }
        assert_eq!(Dates::from_word("de"), None);
    }

    #[test]
    fn s_099_pickers_show_month_day_year_unpadded() {
        assert_eq!(picker(date(2016, 6, 16)), "6/16/2016");
        assert_eq!(picker(date(2026, 12, 1)), "12/1/2026");
        assert_eq!(picker(date(2026, 1, 9)), "1/9/2026");
    }

    #[test]
    fn an_hour_that_comes_twice_is_told_apart() {
        let shown = |at_ms| shown(at_ms, "America/New_York", Dates::Guide);
        let first = ms("2026-11-01T05:00:00Z");
        assert_eq!(shown(first), "1/11/2026 01:00:00 UTC-04:00");
        assert_eq!(shown(first + HOUR_MS), "1/11/2026 01:00:00 UTC-05:00");
        assert_eq!(shown(first + 2 * HOUR_MS), "1/11/2026 02:00:00");
    }

    #[test]
    fn s_101_a_day_is_as_long_as_its_zone_has_it() {
        let length = |zone: &TimeZone, day| {
            let window = days(day, day, zone).unwrap();
            window.end_ms() - window.start_ms()
        };
        let new_york = zone("America/New_York");
        assert_eq!(length(&new_york, date(2026, 6, 1)), DAY_MS);
        assert_eq!(length(&new_york, date(2026, 3, 8)), 23 * HOUR_MS);
        assert_eq!(length(&new_york, date(2026, 11, 1)), 25 * HOUR_MS);
        // Summer time began at midnight there: the day starts at 1:00.
        assert_eq!(
            length(&zone("America/Sao_Paulo"), date(2018, 11, 4)),
            23 * HOUR_MS
        );
        // A midnight that came twice belongs to its day both times.
        assert_eq!(
            length(&zone("America/Havana"), date(2025, 11, 2)),
            25 * HOUR_MS
        );
        let kolkata = days(date(2016, 6, 16), date(2016, 6, 16), &zone("Asia/Kolkata"));
        assert_eq!(kolkata.unwrap().start_ms(), ms("2016-06-15T18:30:00Z"));
    }

    #[test]
    fn days_meet_without_gap_or_overlap() {
        for name in ["America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"] {
            let zone = zone(name);
            let mut day = date(2026, 1, 1);
            let mut end = days(day, day, &zone).unwrap().start_ms();
            for _ in 0..366 {
                let window = days(day, day, &zone).unwrap();
                assert_eq!(window.start_ms(), end, "{name} {day}");
                end = window.end_ms();
                day = day.tomorrow().unwrap();
            }
        }
    }

    #[test]
    fn reversed_days_are_no_window() {
        assert_eq!(
            days(date(2026, 1, 2), date(2026, 1, 1), &TimeZone::UTC),
            None
        );
        assert_eq!(days(Date::MAX, Date::MAX, &TimeZone::UTC), None);
    }

    #[test]
    fn files_for_programs_hold_the_offset() {
        let at = ms("2016-06-16T17:00:00Z");
        assert_eq!(
            exact(at, &zone("America/New_York")),
            "2016-06-16T13:00:00-04:00"
        );
        assert_eq!(machine(at), "2016-06-16T17:00:00Z");
        assert_eq!(offset(at, &zone("Asia/Kolkata")), "UTC+05:30");
    }
}
