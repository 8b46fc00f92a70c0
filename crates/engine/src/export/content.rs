//! The bytes of one file of an export, each original held against the ledger
//! on its way: what differs breaks off before its last byte is out.

use bytes::Bytes;
use domain::archive_path::ArchivePath;
use domain::content::{Content, Framing};
use domain::export::{
    Export, File, Inner, Part, Row, Source, TEXTS, What, csv_head, csv_line, json_line, made_of,
    manifest_foot, manifest_head, manifest_item, zip,
};
use domain::ports::{Destination, Store};
use domain::{Error, Kind, Result, Verdict};
use futures::future::BoxFuture;
use futures::{FutureExt, TryStreamExt};
use sha2::{Digest, Sha256};

use super::sink::{Base64, Halt, Sink, Sums};

/// The lists of an export, in their order.
pub(super) const BOOKS: [(&str, What); 3] = [
    ("catalogue.csv", What::Csv),
    ("catalogue.jsonl", What::Lines),
    ("manifest.json", What::Manifest),
];
/// Items that are read at once.
const PAGE: u32 = 500;
/// How often a file that broke off is gone on with.
const TRIES: u32 = 5;
/// Bytes of a list that go on together.
const FULL: usize = 64 * 1024;

type Done = std::result::Result<(), Halt>;

/// The lists of all items.
pub(super) struct Lists<'a> {
    pub(super) store: &'a dyn Store,
    pub(super) export: &'a Export,
}

impl Lists<'_> {
    /// Writes one of them.
    pub(super) async fn write(&self, what: What, sink: &mut dyn Sink) -> Done {
        let mut text = match what {
            What::Csv => csv_head(),
            What::Manifest => manifest_head(self.export),
            _ => String::new(),
        };
        let (account, id) = (&self.export.account, &self.export.id);
        let (mut after, mut is_first) = (String::new(), true);
        loop {
            let rows = self.store.frozen(account, id, &after, true, PAGE).await?;
            let Some(last) = rows.last() else {
                break;
            };
            after = last.place();
            for row in &rows {
                text.push_str(&match what {
                    What::Csv => csv_line(row),
                    What::Manifest => manifest_item(row, is_first),
                    _ => json_line(row),
                });
                is_first = false;
                if text.len() >= FULL {
                    sink.take(Bytes::from(std::mem::take(&mut text))).await?;
                }
            }
        }
        if what == What::Manifest {
            text.push_str(manifest_foot());
        }
        if text.is_empty() {
            return Ok(());
        }
        sink.take(Bytes::from(text)).await
    }
}

/// What files are made from.
pub(super) struct Maker<'a> {
    pub(super) lists: Lists<'a>,
    pub(super) destination: &'a dyn Destination,
}

