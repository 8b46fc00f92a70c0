//! One file a page; page, template and route share a name.

pub(crate) mod archive;
pub(crate) mod audit;
pub(crate) mod backup;
pub(crate) mod conversation;
pub(crate) mod coverage;
pub(crate) mod export;
pub(crate) mod general;
pub(crate) mod help;
pub(crate) mod item;
pub(crate) mod log;
pub(crate) mod setup;
pub(crate) mod tokens;
