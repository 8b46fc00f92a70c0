//! Sessions: how one begins, is found, changes hands and ends. The database
//! knows only the hash of what the browser holds.

use std::time::Duration;

use axum::http::HeaderMap;
use domain::Result;
use domain::connection::ConnectionId;
use domain::grant::{Grant, Provider};
use domain::session::{Session, SessionKey, SignedIn};

use crate::cookie;
use crate::secrets::{hash, word};
use crate::state::State;

/// Unused for so long, a Session is over.
const IDLE_MS: i64 = 2 * 60 * 60 * 1000;
/// After so long, any Session is over.
const WHOLE_MS: i64 = 12 * 60 * 60 * 1000;
/// How exact "last seen" is.
const SEEN_MS: i64 = 60 * 1000;

/// How long somebody waits for a grant to be ended at its provider.
const REVOKE: Duration = Duration::from_secs(10);

/// The key of a word.
pub(crate) fn key(word: &str) -> SessionKey {
    SessionKey::new(hash(word))
}

/// Begins one, and returns the word for the cookie with it. It is not kept
/// yet.
pub(crate) fn begin(state: &State) -> (Session, String) {
    let word = word(state);
    let now_ms = state.now_ms();
    let session = Session {
        key: key(&word),
        viewer: None,
        unconfirmed: None,
        may_set_up: false,
        notice: None,
        begun_ms: now_ms,
        seen_ms: now_ms,
    };
    (session, word)
}

/// The word that the browser holds and its Session, if it is one.
pub(crate) async fn find(
    state: &State,
    headers: &HeaderMap,
) -> Result<(Option<String>, Option<Session>)> {
    let Some(word) = cookie::read(headers, state.options.is_https()) else {
        return Ok((None, None));
    };
    let Some(mut session) = state.store.session(&key(&word)).await? else {
        return Ok((Some(word), None));
    };
    let now_ms = state.now_ms();
    if is_over(&session, now_ms) {
        end(state, &session).await?;
        return Ok((Some(word), None));
    }
    if now_ms - session.seen_ms >= SEEN_MS {
        session.seen_ms = now_ms;
        if !state.store.change_session(&session).await? {
            return Ok((Some(word), None));
        }
    }
    Ok((Some(word), Some(session)))
}

/// A clock that jumped back far ends Sessions rather than lengthening them.
fn is_over(session: &Session, now_ms: i64) -> bool {
    let unused = now_ms - session.seen_ms;
    let whole = now_ms - session.begun_ms;
    !(-IDLE_MS..IDLE_MS).contains(&unused) || !(-IDLE_MS..WHOLE_MS).contains(&whole)
}

/// Ends a Session with its trips. The grants that it held are revoked: they
/// were never a Connection's. Them first: once the Session is gone, nobody
/// would find them.
pub(crate) async fn end(state: &State, session: &Session) -> Result<()> {
    drop_held(state, session).await?;
    state.store.end_session(&session.key).await?;
    Ok(())
}

/// Ends what nobody used for long, with the grants it held. For a clock
/// outside; pages do not depend on it.
pub(crate) async fn sweep(state: &State) -> Result<()> {
    let now_ms = state.now_ms();
    let over = state
        .store
        .old_sessions(now_ms - IDLE_MS, now_ms - WHOLE_MS)
        .await?;
    let mut done = Ok(());
    for session in over {
        // One that cannot be ended now is found again; the others are ended.
        let ended = end(state, &session).await;
        done = done.and(ended);
    }
    let swept = state
        .store
        .sweep_trips(now_ms - crate::trip::LONGEST_MS)
        .await;
    done.and(swept)
}

/// Where a Session's grant lies while no Connection needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    /// Of somebody who has not said yet that it is them.
    Unconfirmed,
    /// Of the Viewer.
    Viewer,
}

/// The place in the vault.
fn place(key: &SessionKey, slot: Slot) -> ConnectionId {
    match slot {
        Slot::Unconfirmed => ConnectionId::new(format!("session/{key}/unconfirmed")),
        Slot::Viewer => ConnectionId::new(format!("session/{key}")),
    }
}

/// The grant that a Session holds for somebody.
pub(crate) async fn held(
    state: &State,
    key: &SessionKey,
    whose: &SignedIn,
    slot: Slot,
) -> Result<Option<Grant>> {
    state
        .store
        .grant(&whose.account, &place(key, slot), Provider::Source)
        .await
}

/// Holds a grant for somebody.
pub(crate) async fn hold(
    state: &State,
    key: &SessionKey,
    whose: &SignedIn,
    slot: Slot,
    grant: &Grant,
) -> Result<()> {
    state
        .store
        .keep_grant(&whose.account, &place(key, slot), Provider::Source, grant)
        .await
}

/// Forgets a held grant without ending it: it went elsewhere.
pub(crate) async fn let_go(
    state: &State,
    key: &SessionKey,
    whose: &SignedIn,
    slot: Slot,
) -> Result<()> {
    state
        .store
        .erase_grants(&whose.account, &place(key, slot))
        .await
}

/// Forgets the grant in one slot and ends it at the provider.
pub(crate) async fn drop_slot(
    state: &State,
    key: &SessionKey,
    whose: &SignedIn,
    slot: Slot,
) -> Result<()> {
    if let Some(grant) = held(state, key, whose, slot).await? {
        // Also where the memory does not say that it is gone: it may be, and
        // then nobody could end it any more.
        let gone = let_go(state, key, whose, slot).await;
        revoke(state, Provider::Source, &grant).await;
        gone?;
    }
    Ok(())
}

/// Ends the grants that a Session holds.
pub(crate) async fn drop_held(state: &State, session: &Session) -> Result<()> {
    let unconfirmed = match &session.unconfirmed {
        Some(whose) => drop_slot(state, &session.key, whose, Slot::Unconfirmed).await,
        None => Ok(()),
    };
    let viewer = match &session.viewer {
        Some(whose) => drop_slot(state, &session.key, whose, Slot::Viewer).await,
        None => Ok(()),
    };
    unconfirmed.and(viewer)
}

/// Ends a grant at its provider, as well as can be. Returns whether the
/// provider said so.
pub(crate) async fn revoke(state: &State, end: Provider, grant: &Grant) -> bool {
    let ending = async {
        let dance = state.providers.sign_in(end).await?;
        dance.revoke(grant).await
    };
    match tokio::time::timeout(REVOKE, ending).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::warn!(kind = error.kind().word(), "a grant could not be revoked");
            false
        }
        Err(_) => {
            tracing::warn!("a grant was not revoked in time");
            false
        }
    }
}
