//! Who is looking: browsers and personal tokens.

use async_trait::async_trait;

use crate::account::{AccountId, ExtensionId};
use crate::error::Result;
use crate::session::{ApiToken, Session, SessionKey, TripRecord};

/// Sessions, the trips they are on, and personal tokens. What is no longer
/// valid is simply not there.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// Keeps a Session (insert or update by its key).
    async fn keep_session(&self, session: &Session) -> Result<()>;

    /// Changes a Session that is there. One that has ended stays ended, however
    /// late this comes. Returns whether it is there.
    async fn change_session(&self, session: &Session) -> Result<bool>;

    /// The Session with this key.
    async fn session(&self, key: &SessionKey) -> Result<Option<Session>>;

    /// Ends a Session and its trips. May be repeated. Returns whether it was
    /// there: of many who end it at the same time, one hears `true`.
    async fn end_session(&self, key: &SessionKey) -> Result<bool>;

    /// Every Session last seen before `seen_ms` or begun before `begun_ms`.
    /// They are still there: who ends them clears up first what they hold.
    async fn old_sessions(&self, seen_ms: i64, begun_ms: i64) -> Result<Vec<Session>>;

    /// Keeps a trip.
    async fn keep_trip(&self, trip: &TripRecord) -> Result<()>;

    /// Takes the trip with this hash, begun by this Session: the same one is
    /// never given twice, whoever asks at the same time. A trip of another
    /// Session is left alone.
    async fn take_trip(&self, state_hash: &str, session: &SessionKey)
    -> Result<Option<TripRecord>>;

    /// Forgets trips begun before this, milliseconds since 1970.
    async fn sweep_trips(&self, begun_ms: i64) -> Result<()>;

    /// Keeps a personal token (insert or update by its id).
    async fn keep_api_token(&self, token: &ApiToken) -> Result<()>;

    /// Notes when a token was last used. One that has ended stays ended.
    async fn token_used(&self, id: &str, used_ms: i64) -> Result<()>;

    /// The token with this hash.
    async fn api_token(&self, hash: &str) -> Result<Option<ApiToken>>;

    /// Somebody's tokens, newest first.
    async fn api_tokens(
        &self,
        account: &AccountId,
        extension: &ExtensionId,
    ) -> Result<Vec<ApiToken>>;

    /// Ends one of somebody's tokens; anybody else's is left alone.
    async fn end_api_token(
        &self,
        account: &AccountId,
        extension: &ExtensionId,
        id: &str,
    ) -> Result<()>;
}
