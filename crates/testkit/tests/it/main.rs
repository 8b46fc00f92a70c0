//! The doubles obey the laws that everything else is held to.

mod clock;
mod destination;
mod faulty;
mod samples;
mod source;
mod store;
