//! A folder on disk as a Destination: the archive on a NAS, a server's own
//! disk or a USB drive, under the same laws as any other.
//!
//! What a receipt is worth here: the bytes were written to a part file of the
//! same file system, flushed, read back and compared; then the part file was
//! given its name, which can never replace another file, and the name itself
//! was flushed up to the root. A crash at any moment leaves nothing, or a part
//! file that the next [`prepare`] sweeps away, or the whole file.
//!
//! [`prepare`]: domain::ports::Destination::prepare

mod fault;
mod folder;
mod look_back;
mod names;
mod part;
mod root;
mod sum;

pub use folder::{Folder, Options};
