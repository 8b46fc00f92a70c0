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
    /// The pacer has no place within the call's patience.
    Late(Error),
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
    /// What the provider said about its limit, the last time.
    limit: Option<Error>,
}

impl Plan {
    pub(crate) fn new(repeatable: bool) -> Plan {
        Plan {
            repeatable,
            failed: 0,
            renewed: false,
            excused: false,
            limit: None,
        }
    }

    pub(crate) fn next(&mut self, trouble: Trouble, manners: &Manners, chance: f64) -> Next {
        match trouble {
            Trouble::Final(error) => Next::Out(error),
            Trouble::Throttled(error) => {
                self.limit = Some(error);
                Next::Again(Duration::ZERO)
            }
            Trouble::Late(error) => Next::Out(match self.limit.take() {
                Some(limit) => limit.verdict_is(error.verdict()),
                None => error,
            }),
            Trouble::Refused(error, _) if self.renewed => Next::Out(error),
            Trouble::Refused(_, stale) => {
                self.renewed = true;
                Next::Renew(stale)
            }
            Trouble::Stale(error) | Trouble::Unavailable(error, _) if !self.repeatable => {
                Next::Out(error)
            }
            Trouble::Stale(_) if !self.excused => {
                self.excused = true;
                Next::Again(Duration::ZERO)
            }
            Trouble::Unsent(error) | Trouble::Stale(error) => {
                self.after_failure(error, None, manners, chance)
            }
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

#[cfg(test)]
mod tests {
    use domain::error::{Kind, Verdict};

    use super::*;

    fn down() -> Error {
        Error::new(Kind::Unavailable, "down")
    }

    fn waits(plan: &mut Plan, trouble: impl Fn() -> Trouble) -> Vec<u64> {
        let mut waits = Vec::new();
        while let Next::Again(wait) = plan.next(trouble(), &Manners::default(), 0.0) {
            waits.push(wait.as_secs());
        }
        waits
    }

    #[test]
    fn four_tries_with_doubling_waits_if_it_may_be_repeated() {
        let down = || Trouble::Unavailable(down(), None);
        assert_eq!(waits(&mut Plan::new(true), down), [2, 4, 8]);
        assert!(waits(&mut Plan::new(false), down).is_empty());
    }

    #[test]
    fn what_was_never_sent_may_always_be_sent_again() {
        assert_eq!(
            waits(&mut Plan::new(false), || Trouble::Unsent(down())),
            [2, 4, 8]
        );
    }

    #[test]
    fn a_stale_connection_is_excused_once() {
        let stale = || Trouble::Stale(down());
        assert_eq!(waits(&mut Plan::new(true), stale), [0, 2, 4, 8]);
        assert!(waits(&mut Plan::new(false), stale).is_empty());
    }

    #[test]
    fn the_provider_says_first_how_long_to_wait() {
        let said = |wait| move || Trouble::Unavailable(down(), Some(Duration::from_secs(wait)));
        assert_eq!(waits(&mut Plan::new(true), said(30)), [31, 31, 31]);
        let patience = Duration::from_secs(20);
        let manners = Manners {
            patience,
            ..Manners::default()
        };
        let next = Plan::new(true).next(said(30)(), &manners, 0.0);
        assert!(matches!(next, Next::Out(_)));
    }

    #[test]
    fn a_token_is_renewed_once() {
        let refused = || Trouble::Refused(down(), Secret::new("old"));
        let mut plan = Plan::new(false);
        let first = plan.next(refused(), &Manners::default(), 0.0);
        assert!(matches!(first, Next::Renew(stale) if stale.expose() == "old"));
        let second = plan.next(refused(), &Manners::default(), 0.0);
        assert!(matches!(second, Next::Out(_)));
    }

    #[test]
    fn limits_cost_no_try_and_the_provider_s_words_come_out_in_the_end() {
        let limit = || Error::new(Kind::Throttled, "limit").code_is("CMN-301");
        let mut plan = Plan::new(false);
        for _ in 0..100 {
            let next = plan.next(Trouble::Throttled(limit()), &Manners::default(), 0.0);
            assert!(matches!(next, Next::Again(Duration::ZERO)));
        }
        let wait = Verdict::WaitFor(Duration::from_secs(77));
        let late = Error::new(Kind::Throttled, "late").verdict_is(wait);
        match plan.next(Trouble::Late(late), &Manners::default(), 0.0) {
            Next::Out(error) => {
                assert_eq!(error.code(), Some("CMN-301"));
                assert_eq!(error.verdict(), wait);
            }
            other => panic!("{other:?}"),
        }
    }
}
