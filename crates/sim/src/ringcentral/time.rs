//! Times as RingCentral writes and reads them.

use jiff::Timestamp;

/// ISO 8601 in UTC with milliseconds: `2018-09-18T09:24:04.102Z`.
pub(crate) fn iso(ms: i64) -> String {
    Timestamp::from_millisecond(ms).map_or_else(|_| String::new(), |t| format!("{t:.3}"))
}

/// Milliseconds since 1970. Besides full times, a bare date, month or year is
/// accepted (developer guide, formats); they mean their first moment in UTC.
pub(crate) fn parse(text: &str) -> Option<i64> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time.as_millisecond());
    }
    let whole = match text.len() {
        4 => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        _ => text.to_owned(),
    };
    let midnight: Timestamp = format!("{whole}T00:00:00Z").parse().ok()?;
    Some(midnight.as_millisecond())
}

/// The date as HTTP headers write it: `Tue, 18 Sep 2018 09:24:04 GMT`.
pub(crate) fn http(ms: i64) -> String {
    let format = "%a, %d %b %Y %H:%M:%S GMT";
    Timestamp::from_millisecond(ms)
        .map_or_else(|_| String::new(), |t| t.strftime(format).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_and_read() {
        assert_eq!(iso(1_537_262_644_102), "2018-09-18T09:24:04.102Z");
        assert_eq!(iso(1_537_262_644_000), "2018-09-18T09:24:04.000Z");
        assert_eq!(parse("2018-09-18T09:24:04.102Z"), Some(1_537_262_644_102));
        assert_eq!(
            parse("2018-09-18T11:24:04.102+02:00"),
            Some(1_537_262_644_102)
        );
        assert_eq!(parse("2012-02-25"), Some(1_330_128_000_000));
        assert_eq!(parse("2012-02"), parse("2012-02-01"));
        assert_eq!(parse("2012"), parse("2012-01-01T00:00:00Z"));
        assert_eq!(parse("yesterday"), None);
    }
}
