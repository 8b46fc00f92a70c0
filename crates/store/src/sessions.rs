//! Who is looking: browsers, the trips they are on, and personal tokens. None
//! of them can be used by who only holds a copy of the database.

use async_trait::async_trait;
use domain::account::{AccountId, ExtensionId};
use domain::ports::Sessions;
use domain::session::{ApiToken, Errand, Session, SessionKey, TripRecord};
use domain::{Result, Secret};
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::database::Database;
use crate::fault::{Fault, unreadable};
use crate::list::{json, keys, plain};
use crate::seal::{Cell, open, seal};
use crate::statements::statements;

statements! {
    KEEP_SESSION = "insert into session (key, body, begun_ms, seen_ms) values ($1, $2, $3, $4)
        on conflict (key) do update set body = excluded.body, begun_ms = excluded.begun_ms,
            seen_ms = excluded.seen_ms";

    CHANGE_SESSION = "update session set body = $2, begun_ms = $3, seen_ms = $4 where key = $1";

    SESSION = "select body from session where key = $1";

    END_SESSION = "delete from session where key = $1";

    OLD_SESSIONS = "select key, body from session where seen_ms < $1 or begun_ms < $2";

    END_TRIPS = "delete from trip where session_key in (select r.key from json_each($1) as r)";

    KEEP_TRIP = "insert into trip (state_hash, session_key, errand, key_id, verifier,
            redirect_uri, begun_ms)
        values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (state_hash) do update set session_key = excluded.session_key,
            errand = excluded.errand, key_id = excluded.key_id, verifier = excluded.verifier,
            redirect_uri = excluded.redirect_uri, begun_ms = excluded.begun_ms";

    /// Given once: whoever deletes the row has it.
    TAKE_TRIP = "delete from trip where state_hash = $1 and session_key = $2
        returning errand, verifier, redirect_uri, begun_ms";

    SWEEP_TRIPS = "delete from trip where begun_ms < $1";

    KEEP_TOKEN = "insert into api_token (id, hash, account_id, extension_id, name, admin,
            may_change, made_ms, ends_ms, used_ms)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        on conflict (id) do update set hash = excluded.hash, name = excluded.name,
            admin = excluded.admin, may_change = excluded.may_change,
            made_ms = excluded.made_ms, ends_ms = excluded.ends_ms, used_ms = excluded.used_ms
        where api_token.account_id = excluded.account_id
            and api_token.extension_id = excluded.extension_id";

    TOKEN_USED = "update api_token set used_ms = $2 where id = $1";

    TOKEN = "select id, hash, account_id, extension_id, name, admin, may_change, made_ms,
            ends_ms, used_ms
        from api_token where hash = $1";

    TOKENS = "select id, hash, account_id, extension_id, name, admin, may_change, made_ms,
            ends_ms, used_ms
        from api_token where account_id = $1 and extension_id = $2
        order by made_ms desc, id";

    END_TOKEN = "delete from api_token where id = $3 and account_id = $1 and extension_id = $2";
}

#[async_trait]
impl Sessions for Database {
    async fn keep_session(&self, session: &Session) -> Result<()> {
        self.attempt("keeping a session", || self.put_session(session))
            .await
    }

    async fn change_session(&self, session: &Session) -> Result<bool> {
        self.attempt("changing a session", || self.put_changed(session))
            .await
    }

    async fn session(&self, key: &SessionKey) -> Result<Option<Session>> {
        self.attempt("reading a session", || self.one_session(key))
            .await
    }

    async fn end_session(&self, key: &SessionKey) -> Result<bool> {
        self.attempt("ending a session", || self.drop_session(key))
            .await
    }

    async fn old_sessions(&self, seen_ms: i64, begun_ms: i64) -> Result<Vec<Session>> {
        self.attempt("finding old sessions", || {
            self.find_old_sessions(seen_ms, begun_ms)
        })
        .await
    }

    async fn keep_trip(&self, trip: &TripRecord) -> Result<()> {
        self.attempt("keeping a sign-in", || self.put_trip(trip))
            .await
    }

