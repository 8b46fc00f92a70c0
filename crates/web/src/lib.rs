//! The face: server-rendered pages over the Store. Knows neither the engine
//! nor any provider; they meet in the Store.

mod api;
mod connect;
mod cookie;
mod csrf;
mod disconnect;
mod error;
mod frame;
mod guard;
mod health;
mod options;
mod origin;
mod page;
mod pages;
mod role;
mod roles;
mod routes;
mod secrets;
mod session;
mod setup;
mod sign_in;
mod size;
mod state;
mod trip;
mod viewer;
mod visitor;

/// How things look as JSON, for programs that ask the pages or the command line.
pub use api::shape as json;
pub use options::Options;
pub use routes::{Door, ROUTES, Route, Verb, router};
pub use session::sweep;
pub use state::{Chance, State};
