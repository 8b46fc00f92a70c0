//! One file a page; page, template and route share a name.

pub(crate) mod general;
pub(crate) mod setup;
pub(crate) mod tokens;
