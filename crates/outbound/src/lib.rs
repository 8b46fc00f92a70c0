//! The one door out. Every request to a provider passes a [`Line`], which
//! gates, paces, signs, sends, judges and retries, so that none of it can be
//! forgotten. It knows HTTP and manners; it does not know what an Item is, nor
//! any provider by name.

mod allow;
mod answer;
mod backoff;
mod book;
mod budget;
mod came;
mod climb;
mod door;
mod flow;
#[cfg(test)]
mod fuzz_tests;
mod judge;
mod line;
mod manners;
mod observer;
mod pacer;
mod peer;
mod permit;
mod reading;
mod request;
mod resolve;
mod retry;
mod sending;
mod stock;
mod token;
mod trouble;
mod webhook;

pub use allow::{Allow, Purpose};
pub use answer::{Answer, Framing, Headers, Streamed};
pub use backoff::Backoff;
pub use budget::Budget;
pub use door::{Chance, Door, DoorOptions};
pub use judge::{Brake, Judge, Judgement};
pub use line::Line;
pub use manners::{Deadlines, Manners, Penalty};
pub use observer::{Call, Observer};
pub use peer::{Credential, Peer};
pub use request::{Body, Group, Request, Urgency};
pub use token::{Keeper, Refresher, Token, Turn};
pub use webhook::Webhook;
