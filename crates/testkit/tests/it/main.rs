//! The doubles obey the laws that everything else is held to.

mod destination;
mod store;
