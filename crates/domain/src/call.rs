//! A Call: a row of the call log, recorded or not. It is not archived as a
//! file, but kept: a recording may appear on it later, and the catalogue
//! names every call.

use serde::{Deserialize, Serialize};

use crate::account::ExtensionId;
use crate::item::Facts;

/// One record of the call log as the last listing showed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// The record's id. Not an identity across the account's and an
    /// extension's log: the two may name one call differently.
    pub id: String,
    /// Whose side of the call it is.
    pub extension: Option<ExtensionId>,
    /// When it began, milliseconds since 1970.
    pub at_ms: i64,
    /// Who, which way, how long.
    pub facts: Facts,
    /// The provider's word for how it ended. Open.
    pub result: String,
    /// How many recordings the record and its legs carried when last seen.
    pub recordings: usize,
    /// Whether it will be rewritten (still in progress).
    pub unfinished: bool,
}
