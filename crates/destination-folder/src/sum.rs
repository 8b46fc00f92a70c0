//! The bytes of a file that lies on the disk: how many, and their sha256.

use std::io::{self, Read};

use bytes::Bytes;
use sha2::{Digest, Sha256};

/// Bytes that are held at once, on the way in and on the way back.
pub(crate) const PORTION: usize = 256 * 1024;

/// Size and hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sum {
    pub(crate) size: u64,
    /// sha256, lower-case hex.
    pub(crate) sha256: String,
}

/// Adds up bytes as they pass.
#[derive(Default)]
pub(crate) struct Summing {
    size: u64,
    hash: Sha256,
}

impl Summing {
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.size += bytes.len() as u64;
        self.hash.update(bytes);
    }

    pub(crate) fn sum(self) -> Sum {
        Sum {
            size: self.size,
            sha256: format!("{:x}", Bytes::copy_from_slice(&self.hash.finalize())),
        }
    }
}

/// Reads to the end.
pub(crate) fn sum_of(mut file: impl Read) -> io::Result<Sum> {
    let mut portion = vec![0; PORTION];
    let mut summing = Summing::default();
    loop {
        match file.read(&mut portion) {
            Ok(0) => return Ok(summing.sum()),
            Ok(read) => summing.add(&portion[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
