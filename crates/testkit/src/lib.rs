//! The laws of each port as suites, in-memory doubles that obey them, and
//! planted faults. Only ever a dev-dependency.

pub mod laws;
pub mod memory;
