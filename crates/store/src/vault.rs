//! The vault: Grants, sealed at rest. What a stolen copy of the database holds
//! of them is useless without the master key.

use std::time::Duration;

use async_trait::async_trait;
use domain::account::AccountId;
use domain::connection::ConnectionId;
use domain::grant::{Grant, Provider};
use domain::ports::Vault;
use domain::{Result, Secret};
use serde::{Deserialize, Serialize};
use sqlx::{Any, Row, Transaction};
use zeroize::Zeroizing;

use crate::database::Database;
use crate::fault::{Fault, unreadable};
use crate::seal::{Cell, open, seal};
use crate::statements::statements;

statements! {
    SEALED = "select generation, sealed from vault
        where account_id = $1 and connection_id = $2 and provider = $3";

    /// A grant is kept when it is given and when it is renewed: `kept_ms`
    /// tells its age by the database's clock.
    KEEP = "insert into vault (account_id, connection_id, provider, generation, key_id, sealed,
            kept_ms)
        values ($1, $2, $3, $4, $5, $6, cast(unixepoch('subsec') * 1000 as bigint))
        on conflict (account_id, connection_id, provider) do update set
            generation = excluded.generation, key_id = excluded.key_id,
            sealed = excluded.sealed, kept_ms = excluded.kept_ms";

    CONNECTED = "select connected from connection where account_id = $1 and id = $2";

    TAKE_RENEWAL = "insert into renewal (account_id, connection_id, provider, holder, until_ms)
        values ($1, $2, $3, $4, cast(unixepoch('subsec') * 1000 as bigint) + $5)
        on conflict (account_id, connection_id, provider) do update set
            holder = excluded.holder, until_ms = excluded.until_ms
        where renewal.until_ms <= cast(unixepoch('subsec') * 1000 as bigint)
            or renewal.until_ms > cast(unixepoch('subsec') * 1000 as bigint) + 2 * $5
            or renewal.holder = excluded.holder
        returning holder";

    END_RENEWAL = "delete from renewal
        where account_id = $1 and connection_id = $2 and provider = $3 and holder = $4";

    ERASE = "delete from vault where account_id = $1 and connection_id = $2";

    TAKE = "delete from vault where account_id = $1 and connection_id = $2
        returning provider, generation, sealed";
}

/// A Grant as it is sealed: going in it borrows its secrets, coming out it
/// owns them. Instants are text, so that nothing of them is lost.
#[derive(Serialize, Deserialize)]
struct Opened<S> {
    access: S,
    access_until: String,
    issued: String,
    refresh: Option<S>,
    refresh_until: Option<String>,
    scopes: Vec<String>,
    owner: String,
}

#[async_trait]
impl Vault for Database {
    async fn grant(
        &self,
        account: &AccountId,
        connection: &ConnectionId,
        provider: Provider,
    ) -> Result<Option<Grant>> {
        self.attempt("opening a grant", || {
            self.opened(account, connection, provider)
        })
        .await
    }

    async fn keep_grant(
        &self,
        account: &AccountId,
        connection: &ConnectionId,
        provider: Provider,
        grant: &Grant,
    ) -> Result<()> {
        self.attempt("sealing a grant", || {
            self.put_grant(account, connection, provider, grant)
        })
        .await
    }

    async fn renew_grant(
        &self,
        account: &AccountId,
        connection: &ConnectionId,
        provider: Provider,
        old: &Grant,
        new: &Grant,
    ) -> Result<bool> {
        self.attempt("sealing a renewed grant", || {
            self.put_renewed(account, connection, provider, old, new)
        })
        .await
    }

    async fn take_renewal(
        &self,
        account: &AccountId,
        connection: &ConnectionId,
        provider: Provider,
        holder: &str,
        lease: Duration,
    ) -> Result<bool> {
        self.attempt("taking the right to renew a grant", || {
            self.put_renewal(account, connection, provider, holder, lease)
        })
        .await
    }

    async fn end_renewal(
        &self,
        account: &AccountId,
        connection: &ConnectionId,
        provider: Provider,
        holder: &str,
    ) -> Result<()> {
        self.attempt("giving back the right to renew a grant", || {
            self.drop_renewal(account, connection, provider, holder)
        })
        .await
    }

    async fn erase_grants(&self, account: &AccountId, connection: &ConnectionId) -> Result<()> {
        self.attempt("erasing grants", || self.erase(account, connection))
            .await
    }
}

impl Database {
    async fn opened(
        &self,
        account: &AccountId,
        connection: &ConnectionId,
        provider: Provider,
    ) -> Result<Option<Grant>, Fault> {
        let row = sqlx::query(SEALED)
            .bind(account.as_str())
            .bind(connection.as_str())
            .bind(provider.word())
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let cell = cell(account, connection, provider, row.try_get("generation")?);
        let bytes = open(&self.key, &cell, &row.try_get::<String, _>("sealed")?)?;
        Ok(Some(unpacked(&bytes)?))
    }

    /// Takes a grant out, inside a transaction. One that does not open any more
    /// must not keep anybody from disconnecting.
    pub(crate) async fn take_grants(
        &self,
        tx: &mut Transaction<'_, Any>,
        account: &AccountId,
        connection: &ConnectionId,
    ) -> Result<(Option<Grant>, Option<Grant>), Fault> {
        let rows = sqlx::query(TAKE)
            .bind(account.as_str())
            .bind(connection.as_str())
            .fetch_all(&mut **tx)
            .await?;
        let mut taken = (None, None);
        for row in &rows {
            let word: String = row.try_get("provider")?;
            let end = if word == Provider::Source.word() {
                Provider::Source
            } else {
                Provider::Destination
            };
            let cell = cell(account, connection, end, row.try_get("generation")?);
            let bytes = open(&self.key, &cell, &row.try_get::<String, _>("sealed")?);
            let grant = bytes.ok().and_then(|bytes| unpacked(&bytes).ok());
            match end {
                Provider::Source => taken.0 = grant,
                Provider::Destination => taken.1 = grant,
            }
        }
        Ok(taken)
    }

