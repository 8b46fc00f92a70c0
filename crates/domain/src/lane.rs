//! A Lane: the smallest thing that is listed by itself and can fail by
//! itself. One forbidden mailbox stops its own lane and no other.

use std::fmt;

use crate::account::ExtensionId;

/// What one listing asks for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// The whole company's call log.
    AccountCalls,
    /// One extension's call log.
    ExtensionCalls(ExtensionId),
    /// One extension's message store: voicemail, texts, faxes.
    Messages(ExtensionId),
}

impl Lane {
    /// The key in the database: stable, one per lane.
    pub fn key(&self) -> String {
        match self {
            Lane::AccountCalls => "calls".to_owned(),
            Lane::ExtensionCalls(id) => format!("calls/{id}"),
            Lane::Messages(id) => format!("messages/{id}"),
        }
    }

    /// Whether it lists calls.
    pub fn is_calls(&self) -> bool {
        !matches!(self, Lane::Messages(_))
    }
}

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Lane::AccountCalls => f.write_str("the company's call log"),
            Lane::ExtensionCalls(id) => write!(f, "the call log of extension id {id}"),
            Lane::Messages(id) => write!(f, "the messages of extension id {id}"),
        }
    }
}

/// How much of a call log a listing asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Only calls that have a recording by now: few pages, for every hour.
    Recorded,
    /// Every call, in-progress ones too, because a late recording is invisible
    /// to the filter: for the daily sweep, back-fill and the catalogue.
    Every,
}
