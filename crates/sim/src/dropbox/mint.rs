//! Mints what the live service makes up: ids, tokens, request ids, and the
//! random dots behind an error summary.

use std::sync::{Mutex, PoisonError};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A source of unguessable-looking names. Seeded, but with the start time in
/// the seed: a restarted simulator must not mint yesterday's ids again.
pub(super) struct Mint {
    stream: Mutex<ChaCha8Rng>,
}

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

impl Mint {
    pub(super) fn new(seed: u64, now_ms: i64) -> Self {
        let seed = seed ^ now_ms.cast_unsigned().rotate_left(20);
        Self {
            stream: Mutex::new(ChaCha8Rng::seed_from_u64(seed)),
        }
    }

    /// `length` characters of the URL-safe base64 alphabet.
    pub(super) fn text(&self, length: usize) -> String {
        let mut stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        (0..length)
            .map(|_| char::from(LETTERS[(stream.next_u32() & 63) as usize]))
            .collect()
    }

    /// A number that is never 0.
    pub(super) fn number(&self) -> u64 {
        let mut stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        stream.next_u64() | 1
    }

    /// 32 hexadecimal digits, as in `X-Dropbox-Request-Id`.
    pub(super) fn request_id(&self) -> String {
        let mut stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        format!("{:016x}{:016x}", stream.next_u64(), stream.next_u64())
    }

    /// None to three dots: the service varies its summaries so that nobody
    /// compares them.
    pub(super) fn dots(&self) -> &'static str {
        let mut stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        ["", ".", "..", "..."][(stream.next_u32() & 3) as usize]
    }
}
