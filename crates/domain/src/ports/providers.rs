//! The Providers port: makes the two ends out of grants. Handed to the pages
//! and to the workers, which therefore know no provider.

use std::sync::Arc;

use async_trait::async_trait;

use crate::connection::Connection;
use crate::error::Result;
use crate::grant::{Grant, Provider};
use crate::ports::{Destination, SignIn, Source};

/// Where sources and destinations come from. Laws: what is made for a kept
/// Connection renews its grant in the vault and nowhere else; there is one of
/// each per Connection in a process, also after [`forget`](Providers::forget)
/// and a new connect; nothing is sent before it is used.
#[async_trait]
pub trait Providers: Send + Sync {
    /// The OAuth dance of one end. `Kind::Config` while its app's keys are
    /// not set.
    async fn sign_in(&self, end: Provider) -> Result<Arc<dyn SignIn>>;

    /// The source behind a grant that is not the Connection's (a browser
    /// sign-in). The grant is used as it is and never renewed.
    async fn source_behind(&self, grant: &Grant) -> Result<Arc<dyn Source>>;

    /// The destination behind a grant that is not kept yet.
    async fn destination_behind(&self, grant: &Grant) -> Result<Arc<dyn Destination>>;

    /// The source of a kept Connection.
    async fn source(&self, connection: &Connection) -> Result<Arc<dyn Source>>;

    /// The destination of a kept Connection.
    async fn destination(&self, connection: &Connection) -> Result<Arc<dyn Destination>>;

    /// Drops what was made for a Connection: its grants were erased or
    /// replaced.
    async fn forget(&self, connection: &Connection);

    /// Tries keys of an app without keeping them: `Ok` when the provider
    /// knows the app, else a sentence that says what is wrong.
    async fn try_keys(&self, end: Provider, id: &str, secret: &str) -> Result<()>;
}
