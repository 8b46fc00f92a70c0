//! The four ports. Each states its laws; the suites in `testkit` hold every
//! implementation to them.

pub mod destination;
pub mod sign_in;
pub mod source;
pub mod store;

pub use destination::{Destination, Space};
pub use sign_in::SignIn;
pub use source::{Ask, Page, Permission, Source, Viewer};
pub use store::{Connections, Journal, Ledger, Noted, Run, Shelved, Store, Tasks, Vault};
