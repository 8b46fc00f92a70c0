//! Points in time as people write them on the command line.

use domain::window::Window;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

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

/// `now`, a date (its midnight in the configured zone), a date and time (in
/// that zone), or an instant with its own offset.
fn point(option: &str, text: &str, zone: &TimeZone, now: Timestamp) -> Result<Timestamp, Failure> {
    let text = text.trim();
    if text == "now" {
        return Ok(now);
    }
    let in_zone = |local: DateTime| zone.to_timestamp(local);
    text.parse::<Timestamp>()
        .or_else(|_| text.parse::<DateTime>().and_then(in_zone))
        .map_err(|_| {
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
            ("now", "2026-06-20T12:00:00Z"),
        ] {
            assert_eq!(
                point("--from", text, &berlin, now()).unwrap().to_string(),
                expected
            );
        }
        assert!(point("--from", "yesterday-ish", &berlin, now()).is_err());
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
}