    async fn put_grant(
        &self,
        account: &AccountId,
        connection: &ConnectionId,
        provider: Provider,
        grant: &Grant,
    ) -> Result<(), Fault> {
        let bytes = packed(grant)?;
        let mut tx = self.begin(account).await?;
        let row = sqlx::query(SEALED)
            .bind(account.as_str())
            .bind(connection.as_str())
            .bind(provider.word())
            .fetch_optional(&mut *tx)
            .await?;
        let before: i64 = row.map_or(Ok(0), |row| row.try_get("generation"))?;
        let place = (account, connection, provider);
        self.put_sealed(&mut tx, place, before + 1, &bytes).await?;
        Ok(tx.commit().await?)
    }

    async fn put_sealed(
        &self,
        tx: &mut Transaction<'static, Any>,
        (account, connection, provider): (&AccountId, &ConnectionId, Provider),
        generation: i64,
        bytes: &[u8],
    ) -> Result<(), Fault> {
        let cell = cell(account, connection, provider, generation);
        sqlx::query(KEEP)
            .bind(account.as_str())
            .bind(connection.as_str())
            .bind(provider.word())
            .bind(generation)
            .bind(self.key.id())
            .bind(seal(&self.key, &cell, bytes)?)
            .execute(&mut **tx)
            .await?;
        Ok(())
    }

    async fn put_renewed(
        &self,
        account: &AccountId,
        connection: &ConnectionId,
        provider: Provider,
        old: &Grant,
        new: &Grant,
    ) -> Result<bool, Fault> {
        let bytes = packed(new)?;
        let mut tx = self.begin(account).await?;
        let connected: Option<i64> = sqlx::query_scalar(CONNECTED)
            .bind(account.as_str())
            .bind(connection.as_str())
            .fetch_optional(&mut *tx)
            .await?;
        let row = sqlx::query(SEALED)
            .bind(account.as_str())
            .bind(connection.as_str())
            .bind(provider.word())
            .fetch_optional(&mut *tx)
            .await?;
        let Some(row) = row.filter(|_| connected == Some(1)) else {
            return Ok(false);
        };
        let before: i64 = row.try_get("generation")?;
        let sealed = row.try_get::<String, _>("sealed")?;
        let of = cell(account, connection, provider, before);
        if unpacked(&open(&self.key, &of, &sealed)?)? != *old {
            return Ok(false);
        }
        let place = (account, connection, provider);
        self.put_sealed(&mut tx, place, before + 1, &bytes).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn put_renewal(
        &self,
        account: &AccountId,
        connection: &ConnectionId,
        provider: Provider,
        holder: &str,
        lease: Duration,
    ) -> Result<bool, Fault> {
        let mut tx = self.begin(account).await?;
        let taken: Option<String> = sqlx::query_scalar(TAKE_RENEWAL)
            .bind(account.as_str())
            .bind(connection.as_str())
            .bind(provider.word())
            .bind(holder)
            .bind(i64::try_from(lease.as_millis()).unwrap_or(i64::MAX / 4))
            .fetch_optional(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(taken.is_some())
    }

    async fn drop_renewal(
        &self,
        account: &AccountId,
        connection: &ConnectionId,
        provider: Provider,
        holder: &str,
    ) -> Result<(), Fault> {
        let mut tx = self.begin(account).await?;
        sqlx::query(END_RENEWAL)
            .bind(account.as_str())
            .bind(connection.as_str())
            .bind(provider.word())
            .bind(holder)
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    async fn erase(&self, account: &AccountId, connection: &ConnectionId) -> Result<(), Fault> {
        let mut tx = self.begin(account).await?;
        sqlx::query(ERASE)
            .bind(account.as_str())
            .bind(connection.as_str())
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }
}

fn cell<'a>(
    account: &'a AccountId,
    connection: &'a ConnectionId,
    provider: Provider,
    generation: i64,
) -> Cell<'a> {
    Cell::Grant {
        account: account.as_str(),
        connection: connection.as_str(),
        provider: provider.word(),
        generation,
    }
}

/// Room for any grant, so that no half-grown copy of it stays in memory.
const ROOM: usize = 32 * 1024;

fn packed(grant: &Grant) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(ROOM));
    let opened = Opened {
        access: grant.access.expose(),
        access_until: grant.access_until.to_string(),
        issued: grant.issued.to_string(),
        refresh: grant.refresh.as_ref().map(Secret::expose),
        refresh_until: grant.refresh_until.map(|it| it.to_string()),
        scopes: grant.scopes.clone(),
        owner: grant.owner.clone(),
    };
    serde_json::to_writer(&mut *bytes, &opened)?;
    Ok(bytes)
}

fn unpacked(bytes: &[u8]) -> Result<Grant, Fault> {
    let opened: Opened<String> = serde_json::from_slice(bytes)?;
    let time = || unreadable("the time of a grant");
    Ok(Grant {
        access: Secret::new(opened.access),
        access_until: opened.access_until.parse().map_err(|_| time())?,
        issued: opened.issued.parse().map_err(|_| time())?,
        refresh: opened.refresh.map(Secret::new),
        refresh_until: opened
            .refresh_until
            .map(|it| it.parse().map_err(|_| time()))
            .transpose()?,
        scopes: opened.scopes,
        owner: opened.owner,
    })
}
