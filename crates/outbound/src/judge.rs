//! What a provider's failing answer means. The provider's crate judges, the
//! line obeys; nobody else looks at a status.

use std::time::Duration;

use domain::error::Error;

use crate::answer::Headers;

/// Reads the failing answers of one provider.
pub trait Judge: Send + Sync {
    /// Judges an answer whose status is not 2xx. `body` is at most 64 KiB of
    /// it and may be empty, plain text or HTML from a gateway.
    ///
    /// A `Retry-After` header need not be read: the line honours it.
    fn judge(&self, status: u16, headers: &Headers, body: &[u8]) -> Judgement;
}

/// What the line shall do about a failing answer.
#[derive(Clone, Debug)]
pub enum Judgement {
    /// The call failed. `Kind::Unavailable` is tried again with back-off if the
    /// request is repeatable; every other kind comes out at once.
    Fail(Error),
    /// The access token is not accepted: renew it once and replay once; the
    /// error comes out if that does not help.
    Refresh(Error),
    /// A rate limit: everything behind the brake waits, then the request goes
    /// again. The wait costs no try.
    Throttle {
        /// Comes out if the wait is longer than the line's patience.
        error: Error,
        /// What has to wait.
        brake: Brake,
        /// The wait that the body told; a `Retry-After` header goes first.
        wait: Option<Duration>,
    },
}

/// How far a rate limit reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Brake {
    /// The request's group, for this credential's subject.
    Group,
    /// Every request of this process to this provider: an account-wide or
    /// per-address limit, or one that does not say what it counts.
    Host,
}
