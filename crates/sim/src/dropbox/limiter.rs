//! The request limit of each link: a token bucket, and the wait that a 429
//! imposes. Knows nothing of what is requested.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::options::{Options, RateLimitBody};

/// The limits of all links.
#[derive(Debug, Default)]
pub(super) struct Limiter {
    buckets: Mutex<HashMap<u64, Bucket>>,
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    at_ms: i64,
    /// Until when every request is refused.
    until_ms: i64,
    refusals: u64,
}

/// A refused request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Refusal {
    /// Seconds to wait, from now.
    pub(super) wait_s: f64,
    /// Tell it as plain text.
    pub(super) plain: bool,
    /// It came although an earlier refusal had asked to wait.
    pub(super) ignored_a_wait: bool,
}

impl Limiter {
    /// Counts a request of `link`, unless it is one too many.
    pub(super) fn admit(&self, link: u64, now_ms: i64, options: &Options) -> Result<(), Refusal> {
        if options.requests_per_second <= 0.0 {
            return Ok(());
        }
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets.entry(link).or_insert_with(|| Bucket {
            tokens: options.burst.max(1.0),
            at_ms: now_ms,
            until_ms: i64::MIN,
            refusals: 0,
        });
        if now_ms < bucket.until_ms {
            return Err(bucket.refuse(now_ms, true, options));
        }
        let passed = seconds(now_ms - bucket.at_ms);
        // A wait that was kept guarantees the next request.
        let least = if bucket.until_ms > bucket.at_ms {
            1.0
        } else {
            0.0
        };
        bucket.tokens = (bucket.tokens + passed * options.requests_per_second)
            .clamp(least, options.burst.max(1.0));
        bucket.at_ms = now_ms;
        if bucket.tokens < 1.0 {
            bucket.until_ms = now_ms.saturating_add(milliseconds(options.retry_after_s));
            return Err(bucket.refuse(now_ms, false, options));
        }
        bucket.tokens -= 1.0;
        Ok(())
    }
}

impl Bucket {
    fn refuse(&mut self, now_ms: i64, ignored_a_wait: bool, options: &Options) -> Refusal {
        self.refusals += 1;
        Refusal {
            wait_s: seconds(self.until_ms - now_ms),
            plain: match options.rate_limit_body {
                RateLimitBody::Json => false,
                RateLimitBody::Text => true,
                RateLimitBody::Alternate => self.refusals.is_multiple_of(2),
            },
            ignored_a_wait,
        }
    }
}

/// Seconds in a span of milliseconds.
#[expect(
    clippy::cast_precision_loss,
    reason = "spans here are far below 2^52 milliseconds"
)]
fn seconds(ms: i64) -> f64 {
    ms.max(0) as f64 / 1_000.0
}

/// Whole milliseconds in seconds with a fraction.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a float-to-integer cast saturates"
)]
pub(super) fn milliseconds(seconds: f64) -> i64 {
    (seconds * 1_000.0) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_a_wait_then_service() {
        let options = Options {
            requests_per_second: 2.0,
            burst: 3.0,
            retry_after_s: 0.25,
            ..Options::default()
        };
        let limiter = Limiter::default();
        for _ in 0..3 {
            assert_eq!(limiter.admit(0, 1_000, &options), Ok(()));
        }
        let refused = limiter.admit(0, 1_000, &options).unwrap_err();
        assert_eq!((refused.wait_s, refused.ignored_a_wait), (0.25, false));
        assert_eq!(limiter.admit(1, 1_000, &options), Ok(()), "another link");
        assert!(
            limiter
                .admit(0, 1_100, &options)
                .unwrap_err()
                .ignored_a_wait
        );
        assert_eq!(
            limiter.admit(0, 1_250, &options),
            Ok(()),
            "the wait was kept"
        );
        assert!(
            !limiter
                .admit(0, 1_251, &options)
                .unwrap_err()
                .ignored_a_wait
        );
    }
}
