//! The bytes of an Item, out of the destination and through us: as a stream
//! that is read as fast as it is taken, kept nowhere, and dropped with who
//! asked. Whole files are held against what was archived while they pass; the
//! last bytes go out only if they are the same.

use std::ops::Range;
use std::time::Duration;

use axum::body::Bytes;
use domain::archive_path::ArchivePath;
use domain::content::ByteStream;
use domain::{Error, Kind, Result};
use futures::stream::{self, StreamExt};
use sha2::{Digest, Sha256};

use super::held::Held;
use super::readers::Reader;
use crate::error::PageError;
use crate::state::{PATIENCE, State};
use crate::texts::item as say;

/// After how long it is worth asking again, seconds.
const AGAIN: u32 = 30;

/// Opens the file, or a part of it. The reader's place is kept until the
/// stream is dropped.
pub(super) async fn open(
    state: &State,
    held: &Held,
    part: Option<Range<u64>>,
    reader: Reader,
) -> Result<ByteStream, PageError> {
    let (path, size, sha256) = held.file()?;
    let connection = held.connection.as_ref();
    let connection = connection.ok_or_else(|| PageError::unavailable(say::NOT_CONNECTED))?;
    let path = ArchivePath::new(path).map_err(|_| PageError::broken())?;
    let whole = part.as_ref().is_none_or(|it| *it == (0..size));
    let part = part.filter(|_| !whole);
    let awaited = part.as_ref().map_or(size, |it| it.end - it.start);
    let opening = async {
        let destination = state.providers.destination(connection).await?;
        destination.read(&path, part).await
    };
    let content = tokio::time::timeout(PATIENCE, opening)
        .await
        .map_err(|_| PageError::unavailable_for(AGAIN, say::AWAY))?
        .map_err(|error| refusal(&error))?;
    if content.length.is_some_and(|it| it != awaited) {
        return Err(PageError::gateway(say::CHANGED));
    }
    let check = whole.then(|| (Sha256::new(), sha256.to_owned()));
    Ok(passed(content.bytes, awaited, check, reader))
}

/// What a person reads where the destination did not give it.
fn refusal(error: &Error) -> PageError {
    tracing::warn!(kind = error.kind().word(), "a file could not be read back");
    match error.kind() {
        Kind::Gone => PageError::gone(say::GONE),
        Kind::Unauthorized | Kind::Forbidden | Kind::Config => {
            PageError::unavailable(say::GRANT_DEAD)
        }
        Kind::Unavailable | Kind::Throttled | Kind::Cancelled => {
            PageError::unavailable_for(AGAIN, say::AWAY)
        }
        _ => PageError::gateway(say::BROKEN),
    }
}

/// A stream on its way.
struct Passing {
    bytes: ByteStream,
    left: u64,
    check: Option<(Sha256, String)>,
    /// The last chunk, held back until the sum is known.
    held: Option<Bytes>,
    over: bool,
    _reader: Reader,
}

/// Exactly so many bytes, and where there is a sum, those of that sum; else it
/// ends with an error before the last of them.
fn passed(
    bytes: ByteStream,
    left: u64,
    check: Option<(Sha256, String)>,
    reader: Reader,
) -> ByteStream {
    let passing = Passing {
        bytes,
        left,
        check,
        held: None,
        over: false,
        _reader: reader,
    };
    stream::unfold(passing, |mut passing| async move {
        if passing.over {
            return None;
        }
        let next = passing.next().await;
        passing.over = !matches!(next, Some(Ok(_)));
        next.map(|it| (it, passing))
    })
    .boxed()
}

impl Passing {
    async fn next(&mut self) -> Option<Result<Bytes>> {
        loop {
            match self.chunk().await {
                Ok(Some(chunk)) => {
                    if let Some(ready) = self.held.replace(chunk) {
                        return Some(Ok(ready));
                    }
                }
                Ok(None) => return self.end(),
                Err(error) => return Some(Err(error)),
            }
        }
    }

    async fn chunk(&mut self) -> Result<Option<Bytes>> {
        let slow = || Error::new(Kind::Unavailable, say::AWAY);
        let next = tokio::time::timeout(STALL, self.bytes.next());
        let Some(chunk) = next.await.map_err(|_| slow())? else {
            return Ok(None);
        };
        let chunk = chunk?;
        let length = chunk.len() as u64;
        self.left = self.left.checked_sub(length).ok_or_else(changed)?;
        if let Some((sum, _)) = &mut self.check {
            sum.update(&chunk);
        }
        Ok(Some(chunk))
    }

    fn end(&mut self) -> Option<Result<Bytes>> {
        let same = self.check.take().is_none_or(|(sum, expected)| {
            let sum = sum.finalize();
            let mut spelled = String::new();
            for half in sum.iter().flat_map(|it| [it >> 4, it & 15]) {
                spelled.extend(char::from_digit(u32::from(half), 16));
            }
            spelled == expected
        });
        if self.left > 0 || !same {
            tracing::warn!("a file that was read back is not what was archived");
            return Some(Err(changed()));
        }
        self.held.take().map(Ok)
    }
}

/// A destination that sends nothing for so long has gone away.
const STALL: Duration = Duration::from_mins(1);

fn changed() -> Error {
    Error::new(Kind::Mismatch, say::CHANGED)
}
