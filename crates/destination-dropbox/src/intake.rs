//! A content on its way into memory, piece by piece, hashed as it comes; what
//! somebody else hashes on its way is not hashed again if it is one block. Holds
//! never more than its room; what a sender hands over in one go beyond that
//! waits where the sender put it.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use domain::content::{ByteStream, Content};
use domain::error::{Error, Kind, Result};
use domain::ledger::Fingerprint;
use futures::StreamExt;

use crate::byte_budget::Room;
use crate::content_hash::{BLOCK, ContentHash, of_one_block};
use crate::slabs::Slabs;

/// Room for a content of unknown length to begin with: most are small.
const UNKNOWN: usize = 1 << 20;

/// What comes with one call.
pub(crate) struct Piece {
    /// In order.
    pub(crate) bytes: Vec<Bytes>,
    /// Bytes in all.
    pub(crate) length: usize,
    /// Of this piece alone.
    pub(crate) hash: String,
    /// Nothing follows.
    pub(crate) last: bool,
}

/// Reads a content.
pub(crate) struct Intake {
    stream: ByteStream,
    declared: Option<u64>,
    /// Came, and is not in a piece yet.
    carry: Bytes,
    taken: u64,
    hash: ContentHash,
    /// Tells the hash of all bytes when they have come. While it is there, they
    /// are not hashed here.
    told: Option<Arc<OnceLock<Fingerprint>>>,
    /// The content hash of the whole, where it was told.
    whole: Option<String>,
}

impl Intake {
    pub(crate) fn new(content: Content) -> Intake {
        Intake {
            stream: content.bytes,
            declared: content.length,
            carry: Bytes::new(),
            taken: 0,
            hash: ContentHash::default(),
            told: content.fingerprint,
            whole: None,
        }
    }

    /// Room to ask for before the first piece.
    pub(crate) fn first_room(&self, chunk: usize) -> usize {
        let expected = self
            .declared
            .map_or(UNKNOWN, |n| usize::try_from(n).unwrap_or(chunk));
        expected.clamp(1, chunk.max(1))
    }

    /// The next piece, at most `chunk` bytes. A piece is cut where the room
    /// ends and cannot grow at once.
    pub(crate) async fn next(&mut self, room: &mut Room, chunk: usize) -> Result<Piece> {
        let mut buffer = Slabs::default();
        let expected = self.declared.map(|it| it.saturating_sub(self.taken));
        let expected = expected.and_then(|it| usize::try_from(it).ok());
        let last = loop {
            if !self.refill().await? {
                break true;
            }
            let space = room.size().saturating_sub(buffer.len());
            if space == 0 {
                if self.declared == Some(self.taken) {
                    return Err(incomplete("is longer than was declared"));
                }
                if !room.try_grow(chunk) {
                    break false;
                }
                continue;
            }
            let now = self.carry.split_to(space.min(self.carry.len()));
            self.taken += now.len() as u64;
            buffer.extend(&now, expected);
            if self.told.is_none() {
                self.hash.update(&now);
            } else if self.taken > BLOCK as u64 {
                self.hash_all_of(&buffer);
            }
        };
        self.check(last)?;
        if last {
            let told = self.told.as_ref().and_then(|it| it.get());
            let told = told.filter(|it| it.size == self.taken);
            self.whole = told.and_then(|it| of_one_block(it.size, &it.sha256));
        }
        if self.whole.is_none() && self.told.is_some() {
            self.hash_all_of(&buffer);
        }
        let length = buffer.len();
        let bytes = buffer.freeze();
        let hash = match &self.whole {
            // It came in one piece: so much was not hashed here.
            Some(whole) => whole.clone(),
            None => self.hash.cut(bytes.iter().map(AsRef::as_ref)),
        };
        Ok(Piece {
            bytes,
            length,
            hash,
            last,
        })
    }

    /// From now on everything is hashed here, and first what came so far, which
    /// is all in the buffer.
    fn hash_all_of(&mut self, buffer: &Slabs) {
        self.told = None;
        buffer.parts().for_each(|it| self.hash.update(it));
    }

