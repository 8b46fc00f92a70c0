//! The Store on SQLite, and on PostgreSQL too where `ARCHIVER_TEST_POSTGRES_URL`
//! names a server on which schemas may be made.

#![expect(
    clippy::unwrap_used,
    reason = "this is test code: what fails ends the test"
)]

mod audit;
mod copy;
mod cut_off;
mod find;
mod home;
mod hostile;
mod laws;
mod ledger;
mod open;
mod plans;
mod runs;
mod statements;
mod together;
mod upgrade;
mod vault;