    async fn take_trip(
        &self,
        state_hash: &str,
        session: &SessionKey,
    ) -> Result<Option<TripRecord>> {
        self.attempt("taking up a sign-in", || {
            self.give_trip(state_hash, session)
        })
        .await
    }

    async fn sweep_trips(&self, begun_ms: i64) -> Result<()> {
        self.attempt("forgetting old sign-ins", || self.drop_trips(begun_ms))
            .await
    }

    async fn keep_api_token(&self, token: &ApiToken) -> Result<()> {
        self.attempt("keeping a token", || self.put_token(token))
            .await
    }

    async fn token_used(&self, id: &str, used_ms: i64) -> Result<()> {
        self.attempt("noting that a token was used", || {
            self.put_used(id, used_ms)
        })
        .await
    }

    async fn api_token(&self, hash: &str) -> Result<Option<ApiToken>> {
        self.attempt("looking a token up", || self.one_token(hash))
            .await
    }

    async fn api_tokens(
        &self,
        account: &AccountId,
        extension: &ExtensionId,
    ) -> Result<Vec<ApiToken>> {
        self.attempt("reading tokens", || self.some_tokens(account, extension))
            .await
    }

    async fn end_api_token(
        &self,
        account: &AccountId,
        extension: &ExtensionId,
        id: &str,
    ) -> Result<()> {
        self.attempt("ending a token", || self.drop_token(account, extension, id))
            .await
    }
}