    /// The content hash of all pieces so far.
    pub(crate) fn finish(self) -> String {
        self.whole.unwrap_or_else(|| self.hash.finish())
    }

    /// Whether there are more bytes; waits for the sender to know.
    async fn refill(&mut self) -> Result<bool> {
        while self.carry.is_empty() {
            match self.stream.next().await {
                None => return Ok(false),
                Some(next) => self.carry = next?,
            }
        }
        Ok(true)
    }

    fn check(&self, last: bool) -> Result<()> {
        match self.declared {
            Some(declared) if self.taken > declared => {
                Err(incomplete("is longer than was declared"))
            }
            Some(declared) if last && self.taken < declared => {
                Err(incomplete("ended before its declared length"))
            }
            _ => Ok(()),
        }
    }
}

fn incomplete(how: &str) -> Error {
    Error::new(Kind::Incomplete, format!("the content {how}"))
}

#[cfg(test)]
mod tests {
    use domain::content::Framing;
    use futures::stream;

    use super::*;
    use crate::byte_budget::ByteBudget;
    use crate::content_hash;

    fn content(length: Option<u64>, pieces: Vec<Result<Bytes>>) -> Content {
        Content {
            fingerprint: None,
            length,
            framing: Framing::Framed,
            media_type: None,
            bytes: stream::iter(pieces).boxed(),
        }
    }

    fn bytes(from: u8, count: usize) -> Bytes {
        (0..count)
            .map(|n| from.wrapping_add(u8::try_from(n % 200).unwrap_or(0)))
            .collect()
    }

    /// Sizes of the pieces a content comes in, checked for order and hashes.
    async fn sizes(content: Content, all: &[u8], budget: usize, chunk: usize) -> Vec<usize> {
        let budget = ByteBudget::new(budget);
        let mut intake = Intake::new(content);
        let mut room = budget.reserve(intake.first_room(chunk)).await.unwrap();
        let (mut sizes, mut at) = (Vec::new(), 0);
        loop {
            let piece = intake.next(&mut room, chunk).await.unwrap();
            let expected = &all[at..at + piece.length];
            assert!(piece.bytes.concat() == expected);
            assert_eq!(piece.hash, content_hash::of([expected]));
            sizes.push(piece.length);
            at += piece.length;
            if piece.last {
                assert_eq!(at, all.len());
                assert_eq!(intake.finish(), content_hash::of([all]));
                return sizes;
            }
        }
    }

    #[tokio::test]
    async fn pieces_are_cut_at_the_chunk_wherever_the_sender_cut() {
        let all = bytes(7, 1_000);
        for step in [1, 7, 100, 333, 1_000] {
            let sent = || {
                all.chunks(step)
                    .map(|part| Ok(Bytes::copy_from_slice(part)))
                    .collect()
            };
            let whole = content(Some(1_000), sent());
            assert_eq!(sizes(whole, &all, 400, 300).await, [300, 300, 300, 100]);
            let exact = content(None, sent());
            assert_eq!(sizes(exact, &all, 500, 500).await, [500, 500]);
        }
        assert_eq!(sizes(content(None, Vec::new()), &[], 10, 10).await, [0]);
        assert_eq!(sizes(content(Some(0), Vec::new()), &[], 10, 10).await, [0]);
    }

    #[tokio::test]
    async fn an_unknown_length_grows_into_free_room_and_ships_what_it_has_otherwise() {
        let all = bytes(1, 3 * UNKNOWN);
        let sent = || content(None, vec![Ok(all.clone())]);
        let roomy = sizes(sent(), &all, 4 * UNKNOWN, 2 * UNKNOWN).await;
        assert_eq!(roomy, [2 * UNKNOWN, UNKNOWN]);
        let budget = ByteBudget::new(2 * UNKNOWN);
        let others = budget.reserve(UNKNOWN).await.unwrap();
        let mut intake = Intake::new(sent());
        let mut room = budget
            .reserve(intake.first_room(2 * UNKNOWN))
            .await
            .unwrap();
        let piece = intake.next(&mut room, 2 * UNKNOWN).await.unwrap();
        assert_eq!((piece.length, piece.last), (UNKNOWN, false));
        drop(others);
        let piece = intake.next(&mut room, 2 * UNKNOWN).await.unwrap();
        assert_eq!((piece.length, piece.last), (2 * UNKNOWN, true));
    }

