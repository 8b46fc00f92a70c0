//! A `HandOver` whose ZIPs are made up: as many bytes as its items, times a
//! thousand; each byte is a letter that tells its place.

use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use domain::connection::Backup;
use domain::content::ByteStream;
use domain::export::{Counts, Export, Row, Stage};
use domain::ports::{Destination, HandOver, Store};
use domain::search::Query;
use domain::{Error, Kind, Result};
use futures::{StreamExt, stream};

/// Bytes for each item.
const EACH: u64 = 1_000;
/// Bytes that come at once.
const CHUNK: usize = 700;

/// Out of this memory.
pub struct MadeUp(pub Arc<dyn Store>);

/// The bytes of a made-up ZIP at a place.
pub fn made_up(part: Range<u64>) -> Vec<u8> {
    let byte = |at: u64| b' ' + u8::try_from(at.wrapping_mul(31) % 90).unwrap_or_default();
    part.map(byte).collect()
}

#[async_trait]
impl HandOver for MadeUp {
    async fn make(&self, backup: &Backup, query: &Query, export: Export) -> Result<Export> {
        let found = self
            .0
            .find(&export.account, backup, query, None, 500)
            .await?;
        let mut counts = Counts::default();
        for hit in found.hits {
            let left_out = export.without.contains(&hit.item);
            counts.add(&Row::of(hit, left_out));
        }
        if counts.all() == 0 {
            let what = "nothing was found that could be handed over";
            return Err(Error::new(Kind::Config, what));
        }
        let made = Export {
            stage: Stage::Ready,
            size: counts.all() * EACH,
            files: counts.there,
            counts,
            ..export
        };
        self.0.keep_export(&made).await?;
        Ok(made)
    }

    fn bytes(&self, _: Arc<dyn Destination>, _: Export, part: Range<u64>) -> ByteStream {
        let all = Bytes::from(made_up(part));
        let chunks: Vec<_> = all.chunks(CHUNK).map(|it| Ok(all.slice_ref(it))).collect();
        stream::iter(chunks).boxed()
    }
}
