//! The face: server-rendered pages over the Store. Knows neither the engine
//! nor any provider; they meet in the Store.

mod api;
mod connect;
mod cookie;
mod covered;
mod csrf;
mod destinations;
mod disconnect;
mod error;
mod form;
mod format;
mod frame;
#[cfg(test)]
mod fuzz_tests;
mod guard;
mod health;
mod limit;
mod names;
mod options;
mod origin;
mod page;
mod pages;
mod part;
mod range;
mod ranged;
mod recent;
mod role;
mod roles;
mod routes;
mod secrets;
mod session;
mod setup;
mod sign_in;
mod single_flight;
mod size;
mod standing;
mod state;
mod subject;
mod sweep;
mod target;
mod telling;
mod texts;
mod trip;
mod typed_date;
mod viewer;
mod visitor;
mod zone;

/// How things look as JSON, for programs that ask the pages or the command line.
pub use api::shape as json;
/// What is covered of a Backup, for programs and the command line.
pub use covered::{Covered, DayState, Line as CoveredLine, NamedGap, Part as CoveredPart};
/// A line of a CSV file that spreadsheets take for text.
pub(crate) use domain::csv;
pub use domain::csv::line as csv_line;
pub use health::what_ails;
pub use options::{Dates, Options};
pub use routes::{Door, ROUTES, Route, Verb, router};
pub use setup::are_refused as keys_are_refused;
pub use standing::{Left, Standing};
pub use state::{Chance, State};
pub use sweep::sweep;
pub use telling::Tells;
/// What Alarms mean and what to do about them, in words.
pub use texts::alarms as alarm_texts;
