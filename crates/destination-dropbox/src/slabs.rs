//! Bytes in memory in blocks of one size. Buffers as long as the files, which
//! come and go in every size, leave holes that nothing fits into: the process
//! then holds several times what it was allowed.

use bytes::{Bytes, BytesMut};

/// A block, in bytes.
const SLAB: usize = 64 << 10;
/// More allocated than used is only kept below this.
const SLACK: usize = 4 << 10;

/// What came so far.
#[derive(Default)]
pub(crate) struct Slabs {
    full: Vec<Bytes>,
    filling: BytesMut,
    length: usize,
}

impl Slabs {
    /// Bytes in all.
    pub(crate) fn len(&self) -> usize {
        self.length
    }

    /// Takes bytes in. `expected` is how many there will be in all, if that is
    /// known: a small file needs no whole block.
    pub(crate) fn extend(&mut self, mut bytes: &[u8], expected: Option<usize>) {
        while !bytes.is_empty() {
            if self.filling.capacity() == self.filling.len() {
                self.seal();
                let rest = expected.map_or(SLAB, |all| all.saturating_sub(self.length));
                self.filling = BytesMut::with_capacity(rest.clamp(bytes.len().min(SLAB), SLAB));
            }
            let space = self.filling.capacity() - self.filling.len();
            let (now, later) = bytes.split_at(space.min(bytes.len()));
            self.filling.extend_from_slice(now);
            self.length += now.len();
            bytes = later;
        }
    }

    /// All of them so far, in order.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &[u8]> {
        let full = self.full.iter().map(AsRef::as_ref);
        full.chain([self.filling.as_ref()])
    }

    /// All of them, in order. The last block is cut to what it holds.
    pub(crate) fn freeze(mut self) -> Vec<Bytes> {
        if self.filling.capacity() - self.filling.len() > SLACK {
            self.filling = BytesMut::from(&self.filling[..]);
        }
        self.seal();
        self.full
    }

    fn seal(&mut self) {
        let sealed = std::mem::take(&mut self.filling);
        if !sealed.is_empty() {
            self.full.push(sealed.freeze());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn bytes_come_out_as_they_went_in_and_in_blocks(
            parts in proptest::collection::vec(0_usize..3 * SLAB, 0..8),
            told in proptest::option::of(0_usize..4 * SLAB),
        ) {
            let byte = |at: usize| u8::try_from(at % 251).unwrap_or_default();
            let all: Vec<u8> = (0..parts.iter().sum()).map(byte).collect();
            let mut slabs = Slabs::default();
            let mut at = 0;
            for part in &parts {
                slabs.extend(&all[at..at + part], told);
                at += part;
            }
            prop_assert_eq!(slabs.len(), all.len());
            let parts: Vec<&[u8]> = slabs.parts().collect();
            prop_assert_eq!(parts.concat(), all.clone());
            let blocks = slabs.freeze();
            prop_assert!(blocks.iter().all(|it| !it.is_empty() && it.len() <= SLAB));
            prop_assert_eq!(blocks.concat(), all);
        }
    }
}
