//! The Store on SQLite, and on PostgreSQL too where `ARCHIVER_TEST_POSTGRES_URL`
//! names a server on which databases may be made.

mod home;
mod laws;
mod statements;
