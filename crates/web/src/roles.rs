//! Who people were when RingCentral was last asked: for personal tokens, whose
//! owner is not there to sign in again. A memory of this process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::account::{AccountId, ExtensionId};

/// For how long an answer holds, milliseconds.
pub(crate) const ROLE_HOLDS_MS: i64 = 60 * 60 * 1000;
/// For how long a no holds: who has just connected again need not wait.
const NO_HOLDS_MS: i64 = 5 * 60 * 1000;
/// For how long the last answer stands in where RingCentral cannot be asked.
const STANDS_IN_MS: i64 = 24 * ROLE_HOLDS_MS;

/// What somebody is in their company.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Not there any more, or their access was taken back.
    Gone,
    /// There.
    User,
    /// There, with a role that reaches other extensions.
    Admin,
}

type Known = HashMap<(AccountId, ExtensionId), (i64, Role)>;

/// What is remembered.
#[derive(Clone, Default)]
pub(crate) struct Roles(Arc<Mutex<Known>>);

impl Roles {
    /// Who they were, if it was asked a short while ago.
    pub(crate) fn get(&self, whose: &(AccountId, ExtensionId), now_ms: i64) -> Option<Role> {
        let (age_ms, role) = self.last(whose, now_ms)?;
        let holds_ms = match role {
            Role::Gone => NO_HOLDS_MS,
            Role::User | Role::Admin => ROLE_HOLDS_MS,
        };
        (0..holds_ms).contains(&age_ms).then_some(role)
    }

    /// Who they were when it was last asked, if that was within a day: for as
    /// long as RingCentral cannot be asked.
    pub(crate) fn stand_in(&self, whose: &(AccountId, ExtensionId), now_ms: i64) -> Option<Role> {
        let (age_ms, role) = self.last(whose, now_ms)?;
        (0..STANDS_IN_MS).contains(&age_ms).then_some(role)
    }

    /// Remembers an answer.
    pub(crate) fn set(&self, whose: (AccountId, ExtensionId), now_ms: i64, role: Role) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, (at_ms, _)| now_ms - *at_ms < STANDS_IN_MS);
        known.insert(whose, (now_ms, role));
    }

    fn last(&self, whose: &(AccountId, ExtensionId), now_ms: i64) -> Option<(i64, Role)> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let &(at_ms, role) = known.get(whose)?;
        Some((now_ms - at_ms, role))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_holds_an_hour_a_no_minutes_and_an_outage_a_day() {
        let roles = Roles::default();
        let whose = (AccountId::new("1"), ExtensionId::new("101"));
        assert_eq!(roles.get(&whose, 0), None);
        roles.set(whose.clone(), 0, Role::Admin);
        assert_eq!(roles.get(&whose, ROLE_HOLDS_MS - 1), Some(Role::Admin));
        assert_eq!(roles.get(&whose, ROLE_HOLDS_MS), None);
        assert_eq!(roles.get(&whose, -1), None, "a clock that was set back");
        let day = STANDS_IN_MS;
        assert_eq!(roles.stand_in(&whose, day - 1), Some(Role::Admin));
        assert_eq!(roles.stand_in(&whose, day), None);
        roles.set(whose.clone(), 0, Role::Gone);
        assert_eq!(roles.get(&whose, NO_HOLDS_MS - 1), Some(Role::Gone));
        assert_eq!(roles.get(&whose, NO_HOLDS_MS), None);
    }
}
