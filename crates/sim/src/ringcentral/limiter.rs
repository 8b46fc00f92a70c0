//! The rate limiter: a sliding window for each user, application and group,
//! with a penalty that early requests start anew (developer guide, rate
//! limits). Values in, verdict out; the clock is somebody else's.

use std::collections::{HashMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::Options;

/// A usage plan group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Group {
    /// 50 requests a minute.
    Light,
    /// 40 requests a minute.
    Medium,
    /// 10 requests a minute.
    Heavy,
    /// 5 requests a minute, for the token endpoint.
    Auth,
    /// No limit.
    NoThrottling,
}

impl Group {
    /// As it stands in headers: lower case.
    pub(crate) fn on_the_wire(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Medium => "medium",
            Self::Heavy => "heavy",
            Self::Auth => "auth",
            Self::NoThrottling => "nothrottling",
        }
    }

    fn limit(self, options: &Options) -> Option<u32> {
        match self {
            Self::Light => Some(options.light),
            Self::Medium => Some(options.medium),
            Self::Heavy => Some(options.heavy),
            Self::Auth => Some(options.auth),
            Self::NoThrottling => None,
        }
    }
}

/// What the limiter thinks of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Free,
    Pass {
        limit: u32,
        remaining: u32,
    },
    /// Refused until the penalty is over; `early` if one was running already.
    Refused {
        limit: u32,
        retry_ms: i64,
        early: bool,
    },
    /// Everybody together is too fast.
    Global {
        retry_ms: i64,
    },
}

/// The windows of all users.
#[derive(Debug, Default)]
pub(crate) struct Limiter {
    windows: HashMap<(String, String, Group), Window>,
    everybody: Window,
}

#[derive(Debug, Default)]
struct Window {
    hits: VecDeque<i64>,
    penalty_until: i64,
}

impl Limiter {
    /// Counts a request of `user` through `client` at `now_ms`.
    pub(crate) fn count(
        &mut self,
        user: &str,
        client: &str,
        group: Group,
        options: &Options,
        now_ms: i64,
    ) -> Verdict {
        if let Some(limit) = options.global_per_second {
            let (penalty, window) = (options.global_penalty_ms, 1_000);
            if let Err((retry_ms, _)) = self.everybody.count(now_ms, limit, window, penalty) {
                return Verdict::Global { retry_ms };
            }
        }
        let Some(limit) = group.limit(options) else {
            return Verdict::Free;
        };
        let window = self
            .windows
            .entry((user.to_owned(), client.to_owned(), group))
            .or_default();
        match window.count(now_ms, limit, options.window_ms, options.penalty_ms) {
            Ok(remaining) => Verdict::Pass { limit, remaining },
            Err((retry_ms, early)) => Verdict::Refused {
                limit,
                retry_ms,
                early,
            },
        }
    }
}

impl Window {
    /// Requests left, or how long to wait and whether a penalty was running.
    fn count(
        &mut self,
        now_ms: i64,
        limit: u32,
        window_ms: i64,
        penalty_ms: i64,
    ) -> Result<u32, (i64, bool)> {
        let early = now_ms < self.penalty_until;
        while self
            .hits
            .front()
            .is_some_and(|&hit| hit <= now_ms - window_ms)
        {
            self.hits.pop_front();
        }
        let used = u32::try_from(self.hits.len()).unwrap_or(u32::MAX);
        if early || used >= limit {
            self.penalty_until = now_ms + penalty_ms;
            return Err((penalty_ms, early));
        }
        self.hits.push_back(now_ms);
        Ok(limit - used - 1)
    }
}

/// Seconds for a header: whole ones, or a fraction where the scenario shrank
/// the window below one second.
pub(crate) fn header_seconds(ms: i64) -> String {
    if ms >= 1_000 {
        (ms.saturating_add(999) / 1_000).to_string()
    } else {
        format!("0.{:03}", ms.clamp(1, 999))
            .trim_end_matches('0')
            .to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn early_requests_start_the_penalty_anew() {
        let options = Options {
            heavy: 2,
            ..Options::default()
        };
        let mut limiter = Limiter::default();
        let mut at = |ms| limiter.count("u", "c", Group::Heavy, &options, ms);
        assert_eq!(
            at(0),
            Verdict::Pass {
                limit: 2,
                remaining: 1
            }
        );
        assert_eq!(
            at(10),
            Verdict::Pass {
                limit: 2,
                remaining: 0
            }
        );
        let refused = |early| Verdict::Refused {
            limit: 2,
            retry_ms: 60_000,
            early,
        };
        assert_eq!(at(20), refused(false));
        assert_eq!(
            at(60_019),
            refused(true),
            "the old hits are gone, the penalty is not"
        );
        assert_eq!(at(120_018), refused(true), "and it was started anew");
        assert_eq!(
            at(180_018),
            Verdict::Pass {
                limit: 2,
                remaining: 1
            }
        );
    }

    #[test]
    fn seconds_are_whole_unless_scaled() {
        assert_eq!(header_seconds(60_000), "60");
        assert_eq!(header_seconds(1_001), "2");
        assert_eq!(header_seconds(500), "0.5");
        assert_eq!(header_seconds(0), "0.001");
    }
}
