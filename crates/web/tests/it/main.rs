//! The pages as browsers and programs get them, over a memory that obeys the
//! Store's laws and providers that obey theirs.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so")]
#![expect(
    clippy::similar_names,
    reason = "a word of the world is what its browsers hold"
)]

mod api;
mod attacks;
mod audit;
mod browser;
mod cloud;
mod connect;
mod headers;
mod matrix;
mod set_up;
mod sign_in;
mod world;
