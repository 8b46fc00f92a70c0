//! The Store on SQLite, and on PostgreSQL too where `ARCHIVER_TEST_POSTGRES_URL`
//! names a server on which schemas may be made.

mod cut_off;
mod home;
mod hostile;
mod laws;
mod ledger;
mod open;
mod plans;
mod runs;
mod statements;
mod together;
mod vault;
