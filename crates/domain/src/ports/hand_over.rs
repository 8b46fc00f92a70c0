//! The port for handing over: makes an Export, and gives its ZIP out. Pages
//! ask for it and know no engine.

use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;

use crate::connection::Backup;
use crate::content::ByteStream;
use crate::error::Result;
use crate::export::Export;
use crate::ports::Destination;
use crate::search::Query;

/// Makes Exports and gives them out. Laws:
///
/// 1. `make` begun again makes all of it anew; what was deleted meanwhile stays
///    deleted.
/// 2. `bytes` of a part are those of the whole at that place, and as many as
///    were asked for, unless the stream ends with an error.
#[async_trait]
pub trait HandOver: Send + Sync {
    /// Writes down what an Export holds that was kept as being made, and keeps
    /// it as ready.
    ///
    /// # Errors
    /// The store's, and `Kind::Config` where nothing was found, or too much.
    async fn make(&self, backup: &Backup, query: &Query, export: Export) -> Result<Export>;

    /// The bytes of one that is ready, those of a range, out of where its
    /// originals lie. What is wrong with an original is kept with the Export.
    fn bytes(
        &self,
        destination: Arc<dyn Destination>,
        export: Export,
        part: Range<u64>,
    ) -> ByteStream;
}
