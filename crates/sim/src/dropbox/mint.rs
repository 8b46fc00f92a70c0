//! Mints what the live service makes up: ids, tokens, request ids, and the
//! random dots behind an error summary.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::dice::Dice;

/// A source of unguessable-looking names. Seeded, but with the start time in
/// the seed: a restarted simulator must not mint yesterday's ids again.
#[derive(Debug)]
pub(super) struct Mint {
    dice: Dice,
    minted: AtomicU64,
}

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

impl Mint {
    pub(super) fn new(seed: u64, now_ms: i64) -> Self {
        Self {
            dice: Dice::new(seed).of("mint").at(now_ms.cast_unsigned()),
            minted: AtomicU64::new(0),
        }
    }

    fn next(&self) -> Dice {
        self.dice.at(self.minted.fetch_add(1, Ordering::Relaxed))
    }

    /// `length` characters of the URL-safe base64 alphabet.
    pub(super) fn text(&self, length: usize) -> String {
        let dice = self.next();
        (0_u64..)
            .take(length)
            .map(|n| char::from(*dice.at(n).pick(LETTERS)))
            .collect()
    }

    /// A number that is never 0.
    pub(super) fn number(&self) -> u64 {
        self.next().bits() | 1
    }

    /// 32 hexadecimal digits, as in `X-Dropbox-Request-Id`.
    pub(super) fn request_id(&self) -> String {
        let dice = self.next();
        format!("{:016x}{:016x}", dice.at(0).bits(), dice.at(1).bits())
    }

    /// None to three dots: the service varies its summaries so that nobody
    /// compares them.
    pub(super) fn dots(&self) -> &'static str {
        const DOTS: [&str; 4] = ["", ".", "..", "..."];
        self.next().pick::<&str>(&DOTS)
    }
}
