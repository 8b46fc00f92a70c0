//! A folder on disk as a Destination.
