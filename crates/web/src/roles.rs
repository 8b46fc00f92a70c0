//! Who was an admin when RingCentral was last asked: for personal tokens, whose
//! owner is not there to sign in again. A memory of an hour, of this process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::account::{AccountId, ExtensionId};

/// For how long an answer holds, milliseconds.
pub(crate) const ROLE_HOLDS_MS: i64 = 60 * 60 * 1000;

type Known = HashMap<(AccountId, ExtensionId), (i64, bool)>;

/// What is remembered.
#[derive(Clone, Default)]
pub(crate) struct Roles(Arc<Mutex<Known>>);

impl Roles {
    /// Whether they were an admin, if it was asked within the hour.
    pub(crate) fn get(&self, whose: &(AccountId, ExtensionId), now_ms: i64) -> Option<bool> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let &(at_ms, admin) = known.get(whose)?;
        (0..ROLE_HOLDS_MS)
            .contains(&(now_ms - at_ms))
            .then_some(admin)
    }

    /// Remembers an answer.
    pub(crate) fn set(&self, whose: (AccountId, ExtensionId), now_ms: i64, admin: bool) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, (at_ms, _)| now_ms - *at_ms < ROLE_HOLDS_MS);
        known.insert(whose, (now_ms, admin));
    }
}
