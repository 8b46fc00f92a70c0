//! Sessions and their tokens, with the rotation rules of the developer guide
//! (refresh tokens): single use, a short overlap, and a replay for answers
//! that got lost.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

use crate::dice::Dice;
use crate::ringcentral::Options;
use crate::ringcentral::error::ApiError;

/// How long a dead access token is called corrupted before it is not found.
const CORRUPTED_MS: i64 = 10_000;
/// Life of an authorization code (developer guide, auth code flow).
pub(crate) const CODE_MS: i64 = 60_000;
/// Dead tokens remembered.
const GRAVES: usize = 10_000;

/// Who an access token stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Viewer {
    /// Place of the extension in the company.
    pub(crate) user: u16,
    pub(crate) client: String,
}

/// All sessions, codes and recently dead tokens.
#[derive(Debug)]
pub(crate) struct Sessions {
    dice: Dice,
    minted: u64,
    open: Vec<Session>,
    codes: HashMap<String, Code>,
    graves: HashMap<String, i64>,
}

#[derive(Clone, Debug)]
struct Token {
    value: String,
    expires_ms: i64,
}

#[derive(Clone, Debug)]
struct Session {
    viewer: Viewer,
    access: Token,
    refresh: Option<Token>,
    /// When the access token was first used.
    used_at: Option<i64>,
    /// The refresh token that this pair was got with, and when.
    previous: Option<(String, i64)>,
    lives: Lives,
}

/// Lives of a session's tokens, in seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lives {
    pub(crate) access_s: u32,
    pub(crate) refresh_s: u32,
}

/// A consent that waits to be exchanged.
#[derive(Clone, Debug)]
pub(crate) struct Code {
    pub(crate) viewer: Viewer,
    pub(crate) redirect_uri: String,
    /// PKCE: method and challenge.
    pub(crate) challenge: Option<(String, String)>,
    pub(crate) expires_ms: i64,
}

/// A pair of tokens as the token endpoint answers it.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    pub(crate) viewer: Viewer,
    pub(crate) access: String,
    pub(crate) access_expires_s: i64,
    pub(crate) refresh: Option<(String, i64)>,
}

impl Sessions {
    pub(crate) fn new(dice: Dice) -> Self {
        Self {
            dice,
            minted: 0,
            open: Vec::new(),
            codes: HashMap::new(),
            graves: HashMap::new(),
        }
    }

    /// A new session; the oldest one of this user and application goes if
    /// there are too many.
    pub(crate) fn open(
        &mut self,
        viewer: Viewer,
        lives: Lives,
        options: &Options,
        now_ms: i64,
    ) -> Pair {
        while self.open.iter().filter(|s| s.viewer == viewer).count()
            >= options.sessions_per_user.max(1)
        {
            if let Some(oldest) = self.open.iter().position(|s| s.viewer == viewer) {
                self.close(oldest, now_ms);
            }
        }
        let session = Session {
            access: self.mint(lives.access_s, now_ms),
            refresh: options
                .refresh_tokens
                .then(|| self.mint(lives.refresh_s, now_ms)),
            used_at: None,
            previous: None,
            viewer,
            lives,
        };
        let pair = session.pair(now_ms);
        self.open.push(session);
        pair
    }

    /// Who the token stands for; its use is noted.
    pub(crate) fn authenticate(&mut self, token: &str, now_ms: i64) -> Result<Viewer, ApiError> {
        if let Some(session) = self.open.iter_mut().find(|s| s.access.value == token) {
            if session.access.expires_ms <= now_ms {
                return Err(ApiError::new(401, "OAU-128", "Access token expired"));
            }
            session.used_at.get_or_insert(now_ms);
            return Ok(session.viewer.clone());
        }
        Err(match self.graves.get(token) {
            Some(died_at) if now_ms - died_at < CORRUPTED_MS => {
                ApiError::new(401, "OAU-129", "Access token corrupted")
            }
            Some(_) => ApiError::new(401, "OAU-213", "Token not found"),
            None => ApiError::new(401, "OAU-149", "OAuth token is invalid"),
        })
    }