impl Maker<'_> {
    /// Everything of one file, but the list of sums.
    pub(super) async fn file(&self, file: &File, sink: &mut dyn Sink) -> Done {
        match file.what {
            What::Text => {
                let text = TEXTS.iter().find(|(name, _)| *name == file.name);
                let text = text.map_or("", |(_, text)| text);
                sink.take(Bytes::from_static(text.as_bytes())).await
            }
            What::Item => {
                let source = file.source().ok_or_else(|| unreadable(&file.item))?;
                self.original(&source, sink).await
            }
            What::Eml | What::Rsmf => {
                let rows = self.rows(file).await?;
                for part in made_of(file.what, &rows) {
                    self.part(&part, sink).await?;
                }
                Ok(())
            }
            What::Csv | What::Lines | What::Manifest => self.lists.write(file.what, sink).await,
            What::Sums => Ok(()),
        }
    }

    async fn rows(&self, file: &File) -> Result<Vec<Row>> {
        let (store, export) = (self.lists.store, self.lists.export);
        let rows = store.frozen(&export.account, &export.id, &file.first, false, file.rows);
        rows.await
    }

    fn part<'b>(&'b self, part: &'b Part, sink: &'b mut dyn Sink) -> BoxFuture<'b, Done> {
        async move {
            match part {
                Part::Bytes(bytes) => sink.take(bytes.clone()).await,
                Part::File(source) => self.original(source, sink).await,
                Part::Base64(parts) => {
                    let mut encoded = Base64::new(sink);
                    for part in parts {
                        self.part(part, &mut encoded).await?;
                    }
                    encoded.end().await
                }
                Part::Zip(members) => self.zip(members, sink).await,
            }
        }
        .boxed()
    }

    async fn zip(&self, members: &[Inner], sink: &mut dyn Sink) -> Done {
        let (mut at, mut directory) = (0, Vec::new());
        for inner in members {
            let member = inner.member();
            sink.take(member.head().into()).await?;
            let mut sums = Sums::new(sink);
            self.part(&inner.part, &mut sums).await?;
            let (_, _, crc) = sums.told();
            sink.take(member.foot(crc).into()).await?;
            directory.extend(member.line(at, crc));
            at += member.span();
        }
        let end = zip::end(members.len() as u64, at, directory.len() as u64);
        directory.extend(end);
        sink.take(directory.into()).await
    }

    /// An original, byte for byte what the ledger says. Its last chunk goes on
    /// only when all of it was right; what broke off on its way is gone on
    /// with where it was.
    async fn original(&self, source: &Source, sink: &mut dyn Sink) -> Done {
        let path = ArchivePath::new(source.path.clone())?;
        let mut sum = Sha256::new();
        let (mut at, mut tries, mut held) = (0, 0, Bytes::new());
        while at < source.size {
            let came = self.rest(&path, source, at).await?;
            let (framing, mut bytes) = (came.framing, came.bytes);
            let broke = loop {
                match bytes.try_next().await {
                    Ok(Some(chunk)) => {
                        at += chunk.len() as u64;
                        if at > source.size {
                            return Err(others(source));
                        }
                        sum.update(&chunk);
                        let before = std::mem::replace(&mut held, chunk);
                        if !before.is_empty() {
                            sink.take(before).await?;
                        }
                    }
                    Ok(None) => break None,
                    Err(error) => break Some(error),
                }
            };
            if at < source.size {
                tries += 1;
                match broke {
                    Some(error) if tries > TRIES || error.verdict() == Verdict::GiveUp => {
                        return Err(error.into());
                    }
                    // It ended by itself, and too early.
                    None if tries > TRIES || framing != Framing::UntilClose => {
                        return Err(others(source));
                    }
                    _ => {}
                }
            }
        }
        if domain::manifest::hex(&sum.finalize()) != source.sha256 {
            return Err(others(source));
        }
        if held.is_empty() {
            return Ok(());
        }
        sink.take(held).await
    }

    async fn rest(
        &self,
        path: &ArchivePath,
        source: &Source,
        at: u64,
    ) -> std::result::Result<Content, Halt> {
        let part = (at > 0).then_some(at..source.size);
        match self.destination.read(path, part).await {
            Err(error) if error.kind() == Kind::Gone => Err(gone(source)),
            came => Ok(came?),
        }
    }
}

fn others(source: &Source) -> Halt {
    let what = format!(
        "{} does not hold the bytes that were archived; it lies in the destination changed",
        source.item
    );
    let error = Error::new(Kind::Mismatch, what).remedy(WITHOUT);
    Halt::Wrong(source.item.clone(), error)
}

fn gone(source: &Source) -> Halt {
    let what = format!("{} does not lie in the destination any more", source.item);
    let error = Error::new(Kind::Gone, what).remedy(WITHOUT);
    Halt::Wrong(source.item.clone(), error)
}

fn unreadable(item: &str) -> Error {
    let what = format!("{item} cannot be read from the ledger");
    Error::new(Kind::Storage, what)
}

const WITHOUT: &str = "Hand over without this item; the manifest then says that it could not be \
                       read. archiver verify --repair has it archived anew while RingCentral has it.";
