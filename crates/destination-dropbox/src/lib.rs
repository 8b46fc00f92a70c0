//! Dropbox as a Destination.
