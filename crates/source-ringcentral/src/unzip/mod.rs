//! A zip read from its start as it comes, entry by entry, in bounded memory
//! and without a disk. Reads what an export holds (stored and deflated
//! entries, sizes before or behind the bytes, zip64), and believes nothing:
//! every entry is held to its size and checksum, the whole to the directory at
//! its end. Writes nothing, and takes no name for a path.
//!
//! The `zip` crate reads streams, too, but only blocking ones.

mod directory;
mod entry;
mod header;
mod input;

use bytes::Bytes;
use domain::content::ByteStream;
use domain::error::{Error, Kind, Result, Verdict};

use directory::Names;
use entry::Entry;
use header::Local;
use input::Input;

/// How much is unpacked at a time.
const CHUNK: usize = 64 * 1024;

/// What an archive may hold; beyond it is a bomb or no export.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Entries in one archive.
    pub(crate) entries: u64,
    /// Bytes of one entry, unpacked.
    pub(crate) entry: u64,
    /// Bytes of all that is unpacked of one archive.
    pub(crate) all: u64,
}

/// An archive on its way.
pub(crate) struct Unzip {
    input: Input,
    limits: Limits,
    /// The entry that is being read.
    open: Option<Entry>,
    entries: u64,
    names: Names,
    /// Where in the archive the header of the last entry stood.
    began: u64,
    unpacked: u64,
    over: bool,
}

impl Unzip {
    /// Nothing is read yet.
    pub(crate) fn new(stream: ByteStream, limits: Limits) -> Unzip {
        Unzip {
            input: Input::new(stream),
            limits,
            open: None,
            entries: 0,
            names: Names::default(),
            began: 0,
            unpacked: 0,
            over: false,
        }
    }

    /// The name of the next entry, as it stands there: nobody's word, least of
    /// all a path. What was left of the entry before is skipped. `None` means
    /// that the archive came whole: its directory agrees with what was read.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<u8>>> {
        if self.over {
            return Ok(None);
        }
        self.skip().await?;
        if !self.input.begins_with(&header::LOCAL).await? {
            directory::check(&mut self.input, self.entries, self.names).await?;
            self.over = true;
            return Ok(None);
        }
        self.began = self.input.taken();
        let local = Local::read(&mut self.input).await?;
        self.entries += 1;
        if self.entries > self.limits.entries {
            return Err(too_much("too many entries"));
        }
        if local.size.is_some_and(|size| size > self.limits.entry) {
            return Err(too_much("an entry that is too large"));
        }
        let name = local.name.clone();
        self.names.add(&name);
        self.open = Some(Entry::new(local));
        Ok(Some(name))
    }

    /// Where the entry's header stands in the archive.
    pub(crate) fn began(&self) -> u64 {
        self.began
    }

    /// How large the entry says that it is.
    pub(crate) fn size(&self) -> Option<u64> {
        self.open.as_ref().and_then(Entry::size)
    }

    /// The next bytes of the entry; `None` when all came and are what was
    /// packed.
    pub(crate) async fn chunk(&mut self) -> Result<Option<Bytes>> {
        let Some(entry) = &mut self.open else {
            return Ok(None);
        };
        let Some(bytes) = entry.chunk(&mut self.input).await? else {
            self.open = None;
            return Ok(None);
        };
        self.unpacked += bytes.len() as u64;
        if entry.came() > self.limits.entry || self.unpacked > self.limits.all {
            return Err(too_much("more than it may"));
        }
        Ok(Some(bytes))
    }

    /// What nobody wants is not unpacked where its length is known.
    async fn skip(&mut self) -> Result<()> {
        let Some(entry) = &self.open else {
            return Ok(());
        };
        if let Some(left) = entry.packed_left() {
            self.input.skip(left).await?;
            self.open = None;
            return Ok(());
        }
        while self.chunk().await?.is_some() {}
        Ok(())
    }
}

fn cut_off() -> Error {
    Error::new(Kind::Incomplete, "a zip of RingCentral's export is cut off")
}

fn damaged(what: &str) -> Error {
    let what = format!("a zip of RingCentral's export is damaged: {what}");
    Error::new(Kind::Incomplete, what)
}

fn unreadable(what: &str) -> Error {
    let what = format!("a zip of RingCentral's export cannot be read: {what}");
    Error::new(Kind::Protocol, what).verdict_is(Verdict::GiveUp)
}

fn too_much(what: &str) -> Error {
    unreadable(&format!("it holds {what}"))
}

#[cfg(test)]
mod tests;
