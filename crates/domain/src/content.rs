//! Content: the bytes of an Item on their way, as a stream.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt, stream};

use crate::error::Result;
use crate::ledger::Fingerprint;

/// Chunks of bytes. After an error nothing more comes.
pub type ByteStream = BoxStream<'static, Result<Bytes>>;

/// How the end of the bytes was marked: what "complete" is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// A length was declared beforehand, and exactly that many bytes came.
    Declared,
    /// The transport marks the end by itself (chunked, HTTP/2).
    Framed,
    /// Only the closing of the connection ended it: it may be cut anywhere.
    UntilClose,
    /// Made here; there was no transport.
    Local,
}

/// The bytes of an Item.
pub struct Content {
    /// Length in bytes, where declared.
    pub length: Option<u64>,
    /// How its end is marked.
    pub framing: Framing,
    /// The sender's word for what it is; the bytes decide.
    pub media_type: Option<String>,
    /// What was computed over all of the bytes, by whoever watches them on
    /// their way; set before they end. Who needs their hash need not compute
    /// it again.
    pub fingerprint: Option<Arc<OnceLock<Fingerprint>>>,
    /// The bytes.
    pub bytes: ByteStream,
}

impl Content {
    /// Bytes that are already here.
    pub fn local(bytes: impl Into<Bytes>) -> Content {
        let bytes = bytes.into();
        Content {
            length: Some(bytes.len() as u64),
            framing: Framing::Local,
            media_type: None,
            fingerprint: None,
            bytes: stream::iter([Ok(bytes)]).boxed(),
        }
    }
}
