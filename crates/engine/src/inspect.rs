//! Watches an item's bytes on their way through: counts, hashes and judges
//! them. The last chunk is followed by the verdict, so a destination that
//! reads to the end cannot commit a torn file.

use std::sync::{Arc, OnceLock};

use crate::fetching::Fetching;
use bytes::Bytes;
use domain::archive_path::ArchivePath;
use domain::content::{ByteStream, Content, Framing};
use domain::item::Item;
use domain::ledger::Fingerprint;
use domain::media::{Expected, Format, Inspector};
use domain::ports::{Destination, Source};
use domain::{Error, Kind, Result};
use futures::{StreamExt, TryStreamExt, stream};
use sha2::{Digest, Sha256};

/// Bytes under watch.
pub struct Inspected {
    /// What they are, told from the first ones.
    pub format: Format,
    /// The bytes, unchanged, ending with an error unless they are whole.
    pub content: Content,
    /// Set once the bytes ran to their end and were judged whole.
    pub fingerprint: Arc<OnceLock<Fingerprint>>,
}

/// Puts an item's bytes under watch. Reads the first chunks, until they tell
/// the format. `source` is asked a second time where only a closed connection
/// marks the end. `fetching` is given back with the last byte.
pub async fn inspect(
    item: &Item,
    content: Content,
    source: Arc<dyn Source>,
    fetching: Option<Fetching>,
) -> Result<Inspected> {
    let mut watcher = Watcher {
        bytes: content.bytes,
        tally: Tally::default(),
        inspector: Some(Inspector::new(item.expected)),
        format: None,
        framing: content.framing,
        media_type: content.media_type.clone(),
        item: item.clone(),
        source,
        fetching,
        fingerprint: Arc::default(),
    };
    let mut head = Vec::new();
    while watcher.format.is_none() {
        match watcher.next().await? {
            Some(chunk) => head.push(Ok(chunk)),
            None => break,
        }
    }
    if let Some(fetching) = &mut watcher.fetching {
        fetching.offered();
    }
    Ok(Inspected {
        format: watcher.format.unwrap_or(Format::Other),
        fingerprint: Arc::clone(&watcher.fingerprint),
        content: Content {
            length: content.length,
            framing: content.framing,
            media_type: content.media_type,
            fingerprint: Some(Arc::clone(&watcher.fingerprint)),
            bytes: stream::iter(head).chain(watcher.into_stream()).boxed(),
        },
    })
}

/// The bytes, and everything known of them so far.
struct Watcher {
    bytes: ByteStream,
    tally: Tally,
    /// Gone once it has judged.
    inspector: Option<Inspector>,
    format: Option<Format>,
    framing: Framing,
    /// The sender's word for what the bytes are.
    media_type: Option<String>,
    item: Item,
    source: Arc<dyn Source>,
    /// Gone once all bytes have come.
    fetching: Option<Fetching>,
    fingerprint: Arc<OnceLock<Fingerprint>>,
}

impl Watcher {
    /// The next chunk; `None` only after the whole was judged good.
    async fn next(&mut self) -> Result<Option<Bytes>> {
        let Some(chunk) = self.bytes.next().await.transpose()? else {
            self.judge().await?;
            self.fetching = None;
            return Ok(None);
        };
        self.tally.add(&chunk);
        if let Some(inspector) = &mut self.inspector {
            inspector.feed(&chunk);
            self.format = self.format.or(inspector.format());
        }
        Ok(Some(chunk))
    }

    /// Is it all there, and is it what it should be?
    async fn judge(&mut self) -> Result<()> {
        let Some(inspector) = self.inspector.take() else {
            return Ok(());
        };
        let fingerprint = std::mem::take(&mut self.tally).fingerprint();
        let judged = inspector.finish().map(|finding| finding.format);
        let format = match judged {
            // Somebody sent a picture that never was whole: every byte that
            // the provider promised is here, and that is what is archived.
            Err(_) if self.is_all_that_was_promised(&fingerprint) => {
                self.format.unwrap_or(Format::Other)
            }
            judged => judged?,
        };
        self.format = Some(format);
        if is_error_answer(&self.item, format, self.media_type.as_deref()) {
            let what = "an error page came instead of the file";
            return Err(Error::new(Kind::Incomplete, what));
        }
        if let Some(declared) = self.item.size
            && declared != fingerprint.size
        {
            return Err(Error::new(
                Kind::Incomplete,
                format!(
                    "the file should have {declared} bytes, {} came",
                    fingerprint.size
                ),
            ));
        }
        if self.framing == Framing::UntilClose {
            let second = fetch_again(&self.item, self.source.as_ref()).await?;
            if second != fingerprint {
                return Err(Error::new(
                    Kind::Incomplete,
                    "two downloads of the same file differ, so at least one was cut short",
                ));
            }
        }
        // Set once: `judge` runs once, the inspector is gone.
        let _ = self.fingerprint.set(fingerprint);
        Ok(())
    }

    fn is_all_that_was_promised(&self, fingerprint: &Fingerprint) -> bool {
        self.item.expected == Expected::Anything && self.item.size == Some(fingerprint.size)
    }

    fn into_stream(self) -> ByteStream {
        stream::try_unfold(self, |mut watcher| async move {
            if let Some(fetching) = &mut watcher.fetching {
                fetching.read();
            }
            let chunk = watcher.next().await?;
            Ok(chunk.map(|chunk| (chunk, watcher)))
        })
        .boxed()
    }
}