impl Database {
    async fn put_session(&self, session: &Session) -> Result<(), Fault> {
        let mut tx = self.begin_alone().await?;
        sqlx::query(KEEP_SESSION)
            .bind(session.key.as_str())
            .bind(json(session)?)
            .bind(session.begun_ms)
            .bind(session.seen_ms)
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    async fn put_used(&self, id: &str, used_ms: i64) -> Result<(), Fault> {
        let mut tx = self.begin_alone().await?;
        sqlx::query(TOKEN_USED)
            .bind(id)
            .bind(used_ms)
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    async fn put_changed(&self, session: &Session) -> Result<bool, Fault> {
        let mut tx = self.begin_alone().await?;
        let done = sqlx::query(CHANGE_SESSION)
            .bind(session.key.as_str())
            .bind(json(session)?)
            .bind(session.begun_ms)
            .bind(session.seen_ms)
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        tx.commit().await?;
        Ok(true)
    }

    async fn one_session(&self, key: &SessionKey) -> Result<Option<Session>, Fault> {
        let body: Option<String> = sqlx::query_scalar(SESSION)
            .bind(key.as_str())
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        // One of another version is no longer valid: its user signs in again.
        Ok(body.and_then(|body| serde_json::from_str(&body).ok()))
    }

    async fn drop_session(&self, key: &SessionKey) -> Result<bool, Fault> {
        let mut tx = self.begin_alone().await?;
        let done = sqlx::query(END_SESSION)
            .bind(key.as_str())
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query(END_TRIPS)
            .bind(keys([key.as_str()].into_iter())?)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn find_old_sessions(&self, seen_ms: i64, begun_ms: i64) -> Result<Vec<Session>, Fault> {
        let mut tx = self.begin_alone().await?;
        let rows = sqlx::query(OLD_SESSIONS)
            .bind(seen_ms)
            .bind(begun_ms)
            .fetch_all(&mut *tx)
            .await?;
        let mut old = Vec::with_capacity(rows.len());
        for row in &rows {
            match serde_json::from_str(row.try_get("body")?) {
                Ok(session) => old.push(session),
                // Of another release: nobody could end it by what it says.
                Err(_) => {
                    sqlx::query(END_SESSION)
                        .bind(row.try_get::<String, _>("key")?)
                        .execute(&mut *tx)
                        .await?;
                }
            }
        }
        tx.commit().await?;
        Ok(old)
    }

    async fn put_trip(&self, trip: &TripRecord) -> Result<(), Fault> {
        let cell = verifier_of(&trip.state_hash, &trip.session);
        let sealed = seal(&self.key, &cell, trip.verifier.expose().as_bytes())?;
        let mut tx = self.begin_alone().await?;
        sqlx::query(KEEP_TRIP)
            .bind(&trip.state_hash)
            .bind(trip.session.as_str())
            .bind(trip.errand.word())
            .bind(self.key.id())
            .bind(sealed)
            .bind(&trip.redirect_uri)
            .bind(trip.begun_ms)
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    async fn give_trip(
        &self,
        state_hash: &str,
        session: &SessionKey,
    ) -> Result<Option<TripRecord>, Fault> {
        let mut tx = self.begin_alone().await?;
        let row = sqlx::query(TAKE_TRIP)
            .bind(plain(state_hash))
            .bind(session.as_str())
            .fetch_optional(&mut *tx)
            .await?;
        tx.commit().await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let sealed: String = row.try_get("verifier")?;
        let verifier = open(&self.key, &verifier_of(state_hash, session), &sealed)?;
        let errand: String = row.try_get("errand")?;
        Ok(Some(TripRecord {
            state_hash: state_hash.to_owned(),
            session: session.clone(),
            errand: Errand::from_word(&errand).ok_or_else(|| unreadable("a sign-in"))?,
            verifier: secret_of(&verifier)?,
            redirect_uri: row.try_get("redirect_uri")?,
            begun_ms: row.try_get("begun_ms")?,
        }))
    }

    async fn drop_trips(&self, begun_ms: i64) -> Result<(), Fault> {
        let mut tx = self.begin_alone().await?;
        sqlx::query(SWEEP_TRIPS)
            .bind(begun_ms)
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    async fn put_token(&self, token: &ApiToken) -> Result<(), Fault> {
        let mut tx = self.begin_alone().await?;
        sqlx::query(KEEP_TOKEN)
            .bind(&token.id)
            .bind(&token.hash)
            .bind(token.account.as_str())
            .bind(token.extension.as_str())
            .bind(plain(&token.name))
            .bind(i64::from(token.admin))
            .bind(i64::from(token.may_change))
            .bind(token.made_ms)
            .bind(token.ends_ms)
            .bind(token.used_ms)
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    async fn one_token(&self, hash: &str) -> Result<Option<ApiToken>, Fault> {
        let row = sqlx::query(TOKEN)
            .bind(plain(hash))
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        row.map(|row| token_of(&row)).transpose()
    }

    async fn some_tokens(
        &self,
        account: &AccountId,
        extension: &ExtensionId,
    ) -> Result<Vec<ApiToken>, Fault> {
        let rows = sqlx::query(TOKENS)
            .bind(account.as_str())
            .bind(extension.as_str())
            .fetch_all(&mut *self.reader().await?)
            .await?;
        rows.iter().map(token_of).collect()
    }

    async fn drop_token(
        &self,
        account: &AccountId,
        extension: &ExtensionId,
        id: &str,
    ) -> Result<(), Fault> {
        let mut tx = self.begin_alone().await?;
        sqlx::query(END_TOKEN)
            .bind(account.as_str())
            .bind(extension.as_str())
            .bind(plain(id))
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }
}

fn verifier_of<'a>(state_hash: &'a str, session: &'a SessionKey) -> Cell<'a> {
    Cell::Verifier {
        state_hash,
        session: session.as_str(),
    }
}

/// What was sealed as text.
pub(crate) fn secret_of(bytes: &[u8]) -> Result<Secret, Fault> {
    let text = std::str::from_utf8(bytes).map_err(|_| unreadable("a secret"))?;
    Ok(Secret::new(text))
}

fn token_of(row: &AnyRow) -> Result<ApiToken, Fault> {
    Ok(ApiToken {
        id: row.try_get("id")?,
        hash: row.try_get("hash")?,
        account: AccountId::new(row.try_get::<String, _>("account_id")?),
        extension: ExtensionId::new(row.try_get::<String, _>("extension_id")?),
        name: row.try_get("name")?,
        admin: row.try_get::<i64, _>("admin")? != 0,
        may_change: row.try_get::<i64, _>("may_change")? != 0,
        made_ms: row.try_get("made_ms")?,
        ends_ms: row.try_get("ends_ms")?,
        used_ms: row.try_get("used_ms")?,
    })
}