    /// Rotates, or repeats the last rotation while that is allowed. `None` if
    /// the token is dead or unknown.
    pub(crate) fn refresh(
        &mut self,
        token: &str,
        client: &str,
        options: &Options,
        now_ms: i64,
    ) -> Option<Pair> {
        let current = |s: &Session| {
            s.refresh
                .as_ref()
                .is_some_and(|r| r.value == token && r.expires_ms > now_ms)
        };
        let mine = |s: &Session| s.viewer.client == client;
        if let Some(index) = self.open.iter().position(|s| mine(s) && current(s)) {
            let lives = self.open[index].lives;
            let (access, refresh) = (
                self.mint(lives.access_s, now_ms),
                self.mint(lives.refresh_s, now_ms),
            );
            let session = &mut self.open[index];
            let old = std::mem::replace(&mut session.access, access);
            session.refresh = Some(refresh);
            session.used_at = None;
            session.previous = Some((token.to_owned(), now_ms));
            let pair = session.pair(now_ms);
            self.bury(old.value, now_ms);
            return Some(pair);
        }
        let repeatable = |s: &&Session| {
            s.previous.as_ref().is_some_and(|(previous, rotated_at)| {
                previous == token
                    && match s.used_at {
                        Some(used_at) => now_ms - used_at <= options.refresh_grace_ms,
                        None => now_ms - rotated_at <= options.refresh_replay_ms,
                    }
            })
        };
        self.open
            .iter()
            .filter(|s| mine(s))
            .find(repeatable)
            .map(|s| s.pair(now_ms))
    }

    /// Ends the session that has this token, whichever of the two it is.
    pub(crate) fn revoke(&mut self, token: &str, now_ms: i64) {
        let has = |s: &Session| {
            s.access.value == token || s.refresh.as_ref().is_some_and(|r| r.value == token)
        };
        if let Some(index) = self.open.iter().position(has) {
            self.close(index, now_ms);
        }
    }

    pub(crate) fn end_all(&mut self, now_ms: i64) {
        while !self.open.is_empty() {
            self.close(0, now_ms);
        }
    }

    /// A code for a consent.
    pub(crate) fn consent(&mut self, code: Code) -> String {
        self.minted += 1;
        let value = secret(self.dice.of("code").at(self.minted), 40);
        self.codes.insert(value.clone(), code);
        value
    }

    /// Spends a code, even if what follows fails.
    pub(crate) fn spend(&mut self, code: &str) -> Option<Code> {
        self.codes.remove(code)
    }

    fn close(&mut self, index: usize, now_ms: i64) {
        let session = self.open.remove(index);
        self.bury(session.access.value, now_ms);
    }

    fn bury(&mut self, access: String, now_ms: i64) {
        if self.graves.len() >= GRAVES {
            self.graves.clear();
        }
        self.graves.insert(access, now_ms);
    }

    fn mint(&mut self, life_s: u32, now_ms: i64) -> Token {
        self.minted += 1;
        let value = format!(
            "U1BCMDFUMDRKV1MwMXx{}",
            secret(self.dice.at(self.minted), 66)
        );
        Token {
            value,
            expires_ms: now_ms + i64::from(life_s) * 1_000,
        }
    }
}

impl Session {
    fn pair(&self, now_ms: i64) -> Pair {
        let left = |token: &Token| (token.expires_ms - now_ms) / 1_000;
        Pair {
            viewer: self.viewer.clone(),
            access: self.access.value.clone(),
            access_expires_s: left(&self.access),
            refresh: self
                .refresh
                .as_ref()
                .map(|token| (token.value.clone(), left(token))),
        }
    }
}

/// `len` characters that nobody guesses (from the seed, though).
fn secret(dice: Dice, len: usize) -> String {
    let bytes: Vec<u8> = (0..8)
        .flat_map(|n| dice.at(n).bits().to_be_bytes())
        .collect();
    let mut text = BASE64.encode(bytes);
    text.truncate(len);
    text
}
