//! What to do after a sending went wrong (pure). One plan lives as long as one
//! call; waiting for a rate limit is the pacer's business and costs nothing
//! here.

use std::time::Duration;

use domain::error::Error;
use domain::secret::Secret;

use crate::manners::Manners;

/// How one sending went wrong.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// Nothing helps, or nothing that a line may do.
    Final(Error),
    /// The network failed before the request can have reached the provider.
    Unsent(Error),
    /// An idle connection turned out to be closed, or broke before the first
    /// byte of an answer.
    Stale(Error),
    /// The provider failed for the moment, or its answer was lost on the way.
    Unavailable(Error, Option<Duration>),
    /// The provider does not accept this access token.
    Refused(Error, Secret),
    /// A rate limit; the pacer has been told.
    Throttled(Error),
}

/// What comes next.
#[derive(Debug)]
pub(crate) enum Next {
    /// Send again after this.
    Again(Duration),
    /// Renew this access token, then send again.
    Renew(Secret),
    /// Let the error out.
    Out(Error),
}

/// The course of one call.
#[derive(Debug)]
pub(crate) struct Plan {
    repeatable: bool,
    failed: u32,
    renewed: bool,
    excused: bool,
}

impl Plan {
    pub(crate) fn new(repeatable: bool) -> Plan {
        Plan {
            repeatable,
            failed: 0,
            renewed: false,
            excused: false,
        }
    }

    pub(crate) fn next(&mut self, trouble: Trouble, manners: &Manners, chance: f64) -> Next {
        match trouble {
            Trouble::Final(error) => Next::Out(error),
            Trouble::Throttled(_) => Next::Again(Duration::ZERO),
            Trouble::Refused(error, _) if self.renewed => Next::Out(error),
            Trouble::Refused(_, stale) => {
                self.renewed = true;
                Next::Renew(stale)
            }
            Trouble::Stale(_) if self.repeatable && !self.excused => {
                self.excused = true;
                Next::Again(Duration::ZERO)
            }
            Trouble::Unsent(error) => self.after_failure(error, None, manners, chance),
            Trouble::Stale(error) | Trouble::Unavailable(error, _) if !self.repeatable => {
                Next::Out(error)
            }
            Trouble::Stale(error) => self.after_failure(error, None, manners, chance),
            Trouble::Unavailable(error, said) => self.after_failure(error, said, manners, chance),
        }
    }

    fn after_failure(
        &mut self,
        error: Error,
        said: Option<Duration>,
        manners: &Manners,
        chance: f64,
    ) -> Next {
        self.failed += 1;
        let wait = match said {
            Some(said) => manners.penalty.pause(Some(said)),
            None => manners.backoff.wait(self.failed, chance),
        };
        if self.failed >= manners.tries || wait > manners.patience {
            return Next::Out(error);
        }
        Next::Again(wait)
    }
}