    #[tokio::test]
    async fn what_somebody_else_hashed_is_one_block_or_hashed_here_all_the_same() {
        let hash_of = |count: usize, size: u64, sha256: String, chunk: usize| async move {
            let all = bytes(3, count);
            let told = Arc::new(OnceLock::new());
            let sent = all.chunks(1 << 20).map(|it| Ok(Bytes::copy_from_slice(it)));
            let content = Content {
                fingerprint: Some(Arc::clone(&told)),
                ..content(Some(count as u64), sent.collect())
            };
            told.set(Fingerprint { size, sha256 }).unwrap();
            let budget = ByteBudget::new(2 * chunk);
            let mut intake = Intake::new(content);
            let mut room = budget.reserve(intake.first_room(chunk)).await.unwrap();
            let mut pieces = Vec::new();
            while pieces.last().is_none_or(|it: &Piece| !it.last) {
                pieces.push(intake.next(&mut room, chunk).await.unwrap());
            }
            for piece in pieces.iter().filter(|_| pieces.len() > 1) {
                let bytes = piece.bytes.iter().map(AsRef::as_ref);
                assert_eq!(piece.hash, content_hash::of(bytes));
            }
            assert!(
                pieces.len() > 1
                    || pieces[0].hash
                        == intake
                            .whole
                            .clone()
                            .unwrap_or_else(|| content_hash::of([&all[..]]))
            );
            (intake.finish(), content_hash::of([&all[..]]))
        };
        let told = "ab".repeat(32);
        let of_told = of_one_block(9, &told).unwrap();
        for count in [9, BLOCK] {
            let (hash, _) = hash_of(count, count as u64, told.clone(), BLOCK).await;
            assert_eq!(hash, of_told, "{count}");
        }
        for (count, size, sha256, chunk) in [
            (9, 8, told.clone(), BLOCK),
            (9, 9, "no hash".to_owned(), BLOCK),
            (BLOCK + 1, BLOCK as u64 + 1, told.clone(), 2 * BLOCK),
            (BLOCK + 1, BLOCK as u64 + 1, told.clone(), BLOCK),
            (2_000, 2_000, told, 1_000),
        ] {
            let (hash, right) = hash_of(count, size, sha256, chunk).await;
            assert_eq!(hash, right, "{count} {chunk}");
        }
    }

    #[tokio::test]
    async fn another_length_than_declared_is_an_error() {
        for (declared, pieces) in [
            (10, vec![Ok(bytes(0, 9))]),
            (10, vec![Ok(bytes(0, 11))]),
            (10, vec![Ok(bytes(0, 10)), Ok(bytes(0, 1))]),
            (0, vec![Ok(bytes(0, 1))]),
            (350, vec![Ok(bytes(0, 300)), Ok(bytes(0, 100))]),
        ] {
            let budget = ByteBudget::new(1_000);
            let mut intake = Intake::new(content(Some(declared), pieces));
            let mut room = budget.reserve(intake.first_room(300)).await.unwrap();
            let error = loop {
                match intake.next(&mut room, 300).await {
                    Ok(piece) => assert!(!piece.last, "{declared}"),
                    Err(error) => break error,
                }
            };
            assert_eq!(error.kind(), Kind::Incomplete);
        }
    }

    #[tokio::test]
    async fn an_error_at_the_very_end_is_the_error() {
        let torn = Error::new(Kind::Incomplete, "torn");
        let mut intake = Intake::new(content(None, vec![Ok(bytes(0, 10)), Err(torn)]));
        let budget = ByteBudget::new(100);
        let mut room = budget.reserve(50).await.unwrap();
        let error = intake.next(&mut room, 50).await.map(|_| ()).unwrap_err();
        assert_eq!(error.cause(), "torn");
    }
}
