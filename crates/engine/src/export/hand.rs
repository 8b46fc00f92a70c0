//! The engine's side of handing over, for pages that ask for it.

use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use domain::Result;
use domain::connection::Backup;
use domain::content::ByteStream;
use domain::export::Export;
use domain::ports::{Destination, HandOver, Store};
use domain::search::Query;

use super::{Ends, make, stream};

/// Hands over what this memory knows.
pub struct Hand(pub Arc<dyn Store>);

#[async_trait]
impl HandOver for Hand {
    async fn make(&self, backup: &Backup, query: &Query, export: Export) -> Result<Export> {
        make(self.0.as_ref(), backup, query, export, &|_| ()).await
    }

    fn bytes(
        &self,
        destination: Arc<dyn Destination>,
        export: Export,
        part: Range<u64>,
    ) -> ByteStream {
        let store = Arc::clone(&self.0);
        stream(Ends { store, destination }, export, part)
    }
}
