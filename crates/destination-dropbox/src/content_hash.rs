//! Dropbox's content hash, computed while bytes stream by: SHA-256 over the
//! SHA-256 of every 4 MiB block (Dropbox developer site, content hash).

use sha2::{Digest, Sha256};

/// A block of the content hash, in bytes.
pub(crate) const BLOCK: usize = 4 << 20;

/// The content hash of a file on its way, and of each piece of it that goes
/// into a call of its own. A piece that begins on a block's border costs no
/// second pass.
#[derive(Clone)]
pub(crate) struct ContentHash {
    /// The block being filled.
    block: Sha256,
    filled: usize,
    /// Over the digests of all full blocks.
    file: Sha256,
    /// Over the digests of the full blocks since the last cut.
    piece: Sha256,
    /// Whether the last cut was on a border.
    aligned: bool,
}

impl Default for ContentHash {
    fn default() -> ContentHash {
        ContentHash {
            block: Sha256::new(),
            filled: 0,
            file: Sha256::new(),
            piece: Sha256::new(),
            aligned: true,
        }
    }
}

impl ContentHash {
    /// Takes the next bytes in.
    pub(crate) fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let room = (BLOCK - self.filled).min(bytes.len());
            let (now, later) = bytes.split_at(room);
            self.block.update(now);
            self.filled += now.len();
            if self.filled == BLOCK {
                let digest = self.block.finalize_reset();
                self.file.update(digest);
                self.piece.update(digest);
                self.filled = 0;
            }
            bytes = later;
        }
    }

    /// The content hash of the bytes taken in since the last cut, which are
    /// `piece`: what a call that carries just them has to state.
    pub(crate) fn cut<'a>(&mut self, piece: impl IntoIterator<Item = &'a [u8]>) -> String {
        let shared = std::mem::take(&mut self.piece);
        let was_aligned = std::mem::replace(&mut self.aligned, self.filled == 0);
        if was_aligned {
            self.with_rest(shared)
        } else {
            of(piece)
        }
    }

    /// The content hash of everything, in lower-case hex.
    pub(crate) fn finish(self) -> String {
        let file = self.file.clone();
        self.with_rest(file)
    }

    fn with_rest(&self, mut over: Sha256) -> String {
        if self.filled > 0 {
            over.update(self.block.clone().finalize());
        }
        hex(&over.finalize())
    }
}

/// The content hash of a file of one block, from its SHA-256 in hex; `None` for
/// other files, and for what is no such hash.
pub(crate) fn of_one_block(size: u64, sha256: &str) -> Option<String> {
    let is_one = (1..=BLOCK as u64).contains(&size);
    if !is_one || sha256.len() != 64 || !sha256.is_ascii() {
        return None;
    }
    let byte = |at: usize| u8::from_str_radix(sha256.get(at..at + 2)?, 16).ok();
    let digest: Option<Vec<u8>> = (0..64).step_by(2).map(byte).collect();
    Some(hex(&Sha256::digest(digest?)))
}

/// The content hash of bytes that are already here, in one go.
pub(crate) fn of<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = ContentHash::default();
    for piece in pieces {
        hash.update(piece);
    }
    hash.finish()
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As the description has it, word for word.
    fn naive(bytes: &[u8]) -> String {
        let digests = bytes
            .chunks(BLOCK)
            .flat_map(|block| Sha256::digest(block).to_vec());
        hex(&Sha256::digest(digests.collect::<Vec<u8>>()))
    }

    #[test]
    fn known_answers_of_the_reference_hasher() {
        let zeros = vec![0; 2 * BLOCK];
        for (bytes, hash) in [
            (
                &[][..],
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            ),
            (
                b"hello",
                "9595c9df90075148eb06860365df33584b75bff782a510c6cd4883a419833d50",
            ),
            (
                &zeros[..BLOCK],
                "c7e946d101855255d919ef0c70718633adf77d3dfb3adeeecf5d0cb4e951be58",
            ),
            (
                &zeros[..=BLOCK],
                "14a4d47f23a30177885d9820122f17d2d3a55fe63f7f5c27b95f689e0b2accd6",
            ),
            (
                &zeros,
                "03ae066c707c588592d9e27aa2444ca98423e0999024f1ceaa11a153790b37de",
            ),
        ] {
            assert_eq!(of([bytes]), hash);
        }
        assert_eq!(of([&zeros[..BLOCK - 1]]), naive(&zeros[..BLOCK - 1]));
    }

    fn pattern(length: usize) -> Vec<u8> {
        let byte = |at: usize| u8::try_from(at % 251).unwrap_or_default();
        (0..length).map(byte).collect()
    }

    #[test]
    fn a_file_of_one_block_is_known_by_its_sha256() {
        for length in [1, 5, BLOCK - 1, BLOCK] {
            let bytes = pattern(length);
            let sha256 = hex(&Sha256::digest(&bytes));
            assert_eq!(of_one_block(length as u64, &sha256), Some(naive(&bytes)));
        }
        let sha256 = hex(&Sha256::digest([]));
        assert_eq!(of_one_block(0, &sha256), None);
        assert_eq!(of_one_block(BLOCK as u64 + 1, &sha256), None);
        for no_hash in ["", "aa", &"g".repeat(64), &"é".repeat(32), &"a".repeat(65)] {
            assert_eq!(of_one_block(1, no_hash), None);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]

        /// However the bytes arrive, and wherever they are cut into calls.
        #[test]
        fn streaming_and_cutting_change_nothing(
            length in 0_usize..3 * BLOCK,
            step in 1_usize..BLOCK,
            cuts in proptest::collection::vec(0_usize..3 * BLOCK, 0..4),
            border in proptest::bool::ANY,
        ) {
            let bytes = pattern(length);
            let mut cuts: Vec<usize> = cuts.into_iter().map(|at| at.min(length)).collect();
            cuts.extend([length].into_iter().chain(border.then_some(BLOCK.min(length))));
            cuts.sort_unstable();
            let mut hash = ContentHash::default();
            let mut from = 0;
            for to in cuts {
                let piece = &bytes[from..to];
                piece.chunks(step).for_each(|part| hash.update(part));
                prop_assert_eq!(hash.cut([piece]), naive(piece));
                from = to;
            }
            prop_assert_eq!(hash.finish(), naive(&bytes));
        }
    }
}
