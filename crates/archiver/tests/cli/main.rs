//! The binary as a user meets it: real processes, real HTTP to the
//! simulators, a real SQLite file.

mod backup;
mod bad_input;
mod rig;
