//! The memory: one SQL text for SQLite and PostgreSQL, and the vault in which
//! grants are sealed. It keeps what it is told and derives counts; no rule
//! about backups lives here.
//!
//! Laws (suite: `testkit::laws::store`): a call that returned `Ok` is durable,
//! a call that failed changed nothing; nothing of one Account is ever shown to
//! another.

mod address;
mod alarms;
mod audit;
mod connections;
mod copy;
mod coverage;
mod database;
mod destinations;
mod exports;
mod fault;
mod instance;
mod journal;
mod ledger;
mod limits;
mod list;
mod local_disk;
mod log;
mod manifests;
mod master_key;
mod overview;
mod people;
mod pool;
mod private;
mod proofs;
mod rotate;
mod schema;
mod scrubs;
mod seal;
mod search;
mod sessions;
mod statements;
mod tasks;
mod vault;
mod watch;

pub use address::DatabaseUrl;
pub use database::{Database, Options};
pub use rotate::Rotated;
pub use schema::version;
pub use statements::{all_statements, statements_of_one};
