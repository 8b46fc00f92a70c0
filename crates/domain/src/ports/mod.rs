//! The ports: source, destination, sign-in, the memory with its books, and
//! what makes the ends. Each states its laws; the suites in `testkit` hold the
//! implementations to them.

pub mod alarms;
pub mod audit;
pub mod books;
pub mod coverage;
pub mod destination;
pub mod exports;
pub mod finds;
pub mod functions;
pub mod hand_over;
pub mod herald;
pub mod instance;
pub mod limits;
pub mod log;
pub mod manifests;
pub mod overview;
pub mod proofs;
pub mod providers;
pub mod scrubs;
pub mod sessions;
pub mod shelves;
pub mod sign_in;
pub mod source;
pub mod store;
pub mod vault;
pub mod walks;
pub mod watch;

pub use alarms::Alarms;
pub use audit::{Audit, AuditAsk, Change, Changed, Checked};
pub use books::Store;
pub use coverage::Coverage;
pub use destination::{Destination, Space};
pub use exports::Exports;
pub use finds::{Finds, SavedFilter};
pub use hand_over::HandOver;
pub use herald::Herald;
pub use instance::Instance;
pub use limits::Limits;
pub use log::{EntryLine, Log, LogAsk, Paged, Retry, Turn};
pub use manifests::Manifests;
pub use overview::{Overview, Totals};
pub use proofs::Proofs;
pub use providers::Providers;
pub use scrubs::{Scrubbed, Scrubs};
pub use sessions::Sessions;
pub use shelves::Shelves;
pub use sign_in::SignIn;
pub use source::{Ask, Page, Permission, Source, Viewer};
pub use store::{Claimed, Connections, Journal, Ledger, Noted, Run, Shelved, Tasks};
pub use vault::Vault;
pub use walks::{Became, Walked, Walks};
pub use watch::{PendingSum, Watch};
