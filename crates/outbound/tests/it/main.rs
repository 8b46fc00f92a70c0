//! The door against real loopback HTTP, written here by hand: no simulator, so
//! that a misreading there cannot hide one here.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod allow;
mod bodies;
mod broken;
mod calls;
mod egress;
mod limits;
mod redirects;
mod stage;
mod tls;
mod token;
