//! The bytes of a whole ZIP, or of any part of it: heads, files, sums behind
//! them, and the directory. Files that nobody wants are passed over, but for
//! their sums, which the directory needs: they are kept once they are known,
//! else learnt again.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use domain::export::{Export, File, Passed, Stage, What, sums_line, zip};
use domain::ports::{Destination, Store};
use domain::{Error, Kind, Result};
use futures::channel::mpsc;
use futures::stream::{self, BoxStream, StreamExt};

use super::content::{Lists, Maker};
use super::sink::{Cut, Halt, Nowhere, Sink, Sums};

/// Files that are read from the store at once.
const PAGE: u32 = 200;
/// Sums that are kept together.
const SOME: usize = 64;
/// Bytes whose sums are kept together.
const MUCH: u64 = 64 * 1024 * 1024;

/// Where an export's bytes come from.
#[derive(Clone)]
pub struct Ends {
    /// What is known of it.
    pub store: Arc<dyn Store>,
    /// Where its originals lie.
    pub destination: Arc<dyn Destination>,
}

/// The bytes of a ZIP that is ready, those of a range. A failure comes as the
/// last thing; what is wrong with an item is kept with the Export, too.
pub fn stream(ends: Ends, export: Export, part: Range<u64>) -> BoxStream<'static, Result<Bytes>> {
    let (out, bytes) = mpsc::channel(1);
    let work = async move {
        let mut walk = Walk {
            cut: Cut::new(part.start, part.end, out),
            ends: &ends,
            export: &export,
            passed: Vec::new(),
            weight: 0,
        };
        let done = walk.all().await;
        let kept = walk.keep().await;
        match done {
            Err(Halt::Wrong(item, error)) => {
                blame(&ends, &export, item, &error).await;
                Some(Err(error))
            }
            Err(Halt::Failed(error)) => Some(Err(error)),
            Ok(()) | Err(Halt::Full) => kept.err().map(Err),
        }
    };
    let failure = stream::once(work).filter_map(std::future::ready);
    stream::select(bytes, failure).boxed()
}

/// Says on the Export what could not be read.
async fn blame(ends: &Ends, export: &Export, item: String, error: &Error) {
    let broken = Export {
        stage: Stage::Broken,
        trouble: Some((item, error.to_string())),
        ..export.clone()
    };
    // Whoever reads the stream hears of it anyhow.
    let _ = ends.store.keep_export(&broken).await;
}

struct Walk<'a> {
    cut: Cut,
    ends: &'a Ends,
    export: &'a Export,
    /// Sums that are not kept yet.
    passed: Vec<Passed>,
    /// Bytes that they are of.
    weight: u64,
}

type Done = std::result::Result<(), Halt>;

impl Walk<'_> {
    async fn all(&mut self) -> Done {
        let mut from = self.cut.from();
        while from < self.export.directory_at {
            let files = self.page(from).await?;
            let Some(last) = files.last() else {
                break;
            };
            from = last.end();
            for file in files {
                if file.end() > self.cut.from() {
                    self.cut.skip_to(file.at);
                    self.file(&file).await?;
                }
            }
        }
        self.directory().await
    }

    async fn page(&self, from: u64) -> Result<Vec<File>> {
        let (account, id) = (&self.export.account, &self.export.id);
        self.ends.store.laid_out(account, id, from, PAGE).await
    }

    async fn file(&mut self, file: &File) -> Done {
        let member = file.member();
        self.cut.take(member.head().into()).await?;
        let crc = self.content(file, true).await?;
        self.cut.take(member.foot(crc).into()).await
    }

    /// A file's bytes, into the ZIP or nowhere; returns its CRC-32.
    async fn content(&mut self, file: &File, wanted: bool) -> std::result::Result<u32, Halt> {
        if file.what == What::Sums {
            let crc = self.sums(wanted).await?;
            let (at, sha256) = (file.at, String::new());
            self.note(Passed { at, sha256, crc }, 0).await?;
            return Ok(crc);
        }
        let maker = Maker {
            lists: Lists {
                store: self.ends.store.as_ref(),
                export: self.export,
            },
            destination: self.ends.destination.as_ref(),
        };
        let mut nowhere = Nowhere;
        let mut sums = Sums::new(if wanted { &mut self.cut } else { &mut nowhere });
        maker.file(file, &mut sums).await?;
        let (size, sha256, crc) = sums.told();
        if size != file.size {
            let what = format!("{} is not as long as it was to be", file.what.word());
            return Err(Error::new(Kind::Protocol, what).into());
        }
        let at = file.at;
        self.note(Passed { at, sha256, crc }, size).await?;
        Ok(crc)
    }

    async fn note(&mut self, passed: Passed, size: u64) -> Result<()> {
        self.passed.push(passed);
        self.weight += size;
        if self.passed.len() >= SOME || self.weight >= MUCH {
            self.keep().await?;
        }
        Ok(())
    }

    async fn keep(&mut self) -> Result<()> {
        let passed = std::mem::take(&mut self.passed);
        self.weight = 0;
        if passed.is_empty() {
            return Ok(());
        }
        let (account, id) = (&self.export.account, &self.export.id);
        self.ends.store.passed(account, id, &passed).await
    }

    /// Its sums, learnt again where nobody kept them.
    async fn known(&mut self, file: &File) -> std::result::Result<(String, u32), Halt> {
        if let (Some(sha256), Some(crc)) = (&file.sha256, file.crc) {
            return Ok((sha256.clone(), crc));
        }
        let crc = Box::pin(self.content(file, false)).await?;
        let last = self.passed.iter().rev().find(|it| it.at == file.at);
        let sha256 = last
            .map(|it| it.sha256.clone())
            .or_else(|| file.sha256.clone());
        if let Some(sha256) = sha256 {
            return Ok((sha256, crc));
        }
        // It was kept a moment ago.
        let again = self.page(file.at).await?;
        let sum = again.into_iter().next().and_then(|it| it.sha256);
        let sum = sum.ok_or_else(|| Error::new(Kind::Storage, "a sum that was kept is gone"));
        Ok((sum?, crc))
    }

    /// The list of sums.
    async fn sums(&mut self, wanted: bool) -> std::result::Result<u32, Halt> {
        self.keep().await?;
        let mut crc = crc32fast::Hasher::new();
        let mut from = 0;
        while from < self.export.directory_at {
            let files = self.page(from).await?;
            let Some(last) = files.last() else {
                break;
            };
            from = last.end();
            let mut text = String::new();
            for file in files.iter().filter(|it| it.what != What::Sums) {
                let (sha256, _) = self.known(file).await?;
                text.push_str(&sums_line(&sha256, &file.name));
            }
            crc.update(text.as_bytes());
            if wanted {
                self.cut.take(text.into()).await?;
            }
        }
        Ok(crc.finalize())
    }

    /// Every file's line, and the end.
    async fn directory(&mut self) -> Done {
        self.keep().await?;
        self.cut.skip_to(self.export.directory_at);
        let mut from = 0;
        let mut size = 0;
        while from < self.export.directory_at {
            let files = self.page(from).await?;
            let Some(last) = files.last() else {
                break;
            };
            from = last.end();
            let mut lines = Vec::new();
            for file in &files {
                let crc = match file.crc {
                    Some(crc) => crc,
                    None => self.known(file).await?.1,
                };
                lines.extend(file.member().line(file.at, crc));
            }
            size += lines.len() as u64;
            self.cut.take(lines.into()).await?;
        }
        let end = zip::end(self.export.files, self.export.directory_at, size);
        self.cut.take(end.into()).await
    }
}
