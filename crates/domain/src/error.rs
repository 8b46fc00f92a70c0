//! One Error for every port: what happened, what may be done about it, and
//! the story so far. The place that knows a provider judges its errors once;
//! everyone else obeys the verdict.

use std::fmt;
use std::time::Duration;

/// What went wrong, in the words of the archive. Open for reading, closed for
/// matching on providers: no kind names one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The network or the other side failed for the moment (5xx, reset, time-out).
    Unavailable,
    /// A rate limit: nothing is wrong with the item.
    Throttled,
    /// The item exists but its bytes are not there yet (young recording, fax being rendered).
    NotReady,
    /// The other side says it does not have it.
    Gone,
    /// The grant is good but may not do this (scope, role, other mailbox).
    Forbidden,
    /// The grant is dead: a person must connect again.
    Unauthorized,
    /// The destination has no room, or its plan's limit is used up.
    Full,
    /// Something else lies at the path.
    PathTaken,
    /// The destination does not accept the path.
    PathRefused,
    /// The bytes are not the whole file, or not the file at all.
    Incomplete,
    /// What the destination holds is not what was sent.
    Mismatch,
    /// An answer that makes no sense.
    Protocol,
    /// A request was stopped at the door: its address is not on the allow-list.
    Egress,
    /// The configuration is wrong (keys, addresses, paths).
    Config,
    /// Our own database or disk failed.
    Storage,
    /// Somebody asked us to stop.
    Cancelled,
}

/// How far a failure reaches: what must pause because of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// This item alone; everything else goes on.
    Item,
    /// This lane (one extension, one kind of listing); other lanes go on.
    Lane,
    /// Everything behind this grant or destination.
    Connection,
    /// The whole process.
    Process,
}

impl Kind {
    /// How far a failure of this kind reaches.
    pub fn reach(self) -> Reach {
        match self {
            Kind::NotReady
            | Kind::Gone
            | Kind::PathTaken
            | Kind::PathRefused
            | Kind::Incomplete
            | Kind::Mismatch
            | Kind::Protocol
            | Kind::Egress
            | Kind::Unavailable
            | Kind::Throttled => Reach::Item,
            Kind::Forbidden => Reach::Lane,
            Kind::Unauthorized | Kind::Full | Kind::Config => Reach::Connection,
            Kind::Storage | Kind::Cancelled => Reach::Process,
        }
    }

    /// The word for logs, the database and metrics.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Unavailable => "unavailable",
            Kind::Throttled => "throttled",
            Kind::NotReady => "not-ready",
            Kind::Gone => "gone",
            Kind::Forbidden => "forbidden",
            Kind::Unauthorized => "unauthorized",
            Kind::Full => "full",
            Kind::PathTaken => "path-taken",
            Kind::PathRefused => "path-refused",
            Kind::Incomplete => "incomplete",
            Kind::Mismatch => "mismatch",
            Kind::Protocol => "protocol",
            Kind::Egress => "egress",
            Kind::Config => "config",
            Kind::Storage => "storage",
            Kind::Cancelled => "cancelled",
        }
    }
}

/// What may be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Try again, with back-off; each try counts.
    Retry,
    /// Try again, not sooner than this; the wait costs no attempt.
    WaitFor(Duration),
    /// A person must connect again; nothing is lost until then.
    Reconnect,
    /// Trying again changes nothing.
    GiveUp,
}

impl Verdict {
    fn usual(kind: Kind) -> Verdict {
        match kind {
            Kind::Unavailable
            | Kind::NotReady
            | Kind::Incomplete
            | Kind::Mismatch
            | Kind::Protocol
            | Kind::Storage
            | Kind::Cancelled => Verdict::Retry,
            Kind::Throttled => Verdict::WaitFor(Duration::from_secs(30)),
            Kind::Full => Verdict::WaitFor(Duration::from_mins(10)),
            Kind::Unauthorized => Verdict::Reconnect,
            Kind::Gone
            | Kind::Forbidden
            | Kind::PathTaken
            | Kind::PathRefused
            | Kind::Egress
            | Kind::Config => Verdict::GiveUp,
        }
    }
}

/// A failure that carries its verdict. It is written for people and holds no
/// secret, phone number, name or message text.
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: Kind,
    verdict: Verdict,
    /// Innermost first.
    story: Vec<String>,
    remedy: Option<String>,
    code: Option<String>,
}

/// What every port returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A failure with the usual verdict of its kind. `what` is a sentence
    /// without a full stop: "RingCentral does not answer".
    pub fn new(kind: Kind, what: impl Into<String>) -> Error {
        Error(Box::new(Inner {
            kind,
            verdict: Verdict::usual(kind),
            story: vec![what.into()],
            remedy: None,
            code: None,
        }))
    }

    /// Judged differently from the usual of its kind.
    #[must_use]
    pub fn verdict_is(mut self, verdict: Verdict) -> Error {
        self.0.verdict = verdict;
        self
    }

    /// What a person can do about it, as a sentence.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Error {
        self.0.remedy = Some(remedy.into());
        self
    }

    /// The provider's own code (`CMN-419`, `path/conflict/file`), for support.
    #[must_use]
    pub fn code_is(mut self, code: impl Into<String>) -> Error {
        self.0.code = Some(code.into());
        self
    }

    /// What was being attempted when it happened; told before the cause.
    #[must_use]
    pub fn while_doing(mut self, what: impl Into<String>) -> Error {
        self.0.story.push(what.into());
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// What may be done about it.
    pub fn verdict(&self) -> Verdict {
        self.0.verdict
    }

    /// How far it reaches.
    pub fn reach(&self) -> Reach {
        self.0.kind.reach()
    }

    /// The provider's own code, where there was one.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// What a person can do, where it is known.
    pub fn how_to_mend(&self) -> Option<&str> {
        self.0.remedy.as_deref()
    }

    /// The cause alone, without what was being attempted.
    pub fn cause(&self) -> &str {
        self.0.story.first().map_or("", String::as_str)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, part) in self.0.story.iter().rev().enumerate() {
            if at > 0 {
                f.write_str(": ")?;
            }
            f.write_str(part)?;
        }
        if let Some(code) = &self.0.code {
            write!(f, " ({code})")?;
        }
        if let Some(remedy) = &self.0.remedy {
            write!(f, ". {remedy}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}/{:?}: {self}", self.0.kind, self.0.verdict)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_reads_as_a_sentence_from_the_outside_in() {
        let error = Error::new(Kind::Full, "the Dropbox is full")
            .code_is("path/insufficient_space")
            .remedy("Free some space; nothing is lost meanwhile.")
            .while_doing("archiving a recording");
        assert_eq!(
            error.to_string(),
            "archiving a recording: the Dropbox is full (path/insufficient_space). \
             Free some space; nothing is lost meanwhile."
        );
        assert_eq!(error.reach(), Reach::Connection);
        assert_eq!(error.cause(), "the Dropbox is full");
    }

    #[test]
    fn waiting_for_a_limit_is_not_a_failure_of_the_item() {
        let error = Error::new(Kind::Throttled, "limit");
        assert!(matches!(error.verdict(), Verdict::WaitFor(_)));
        assert_eq!(error.reach(), Reach::Item);
    }
}
