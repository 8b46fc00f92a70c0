//! The laws of the ports.