/// Where any file may be due, a page or a JSON answer is somebody's error,
/// unless its size was promised or its sender called it one.
fn is_error_answer(item: &Item, format: Format, media_type: Option<&str>) -> bool {
    let (types, endings): (&[&str], &[&str]) = match format {
        Format::Html => (&["text/html", "application/xhtml"], &["html", "htm"]),
        Format::Json => (&["application/json"], &["json"]),
        _ => return false,
    };
    let said = media_type.is_none_or(|told| {
        let told = told.trim().to_ascii_lowercase();
        types.iter().any(|it| told.starts_with(it))
    });
    let name = item.facts.file_name.as_deref();
    let ending = name.and_then(|it| it.rsplit_once('.')).map(|(_, it)| it);
    let named = ending.is_some_and(|it| endings.iter().any(|one| one.eq_ignore_ascii_case(it)));
    item.expected == Expected::Anything && item.size.is_none() && said && !named
}

/// Only a closed connection ended the bytes, and it may have closed too
/// early: they count when a second fetch brings the same.
async fn fetch_again(item: &Item, source: &dyn Source) -> Result<Fingerprint> {
    fingerprint_of(source.open(item).await?.bytes).await
}

/// Whether a file of the destination has these bytes. What was cut short on its
/// way tells nothing: where only a closed connection ended it, it counts when a
/// second reading brings the same.
pub(crate) async fn holds(
    destination: &dyn Destination,
    path: &ArchivePath,
    bytes: &Fingerprint,
) -> Result<bool> {
    let mut before = None;
    loop {
        let content = destination.read(path, None).await?;
        let (declared, framing) = (content.length, content.framing);
        let came = fingerprint_of(content.bytes).await?;
        if came == *bytes {
            return Ok(true);
        }
        let is_short = declared.is_some_and(|length| length != came.size);
        let again = framing == Framing::UntilClose && before.is_none();
        if again && !is_short {
            before = Some(came);
            continue;
        }
        if is_short || before.is_some_and(|it| it != came) {
            let what = "a file that was read back came cut short";
            return Err(Error::new(Kind::Incomplete, what));
        }
        return Ok(false);
    }
}

/// Reads a file that somebody else stored: its fingerprint, or why it cannot be
/// what it should be.
pub(crate) async fn examine(
    content: Content,
    expected: Expected,
) -> Result<std::result::Result<Fingerprint, Error>> {
    let declared = content.length;
    let (mut tally, mut inspector) = (Tally::default(), Inspector::new(expected));
    let mut bytes = content.bytes;
    while let Some(chunk) = bytes.try_next().await? {
        tally.add(&chunk);
        inspector.feed(&chunk);
    }
    let fingerprint = tally.fingerprint();
    if declared.is_some_and(|it| it != fingerprint.size) {
        let what = "a file that was read came cut short";
        return Err(Error::new(Kind::Incomplete, what));
    }
    Ok(inspector.finish().map(|_| fingerprint))
}

/// A content that was judged before, on its way into a copy: what turns out to
/// be other bytes ends with an error, so that nothing is stored.
pub(crate) fn only(content: Content, judged: &Fingerprint) -> Content {
    let begin = (content.bytes, Tally::default(), judged.clone());
    let bytes = stream::try_unfold(begin, |(mut bytes, mut tally, judged)| async move {
        if let Some(chunk) = bytes.try_next().await? {
            tally.add(&chunk);
            return Ok(Some((chunk, (bytes, tally, judged))));
        }
        if tally.fingerprint() == judged {
            return Ok(None);
        }
        let what = "it is not there any more as it was read";
        Err(Error::new(Kind::Mismatch, what))
    });
    Content {
        bytes: bytes.boxed(),
        fingerprint: None,
        ..content
    }
}

/// Reads to the end.
async fn fingerprint_of(mut bytes: ByteStream) -> Result<Fingerprint> {
    let mut tally = Tally::default();
    while let Some(chunk) = bytes.try_next().await? {
        tally.add(&chunk);
    }
    Ok(tally.fingerprint())
}

/// Counts and hashes.
#[derive(Default)]
struct Tally {
    size: u64,
    sha256: Sha256,
}

impl Tally {
    fn add(&mut self, chunk: &[u8]) {
        self.size += chunk.len() as u64;
        self.sha256.update(chunk);
    }

    fn fingerprint(self) -> Fingerprint {
        let sha256 = format!("{:x}", Bytes::copy_from_slice(&self.sha256.finalize()));
        Fingerprint {
            size: self.size,
            sha256,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn print_of(bytes: &'static [u8]) -> Fingerprint {
        let content = Content::local(Bytes::from_static(bytes));
        fingerprint_of(content.bytes).await.unwrap()
    }

    #[tokio::test]
    async fn only_what_was_judged_is_copied() {
        let judged = print_of(b"as it was").await;
        for (now, is_same) in [
            (&b"as it was"[..], true),
            (b"as it Was", false),
            (b"as it wa", false),
            (b"as it was!", false),
            (b"", false),
        ] {
            let content = Content::local(Bytes::from_static(now));
            let came: Result<Vec<Bytes>> = only(content, &judged).bytes.try_collect().await;
            match came {
                Ok(chunks) => assert!(is_same && chunks.concat() == now),
                Err(error) => assert_eq!((is_same, error.kind()), (false, Kind::Mismatch)),
            }
        }
    }
}
