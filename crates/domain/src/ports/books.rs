//! The Store port: the memory. Several books in one.

use crate::ports::{
    Alarms, Audit, Connections, Coverage, Exports, Finds, Instance, Journal, Ledger, Limits, Log,
    Manifests, Overview, Proofs, Scrubs, Sessions, Shelves, Tasks, Vault, Walks, Watch,
};

/// Everything the engine and the pages remember. Laws (suite:
/// `testkit::laws::store`): a call that returned `Ok` is durable, a call that
/// failed changed nothing; nothing of one Account is ever shown to another.
pub trait Store:
    Connections
    + Tasks
    + Walks
    + Ledger
    + Journal
    + Vault
    + Log
    + Sessions
    + Instance
    + Overview
    + Limits
    + Alarms
    + Watch
    + Proofs
    + Audit
    + Scrubs
    + Manifests
    + Finds
    + Shelves
    + Coverage
    + Exports
{
}

impl<T> Store for T where
    T: Connections
        + Tasks
        + Walks
        + Ledger
        + Journal
        + Vault
        + Log
        + Sessions
        + Instance
        + Overview
        + Limits
        + Alarms
        + Watch
        + Proofs
        + Audit
        + Scrubs
        + Manifests
        + Finds
        + Shelves
        + Coverage
        + Exports
{
}
