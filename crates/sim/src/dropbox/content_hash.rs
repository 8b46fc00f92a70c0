//! Dropbox's content hash, written from its description and from nothing of
//! ours: SHA-256 over the SHA-256 of every 4 MiB block.

use std::fmt::Write;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A block of the content hash, in bytes; concurrent upload sessions count in
/// it too.
pub(super) const BLOCK: u64 = 4 << 20;

/// Bytes hashed as they come: Dropbox's content hash, the plain SHA-256 that
/// checkers compare, and the length.
#[derive(Clone)]
pub(super) struct Hasher {
    block: Sha256,
    blocks: Sha256,
    plain: Sha256,
    size: u64,
}

/// What [`Hasher`] found, in lower-case hex.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Hashes {
    pub(super) content_hash: String,
    pub(super) sha256: String,
    pub(super) size: u64,
}

impl Hasher {
    pub(super) fn new() -> Self {
        Self {
            block: Sha256::new(),
            blocks: Sha256::new(),
            plain: Sha256::new(),
            size: 0,
        }
    }

    /// Bytes seen so far.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    pub(super) fn update(&mut self, mut bytes: &[u8]) {
        self.plain.update(bytes);
        while !bytes.is_empty() {
            let room = BLOCK - self.size % BLOCK;
            let take = usize::try_from(room).map_or(bytes.len(), |room| room.min(bytes.len()));
            let (now, later) = bytes.split_at(take);
            self.block.update(now);
            self.size += now.len() as u64;
            if self.size.is_multiple_of(BLOCK) {
                let block = std::mem::replace(&mut self.block, Sha256::new());
                self.blocks.update(block.finalize());
            }
            bytes = later;
        }
    }

    pub(super) fn finish(mut self) -> Hashes {
        if !self.size.is_multiple_of(BLOCK) {
            self.blocks.update(self.block.finalize());
        }
        Hashes {
            content_hash: hex(&self.blocks.finalize()),
            sha256: hex(&self.plain.finalize()),
            size: self.size,
        }
    }
}

/// Lower-case hexadecimal.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(bytes: &[u8], step: usize) -> Hashes {
        let mut hasher = Hasher::new();
        for part in bytes.chunks(step) {
            hasher.update(part);
        }
        hasher.finish()
    }

    /// The vectors were computed with Dropbox's published reference hasher.
    #[test]
    fn known_answers() {
        let block = usize::try_from(BLOCK).unwrap();
        for (bytes, expected) in [
            (
                Vec::new(),
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            ),
            (
                b"hello".to_vec(),
                "9595c9df90075148eb06860365df33584b75bff782a510c6cd4883a419833d50",
            ),
            (
                vec![0; block],
                "c7e946d101855255d919ef0c70718633adf77d3dfb3adeeecf5d0cb4e951be58",
            ),
            (
                vec![0; block + 1],
                "14a4d47f23a30177885d9820122f17d2d3a55fe63f7f5c27b95f689e0b2accd6",
            ),
            (
                vec![0; 2 * block],
                "03ae066c707c588592d9e27aa2444ca98423e0999024f1ceaa11a153790b37de",
            ),
        ] {
            for step in [7_777, 1 << 20, 5 << 20] {
                let hashes = of(&bytes, step);
                assert_eq!(hashes.content_hash, expected);
                assert_eq!(hashes.size, bytes.len() as u64);
            }
        }
        assert_eq!(
            of(b"hello", 2).sha256,
            "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
        );
    }
}
