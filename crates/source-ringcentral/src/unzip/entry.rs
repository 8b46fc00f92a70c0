//! One entry while it is unpacked.

use bytes::Bytes;
use domain::error::Result;
use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::header::{Local, Method, take_behind};
use super::input::Input;
use super::{CHUNK, cut_off, damaged, unreadable};

/// An entry and how far it has come.
pub(super) struct Entry {
    local: Local,
    inflate: Option<Decompress>,
    room: Vec<u8>,
    crc: Crc,
    /// Bytes taken from the archive.
    taken: u64,
    /// Bytes unpacked.
    came: u64,
    ended: bool,
}

impl Entry {
    /// Its header was read, nothing of it yet.
    pub(super) fn new(local: Local) -> Entry {
        let inflate = (local.method == Method::Deflated).then(|| Decompress::new(false));
        Entry {
            local,
            inflate,
            room: Vec::new(),
            crc: Crc::new(),
            taken: 0,
            came: 0,
            ended: false,
        }
    }

    /// How large it says that it is.
    pub(super) fn size(&self) -> Option<u64> {
        self.local.size
    }

    /// Bytes unpacked so far.
    pub(super) fn came(&self) -> u64 {
        self.came
    }

    /// What is left of it in the archive, where that is known.
    pub(super) fn packed_left(&self) -> Option<u64> {
        self.local.packed.map(|all| all.saturating_sub(self.taken))
    }

    /// The next bytes; `None` at its end, when it is what was packed.
    pub(super) async fn chunk(&mut self, input: &mut Input) -> Result<Option<Bytes>> {
        let bytes = match self.local.method {
            Method::Stored => self.copy(input).await?,
            Method::Deflated => self.unpack(input).await?,
            Method::Other => return Err(unreadable("an entry is packed in an unknown way")),
        };
        match bytes {
            Some(bytes) => {
                self.crc.update(&bytes);
                self.came += bytes.len() as u64;
                Ok(Some(bytes))
            }
            None => self.end(input).await.map(|()| None),
        }
    }

    async fn copy(&mut self, input: &mut Input) -> Result<Option<Bytes>> {
        let left = self.packed_left().unwrap_or(0);
        if left == 0 {
            return Ok(None);
        }
        let there = input.some().await?.len();
        if there == 0 {
            return Err(cut_off());
        }
        let count = there.min(CHUNK);
        let count = count.min(usize::try_from(left).unwrap_or(count));
        self.taken += count as u64;
        input.take(count).await.map(Some)
    }

    async fn unpack(&mut self, input: &mut Input) -> Result<Option<Bytes>> {
        let left = self.packed_left();
        let Some(inflate) = self.inflate.as_mut().filter(|_| !self.ended) else {
            return Ok(None);
        };
        self.room.resize(CHUNK, 0);
        loop {
            let there = input.some().await?;
            let most = left.map_or(there.len(), |left| {
                usize::try_from(left).unwrap_or(usize::MAX)
            });
            let packed = &there[..there.len().min(most)];
            let (was_in, was_out) = (inflate.total_in(), inflate.total_out());
            let status = inflate
                .decompress(packed, &mut self.room, FlushDecompress::None)
                .map_err(|_| damaged("an entry cannot be unpacked"))?;
            let used = inflate.total_in() - was_in;
            let came = inflate.total_out() - was_out;
            let (used, came) = (narrow(used), narrow(came));
            let starved = packed.is_empty();
            input.used(used);
            self.taken += used as u64;
            self.ended = status == Status::StreamEnd;
            if came > 0 {
                return Ok(Some(Bytes::copy_from_slice(&self.room[..came])));
            }
            match status {
                Status::StreamEnd => return Ok(None),
                _ if starved && most == 0 => return Err(damaged("an entry ends too early")),
                _ if starved => return Err(cut_off()),
                _ if used == 0 => return Err(damaged("an entry cannot be unpacked")),
                _ => {}
            }
        }
    }

    /// All of it was read: is it what was packed?
    async fn end(&self, input: &mut Input) -> Result<()> {
        let found = (self.crc.sum(), self.taken, self.came);
        match (self.local.crc, self.local.packed, self.local.size) {
            (Some(crc), Some(packed), Some(size)) if found == (crc, packed, size) => Ok(()),
            (Some(_), Some(_), Some(_)) => Err(damaged("an entry is not what was packed")),
            _ => take_behind(input, found.0, found.1, found.2).await,
        }
    }
}

fn narrow(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
