//! Points in time as people write them on the command line.

use domain::window::{DAY_MS, Window};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};

use crate::failure::Failure;

/// A window from two written points in time. What lies in the future is cut
/// off: nobody can list it yet.
pub(crate) fn window(
    from: &str,
    to: &str,
    zone: &TimeZone,
    now: Timestamp,
) -> Result<Window, Failure> {
    let from = point("--from", from, zone, now)?;
    let to = point("--to", to, zone, now)?;
    if from >= to {
        return Err(Failure::usage(format!(
            "--from ({from}) must be earlier than --to ({to}). Nothing was archived."
        )));
    }
    if from >= now {
        return Err(Failure::usage(format!(
            "--from ({from}) lies in the future. Nothing was archived."
        )));
    }
    Window::new(from, to.min(now)).ok_or_else(|| Failure::usage("the range is empty"))
}

/// A span of a log, whose ends may be left open: the past 7 days until now.
pub(crate) fn past(
    from: Option<&str>,
    to: Option<&str>,
    zone: &TimeZone,
    now: Timestamp,
) -> Result<Window, Failure> {
    let from_ms = match from {
        Some(text) => point("--from", text, zone, now)?.as_millisecond(),
        None => now.as_millisecond() - 7 * DAY_MS,
    };
    let to_ms = match to {
        Some(text) => point("--to", text, zone, now)?.as_millisecond(),
        None => Window::hour_of(now.as_millisecond()).end_ms(),
    };
    Window::from_ms(from_ms, to_ms)
        .ok_or_else(|| Failure::usage("--from must be earlier than --to."))
}

/// The span of a proof, whose ends may be left open: all of time until now.
pub(crate) fn whole(
    from: Option<&str>,
    to: Option<&str>,
    zone: &TimeZone,
    now: Timestamp,
) -> Result<Window, Failure> {
    let from = match from {
        Some(text) => point("--from", text, zone, now)?,
        None => Timestamp::UNIX_EPOCH,
    };
    let to = match to {
        Some(text) => point("--to", text, zone, now)?,
        None => now,
    };
    Window::new(from, to).ok_or_else(|| Failure::usage("--from must be earlier than --to."))
}

/// A span of what was told, from (inclusive) and to (exclusive) in milliseconds
/// since 1970. An end that is not told is open: what a clock told that was ahead
/// belongs there, too.
pub(crate) fn open(
    from: Option<&str>,
    to: Option<&str>,
    zone: &TimeZone,
    now: Timestamp,
) -> Result<(i64, i64), Failure> {
    let at = |option: &str, text: Option<&str>, else_ms: i64| match text {
        Some(text) => point(option, text, zone, now).map(Timestamp::as_millisecond),
        None => Ok(else_ms),
    };
    let (from_ms, to_ms) = (at("--from", from, i64::MIN)?, at("--to", to, i64::MAX)?);
    if from_ms >= to_ms {
        return Err(Failure::usage("--from must be earlier than --to."));
    }
    Ok((from_ms, to_ms))
}

/// `now`, a date (its midnight in the configured zone), a date and time (in
/// that zone), or an instant with an offset or zone of its own.
fn point(option: &str, text: &str, zone: &TimeZone, now: Timestamp) -> Result<Timestamp, Failure> {
    let text = text.trim();
    if text == "now" {
        return Ok(now);
    }
    let in_zone = |local: DateTime| zone.to_timestamp(local);
    // Only as a whole does a time with a zone mean what it says: read as a
    // time alone, it would lie in another zone.
    let read = if text.contains('[') {
        text.parse::<ZonedDateTime>().map(|it| it.timestamp())
    } else {
        let instant = text.parse::<Timestamp>();
        instant.or_else(|_| text.parse::<DateTime>().and_then(in_zone))
    };
    read.map_err(|_| {
        Failure::usage(format!(
            "{option} is not a point in time. Write 2026-06-12, 2026-06-12T14:00, \
                 2026-06-12T14:00:00Z or now."
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-06-20T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn people_write_time_in_several_ways() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        for (text, expected) in [
            ("2026-06-12", "2026-06-11T22:00:00Z"),
            ("2026-06-12T14:00", "2026-06-12T12:00:00Z"),
            ("2026-06-12T14:00:00Z", "2026-06-12T14:00:00Z"),
            ("2026-06-12T14:00:00-04:00", "2026-06-12T18:00:00Z"),
            ("2026-06-12T14:00[America/New_York]", "2026-06-12T18:00:00Z"),
            (
                "2026-06-12T14:00-04:00[America/New_York]",
                "2026-06-12T18:00:00Z",
            ),
            // A time that the clocks skip is the one after the gap.
            ("2026-03-29T02:30", "2026-03-29T01:30:00Z"),
            // Of one that they show twice, the first.
            ("2026-10-25T02:30", "2026-10-25T00:30:00Z"),
            ("now", "2026-06-20T12:00:00Z"),
        ] {
            assert_eq!(
                point("--from", text, &berlin, now()).unwrap().to_string(),
                expected
            );
        }
        for text in ["yesterday-ish", "2026-06-12T14:00+09:00[Europe/Berlin]", ""] {
            assert!(point("--from", text, &berlin, now()).is_err(), "{text}");
        }
    }

    #[test]
    fn reversed_and_future_ranges_are_refused_and_the_end_is_cut() {
        let utc = TimeZone::UTC;
        assert!(window("2026-06-12", "2026-06-11", &utc, now()).is_err());
        assert!(window("2026-06-12", "2026-06-12", &utc, now()).is_err());
        assert!(window("2027-01-01", "2027-01-02", &utc, now()).is_err());
        let cut = window("2026-06-19", "2026-07-01", &utc, now()).unwrap();
        assert_eq!(cut.end(), now());
    }

    #[test]
    fn what_is_not_told_is_open() {
        let open = |from, to| open(from, to, &TimeZone::UTC, now());
        assert_eq!(open(None, None).unwrap(), (i64::MIN, i64::MAX));
        let ahead = open(Some("2027-01-01"), None).unwrap();
        assert!(ahead.0 > now().as_millisecond() && ahead.1 == i64::MAX);
        let until_now = open(None, Some("now")).unwrap();
        assert_eq!(until_now, (i64::MIN, now().as_millisecond()));
        assert!(open(Some("2026-06-12"), Some("2026-06-12")).is_err());
    }

    #[test]
    fn fuzz_points_in_time() {
        let seeds = [
            "2026-06-12",
            "2026-06-12T14:00",
            "2026-06-12T14:00:00.5+02:00[Europe/Berlin]",
            "now",
            "-009999-01-01T00:00:00Z",
        ]
        .map(|it| it.as_bytes().to_vec());
        testkit::fuzz::Target {
            name: "points in time",
            seeds: &seeds,
            corpus: &[b"", b"[", b"2026-06-12["],
            words: &["T", "Z", "-", ":", "[", "]", "+", "9999", "W", "\u{2212}"],
        }
        .run(|data| {
            let text = String::from_utf8_lossy(data);
            let whole = whole(Some(&text), None, &TimeZone::UTC, now());
            assert!(whole.is_err() || whole.is_ok_and(|it| it.start_ms() < it.end_ms()));
        });
    }
}
