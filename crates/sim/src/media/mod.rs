//! Recordings, faxes and pictures, made from a seed at any offset.
