//! A Holding: an Item as an archive has it, with what is needed to show it and
//! to prove that what is shown is what was archived.

use crate::search::Hit;

/// One part of a recording or message at the destination of a Backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// What it is, how it stands and where it lies.
    pub hit: Hit,
    /// sha256 of its bytes, lower-case hex, once it is archived.
    pub sha256: Option<String>,
    /// The destination's own hash, as in its [`crate::ledger::Receipt`], once
    /// it is archived.
    pub receipt: Option<String>,
}
