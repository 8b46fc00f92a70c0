//! Sessions, trips and personal tokens, in memory.

use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::Result;
use domain::account::{AccountId, ExtensionId};
use domain::session::{ApiToken, Session, SessionKey, TripRecord};

use super::Store;

#[derive(Default)]
pub(super) struct Sessions {
    browsers: BTreeMap<SessionKey, Session>,
    /// By the hash of their state.
    trips: BTreeMap<String, TripRecord>,
    /// By their id.
    tokens: BTreeMap<String, ApiToken>,
}

impl Sessions {
    fn end(&mut self, key: &SessionKey) -> Option<Session> {
        self.trips.retain(|_, trip| trip.session != *key);
        self.browsers.remove(key)
    }

    fn old(&self, seen_ms: i64, begun_ms: i64) -> Vec<Session> {
        let over = |it: &&Session| it.seen_ms < seen_ms || it.begun_ms < begun_ms;
        self.browsers.values().filter(over).cloned().collect()
    }
}

impl Store {
    fn sessions<T>(&self, at: impl FnOnce(&mut Sessions) -> T) -> T {
        at(&mut self.books.lock().unwrap().sessions)
    }
}

#[async_trait]
impl domain::ports::Sessions for Store {
    async fn keep_session(&self, session: &Session) -> Result<()> {
        let kept = session.clone();
        self.sessions(|book| book.browsers.insert(kept.key.clone(), kept));
        Ok(())
    }

    async fn session(&self, key: &SessionKey) -> Result<Option<Session>> {
        Ok(self.sessions(|book| book.browsers.get(key).cloned()))
    }

    async fn change_session(&self, session: &Session) -> Result<bool> {
        let kept = session.clone();
        Ok(self.sessions(|book| {
            let there = book.browsers.get_mut(&kept.key);
            there.map(|it| *it = kept).is_some()
        }))
    }

    async fn end_session(&self, key: &SessionKey) -> Result<bool> {
        Ok(self.sessions(|book| book.end(key).is_some()))
    }

    async fn old_sessions(&self, seen_ms: i64, begun_ms: i64) -> Result<Vec<Session>> {
        Ok(self.sessions(|book| book.old(seen_ms, begun_ms)))
    }

    async fn keep_trip(&self, trip: &TripRecord) -> Result<()> {
        let kept = trip.clone();
        self.sessions(|book| book.trips.insert(kept.state_hash.clone(), kept));
        Ok(())
    }

    async fn take_trip(
        &self,
        state_hash: &str,
        session: &SessionKey,
    ) -> Result<Option<TripRecord>> {
        Ok(self.sessions(|book| {
            let trip = book.trips.get(state_hash)?;
            (trip.session == *session).then(|| book.trips.remove(state_hash))?
        }))
    }

    async fn sweep_trips(&self, begun_ms: i64) -> Result<()> {
        self.sessions(|book| book.trips.retain(|_, trip| trip.begun_ms >= begun_ms));
        Ok(())
    }

    async fn keep_api_token(&self, token: &ApiToken) -> Result<()> {
        self.sessions(|book| {
            let known = book.tokens.get(&token.id);
            let own = known
                .is_none_or(|it| it.account == token.account && it.extension == token.extension);
            if own {
                book.tokens.insert(token.id.clone(), token.clone());
            }
        });
        Ok(())
    }

    async fn token_used(&self, id: &str, used_ms: i64) -> Result<()> {
        self.sessions(|book| {
            if let Some(token) = book.tokens.get_mut(id) {
                token.used_ms = Some(used_ms);
            }
        });
        Ok(())
    }

    async fn api_token(&self, hash: &str) -> Result<Option<ApiToken>> {
        Ok(self.sessions(|book| {
            let mut tokens = book.tokens.values();
            tokens.find(|it| it.hash == hash).cloned()
        }))
    }

    async fn api_tokens(
        &self,
        account: &AccountId,
        extension: &ExtensionId,
    ) -> Result<Vec<ApiToken>> {
        Ok(self.sessions(|book| {
            let tokens = book.tokens.values();
            let mut tokens: Vec<ApiToken> = tokens
                .filter(|it| it.account == *account && it.extension == *extension)
                .cloned()
                .collect();
            tokens.sort_by(|a, b| (b.made_ms, &a.id).cmp(&(a.made_ms, &b.id)));
            tokens
        }))
    }

    async fn end_api_token(
        &self,
        account: &AccountId,
        extension: &ExtensionId,
        id: &str,
    ) -> Result<()> {
        self.sessions(|book| {
            book.tokens.retain(|_, it| {
                it.id != id || it.account != *account || it.extension != *extension
            });
        });
        Ok(())
    }
}
