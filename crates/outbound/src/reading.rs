//! What an answer's headers tell about the provider's rate limits (pure).
//! Everything in them is a hint: names may change, numbers may lie.

use std::time::{Duration, SystemTime};

use crate::answer::Headers;
use crate::budget::Budget;

/// `X-Rate-Limit-*` of an answer (RingCentral developer guide, rate limits:
/// on nearly every authenticated answer; other providers send none).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reading {
    /// The group the provider counted it in, lower case.
    pub(crate) group: Option<String>,
    pub(crate) limit: Option<u32>,
    /// A negative value reads as 0.
    pub(crate) remaining: Option<u32>,
    /// May be a decimal fraction of a second.
    pub(crate) window: Option<Duration>,
}

impl Reading {
    pub(crate) fn of(headers: &Headers) -> Reading {
        let group = headers.get("x-rate-limit-group").map(str::trim);
        Reading {
            group: group
                .filter(|name| !name.is_empty() && name.len() <= 64)
                .map(str::to_ascii_lowercase),
            limit: count(headers, "x-rate-limit-limit").filter(|limit| *limit > 0),
            remaining: count(headers, "x-rate-limit-remaining"),
            window: headers.get("x-rate-limit-window").and_then(seconds),
        }
    }

    /// The budget, if both its halves were told.
    pub(crate) fn budget(&self) -> Option<Budget> {
        let (limit, window) = (self.limit?, self.window?);
        Some(Budget::new(limit, window))
    }

    /// An answer to a request over the limit counts nothing useful: only the
    /// size of the budget is believed.
    pub(crate) fn without_remaining(mut self) -> Reading {
        self.remaining = None;
        self
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the range of u32 first"
)]
fn count(headers: &Headers, name: &str) -> Option<u32> {
    let number: f64 = headers.get(name)?.trim().parse().ok()?;
    number
        .is_finite()
        .then(|| number.clamp(0.0, f64::from(u32::MAX)) as u32)
}

/// Seconds, with or without a fraction; nothing negative or beyond reason.
fn seconds(text: &str) -> Option<Duration> {
    let number: f64 = text.trim().parse().ok()?;
    if number.is_nan() || number < 0.0 {
        return None;
    }
    Some(Duration::try_from_secs_f64(number).unwrap_or(Duration::MAX))
}

/// When the answer says that it was made, milliseconds since 1970.
pub(crate) fn date_ms(headers: &Headers) -> Option<i64> {
    let date = httpdate::parse_http_date(headers.get("date")?).ok()?;
    let since = date.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_millis()).ok()
}

/// What `Retry-After` says: seconds, or a date relative to the answer's own
/// `Date` (to `now` where it has none, so that a wrong clock here does little).
/// `None` where it says nothing sensible.
pub(crate) fn retry_after(headers: &Headers, now: SystemTime) -> Option<Duration> {
    let text = headers.get("retry-after")?;
    if let Some(wait) = seconds(text) {
        return Some(wait);
    }
    let until = httpdate::parse_http_date(text.trim()).ok()?;
    let sent = headers
        .get("date")
        .and_then(|date| httpdate::parse_http_date(date).ok());
    Some(
        until
            .duration_since(sent.unwrap_or(now))
            .unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> Headers {
        pairs.iter().copied().collect()
    }

    const NOON: &str = "Sun, 06 Nov 1994 12:00:00 GMT";

    #[test]
    fn retry_after_is_read_in_every_form_that_was_seen() {
        let now = httpdate::parse_http_date(NOON).unwrap() - Duration::from_secs(5);
        let said = |text: &str| retry_after(&headers(&[("Retry-After", text)]), now);
        assert_eq!(said("60"), Some(Duration::from_mins(1)));
        assert_eq!(said(" 60 "), Some(Duration::from_mins(1)));
        assert_eq!(said("0.5"), Some(Duration::from_millis(500)));
        assert_eq!(said("1000000000"), Some(Duration::from_secs(1_000_000_000)));
        assert_eq!(said("1e300"), Some(Duration::MAX));
        for nonsense in [
            "-1",
            "soon",
            "",
            "NaN",
            "60 s",
            "Sun, 99 Nov 1994 12:00:00 GMT",
        ] {
            assert_eq!(said(nonsense), None, "{nonsense}");
        }
        assert_eq!(retry_after(&headers(&[]), now), None);
        assert_eq!(said(NOON), Some(Duration::from_secs(5)), "by our clock");
        assert_eq!(said("Sun, 06 Nov 1994 11:00:00 GMT"), Some(Duration::ZERO));
    }

    #[test]
    fn a_date_is_measured_by_the_provider_s_own_clock() {
        let pairs = [
            ("retry-after", NOON),
            ("date", "Sun, 06 Nov 1994 11:59:20 GMT"),
        ];
        let wrong = SystemTime::UNIX_EPOCH;
        assert_eq!(
            retry_after(&headers(&pairs), wrong),
            Some(Duration::from_secs(40))
        );
    }

    #[test]
    fn limits_are_read_and_nonsense_is_not() {
        let reading = Reading::of(&headers(&[
            ("X-Rate-Limit-Group", " Heavy "),
            ("X-Rate-Limit-Limit", "10"),
            ("X-Rate-Limit-Remaining", "-3"),
            ("X-Rate-Limit-Window", "0.5"),
        ]));
        assert_eq!(reading.group.as_deref(), Some("heavy"));
        assert_eq!(reading.remaining, Some(0));
        let window = Duration::from_millis(500);
        assert_eq!(reading.budget(), Some(Budget::new(10, window)));
        let nonsense = Reading::of(&headers(&[
            ("X-Rate-Limit-Group", ""),
            ("X-Rate-Limit-Limit", "0"),
            ("X-Rate-Limit-Remaining", "many"),
            ("X-Rate-Limit-Window", "-60"),
        ]));
        assert_eq!(nonsense, Reading::default());
    }

    proptest! {
        #[test]
        fn whatever_is_said_leads_to_a_pause_within_reason(text in "\\PC{0,40}") {
            let penalty = crate::manners::Penalty::default();
            let said = retry_after(&headers(&[("retry-after", &text)]), SystemTime::UNIX_EPOCH);
            let pause = penalty.pause(said);
            prop_assert!(pause >= penalty.floor && pause <= penalty.ceiling);
        }
    }
}
