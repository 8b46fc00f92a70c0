//! The bytes of an archive, as many at a time as somebody needs.

use bytes::{Buf, Bytes, BytesMut};
use domain::content::ByteStream;
use domain::error::Result;
use futures::StreamExt;
use futures::stream::Fuse;

use super::cut_off;

/// A stream with what came of it and was not yet taken.
pub(super) struct Input {
    stream: Fuse<ByteStream>,
    held: BytesMut,
    taken: u64,
}

impl Input {
    pub(super) fn new(stream: ByteStream) -> Input {
        Input {
            stream: stream.fuse(),
            held: BytesMut::new(),
            taken: 0,
        }
    }

    /// How many bytes were taken so far.
    pub(super) fn taken(&self) -> u64 {
        self.taken
    }

    /// What is there: at least a byte, unless all is taken.
    pub(super) async fn some(&mut self) -> Result<&[u8]> {
        self.hold(1).await?;
        Ok(&self.held)
    }

    /// Exactly `count` bytes, few ones; fewer mean that it is cut off.
    pub(super) async fn take(&mut self, count: usize) -> Result<Bytes> {
        if self.hold(count).await? {
            self.taken += count as u64;
            Ok(self.held.split_to(count).freeze())
        } else {
            Err(cut_off())
        }
    }

    /// The next bytes without taking them: up to `count` of them.
    pub(super) async fn peek(&mut self, count: usize) -> Result<&[u8]> {
        self.hold(count).await?;
        Ok(&self.held[..count.min(self.held.len())])
    }

    /// Whether these come next.
    pub(super) async fn begins_with(&mut self, mark: &[u8]) -> Result<bool> {
        Ok(self.peek(mark.len()).await? == mark)
    }

    /// Takes what [`some`](Input::some) showed.
    pub(super) fn used(&mut self, count: usize) {
        self.held.advance(count);
        self.taken += count as u64;
    }

    /// Takes many bytes without holding them.
    pub(super) async fn skip(&mut self, mut count: u64) -> Result<()> {
        while count > 0 {
            let there = self.some().await?.len();
            if there == 0 {
                return Err(cut_off());
            }
            let taken = usize::try_from(count).unwrap_or(usize::MAX).min(there);
            self.used(taken);
            count -= taken as u64;
        }
        Ok(())
    }

    /// To the very end, where a broken transport would tell.
    pub(super) async fn run_out(&mut self) -> Result<()> {
        self.held.clear();
        while let Some(piece) = self.stream.next().await {
            piece?;
        }
        Ok(())
    }

    async fn hold(&mut self, count: usize) -> Result<bool> {
        while self.held.len() < count {
            match self.stream.next().await {
                Some(piece) => self.held.extend_from_slice(&piece?),
                None => return Ok(false),
            }
        }
        Ok(true)
    }
}
