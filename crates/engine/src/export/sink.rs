//! Where bytes of an export go: through sums and base64 into the part of the
//! ZIP that somebody wants to have.

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use domain::export::LINE;
use domain::manifest::hex;
use domain::{Error, Kind, Result};
use futures::SinkExt;
use futures::channel::mpsc;
use sha2::{Digest, Sha256};

/// Why no more bytes are taken.
pub(super) enum Halt {
    /// Everything that was wanted is there.
    Full,
    /// It failed; nothing that comes later may be believed.
    Failed(Error),
    /// This item is not what the ledger says.
    Wrong(String, Error),
}

impl From<Error> for Halt {
    fn from(error: Error) -> Halt {
        Halt::Failed(error)
    }
}

impl Halt {
    /// As an error for those who wanted everything.
    pub(super) fn told(self) -> Error {
        match self {
            Halt::Failed(error) | Halt::Wrong(_, error) => error,
            Halt::Full => Error::new(Kind::Cancelled, "nobody wants the rest of it"),
        }
    }
}

/// Takes bytes in order.
#[async_trait]
pub(super) trait Sink: Send {
    async fn take(&mut self, bytes: Bytes) -> std::result::Result<(), Halt>;
}

/// Only how many there are.
#[derive(Default)]
pub(super) struct Count(pub(super) u64);

#[async_trait]
impl Sink for Count {
    async fn take(&mut self, bytes: Bytes) -> std::result::Result<(), Halt> {
        self.0 += bytes.len() as u64;
        Ok(())
    }
}

/// Nowhere: for bytes that only have to be summed up again.
pub(super) struct Nowhere;

#[async_trait]
impl Sink for Nowhere {
    async fn take(&mut self, _: Bytes) -> std::result::Result<(), Halt> {
        Ok(())
    }
}

/// Sums them up in passing.
pub(super) struct Sums<'a> {
    sink: &'a mut dyn Sink,
    size: u64,
    sha256: Sha256,
    crc: crc32fast::Hasher,
}

impl<'a> Sums<'a> {
    pub(super) fn new(sink: &'a mut dyn Sink) -> Sums<'a> {
        Sums {
            sink,
            size: 0,
            sha256: Sha256::new(),
            crc: crc32fast::Hasher::new(),
        }
    }

    /// Size, sha256 in lower-case hex, CRC-32.
    pub(super) fn told(self) -> (u64, String, u32) {
        let sha256 = hex(&self.sha256.finalize());
        (self.size, sha256, self.crc.finalize())
    }
}

#[async_trait]
impl Sink for Sums<'_> {
    async fn take(&mut self, bytes: Bytes) -> std::result::Result<(), Halt> {
        self.size += bytes.len() as u64;
        self.sha256.update(&bytes);
        self.crc.update(&bytes);
        self.sink.take(bytes).await
    }
}

/// As base64 in lines.
pub(super) struct Base64<'a> {
    sink: &'a mut dyn Sink,
    /// Less than a line.
    rest: Vec<u8>,
}

impl<'a> Base64<'a> {
    pub(super) fn new(sink: &'a mut dyn Sink) -> Base64<'a> {
        let rest = Vec::new();
        Base64 { sink, rest }
    }

    /// The last line.
    pub(super) async fn end(self) -> std::result::Result<(), Halt> {
        if self.rest.is_empty() {
            return Ok(());
        }
        self.sink.take(lines(&self.rest)).await
    }
}

#[async_trait]
impl Sink for Base64<'_> {
    async fn take(&mut self, bytes: Bytes) -> std::result::Result<(), Halt> {
        self.rest.extend_from_slice(&bytes);
        let whole = self.rest.len() / LINE * LINE;
        if whole == 0 {
            return Ok(());
        }
        let encoded = lines(&self.rest[..whole]);
        self.rest.drain(..whole);
        self.sink.take(encoded).await
    }
}

fn lines(bytes: &[u8]) -> Bytes {
    let mut text = String::with_capacity(bytes.len() * 3 / 2);
    for line in bytes.chunks(LINE) {
        STANDARD.encode_string(line, &mut text);
        text.push_str("\r\n");
    }
    Bytes::from(text)
}

/// The part of the ZIP that is wanted.
pub(super) struct Cut {
    /// Where the next byte stands.
    at: u64,
    from: u64,
    to: u64,
    out: mpsc::Sender<Result<Bytes>>,
}

impl Cut {
    /// Nothing before `from`, nothing from `to` on.
    pub(super) fn new(from: u64, to: u64, out: mpsc::Sender<Result<Bytes>>) -> Cut {
        let at = 0;
        Cut { at, from, to, out }
    }

    /// Leaves out everything until here: nobody wants it.
    pub(super) fn skip_to(&mut self, at: u64) {
        self.at = at;
    }

    /// The first byte that is wanted.
    pub(super) fn from(&self) -> u64 {
        self.from
    }
}

#[async_trait]
impl Sink for Cut {
    async fn take(&mut self, bytes: Bytes) -> std::result::Result<(), Halt> {
        let end = self.at + bytes.len() as u64;
        let from = self.from.clamp(self.at, end) - self.at;
        let to = self.to.clamp(self.at, end) - self.at;
        self.at = end;
        if from < to {
            let index = |it: u64| usize::try_from(it).unwrap_or(usize::MAX);
            let wanted = bytes.slice(index(from)..index(to));
            // Who went away wants nothing more.
            let sent = self.out.send(Ok(wanted)).await;
            sent.map_err(|_| Halt::Full)?;
        }
        if self.at >= self.to {
            return Err(Halt::Full);
        }
        Ok(())
    }
}
